import CPatchbay
import ConnectorKit
import Decimals

/// Public REST: all tickers, and the time. Sources: Kraken API Center, "Get Ticker Information", "Get Server Time".
extension KrakenSpot {
  /// `{"XXBTZUSD": {"a": [...], ...}, ...}`
  func tickers(_ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard let result = Envelope(body).result else { return unreadable(command, "tickers") }
    var json = result.scanner()
    json.enterObject()
    while let pair = json.nextKey() {
      let start = json.mark
      json.skip()
      guard json.isValid else { break }
      guard let market = market(named: pair) else { continue }
      var entry = start.scanner()
      let ticker = readTickerArrays(&entry, market, hasOpen: false)
      if entry.isValid { out.ticker(ticker) }
    }
    guard json.isValid else { return unreadable(command, "tickers") }
    out.complete(PB_EV_TICKER, command: command)
    out.done(command)
    return .ok
  }

  /// `{"a": [price, whole lots, volume], "b": [...], "c": [price, volume], "v": [today, 24 hours], "p", "t", "l", "h",
  /// "o"}`, of the socket's version 1 and of REST. Of REST, "o" is one number, today's opening, which says nothing of
  /// 24 hours ago.
  func readTickerArrays(_ json: inout JSONScanner, _ market: Market, hasOpen: Bool) -> pb_ticker {
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    var ticker = pb_ticker()
    ticker.instrument = market.id
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "a":
        let (price, quantity) = pair(&json, 0, price, 2, quantity)
        ticker.setAsk(price, quantity)
      case "b":
        let (price, quantity) = pair(&json, 0, price, 2, quantity)
        ticker.setBid(price, quantity)
      case "c": (ticker.last_price, ticker.last_quantity) = pair(&json, 0, price, 1, quantity)
      case "l": ticker.low_price = pair(&json, 1, price, -1, 0).0
      case "h": ticker.high_price = pair(&json, 1, price, -1, 0).0
      case "o" where hasOpen:
        ticker.open_price = pair(&json, 1, price, -1, 0).0
        ticker.present |= UInt64(PB_TICKER_DAY)
      case "v": ticker.base_volume = pb_dec(secondNumber(&json))
      default: json.skip()
      }
    }
    if ticker.last_price > 0 { ticker.present |= UInt64(PB_TICKER_LAST) }
    return ticker
  }

  /// Two elements of an array, each at its exponent; a place of -1 is not wanted.
  private func pair(
    _ json: inout JSONScanner, _ first: Int, _ firstExponent: Int32, _ second: Int, _ secondExponent: Int32
  ) -> (Int64, Int64) {
    var values: (Int64, Int64) = (0, 0)
    var place = 0
    json.enterArray()
    while json.nextElement() {
      if place == first {
        values.0 = json.optionalFixed(firstExponent) ?? 0
      } else if place == second {
        values.1 = json.optionalFixed(secondExponent) ?? 0
      } else {
        json.skip()
      }
      place += 1
    }
    if place <= max(first, second) { json.fail() }
    return values
  }

  private func secondNumber(_ json: inout JSONScanner) -> Decimal64? {
    var number: Decimal64?
    var place = 0
    json.enterArray()
    while json.nextElement() {
      if place == 1 { number = json.optionalDecimal() } else { json.skip() }
      place += 1
    }
    return number
  }

  /// `{"unixtime": seconds, "rfc1123": "..."}`: the venue tells its time in whole seconds only.
  func clock(_ request: pb_id, _ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard var json = Envelope(body).result?.scanner() else { return unreadable(command, "time") }
    var time: Int64 = 0
    json.enterObject()
    while let key = json.nextKey() {
      if key == "unixtime" { time = json.seconds() } else { json.skip() }
    }
    guard json.isValid, time > 0 else { return unreadable(command, "time") }
    out.clock(request: request, venue: time, resolution: Venue.second)
    out.done(command)
    return .ok
  }
}
