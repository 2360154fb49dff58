import ConnectorKit

extension BitMEXExchange {
  /// "Order Types", "Time in Force", "Order Status". `MarketIfTouched` and `LimitIfTouched` wait for a better price.
  public var words: Words {
    Words(
      side: ["Buy": .buy, "Sell": .sell],
      type: [
        "Limit": .limit, "Market": .market, "StopLimit": .stopLimit, "Stop": .stopMarket, "LimitIfTouched": .takeLimit,
        "MarketIfTouched": .takeMarket, "Pegged": .limit,
      ],
      force: [
        "GoodTillCancel": .goodTilCancelled, "ImmediateOrCancel": .immediateOrCancel, "FillOrKill": .fillOrKill,
        "Day": .goodTilDate,
      ],
      state: [
        "New": .open, "PartiallyFilled": .partial, "Filled": .filled, "Canceled": .cancelled, "Rejected": .rejected,
        "Expired": .expired, "PendingNew": .open, "PendingCancel": .open, "PendingReplace": .open,
        "DoneForDay": .expired, "Stopped": .open, "Untriggered": .open, "Triggered": .open,
      ],
      maker: ["Added", "AddedLiquidity"], margin: ["true": .cross, "false": .isolated],
      origin: ["Liquidation": .forced, "Bankruptcy": .forced, "Deleverage": .deleveraged])
  }

  /// "Errors": `{"error": {"message": "...", "name": "HTTPError"}}`. The name says next to nothing, the words all.
  public var errors: ErrorPlan {
    ErrorPlan(
      .object("error", ErrorPlan.Names(code: "name", text: "message"), detail: "details"), Self.table)
  }

  /// The name under which words of streams and of single orders are judged.
  static let unnamed = "WebsocketError"

  private static let table = ErrorTable(
    ["HTTPError", "ValidationError", unnamed, "RateLimitError", "Error"].flatMap { name in
      // "Overload": the request did not reach the engine.
      [
        rule(name, "overloaded", .transient), rule(name, "rate limit", .rateLimit),
        rule(name, "request has expired", .clock),
        // The client order id exists already: it may be this very order.
        .init(name, containing: "duplicate clordid", .invalidOrder, mayHaveHappened: true),
        .init(name, containing: "service unavailable", .maintenance, mayHaveHappened: true),
        .init(name, containing: "server error", .transient, mayHaveHappened: true),
        .init(name, containing: "timed out", .transient, mayHaveHappened: true),
      ] + meanings.flatMap { failure, fragments in fragments.map { rule(name, $0, failure) } }
    }
      // Parameters are judged before anything is done.
      + [.init("ValidationError", .invalidOrder), .init("RateLimitError", .rateLimit)])
    + ErrorTable(codes: [.authentication: "401 403", .rateLimit: "429", .invalidOrder: "400"])

  private static func rule(_ name: String, _ fragment: String, _ failure: Failure) -> ErrorTable.Rule {
    ErrorTable.Rule(name, containing: fragment, failure)
  }

  private static let meanings: KeyValuePairs<Failure, [String]> = [
    .authentication: [
      "api key", "signature not valid", "key is disabled", "access denied", "authorization required", "forbidden",
      "verify their identity", "not authorized", "unauthorized", "account is restricted", "key not valid",
    ],
    .funds: ["insufficient available balance", "insufficient balance", "insufficient funds", "account has no"],
    .unknownInstrument: [
      "invalid symbol", "unknown or expired symbol", "unknown symbol", "instrument expired", "instrument not found",
    ],
    .unknownOrder: [
      "due to existing state", "not found", "invalid orderid", "invalid clordid", "invalid origclordid",
      "invalid ordstatus",
    ],
    .unsupported: ["unknown table", "unknown operation"],
    .invalidOrder: [
      "invalid", "order price", "must be", "maximum", "minimum", "too many", "would", "post-only", "reduce-only",
      "reduceonly", "cannot", "execinst",
    ],
  ]

  /// "Rate limit exceeded, retry in 1 seconds.": the words of streams say how long.
  public func corrected(_ fault: VenueFault) -> VenueFault {
    guard fault.failure == .rateLimit else { return fault }
    let words = fault.text.split(separator: " ")
    guard let place = words.firstIndex(of: "in"), place + 1 < words.count, let seconds = Int64(words[place + 1]),
      (1...3600).contains(seconds)
    else { return fault }
    return fault.pausing(seconds * 1_000_000_000)
  }
}
