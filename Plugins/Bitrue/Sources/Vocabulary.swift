import ConnectorKit

extension BitrueSpot {
  /// "ENUM definitions", and the numbers of "Order Event".
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell, "1": .buy, "2": .sell],
      type: ["LIMIT": .limit, "MARKET": .market, "1": .limit, "2": .market],
      force: ["GTC": .goodTilCancelled],
      state: [
        "PENDING_CREATE": .open, "NEW": .open, "PARTIALLY_FILLED": .partial, "FILLED": .filled, "CANCELED": .cancelled,
        "PENDING_CANCEL": .open, "REJECTED": .rejected, "EXPIRED": .expired, "0": .open, "1": .open, "2": .filled,
        "3": .partial, "4": .cancelled,
      ])
  }

  /// "Error Codes": some come with status 200. Codes that the documentation does not have are those of the API that
  /// this one was made after.
  public var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["200", "0"]),
      Self.byWords
        + ErrorTable(codes: [
          .authentication: "-1002 -1022 -1125 -1150 -2008 -2014 -2015",
          .rateLimit: "-1003 -1015 429", .clock: "-1021", .funds: "-2017 -2019",
          .invalidOrder: """
            -1013 -1020 -1100 -1102 -1103 -1104 -1105 -1106 -1111 -1112 -1114 -1115 -1116 -1117 -1118 -2010
            """,
          .unknownOrder: "-2011 -2013", .unknownInstrument: "-1121",
        ])
        + [
          .init("1", .maintenance, mayHaveHappened: true), .init("-1000", .transient, mayHaveHappened: true),
          .init("-1001", .transient, mayHaveHappened: true), .init("-1016", .transient, mayHaveHappened: true),
          .init("503", .transient, mayHaveHappened: true),
        ])
  }

  /// -1022 stands for a wrong signature as for a wrong time, and its words may name both.
  private static let byWords: ErrorTable = [
    .init("-1022", containing: "signature", .authentication), .init("-1022", containing: "timestamp", .clock),
    .init("-1102", containing: "timestamp", .clock), .init("-2017", containing: "net-value", .unknownInstrument),
    .init("-2010", containing: "insufficient", .funds), .init("-2010", containing: "balance", .funds),
    .init("-2010", containing: "not enabled", .authentication),
  ]
}
