import CPatchbay
import Decimals

public enum ModeField: Sendable {
  case symbol, leverage
  /// By `Words.margin` and `Words.position`.
  case marginMode, positionMode
}

/// Leverage and modes as the exchange says that they are.
public struct ModeReport: Sendable {
  /// Empty: of all instruments.
  public var symbol = ""
  public var leverage: Decimal64?
  public var marginMode: MarginMode?
  public var positionMode: PositionMode?

  public init() {}

  /// Reads an object by a table of names. `other` reads what the table does not name, and says whether it did.
  public init(
    _ json: inout JSONScanner, _ table: FieldTable<ModeField>, _ words: Words,
    other: (inout ModeReport, JSONText, inout JSONScanner) -> Bool = { _, _, _ in false }
  ) {
    json.fields(table) { field, json in
      switch field {
      case .symbol: symbol = json.words()
      case .leverage:
        let value = json.optionalDecimal()
        leverage = value?.isPositive == true ? value : nil
      case .marginMode: marginMode = words.margin(json.words())
      case .positionMode: positionMode = words.position(json.words())
      }
      return true
    } other: { key, json in
      other(&self, key, &json)
    }
  }
}

/// One way to ask for leverage, margin mode or position mode.
public struct ModeQuestion: Sendable {
  public enum Scope: Sendable {
    /// The answer is the account's own, of all instruments.
    case account
    /// The answer is a list, of all instruments or, where a parameter is named, of the command's one.
    case list(symbol: String)
    /// Each instrument is asked for by itself: that of the command, else those that something is subscribed of.
    case each(symbol: String)
  }

  public let endpoint: Endpoint
  public let place: String
  public let scope: Scope
  public var parameters: [(name: String, value: String)] = []
  public let read: @Sendable (inout JSONScanner, Words) -> ModeReport?

  /// - Parameters:
  ///   - place: of a list or of one object.
  ///   - read: reads one; `nil` leaves it out on purpose.
  public init(
    _ endpoint: Endpoint, at place: String, of scope: Scope,
    _ read: @escaping @Sendable (inout JSONScanner, Words) -> ModeReport?
  ) {
    self.endpoint = endpoint
    self.place = place
    self.scope = scope
    self.read = read
  }

  public init(_ endpoint: Endpoint, at place: String, of scope: Scope, _ table: FieldTable<ModeField>) {
    self.init(endpoint, at: place, of: scope) { ModeReport(&$0, table, $1) }
  }
}

/// Leverage, margin mode and position mode: changed by commands, and read as they really are.
extension ExchangeConnector {
  /// The parameters of a change of leverage or mode. The market is `nil` for a position mode of all instruments.
  public typealias SetMode = (OwnedCommand, Market?, inout Call) throws(CommandRefusal) -> Void

  /// Serves `leverage`, `marginMode` or `positionMode` by one request.
  /// - Parameters:
  ///   - settled: codes of the exchange that say that it is so already.
  ///   - place: where the answer repeats the leverage, which then must be the one that was wanted; empty where its
  ///     success says it.
  ///   - isOfAccount: a margin mode is of all instruments: a command that names one is refused.
  ///   - answered: the exchange has answered, or will not, whatever it says.
  public final func serveMode(
    _ verb: Verb, by endpoint: Endpoint, settled: [String] = [], confirmedAt place: String = "",
    isOfAccount: Bool = false, answered: ((TradingAccount) -> Void)? = nil, _ parameters: @escaping SetMode
  ) {
    servePrivate(verb) { [unowned(unsafe) self] command, account in
      var call = Call(endpoint)
      let market: Market?
      do throws(CommandRefusal) {
        market = try marketOfMode(verb, command, isOfAccount: isOfAccount)
        try parameters(command, market, &call)
      } catch {
        return out.refuse(command.id, error.failure, error.text)
      }
      ask(call, account, command: command.id) { [unowned(unsafe) self] answer in
        answered?(account)
        if let fault = answer.fault, !settled.contains(fault.code) {
          let end = fault.end(isWrite: true)
          out.reply(command.id, end.outcome, end.failure, retryAfter: end.retryAfter, code: end.code, end.text)
          return .ok
        }
        return modeIsSet(verb, command, market, account, answer, place)
      }
    }
  }

  /// The instrument that a change is of, once what it wants has been checked.
  private func marketOfMode(
    _ verb: Verb, _ command: OwnedCommand, isOfAccount: Bool
  ) throws(CommandRefusal) -> Market? {
    let market = market(command.instrument)
    if isOfAccount, command.instrument != 0 {
      throw CommandRefusal(.unsupported, "the margin mode is of all instruments here: name none")
    }
    guard market != nil || (verb == .positionMode || isOfAccount) && command.instrument == 0 else {
      throw CommandRefusal(.unknownInstrument, "no instrument \(command.instrument)")
    }
    switch verb {
    case .leverage:
      guard let wanted = command.value, wanted.isPositive else {
        throw CommandRefusal(.invalidOrder, "a leverage is above zero")
      }
      if let most = market?.rules.maxLeverage, wanted > most {
        throw CommandRefusal(.invalidOrder, "the leverage is at most \(most.plain)")
      }
    case .marginMode:
      guard command.marginMode != nil else {
        throw CommandRefusal(.invalidOrder, "the margin mode is cross or isolated")
      }
    default:
      guard command.positionMode != nil else {
        throw CommandRefusal(.invalidOrder, "the position mode is one-way or hedge")
      }
    }
    return market
  }

  private func modeIsSet(
    _ verb: Verb, _ command: OwnedCommand, _ market: Market?, _ account: TradingAccount, _ answer: Answer,
    _ place: String
  ) -> Status {
    var report = ModeReport()
    report.symbol = market?.symbol ?? ""
    switch verb {
    case .leverage: report.leverage = command.value
    case .marginMode: report.marginMode = command.marginMode
    default: report.positionMode = command.positionMode
    }
    if verb == .leverage, !place.isEmpty, answer.fault == nil {
      var json = JSONScanner(answer.body)
      guard json.isWhole, var number = json.find(place)?.scanner() else { return unreadable(command.id, "leverage") }
      let got = number.decimal()
      guard number.isValid else { return unreadable(command.id, "leverage") }
      // Zero is no leverage that a position could have: nothing was set.
      report.leverage = got.isPositive ? got : nil
    }
    if verb != .leverage || report.leverage != nil { publish(mode: report, account, command: command.id) }
    guard verb != .leverage || report.leverage == command.value else {
      out.refuse(command.id, .other, "the leverage is \(report.leverage?.plain ?? "not set")")
      return .ok
    }
    out.done(command.id)
    return .ok
  }

  /// Serves `modes`: all questions are asked, one after the other.
  public final func modes(_ questions: ModeQuestion...) {
    servePrivate(.modes) { [unowned(unsafe) self] command, account in
      guard command.instrument == 0 || market(command.instrument) != nil else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      var (calls, isPartial): ([(ModeQuestion, Market?)], Bool) = ([], false)
      for question in questions {
        guard case .each = question.scope else {
          calls.append((question, nil))
          continue
        }
        // Those that are asked for one by one are not all.
        if command.instrument == 0 { isPartial = true }
        let wanted = command.instrument == 0 ? subscribedMarkets : [market(command.instrument)].compactMap { $0 }
        calls += wanted.map { (question, $0) }
      }
      ask(calls[...], command, account, isPartial: isPartial)
    }
  }

  private func ask(
    _ calls: ArraySlice<(ModeQuestion, Market?)>, _ command: OwnedCommand, _ account: TradingAccount, isPartial: Bool
  ) {
    var rest = calls
    guard let (question, market) = rest.popFirst() else {
      out.complete(
        PB_EV_MODE, command: command.id, account: account.id, instrument: command.instrument, partial: isPartial)
      return out.done(command.id)
    }
    var (call, isOfAccount) = (Call(question.endpoint), false)
    switch question.scope {
    case .account: isOfAccount = true
    case .list(let symbol):
      if !symbol.isEmpty, let market = self.market(command.instrument) { call.set(symbol, market.name) }
    case .each(let symbol):
      if let market { call.set(symbol, market.name) }
    }
    for parameter in question.parameters { call.set(parameter.name, parameter.value) }
    ask(call, account, command: command.id) { [unowned(unsafe) self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      var json = JSONScanner(answer.body)
      guard json.isWhole, var list = json.find(question.place)?.scanner() else {
        return unreadable(command.id, "modes")
      }
      let unread = list.eachObject { json in
        guard var report = question.read(&json, vocabulary), json.isValid else { return }
        if isOfAccount { report.symbol = "" }
        if let market, report.symbol.isEmpty { report.symbol = market.symbol }
        if !isOfAccount, report.symbol.isEmpty { return json.fail() }
        publish(mode: report, account, command: command.id)
      }
      guard list.isValid, unread == 0 || !isOfAccount else { return unreadable(command.id, "modes") }
      ask(rest, command, account, isPartial: isPartial || unread > 0)
      return .ok
    }
  }

  /// Reports leverage and modes; nothing of an instrument that is not known, or where nothing is said.
  public final func publish(mode report: ModeReport, _ account: TradingAccount, command: pb_id = 0) {
    var record = pb_mode()
    if !report.symbol.isEmpty {
      guard let market = market(named: report.symbol) else { return }
      record.instrument = market.id
    }
    guard report.leverage != nil || report.marginMode != nil || report.positionMode != nil else { return }
    record.account = account.id
    record.command = command
    record.margin_mode = report.marginMode?.rawValue ?? 0
    record.position_mode = report.positionMode?.rawValue ?? 0
    record.leverage = pb_dec(report.leverage)
    out.mode(record)
  }
}
