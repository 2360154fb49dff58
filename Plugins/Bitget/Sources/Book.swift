import CPatchbay
import ConnectorKit

/// Books. Sources: "Depth Channel" of v1, v2 and v3. A change carries a CRC-32 over the best 25 bids and asks in turn,
/// `price:size` joined by colons, as they were sent; the book at the beginning has one in v1, and a zero in v2 and v3.
/// `seq` rises with every message, and `pseq` of v3 is that of the message before.
extension BitgetConnector {
  /// `[{"asks": [["2.4400", "195.6669"]], "bids": [...], "checksum": -1258619028, "seq": 3, "ts": ""}]`, or `a` and `b`
  func book(_ data: JSONMark, _ market: Market, _ isSnapshot: Bool, _ frame: Body) -> Status {
    var json = data.scanner()
    json.enterArray()
    guard json.nextElement() else { return misread(market, .book) }
    var event = BookEvent()
    event.read(&json)
    guard json.isValid, let bids = event.bids, let asks = event.asks, !json.nextElement() else {
      return misread(market, .book)
    }
    if version == .v3 || event.checksum == 0 && !isSnapshot {
      guard let sequence = event.sequence else { return misread(market, .book) }
      return numbered(event, bids, asks, sequence, market, isSnapshot, frame)
    }
    var book = begin(market.number, isSnapshot: isSnapshot)
    for (mark, isBid) in [(bids, true), (asks, false)] {
      var list = mark.scanner()
      levels(&list, &book, isBid: isBid)
      guard list.isValid else { return misread(market, .book) }
    }
    // It is written with its sign.
    (book.checksum, book.time) = (UInt64(UInt32(truncatingIfNeeded: event.checksum)), event.time)
    return end(book, provesSnapshot: event.checksum != 0)
  }

  private func numbered(
    _ event: BookEvent, _ bidMark: JSONMark, _ askMark: JSONMark, _ sequence: UInt64, _ market: Market,
    _ isSnapshot: Bool, _ frame: Body
  ) -> Status {
    out.beginBook()
    var bidList = bidMark.scanner()
    var askList = askMark.scanner()
    let bids = out.levels(&bidList, market)
    let asks = out.levels(&askList, market)
    guard bidList.isValid, askList.isValid else { return misread(market, .book) }
    return book(
      market, isSnapshot: isSnapshot, last: sequence, previous: event.previous, time: event.time, bids: bids,
      asks: asks, frame: frame)
  }

  private struct BookEvent {
    var (bids, asks): (JSONMark?, JSONMark?)
    var (time, checksum) = (Int64(0), Int64(0))
    var sequence: UInt64?
    var previous: UInt64 = 0

    @inline(__always)
    mutating func read(_ json: inout JSONScanner) {
      json.members { key, json in
        switch key {
        case "asks", "a": asks = json.passed()
        case "bids", "b": bids = json.passed()
        case "ts": time = json.milliseconds()
        case "checksum": checksum = json.integer()
        case "seq": sequence = json.unsigned()
        case "pseq": previous = json.unsigned()
        default: return false
        }
        return true
      }
    }
  }
}
