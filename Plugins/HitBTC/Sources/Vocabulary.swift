import ConnectorKit

extension HitBTCSpot {
  /// "Create new spot order", "Order model".
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell],
      type: [
        "limit": .limit, "market": .market, "stopLimit": .stopLimit, "stopMarket": .stopMarket,
        "takeProfitLimit": .takeLimit, "takeProfitMarket": .takeMarket,
      ],
      force: [
        "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill, "GTD": .goodTilDate,
        "Day": .goodTilDate,
      ],
      state: [
        "new": .open, "suspended": .untriggered, "partiallyFilled": .partial, "filled": .filled,
        "canceled": .cancelled, "expired": .expired,
      ],
      maker: ["false"])
  }

  /// "Error codes".
  public var errors: ErrorPlan {
    ErrorPlan(
      .object("error", ErrorPlan.Names(code: "code", text: "message"), detail: "description"),
      ErrorTable(codes: [
        .authentication: "403 1001 1002 1003 1004 1005", .rateLimit: "429 20003", .funds: "20001",
        .unknownOrder: "20002", .unknownInstrument: "2001 2002", .maintenance: "503",
        .unsupported: "600 20016 20018 20032 20080",
        .invalidOrder: """
          2010 2011 2012 2020 2021 2022 10001 10021 20004 20005 20006 20007 20009 20010 20011 20012 20014 20031 20033
          20034 20040 20041 20042 20043 20044 20045
          """,
      ])
        // The client order id exists already: it may be this very order.
        + ErrorTable(["20008"].map { .init($0, .invalidOrder, mayHaveHappened: true) })
        // What the exchange itself does not know the end of.
        + ErrorTable(["500", "504", "20030"].map { .init($0, .transient, mayHaveHappened: true) }))
  }
}
