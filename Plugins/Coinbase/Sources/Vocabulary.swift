import ConnectorKit

extension CoinbaseSpot {
  /// "Get Order", "User Channel": the latter writes types with blanks. A stop is the name of its configuration.
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell],
      type: [
        "LIMIT": .limit, "MARKET": .market, "STOP_LIMIT": .stopLimit, "Limit": .limit, "Market": .market,
        "Stop Limit": .stopLimit, "market_market_ioc": .market, "market_market_fok": .market, "sor_limit_ioc": .limit,
        "limit_limit_gtc": .limit, "limit_limit_gtd": .limit, "limit_limit_fok": .limit,
        "stop_limit_stop_limit_gtc": .stopLimit, "stop_limit_stop_limit_gtd": .stopLimit,
      ],
      force: [
        "GOOD_UNTIL_CANCELLED": .goodTilCancelled, "IMMEDIATE_OR_CANCEL": .immediateOrCancel,
        "FILL_OR_KILL": .fillOrKill, "GOOD_UNTIL_DATE_TIME": .goodTilDate, "market_market_ioc": .immediateOrCancel,
        "market_market_fok": .fillOrKill, "sor_limit_ioc": .immediateOrCancel, "limit_limit_gtc": .goodTilCancelled,
        "limit_limit_gtd": .goodTilDate, "limit_limit_fok": .fillOrKill,
        "stop_limit_stop_limit_gtc": .goodTilCancelled, "stop_limit_stop_limit_gtd": .goodTilDate,
      ],
      state: [
        "OPEN": .open, "PENDING": .open, "QUEUED": .open, "CANCEL_QUEUED": .open, "EDIT_QUEUED": .open,
        "FILLED": .filled, "CANCELLED": .cancelled, "EXPIRED": .expired, "FAILED": .rejected,
      ])
  }

  /// "Create Order", "Cancel Orders", "Edit Order": reasons for a failure; else gRPC's codes as words. A reason that
  /// says no more than that something failed proves nothing about the order.
  public var errors: ErrorPlan {
    ErrorPlan(
      .status(code: "error", text: "message"),
      ErrorTable(codes: [
        .funds: """
          INSUFFICIENT_FUND PREVIEW_INSUFFICIENT_FUND PREVIEW_INSUFFICIENT_FUNDS_FOR_FUTURES INSUFFICIENT_FUNDS
          """,
        .postOnly: """
          INVALID_LIMIT_PRICE_POST_ONLY PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY INVALID_LIMIT_PRICE
          """,
        .unknownOrder: "NOT_FOUND UNKNOWN_CANCEL_ORDER ORDER_NOT_FOUND",
        .unknownInstrument: "UNKNOWN_PRODUCT_ID PREVIEW_INVALID_PRODUCT_ID INVALID_CANCEL_PRODUCT_ID",
        .maintenance: "ORDER_ENTRY_DISABLED PREVIEW_ORDER_ENTRY_DISABLED UNAVAILABLE",
        .authentication: "UNAUTHENTICATED PERMISSION_DENIED unauthorized Unauthorized",
        .rateLimit: "RESOURCE_EXHAUSTED rate_limit_exceeded",
        .invalidOrder: """
          UNSUPPORTED_ORDER_CONFIGURATION INELIGIBLE_PAIR NOT_ENOUGH_LIQUIDITY COMMANDER_REJECTED_NEW_ORDER
          BREACHED_PRICE_LIMIT ORDER_ENTRY_LIMIT_ONLY ONLY_LIMIT_ORDER_EDITS_SUPPORTED
          """,
      ])
        + [
          .init("", containing: "authentication", .authentication), .init(prefix: "INVALID_", .invalidOrder),
          .init(prefix: "PREVIEW_", .invalidOrder), .init(prefix: "UNTRADABLE_", .invalidOrder),
          .init(prefix: "CANNOT_EDIT_", .invalidOrder),
        ])
  }
}
