import ConnectorKit

extension LiquidSpot {
  /// "Order".
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell],
      type: ["limit": .limit, "market": .market, "limit_post_only": .limit], force: [:],
      state: ["live": .open, "partially_filled": .open, "filled": .filled, "cancelled": .cancelled],
      postOnly: ["limit_post_only"])
  }

  /// `{"errors": {"order": ["not_enough_free_balance"]}}`, `{"message": "Order not found"}`.
  public var errors: ErrorPlan {
    let words: KeyValuePairs<Failure, [String]> = [
      .rateLimit: ["API rate limit exceeded"], .authentication: ["API Authentication failed"],
      .clock: ["Nonce is too small"], .unknownOrder: ["Order not found", "Can not update non-live order"],
      .funds: ["not_enough_free_balance"], .unknownInstrument: ["product_disabled"],
      .invalidOrder: [
        "must_be_positive", "less_than_order_size", "price_too_high", "price_too_small",
        "Can not update partially filled order",
      ],
    ]
    // Words stand behind the names of what they are about.
    let places = ["", "order: ", "quantity: ", "price: ", "user: "]
    return ErrorPlan(
      .marked("status", as: "error", codes: [], texts: ["errors", "error", "message"]),
      places.map { ErrorTable(prefixes: words, behind: $0) }.reduce(ErrorTable([])) { $0 + $1 })
  }
}
