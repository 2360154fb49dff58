import CPatchbay
import ConnectorKit

/// A market of the v3 exchange: how old each of its levels is. Changes came out of order, and one whose offset is below
/// that of a level changes it no more ("Orderbook" of the v3 documentation).
final class OffsetMarket: Market {
  /// By price; of levels that are gone too. For look-ups alone.
  @exclusivity(unchecked) final var bids: [Int64: UInt64] = [:]
  @exclusivity(unchecked) final var asks: [Int64: UInt64] = [:]
  /// More prices than any book has had; a peer cannot make it grow further.
  static let most = 200_000
}

/// Books of the v3 exchange.
extension DYDXPerpetual {
  /// `{"offset": "2693988240", "bids": [], "asks": [["4217.8", "13.34"]]}`; the book itself has levels `{"price":
  /// "500", "offset": "2613331790", "size": "0.01"}`. Quantities are absolute.
  func book(_ head: DYDXHead, _ market: OffsetMarket, isSnapshot: Bool, _ frame: Body) -> Status {
    guard let contents = head.contents else { return .unsupported }
    if isSnapshot { (market.bids, market.asks) = ([:], [:]) }
    var offset = UInt64(0)
    var look = contents.scanner()
    look.members { key, json in
      guard key == "offset" else { return false }
      offset = json.unsigned()
      return true
    }
    var (bids, asks) = (pb_list(), pb_list())
    var json = contents.scanner()
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = levels(&json, market, offset, &market.bids)
      case "asks": asks = levels(&json, market, offset, &market.asks)
      default: return false
      }
      return true
    }
    guard json.isValid, market.bids.count + market.asks.count < OffsetMarket.most else {
      return misread(market, .book)
    }
    return book(
      market, isSnapshot: isSnapshot, last: head.number ?? 0, time: 0, bids: bids, asks: asks, frame: frame)
  }

  private func levels(
    _ json: inout JSONScanner, _ market: Market, _ offset: UInt64, _ offsets: inout [Int64: UInt64]
  ) -> pb_list {
    var list = pb_list()
    json.elements { json in
      var (price, quantity, own) = (Int64(0), Int64(-1), offset)
      let isBook = json.peek() == UInt8(ascii: "{")
      if isBook {
        json.members { key, json in
          switch key {
          case "price": price = json.fixed(market.priceExponent)
          case "size": quantity = json.fixed(market.quantityExponent)
          case "offset": own = json.unsigned()
          default: return false
          }
          return true
        }
      } else {
        (price, quantity) = json.level(price: market.priceExponent, quantity: market.quantityExponent)
      }
      guard json.isValid, price > 0, quantity >= 0 else { return json.fail() }
      guard own >= offsets[price] ?? 0 else { return }
      offsets[price] = own
      if !isBook || quantity > 0 { out.level(price: price, quantity: quantity, to: &list) }
    }
    return list
  }
}
