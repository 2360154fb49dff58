import ConnectorKit
import Decimals

/// What the exchange's error texts mean. Every REST reply is `{"error": ["EOrder:Insufficient funds"], "result":
/// {...}}`, with the HTTP status 200 even for errors; a warning ("W...") comes with a result. Sources: Kraken API
/// Center, "Requests and responses", "API error messages", "Spot REST Rate Limits".
extension KrakenSpot {
  public var errors: ErrorPlan {
    ErrorPlan(.list("error", prefix: "E", result: "result"), Self.access + Self.orders + Self.service)
  }

  private static let access: ErrorTable = [
    // A nonce that is not larger than the last: the clock that it is made of stands wrong, or another program uses the
    // key.
    .init(prefix: "EAPI:Invalid nonce", .clock), .init(prefix: "EAPI:Rate limit", .rateLimit),
    .init(prefix: "EAPI:Invalid", .authentication), .init(prefix: "EAPI:Feature disabled", .authentication),
    .init(prefix: "EAuth:Rate limit", .rateLimit), .init(prefix: "EAuth:Too many", .rateLimit),
    .init(prefix: "EAuth", .authentication), .init(prefix: "EGeneral:Permission denied", .authentication),
    // After too many failed calls of an account: none of it is answered for fifteen minutes, and each one prolongs it
    // ("API error messages": Temporary lockout).
    .init(prefix: "EGeneral:Temporary lockout", .authentication, pause: 15 * Venue.minute),
    .init(prefix: "EGeneral:Too many requests", .rateLimit),
  ]

  private static let orders = ErrorTable(
    ["EOrder", "ETrade"].flatMap { domain in
      [
        ("Insufficient", Failure.funds), ("Margin allowance", .funds), ("Unknown order", .unknownOrder),
        ("Invalid order", .unknownOrder), ("Unknown position", .unknownOrder), ("Rate limit", .rateLimit),
        ("Post only", .postOnly), ("Reduce only", .reduceOnly), ("Trading agreement", .authentication),
        ("Permission", .authentication),
        // The rest (minimum, tick size, price, limits of open orders, ...) says that this order is not acceptable.
        ("", .invalidOrder),
      ].map { ErrorTable.Rule(prefix: "\(domain):\($0.0)", $0.1) }
    })

  private static let service: ErrorTable = [
    .init(prefix: "EGeneral:Internal error", .transient, mayHaveHappened: true),
    .init(prefix: "EGeneral:Invalid arguments", .invalidOrder),
    .init(prefix: "EQuery:Unknown asset pair", .unknownInstrument), .init(prefix: "EService:Market in", .maintenance),
    .init(prefix: "EService:Throttled", .rateLimit), .init(prefix: "EService: Throttled", .rateLimit),
    .init(prefix: "EService:Deadline elapsed", .transient),
    // Unavailable, Busy, Timeout: the order may have reached the engine all the same.
    .init(prefix: "EService:Unavailable", .maintenance, mayHaveHappened: true),
    .init(prefix: "EService", .transient, mayHaveHappened: true),
    // What else begins so is a refusal.
    .init(prefix: "E", .other),
  ]

  /// "EService: Throttled: [UNIX timestamp]"
  public func corrected(_ fault: VenueFault) -> VenueFault {
    guard fault.failure == .rateLimit, fault.code.hasPrefix("EService"),
      let until = Int64(fault.code.filter { $0 >= "0" && $0 <= "9" })
    else { return fault }
    var fault = fault
    fault.retryAfter = max(0, until.multipliedSaturated(by: Venue.second).subtractingSaturated(out.now.venue))
    return fault
  }
}
