import CPatchbay
import ConnectorKit

/// A market with, in recordings of the years before the exchange numbered its updates, a book for their checksum.
final class OKXMarket: Market {
  /// Set when a snapshot came with a checksum and without a number.
  var proof: ChecksumBook?
}

/// Books. Source: OKX API v5, "Order book channel", "How to manage a local order book correctly": `seqId` numbers the
/// messages of an instrument, `prevSeqId` names the one before. Until 2022 there was a checksum instead: CRC-32 over the
/// best 25 bids and asks in turn, `price:size` joined by colons, as they were sent. Today it is always zero.
extension OKXSpot {
  private static let checksumLevels = 25

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    OKXMarket(id: id, number: number, rules: rules, book: bookRules.rule)
  }

  /// `[{"asks": [["411.8", "10", "0", "4"]], "bids": [...], "ts": "ms", "checksum": 0, "seqId": 3, "prevSeqId": 2}]`
  func book(_ data: JSONMark, _ market: Market, _ isSnapshot: Bool, _ frame: Body) -> Status {
    if let proof = (market as? OKXMarket)?.proof, !isSnapshot { return checkedUpdate(data, market, proof) }
    var json = data.scanner()
    var (bids, asks, time, checksum) = (pb_list(), pb_list(), Int64(0), Int64(0))
    var (sequence, previous): (UInt64?, Int64) = (nil, -1)
    var sides: (bids: JSONMark?, asks: JSONMark?) = (nil, nil)
    json.enterArray()
    guard json.nextElement() else { return misread(market, .book) }
    out.beginBook()
    json.members { key, json in
      switch key {
      case "asks":
        sides.asks = json.mark
        asks = out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent)
      case "bids":
        sides.bids = json.mark
        bids = out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent)
      case "ts": time = json.milliseconds()
      case "checksum": checksum = json.integer()
      case "seqId": sequence = json.unsigned()
      case "prevSeqId": previous = json.integer()
      default: return false
      }
      return true
    }
    guard json.isValid, let bidMark = sides.bids, let askMark = sides.asks, !json.nextElement() else {
      return misread(market, .book)
    }
    if sequence == nil, isSnapshot, checksum != 0 {
      return checkedSnapshot(market, bidMark, askMark, checksum, time, bids, asks, frame)
    }
    guard let sequence else {
      // An old one before its snapshot.
      return checksum != 0 && !market.sync.isLive ? .ok : misread(market, .book)
    }
    return book(
      market, isSnapshot: isSnapshot, last: sequence, previous: UInt64(max(0, previous)), time: time, bids: bids,
      asks: asks, frame: frame)
  }

  // MARK: With a checksum

  private func checkedSnapshot(
    _ market: Market, _ bidMark: JSONMark, _ askMark: JSONMark, _ checksum: Int64, _ time: Int64, _ bids: pb_list,
    _ asks: pb_list, _ frame: Body
  ) -> Status {
    guard let market = market as? OKXMarket else { return .failed }
    let proof = market.proof ?? ChecksumBook()
    market.proof = proof
    proof.removeAll()
    let isRead =
      eachLevel(bidMark, market, { proof.append($0, isBid: true) })
      && eachLevel(askMark, market, { proof.append($0, isBid: false) })
    guard isRead, proof.arrange() else { return misread(market, .book) }
    guard proof.alternatingChecksum(levels: Self.checksumLevels) == UInt32(truncatingIfNeeded: checksum) else {
      disproved(market, .checksum)
      return .ok
    }
    return book(market, isSnapshot: true, last: 0, time: time, bids: bids, asks: asks, frame: frame)
  }

  private func checkedUpdate(_ data: JSONMark, _ market: Market, _ proof: ChecksumBook) -> Status {
    guard market.sync.isLive else { return .ok }
    var json = data.scanner()
    var (bids, asks, time, checksum) = (pb_list(), pb_list(), Int64(0), Int64(0))
    json.enterArray()
    guard json.nextElement() else { return misread(market, .book) }
    out.beginBook()
    json.members { key, json in
      switch key {
      case "asks", "bids":
        let isBid = key == "bids"
        var list = pb_list()
        let isRead = eachLevel(json.mark, market) { level in
          proof.set(level, isBid: isBid)
          out.merge(price: level.price, quantity: level.quantity, into: &list)
        }
        if isBid { bids = list } else { asks = list }
        json.skip()
        if !isRead { json.fail() }
      case "ts": time = json.milliseconds()
      case "checksum": checksum = json.integer()
      default: return false
      }
      return true
    }
    guard json.isValid else { return misread(market, .book) }
    guard proof.alternatingChecksum(levels: Self.checksumLevels) == UInt32(truncatingIfNeeded: checksum) else {
      disproved(market, .checksum)
      return .ok
    }
    out.book(instrument: market.id, snapshot: false, first: 0, last: 0, time: time, bids: bids, asks: asks)
    return .ok
  }

  /// Reads `[["price", "size", "0", "1"], ...]` with its text; `false` when it cannot be read.
  private func eachLevel(_ mark: JSONMark, _ market: Market, _ body: (ChecksumBook.Level) -> Void) -> Bool {
    var json = mark.scanner()
    json.elements { json in
      json.enterArray()
      guard json.nextElement() else { return json.fail() }
      var priceMark = json.mark.scanner()
      var text = ChecksumText()
      text.append(json.string().bytes)
      text.append(UInt8(ascii: ":"))
      guard json.nextElement() else { return json.fail() }
      var sizeMark = json.mark.scanner()
      text.append(json.string().bytes)
      while json.nextElement() { json.skip() }
      let (price, size) = (priceMark.fixed(market.priceExponent), sizeMark.fixed(market.quantityExponent))
      guard priceMark.isValid, sizeMark.isValid, price > 0, size >= 0, !text.isTooLong else { return json.fail() }
      body(ChecksumBook.Level(price: price, quantity: size, text: text))
    }
    return json.isValid
  }

  // MARK: By request

  public func snapshotParameters(_ market: Market, _ call: inout Call) {
    call.set("instId", market.symbol)
    call.set("sz", "400")
  }

  /// `{"code": "0", "data": [{"asks": [...], "bids": [...], "ts": "ms", "seqId": 3}]}`
  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    var json = JSONScanner(body)
    guard let mark = json.find("data/0") else { return .parse }
    var object = mark.scanner()
    var (bids, asks, time) = (pb_list(), pb_list(), Int64(0))
    var sequence: UInt64?
    out.beginBook()
    object.members { key, json in
      switch key {
      case "asks": asks = out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent)
      case "bids": bids = out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent)
      case "ts": time = json.milliseconds()
      case "seqId": sequence = json.unsigned()
      default: return false
      }
      return true
    }
    guard object.isValid, let sequence else { return .parse }
    snapshot(market, last: sequence, time: time, bids: bids, asks: asks, isInBand: false)
    return .ok
  }
}
