/// Where the exchange's words for an error stand in a reply, and what its codes mean.
public struct ErrorPlan: Sendable {
  /// A reply's own outcome beside the HTTP status: `{"code": "0", "msg": "", "data": [...]}`.
  public struct Envelope: Sendable {
    public let code: StaticString
    public let text: StaticString
    /// Codes that say success; one that is absent says success as well.
    public let fine: [String]

    public init(code: StaticString, text: StaticString, fine: [String]) {
      self.code = code
      self.text = text
      self.fine = fine
    }
  }

  /// `nil` where the HTTP status alone tells success from failure.
  public let envelope: Envelope?
  public let table: ErrorTable

  public init(_ envelope: Envelope?, _ table: ErrorTable) {
    self.envelope = envelope
    self.table = table
  }
}

/// Why a call did not do what was asked.
public struct VenueFault: Sendable {
  public var failure: Failure
  /// The exchange's code, or the HTTP status.
  public var code: String
  public var text: String
  /// Nanoseconds until the exchange wants to be asked again; 0 where it does not say.
  public var retryAfter: Int64
  /// A write may have been carried out all the same.
  public var mayHaveHappened: Bool

  public init(
    _ failure: Failure, code: String = "", _ text: String, retryAfter: Int64 = 0, mayHaveHappened: Bool = false
  ) {
    self.failure = failure
    self.code = code
    self.text = text
    self.retryAfter = retryAfter
    self.mayHaveHappened = mayHaveHappened
  }

  /// How the part of a command ends that met this fault. Only a write can be in doubt: asking changes nothing.
  public func end(isWrite: Bool) -> Tally.End {
    Tally.End(
      isWrite && mayHaveHappened ? .unknown : .refused, failure, retryAfter: retryAfter, code: code, text)
  }
}

extension ErrorPlan {
  /// The fault that a code and the exchange's words stand for. A code that the table does not have proves nothing about
  /// a write.
  public func fault(code: String, text: String) -> VenueFault {
    guard let rule = table.rule(code: code, text: text) else {
      return VenueFault(.other, code: code, text, mayHaveHappened: true)
    }
    return VenueFault(rule.failure, code: code, text, mayHaveHappened: rule.mayHaveHappened)
  }

  /// The fault of a reply; `nil` when the exchange says success.
  public func fault(_ reply: Reply, _ body: Body) -> VenueFault? {
    switch reply.outcome {
    case .notSent: return VenueFault(.notSent, reply.reason)
    case .sent, .noAnswer: return VenueFault(.transient, reply.reason, mayHaveHappened: true)
    case .replied: break
    }
    let (code, text, isReadable) = words(in: body)
    if let envelope, isReadable, !code.isEmpty, !envelope.fine.contains(code) {
      var fault = fault(code: code, text: text.isEmpty ? "code \(code)" : text)
      fault.retryAfter = max(fault.retryAfter, Self.retryAfter(reply))
      if reply.status >= 500, table.rule(code: code, text: text) == nil { fault.mayHaveHappened = true }
      return fault
    }
    return reply.isSuccess ? nil : Self.fault(status: reply, text)
  }

  /// What stands before the exchange answered, or the exchange without its own words: the HTTP status decides.
  private static func fault(status reply: Reply, _ text: String) -> VenueFault {
    let words = "HTTP status \(reply.status)" + (text.isEmpty ? "" : ": \(text)")
    var fault = VenueFault(.other, code: "\(reply.status)", words, retryAfter: retryAfter(reply))
    switch reply.status {
    case 418, 429: fault.failure = .rateLimit
    case 401, 403: fault.failure = .authentication
    case 400..<500: break
    case 503:
      fault.failure = .maintenance
      fault.mayHaveHappened = true
    default:
      fault.failure = .transient
      fault.mayHaveHappened = true
    }
    return fault
  }

  /// `Retry-After` in whole seconds (RFC 9110 section 10.2.3), at most a day.
  private static func retryAfter(_ reply: Reply) -> Int64 {
    guard let seconds = reply.header("retry-after").flatMap({ Int64($0) }), seconds > 0 else { return 0 }
    return min(seconds, 86_400) * 1_000_000_000
  }

  private func words(in body: Body) -> (code: String, text: String, isReadable: Bool) {
    guard let envelope else { return ("", "", false) }
    var (code, text) = ("", "")
    var json = JSONScanner(body)
    json.members { key, json in
      if key == envelope.code {
        code = json.scalar().text
      } else if key == envelope.text {
        text = json.scalar().text
      } else {
        return false
      }
      return true
    }
    return json.isComplete() ? (code, text, true) : ("", "", false)
  }
}
