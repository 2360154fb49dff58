import ConnectorKit

extension DigiFinexSpot {
  /// "Create new order", "Get order status"; of the socket: "Order push".
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell, "buy_market": .buy, "sell_market": .sell],
      type: ["limit": .limit, "market": .market], force: [:],
      state: ["0": .open, "1": .partial, "2": .filled, "3": .cancelled, "4": .cancelled])
  }

  /// "Error codes". Who asks too often is shut out for two minutes.
  public var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["0", "200"]),
      ErrorTable(codes: [
        .authentication: "10002 10003 10006 10007 10011 20018 20027", .clock: "10008", .funds: "20011",
        .unknownOrder: "20013", .unknownInstrument: "20019", .maintenance: "20001 20002",
        .unsupported: "10001 10009 20042",
        .invalidOrder: "10004 20003 20007 20008 20009 20010 20012 20014 20015 20022 20024 20039 400002",
      ])
        + [
          .init("10005", .rateLimit, pause: 120_000_000_000), .init("20020", .rateLimit, pause: 120_000_000_000),
          .init("50000", .transient, mayHaveHappened: true),
        ])
  }
}
