import CPatchbay
import ConnectorKit
import Decimals

/// Public frames of futures. Sources: "Futures WebSocket v4": "Tickers API", "Trades API", "Order Book API", "public
/// liquidates order API".
extension GatePerpetual {
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard head.kind == "update" else { return answered(head) }
    guard let result = head.data else { return .unsupported }
    guard head.isFine() else { return .parse }
    var data = result.scanner()
    switch head.channel {
    case "futures.order_book_update": return book(result, stream, frame)
    case "futures.trades": return trades(&data, Self.trade, stream)
    case "futures.book_ticker": return ticker(&data, Self.best, stream)
    case "futures.tickers":
      var again = result.scanner()
      let status =
        data.peek() == UInt8(ascii: "[") ? tickers(&data, Self.ticker, stream) : ticker(&data, Self.ticker, stream)
      return marks(&again, Self.mark, stream) == .ok ? status : .parse
    case "futures.public_liquidates": return liquidations(&data, Self.liquidation, stream)
    default: return .unsupported
    }
  }

  // MARK: Trades and prices

  /// "Trades API": a size below zero is a taker's who sells.
  private static let trade = FieldTable<TradeField>([
    "contract": .symbol, "id": .id, "create_time": .seconds, "create_time_ms": .time, "size": .signedQuantity,
    "price": .price,
  ])

  /// "Best ask/bid notification".
  private static let best = FieldTable<TickerField>([
    "s": .symbol, "b": .bid, "B": .bidQuantity, "a": .ask, "A": .askQuantity, "t": .time,
  ])

  /// "Tickers notification", "Get all futures trading statistics".
  static let ticker = FieldTable<TickerField>([
    "contract": .symbol, "last": .last, "highest_bid": .bid, "highest_size": .bidQuantity, "lowest_ask": .ask,
    "lowest_size": .askQuantity, "high_24h": .high, "low_24h": .low, "volume_24h_base": .baseVolume,
    "volume_24h_quote": .quoteVolume,
  ])

  static let mark = FieldTable<MarkField>([
    "contract": .symbol, "mark_price": .mark, "index_price": .index, "funding_rate": .rate,
  ])

  /// "public liquidates order API": the size is that of the order that liquidates, so that one below zero sells.
  private static let liquidation = FieldTable<LiquidationField>([
    "contract": .symbol, "price": .price, "size": .signedQuantity, "time_ms": .time,
  ])
}
