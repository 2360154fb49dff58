import CPatchbay
import ConnectorKit

/// How many levels a book's topic is of: `200.BTCUSDT`.
struct Depth {
  let levels: Int

  @inline(__always)
  init(_ name: JSONText) {
    var (levels, place) = (0, 0)
    while place < 5, name[place] &- 0x30 <= 9 {
      levels = levels * 10 + Int(name[place] - 0x30)
      place += 1
    }
    self.levels = name[place] == UInt8(ascii: ".") ? levels : 0
  }
}

/// Books. Source: Bybit API v5, "Orderbook: Process snapshot/delta": a snapshot replaces the book at any time, and so
/// does a message whose `u` is 1, whatever it calls itself: the service has begun anew.
extension BybitExchange {
  /// `{"s": "BTCUSDT", "b": [["16493.50", "0.006"]], "a": [["16611.00", "0.029"]], "u": 18521288, "seq": 7961638724}`
  @inline(__always)
  func book(_ data: JSONMark, _ head: FrameHead, _ depth: Depth, _ market: Market, _ frame: Body) -> Status {
    let time = head.engineTime > 0 ? head.engineTime : head.time
    if depth.levels != market.depth {
      // The best prices of a ticker, or what was under way when other levels were asked for. A recording says by its
      // snapshot of how many its client asked.
      if depth.levels <= 1 { return head.isSnapshot ? best(data, market, time) : .ok }
      guard head.isSnapshot else { return .ok }
    }
    out.beginBook()
    var (bids, asks) = (pb_list(), pb_list())
    var (hasBids, hasAsks, number) = (false, false, UInt64(0))
    var json = data.scanner()
    json.members { key, json in
      switch key {
      case "b": (bids, hasBids) = (out.levels(&json, market), true)
      case "a": (asks, hasAsks) = (out.levels(&json, market), true)
      case "u": number = json.unsigned()
      default: return false
      }
      return true
    }
    guard json.isValid, hasBids, hasAsks, number > 0 else { return misread(market, .book) }
    let isSnapshot = head.isSnapshot || number == 1
    if isSnapshot { market.depth = depth.levels }
    return book(market, isSnapshot: isSnapshot, last: number, time: time, bids: bids, asks: asks, frame: frame)
  }
}
