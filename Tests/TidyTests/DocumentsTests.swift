import Testing

/// What documents say of the code is there.
@Suite struct DocumentsTests {
  nonisolated(unsafe) private static let code = #/`([^`\n]+)`/#
  nonisolated(unsafe) private static let file = #/[A-Za-z0-9_+.\/-]+\.(?:swift|h|c|rs|json|md|py|sh|service|map)/#
  nonisolated(unsafe) private static let symbol =
    #/((?:PB_[A-Z0-9_]+)|(?:pb_[a-z0-9_]+)|(?:[A-Z][a-z0-9]+[A-Z][A-Za-z0-9]*))(?:\(.*\))?/#
  private static let absent = [
    Exemption(path: "NAME", why: "stands for a connector's folder"),
    Exemption(path: "Type+Topic.swift", why: "a pattern of names"),
    Exemption(path: "/etc/patchbay/", why: "a file of an installed host"),
    Exemption(path: "trust.json", why: "a file of an operator, beside the configuration"),
    Exemption(path: "wallet.json", why: "a file that a local chain writes"),
  ]
  /// What was true once.
  private static let outlived = [
    "state of the host has no network", "They come from tick and lot", "dialects of Binance and Kraken",
    "binance,binance_perpetual,kraken (default",
  ]

  private func documents() throws -> [String] { try Tree.files(".md").filter { $0 != "docs/abi.md" } }

  @Test func filesThatAreNamedExist() throws {
    let files = try Tree.files.get()
    var found = 0
    for path in try documents() {
      for (index, line) in try Tree.lines(path).enumerated() {
        for match in line.matches(of: Self.code) where match.1.wholeMatch(of: Self.file) != nil {
          let name = match.1
          if Self.absent.contains(where: { name.contains($0.path) }) { continue }
          found += 1
          let isThere = files.contains { $0 == name || $0.hasSuffix("/\(name)") }
          #expect(isThere, "\(path):\(index + 1): there is no file \(name)")
        }
      }
    }
    #expect(found > 50)
  }

  /// Symbols of the contract and types: what documents name stands in the code.
  @Test func symbolsThatAreNamedExist() throws {
    var words: Set<Substring> = []
    for path in try Tree.files(".swift", ".h", ".c", ".rs", ".py", ".json", ".js", ".sh", "Makefile") {
      for word in try Tree.text(path).split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) {
        words.insert(word)
      }
    }
    var found = 0
    for path in try documents() {
      for (index, line) in try Tree.lines(path).enumerated() {
        for match in line.matches(of: Self.code) {
          guard let name = match.1.wholeMatch(of: Self.symbol)?.1 else { continue }
          found += 1
          // `PB_EV_` stands for all that begin so.
          let isThere = words.contains(name) || name.hasSuffix("_") && words.contains { $0.hasPrefix(name) }
          #expect(isThere, "\(path):\(index + 1): the code has no \(name)")
        }
      }
    }
    #expect(found > 50)
  }

  @Test func whatWasTrueOnceIsGone() throws {
    for path in try Tree.files(".md", ".swift") where !path.hasSuffix("/DocumentsTests.swift") {
      let text = try Tree.text(path)
      for phrase in Self.outlived { #expect(!text.contains(phrase), "\(path): \(phrase)") }
    }
  }
}
