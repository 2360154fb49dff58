import ConnectorKit

extension BitMartSpot {
  /// "New Order (v2)", "Private-Order Progress"; numbers are those of version 1.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell],
      type: ["limit": .limit, "market": .market, "limit_maker": .limit, "ioc": .limit],
      force: ["ioc": .immediateOrCancel],
      state: [
        "new": .open, "partially_filled": .partial, "filled": .filled, "canceled": .cancelled,
        "partially_canceled": .cancelled, "failed": .rejected, "1": .rejected, "2": .open, "3": .rejected, "4": .open,
        "5": .partial, "6": .filled, "7": .open, "8": .cancelled, "9": .open, "11": .cancelled, "12": .cancelled,
      ],
      postOnly: ["limit_maker"], maker: ["maker", "Maker", "M"])
  }

  /// "Error Codes".
  public var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "message", fine: ["1000"]),
      ErrorTable(codes: [
        .authentication: "30001 30002 30003 30004 30005 30006 30010 30011 30012 53000 53001 53002 53005",
        .clock: "30007 30008", .rateLimit: "30013", .maintenance: "30014 30016", .funds: "50020 60008",
        .unknownOrder: "50005 50030 50031 50032", .unknownInstrument: "50001 50040 51000 70002",
        .unsupported: "30000 50023",
        .invalidOrder: """
          30018 50000 50002 50006 50007 50008 50009 50010 50011 50012 50013 50014 50015 50016 50017 50019 50021 50024
          50026 50027 50029 50033 50034 50035 50036 50038 50042 51006 51007 51008 51009 51011 51012 70000 70001
          """,
      ])
        + [
          .init("30017", .transient, mayHaveHappened: true), .init("50022", .transient, mayHaveHappened: true),
          .init("50037", .transient, mayHaveHappened: true), .init("50041", .transient, mayHaveHappened: true),
          .init("59001", .transient, mayHaveHappened: true),
        ])
  }
}
