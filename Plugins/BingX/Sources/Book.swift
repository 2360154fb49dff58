import CPatchbay
import ConnectorKit

/// Books. Asks may come worst first: the host sorts levels.
extension BingXExchange {
  private struct BookEvent {
    var (bids, asks) = (pb_list(), pb_list())
    var (hasBids, hasAsks) = (false, false)
    var action = JSONText()
    var last: UInt64?
    var time: Int64

    var isWhole: Bool { hasBids && hasAsks }

    init(time: Int64) { self.time = time }

    @inline(__always)
    mutating func read(_ json: inout JSONScanner, _ market: Market, _ out: Output, areMembers: Bool?) {
      out.beginBook()
      var form = areMembers
      json.members { key, json in
        switch key {
        case "bids":
          hasBids = true
          bids = Self.levels(&json, market, out, &form)
        case "asks":
          hasAsks = true
          asks = Self.levels(&json, market, out, &form)
        case "action": action = json.string()
        case "lastUpdateId": last = json.unsigned()
        case "timestamp", "ts", "time": time = json.milliseconds()
        default: return false
        }
        return true
      }
    }

    /// Levels in the other form than the channel's are levels all the same; nothing in the other form is not: it would
    /// say that the side is empty.
    @inline(__always)
    private static func levels(
      _ json: inout JSONScanner, _ market: Market, _ out: Output, _ areMembers: inout Bool?
    ) -> pb_list {
      let (price, quantity) = (market.priceExponent, market.quantityExponent)
      let isObject = json.peek() == UInt8(ascii: "{")
      let list =
        isObject
        ? out.levelMembers(&json, price: price, quantity: quantity)
        : out.levels(&json, price: price, quantity: quantity)
      if list.count == 0, let areMembers, isObject != areMembers { json.fail() }
      areMembers = areMembers ?? isObject
      return list
    }
  }

  /// "Incremental and Full Depth Information": `{"action": "all" or "update", "lastUpdateId": 7, "bids": {"price":
  /// "quantity"}, "asks": {...}}`. The first message is the whole book.
  /// - Parameter areMembers: levels are members of an object, as spot writes them, or elements of an array;
  ///   `nil`: either, both sides alike.
  func changes(
    _ data: JSONMark, _ market: Market, _ time: Int64, _ frame: Body, areMembers: Bool?
  ) -> Status {
    var json = data.scanner()
    var event = BookEvent(time: time)
    event.read(&json, market, out, areMembers: areMembers)
    guard json.isValid, let last = event.last else { return misread(market, .book) }
    switch event.action {
    case "all":
      guard event.isWhole else { return misread(market, .book) }
      snapshot(market, last: last, time: event.time, bids: event.bids, asks: event.asks, isInBand: true)
      return .ok
    case "update":
      return book(market, last: last, time: event.time, bids: event.bids, asks: event.asks, frame: frame)
    default: return misread(market, .book)
    }
  }

  /// "Subscribe Market Depth Data": `{"bids": [["price", "quantity"]], "asks": [...], "lastUpdateId": 7}`, the best
  /// levels as a whole. Older ones have no number.
  func best(_ data: JSONMark, _ market: Market, _ time: Int64) -> Status {
    var json = data.scanner()
    var event = BookEvent(time: time)
    event.read(&json, market, out, areMembers: false)
    guard json.isValid, event.isWhole else { return misread(market, .book) }
    snapshot(market, last: event.last ?? 0, time: event.time, bids: event.bids, asks: event.asks, isInBand: true)
    return .ok
  }
}
