import CPatchbay
import ConnectorKit

/// A message of the feed. Keys may come in any order, so what needs the market's exponents is only marked here, and
/// read when the whole message has proved to be JSON.
private struct Message {
  var type = JSONText()
  var market = -1
  var sequence: UInt64 = 0
  var time: Int64 = 0
  var id = JSONText()
  var side = JSONText()
  var text = JSONText()
  var bids, asks, price, size: JSONMark?

  init(_ json: inout JSONScanner, _ symbols: SymbolMap) {
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "type": type = json.string()
      case "market": market = symbols.find(json.string())
      case "seq": sequence = json.unsigned()
      case "time": time = json.milliseconds()
      case "id": id = json.scalar()
      case "side": side = json.string()
      case "text": text = json.string()
      case "bids": bids = json.marked()
      case "asks": asks = json.marked()
      case "price": price = json.marked()
      case "size": size = json.marked()
      default: json.skip()
      }
    }
  }
}

extension JSONScanner {
  /// Marks the next value and steps over it.
  fileprivate mutating func marked() -> JSONMark {
    let place = mark
    skip()
    return place
  }
}

extension HarbourSpot {
  func feed(_ payload: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(payload)
    let message = Message(&json, symbols)
    guard json.isComplete() else { return .parse }
    switch message.type {
    case "subscribed", "unsubscribed": return answered(pb_id(message.id.text) ?? 0, error: nil)
    case "error": return answered(pb_id(message.id.text) ?? 0, error: message.text.text)
    case "snapshot", "update", "trade":
      let channel: Channels = message.type == "trade" ? .trades : .book
      guard message.market >= 0, isWanted(message.market, channel) else { return .ok }
      return channel == .trades ? trade(message) : book(message, isSnapshot: message.type == "snapshot")
    default: return .unsupported
    }
  }

  /// `{"type": "update", "market": "SALT-USD", "seq": 101, "time": ms, "bids": [["10.00", "1.5"]], "asks": []}`
  private func book(_ message: Message, isSnapshot: Bool) -> Status {
    let market = markets[message.market]
    guard var bidText = message.bids?.scanner(), var askText = message.asks?.scanner(), message.sequence > 0 else {
      return brokenBook(message.market)
    }
    // The levels go straight into the record; nothing else may be written before it is out.
    out.beginBook()
    let bids = out.levels(&bidText, price: market.priceExponent, quantity: market.quantityExponent)
    let asks = out.levels(&askText, price: market.priceExponent, quantity: market.quantityExponent)
    guard bidText.isValid, askText.isValid else { return brokenBook(message.market) }
    if isSnapshot { markets[message.market].sync.snapshot(message.sequence) }
    let verdict = isSnapshot ? .apply : markets[message.market].sync.update(first: 0, last: message.sequence)
    switch verdict {
    case .apply:
      out.book(
        instrument: pb_id(message.market) + 1, snapshot: isSnapshot, first: message.sequence, last: message.sequence,
        time: message.time, bids: bids, asks: asks)
    case .drop: break
    // The snapshot comes on this very stream, before all that follows it: there is nothing to keep.
    case .queue: break
    case .gap(let expected, let got):
      out.gap(
        instrument: pb_id(message.market) + 1, reason: .sequence, expected: expected, got: got, time: message.time)
      tell("subscribe", [Topic(market: message.market, channel: .book)])
    }
    return .ok
  }

  /// A book message that cannot be read is a lost one.
  private func brokenBook(_ market: Int) -> Status {
    loseBook(market, .malformed)
    tell("subscribe", [Topic(market: market, channel: .book)])
    return .parse
  }

  /// `{"type": "trade", "market": "SALT-USD", "id": "t7", "price": "10.01", "size": "0.5", "side": "buy", "time": ms}`
  private func trade(_ message: Message) -> Status {
    let market = markets[message.market]
    guard var price = message.price?.scanner(), var size = message.size?.scanner() else { return .parse }
    let (mantissa, quantity) = (price.fixed(market.priceExponent), size.fixed(market.quantityExponent))
    guard price.isValid, size.isValid else { return .parse }
    let taker: Side
    switch message.side {
    case "buy": taker = .buy
    case "sell": taker = .sell
    default: return .venue
    }
    out.trade(
      instrument: pb_id(message.market) + 1, id: message.id, price: mantissa, quantity: quantity, taker: taker,
      time: message.time)
    return .ok
  }
}
