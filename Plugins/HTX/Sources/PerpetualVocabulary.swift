import ConnectorKit

extension HTXPerpetual {
  /// Types with a price of the exchange's choice (`opponent`, `optimal_N`) are limit orders at that price. "[Cross] Get
  /// History Orders" writes types as numbers.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell],
      type: [
        "limit": .limit, "post_only": .limit, "ioc": .limit, "fok": .limit, "market": .market, "opponent": .limit,
        "1": .limit, "2": .market, "3": .limit, "6": .limit, "10": .limit, "11": .limit,
      ],
      force: [
        "limit": .goodTilCancelled, "post_only": .goodTilCancelled, "opponent": .goodTilCancelled,
        "ioc": .immediateOrCancel, "fok": .fillOrKill, "1": .goodTilCancelled, "3": .goodTilCancelled,
        "6": .goodTilCancelled, "10": .fillOrKill, "11": .immediateOrCancel,
      ],
      state: [
        "1": .open, "2": .open, "3": .open, "4": .partial, "5": .cancelled, "6": .filled, "7": .cancelled,
        "10": .rejected, "11": .open,
      ],
      postOnly: ["post_only", "6"], maker: ["maker"],
      leg: ["both": .net, "long": .long, "short": .short], margin: ["cross": .cross, "isolated": .isolated],
      position: ["single_side": .oneWay, "dual_side": .hedge])
  }

  /// "Error Code", "Response code (Err-Code)" of streams, and the codes of the gateway, which are words. A system that
  /// is busy or not well proves nothing about a write.
  public var errors: ErrorPlan {
    ErrorPlan(
      .codes(
        [
          ErrorPlan.Names(code: "err_code", text: "err_msg"), ErrorPlan.Names(code: "err-code", text: "err-msg"),
          ErrorPlan.Names(code: "code", text: "msg"),
        ], fine: ["", "0", "200"]),
      gatewayErrors + Self.byWords + Self.byCode
        + ErrorTable(
          ["1000", "1001", "1002", "1003", "1004", "1046", "1108", "gateway-internal-error", "500"].map {
            .init($0, .transient, mayHaveHappened: true)
          })
        // The client order id exists already: it may be this very order.
        + ErrorTable([.init("1050", .invalidOrder, mayHaveHappened: true)]))
  }

  private static let byWords: ErrorTable = [
    .init("403", containing: "timestamp", .clock), .init("2003", containing: "timestamp", .clock),
  ]

  private static let byCode = ErrorTable(codes: [
    .authentication: """
      403 api-signature-not-valid api-signature-check-failed login-required invalid-parameter 1010 1011 1012 1018 1021
      1084 1109 1110 1113 1200 1220 1227 1228 1230 1231 1253 1254 2001 2002 2003 2005 2007 2013
      """,
    .rateLimit: "1032 2004 2030 429 too-many-requests",
    .clock: "invalid-timestamp api-timestamp-expired",
    .funds: "1047 1055 1075 1090 1091 1301",
    .unknownOrder: "1017 1051 1061 1062 1063 1071 1076",
    .unknownInstrument: "1013 1014 2010 2011 2020",
    .maintenance: "1056 1057 1058 1059 1060 1077 1078 1079 1080 1095",
    .invalidOrder: """
      1015 1016 1030 1031 1033 1034 1035 1036 1037 1038 1039 1040 1041 1042 1043 1044 1045 1048 1049 1052 1053 1054
      1064 1065 1066 1067 1069 1072 1073 1074 1083 1086 1087 1088 1094 1097 1100 1101 1104 1105 1233 1234 1235 1461 1491
      1497
      """,
  ])
}
