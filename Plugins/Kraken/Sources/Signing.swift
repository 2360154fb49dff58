import CPatchbay
import ConnectorKit

/// The endpoints: what the registry permits each as, and what a call adds to the account's counter. Orders have
/// a counter of their own, by pair; their charges come with the request.
extension PermittedAct {
  static let time = open("time", "Time")
  static let assetPairs = open("asset_pairs", "AssetPairs")
  static let ticker = open("ticker", "Ticker")
  static let addOrder = kraken("add_order", "AddOrder", .order, weight: 0)
  static let addOrderBatch = kraken("add_order_batch", "AddOrderBatch", .order, weight: 0)
  static let amendOrder = kraken("amend_order", "AmendOrder", .order, weight: 0)
  static let cancelOrder = kraken("cancel_order", "CancelOrder", .cancel, weight: 0)
  static let cancelOrderBatch = kraken("cancel_order_batch", "CancelOrderBatch", .cancel, weight: 0)
  static let queryOrders = kraken("query_orders", "QueryOrders")
  static let openOrders = kraken("open_orders", "OpenOrders")
  static let closedOrders = kraken("closed_orders", "ClosedOrders")
  static let tradesHistory = kraken("trades_history", "TradesHistory", weight: 2)
  static let balances = kraken("balances", "BalanceEx")
  static let tradeVolume = kraken("trade_volume", "TradeVolume")
  static let socketToken = kraken("socket_token", "GetWebSocketsToken")

  private static func open(_ name: String, _ endpoint: String) -> PermittedAct {
    PermittedAct(name, .get, "/0/public/\(endpoint)")
  }

  private static func kraken(
    _ name: String, _ endpoint: String, _ priority: Priority = .query, weight: UInt32 = 1
  ) -> PermittedAct {
    PermittedAct(name, .post, "/0/private/\(endpoint)", priority: priority, weight: weight)
  }
}

/// Signed requests. `API-Sign` is base64 of HMAC-SHA512 over the path and the SHA-256 of nonce and body, keyed with the
/// secret's base64-decoded bytes. The nonce stands in the body as well; it is taken once per request, and requests go
/// out one at a time, so that it rises as the venue wants it. Source: Kraken API Center, "Authentication".
extension KrakenSpot {
  public func prepare(_ call: inout Call) { call.setFirst("nonce", venue.nonce) }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let digest = (SealedText(venue.nonce) + request.body).sha256
    let signature = (target + digest).hmac(.sha512, key: Seal.field("secret_key").unbase64).base64
    request.headers =
      [("API-Key", SealedText(.field("api_key"))), ("API-Sign", SealedText(signature))] + request.headers
    request.isOrdered = true
  }

  /// An endpoint for questions. One of several requests must not lose the later ones to the counter, and with them what
  /// the first cost: each may wait until an empty counter is full again.
  func query(_ act: PermittedAct) -> Endpoint {
    Endpoint(
      act, .form, charges: [Charge(Venue.Bucket.calls, act.weight)],
      deadline: (10 + venue.tier.callsFill) * Venue.second)
  }
}
