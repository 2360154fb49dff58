import ConnectorKit

extension BitgetConnector {
  public final var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell, "Buy": .buy, "Sell": .sell],
      type: ["limit": .limit, "market": .market],
      force: [
        "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill, "gtc": .goodTilCancelled,
        "ioc": .immediateOrCancel, "fok": .fillOrKill, "normal": .goodTilCancelled, "post_only": .goodTilCancelled,
      ],
      state: [
        "live": .open, "init": .open, "new": .open, "partially_filled": .partial, "filled": .filled,
        "cancelled": .cancelled, "canceled": .cancelled,
        // Of conditional orders.
        "not_trigger": .untriggered, "fail_trigger": .rejected, "fail_execute": .rejected, "fail": .rejected,
      ],
      postOnly: ["post_only"], maker: ["maker", "M"],
      leg: isPerpetual ? ["net": .net, "long": .long, "short": .short] : [:],
      margin: ["crossed": .cross, "isolated": .isolated, "cross": .cross],
      position: ["one_way_mode": .oneWay, "hedge_mode": .hedge], byMark: ["mark_price"])
  }

  /// "Error Code" of requests and of streams. What is said when the service failed in the middle leaves a write in
  /// doubt, and so does an id that was used before: it may be this very order's.
  public final var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["00000"]),
      ErrorTable(codes: [
        .maintenance: "40200 40308 43115", .rateLimit: "429 30006 30007 40429",
        .clock: "40004 40005 40008 30013 30014",
        .authentication: """
          40001 40002 40003 40006 40009 40011 40012 40014 40016 40018 40021 40022 40024 40036 40037 40038 40039 40040
          40041 40103 40105 30004 30005 30011 30012 30015
          """,
        .unsupported: "40084 40085",
        .funds: "25202 25203 40711 40754 40762 43012 43117 45006 50020",
        .unknownOrder: "22001 25204 31007 40109 40768 43001 43004 notExistend",
        .reduceOnly: "22002 25227 40756 45054",
        .unknownInstrument: "30001 40034 40102 40309 45034",
        .invalidOrder: """
          22003 22006 22007 22008 22009 40017 40019 40020 40774 40798 40805 40806 40808 40815 40913 40918 41103 43002
          43005 43006 43007 43008 43009 43010 43011 43013 43025 43027 43028 43030 43031 45047 45110 45111 45112
          45113 45115 45116 45117 45119 45122 50014 50015 50017 50018 50021 50026
          """,
      ])
        + ErrorTable(["40010", "40015", "40725", "45001", "50003", "50008"].map {
          .init($0, .transient, mayHaveHappened: true)
        })
        + ErrorTable(["40786", "40757", "43118"].map { .init($0, .invalidOrder, mayHaveHappened: true) }))
  }
}
