import ConnectorKit

extension KuCoinSpot {
  /// States are those of the stream: of lists see SpotOrders.swift.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell], type: ["limit": .limit, "market": .market],
      force: [
        "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill, "GTT": .goodTilDate,
      ],
      state: [
        "received": .open, "open": .open, "update": .open, "match": .open, "filled": .filled, "canceled": .cancelled,
      ],
      maker: ["maker"])
  }

  /// "Error Code", spot and WebSocket. A part of a batch that failed has words and no code: `false`.
  public var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["200000", "200"]),
      [
        .init("400100", containing: "not_exist", .unknownOrder),
        .init("400100", containing: "not exist", .unknownOrder),
        .init("400100", containing: "notexist", .unknownOrder),
        .init("400100", containing: "account.available.amount", .funds),
        .init("400100", containing: "balance", .funds),
        .init("400600", containing: "symbolnotavailable", .unknownInstrument),
        .init("false", containing: "balance", .funds),
      ]
        + ErrorTable(codes: [
          .clock: "400002", .rateLimit: "429000 509 1015", .funds: "200004 210021 230003 126013 260100",
          .maintenance: "200001 200002",
          .authentication: """
            400001 400003 400004 400005 400006 400007 400008 400009 400010 400200 400201 400202 400301 400302 400303
            400304 400401 400500 400700 411100 200009 126002 126005 126047 126048 401 403
            """,
          .unknownOrder: "126043",
          .invalidOrder: """
            false 400100 200003 300000 400600 400800 600100 600101 400330 400350 400370 400400 400760 600200 126003
            126009 126011 126015 126022 126027 126028 126029 126030 126042 130311 130312 130313 130314
            """,
          .unknownInstrument: "600203 900001 404 126004 126006 126007",
        ]) + ErrorTable(["500000", "200000", "408000"].map { .init($0, .transient, mayHaveHappened: true) })
        // The name of the order exists already: it may be this very order.
        + ErrorTable(["126033", "126044"].map { .init($0, .invalidOrder, mayHaveHappened: true) }))
  }
}

extension KuCoinPerpetual {
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell], type: ["limit": .limit, "market": .market],
      force: ["GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill],
      state: [
        "received": .open, "open": .open, "update": .open, "match": .open, "filled": .filled, "canceled": .cancelled,
      ],
      maker: ["maker"], leg: ["BOTH": .net, "LONG": .long, "SHORT": .short],
      margin: ["CROSS": .cross, "ISOLATED": .isolated], position: ["0": .oneWay, "1": .hedge],
      origin: ["liquid": .forced, "adl": .deleveraged], byMark: ["MP"])
  }

  /// "Error Code", futures and WebSocket. That an order is not there, or not any more, is 100004 where it is cancelled
  /// and 100001 where it is asked for.
  public var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["200000", "200"]),
      [
        .init("100001", containing: "notexist", .unknownOrder),
        .init("100001", containing: "not exist", .unknownOrder),
        .init("400100", containing: "not exist", .unknownOrder),
        .init("100004", .unknownOrder),
      ]
        + ErrorTable(codes: [
          .clock: "400002", .rateLimit: "429000 200002 509 1015", .funds: "300003 200005", .maintenance: "300002",
          .authentication: """
            400001 400003 400004 400005 400006 400007 400008 400009 400010 400200 400201 400202 400301 400302 400303
            400304 411100 40010 401 403
            """,
          .invalidOrder: """
            100001 100003 300000 300001 300004 300005 300006 300007 300008 300009 300010 300011 300012 300013 300014
            300015 300016 330005 330011 400100
            """,
          .unknownInstrument: "200003 404",
        ]) + ErrorTable([.init("500000", .transient, mayHaveHappened: true)]))
  }
}
