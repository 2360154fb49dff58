import ConnectorKit

extension CryptoComSpot {
  /// "private/create-order", "private/advanced/create-order", "private/get-order-detail", "public/get-trades".
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell, "buy": .buy, "sell": .sell],
      type: [
        "LIMIT": .limit, "MARKET": .market, "STOP_LIMIT": .stopLimit, "STOP_LOSS": .stopMarket,
        "TAKE_PROFIT_LIMIT": .takeLimit, "TAKE_PROFIT": .takeMarket,
      ],
      force: [
        "GOOD_TILL_CANCEL": .goodTilCancelled, "IMMEDIATE_OR_CANCEL": .immediateOrCancel, "FILL_OR_KILL": .fillOrKill,
      ],
      state: [
        "ACTIVE": .open, "NEW": .open, "PENDING": .open, "FILLED": .filled, "CANCELED": .cancelled,
        "REJECTED": .rejected, "EXPIRED": .expired,
      ],
      postOnly: ["POST_ONLY", "SMART_POST_ONLY"], maker: ["MAKER"])
  }

  /// "Response and Reason Codes"; those of five digits from 10001 to 30024 are of the API before v1. Some requests are
  /// rejected with status 500, which then means no more than its code.
  public var errors: ErrorPlan {
    let named = ErrorTable(codes: [
      .clock: "40102 10007", .rateLimit: "42901 10006",
      .authentication: "40101 40103 40104 202 203 210 401 406 409 410 10002 10003 10005",
      .funds: "302 303 304 305 306 320 321 20002",
      .unknownOrder: "212 316 40401 20007", .unknownInstrument: "206 209 30003", .postOnly: "43005",
      .unsupported: "40002 10008",
      .invalidOrder: """
        207 208 211 213 215 218 219 220 221 222 223 224 227 228 229 230 307 308 309 312 313 314 315 318 415 606 40001
        40003 40004 40005 43003 43004 43012 130008 10004 10009 30004 30005 30006 30007 30008 30009 30010 30013 30014
        30016 30017 30023 30024 30025
        """,
    ])
    // What the exchange itself does not know the end of.
    let doubtful = ErrorTable(["40801", "50001", "10001"].map { .init($0, .transient, mayHaveHappened: true) })
    // There is such an order or request already: it may be this very one.
    let repeated = ErrorTable(["204", "205", "40006"].map { .init($0, .invalidOrder, mayHaveHappened: true) })
    return ErrorPlan(.code("code", text: "message", fine: ["0"]), named + doubtful + repeated)
  }
}
