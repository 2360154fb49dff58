import Testing

/// Numbers that peers give are not added, subtracted, multiplied or shifted with operators that end the process.
///
/// A rule of names: it finds arithmetic on the fields of records and on the values that are copied from them under
/// their usual names: times, and numbers of orders, trades and books. It does not follow a value into another name; the
/// tests that emit every number at its extremes are there for that. What is made wider before stands: `Int128(price)`,
/// `WideDecimal`, whose operators have no end.
@Suite struct ArithmeticTests {
  private static let modules = [
    "Sources/Runtime/", "Sources/MarketModel/", "Sources/Trading/", "Sources/Outbound/", "Sources/Journal/",
    "Sources/ConnectorKit/", "Sources/Records/", "Sources/patchbay/", "Sources/Transport/", "Sources/Vault/",
    "Sources/Gateway/", "Sources/PatchbayHost/", "Sources/SharedFeed/", "Sources/Certify/", "Plugins/",
  ]
  private static let times: Set<Substring> = [
    "venue_ns", "expiry_ns", "next_ns", "valid_until_ns", "retry_after_ns", "after_ns", "deadline_ns", "idle_ns",
    "retryAfter", "createdAtVenue", "seenAtVenue", "venueTime", "reportTime",
  ]
  private static let numbers: Set<Substring> = [
    "quantity", "price", "amount", "filled", "mantissa", "notional", "fee", "balance", "bid", "ask", "bestBid",
    "bestAsk", "interval_ns", "first_seq", "last_seq",
  ]
  /// Where `size` is one of the market, and not of memory.
  private static let sized = [
    "Sources/Trading/", "Sources/Outbound/", "Sources/Gateway/", "Sources/PatchbayHost/", "Plugins/",
  ]
  private static let unnumbered = [
    Exemption(path: "Plugins/Paper/", why: "an exchange of its own: its numbers are made there, within bounds"),
    Exemption(path: "Plugins/AMM/", why: "its amounts are UInt256, whose operators throw what does not fit"),
    Exemption(path: "Sources/Trading/Paper/PaperAccounts.swift", why: "its amounts are WideDecimal"),
  ]
  private static let wide = ["Int128(", "WideDecimal(", "Amount(", ".zero"]
  private static let operators: Set<Substring> = ["+", "-", "*", "<<", "+=", "-=", "*=", "<<="]

  @Test func numbersOfPeersAreAddedWithCare() throws {
    var looked = 0
    for path in try Tree.files(".swift") where Self.modules.contains(where: path.hasPrefix) {
      looked += 1
      let names = Self.names(path)
      for (index, line) in try Tree.lines(path).enumerated() {
        if let name = Self.hit(SwiftSource.code(line), names) {
          Issue.record("\(path):\(index + 1): plain arithmetic on \(name); use Saturating.swift or check it")
        }
      }
    }
    #expect(looked > 200, "the modules are found at all")
  }

  @Test func theRuleFindsWhatItIsFor() {
    func hit(_ code: Substring) -> Substring? { Self.hit(code, Self.names("Plugins/Some/Sources/Orders.swift")) }
    #expect(hit("    let due = now + fact.after_ns") == "after_ns")
    #expect(hit("    max(0, life.createdAtVenue - overlap)") == "createdAtVenue")
    #expect(hit("    let text = a + (fact.retry_after_ns)") == "retry_after_ns")
    #expect(hit("    let due = now.addingSaturated(fact.after_ns)") == nil)
    #expect(hit("    let sum = now &+ fact.after_ns") == nil)
    #expect(hit("    left = level.quantity - taken") == "quantity")
    #expect(hit("    used += order.size") == "size")
    #expect(hit("    let worth = price * quantity") == "price")
    #expect(hit("    let worth = Int128(price) * Int128(quantity)") == nil)
    #expect(hit("    text += \", price \\(a) - \\(price)\"") == nil)
    #expect(Self.hit("    offset + size", Self.names("Sources/Vault/SealChecker.swift")) == nil)
    #expect(Self.hit("    sum += quantity", Self.names("Plugins/Paper/Sources/Orders.swift")) == nil)
  }

  /// The names that are watched in a file.
  private static func names(_ path: String) -> Set<Substring> {
    if unnumbered.contains(where: { path.hasPrefix($0.path) }) { return times }
    let sizes: Set<Substring> = sized.contains(where: path.hasPrefix) ? ["size"] : []
    return times.union(numbers).union(sizes)
  }

  /// The name that stands beside a plain operator.
  private static func hit(_ code: Substring, _ names: Set<Substring>) -> Substring? {
    let words = unquoted(code).split(separator: " ")
    for (place, word) in words.enumerated() where operators.contains(word) {
      let sides: [Substring] = [place > 0 ? words[place - 1] : "", place + 1 < words.count ? words[place + 1] : ""]
      // Wider than what it was, or a list.
      if sides.contains(where: { side in wide.contains { side.contains($0) } }) || sides[1].hasPrefix("[") { continue }
      let left = place > 0 ? words[place - 1].split { !isName($0) }.last : nil
      let right = place + 1 < words.count ? chain(words[place + 1]) : nil
      for name in [left, right] { if let name, names.contains(name) { return name } }
    }
    return nil
  }

  /// The code without what its literals say.
  private static func unquoted(_ code: Substring) -> Substring {
    code.firstIndex(of: "\"").map { code[..<$0] } ?? code
  }

  /// The last name of the chain that a word begins with: `after_ns` of `(fact.after_ns)`.
  private static func chain(_ word: Substring) -> Substring? {
    word.drop { !isName($0) }.prefix { isName($0) || $0 == "." }.split(separator: ".").last
  }

  private static func isName(_ character: Character) -> Bool {
    character == "_" || character.isLetter || character.isNumber
  }
}
