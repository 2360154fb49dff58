import CPatchbay
import ConnectorKit

/// Liquidations of everybody. Source: OKX API v5, "Liquidation orders channel": one subscription is to all instruments
/// of a kind, so that it is the same whichever of them is wanted.
extension OKXConnector {
  /// `bkPx` is the price at which the position is taken over, `side` that of the order that closes it.
  private static let liquidation = FieldTable<LiquidationField>([
    "side": .side, "sz": .quantity, "bkPx": .price, "ts": .time,
  ])

  /// The message that subscribes. One that is wanted no more is given up when no other is wanted.
  func liquidationTopic(_ market: Int, isUnsubscribe: Bool, id: pb_id) -> SealedText {
    if isUnsubscribe { liquidated[market] = nil } else { liquidated[market] = liquidated[market] ?? 0 }
    let op = isUnsubscribe && liquidated.isEmpty ? "unsubscribe" : "subscribe"
    return SealedText(
      "{\"id\":\"\(id)\",\"op\":\"\(op)\",\"args\":[{\"channel\":\"liquidation-orders\","
        + "\"instType\":\"\(product.type)\"}]}")
  }

  /// `[{"instId": "BTC-USDT-SWAP", "instType": "SWAP", "details": [{"side": "buy", "posSide": "short", "bkPx": "0.007",
  /// "sz": "13", "ts": "1692266434010", ...}]}]`. Two connections may both carry them: what is not newer was reported.
  func liquidationsCame(_ data: JSONMark, _ stream: pb_id) -> Status {
    var list = data.scanner()
    var status = Status.ok
    list.elements { json in
      var symbol = JSONText()
      var details: JSONMark?
      json.members { key, json in
        switch key {
        case "instId": symbol = json.string()
        case "details":
          details = json.mark
          return false
        default: return false
        }
        return true
      }
      guard json.isValid, let market = market(named: symbol), let last = liquidated[market.number] else { return }
      guard var entries = details?.scanner() else { return json.fail() }
      var look = entries.mark.scanner()
      var newest: Int64 = 0
      look.elements { json in
        json.members { key, json in
          guard key == "ts" else { return false }
          newest = max(newest, json.milliseconds())
          return true
        }
      }
      guard newest > last else { return }
      liquidated[market.number] = newest
      if liquidations(&entries, Self.liquidation, stream, of: market) == .parse { status = .parse }
    }
    return list.isValid ? status : .parse
  }
}
