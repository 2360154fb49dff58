import CPatchbay
import Decimals

public enum TickerField: Sendable {
  case symbol, bid, bidQuantity, ask, askQuantity, last, lastQuantity, open, high, low, baseVolume, quoteVolume
  /// Time in milliseconds, and as RFC 3339 has it.
  case time, isoTime
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
  /// - Returns: `.parse` when it cannot be read, and then what it reported until now may be out of date.
  public final func ticker(_ json: inout JSONScanner, _ table: FieldTable<TickerField>, _ stream: pb_id) -> Status {
    let number = market(in: json.mark, table)
    guard let number, number >= 0 else { return number == nil ? misread(stream: stream, .ticker) : .ok }
    let market = markets[number]
    let record = pb_ticker(&json, table, market)
    guard json.isValid else { return misread(market, .ticker) }
    if isWanted(market, .ticker), record.present != 0 { out.ticker(record) }
    return .ok
  }

  /// Serves the verb `tickers` by one list, with a table of names.
  public final func tickers(
    _ endpoint: Endpoint, _ parameters: KeyValuePairs<String, String> = [:], at place: String,
    _ table: FieldTable<TickerField>
  ) {
    tickers(endpoint, parameters, at: place) { [unowned self] _, json in
      guard let number = market(in: json.mark, table) else { return json.fail() }
      guard number >= 0 else { return }
      let record = pb_ticker(&json, table, markets[number])
      if json.isValid, record.present != 0 { out.ticker(record) }
    }
  }

  /// Number of the market whose symbol, or another of its names, stands in an object; -1 for one that was never listed,
  /// nil where it names none. Exponents are needed before its numbers can be read.
  private func market(in object: JSONMark, _ table: FieldTable<TickerField>) -> Int? {
    var json = object.scanner()
    json.enterObject()
    while let key = json.nextKey() {
      if case .symbol? = table[key] {
        let symbol = json.scalar()
        return json.isValid ? market(named: symbol)?.number ?? -1 : nil
      }
      json.skip()
    }
    return nil
  }
}

extension pb_ticker {
  /// Reads a ticker by a table of names. What is empty, `null` or absent is not reported; a best price of zero says
  /// that there is none.
  init(_ json: inout JSONScanner, _ table: FieldTable<TickerField>, _ market: Market) {
    self.init()
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    var (bid, ask): ((price: Int64?, quantity: Int64?), (price: Int64?, quantity: Int64?)) = ((nil, nil), (nil, nil))
    var (last, open, high, low): (Int64?, Int64?, Int64?, Int64?) = (nil, nil, nil, nil)
    var change: Int64?
    instrument = market.id
    json.members { key, json in
      guard let field = table[key] else { return false }
      switch field {
      case .bid: bid.price = json.optionalFixed(price) ?? 0
      case .bidQuantity: bid.quantity = json.optionalFixed(quantity) ?? 0
      case .ask: ask.price = json.optionalFixed(price) ?? 0
      case .askQuantity: ask.quantity = json.optionalFixed(quantity) ?? 0
      case .last: last = json.optionalFixed(price)
      case .lastQuantity: last_quantity = json.optionalFixed(quantity) ?? 0
      case .open: open = json.optionalFixed(price)
      case .high: high = json.optionalFixed(price)
      case .low: low = json.optionalFixed(price)
      case .change: change = json.optionalFixed(price)
      case .baseVolume: base_volume = pb_dec(json.optionalDecimal())
      case .quoteVolume: quote_volume = pb_dec(json.optionalDecimal())
      case .time: venue_ns = json.milliseconds()
      case .isoTime: venue_ns = json.timestamp()
      case .symbol: return false
      }
      return true
    }
    if bid.price != nil { setBid(bid.price, bid.quantity) }
    if ask.price != nil { setAsk(ask.price, ask.quantity) }
    if let last, last > 0 { setLast(last) }
    if let last, let change, open == nil { open = last.subtractingReportingOverflow(change).partialValue }
    if let open, let high, let low { setDay(open: open, high: high, low: low) }
  }
}
