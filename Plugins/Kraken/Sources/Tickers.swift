import CPatchbay
import ConnectorKit
import Decimals

/// Tickers as arrays, of the socket's version 1 and of REST. Source: Kraken API Center, "Get Ticker Information".
extension KrakenSpot {
  /// `"XXBTZUSD": {"a": [...], ...}`
  func restTicker(_ pair: JSONText, _ json: inout JSONScanner) {
    guard let market = market(named: pair) else { return }
    let ticker = readTickerArrays(&json, market, hasOpen: false)
    if json.isValid { out.ticker(ticker) }
  }

  /// `{"a": [price, whole lots, volume], "b": [...], "c": [price, volume], "v": [today, 24 hours], "p", "t", "l", "h",
  /// "o"}`, of the socket's version 1 and of REST. Of REST, "o" is one number, today's opening, which says nothing of
  /// 24 hours ago.
  func readTickerArrays(_ json: inout JSONScanner, _ market: Market, hasOpen: Bool) -> pb_ticker {
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    var ticker = pb_ticker()
    var (open, high, low) = (Int64(0), Int64(0), Int64(0))
    var (hasBid, hasAsk) = (false, false)
    ticker.instrument = market.id
    json.members { key, json in
      let list = json.passed()
      func number(_ place: Int, _ exponent: Int32) -> Int64 {
        var item = list.scanner(at: place)
        let value = item.optionalFixed(exponent) ?? 0
        if !item.isValid { json.fail() }
        return value
      }
      switch key {
      case "a":
        hasAsk = true
        ticker.setAsk(number(0, price), number(2, quantity))
      case "b":
        hasBid = true
        ticker.setBid(number(0, price), number(2, quantity))
      case "c": ticker.setLast(number(0, price), number(1, quantity))
      case "l": low = number(1, price)
      case "h": high = number(1, price)
      case "o" where hasOpen: open = number(1, price)
      case "v":
        var volume = list.scanner(at: 1)
        ticker.base_volume = pb_dec(volume.optionalDecimal())
      default: break
      }
      return true
    }
    if hasBid, !hasAsk { ticker.setAsk(nil, nil) }
    if hasAsk, !hasBid { ticker.setBid(nil, nil) }
    if hasOpen { ticker.setDay(open: open, high: high, low: low) }
    return ticker
  }
}
