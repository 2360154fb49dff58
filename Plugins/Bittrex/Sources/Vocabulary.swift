import ConnectorKit

extension BittrexSpot {
  /// "Order", "NewOrder": a ceiling is what a market order may cost, or a limit order by its value.
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell],
      type: ["LIMIT": .limit, "MARKET": .market, "CEILING_LIMIT": .limit, "CEILING_MARKET": .market],
      force: [
        "GOOD_TIL_CANCELLED": .goodTilCancelled, "IMMEDIATE_OR_CANCEL": .immediateOrCancel,
        "FILL_OR_KILL": .fillOrKill,
      ],
      state: [:], postOnly: ["POST_ONLY_GOOD_TIL_CANCELLED"])
  }

  /// "Error Codes": `{"code": "INSUFFICIENT_FUNDS", "detail": "...", "data": {}}`.
  public var errors: ErrorPlan {
    ErrorPlan(
      .status(code: "code", text: "detail"),
      ErrorTable(codes: [
        .authentication: """
          APISIGN_NOT_PROVIDED APIKEY_NOT_PROVIDED APIKEY_INVALID APIKEY_EXPIRED INVALID_APIKEY INVALID_SIGNATURE \
          INVALID_PERMISSION WHITELIST_VIOLATION_IP UNAUTHORIZED
          """,
        .clock: "INVALID_TIMESTAMP TIMESTAMP_EXPIRED", .rateLimit: "RATE_LIMIT_EXCEEDED THROTTLED",
        .funds: "INSUFFICIENT_FUNDS", .unknownOrder: "NOT_FOUND ORDER_NOT_OPEN UUID_INVALID",
        .unknownInstrument: "INVALID_MARKET RESTRICTED_MARKET MARKET_DOES_NOT_EXIST MARKET_OFFLINE",
        .invalidOrder: """
          BAD_REQUEST INVALID_ORDER INVALID_ORDER_TYPE INVALID_CEILING_MARKET_BUY QUANTITY_NOT_PROVIDED \
          RATE_NOT_PROVIDED MIN_TRADE_REQUIREMENT_NOT_MET DUST_TRADE_DISALLOWED_MIN_VALUE
          """,
      ]))
  }
}
