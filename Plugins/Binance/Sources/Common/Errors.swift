import ConnectorKit
import Decimals

/// An error reply: `{"code": -1121, "msg": "Invalid symbol."}`, or only an HTTP status.
/// Sources: "Errors" and "HTTP Return Codes" of the spot documentation; "Error Codes" of the futures documentation.
struct VenueError {
  var failure = Failure.other
  var code = ""
  var text = ""
  /// Nanoseconds until the venue wants to be asked again.
  var retryAfter: Int64 = 0
  /// A write may have happened all the same: no answer, a 5xx status, or a code that says so.
  var mayHaveHappened = false

  init(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>, _ table: ErrorTable, venueTime: Int64) {
    guard reply.outcome == .replied else {
      failure = reply.outcome == .notSent ? .notSent : .transient
      mayHaveHappened = reply.outcome != .notSent
      text = reply.reason
      return
    }
    read(body)
    judge(status: reply.status, table)
    if text.isEmpty {
      text = "HTTP status \(reply.status)" + (code == "\(reply.status)" ? "" : ", code \(code) without words")
    }
    if let seconds = reply.header("retry-after").flatMap({ Int64($0) }), seconds >= 0, seconds < 1 << 24 {
      retryAfter = seconds * Venue.second
    } else if failure == .rateLimit {
      retryAfter = banned(since: venueTime)
    }
  }

  /// An error told in a frame or in an item of a batch, where there is no HTTP status of its own.
  init(code: String, text: String, status: Int = 400, _ table: ErrorTable, venueTime: Int64) {
    self.code = code
    self.text = text
    judge(status: status, table)
    if self.text.isEmpty { self.text = "refused with code \(self.code) and without words" }
    if failure == .rateLimit { retryAfter = banned(since: venueTime) }
  }

  /// For logs.
  var words: String { text.behind(code: code) }

  /// How a part of a command ended that failed so.
  func end(isWrite: Bool) -> Tally.End {
    let outcome = mayHaveHappened && isWrite ? Outcome.unknown : .refused
    return Tally.End(outcome, failure, retryAfter: retryAfter, code: code, text)
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

  private mutating func judge(status: Int, _ table: ErrorTable) {
    let rule = code.isEmpty ? nil : table.rule(code: code, text: text)
    failure = rule?.failure ?? .other
    mayHaveHappened = status >= 500 || rule?.mayHaveHappened == true
    switch status {
    case 429, 418: failure = .rateLimit
    case 401 where rule == nil: failure = .authentication
    // The firewall: "this can indicate a rate limit violation or a security block".
    case 403 where rule == nil: failure = .rateLimit
    case 500... where rule == nil: failure = text.contains(fragment: "maintenance") ? .maintenance : .transient
    default: break
    }
    if code.isEmpty { code = "\(status)" }
  }

  /// "IP banned until 1573370620000": how long that is from now.
  private func banned(since now: Int64) -> Int64 {
    let words = text.split(separator: " ").map { $0.filter(\.isNumber) }
    guard let until = words.first(where: { $0.utf8.count == 13 }).flatMap({ Int64($0) }) else { return 0 }
    let (time, overflow) = until.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? 0 : max(0, time.subtractingSaturated(now))
  }
}

extension ErrorTable {
  /// Codes that spot and futures share.
  private static let common: ErrorTable = [
    // The docs say "execution status unknown" of -1006 and -1007, and nothing of what -1000 has done.
    .init("-1000", .transient, mayHaveHappened: true),
    .init("-1001", .transient, mayHaveHappened: true),
    .init("-1006", .transient, mayHaveHappened: true),
    .init("-1007", .transient, mayHaveHappened: true),
    .init("-1002", .authentication),
    .init("-1003", .rateLimit),
    .init("-1008", .transient),
    .init("-1010", .other),
    .init("-1013", .invalidOrder),
    .init("-1014", .unsupported),
    .init("-1015", .rateLimit),
    .init("-1016", .maintenance),
    .init("-1020", .unsupported),
    .init("-1021", .clock),
    .init("-1022", .authentication),
    .init("-1034", .rateLimit),
    .init("-1100", .invalidOrder),
    .init("-1102", .invalidOrder),
    .init("-1106", .invalidOrder),
    .init("-1111", .invalidOrder),
    .init("-1115", .invalidOrder),
    .init("-1116", .invalidOrder),
    .init("-1117", .invalidOrder),
    .init("-1121", .unknownInstrument),
    .init("-1128", .invalidOrder),
    .init("-1130", .invalidOrder),
    .init("-2011", .unknownOrder),
    .init("-2013", .unknownOrder),
    .init("-2014", .authentication),
    .init("-2015", .authentication),
    .init("-2026", containing: "archived", .unknownOrder),
  ]

  /// -2010 and its kin say what is wrong in words ("Messages for -1010, -2010, -2011, -2038").
  static let spot: ErrorTable =
    [
      .init("-2010", containing: "insufficient balance", .funds),
      .init("-2010", containing: "immediately match", .postOnly),
      .init("-2010", containing: "market is closed", .maintenance),
      .init("-2010", containing: "not supported", .unsupported),
      .init("-2010", containing: "this account", .authentication),
      .init("-2010", .invalidOrder),
      .init("-2011", containing: "unknown order", .unknownOrder),
      .init("-2011", containing: "not canceled due to cancel restrictions", .other),
      .init("-2011", containing: "this account", .authentication),
      .init("-2021", .other),
      .init("-2022", .other),
      .init("-2035", .other),
      .init("-2038", containing: "unknown order", .unknownOrder),
      .init("-2038", containing: "not supported", .unsupported),
      .init("-2038", .invalidOrder),
      .init("-2039", .unknownOrder),
    ] + common

  static let perpetual: ErrorTable =
    [
      .init("-1109", .authentication),
      .init("-2010", containing: "insufficient", .funds),
      .init("-2010", .invalidOrder),
      .init("-2016", .authentication),
      .init("-2017", .authentication),
      .init("-2018", .funds),
      .init("-2019", .funds),
      .init("-2020", .other),
      .init("-2021", .invalidOrder),
      .init("-2022", .reduceOnly),
      .init("-2023", .other),
      .init("-2024", .reduceOnly),
      .init("-2025", .other),
      .init("-2026", .reduceOnly),
      .init("-2027", .invalidOrder),
      .init("-2028", .funds),
      .init("-4028", .invalidOrder),
      .init("-4050", .funds),
      .init("-4051", .funds),
      .init("-4061", .invalidOrder),
      .init("-4087", .authentication),
      .init("-4088", .authentication),
      .init("-4116", .invalidOrder),
      .init("-4118", .reduceOnly),
      .init("-4120", .unsupported),
      .init("-4131", .invalidOrder),
      .init("-4164", .invalidOrder),
      .init("-4183", .invalidOrder),
      .init("-4184", .invalidOrder),
      .init("-5021", .other),
      .init("-5022", .postOnly),
      .init("-5024", .invalidOrder),
      .init("-5025", .invalidOrder),
      .init("-5026", .rateLimit),
      .init("-5027", .invalidOrder),
      .init("-5028", .clock),
    ] + common + (4001...4025).filterRules()
}

extension ClosedRange where Bound == Int {
  /// The futures codes -4001 to -4025 all say that a number of an order is outside its rule.
  fileprivate func filterRules() -> ErrorTable {
    reduce(into: []) { table, code in table = table + [.init("-\(code)", .invalidOrder)] }
  }
}
