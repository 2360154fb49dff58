import ConnectorKit

extension BybitExchange {
  /// "Enums Definitions": orderStatus, timeInForce, orderType, positionIdx, execType, triggerBy; "Set Margin Mode";
  /// "Switch Position Mode".
  public var words: Words {
    Words(
      side: ["Buy": .buy, "Sell": .sell, "BUY": .buy, "SELL": .sell],
      type: ["Limit": .limit, "Market": .market],
      force: [
        "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill, "PostOnly": .goodTilCancelled,
        "RPI": .goodTilCancelled,
      ],
      state: [
        "New": .open, "PartiallyFilled": .partial, "Untriggered": .untriggered, "UnTriggered": .untriggered,
        "Triggered": .open, "Filled": .filled, "Cancelled": .cancelled, "PartiallyFilledCanceled": .cancelled,
        "Deactivated": .cancelled, "Rejected": .rejected, "Created": .open,
      ],
      postOnly: ["PostOnly", "RPI"], leg: ["0": .net, "1": .long, "2": .short],
      margin: ["REGULAR_MARGIN": .cross, "ISOLATED_MARGIN": .isolated], position: ["0": .oneWay, "3": .hedge],
      origin: ["BustTrade": .forced, "AdlTrade": .deleveraged], byMark: ["MarkPrice"])
  }

  /// "Error Codes". What an order that has ended answers to a cancel stands under unknown orders. Answers on public
  /// streams have no code.
  public var errors: ErrorPlan {
    let named = ErrorTable(codes: [
      .clock: "-1 10002",
      .authentication: """
        -2015 33004 10003 10004 10005 10007 10008 10009 10010 10024 10027 10028 10029 100028 20022 110066 110069 110123
        110125 110132 170209 170219 170224 170241 170348
        """,
      .rateLimit: "429 10006 10018 10429 20003 30035 170005 170222",
      .unknownOrder: "110001 110008 110010 110019 140001 170139 170142 170143 170190 170213",
      .funds: """
        110004 110006 110007 110012 110014 110044 110045 110051 110052 110053 140006 140007 170033 170131 170207 170223
        170226 176015
        """,
      .unknownInstrument: "110074 170121 170221",
      .reduceOnly: "110017 110023 110042",
      .postOnly: "170218",
      .invalidOrder: """
        30208 30209 30228 110003 110009 110013 110015 110020 110021 110022 110032 110034 110036 110038 110040 110057
        110064 110067 110068 110070 110086 110090 110092 110093 110094 110098 110103 110108 110109 110118 110120
        110121 110131 170010 170011 170019 170031 170105 170115 170116 170117 170124 170130 170132 170133 170134 170136
        170137 170140 170144 170145 170148 170151 170157 170159 170192 170193 170194 170195 170196 170197 170198
        170199 170200 170201 170203 170204 170206 170210 170217 170227 170228 170229 170312 170313 170341 170358 170359
        170371 170372 170381 170382 170810
        """,
    ])
    // What the exchange itself does not know the end of.
    let doubtful = ErrorTable(
      ["10000", "10016", "170001", "170007", "170032", "170146", "170147", "170191", "170212", "170234", "170310"].map {
        .init($0, .transient, mayHaveHappened: true)
      })
    // The client order id exists already: it may be this very order.
    let repeated = ErrorTable(["110072", "170141"].map { .init($0, .invalidOrder, mayHaveHappened: true) })
    let worded: ErrorTable = [
      .init("10001", containing: "symbol", .unknownInstrument), .init("10001", .invalidOrder),
      .init("", containing: "auth", .authentication), .init("", containing: "symbol", .unknownInstrument),
      .init("", containing: "topic", .unknownInstrument),
    ]
    return ErrorPlan(.code("retCode", text: "retMsg", fine: ["0"]), named + doubtful + repeated + worded)
  }

  /// "Rate Limit Rules: HTTP IP limit": who asks too often is shut out with status 403 for ten minutes at least.
  public func corrected(_ fault: VenueFault) -> VenueFault {
    guard fault.code == "403" else { return fault }
    var fault = fault
    (fault.failure, fault.retryAfter) = (.rateLimit, max(fault.retryAfter, 600_000_000_000))
    return fault
  }
}
