import CPatchbay
import Decimals

public enum BalanceField: Sendable {
  case asset, free, held, total, time, ignored
  /// What may be used beyond the sum, and what of it is.
  case credit, creditUsed
}

/// One asset of an account, as the exchange states it. Sums have any number of digits.
public struct BalanceReport: Sendable {
  public var asset = ""
  /// `nil`: free and held together.
  public var total: WideDecimal?
  public var free: WideDecimal?
  public var held: WideDecimal?
  /// What may still be used beyond the sum.
  public var credit = WideDecimal.zero
  public var time: Int64 = 0

  public init() {}

  /// Reads an object by a table of names.
  /// - Parameter time: of what it stands in, where it has none of its own.
  public init(_ json: inout JSONScanner, _ table: FieldTable<BalanceField>, time whole: Int64 = 0) {
    time = whole
    json.fields(table) { field, json in
      switch field {
      case .asset: asset = json.string().text
      case .free: free = json.optionalWideDecimal()
      case .held: held = json.optionalWideDecimal()
      case .total: total = json.optionalWideDecimal()
      case .credit: credit = credit + (json.optionalWideDecimal() ?? .zero)
      case .creditUsed: credit = credit - (json.optionalWideDecimal() ?? .zero)
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
  public final func balances(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String,
    _ table: FieldTable<BalanceField>
  ) {
    balances(endpoint, parameters, at: place) { BalanceReport(&$1, table) }
  }

  /// Serves `balances` by one list whose entries are not each of an asset: `read` reads all of it.
  public final func balances(
    _ endpoint: Endpoint, at place: String, refreshEvery interval: Int64 = 3_000_000_000,
    all read: @escaping (inout JSONScanner) -> [BalanceReport]
  ) {
    serveBalances(Pages(endpoint, at: place), time: "", refreshEvery: interval) {
      [unowned(unsafe) self] list, account, command, _ in
      let odd = read(&list).filter { !publish(balance: $0, account, command: command) }.map { $0.asset }
      nameUnread(odd)
      return odd.count
    }
  }

  /// Serves `balances` by one list, each entry of which `read` reads.
  /// - Parameters:
  ///   - isAlone: one balance stands at the place, and no list of them.
  ///   - time: where the reply says in milliseconds when the account changed last; empty where each entry says it.
  ///   - interval: nanoseconds between two questions that `balancesChanged` asks for.
  public final func balances(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String, isAlone: Bool = false,
    time: String = "", refreshEvery interval: Int64 = 3_000_000_000, _ read: @escaping ReadBalance
  ) {
    var pages = Pages(endpoint, at: place)
    pages.parameters = parameters.map { ($0.key, $0.value) }
    serveBalances(pages, time: time, refreshEvery: interval) { [unowned(unsafe) self] list, account, command, time in
      publishBalances(&list, account, isAlone: isAlone, command: command) { dated(read($0, &$1), time) }
    }
  }

  /// The same by a list of several pages, which say by a cursor what the next one is.
  public final func balances(
    _ pages: Pages, time: String = "", refreshEvery interval: Int64 = 3_000_000_000, _ read: @escaping ReadBalance
  ) {
    serveBalances(pages, time: time, refreshEvery: interval) { [unowned(unsafe) self] list, account, command, time in
      publishBalances(&list, account, command: command) { dated(read($0, &$1), time) }
    }
  }

  private func dated(_ report: BalanceReport?, _ time: Int64) -> BalanceReport? {
    guard var report, report.time == 0 else { return report }
    report.time = time
    return report
  }

  /// Reports a list of balances, which changed last at a time; gives how many could not be read.
  private typealias PublishBalances = (inout JSONScanner, TradingAccount, pb_id, Int64) -> Int

  private func serveBalances(
    _ pages: Pages, time: String, refreshEvery interval: Int64, _ publish: @escaping PublishBalances
  ) {
    balanceInterval = interval
    askBalances = { [unowned(unsafe) self] account, command in
      guard command != 0 || isIdentified(account, for: .balances) else { return identifyForBalances(account) }
      (account.refresh.isAsking, account.refresh.isWanted, account.refresh.last) = (true, false, out.now.mono)
      walkBalances(BalanceWalk(pages: pages, time: time, account: account, command: command, publish: publish))
    }
    servePrivate(.balances) { [unowned(unsafe) self] command, account in askBalances?(account, command.id) }
  }

  private func identifyForBalances(_ account: TradingAccount) {
    account.refresh.isAsking = true
    identify(account) { [unowned(unsafe) self] fault in
      account.refresh.isAsking = false
      if let fault { silenced(account, fault) } else { askBalances?(account, 0) }
    }
  }

  private struct BalanceWalk {
    let pages: Pages
    /// Where the reply says when the account changed last.
    let time: String
    let account: TradingAccount
    let command: pb_id
    let publish: PublishBalances
    var cursor = ""
    var asked = 0
    /// Entries that could not be read.
    var left = 0
  }

  private func walkBalances(_ walk: BalanceWalk) {
    var call = Call(walk.pages.endpoint)
    for parameter in walk.pages.parameters { call.set(parameter.name, parameter.value) }
    if case .cursor(let name, at: _) = walk.pages.step, !walk.cursor.isEmpty { call.set(name, walk.cursor) }
    ask(call, walk.account, command: walk.command) { [unowned(unsafe) self] answer in
      let (status, next) = balancesCame(answer, walk)
      if let next {
        walkBalances(next)
      } else {
        walk.account.refresh.isAsking = false
        if walk.account.refresh.isWanted { balancesChanged(walk.account) }
      }
      return status
    }
  }

  /// What became of a page, and the next one where there is one.
  private func balancesCame(_ answer: Answer, _ walk: BalanceWalk) -> (Status, BalanceWalk?) {
    let (account, command, pages) = (walk.account, walk.command, walk.pages)
    if let fault = answer.fault, command == 0 { silenced(account, fault) }
    guard succeeded(answer, command) else { return (.ok, nil) }
    var json = JSONScanner(answer.body)
    guard json.isWhole, var list = json.find(pages.place)?.scanner() else {
      return (unreadable(command, "balances"), nil)
    }
    var whole = JSONScanner(answer.body)
    var changed = walk.time.isEmpty ? nil : whole.find(walk.time)?.scanner()
    let time = changed?.milliseconds() ?? 0
    guard changed?.isValid != false else { return (unreadable(command, "balances"), nil) }
    var next = walk
    next.left += walk.publish(&list, account, command, time)
    next.asked += 1
    guard list.isValid else { return (unreadable(command, "balances"), nil) }
    var isCut = false
    if case .cursor(_, at: let place) = pages.step {
      next.cursor = answer.body.text(at: place)
      let isMore = answer.body.flag(at: pages.more) ?? !next.cursor.isEmpty
      if isMore, next.asked < pages.most, !next.cursor.isEmpty, next.cursor != walk.cursor { return (.ok, next) }
      isCut = isMore
    }
    if command != 0 {
      out.complete(PB_EV_BALANCE, command: command, account: account.id, partial: next.left > 0 || isCut)
    }
    out.done(command)
    return (.ok, nil)
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
    account.refresh.timer = after(due) { [unowned(unsafe) self] in
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
    _ json: inout JSONScanner, _ account: TradingAccount, isAlone: Bool = false, command: pb_id = 0,
    _ read: ReadBalance
  ) -> Int {
    var odd: [String] = []
    func take(_ key: JSONText, _ json: inout JSONScanner) {
      let read = read(key, &json)
      guard let report = read else { return }
      guard json.isValid, publish(balance: report, account, command: command) else {
        odd.append(!report.asset.isEmpty ? report.asset : key.isEmpty ? "one without a name" : key.text)
        return json.fail()
      }
    }
    let left = isAlone ? json.eachObject { take(JSONText(), &$0) } : json.eachEntry(take)
    nameUnread(odd)
    return left
  }

  private func nameUnread(_ assets: [String]) {
    if !assets.isEmpty { out.log(.warning, "balances that cannot be read: \(assets.joined(separator: ", "))") }
  }

  /// Reports one balance; `false` when its asset or its sum is missing. Free is what is not held, where that is said.
  public final func publish(balance report: BalanceReport, _ account: TradingAccount, command: pb_id = 0) -> Bool {
    guard !report.asset.isEmpty, let total = report.total ?? report.free.map({ $0 + (report.held ?? .zero) }) else {
      return false
    }
    out.balance(
      account: account.id, asset: report.asset, total: total,
      available: report.free ?? report.held.map { total + report.credit - $0 }, time: report.time, command: command)
    return true
  }
}
