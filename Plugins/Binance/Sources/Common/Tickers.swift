import CPatchbay
import ConnectorKit

/// `GET /ticker/24hr` without a symbol: the day's figures of every symbol. Futures give no best prices there.
/// Sources: "24hr ticker price change statistics" of the spot and of the futures documentation.
extension BinanceConnector {
  func tickers(_ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(body)
    json.enterArray()
    var count = 0
    while json.nextElement() {
      let start = json.mark
      json.skip()
      guard json.isValid else { break }
      var entry = start.scanner()
      if publishTicker(&entry) { count += 1 }
    }
    guard json.isComplete() else { return unreadable(command, "tickers") }
    out.complete(PB_EV_TICKER, command: command)
    out.done(command)
    return .ok
  }

  private func publishTicker(_ json: inout JSONScanner) -> Bool {
    guard let market = symbol(of: &json) else { return false }
    var entry = json.mark.scanner()
    var ticker = pb_ticker()
    ticker.instrument = market.id
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    entry.enterObject()
    while let key = entry.nextKey() {
      switch key {
      case "bidPrice": ticker.bid_price = entry.fixed(price)
      case "bidQty": ticker.bid_quantity = entry.fixed(quantity)
      case "askPrice": ticker.ask_price = entry.fixed(price)
      case "askQty": ticker.ask_quantity = entry.fixed(quantity)
      case "lastPrice": ticker.last_price = entry.fixed(price)
      case "lastQty": ticker.last_quantity = entry.fixed(quantity)
      case "openPrice": ticker.open_price = entry.fixed(price)
      case "highPrice": ticker.high_price = entry.fixed(price)
      case "lowPrice": ticker.low_price = entry.fixed(price)
      case "volume": ticker.base_volume = pb_dec(entry.optionalDecimal())
      case "quoteVolume": ticker.quote_volume = pb_dec(entry.optionalDecimal())
      case "closeTime": ticker.venue_ns = entry.milliseconds()
      default: entry.skip()
      }
    }
    guard entry.isValid else { return false }
    // A symbol without orders or trades has zeros there.
    if ticker.bid_price > 0 { ticker.present |= UInt64(PB_TICKER_BID) }
    if ticker.ask_price > 0 { ticker.present |= UInt64(PB_TICKER_ASK) }
    if ticker.last_price > 0 { ticker.present |= UInt64(PB_TICKER_LAST) }
    if ticker.open_price > 0 { ticker.present |= UInt64(PB_TICKER_DAY) }
    out.ticker(ticker)
    return true
  }

  /// The market that an entry is about, without moving the scanner.
  private func symbol(of json: inout JSONScanner) -> Market? {
    var entry = json.mark.scanner()
    var number = -1
    entry.enterObject()
    while let key = entry.nextKey() {
      if key == "symbol" { number = symbols.find(entry.string()) } else { entry.skip() }
    }
    return entry.isValid && number >= 0 ? markets[number] : nil
  }
}
