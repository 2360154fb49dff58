import Testing

/// The written style, as far as a test can hold the tree to it. See CONTRIBUTING.md.
@Suite struct StyleTests {
  private let longestLine = 120
  private let longestFile = 600
  private let longestFunction = 70

  @Test func linesAreNotTooLong() throws {
    for path in try Tree.files(".swift", ".c", ".h", ".rs", ".md", ".sh", "Makefile", "LICENSE")
    where !Exemption.longLines.covers(path) {
      let isMarkdown = path.hasSuffix(".md")
      for (index, line) in try Tree.lines(path).enumerated() {
        // Bytes first: they are counted at once.
        guard line.utf8.count > longestLine, line.count > longestLine else { continue }
        // A row of a table cannot be broken.
        if isMarkdown, line.hasPrefix("|") { continue }
        Issue.record("\(path):\(index + 1): \(line.count) columns")
      }
    }
  }

  @Test func linesEndCleanly() throws {
    for path in try Tree.files(".swift", ".c", ".h", ".rs", ".md", ".sh", "Makefile") {
      let lines = try Tree.lines(path)
      for (index, line) in lines.enumerated() where line.hasSuffix(" ") || line.hasSuffix("\r") {
        Issue.record("\(path):\(index + 1): white space at the end")
      }
      #expect(lines.last == "" && lines.dropLast().last != "", "\(path) must end with one newline")
    }
  }

  @Test func filesAndFunctionsAreNotTooLong() throws {
    var functions = 0
    for path in try Tree.files(".swift", ".c") {
      let lines = try Tree.lines(path)
      #expect(lines.count - 1 < longestFile, "\(path)")
      let spans = path.hasSuffix(".c") ? SwiftSource.functionsOfC(lines) : SwiftSource.functions(lines)
      functions += spans.count
      for span in spans where span.length > longestFunction {
        Issue.record("\(path):\(span.line): a function of \(span.length) lines")
      }
    }
    #expect(functions > 500, "functions are found at all")
  }

  /// What is thrown may be printed: a type without words of its own would print its name and that of its cases.
  @Test func errorsHaveWords() throws {
    var declared: [String: String] = [:]
    var described = Set<String>()
    for path in try Tree.files(".swift") where path.hasPrefix("Sources/") {
      for line in try Tree.lines(path) {
        let words = SwiftSource.code(line).split(whereSeparator: { " :,{".contains($0) }).map(String.init)
        guard let place = words.firstIndex(where: { ["enum", "struct", "class", "extension"].contains($0) }),
          place + 1 < words.count
        else { continue }
        let name = words[place + 1].split(separator: ".").last.map(String.init) ?? ""
        if words.contains("CustomStringConvertible") { described.insert(name) }
        let isPublic = words[..<place].contains("public") || path.hasPrefix("Sources/patchbay/")
        if isPublic, words[place] != "extension", words.dropFirst(place + 2).contains("Error") { declared[name] = path }
      }
    }
    #expect(declared.count > 20, "they are found at all")
    for (name, path) in declared where !described.contains(name) {
      Issue.record("\(path): \(name) is thrown and has no description")
    }
  }

  @Test func functionsAreMeasured() {
    let lines = """
      struct A {
        init(_ a: Int) { b = a }
        @inlinable
        public func long(
          _ a: Int
        ) -> Int {
          return a
        }
        func bare()
        var x: Int
        private static func next() throws {
          work { print() }
        }
      }
      """.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      SwiftSource.functions(lines) == [FunctionSpan(line: 4, length: 5), FunctionSpan(line: 11, length: 3)])
    let c = "static int a;\nint f(void)\n{\n  return 1;\n}\n".split(separator: "\n")
    #expect(SwiftSource.functionsOfC(c) == [FunctionSpan(line: 2, length: 4)])
    #expect(SwiftSource.code("let a = \"//\" // b") == "let a = \"//\" ")
  }

  /// What ends the process on input, or leaves work behind. Each is written in two parts, so as not to find itself.
  @Test func nothingForbiddenIsWritten() throws {
    for path in try Tree.files(".swift") {
      for (index, line) in try Tree.lines(path).enumerated() {
        let code = SwiftSource.code(line)
        for word in ["try" + "!", " as" + "!", "fatal" + "Error("] where code.contains(word) {
          Issue.record("\(path):\(index + 1): \(word)")
        }
      }
    }
    let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]
    for path in try Tree.files(".swift", ".c", ".h", ".rs", ".md", ".sh", ".json", "Makefile", ".ci/deps", ".ci/run") {
      for (index, line) in try Tree.lines(path).enumerated() {
        let words = line.split { !$0.isLetter }
        if let mark = marks.first(where: { mark in words.contains { $0 == mark } }) {
          Issue.record("\(path):\(index + 1): \(mark)")
        }
      }
    }
  }

  /// Time and chance are parameters: the same inputs give the same outputs.
  @Test func timeAndChanceAreNotReadInLibraries() throws {
    let sources = [
      "Date()", "Date.now", "clock_gettime", "gettimeofday", "ContinuousClock", "SuspendingClock", "DispatchTime",
      "UUID()", "arc4random", "getrandom", "SystemRandomNumberGenerator", ".randomElement()", ".shuffled()",
    ]
    for path in try Tree.files(".swift", ".c", ".rs")
    where path.hasPrefix("Sources/") || path.hasPrefix("Plugins/") || path.hasPrefix("examples/") {
      guard !Exemption.clocks.covers(path), !path.contains("/Tests/") else { continue }
      for (index, line) in try Tree.lines(path).enumerated() {
        let code = SwiftSource.code(line)
        let unseeded = code.contains(".random(in:") && !code.contains("using:")
        if unseeded || sources.contains(where: { code.contains($0) }) {
          Issue.record("\(path):\(index + 1): \(code)")
        }
      }
    }
  }

  @Test func connectorsAndTheCoreAreWithoutFoundation() throws {
    let modules = [
      "ConnectorKit", "ConnectorTestKit", "Decimals", "MarketModel", "Records", "JSONTree", "PrintableText",
    ]
    let folders = modules.map { "Sources/\($0)/" } + ["Plugins/", "examples/"]
    for path in try Tree.files(".swift") where folders.contains(where: { path.hasPrefix($0) }) {
      let imports = try Tree.lines(path).map(SwiftSource.code).filter { $0.contains("import Foundation") }
      #expect(imports.isEmpty, "\(path)")
    }
  }
}
