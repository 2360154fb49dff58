import CPatchbay
import ConnectorKit

/// Books. Source: OKX API v5, "Order book channel", "How to manage a local order book correctly": `seqId` numbers the
/// messages of an instrument, `prevSeqId` names the one before. Until 2022 there was a checksum instead: CRC-32 over
/// the best 25 bids and asks in turn, `price:size` joined by colons, as they were sent. Today it is always zero.
extension OKXConnector {
  /// `[{"asks": [["411.8", "10", "0", "4"]], "bids": [...], "ts": "ms", "checksum": 0, "seqId": 3, "prevSeqId": 2}]`
  func book(_ data: JSONMark, _ market: Market, _ isSnapshot: Bool, _ frame: Body) -> Status {
    var json = data.scanner()
    json.enterArray()
    guard json.nextElement() else { return misread(market, .book) }
    var event = BookEvent()
    event.read(&json, market, out)
    guard json.isValid, event.isWhole, !json.nextElement() else { return misread(market, .book) }
    guard let sequence = event.sequence else {
      return event.checksum == 0 ? misread(market, .book) : checkedBook(event, market, isSnapshot)
    }
    return book(
      market, isSnapshot: isSnapshot, last: sequence, previous: UInt64(max(0, event.previous)), time: event.time,
      bids: event.bids, asks: event.asks, frame: frame)
  }

  private struct BookEvent {
    var (bids, asks) = (pb_list(), pb_list())
    var (bidMark, askMark): (JSONMark?, JSONMark?)
    var (time, checksum, previous) = (Int64(0), Int64(0), Int64(-1))
    var sequence: UInt64?

    var isWhole: Bool { bidMark != nil && askMark != nil }

    @inline(__always)
    mutating func read(_ json: inout JSONScanner, _ market: Market, _ out: Output) {
      out.beginBook()
      json.members { key, json in
        switch key {
        case "asks":
          askMark = json.mark
          asks = out.levels(&json, market)
        case "bids":
          bidMark = json.mark
          bids = out.levels(&json, market)
        case "ts": time = json.milliseconds()
        case "checksum": checksum = json.integer()
        case "seqId": sequence = json.unsigned()
        case "prevSeqId": previous = json.integer()
        default: return false
        }
        return true
      }
    }
  }

  // MARK: With a checksum

  private func checkedBook(_ event: BookEvent, _ market: Market, _ isSnapshot: Bool) -> Status {
    var book = begin(market.number, isSnapshot: isSnapshot)
    for (mark, isBid) in [(event.bidMark, true), (event.askMark, false)] {
      guard var json = mark?.scanner() else { return misread(market, .book) }
      levels(&json, &book, isBid: isBid)
      guard json.isValid else { return misread(market, .book) }
    }
    // It is written with its sign.
    (book.checksum, book.time) = (UInt64(UInt32(truncatingIfNeeded: event.checksum)), event.time)
    return end(book)
  }

  // MARK: By request

  public final func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.set("instId", market.symbol)
    call.set("sz", "400")
  }

  /// `{"code": "0", "data": [{"asks": [...], "bids": [...], "ts": "ms", "seqId": 3}]}`
  public final func snapshotReply(_ body: Body, _ market: Market) -> Status {
    snapshot(body, at: "data/0", ["asks": .asks, "bids": .bids, "ts": .time, "seqId": .last], market)
  }
}
