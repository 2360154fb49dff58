import ConnectorKit

extension MEXCSpot {
  /// "Public API Definitions".
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell],
      type: [
        "LIMIT": .limit, "LIMIT_MAKER": .limit, "IMMEDIATE_OR_CANCEL": .limit, "FILL_OR_KILL": .limit,
        "MARKET": .market,
      ],
      force: [
        "LIMIT": .goodTilCancelled, "IMMEDIATE_OR_CANCEL": .immediateOrCancel, "FILL_OR_KILL": .fillOrKill,
        "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill,
      ],
      state: [
        "NEW": .open, "PARTIALLY_FILLED": .partial, "FILLED": .filled, "CANCELED": .cancelled,
        "PARTIALLY_CANCELED": .cancelled, "REJECTED": .rejected, "EXPIRED": .expired,
      ],
      postOnly: ["LIMIT_MAKER"])
  }

  /// "Error Code".
  public var errors: ErrorPlan {
    ErrorPlan(
      .status(code: "code", text: "msg"),
      ErrorTable(codes: [
        .unknownOrder: "-2011 -2013 30026", .funds: "30004 30005 10101 88004 88015", .rateLimit: "429 510",
        .clock: "700003", .authentication: "401 402 403 406 602 10072 700001 700002 700005 700006 700007",
        .unknownInstrument: "-1121 30014 30021 1001", .maintenance: "30000 30016 501 801",
        .invalidOrder: """
          -1128 400 600 1002 2003 2009 10096 10097 30001 30002 30003 30010 30018 30019 30020 30025 30027 30028 30029
          30032 30041 33333 44444 60005 88013 700004 700008 700013
          """,
      ]) + [.init("503", .transient, mayHaveHappened: true), .init("504", .transient, mayHaveHappened: true)])
  }
}
