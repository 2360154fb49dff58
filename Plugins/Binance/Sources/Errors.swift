import ConnectorKit

/// An error reply: `{"code": -1121, "msg": "Invalid symbol."}`, or only an HTTP status.
/// Source: Binance Spot API documentation, "Errors" and "HTTP Return Codes".
struct VenueError {
  var failure = Failure.other
  var code = ""
  var text = ""
  /// Nanoseconds until the venue wants to be asked again.
  var retryAfter: Int64 = 0

  init(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) {
    guard reply.outcome == .replied else {
      failure = reply.outcome == .notSent ? .notSent : .transient
      text = reply.reason
      return
    }
    read(body)
    if let seconds = reply.header("retry-after").flatMap({ Int64($0) }) { retryAfter = seconds * 1_000_000_000 }
    if code.isEmpty { code = "\(reply.status)" }
    failure = Self.classify(status: reply.status, code: code)
  }

  private mutating func read(_ body: UnsafeBufferPointer<UInt8>) {
    var json = JSONScanner(body)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "code": code = json.scalar().text
      case "msg": text = json.string().text
      default: json.skip()
      }
    }
    if !json.isValid { (code, text) = ("", "") }
  }

  private static func classify(status: Int, code: String) -> Failure {
    switch (status, code) {
    case (429, _), (418, _), (_, "-1003"), (_, "-1015"), (_, "-1034"): .rateLimit
    case (_, "-1021"): .clock
    case (401, _), (_, "-1002"), (_, "-1022"), (_, "-2014"), (_, "-2015"): .authentication
    case (_, "-1121"): .unknownInstrument
    case (_, "-2011"), (_, "-2013"): .unknownOrder
    case (500..., _), (_, "-1000"), (_, "-1001"), (_, "-1006"), (_, "-1007"), (_, "-1008"): .transient
    default: .other
    }
  }
}
