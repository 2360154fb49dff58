import CPatchbay
import ConnectorKit

/// The account and its stream. Sources: "GET /v2/balances", "GET /v2/positions", "Authentication", "Balance Channel",
/// "Position Channel", "Order Channel".
extension CoinFLEXExchange {
  private static let balance = FieldTable<BalanceField>([
    "instrumentId": .asset, "total": .total, "available": .free, "quantityLastUpdated": .time,
  ])

  static let position = FieldTable<PositionField>([
    "instrumentId": .symbol, "quantity": .quantity, "entryPrice": .entry, "estLiquidationPrice": .liquidation,
    "positionPnl": .unrealized, "lastUpdated": .time,
  ])

  private static let execution = FieldTable<OrderField>([
    "orderId": .venue, "clientOrderId": .client, "marketCode": .symbol, "side": .side, "orderType": .type,
    "timeInForce": .force, "price": .price, "quantity": .quantity, "status": .state, "timestamp": .time,
    "matchId": .fillID, "matchPrice": .fillPrice, "matchQuantity": .fillQuantity, "orderMatchType": .maker,
    "fees": .fee, "feeInstrumentId": .feeAsset,
  ])

  func offerAccount() { balances(Endpoint(.balances, on: .calls), at: "data", Self.balance) }

  /// "Authentication": base64 of HMAC-SHA256 over the time and `GET/auth/self/verify`.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let (key, time) = (Seal.field("api_key"), Seal.milliseconds)
    let sign = ("\(time)GET/auth/self/verify" as SealedText).hmac(.sha256, key: .field("secret_key")).base64
    return """
      {"op":"login","tag":"1","data":{"apiKey":"\(key.jsonEscaped)","timestamp":"\(time)","signature":"\(sign)"}}
      """
  }

  public func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    SealedText("{\"op\":\"subscribe\",\"args\":[\"\(channel)\"],\"tag\":\(id)}")
  }

  /// `{"event": "login", "success": true}`, `{"event": "subscribe", "channel": "order:all", "success": true}`,
  /// `{"table": "order", "data": [{...}]}`. Refusals of orders that were said on another socket come here too.
  public func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    if Self.isPong(frame) { return .ok }
    guard let (head, channels) = Self.head(frame) else { return .parse }
    switch head.action {
    case "login":
      loggedIn(account, head.answer())
      return .ok
    case "subscribe":
      if channels.isEmpty { acknowledged(account, head.answer()) }
      for channel in channels { acknowledged(account, channel: channel, head.answer()) }
      return .ok
    case "": break
    default: return .ok
    }
    guard var list = head.data?.scanner() else { return .parse }
    switch head.kind {
    case "order":
      list.elements { json in
        let report = Self.read(&json, Self.execution, vocabulary)
        guard json.isValid else { return }
        if report.isFill { publish(fill: report, account) }
        publish(order: report.withoutFill, account)
      }
    case "balance": publishBalances(&list, account) { BalanceReport(&$1, Self.balance) }
    case "position": if Self.isPerpetual { publishPositions(&list, account, Self.position) } else { list.skip() }
    default: return .unsupported
    }
    return list.isValid ? .ok : .parse
  }
}
