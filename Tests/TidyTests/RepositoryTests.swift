import Foundation
import Testing

/// What holds for the repository as a whole.
@Suite struct RepositoryTests {
  /// The repository speaks of itself alone: not of the machine it was written on, nor of how. The patterns are written
  /// so as not to find themselves.
  @Test func onlyTheProjectIsSpokenOf() throws {
    let patterns = [
      "(^|[\\s\"'(=:])/(wor[k]|roo[t]|hom[e]|User[s])/", "\\b[Ii]ssue[ ]#?[0-9]", "\\bCo-[A]uthored-By",
      "\\bCl[a]ude\\b", "\\bChat[G]PT\\b", "\\bCo[p]ilot\\b", "\\bL[L]M\\b", "\\bA[I][ -](agent|assist|generat)",
    ]
    let expressions = try patterns.map { try NSRegularExpression(pattern: $0) }
    for path in try Tree.files.get() {
      let text = try Tree.text(path)
      for expression in expressions {
        guard let hit = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
          let range = Range(hit.range, in: text)
        else { continue }
        let line = text[..<range.lowerBound].count { $0 == "\n" } + 1
        Issue.record("\(path):\(line): \(text[range])")
      }
    }
  }

  /// Embedded Swift has no key paths, and an ordinary build of a connector does not say so. The paper exchange is part
  /// of the host's own distribution and is not built so.
  @Test func connectorsHaveNoKeyPaths() throws {
    let parts = ["Sources/ConnectorKit/", "Sources/Decimals/", "Sources/Records/", "Plugins/"]
    for path in try Tree.files(".swift") where parts.contains(where: path.hasPrefix) && !path.contains("/Paper/") {
      for (index, line) in try Tree.lines(path).enumerated() where line.contains("(\\.") && !line.contains("\"") {
        Issue.record("\(path):\(index + 1): \(line)")
      }
    }
  }

  /// A target has a word on why it is there: a comment above it. The tests of a target named in their own name need
  /// none.
  @Test func everyTargetSaysWhyItIsThere() throws {
    for path in try Tree.files("Package.swift") {
      let lines = try Tree.lines(path).map { $0.trimmingCharacters(in: .whitespaces) }
      var targets = 0
      for (index, line) in lines.enumerated() {
        guard line.hasPrefix("."), line.contains("arget("), !line.hasPrefix(".library") else { continue }
        targets += 1
        if line.hasPrefix(".testTarget"), isNamedForATarget(lines, index) { continue }
        // The helper that makes a connector's targets explains them together.
        let scope = lines[..<index].last { $0.hasPrefix("func ") || $0.hasPrefix("let package") }
        if let scope, scope.hasPrefix("func ") { continue }
        #expect(index > 0 && lines[index - 1].hasPrefix("//"), "\(path):\(index + 1): \(line)")
      }
      #expect(targets > 0, "\(path)")
    }
  }

  private func isNamedForATarget(_ lines: [String], _ index: Int) -> Bool {
    let text = lines[index...].prefix(2).joined()
    guard let start = text.firstRange(of: "name: \""),
      let end = text[start.upperBound...].firstRange(of: "Tests\"")
    else { return false }
    let tested = text[start.upperBound..<end.lowerBound]
    return lines.contains { $0.contains("arget(name: \"\(tested)\"") || $0.hasPrefix("name: \"\(tested)\"") }
  }

  /// Every link from one document to another file leads somewhere.
  @Test func linksLeadSomewhere() throws {
    let link = try NSRegularExpression(pattern: "\\]\\(([^)#\\s]+)(#[^)]*)?\\)")
    var count = 0
    for path in try Tree.files(".md") {
      let text = try Tree.text(path)
      let folder = URL(filePath: "\(Tree.root)/\(path)").deletingLastPathComponent()
      for match in link.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        guard let range = Range(match.range(at: 1), in: text), !text[range].contains("://") else { continue }
        count += 1
        let target = folder.appending(path: String(text[range])).standardizedFileURL.path
        #expect(FileManager.default.fileExists(atPath: target), "\(path) links to \(text[range])")
      }
    }
    #expect(count > 20)
  }

  /// The index leads to every document, and so to every README below.
  @Test func theIndexIsComplete() throws {
    let index = try Tree.text("docs/README.md")
    for path in try Tree.files(".md") where path.hasPrefix("docs/") && path != "docs/README.md" {
      #expect(index.contains("](\(path.dropFirst("docs/".count)))"), "docs/README.md does not link to \(path)")
    }
    for path in try Tree.files("/README.md") where path != "docs/README.md" {
      #expect(index.contains("](../\(path))"), "docs/README.md does not link to \(path)")
    }
  }
}
