import CPatchbay
import Decimals

public enum TickerField: Sendable {
  case symbol, bid, bidQuantity, ask, askQuantity, last, lastQuantity, open, high, low, baseVolume, quoteVolume
  /// A side's best price and its quantity, `[price, quantity]`; `null` or an empty list where there is none.
  case bidLevel, askLevel
  /// The volume in what the exchange counts, where that is contracts.
  case contractVolume
  /// Time in milliseconds, in seconds, in nanoseconds, and as RFC 3339 has it.
  case time, seconds, nanoseconds, isoTime
  /// The last price less that of 24 hours ago.
  case change
}

extension ExchangeConnector {
  /// Reads a list of tickers and reports those that are wanted, each entry by itself.
  /// - Returns: `.parse` when one could not be read: what it reported until now may be out of date.
  public final func tickers(_ json: inout JSONScanner, _ table: FieldTable<TickerField>, _ stream: pb_id) -> Status {
    var status = Status.ok
    json.enterArray()
    while json.nextElement() {
      var entry = json.entry()
      if json.isValid, ticker(&entry, table, stream) == .parse { status = .parse }
    }
    return json.isValid ? status : misread(stream: stream, .ticker)
  }

  /// Reads the ticker of one market and reports it, where it is wanted.
  /// - Parameters:
  ///   - known: the market that it is of; nil where the ticker names it.
  ///   - isChange: it names only what changed since the one before.
  ///   - keepsDay: it is of the best prices alone; another channel has those of the day, which stay.
  ///   - time: of the exchange, where the ticker itself has none.
  /// - Returns: `.parse` when it cannot be read, and then what it reported until now may be out of date.
  public final func ticker(
    _ json: inout JSONScanner, _ table: FieldTable<TickerField>, _ stream: pb_id, of known: Market? = nil,
    isChange: Bool = false, keepsDay: Bool = false, time: Int64 = 0
  ) -> Status {
    let number = known?.number ?? market(in: json.mark, table, stream)
    guard let number, number >= 0 else { return number == nil ? misread(stream: stream, .ticker) : .ok }
    let market = markets[number]
    if !isChange, !keepsDay { market.day = DayPrices() }
    var record = pb_ticker(&json, table, market, isWhole: !isChange)
    guard json.isValid else { return misread(market, .ticker) }
    if record.venue_ns == 0 { record.venue_ns = time }
    if isWanted(market, .ticker), record.saysAnything { out.ticker(record) }
    return .ok
  }

  /// Serves the verb `tickers` by one list, with a table of names.
  /// - Parameters:
  ///   - names: of the parameter in which the exchange wants each instrument to be named; empty where it gives all
  ///     without that.
  ///   - isKeyed: the list is an object, in which each entry stands under a name of its market.
  public final func tickers(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], each names: String = "", at place: String,
    _ table: FieldTable<TickerField>, isKeyed: Bool = false
  ) {
    tickers(endpoint, parameters, each: names, at: place) { [unowned(unsafe) self] key, json in
      guard let number = isKeyed ? market(named: key)?.number ?? -1 : market(in: json.mark, table) else {
        return json.fail()
      }
      guard number >= 0 else { return }
      markets[number].day = DayPrices()
      let record = pb_ticker(&json, table, markets[number], isWhole: true)
      if json.isValid, record.present != 0 { out.ticker(record) }
    }
  }

  /// Number of the market whose symbol, or another of its names, stands in an object; -1 for one that was never listed,
  /// nil where it names none. Exponents are needed before its numbers can be read.
  private func market(in object: JSONMark, _ table: FieldTable<TickerField>, _ stream: pb_id = 0) -> Int? {
    var json = object.scanner()
    guard var found = json.find(in: table, where: { if case .symbol = $0 { true } else { false } })?.scanner() else {
      return nil
    }
    let symbol = found.scalar()
    guard found.isValid, let number = market(named: symbol)?.number else { return found.isValid ? -1 : nil }
    return onShelf(number, of: stream)
  }
}

/// Prices of the last 24 hours as far as they were named, at the market's exponent.
struct DayPrices {
  private(set) var open: Int64?
  private(set) var high: Int64?
  private(set) var low: Int64?

  mutating func take(open: Int64?, high: Int64?, low: Int64?) {
    if let open { self.open = open }
    if let high { self.high = high }
    if let low { self.low = low }
  }
}

extension pb_ticker {
  var saysAnything: Bool { present != 0 || base_volume.state != 0 || quote_volume.state != 0 }

  /// Reads a ticker by a table of names. What is empty, `null` or absent is not reported; a best price that is zero,
  /// empty or `null` says that there is none, and so does one that is absent beside the other side's. Digits of
  /// a volume that do not fit are cut.
  /// - Parameter isWhole: it does not name changes alone.
  init(_ json: inout JSONScanner, _ table: FieldTable<TickerField>, _ market: Market, isWhole: Bool) {
    self.init()
    let price = market.writtenExponent
    var (bid, ask): ((price: Int64?, quantity: Int64?), (price: Int64?, quantity: Int64?)) = ((nil, nil), (nil, nil))
    var (last, open, high, low): (Int64?, Int64?, Int64?, Int64?) = (nil, nil, nil, nil)
    var change: Int64?
    instrument = market.id
    json.fields(table) { field, json in
      switch field {
      case .bid: bid.price = json.optionalFixed(price) ?? 0
      case .bidQuantity: bid.quantity = json.optionalQuantity(market) ?? 0
      case .ask: ask.price = json.optionalFixed(price) ?? 0
      case .askQuantity: ask.quantity = json.optionalQuantity(market) ?? 0
      case .bidLevel: bid = Self.level(&json, market)
      case .askLevel: ask = Self.level(&json, market)
      case .last: last = json.optionalFixed(price)
      case .lastQuantity: last_quantity = json.optionalQuantity(market) ?? 0
      case .open: open = json.optionalFixed(price)
      case .high: high = json.optionalFixed(price)
      case .low: low = json.optionalFixed(price)
      case .change: change = json.optionalFixed(price)
      case .baseVolume: base_volume = pb_dec(json.shownDecimal())
      case .contractVolume: base_volume = pb_dec(market.base(json.shownDecimal()))
      case .quoteVolume: quote_volume = pb_dec(json.shownDecimal())
      case .time: venue_ns = json.milliseconds()
      case .seconds: venue_ns = json.seconds()
      case .nanoseconds: venue_ns = json.nanoseconds()
      case .isoTime: venue_ns = json.timestamp()
      case .symbol: return false
      }
      return true
    }
    let hasSides = isWhole && (bid.price != nil || ask.price != nil)
    if hasSides || bid.price != nil { setBid(bid.price, bid.quantity) }
    if hasSides || ask.price != nil { setAsk(ask.price, ask.quantity) }
    if let last, last > 0 { setLast(last) }
    if let last, let change, open == nil { open = last.subtractingReportingOverflow(change).partialValue }
    guard open != nil || high != nil || low != nil else { return }
    market.day.take(open: open, high: high, low: low)
    if let open = market.day.open, let high = market.day.high, let low = market.day.low {
      setDay(open: open, high: high, low: low)
    }
  }

  private static func level(_ json: inout JSONScanner, _ market: Market) -> (price: Int64?, quantity: Int64?) {
    var level: (price: Int64?, quantity: Int64?) = (0, 0)
    guard !json.skipNull() else { return level }
    var place = 0
    json.elements { json in
      switch place {
      case 0: level.price = json.optionalFixed(market.writtenExponent) ?? 0
      case 1: level.quantity = json.optionalQuantity(market) ?? 0
      default: json.skip()
      }
      place += 1
    }
    return level
  }
}
