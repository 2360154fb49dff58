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
      let total = report.total ?? report.free.map { $0 + (report.held ?? .zero) }
      guard json.isValid, !report.asset.isEmpty, let total else {
        odd.append(!report.asset.isEmpty ? report.asset : key.isEmpty ? "one without a name" : key.text)
        return json.fail()
      }
      out.balance(
        account: account.id, asset: report.asset, total: total, available: report.free, time: report.time,
        command: command)
    }
    if left > 0 { out.log(.warning, "balances that cannot be read: \(odd.joined(separator: " "))") }
    return left
  }

  /// Serves `fees` by the rates of one object, which are of the whole market.
  /// - Parameters:
  ///   - parameters: of the call.
  ///   - isNegated: the exchange writes what a trade costs as a negative rate.
  public final func fees(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String, maker: StaticString,
    taker: StaticString, isNegated: Bool = false
  ) {
    let call = Call(endpoint, parameters)
    servePrivate(.fees) { [unowned self] command, account in
      ask(call, account, command: command.id) { [unowned self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        var rates: (maker: Decimal64?, taker: Decimal64?) = (nil, nil)
        var json = JSONScanner(answer.body)
        guard json.isWhole, var object = json.find(place)?.scanner() else { return unreadable(command.id, "fee rates") }
        object.members { key, json in
          guard key == maker || key == taker else { return false }
          let rate = json.optionalDecimal().flatMap { isNegated ? Decimal64.zero.subtracting($0) : $0 }
          if key == maker { rates.maker = rate } else { rates.taker = rate }
          return true
        }
        guard object.isValid, let maker = rates.maker, let taker = rates.taker else {
          return unreadable(command.id, "fee rates")
        }
        out.fees(account: account.id, maker: maker, taker: taker, command: command.id)
        out.complete(PB_EV_FEES, command: command.id, account: account.id)
        out.done(command.id)
        return .ok
      }
    }
  }

  /// How rates of single markets are asked for.
  private struct FeeQuestion {
    let endpoint: Endpoint
    let parameter: String
    let most: Int
    let place: String
    let read: (inout JSONScanner) -> [MarketFees]
  }

  /// Serves `fees` by the rates of single markets: of the one that the command names, or of all.
  /// - Parameters:
  ///   - parameter: the names of the markets, joined by commas; `most` of them in one request.
  ///   - read: reads the object at `place`.
  public final func fees(
    _ endpoint: Endpoint, markets parameter: String, most: Int, at place: String,
    _ read: @escaping (inout JSONScanner) -> [MarketFees]
  ) {
    let question = FeeQuestion(endpoint: endpoint, parameter: parameter, most: most, place: place, read: read)
    servePrivate(.fees) { [unowned self] command, account in
      guard command.instrument != 0 else { return ask(question, markets[...], command, account) }
      guard let market = market(command.instrument) else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      ask(question, [market], command, account)
    }
  }

  private func ask(
    _ question: FeeQuestion, _ wanted: ArraySlice<Market>, _ command: OwnedCommand, _ account: TradingAccount
  ) {
    var call = Call(question.endpoint)
    let names = wanted.prefix(question.most).map { percentEncoded($0.name) }
    call.set(question.parameter, bare: names.joined(separator: ","))
    ask(call, account, command: command.id) { [unowned self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      var json = JSONScanner(answer.body)
      guard json.isWhole, var object = json.find(question.place)?.scanner() else {
        return unreadable(command.id, "fee rates")
      }
      let rates = question.read(&object)
      guard object.isValid else { return unreadable(command.id, "fee rates") }
      for one in rates {
        out.fees(
          account: account.id, instrument: one.market.id, maker: one.maker, taker: one.taker, command: command.id)
      }
      guard wanted.count <= question.most else {
        ask(question, wanted.dropFirst(question.most), command, account)
        return .ok
      }
      out.complete(PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument)
      out.done(command.id)
      return .ok
    }
  }
}

/// What trades of one market cost, as fractions of what they are worth.
public struct MarketFees {
  public let market: Market
  public let maker: Decimal64
  public let taker: Decimal64

  public init(_ market: Market, maker: Decimal64, taker: Decimal64) {
    (self.market, self.maker, self.taker) = (market, maker, taker)
  }
}
