import CPatchbay
import ConnectorKit

/// Depth updates in the wording that the exchange always uses, which are nearly all of the traffic: the keys are
/// compared as fixed text instead of being looked up. See `readDepth` in Frames.swift for the general way.
extension BinanceConnector {
  /// Handles a depth update in the usual wording; `nil`, and nothing has happened, when the frame is worded otherwise.
  @inline(__always)
  func usualDepth(_ frame: Body) -> Status? {
    var json = JSONScanner(frame)
    guard json.take(#"{"stream":""#) else { return nil }
    guard Event.topic(of: json.restOfString()) == UInt8(ascii: "d") else { return nil }
    guard json.take(#","data":{"e":"depthUpdate","E":"#) else { return nil }
    let time = json.milliseconds()
    // Futures tell the time of the matching too, and the last id of the update before.
    if json.take(#","T":"#) { _ = json.unsigned() }
    guard json.take(#","s":""#) else { return nil }
    let number = symbols.find(json.restOfString())
    guard number >= 0, json.take(#","U":"#) else { return nil }
    let first = json.unsigned()
    guard json.take(#","u":"#) else { return nil }
    let last = json.unsigned()
    let previous = json.take(#","pu":"#) ? json.unsigned() : 0
    guard first > 0, last >= first, json.take(#","b":"#) else { return nil }
    return withMarket(number) { market in
      out.beginBook()
      let bids = out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent)
      guard json.take(#","a":"#) else { return nil }
      let asks = out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent)
      guard json.take("}}"), json.isComplete() else { return nil }
      _ = book(
        market, first: first, last: last, previous: previous, time: time, bids: bids, asks: asks, frame: frame)
      _ = isWanted(market, .book)
      return .ok
    }
  }
}
