import ConnectorKit

extension CoinFLEXExchange {
  /// "Order Channel", "GET /v2.1/orders": cancelled orders say by whom, behind the same beginning.
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell, "buy": .buy, "sell": .sell], type: ["LIMIT": .limit, "MARKET": .market],
      force: ["GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill],
      state: [
        "OPEN": .open, "PARTIAL_FILL": .open, "FILLED": .filled, "EXPIRED": .expired, "OrderOpened": .open,
        "OrderPartiallyMatched": .open, "OrderMatched": .filled, "OrderClosed": .cancelled,
      ], postOnly: ["MAKER_ONLY", "MAKER_ONLY_REPRICE"], maker: ["MAKER"])
  }

  /// "Error Codes". Some refusals have words and no code.
  public var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "message", fine: ["0"]),
      [
        .init(prefix: "Open order not found", .unknownOrder),
        .init("40035", .unknownOrder), .init("100004", .unknownOrder), .init("710006", .funds),
      ]
        + ErrorTable(codes: [
          .authentication: "05001 20000 20025 20026", .rateLimit: "20007", .clock: "20023 20024",
          .unknownInstrument: "20011 20015",
          .invalidOrder: "20006 20008 20009 20010 20012 20013 20014 20016 20017 20018 20019 20020 20021 20022 20028",
        ]))
  }
}
