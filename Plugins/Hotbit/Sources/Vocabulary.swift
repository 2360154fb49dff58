import ConnectorKit

extension HotbitSpot {
  /// "Settled Deals" have words for sides, orders numbers.
  public var words: Words {
    Words(
      side: ["1": .sell, "2": .buy, "sell": .sell, "buy": .buy], type: ["1": .limit, "2": .market], force: [:],
      state: [:])
  }

  /// "Format of Response Data", "order.cancel". What the documentation leaves out is that of ViaBTC's exchange server.
  public var errors: ErrorPlan {
    ErrorPlan(
      .object("error", .init(code: "code", text: "message"), detail: "data"),
      [
        .init("10", containing: "order not found", .unknownOrder), .init("10", containing: "balance", .funds),
        .init("4", containing: "pair not found", .unknownInstrument), .init("1", .invalidOrder),
        .init("3", .maintenance), .init("6", .authentication), .init("11", .invalidOrder),
      ])
  }
}
