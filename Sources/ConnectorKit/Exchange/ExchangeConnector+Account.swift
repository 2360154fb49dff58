import CPatchbay
import Decimals

public enum BalanceField: Sendable { case asset, free, held, total, time, ignored }

/// One asset of an account, as the exchange states it. Sums have any number of digits.
public struct BalanceReport: Sendable {
  public var asset = ""
  /// `nil`: free and held together.
  public var total: WideDecimal?
  public var free: WideDecimal?
  public var held: WideDecimal?
  public var time: Int64 = 0

  public init() {}

  public init(_ json: inout JSONScanner, _ table: FieldTable<BalanceField>) {
    json.members { key, json in
      guard let field = table[key] else { return false }
      switch field {
      case .asset: asset = json.string().text
      case .free: free = json.optionalWideDecimal()
      case .held: held = json.optionalWideDecimal()
      case .total: total = json.optionalWideDecimal()
      case .time: time = json.milliseconds()
      case .ignored: json.skip()
      }
      return true
    }
  }
}

extension ExchangeConnector {
  /// Reads one entry of a list of balances: its key where the list is an object, and its value. `nil` leaves it out on
  /// purpose.
  public typealias ReadBalance = (JSONText, inout JSONScanner) -> BalanceReport?

  /// Serves `balances` by one list, with a table of names.
  public final func balances(_ endpoint: Endpoint, at place: String, _ table: FieldTable<BalanceField>) {
    balances(endpoint, at: place) { BalanceReport(&$1, table) }
  }

  /// Serves `balances` by one list, each entry of which `read` reads.
  /// - Parameter interval: nanoseconds between two questions that `balancesChanged` asks for.
  public final func balances(
    _ endpoint: Endpoint, at place: String, refreshEvery interval: Int64 = 3_000_000_000, _ read: @escaping ReadBalance
  ) {
    balanceInterval = interval
    askBalances = { [unowned self] account, command in
      (account.refresh.isAsking, account.refresh.isWanted, account.refresh.last) = (true, false, out.now.mono)
      ask(Call(endpoint), account, command: command) { [unowned self] answer in
        account.refresh.isAsking = false
        defer { if account.refresh.isWanted { balancesChanged(account) } }
        return balancesCame(answer, account, command, place, read)
      }
    }
    servePrivate(.balances) { [unowned self] command, account in askBalances?(account, command.id) }
  }

  private func balancesCame(
    _ answer: Answer, _ account: TradingAccount, _ command: pb_id, _ place: String, _ read: ReadBalance
  ) -> Status {
    if let fault = answer.fault, command == 0 { silenced(account, fault) }
    guard succeeded(answer, command) else { return .ok }
    var json = JSONScanner(answer.body)
    guard json.isWhole, var list = json.find(place)?.scanner() else { return unreadable(command, "balances") }
    let left = publishBalances(&list, account, command: command, read)
    guard list.isValid else { return unreadable(command, "balances") }
    if command != 0 { out.complete(PB_EV_BALANCE, command: command, account: account.id, partial: left > 0) }
    out.done(command)
    return .ok
  }

  /// The stream reports that balances changed, but not all of them or not what orders hold: they are asked for, now and
  /// then while they change.
  public final func balancesChanged(_ account: TradingAccount) {
    account.refresh.isWanted = true
    guard !account.refresh.isAsking, account.refresh.timer == 0, self.account(account.id) === account else { return }
    let due = account.refresh.last.map { $0 &+ balanceInterval &- out.now.mono } ?? 0
    guard due > 0 else {
      askBalances?(account, 0)
      return
    }
    account.refresh.timer = after(due) { [unowned self] in
      account.refresh.timer = 0
      if account.refresh.isWanted, !account.refresh.isAsking { askBalances?(account, 0) }
    }
  }

  /// A question of the connector's own was refused: a lockout is for everything of the account.
  private func silenced(_ account: TradingAccount, _ fault: VenueFault) {
    out.log(.warning, "balances: \(fault.words)")
    guard fault.failure == .authentication, fault.retryAfter > 0 else { return }
    out.state(
      account.isLive ? .live : .down, .privateUpdates, account: account.id, error: fault.failure, fault.text,
      retryAfter: fault.retryAfter)
  }

  /// Reports the balances of a list; gives how many could not be read. Those are named and left out.
  @discardableResult
  public final func publishBalances(
    _ json: inout JSONScanner, _ account: TradingAccount, command: pb_id = 0, _ read: ReadBalance
  ) -> Int {
    var odd: [String] = []
    let left = json.eachEntry { key, json in
      let read = read(key, &json)
      guard let report = read else { return }
      guard json.isValid, publish(balance: report, account, command: command) else {
        odd.append(!report.asset.isEmpty ? report.asset : key.isEmpty ? "one without a name" : key.text)
        return json.fail()
      }
    }
    if left > 0 { out.log(.warning, "balances that cannot be read: \(odd.joined(separator: " "))") }
    return left
  }

  /// Reports one balance; `false` when its asset or its sum is missing. Free is what is not held, where that is said.
  public final func publish(balance report: BalanceReport, _ account: TradingAccount, command: pb_id = 0) -> Bool {
    guard !report.asset.isEmpty, let total = report.total ?? report.free.map({ $0 + (report.held ?? .zero) }) else {
      return false
    }
    out.balance(
      account: account.id, asset: report.asset, total: total, available: report.free ?? report.held.map { total - $0 },
      time: report.time, command: command)
    return true
  }
}
