import ConnectorKit
import Decimals

/// What the exchange's error texts mean. Every REST reply is `{"error": ["EOrder:Insufficient funds"], "result":
/// {...}}`, with the HTTP status 200 even for errors; a warning ("W...") comes with a result. Sources: Kraken API
/// Center, "Requests and responses", "API error messages", "Spot REST Rate Limits".
extension KrakenSpot {
  public var errors: ErrorPlan {
    ErrorPlan(.list("error", prefix: "E", result: "result"), Self.access + Self.orders + Self.service)
  }

  private static let access = ErrorTable(prefixes: [
    // A nonce that is not larger than the last: the clock that it is made of stands wrong, or another program uses the
    // key.
    .clock: ["EAPI:Invalid nonce"],
    .rateLimit: ["EAPI:Rate limit", "EAuth:Rate limit", "EAuth:Too many", "EGeneral:Too many requests"],
    .authentication: ["EAPI:Invalid", "EAPI:Feature disabled", "EAuth", "EGeneral:Permission denied"],
  ]) + [
    // After too many failed calls of an account: none of it is answered for fifteen minutes, and each one prolongs it
    // ("API error messages": Temporary lockout).
    .init(prefix: "EGeneral:Temporary lockout", .authentication, pause: 15 * Venue.minute)
  ]

  private static let orders = ["EOrder:", "ETrade:"].reduce(ErrorTable()) { table, domain in
    table + ErrorTable(
      prefixes: [
        .funds: ["Insufficient", "Margin allowance"],
        .unknownOrder: ["Unknown order", "Invalid order", "Unknown position"], .rateLimit: ["Rate limit"],
        .postOnly: ["Post only"], .reduceOnly: ["Reduce only"], .authentication: ["Trading agreement", "Permission"],
        // The rest (minimum, tick size, price, limits of open orders, ...) says that this order is not acceptable.
        .invalidOrder: [""],
      ], behind: domain)
  }

  private static let service = ErrorTable(prefixes: [
    .invalidOrder: ["EGeneral:Invalid arguments"], .unknownInstrument: ["EQuery:Unknown asset pair"],
    .maintenance: ["EService:Market in"], .rateLimit: ["EService:Throttled", "EService: Throttled"],
    .transient: ["EService:Deadline elapsed"],
  ]) + [
    .init(prefix: "EGeneral:Internal error", .transient, mayHaveHappened: true),
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
    return fault.pausing(until.multipliedSaturated(by: Venue.second).subtractingSaturated(out.now.venue))
  }
}
