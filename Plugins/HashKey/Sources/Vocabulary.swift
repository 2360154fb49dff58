import ConnectorKit

extension HashKeyConnector {
  /// "Enumeration Definition". Perpetuals say in one word which way an order goes and whether it opens or closes; the
  /// side of public trades is `true` where the taker bought. `ORDER_` stands before the states of orders that wait.
  public final var words: Words {
    Words(
      side: [
        "BUY": .buy, "SELL": .sell, "BUY_OPEN": .buy, "SELL_OPEN": .sell, "BUY_CLOSE": .buy, "SELL_CLOSE": .sell,
        "true": .buy, "false": .sell,
      ],
      type: [
        "LIMIT": .limit, "MARKET": .market, "LIMIT_MAKER": .limit, "MARKET_OF_BASE": .market,
        "MARKET_OF_QUOTE": .market, "STOP": .stopLimit,
      ],
      force: [
        "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill, "LIMIT_MAKER": .goodTilCancelled,
        "MAKER": .goodTilCancelled,
      ],
      state: [
        "NEW": .open, "PENDING": .open, "PENDING_NEW": .open, "PENDING_CANCEL": .open, "PARTIALLY_FILLED": .partial,
        "FILLED": .filled, "CANCELED": .cancelled, "PARTIALLY_CANCELED": .cancelled, "REJECTED": .rejected,
        "EXPIRED": .expired, "ORDER_NEW": .open, "ORDER_CANCELED": .cancelled, "ORDER_REJECTED": .rejected,
      ],
      postOnly: ["LIMIT_MAKER", "MAKER"], leg: ["LONG": .long, "SHORT": .short],
      margin: ["CROSS": .cross, "ISOLATED": .isolated], position: ["HEDGE": .hedge])
  }

  /// "Error Codes": some with leading zeros, as texts, and some negative, as numbers.
  public final var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "msg", fine: ["0", "0000", "200"]),
      Self.byWords
        + ErrorTable(codes: [
          .authentication: "0002 0102 0103 0104 0202 -1002 -1005 -1152 -1160 -2020 -2021 -2023 -3117 -3143",
          .rateLimit: "0003 -1003 -1015 -3145", .clock: "-1021", .funds: "0401 -2030 -2034 -2038 -4003",
          .unknownOrder: "0211 -1138 -1139 -1142 -1143 -2013", .postOnly: "-1156", .reduceOnly: "-2053",
          .unknownInstrument: "0201 -1121 -100010 -100012",
          .invalidOrder: """
            0001 0206 0207 0209 0210 0402 -1004 -1014 -1020 -1024 -1100 -1102 -1106 -1111 -1115 -1117 -1123 -1124 \
            -1126 -1129 -1130 -1132 -1133 -1135 -1136 -1137 -1140 -1141 -1144 -1145 -1148 -1149 -1150 -1153 -1154 \
            -1155 -1193 -1194 -1195 -1196 -1200 -1201 -1202 -1203 -1206 -2002 -2003 -2004 -2010 -2011 -2017 -2022 \
            -2031 -2032 -2033 -2039 -2042 -2043 -2044 -2045 -2046 -2048 -2049 -2050 -2051
            """,
          .unsupported: "-2027 -2028 -2029 -2036", .maintenance: "-1101 -1151 -2001",
        ])
        // The exchange itself does not know, or was not done in time.
        + ErrorTable(
          ["-1000", "-1001", "-1006", "-1007", "-1146", "-1147", "-1181", "-2005", "-2037", "-2040", "-4011"].map {
            .init($0, .transient, mayHaveHappened: true)
          }))
  }

  /// 0001 stands for any parameter, the signature among them; -2011 for a cancel of an order that is not there, or may
  /// not be cancelled.
  private static let byWords: ErrorTable = [
    .init("0001", containing: "signature", .authentication), .init("0001", containing: "timestamp", .clock),
    .init("-2011", containing: "unknown order", .unknownOrder), .init("-2010", containing: "insufficient", .funds),
  ]
}
