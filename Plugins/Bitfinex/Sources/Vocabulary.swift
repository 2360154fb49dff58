import ConnectorKit

extension BitfinexSpot {
  /// "Orders": types without EXCHANGE are of margin, on the same instruments. A trailing stop is reported as a stop.
  public var words: Words {
    Words(
      side: [:],
      type: [
        "EXCHANGE LIMIT": .limit, "EXCHANGE IOC": .limit, "EXCHANGE FOK": .limit, "EXCHANGE MARKET": .market,
        "EXCHANGE STOP": .stopMarket, "EXCHANGE STOP LIMIT": .stopLimit, "EXCHANGE TRAILING STOP": .stopMarket,
        "LIMIT": .limit, "IOC": .limit, "FOK": .limit, "MARKET": .market, "STOP": .stopMarket,
        "STOP LIMIT": .stopLimit, "TRAILING STOP": .stopMarket,
      ],
      force: [
        "EXCHANGE LIMIT": .goodTilCancelled, "EXCHANGE IOC": .immediateOrCancel, "EXCHANGE FOK": .fillOrKill,
        "LIMIT": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill,
      ],
      state: [:], maker: ["1"])
  }

  /// "Abbreviations Glossary / Error codes". `["error", 10001, "Invalid order: not enough exchange balance for ..."]`:
  /// the general code says by its words alone what it is about. `{"error": "ERR_RATE_LIMIT"}` comes instead where an
  /// address asks too often: it is not answered for a minute.
  public var errors: ErrorPlan {
    ErrorPlan(
      .array("error"),
      [
        .init("10001", containing: "not enough", .funds), .init("10001", containing: "insufficient", .funds),
        .init("10001", containing: "order not found", .unknownOrder),
        .init("10001", containing: "symbol: invalid", .unknownInstrument),
        .init("10001", containing: "post", .postOnly), .init("10001", containing: "invalid", .invalidOrder),
        .init("10001", containing: "minimum size", .invalidOrder),
        .init("10001", containing: "maximum size", .invalidOrder),
        .init("10001", containing: "permission", .authentication),
        .init("10001", containing: "balance check", .transient, mayHaveHappened: true),
        .init("10020", containing: "symbol", .unknownInstrument), .init("10020", .invalidOrder),
        .init("10010", .rateLimit, pause: 60_000_000_000), .init("11010", .rateLimit, pause: 60_000_000_000),
        .init("ERR_RATE_LIMIT", .rateLimit, pause: 60_000_000_000), .init("10114", .clock),
        .init("10300", .unknownInstrument), .init("20060", .maintenance, mayHaveHappened: true),
        .init("11000", .maintenance, mayHaveHappened: true),
        .init("temporarily_unavailable", .maintenance, mayHaveHappened: true),
      ]
        // The key, its digest or its signature is wrong, or the key may not do this.
        + ErrorTable(codes: [
          .authentication: "10100 10101 10102 10103 10104 10111 10112 10113 10200", .unsupported: "10302 10305",
        ]))
  }
}
