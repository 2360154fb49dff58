import ConnectorKit

extension PhemexConnector {
  /// "Common order fields"; numbers stand for the same in lists of history.
  public final var words: Words {
    Words(
      side: ["Buy": .buy, "Sell": .sell, "1": .buy, "2": .sell],
      type: [
        "Limit": .limit, "Market": .market, "Stop": .stopMarket, "StopLimit": .stopLimit,
        "MarketIfTouched": .takeMarket, "LimitIfTouched": .takeLimit, "ProtectedMarket": .market,
        "MarketAsLimit": .market, "StopAsLimit": .stopMarket, "MarketIfTouchedAsLimit": .takeMarket,
        "1": .market, "2": .limit, "3": .stopMarket, "4": .stopLimit, "5": .takeMarket, "6": .takeLimit,
        "7": .market, "8": .market, "9": .stopMarket, "10": .takeMarket,
      ],
      force: [
        "GoodTillCancel": .goodTilCancelled, "ImmediateOrCancel": .immediateOrCancel, "FillOrKill": .fillOrKill,
        "PostOnly": .goodTilCancelled,
      ],
      state: [
        "Created": .open, "Init": .open, "New": .open, "Triggered": .open, "PartiallyFilled": .partial,
        "Filled": .filled, "Canceled": .cancelled, "Rejected": .rejected, "Untriggered": .untriggered,
        "Deactivated": .cancelled, "Suspended": .cancelled,
        "0": .open, "1": .untriggered, "2": .cancelled, "3": .open, "4": .rejected, "5": .open, "6": .partial,
        "7": .filled, "8": .cancelled,
      ],
      postOnly: ["PostOnly"], maker: ["MakerFill", "AddedLiquidity", "6"],
      leg: isPerpetual ? ["Merged": .net, "Long": .long, "Short": .short, "1": .long, "2": .short, "3": .net] : [:],
      margin: ["cross": .cross, "isolated": .isolated], position: ["OneWay": .oneWay, "Hedged": .hedge],
      origin: ["LiqTrade": .forced, "AdlTrade": .deleveraged, "6": .forced, "7": .deleveraged])
  }

  /// "Error Codes", "BizError Field". What is pending already, or was there before under this name, leaves a write in
  /// doubt.
  public final var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["0"]),
      ErrorTable(["10500"].map { .init($0, containing: "missing required parameter", .invalidOrder) })
        + ErrorTable(codes: [
          .authentication: "401 403 6012 10500 11022 11026 34003", .rateLimit: "429 39995", .unknownOrder: "10002",
          .funds: "11001 11003 11005 11010 11082 11100 11101 11105 11106 35104", .reduceOnly: "11011 11057 11060",
          .unknownInstrument: "11027 11028 11070 39997",
          .invalidOrder: """
            412 6001 30018 11002 11004 11012 11013 11014 11015 11031 11032 11034 11035 11036 11037 11038 11039 11040
            11041 11042 11043 11044 11045 11046 11047 11048 11049 11050 11051 11052 11053 11054 11055 11056 11058
            11059 11062 11063 11065 11066 11067 11068 11071 11074 11075 11076 11077 11078 11079 11080 11081 11083
            11084 11086 11087 11088 11089 11090 11091 11092 11093 11094 11095 11096 11108 11109 11110 11111 11112
            11114 11115 11116 11117 11118 11119 11120 11121 11122 11123 11124 11125 11126 11128 11129 11130 11131
            """,
        ])
        + ErrorTable(["10001", "11033", "11085", "19999"].map { .init($0, .invalidOrder, mayHaveHappened: true) })
        + ErrorTable(["10003", "10004", "10005", "11061", "11064", "11107"].map {
          .init($0, .transient, mayHaveHappened: true)
        }))
  }
}
