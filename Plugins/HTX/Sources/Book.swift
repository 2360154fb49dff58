import CPatchbay
import ConnectorKit
import Decimals

/// One message about a book: `{"bids": [[price, quantity]], "asks": [...]}`, of which a change may lack a side.
struct BookEvent {
  private(set) var (bids, asks) = (pb_list(), pb_list())
  private(set) var (hasBids, hasAsks) = (false, false)
  /// `seqNum` of changes; `version` of what has no other number.
  private(set) var (sequence, previous, version): (UInt64?, UInt64?, UInt64?)
  /// Of increments of perpetuals: the book as a whole.
  private(set) var isSnapshot = false
  private(set) var time: Int64

  var isWhole: Bool { hasBids && hasAsks }

  /// Reads an object; `nil` when it cannot be read. Levels go into the record that is begun.
  /// - Parameter isCut: quantities may have more digits than can be held.
  @inline(__always)
  static func read(
    _ data: JSONMark, _ market: Market, _ out: Output, time: Int64, isCut: Bool = true
  ) -> BookEvent? {
    var json = data.scanner()
    let event = BookEvent(&json, market, out, time: time) { out, json, market in out.levels(&json, market) }
    return json.isValid ? event : isCut ? cut(data, market, out, time) : nil
  }

  /// The same, with quantities cut to what their exponent holds. What is left of an order that a market order met has
  /// as many digits as a binary number has: no exponent holds all of them beside the largest orders.
  @inline(never)
  private static func cut(_ data: JSONMark, _ market: Market, _ out: Output, _ time: Int64) -> BookEvent? {
    var json = data.scanner()
    let event = BookEvent(&json, market, out, time: time) { out, json, market in
      let (price, quantity) = (market.priceExponent, market.quantityExponent)
      var list = pb_list()
      json.elements { json in
        json.enterArray()
        let level = (json.nextElement() ? json.fixed(price) : 0, json.nextElement() ? json.cut(quantity) : -1)
        while json.nextElement() { json.skip() }
        if level.0 <= 0 || level.1 < 0 { json.fail() }
        out.level(price: level.0, quantity: level.1, to: &list)
      }
      return list
    }
    return json.isValid ? event : nil
  }

  @inline(__always)
  private init(
    _ json: inout JSONScanner, _ market: Market, _ out: Output, time: Int64,
    levels: (Output, inout JSONScanner, Market) -> pb_list
  ) {
    self.time = time
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids":
        hasBids = true
        bids = levels(out, &json, market)
      case "asks":
        hasAsks = true
        asks = levels(out, &json, market)
      case "seqNum": sequence = json.unsigned()
      case "prevSeqNum": previous = json.unsigned()
      case "version": version = json.unsigned()
      case "event": isSnapshot = json.string() == "snapshot"
      case "ts": self.time = json.milliseconds()
      default: return false
      }
      return true
    }
  }
}

extension JSONScanner {
  /// A number at an exponent, without the digits behind it. Fails for one that is too large.
  fileprivate mutating func cut(_ exponent: Int32) -> Int64 {
    let value = decimal()
    guard isValid else { return -1 }
    if let mantissa = value.mantissa(at: exponent) { return mantissa }
    let step = Decimal64(mantissa: 1, exponent: exponent)
    guard let cut = value.roundedDown(toMultipleOf: step)?.mantissa(at: exponent) else {
      fail()
      return -1
    }
    return cut
  }
}

/// Books. Sources: "Market By Price (incremental update)", "Market By Price (refresh update)", "Market Depth".
extension HTXSpot {
  /// "Market By Price (incremental update)": `prevSeqNum` names the change before, and the book that is asked for has
  /// the number of one of them.
  func change(_ data: JSONMark, _ market: Market, _ time: Int64, _ frame: Body) -> Status {
    guard let event = BookEvent.read(data, market, out, time: time), event.hasBids || event.hasAsks,
      let sequence = event.sequence, let previous = event.previous
    else { return misread(market, .book) }
    return book(
      market, last: sequence, previous: previous, time: event.time, bids: event.bids, asks: event.asks, frame: frame)
  }

  /// A whole book: pushed, or the answer to a question.
  func whole(_ data: JSONMark, _ market: Market, _ time: Int64, isInBand: Bool) -> Status {
    guard let event = BookEvent.read(data, market, out, time: time), event.isWhole else {
      return misread(market, .book)
    }
    guard isInBand || event.sequence != nil else { return misread(market, .book) }
    snapshot(
      market, last: event.sequence ?? event.version ?? 0, time: event.time, bids: event.bids, asks: event.asks,
      isInBand: isInBand)
    return .ok
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(cutsQuantities: true)).words(message)
  }

  public func snapshotFrame(_ market: Market, id: pb_id) -> SealedText {
    message("req", "market.\(market.symbol).mbp.150", id: id)
  }
}
