import ConnectorKit

extension BingXSpot {
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell],
      type: [
        "LIMIT": .limit, "MARKET": .market, "TRIGGER_LIMIT": .stopLimit, "TRIGGER_MARKET": .stopMarket,
        "TAKE_STOP_LIMIT": .takeLimit, "TAKE_STOP_MARKET": .takeMarket,
      ],
      force: [
        "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill, "PostOnly": .goodTilCancelled,
      ],
      state: [
        "NEW": .open, "PENDING": .open, "WORKING": .open, "PARTIALLY_FILLED": .partial, "FILLED": .filled,
        "CANCELED": .cancelled, "CANCELLED": .cancelled, "FAILED": .rejected,
      ],
      postOnly: ["PostOnly"])
  }
}

extension BingXPerpetual {
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell],
      type: [
        "LIMIT": .limit, "MARKET": .market, "STOP": .stopLimit, "STOP_MARKET": .stopMarket, "TAKE_PROFIT": .takeLimit,
        "TAKE_PROFIT_MARKET": .takeMarket, "TRIGGER_LIMIT": .stopLimit, "TRIGGER_MARKET": .stopMarket,
      ],
      force: [
        "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill, "PostOnly": .goodTilCancelled,
      ],
      state: [
        "NEW": .open, "PENDING": .open, "WORKING": .open, "PARTIALLY_FILLED": .partial, "FILLED": .filled,
        "CANCELED": .cancelled, "CANCELLED": .cancelled, "EXPIRED": .expired, "FAILED": .rejected,
      ],
      postOnly: ["PostOnly"], maker: ["maker", "MAKER"],
      leg: ["BOTH": .net, "LONG": .long, "SHORT": .short],
      margin: ["CROSSED": .cross, "ISOLATED": .isolated, "cross": .cross, "isolated": .isolated],
      position: ["false": .oneWay, "true": .hedge], byMark: ["MARK_PRICE"])
  }
}

extension BingXExchange {
  /// "Common Error Codes", and the errors of each endpoint. Several codes say different things by their words; codes
  /// were renumbered on 2025-10-16 ("Change Log").
  public var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["0"]),
      Self.byWords
        + ErrorTable(codes: [
          .authentication: "100001 100004 100401 100403 100412 100413 100414 100419 100441 101484 401 403",
          .rateLimit: "100409 100410 109429 429 418", .clock: "80014", .funds: "100202 101204 101212",
          .invalidOrder: """
            100400 100437 100440 101202 101205 101209 101211 101215 101400 101481 109201 109400 109414 80001 80013
            """,
          .unknownOrder: "100404 80016 80017 80018 109421 109422",
          .unknownInstrument: "100421 100490 101402 101415 109415 109425",
        ])
        + ErrorTable(
          ["100500", "100503", "109423", "109500", "110500", "80012", "80019", "500", "503", "504"].map {
            .init($0, .transient, mayHaveHappened: true)
          }))
  }

  /// A system that is busy says so under any code, and proves nothing about a write.
  private static let byWords: ErrorTable = [
    .init("100202", containing: "busy", .transient, mayHaveHappened: true),
    .init("100400", containing: "busy", .transient, mayHaveHappened: true),
    .init("100410", containing: "busy", .transient, mayHaveHappened: true),
    .init("100421", containing: "busy", .transient, mayHaveHappened: true),
    .init("100421", containing: "timestamp", .clock), .init("100400", containing: "timestamp", .clock),
    .init("109400", containing: "timestamp", .clock),
    .init("100421", containing: "order not exist", .unknownOrder),
    .init("100400", containing: "not a valid order id", .unknownOrder),
    .init("100400", containing: "order not exist", .unknownOrder),
    .init("100400", containing: "invalid symbol", .unknownInstrument),
    .init("100421", containing: "maximum limit", .invalidOrder),
  ]
}
