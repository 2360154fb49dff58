import ConnectorKit

extension AlphaPointExchange {
  /// Orders are sent with numbers ("SendOrder") and reported with names ("SubscribeAccountEvents").
  static var words: Words {
    Words(
      side: ["0": .buy, "1": .sell, "Buy": .buy, "Sell": .sell],
      type: [
        "1": .market, "2": .limit, "3": .stopMarket, "4": .stopLimit, "Market": .market, "Limit": .limit,
        "StopMarket": .stopMarket, "StopLimit": .stopLimit,
      ],
      force: ["1": .goodTilCancelled, "3": .immediateOrCancel, "4": .fillOrKill],
      state: [
        "Working": .open, "Rejected": .rejected, "Canceled": .cancelled, "Expired": .expired, "FullyExecuted": .filled,
      ],
      maker: ["Maker"])
  }

  /// "Standard response objects and common error codes". A refused order has code 101 whatever is wrong; one without a
  /// code is known by its status, and a login by what it lacks.
  static var errors: ErrorPlan {
    ErrorPlan(
      .code("errorcode", text: "errormsg", fine: ["0", "null"]),
      [
        .init("20", .authentication), .init("Authenticated", .authentication),
        .init("100", .invalidOrder), .init("101", containing: "not_enough_funds", .funds),
        .init("101", containing: "invalid_", .invalidOrder), .init("101", .other),
        .init("102", .transient, mayHaveHappened: true), .init("104", .unknownOrder), .init("106", .unsupported),
        .init("Rejected", containing: "not_enough_funds", .funds), .init("Rejected", .invalidOrder),
      ])
  }
}
