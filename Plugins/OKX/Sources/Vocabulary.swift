import ConnectorKit

extension OKXConnector {
  public final var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell],
      type: [
        "limit": .limit, "post_only": .limit, "fok": .limit, "ioc": .limit, "market": .market,
        "optimal_limit_ioc": .market,
      ],
      force: [
        "limit": .goodTilCancelled, "post_only": .goodTilCancelled, "fok": .fillOrKill, "ioc": .immediateOrCancel,
      ],
      state: [
        "live": .open, "partially_filled": .partial, "filled": .filled, "canceled": .cancelled,
        "mmp_canceled": .cancelled,
        // Of conditional orders.
        "pause": .open, "effective": .open, "partially_effective": .open, "order_failed": .rejected,
        "partially_failed": .rejected,
      ],
      postOnly: ["post_only"], maker: ["M"],
      leg: product.isPerpetual ? ["net": .net, "long": .long, "short": .short] : [:],
      margin: ["cross": .cross, "isolated": .isolated],
      position: ["net_mode": .oneWay, "long_short_mode": .hedge],
      // "category" of orders.
      origin: ["full_liquidation": .forced, "partial_liquidation": .forced, "adl": .deleveraged])
  }

  /// "Error Code". Codes 1 and 2 only say that single orders of a request failed, whose own codes tell why.
  public final var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["0"]),
      ErrorTable(codes: [
        .maintenance: "50001", .rateLimit: "50011 50040 50061 60014", .clock: "50102 50107 50112 60004 60006",
        .authentication: """
          50101 50103 50104 50105 50106 50110 50111 50113 50114 50119 51155 60005 60007 60009 60024 60032
          """,
        .invalidOrder: "51000 51005 51006 51020 51121 51137 51138 51174", .funds: "51008 51119 51131",
        .postOnly: "51511", .reduceOnly: "51169",
        .unknownOrder: "51400 51401 51402 51410 51503 51509 51510 51603", .unknownInstrument: "51001 60018",
      ]) + ErrorTable(["50004", "50013", "50026", "51149"].map { .init($0, .transient, mayHaveHappened: true) })
        // "Client order ID already exists": it may be this very order.
        + ErrorTable([.init("51016", .invalidOrder, mayHaveHappened: true)]))
  }
}
