import ConnectorKit

extension OKXSpot {
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell],
      type: [
        "limit": .limit, "post_only": .limit, "fok": .limit, "ioc": .limit, "market": .market,
        "optimal_limit_ioc": .market,
      ],
      force: ["limit": .goodTilCancelled, "post_only": .goodTilCancelled, "fok": .fillOrKill, "ioc": .immediateOrCancel],
      state: [
        "live": .open, "partially_filled": .partial, "filled": .filled, "canceled": .cancelled,
        "mmp_canceled": .cancelled,
      ],
      postOnly: ["post_only"], maker: ["M"])
  }

  /// "Error Code". Codes 1 and 2 only say that single orders of a request failed, whose own codes tell why.
  public var errors: ErrorPlan {
    ErrorPlan(
      ErrorPlan.Envelope(code: "code", text: "msg", fine: ["0"]),
      [
        .init("50001", .maintenance), .init("50004", .transient, mayHaveHappened: true), .init("50011", .rateLimit),
        .init("50013", .transient, mayHaveHappened: true), .init("50026", .transient, mayHaveHappened: true),
        .init("50040", .rateLimit), .init("50061", .rateLimit), .init("50101", .authentication),
        .init("50102", .clock), .init("50103", .authentication), .init("50104", .authentication),
        .init("50105", .authentication), .init("50106", .authentication), .init("50107", .clock),
        .init("50110", .authentication), .init("50111", .authentication), .init("50112", .clock),
        .init("50113", .authentication), .init("50114", .authentication), .init("50119", .authentication),
        .init("51000", .invalidOrder), .init("51001", .unknownInstrument), .init("51006", .invalidOrder),
        .init("51008", .funds), .init("51016", .invalidOrder), .init("51020", .invalidOrder),
        .init("51119", .funds), .init("51121", .invalidOrder), .init("51131", .funds), .init("51137", .invalidOrder),
        .init("51138", .invalidOrder), .init("51155", .authentication), .init("51400", .unknownOrder),
        .init("51401", .unknownOrder), .init("51402", .unknownOrder), .init("51410", .unknownOrder),
        .init("51503", .unknownOrder), .init("51509", .unknownOrder), .init("51510", .unknownOrder),
        .init("51603", .unknownOrder), .init("60004", .clock), .init("60005", .authentication),
        .init("60006", .clock), .init("60007", .authentication), .init("60009", .authentication),
        .init("60014", .rateLimit), .init("60018", .unknownInstrument), .init("60024", .authentication),
        .init("60032", .authentication),
      ])
  }
}
