import ConnectorKit

extension LoopringSpot {
  /// "Order status"
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell, "BUY": .buy, "SELL": .sell],
      type: ["LIMIT_ORDER": .limit, "MAKER_ONLY": .limit, "TAKER_ONLY": .limit, "AMM": .market], force: [:],
      state: [
        "processing": .open, "waiting": .open, "cancelling": .open, "processed": .filled, "cancelled": .cancelled,
        "expired": .expired, "failed": .rejected,
      ])
  }

  /// "Error codes": `{"resultInfo": {"code": 104002, "message": "Invalid ApiKey"}}`.
  public var errors: ErrorPlan {
    ErrorPlan(
      .object("resultInfo", .init(code: "code", text: "message"), detail: "detail"),
      ErrorTable(codes: [
        .authentication: "101002 102003 104001 104002 104003 104004 104005", .funds: "102011",
        .unknownOrder: "102004 102117 107003", .unknownInstrument: "102005 108000",
        .invalidOrder: "100001 102007 102008 102012 102020 102120 108001",
      ]))
  }
}
