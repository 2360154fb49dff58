import CPatchbay
import Decimals

/// Where the fee rates of an account stand in a reply.
private struct FeePlace {
  let place: String
  let maker: StaticString
  let taker: StaticString
  let isNegated: Bool

  func rates(_ body: Body) -> (maker: Decimal64, taker: Decimal64)? {
    var json = JSONScanner(body)
    guard json.isWhole, var object = json.find(place)?.scanner() else { return nil }
    var (maker, taker): (Decimal64?, Decimal64?) = (nil, nil)
    object.members { key, json in
      guard key == self.maker || key == self.taker else { return false }
      let rate = json.optionalDecimal().flatMap { isNegated ? Decimal64.zero.subtracting($0) : $0 }
      if key == self.maker { maker = rate } else { taker = rate }
      return true
    }
    guard object.isValid, let maker, let taker else { return nil }
    return (maker, taker)
  }
}

extension ExchangeConnector {
  /// Serves `fees` by the rates of one object, which are of the whole market.
  /// - Parameters:
  ///   - parameters: of the call.
  ///   - isNegated: the exchange writes what a trade costs as a negative rate.
  public final func fees(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String, maker: StaticString,
    taker: StaticString, isNegated: Bool = false
  ) {
    let call = Call(endpoint, parameters)
    let place = FeePlace(place: place, maker: maker, taker: taker, isNegated: isNegated)
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
      ask(call, account, command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        guard let rates = place.rates(answer.body) else { return unreadable(command.id, "fee rates") }
        out.fees(account: account.id, maker: rates.maker, taker: rates.taker, command: command.id)
        out.complete(PB_EV_FEES, command: command.id, account: account.id)
        out.done(command.id)
        return .ok
      }
    }
  }

  /// Serves `fees` where each instrument's rates are asked for by themselves: those of the instrument that the command
  /// names, else those of all instruments that something is subscribed of, one after the other.
  /// - Parameter symbol: the parameter of the instrument.
  public final func fees(
    _ endpoint: Endpoint, each symbol: String, at place: String, maker: StaticString, taker: StaticString,
    isNegated: Bool = false
  ) {
    let place = FeePlace(place: place, maker: maker, taker: taker, isNegated: isNegated)
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
      let wanted = command.instrument == 0 ? subscribedMarkets : [market(command.instrument)].compactMap { $0 }
      guard !wanted.isEmpty else {
        return out.refuse(command.id, .unknownInstrument, "fee rates are each instrument's own: name one")
      }
      askFees(Call(endpoint), symbol, wanted[...], place, command, account)
    }
  }

  /// Markets that something is subscribed of.
  public final var subscribedMarkets: [Market] {
    let ids = Set(subscriptions.entries.map { $0.instrument })
    return markets.filter { ids.contains($0.id) }
  }

  private func askFees(
    _ call: Call, _ symbol: String, _ wanted: ArraySlice<Market>, _ place: FeePlace, _ command: OwnedCommand,
    _ account: TradingAccount
  ) {
    var (rest, next) = (wanted, call)
    guard let market = rest.popFirst() else {
      out.complete(
        PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument,
        partial: command.instrument == 0)
      return out.done(command.id)
    }
    next.set(symbol, market.name)
    ask(next, account, command: command.id) { [unowned(unsafe) self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      guard let rates = place.rates(answer.body) else { return unreadable(command.id, "fee rates") }
      out.fees(
        account: account.id, instrument: market.id, maker: rates.maker, taker: rates.taker, command: command.id)
      askFees(call, symbol, rest, place, command, account)
      return .ok
    }
  }

  /// Serves `fees` by one request: for the instrument that the command names, or for all.
  /// - Parameters:
  ///   - one: of one instrument; `all`: of all of them.
  ///   - symbol: the parameter of the instrument, empty where one list is of all; `parameters`: all others.
  ///   - place: of a list, or of an object.
  ///   - read: reads one entry of a list, or the object that stands there instead; `nil` leaves it out on purpose.
  public final func fees(
    of one: Endpoint, all: Endpoint, symbol: String, _ parameters: KeyValuePairs<String, String> = [:],
    at place: String = "", _ read: @escaping (inout JSONScanner) -> MarketFees?
  ) {
    let (one, all) = (Call(one, parameters), Call(all, parameters))
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
      var call = command.instrument == 0 ? all : one
      let wanted = market(command.instrument)
      guard command.instrument == 0 || wanted != nil else {
        return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      }
      if let wanted, !symbol.isEmpty { call.set(symbol, wanted.name) }
      ask(call, account, command: command.id) { [unowned(unsafe) self] answer in
        guard succeeded(answer, command.id) else { return .ok }
        var whole = JSONScanner(answer.body)
        guard whole.isWhole, var json = whole.find(place)?.scanner() else {
          return unreadable(command.id, "fee rates")
        }
        func take(_: JSONText, _ json: inout JSONScanner) {
          guard let one = read(&json), json.isValid, wanted == nil || wanted === one.market else { return }
          out.fees(
            account: account.id, instrument: one.market.id, maker: one.maker, taker: one.taker, command: command.id)
        }
        var left = 0
        if json.peek() == UInt8(ascii: "[") { left = json.eachEntry(take) } else { take(JSONText(), &json) }
        guard json.isValid else { return unreadable(command.id, "fee rates") }
        out.complete(
          PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument, partial: left > 0)
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
    servePrivate(.fees) { [unowned(unsafe) self] command, account in
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
    ask(call, account, command: command.id) { [unowned(unsafe) self] answer in
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

public enum FeeField: Sendable { case symbol, maker, taker }

extension ExchangeConnector {
  /// Reads what trades of one market cost, by a table of names; `nil` where one of the rates is missing or the market
  /// is not known.
  public final func marketFees(_ json: inout JSONScanner, _ table: FieldTable<FeeField>) -> MarketFees? {
    var (market, maker, taker): (Market?, Decimal64?, Decimal64?)
    json.fields(table) { field, json in
      switch field {
      case .symbol: market = self.market(named: json.string())
      case .maker: maker = json.optionalDecimal()
      case .taker: taker = json.optionalDecimal()
      }
      return true
    }
    guard let market, let maker, let taker else { return nil }
    return MarketFees(market, maker: maker, taker: taker)
  }

  /// Serves `fees` by the rates of single markets, a list of which stands at a place; see the one that reads itself.
  public final func fees(
    _ endpoint: Endpoint, markets parameter: String, most: Int, at place: String, _ table: FieldTable<FeeField>
  ) {
    fees(endpoint, markets: parameter, most: most, at: place) { [unowned(unsafe) self] list in
      var fees: [MarketFees] = []
      list.elements { if let one = marketFees(&$0, table) { fees.append(one) } }
      return fees
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
