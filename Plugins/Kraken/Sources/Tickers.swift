import CPatchbay
import ConnectorKit
import Decimals

/// Tickers as arrays, of the socket's version 1 and of REST. Source: Kraken API Center, "Get Ticker Information".
extension KrakenSpot {
  /// `"XXBTZUSD": {"a": [...], ...}`
  func restTicker(_ pair: JSONText, _ json: inout JSONScanner) {
    guard let market = market(named: pair) else { return json.skip() }
    let ticker = readTickerArrays(&json, market, hasOpen: false)
    if json.isValid { out.ticker(ticker) }
  }

  /// `{"a": [price, whole lots, volume], "b": [...], "c": [price, volume], "v": [today, 24 hours], "p", "t", "l", "h",
  /// "o"}`, of the socket's version 1 and of REST. Of REST, "o" is one number, today's opening, which says nothing of
  /// 24 hours ago.
  func readTickerArrays(_ json: inout JSONScanner, _ market: Market, hasOpen: Bool) -> pb_ticker {
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    var ticker = pb_ticker()
    var (open, high, low): (Int64, Int64, Int64) = (0, 0, 0)
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
      case "c":
        let (price, quantity) = pair(&json, 0, price, 1, quantity)
        ticker.setLast(price, quantity)
      case "l": low = pair(&json, 1, price, -1, 0).0
      case "h": high = pair(&json, 1, price, -1, 0).0
      case "o" where hasOpen: open = pair(&json, 1, price, -1, 0).0
      case "v": ticker.base_volume = pb_dec(secondNumber(&json))
      default: json.skip()
      }
    }
    if hasOpen { ticker.setDay(open: open, high: high, low: low) }
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
}
