import ConnectorKit

extension FTXSpot {
  /// "Place order", "Fills".
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell], type: ["limit": .limit, "market": .market], force: [:], state: [:],
      maker: ["maker"])
  }

  /// An error is a sentence: `{"success": false, "error": "Not logged in"}`.
  public var errors: ErrorPlan {
    ErrorPlan(
      .code("error", text: "error", fine: []),
      ErrorTable(prefixes: [
        .authentication: [
          "Not logged in", "No such subaccount", "Not authorized", "Not approved to trade", "Invalid signature",
          "Invalid API key", "Invalid login credentials",
        ],
        .rateLimit: ["Slow down", "Do not send more than", "Rate limit exceeded"],
        .funds: ["Not enough balances", "Account does not have enough balances"],
        .unknownOrder: ["Order not found", "Order already closed", "Order already queued for cancellation"],
        .unknownInstrument: ["No such market", "No such future"], .postOnly: ["Post-only"],
        .transient: ["Please try again", "Try again"],
        .invalidOrder: [
          "Size too small", "Size too large", "Invalid price", "InvalidPrice", "Invalid parameter", "Invalid size",
          "Trigger price too", "Spot orders cannot be reduce-only", "Invalid reduce-only order",
        ],
        .unsupported: ["The requested URL was not found"],
      ])
        + ErrorTable([.init(prefix: "Duplicate client order ID", .invalidOrder, mayHaveHappened: true)])
        + ErrorTable(
          ["Internal Error", "An unexpected error occurred"].map {
            .init(prefix: $0, .transient, mayHaveHappened: true)
          }))
  }
}
