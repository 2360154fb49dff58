import ConnectorKit

extension BitstampSpot {
  /// "Order status", "Live orders": `order_subtype` is a number there.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell, "0": .buy, "1": .sell, "BUY": .buy, "SELL": .sell],
      type: [
        "LIMIT": .limit, "0": .limit, "4": .limit, "6": .limit, "8": .limit, "MARKET": .market, "2": .market,
        "INSTANT": .market, "CASH": .market,
      ],
      force: ["4": .immediateOrCancel, "6": .fillOrKill, "8": .goodTilDate],
      state: [
        "In Queue": .open, "Open": .open, "Cancel pending": .open, "Finished": .filled, "Canceled": .cancelled,
        "Expired": .expired,
      ])
  }

  /// "Response codes", and words that stand without one: `{"status": "error", "reason": "Order not found.", "code":
  /// "404.002"}`, `{"error": "No permission found"}`, `{"status": "error", "reason": {"__all__": ["..."]}}`.
  public var errors: ErrorPlan {
    ErrorPlan(
      .marked(
        "status", as: "error", codes: ["code", "response_code"],
        texts: ["reason", "error", "message", "response_explanation", "errors"]),
      Self.byCode + Self.byWords)
  }

  private static let byCode =
    ErrorTable([
      // Which of them the code is for, its words say.
      .init("404.001", containing: "not available", .unsupported),
      // There is such an order already: it may be this very one.
      .init("400.019", .invalidOrder, mayHaveHappened: true),
    ])
    + ErrorTable(codes: [
      .authentication: "4009", .clock: "API0004 API0017", .rateLimit: "400.002", .unknownOrder: "404.001 404.002",
      .unknownInstrument: "404.003", .unsupported: "400.003", .funds: "400.009 400.075",
      .invalidOrder: "validation-error",
    ])
    + [
      .init(prefix: "API", .authentication), .init(prefix: "403.", .authentication),
      .init(prefix: "400.", .invalidOrder), .init(prefix: "500.", .transient, mayHaveHappened: true),
    ]

  /// Only what the exchange refuses for certain; a code that is not known proves nothing.
  private static let byWords: ErrorTable = [
    said("order not found", .unknownOrder), said("invalid order id", .unknownOrder),
    said("check your account balance", .funds), said("api key", .authentication), said("ip address", .authentication),
    said("permission", .authentication), said("signature", .authentication), said("authentication", .authentication),
    said("account is frozen", .authentication), said("nonce", .clock), said("minimum order size", .invalidOrder),
    said("ensure th", .invalidOrder), said("price is more than", .invalidOrder), said("enter a number", .invalidOrder),
    .init("", containing: "maintenance", .maintenance, mayHaveHappened: true),
    .init("", containing: "could not be placed", .transient, mayHaveHappened: true),
  ]

  private static func said(_ words: String, _ failure: Failure) -> ErrorTable.Rule {
    ErrorTable.Rule("", containing: words, failure)
  }
}
