import ConnectorKit

/// The words of spot and futures, and those of errors.
extension GateExchange {
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell], type: ["limit": .limit, "market": .market],
      force: [
        "gtc": .goodTilCancelled, "poc": .goodTilCancelled, "ioc": .immediateOrCancel, "fok": .fillOrKill,
      ],
      state: [:], postOnly: ["poc"], maker: ["maker"],
      leg: ["single": .net, "dual_long": .long, "dual_short": .short], position: ["false": .oneWay, "true": .hedge],
      byMark: ["1"])
  }

  /// "label list", and the numbers by which sockets refuse ("Error"): what an error means stands in a word. A server
  /// that is in trouble does not say what became of an order.
  public var errors: ErrorPlan {
    ErrorPlan(
      .status(code: "label", text: "message"),
      ErrorTable([
        .init("2", containing: "unknown currency pair", .unknownInstrument),
        .init("2", containing: "unknown contract", .unknownInstrument),
        .init("INTERNAL", .transient, mayHaveHappened: true),
        .init("SERVER_ERROR", .transient, mayHaveHappened: true),
        .init("TOO_BUSY", .transient, mayHaveHappened: true),
        // There is an order of this name: it may be this one, come twice.
        .init("REPEATED_CREATION", .invalidOrder, mayHaveHappened: true),
        .init("DUPLICATE_REQUEST", .invalidOrder, mayHaveHappened: true),
        .init("ORDER_EXISTS", .invalidOrder, mayHaveHappened: true),
      ])
        + ErrorTable(codes: [
          .authentication: """
            4 INVALID_CREDENTIALS INVALID_KEY IP_FORBIDDEN READ_ONLY INVALID_SIGNATURE MISSING_REQUIRED_HEADER \
            ACCOUNT_LOCKED FORBIDDEN AUTHENTICATION_FAILED SUB_ACCOUNT_NOT_FOUND SUB_ACCOUNT_LOCKED ACCOUNT_EXCEPTION \
            USER_NOT_FOUND
            """,
          .clock: "REQUEST_EXPIRED", .rateLimit: "TOO_MANY_REQUESTS TOO_FAST", .transient: "3",
          .unknownOrder: """
            ORDER_NOT_FOUND CLIENT_ID_NOT_FOUND ORDER_CLOSED ORDER_CANCELLED ORDER_FINISHED ORDER_NOT_OWNED
            """,
          .funds: """
            BALANCE_NOT_ENOUGH MARGIN_BALANCE_NOT_ENOUGH FUTURES_BALANCE_NOT_ENOUGH INSUFFICIENT_AVAILABLE \
            INITIAL_MARGIN_TOO_LOW TRADE_RESTRICTED
            """,
          .postOnly: "POC_FILL_IMMEDIATELY ORDER_POC_IMMEDIATE",
          .unknownInstrument: "INVALID_CURRENCY INVALID_CURRENCY_PAIR CONTRACT_NOT_FOUND",
          .reduceOnly: "REDUCE_EXCEEDED POSITION_EMPTY INCREASE_POSITION CONTRACT_IN_DELISTING",
          .invalidOrder: """
            INVALID_PARAM_VALUE INVALID_PROTOCOL INVALID_ARGUMENT INVALID_REQUEST_BODY MISSING_REQUIRED_PARAM \
            BAD_REQUEST INVALID_PRECISION QUANTITY_NOT_ENOUGH MARGIN_NOT_SUPPORTED AMOUNT_TOO_LITTLE AMOUNT_TOO_MUCH \
            INVALID_CLIENT_ORDER_ID NO_CHANGE \
            TOO_MANY_CURRENCY_PAIRS TOO_MANY_ORDERS MIXED_ACCOUNT_TYPE FOK_NOT_FILL ORDER_FOK ORDER_BOOK_NOT_FOUND \
            CONTRACT_NO_COUNTER RISK_LIMIT_EXCEEDED LIQUIDATE_IMMEDIATELY LEVERAGE_TOO_HIGH LEVERAGE_TOO_LOW \
            PRICE_TOO_DEVIATED SIZE_TOO_LARGE SIZE_TOO_SMALL PRICE_OVER_LIQUIDATION PRICE_OVER_BANKRUPT \
            PRICE_THRESHOLD_EXCEEDED AUTO_TRIGGER_PRICE_LESS_LAST AUTO_TRIGGER_PRICE_GREATE_LAST
            """,
          .other: """
            1 2 NOT_FOUND METHOD_NOT_ALLOWED NOT_ACCEPTABLE INVALID_CONTENT_TYPE CANCEL_FAIL \
            FAILED_RETRIEVE_ASSETS POSITION_IN_LIQUIDATION POSITION_IN_CLOSE POSITION_NOT_FOUND POSITION_DUAL_MODE \
            POSITION_HOLDING POSITION_CROSS_MARGIN ORDER_PENDING AMEND_WITH_STOP REMOVE_TOO_MUCH RISK_LIMIT_TOO_HIGH \
            RISK_LIMIT_TOO_LOW RISK_LIMIT_TOO_lOW RISK_LIMIT_NOT_MULTIPLE
            """,
        ]))
  }
}
