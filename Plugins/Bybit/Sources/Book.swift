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

/// The levels of a book's message, in the record begun for them.
struct BookLevels {
  let market: Market
  let depth: Depth
  var bids: pb_list?
  var asks: pb_list?
  var number: UInt64 = 0
  var isValid = true
}

/// Books. Source: Bybit API v5, "Orderbook: Process snapshot/delta": a snapshot replaces the book at any time, and so
/// does a message whose `u` is 1, whatever it calls itself: the service has begun anew.
extension BybitExchange {
  /// `{"s": "BTCUSDT", "b": [["16493.50", "0.006"]], "a": [["16611.00", "0.029"]], "u": 18521288, "seq": 7961638724}`
  @inline(__always)
  func readLevels(_ json: inout JSONScanner, _ market: Market, _ depth: Depth) -> BookLevels {
    out.beginBook()
    var levels = BookLevels(market: market, depth: depth)
    json.members { key, json in
      switch key {
      case "b": levels.bids = out.levels(&json, market)
      case "a": levels.asks = out.levels(&json, market)
      case "u": levels.number = json.unsigned()
      default: return false
      }
      return true
    }
    levels.isValid = json.isValid
    return levels
  }

  @inline(__always)
  func book(_ levels: BookLevels, _ head: FrameHead, _ frame: Body) -> Status {
    let market = levels.market
    guard levels.isValid, let bids = levels.bids, let asks = levels.asks, levels.number > 0 else {
      return misread(market, .book)
    }
    let isSnapshot = head.isSnapshot || levels.number == 1
    if isSnapshot { market.depth = levels.depth.levels }
    let time = head.engineTime > 0 ? head.engineTime : head.time
    return book(market, isSnapshot: isSnapshot, last: levels.number, time: time, bids: bids, asks: asks, frame: frame)
  }

  /// A book of another depth than is subscribed, or whose levels stand before its topic.
  func otherBook(_ data: JSONMark, _ head: FrameHead, _ depth: Depth, _ market: Market, _ frame: Body) -> Status {
    let time = head.engineTime > 0 ? head.engineTime : head.time
    if depth.levels != market.depth {
      // The best prices of a ticker, or what was under way when other levels were asked for. A recording says by its
      // snapshot of how many its client asked.
      if depth.levels <= 1 { return head.isSnapshot ? best(data, market, time) : .ok }
      guard head.isSnapshot else { return .ok }
    }
    var json = data.scanner()
    return book(readLevels(&json, market, depth), head, frame)
  }

  /// A frame that is JSON as a whole has levels that cannot be read, of a book that is then known; of any other one it
  /// is not known what it was about.
  @inline(never)
  func unread(_ levels: BookLevels?, _ frame: Body) -> Status {
    guard let levels else { return .parse }
    var whole = JSONScanner(frame)
    whole.skip()
    return whole.isComplete() ? misread(levels.market, .book) : .parse
  }
}
