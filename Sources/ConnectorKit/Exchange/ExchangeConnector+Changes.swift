import CPatchbay

/// What a report is about, on a private stream that names only what changed.
public enum ChangeKind: Sendable {
  case order
  /// An execution, and what has become of its order.
  case fill
  /// An execution of before; what has become of its order since then it does not say.
  case pastFill
  /// An order of which nothing has been decided yet: the engine's own word follows.
  case pending
}

/// Private streams whose reports name only what changed (`ExchangeDialect.reportsChangesAlone`), and whose messages are
/// numbered.
extension ExchangeConnector {
  /// Reads an entry into what is known of its order, and says what it is about.
  public typealias ReadChange = (inout OrderReport, inout JSONScanner) -> ChangeKind

  /// Reads a list of reports and reports what they say. A snapshot names every order that is open.
  /// - Parameter id: the member that holds the exchange's id.
  public final func publishChanges(
    _ data: JSONMark, _ account: TradingAccount, isSnapshot: Bool, id: StaticString, _ read: ReadChange
  ) -> Status {
    // What is not in the first snapshot of a stream has ended meanwhile.
    if isSnapshot, !account.isLive { account.orders.forgetAll() }
    var json = data.scanner()
    json.enterArray()
    while json.nextElement() {
      let entry = json.passed()
      guard json.isValid else { break }
      if publishChange(entry, account, id, read) { continue }
      // A snapshot would come again the same, so what cannot be read of it is left out.
      guard isSnapshot else { return restart(account, .other, "a report could not be read") }
      out.log(.error, "private stream: an entry of the snapshot could not be read and is left out")
    }
    guard json.isValid else { return .parse }
    if isSnapshot { becameLive(account) }
    return .ok
  }

  /// Whether it could be read.
  private func publishChange(
    _ entry: JSONMark, _ account: TradingAccount, _ id: StaticString, _ read: ReadChange
  ) -> Bool {
    var json = entry.scanner()
    var venue = ""
    json.members { key, json in
      guard key == id else { return false }
      venue = json.string().text
      return true
    }
    guard json.isValid, !venue.isEmpty else { return false }
    var report = account.orders[venue] ?? OrderReport()
    (report.state, report.stateWord, report.time) = (nil, "", 0)
    json = entry.scanner()
    let kind = read(&report, &json)
    guard json.isValid else { return false }
    guard let market = market(named: report.symbol) else { return true }
    report.multiplyOut(market)
    if kind == .fill || kind == .pastFill, !publish(fill: report, account) {
      out.log(.error, "order \(venue): an execution without id, price or quantity")
    }
    if kind == .pastFill { return true }
    if report.created == 0 { report.created = report.time }
    let hasEnded = report.state != nil
    report.state = report.state ?? report.openState
    // Only what lasts is remembered.
    if hasEnded { account.orders.forget(venue) } else { account.orders.remember(report.withoutFill) }
    if kind != .pending { publish(order: report, account) }
    return true
  }

  /// Whether a message of a private channel has the number behind the last one's. If not, reports are missing, and the
  /// stream is opened anew.
  public final func follows(
    _ account: TradingAccount, _ channel: String, _ number: UInt64, isSnapshot: Bool
  ) -> Bool {
    guard let place = account.plan.channels.firstIndex(of: channel), place < account.numbers.count else { return false }
    guard isSnapshot || number == account.numbers[place] &+ 1 else {
      restart(account, .transient, "messages of \(channel) are missing")
      return false
    }
    account.numbers[place] = number
    return true
  }
}
