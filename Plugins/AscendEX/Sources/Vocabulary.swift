import ConnectorKit

extension AscendEXSpot {
  /// "Place Order", "Order Status". The exchange writes in answers with capitals what requests write small.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell, "Buy": .buy, "Sell": .sell],
      type: [
        "limit": .limit, "market": .market, "stop_limit": .stopLimit, "stop_market": .stopMarket, "Limit": .limit,
        "Market": .market, "StopLimit": .stopLimit, "StopMarket": .stopMarket,
      ],
      force: ["GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill],
      state: [
        "PendingNew": .open, "New": .open, "PartiallyFilled": .partial, "Filled": .filled, "Canceled": .cancelled,
        "Cancelled": .cancelled, "Rejected": .rejected,
      ])
  }

  /// "Error Codes"; the shorter ones are of the API before.
  public var errors: ErrorPlan {
    ErrorPlan(
      .codes([.init(code: "code", text: "message"), .init(code: "code", text: "reason")], fine: ["0"]),
      ErrorTable(codes: [
        .authentication: """
          2100 100009 200001 200002 200003 200004 200005 200007 200008 200010 200011 200012 200014 200015
          """,
        .clock: "100011", .rateLimit: "200009", .funds: "6010 300011", .unknownInstrument: "5002 6001 100008 300012",
        .unknownOrder: "300006 60060",
        .invalidOrder: """
          1900 600503 100001 100003 100004 100005 100006 100007 100012 100013 150001 300001 300002 300003 300004 300005
          300007 300008 300009 300013
          """,
        .unsupported: "100010 300014 300020 300021",
      ]))
  }
}
