/// Where the exchange's words for an error stand in a reply, and what its codes mean.
public struct ErrorPlan: Sendable {
  /// A reply's own outcome, which counts more than the HTTP status.
  public enum Envelope: Sendable {
    /// There is none: the status separates success from failure, and errors have a code and a text:
    /// `{"code": -1121, "msg": "Invalid symbol."}`.
    case status(code: StaticString, text: StaticString)
    /// `{"code": "0", "msg": "", "data": [...]}`: codes in `fine` say success; one that is absent says so too.
    case code(StaticString, text: StaticString, fine: [String])
    /// The same under several names, where versions of the exchange's API differ in them: the first that is there.
    case codes([Names], fine: [String])
    /// `{"error": ["EOrder:Insufficient funds"], "result": {...}}`: each text is a code that begins with `prefix`, what
    /// begins otherwise is a warning. Without errors success is proved by a result.
    case list(StaticString, prefix: String, result: StaticString)
    /// `{"error": {"code": 11006, "message": "Order does not exist", "data": null}}`, as JSON-RPC has it: without the
    /// member there is success. What `detail` holds stands behind the text.
    case object(StaticString, Names, detail: StaticString)
    /// `["error", 10020, "price: invalid"]`: an array that begins with this word, then a code and a text. In an object,
    /// the member of that name holds words that are a code. Anything else says success.
    case array(StaticString)
    /// `{"status": "error", "reason": "Order not found", "code": "404.002"}`, where versions of the exchange's API
    /// differ: a member says by this word that it is an error, or one of several others holds its code or its text.
    /// Texts may stand inside of lists and objects: `{"error": {"__all__": ["Minimum order size is 5.0 EUR."]}}`. Where
    /// no known code says what came of a write, the HTTP status does.
    case marked(StaticString, as: StaticString, codes: [StaticString], texts: [StaticString])
  }

  /// The members that hold a code and the exchange's words for it.
  public struct Names: Sendable {
    let code: StaticString
    let text: StaticString

    public init(code: StaticString, text: StaticString) { (self.code, self.text) = (code, text) }
  }

  public let envelope: Envelope
  public let table: ErrorTable

  public init(_ envelope: Envelope, _ table: ErrorTable) {
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

  /// The same, and the exchange wants to be left alone for so many nanoseconds at least.
  public func pausing(_ pause: Int64) -> VenueFault {
    var fault = self
    fault.retryAfter = max(retryAfter, pause, 0)
    return fault
  }

  /// For logs: the text, with its code in front where it does not hold it.
  public var words: String { code.isEmpty ? text : text.behind(code: code) }

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
    return VenueFault(
      rule.failure, code: code, text, retryAfter: rule.pause, mayHaveHappened: rule.mayHaveHappened)
  }

  /// The fault of a reply; `nil` when the exchange says success.
  public func fault(_ reply: Reply, _ body: Body) -> VenueFault? {
    switch reply.outcome {
    case .notSent: return VenueFault(.notSent, reply.reason)
    case .sent, .noAnswer: return VenueFault(.transient, reply.reason, mayHaveHappened: true)
    case .replied: break
    }
    let said = Said(body, envelope)
    let isStatus =
      switch envelope {
      case .status, .marked: true
      default: false
      }
    if said.isError || !said.code.isEmpty && isStatus && !reply.isSuccess {
      var fault = fault(code: said.code, text: said.text.isEmpty ? "code \(said.code)" : said.text)
      fault.retryAfter = max(fault.retryAfter, Self.retryAfter(reply))
      let isKnown = table.rule(code: said.code, text: said.text) != nil
      if isStatus, !reply.isSuccess {
        // There the status proves what came of a write where no known code does, and who asks too often is informed by
        // it alone.
        let byStatus = Self.fault(status: reply, "")
        if !isKnown || reply.status == 418 || reply.status == 429 { fault.failure = byStatus.failure }
        if !isKnown || reply.status >= 500 { fault.mayHaveHappened = byStatus.mayHaveHappened }
      } else if !isKnown, reply.status == 418 || reply.status == 429 {
        // Whatever the code: who asks too often is refused before anything is carried out.
        (fault.failure, fault.mayHaveHappened) = (.rateLimit, false)
      } else if reply.status >= 500, !isKnown {
        fault.mayHaveHappened = true
      }
      return fault
    }
    switch envelope {
    case .list: return said.hasResult ? nil : Self.fault(status: reply, said.isReadable ? "without a result" : "")
    case .code, .codes, .status, .object, .array, .marked:
      return reply.isSuccess ? nil : Self.fault(status: reply, said.text)
    }
  }

  /// What stands before the exchange answered, or the exchange without its own words: the HTTP status decides.
  private static func fault(status reply: Reply, _ text: String) -> VenueFault {
    let words = "HTTP status \(reply.status)" + (text.isEmpty ? "" : ": \(text)")
    var fault = VenueFault(.other, code: "\(reply.status)", words, retryAfter: retryAfter(reply))
    switch reply.status {
    case 418, 429: fault.failure = .rateLimit
    case 401, 403: fault.failure = .authentication
    case _ where refusals.contains(reply.status): break
    case 503:
      fault.failure = .maintenance
      fault.mayHaveHappened = true
    default:
      fault.failure = .transient
      fault.mayHaveHappened = true
    }
    return fault
  }

  /// Statuses that are given before a request is carried out (RFC 9110 section 15.5, RFC 6585, RFC 7725). Others from
  /// 400 to 499 prove nothing of a write: 408 also says that the exchange's own machine behind its gateway gave no
  /// answer in time, 409 that there is such an order already, 499 that somebody on the way had gone.
  private static let refusals: Set<Int> = [
    400, 401, 402, 403, 404, 405, 406, 407, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426, 428, 431, 451,
  ]

  /// `Retry-After` in whole seconds (RFC 9110 section 10.2.3), at most a day.
  private static func retryAfter(_ reply: Reply) -> Int64 {
    guard let seconds = reply.header("retry-after").flatMap({ Int64($0) }), seconds > 0 else { return 0 }
    return min(seconds, 86_400) * 1_000_000_000
  }

  /// What a body says of its outcome.
  private struct Said {
    var code = ""
    var text = ""
    var hasResult = false
    var isReadable = false
    var isError = false

    init(_ body: Body, _ envelope: Envelope) {
      var json = JSONScanner(body)
      var errors: [String] = []
      if case .array(let word) = envelope, json.peek() == UInt8(ascii: "[") {
        read(&json, array: word)
        return
      }
      json.members { key, json in
        switch envelope {
        case .array(let name):
          guard key == name, json.peek() == UInt8(ascii: "\"") else { return false }
          code = json.words()
          return true
        case .code(let name, text: let words, fine: _), .status(code: let name, text: let words):
          guard key == name || key == words else { return false }
          if key == name { code = json.scalar().text } else { text = json.scalar().text }
          return true
        case .codes(let names, fine: _):
          let isCode = names.contains { key == $0.code }
          guard isCode || names.contains(where: { key == $0.text }) else { return false }
          let words = json.words()
          if isCode, code.isEmpty { code = words }
          if !isCode, text.isEmpty { text = words }
          return true
        case .marked(let mark, as: let word, let codes, let texts):
          let isText = json.peek() == UInt8(ascii: "\"")
          if key == mark, isText { isError = json.string() == word || isError; return true }
          if codes.contains(where: { key == $0 }), isText {
            let words = json.words()
            if code.isEmpty { code = words }
            return true
          }
          guard texts.contains(where: { key == $0 }) else { return false }
          let words = Self.texts(&json, depth: 0).joined(separator: "; ")
          text += text.isEmpty ? words : words.isEmpty ? "" : "; \(words)"
          return true
        case .list(let name, prefix: _, result: let result):
          if key == result { hasResult = true }
          guard key == name else { return false }
          json.elements { errors.append($0.scalar().text) }
          return true
        case .object(let name, let names, let detail):
          guard key == name, json.peek() == UInt8(ascii: "{") else { return false }
          read(&json, names, detail)
          return true
        }
      }
      isReadable = json.isComplete()
      guard isReadable else {
        (code, text, hasResult, isError) = ("", "", false, false)
        return
      }
      switch envelope {
      case .status: isError = false
      case .marked: isError = isError || !code.isEmpty || !text.isEmpty
      case .code(_, text: _, let fine), .codes(_, let fine): isError = !code.isEmpty && !fine.contains(code)
      case .object, .array: isError = !code.isEmpty || !text.isEmpty
      case .list(_, let prefix, result: _):
        errors.removeAll { !$0.hasPrefix(prefix) }
        (code, text, isError) = (errors.first ?? "", errors.joined(separator: "; "), !errors.isEmpty)
      }
    }

    /// All texts inside of a value, behind the names of what they are about; a name that begins with `_` names nothing.
    private static func texts(_ json: inout JSONScanner, depth: Int) -> [String] {
      var found: [String] = []
      switch json.peek() {
      case UInt8(ascii: "\""): found.append(json.words())
      case UInt8(ascii: "[") where depth < 4: json.elements { found += texts(&$0, depth: depth + 1) }
      case UInt8(ascii: "{") where depth < 4:
        json.members { key, json in
          let name = key.text
          found += texts(&json, depth: depth + 1).map { name.hasPrefix("_") ? $0 : "\(name): \($0)" }
          return true
        }
      default: json.skip()
      }
      return found.filter { !$0.isEmpty }
    }

    private mutating func read(_ json: inout JSONScanner, array word: StaticString) {
      var (place, isNamed) = (0, false)
      json.elements { json in
        switch place {
        case 0 where json.peek() == UInt8(ascii: "\""): isNamed = json.string() == word
        case 1 where isNamed: code = json.words()
        case 2 where isNamed: text = json.words()
        default: json.skip()
        }
        place += 1
      }
      isReadable = json.isComplete()
      isError = isReadable && isNamed
      if !isError { (code, text) = ("", "") }
    }

    private mutating func read(_ json: inout JSONScanner, _ names: Names, _ detail: StaticString) {
      var more = ""
      json.members { key, json in
        if key == names.code {
          code = json.words()
        } else if key == names.text {
          text = json.words()
        } else if key == detail, json.peek() == UInt8(ascii: "\"") {
          more = json.words()
        } else {
          return false
        }
        return true
      }
      if !more.isEmpty { text += text.isEmpty ? more : ": \(more)" }
    }
  }
}
