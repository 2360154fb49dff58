import CPatchbay

/// A refusal always has words: those of the venue or the connector, or else what its class says. Nothing that ends in
/// an empty reason leaves a session.
enum RefusalWords {
  /// - Parameters:
  ///   - text: what was said; blank counts as nothing.
  ///   - error: `PB_ERR_`; 0 where none is given.
  ///   - code: the venue's; may be empty.
  static func text(_ text: String, error: UInt32, code: String = "") -> String {
    if text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) { return text }
    let known = [meaning(error), code.isEmpty ? nil : "code \(code)"].compactMap { $0 }
    return "no reason was given" + (known.isEmpty ? "" : " (\(known.joined(separator: ", ")))")
  }

  private static func meaning(_ error: UInt32) -> String? {
    switch Int(error) {
    case PB_ERR_AUTH: "the account was not let in"
    case PB_ERR_RATE_LIMIT: "too many requests"
    case PB_ERR_CLOCK: "the time of the request"
    case PB_ERR_UNKNOWN_ORDER: "no such order"
    case PB_ERR_FUNDS: "not enough funds"
    case PB_ERR_INVALID_ORDER: "the order is not acceptable"
    case PB_ERR_POST_ONLY: "it would have taken"
    case PB_ERR_MAINTENANCE: "maintenance"
    case PB_ERR_TRANSIENT: "a failure that may pass"
    case PB_ERR_UNKNOWN_INSTRUMENT: "no such instrument"
    case PB_ERR_UNSUPPORTED: "not offered"
    case PB_ERR_REDUCE_ONLY: "it would not reduce the position"
    case PB_ERR_NOT_SENT: "it was not sent"
    default: nil
    }
  }
}
