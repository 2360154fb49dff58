import CPatchbay
import ConnectorKit

/// Public frames.
extension TegroSpot {
  private static let head = FieldTable<HeadField>(["action": .action, "data": .data])

  /// `{"action": "order_book_diff", "data": {...}}`, `{"action": "trade_updated", "data": {...}}`. A token's channel
  /// carries markets that nobody asked for.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard let data = head.data, let market = market(named: data.text("symbol")) else { return .unsupported }
    switch head.action {
    case "order_book_diff": return difference(data, market, frame)
    case "trade_updated":
      // A trade is reported when it is matched, and again when the chain has it.
      guard data.text("state") == "success" else { return .ok }
      var entry = data.scanner()
      return trade(&entry, Self.trade, stream, of: market)
    default: return .unsupported
    }
  }

  /// `{"timestamp": 1764288000, "symbol": "WETH_USDC", "bids": [{"price": "2700.35", "quantity": "0"}], "asks": []}`
  private func difference(_ data: JSONMark, _ market: Market, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    guard let sides = sides(data, market) else { return misread(market, .book) }
    return book(market, last: 0, time: sides.time, bids: sides.bids, asks: sides.asks, frame: frame)
  }

  /// Reads both sides of a book, or of a change of it, into a record that it begins; `nil` where it cannot.
  func sides(_ data: JSONMark, _ market: Market) -> (bids: pb_list, asks: pb_list, time: Int64)? {
    var json = data.scanner()
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var time = Int64(0)
    out.beginBook()
    json.members { key, json in
      switch key {
      case "timestamp": time = json.seconds()
      case "bids": bids = levels(&json, market)
      case "asks": asks = levels(&json, market)
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks else { return nil }
    return (bids, asks, time)
  }

  private func levels(_ json: inout JSONScanner, _ market: Market) -> pb_list {
    var list = pb_list()
    json.elements { json in
      var (price, quantity) = (Int64(0), Int64(-1))
      json.members { key, json in
        switch key {
        case "price": price = json.fixed(market.priceExponent)
        case "quantity": quantity = json.fixed(market.quantityExponent)
        default: return false
        }
        return true
      }
      if price <= 0 || quantity < 0 { json.fail() }
      out.level(price: price, quantity: quantity, to: &list)
    }
    return list
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(names: ("price", "quantity"))).words(message)
  }

  private static let trade = FieldTable<TradeField>([
    "id": .id, "price": .price, "amount": .quantity, "is_buyer_maker": .buyerRested, "time": .isoTime,
  ])
}
