import Testing

/// Numbers that peers give are not added, subtracted, multiplied or shifted with operators that end the process.
///
/// A rule of names: it finds arithmetic on the fields of records and on the values that are copied from them under
/// their usual names. It does not follow a value into another name; the tests that emit every number at its extremes
/// are there for that.
@Suite struct ArithmeticTests {
  private static let modules = [
    "Sources/Runtime/", "Sources/MarketModel/", "Sources/Trading/", "Sources/Live/", "Sources/Journal/",
    "Sources/ConnectorKit/", "Sources/Records/", "Sources/patchbay/", "Plugins/",
  ]
  private static let names: Set<Substring> = [
    "venue_ns", "expiry_ns", "next_ns", "valid_until_ns", "retry_after_ns", "after_ns", "deadline_ns", "idle_ns",
    "retryAfter", "createdAtVenue", "seenAtVenue", "venueTime", "reportTime",
  ]
  private static let operators: Set<Substring> = ["+", "-", "*", "<<", "+=", "-=", "*=", "<<="]

  @Test func numbersOfPeersAreAddedWithCare() throws {
    var looked = 0
    for path in try Tree.files(".swift") where Self.modules.contains(where: path.hasPrefix) {
      looked += 1
      for (index, line) in try Tree.lines(path).enumerated() {
        if let name = Self.hit(SwiftSource.code(line)) {
          Issue.record("\(path):\(index + 1): plain arithmetic on \(name); use Saturating.swift or check it")
        }
      }
    }
    #expect(looked > 200, "the modules are found at all")
  }

  @Test func theRuleFindsWhatItIsFor() {
    #expect(Self.hit("    let due = now + fact.after_ns") == "after_ns")
    #expect(Self.hit("    max(0, life.createdAtVenue - overlap)") == "createdAtVenue")
    #expect(Self.hit("    let text = a + (fact.retry_after_ns)") == "retry_after_ns")
    #expect(Self.hit("    let due = now.addingSaturated(fact.after_ns)") == nil)
    #expect(Self.hit("    let sum = now &+ fact.after_ns") == nil)
  }

  /// The name that stands beside a plain operator.
  private static func hit(_ code: Substring) -> Substring? {
    let words = code.split(separator: " ")
    for (place, word) in words.enumerated() where operators.contains(word) {
      let left = place > 0 ? words[place - 1].split { !isName($0) }.last : nil
      let right = place + 1 < words.count ? chain(words[place + 1]) : nil
      for name in [left, right] { if let name, names.contains(name) { return name } }
    }
    return nil
  }

  /// The last name of the chain that a word begins with: `after_ns` of `(fact.after_ns)`.
  private static func chain(_ word: Substring) -> Substring? {
    word.drop { !isName($0) }.prefix { isName($0) || $0 == "." }.split(separator: ".").last
  }

  private static func isName(_ character: Character) -> Bool {
    character == "_" || character.isLetter || character.isNumber
  }
}
