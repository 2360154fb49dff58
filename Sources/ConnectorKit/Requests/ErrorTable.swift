/// What an exchange's error codes mean, as data: the first rule that fits decides.
///
///     static let errors: ErrorTable = [
///       .init("-2010", containing: "insufficient balance", .funds),
///       .init("-2010", .invalidOrder),
///       .init("-1007", .transient, mayHaveHappened: true),
///     ]
public struct ErrorTable: Sendable, ExpressibleByArrayLiteral {
  public struct Rule: Sendable {
    public let code: String
    /// Part of the exchange's words, in lower case, for codes that say more than one thing; empty fits all.
    public let fragment: String
    public let failure: Failure
    /// The exchange itself does not know what became of the request: a write must not be taken for refused.
    public let mayHaveHappened: Bool
    /// Nanoseconds for which the exchange wants to be left alone; 0 where it does not say.
    public let pause: Int64
    /// The code only begins so.
    public let isPrefix: Bool

    public init(
      _ code: String, containing fragment: String = "", _ failure: Failure, mayHaveHappened: Bool = false,
      pause: Int64 = 0
    ) {
      self.code = code
      self.fragment = fragment
      self.failure = failure
      self.mayHaveHappened = mayHaveHappened
      self.pause = pause
      isPrefix = false
    }

    /// A rule for all codes that begin so, where they are words.
    public init(prefix: String, _ failure: Failure, mayHaveHappened: Bool = false, pause: Int64 = 0) {
      code = prefix
      fragment = ""
      self.failure = failure
      self.mayHaveHappened = mayHaveHappened
      self.pause = pause
      isPrefix = true
    }
  }

  public private(set) var rules: [Rule]

  public init(arrayLiteral elements: Rule...) { rules = elements }
  public init(_ rules: [Rule] = []) { self.rules = rules }

  /// Codes by what they mean, separated by spaces or lines:
  /// `ErrorTable(codes: [.funds: "51008 51119", .clock: "50102"])`.
  public init(codes: KeyValuePairs<Failure, String>) {
    rules = codes.flatMap { failure, codes in
      codes.split { $0 == " " || $0 == "\n" }.map { Rule(String($0), failure) }
    }
  }

  /// Words that are codes, by what they mean; a code may go on behind them.
  /// - Parameter domain: stands before each of them.
  public init(prefixes: KeyValuePairs<Failure, [String]>, behind domain: String = "") {
    rules = prefixes.flatMap { failure, words in words.map { Rule(prefix: domain + $0, failure) } }
  }

  /// The rules of `left`, then those of `right`.
  public static func + (left: ErrorTable, right: ErrorTable) -> ErrorTable {
    var result = left
    result.rules += right.rules
    return result
  }

  /// The rule for a code and the exchange's words; `nil` when none fits. Linear in the table: errors are rare.
  public func rule(code: String, text: String) -> Rule? {
    let words = text.lowercased()
    return rules.first {
      ($0.isPrefix ? code.hasPrefix($0.code) : $0.code == code)
        && ($0.fragment.isEmpty || words.contains(fragment: $0.fragment))
    }
  }
}

extension String {
  /// An exchange's words for an error, its code in front where they do not hold it.
  public func behind(code: String) -> String { contains(fragment: code) ? self : "\(code) \(self)" }

  /// Whether `fragment` stands anywhere inside, byte by byte.
  public func contains(fragment: String) -> Bool {
    guard fragment.utf8.count <= utf8.count else { return false }
    let (text, part) = (Array(utf8), Array(fragment.utf8))
    return (0...(text.count - part.count)).contains { text[$0..<($0 + part.count)].elementsEqual(part) }
  }
}
