import CPatchbay
import ConnectorKit

/// `GET /ticker/24hr` without a symbol: the day's figures of every symbol. Futures give no best prices there.
/// Sources: "24hr ticker price change statistics" of the spot and of the futures documentation.
extension BinanceConnector {
  func tickers(_ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(body)
    json.enterArray()
    var unread = 0
    while json.nextElement() {
      let start = json.mark
      json.skip()
      guard json.isValid else { break }
      var entry = start.scanner()
      if !publishTicker(&entry) { unread += 1 }
    }
    guard json.isComplete() else { return unreadable(command, "tickers") }
    if unread > 0 { out.log(.warning, "\(unread) tickers cannot be read and are left out") }
    out.complete(PB_EV_TICKER, command: command, partial: unread > 0)
    out.done(command)
    return .ok
  }

  /// - Returns: whether it could be read; one of a symbol that is not known is left out.
  private func publishTicker(_ json: inout JSONScanner) -> Bool {
    guard let market = symbol(of: &json) else { return json.isValid }
    var entry = json.mark.scanner()
    var ticker = pb_ticker()
    ticker.instrument = market.id
    var bid: (price: Int64?, quantity: Int64?)
    var ask: (price: Int64?, quantity: Int64?)
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    entry.enterObject()
    while let key = entry.nextKey() {
      switch key {
      case "bidPrice": bid.price = entry.optionalFixed(price) ?? 0
      case "bidQty": bid.quantity = entry.optionalFixed(quantity) ?? 0
      case "askPrice": ask.price = entry.optionalFixed(price) ?? 0
      case "askQty": ask.quantity = entry.optionalFixed(quantity) ?? 0
      case "lastPrice": ticker.last_price = entry.optionalFixed(price) ?? 0
      case "lastQty": ticker.last_quantity = entry.optionalFixed(quantity) ?? 0
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
    // A symbol without orders or trades has zeros there. Where no price is named, nothing is said.
    if bid.price != nil { ticker.setBid(bid.price, bid.quantity) }
    if ask.price != nil { ticker.setAsk(ask.price, ask.quantity) }
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
