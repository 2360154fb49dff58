import ConnectorKit
import Decimals

/// What every REST reply is wrapped in: `{"error": ["EOrder:Insufficient funds"], "result": {...}}`. The HTTP status is
/// 200 even for errors. Source: Kraken API Center, "Requests and responses".
struct Envelope {
  var errors: [String] = []
  /// Where the result stands; nil when there is an error, none, or the body cannot be read.
  var result: JSONMark?
  var isReadable = false

  init(_ body: UnsafeBufferPointer<UInt8>) {
    var json = JSONScanner(body)
    var mark: JSONMark?
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "error":
        json.enterArray()
        while json.nextElement() { errors.append(json.string().text) }
      case "result":
        mark = json.mark
        json.skip()
      default: json.skip()
      }
    }
    isReadable = json.isComplete()
    // A warning ("W...") comes with a result.
    errors.removeAll { !$0.hasPrefix("E") }
    if isReadable, errors.isEmpty { result = mark } else if !isReadable { errors = [] }
  }
}

/// Why a request did not do what was asked.
struct VenueError {
  var failure = Failure.other
  var code = ""
  var text = ""
  /// Nanoseconds until the venue wants to be asked again.
  var retryAfter: Int64 = 0
  /// It may have happened all the same.
  var isAmbiguous = false

  /// For logs.
  var words: String { text.behind(code: code) }

  /// A refusal of the connector's own.
  init(failure: Failure, text: String) {
    self.failure = failure
    self.text = text
  }

  /// The same where no account asked: a lockout is then one of the address.
  var ofAddress: VenueError {
    var error = self
    if retryAfter > 0 { error.failure = .rateLimit }
    return error
  }

  /// The failure of a reply; nil when the venue answered with a result.
  init?(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>, now: Int64) {
    self.init(failure: .other, text: "")
    guard reply.outcome == .replied else {
      failure = reply.outcome == .notSent ? .notSent : .transient
      isAmbiguous = reply.outcome != .notSent
      text = reply.reason
      return
    }
    let envelope = Envelope(body)
    if envelope.result != nil { return nil }
    if let first = envelope.errors.first {
      self = VenueError(first, now: now)
      text = envelope.errors.joined(separator: "; ")
      return
    }
    // Not the exchange but what stands before it, or half a reply.
    code = "\(reply.status)"
    text = "HTTP status \(reply.status)" + (envelope.isReadable ? " without a result" : "")
    switch reply.status {
    case 429: failure = .rateLimit
    case 401, 403: failure = .authentication
    case 400..<500: failure = .other
    default:
      failure = .transient
      isAmbiguous = true
    }
  }

  /// One error text, such as `EOrder:Insufficient funds`. Sources: "API error messages", "Spot REST Rate Limits".
  init(_ error: String, now: Int64) {
    code = error
    text = error
    let parts = error.split(separator: ":", maxSplits: 1).map(String.init)
    let message = parts.count > 1 ? parts[1] : ""
    switch parts.first ?? "" {
    case "EAPI": failure = Self.access(message)
    case "EAuth":
      let isTooMuch = message.hasPrefix("Rate limit") || message.hasPrefix("Too many")
      failure = isTooMuch ? .rateLimit : .authentication
    case "EOrder", "ETrade": failure = Self.order(message)
    case "EQuery": failure = message.hasPrefix("Unknown asset pair") ? .unknownInstrument : .other
    case "EGeneral": general(message)
    case "EService": service(message, now)
    default: failure = .other
    }
  }

  private static func access(_ message: String) -> Failure {
    // A nonce that is not larger than the last: the clock that it is made of stands wrong, or another program uses the
    // key.
    if message.hasPrefix("Invalid nonce") { return .clock }
    if message.hasPrefix("Rate limit") { return .rateLimit }
    return message.hasPrefix("Invalid") || message.hasPrefix("Feature disabled") ? .authentication : .other
  }

  private static func order(_ message: String) -> Failure {
    let table: [(String, Failure)] = [
      ("Insufficient", .funds), ("Margin allowance", .funds), ("Unknown order", .unknownOrder),
      ("Invalid order", .unknownOrder), ("Unknown position", .unknownOrder), ("Rate limit", .rateLimit),
      ("Post only", .postOnly), ("Reduce only", .reduceOnly), ("Trading agreement", .authentication),
      ("Permission", .authentication),
    ]
    // The rest (minimum, tick size, price, limits of open orders, ...) says that this order is not acceptable.
    return table.first { message.hasPrefix($0.0) }?.1 ?? .invalidOrder
  }

  private mutating func general(_ message: String) {
    if message.hasPrefix("Permission denied") {
      failure = .authentication
    } else if message.hasPrefix("Temporary lockout") {
      // After too many failed calls of an account: none of it is answered for fifteen minutes, and each one prolongs it
      // ("API error messages": Temporary lockout).
      failure = .authentication
      retryAfter = 15 * Venue.minute
    } else if message.hasPrefix("Too many requests") {
      failure = .rateLimit
    } else if message.hasPrefix("Internal error") {
      failure = .transient
      isAmbiguous = true
    } else if message.hasPrefix("Invalid arguments") {
      failure = .invalidOrder
    }
  }

  private mutating func service(_ message: String, _ now: Int64) {
    if message.hasPrefix("Market in") {
      failure = .maintenance
    } else if message.drop(while: { $0 == " " }).hasPrefix("Throttled") {
      // "EService: Throttled: [UNIX timestamp]"
      failure = .rateLimit
      let digits = message.filter { $0 >= "0" && $0 <= "9" }
      if let until = Int64(digits) {
        retryAfter = max(0, until.multipliedSaturated(by: Venue.second).subtractingSaturated(now))
      }
    } else if message.hasPrefix("Deadline elapsed") {
      failure = .transient
    } else {
      // Unavailable, Busy, Timeout: the order may have reached the engine all the same.
      failure = message.hasPrefix("Unavailable") ? .maintenance : .transient
      isAmbiguous = true
    }
  }
}
