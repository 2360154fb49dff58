import CPatchbay
import ConnectorKit

/// Public frames of spot. Source: "Spot WebSocket v4": "Public Trades Channel", "Tickers Channel", "Order Book
/// Channel".
extension GateSpot {
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard head.kind == "update" else { return answered(head) }
    guard let result = head.data else { return .unsupported }
    guard head.isFine() else { return .parse }
    switch head.channel {
    case "spot.order_book_update": return book(result, stream, frame)
    case "spot.trades":
      var json = result.scanner()
      // One trade, or a list of them.
      return json.peek() == UInt8(ascii: "[") ? trades(&json, Self.trade, stream) : trade(&json, Self.trade, stream)
    case "spot.tickers":
      var json = result.scanner()
      return ticker(&json, Self.ticker, stream)
    default: return .unsupported
    }
  }

  /// "Public Trades Channel": the side is the taker's. Times have fractions of a millisecond.
  private static let trade = FieldTable<TradeField>([
    "currency_pair": .symbol, "id": .id, "create_time_ms": .time, "side": .side, "amount": .quantity, "price": .price,
  ])

  /// "Tickers Channel", "Get currency pair ticker information".
  static let ticker = FieldTable<TickerField>([
    "currency_pair": .symbol, "last": .last, "lowest_ask": .ask, "lowest_size": .askQuantity, "highest_bid": .bid,
    "highest_size": .bidQuantity, "base_volume": .baseVolume, "quote_volume": .quoteVolume, "high_24h": .high,
    "low_24h": .low,
  ])
}
