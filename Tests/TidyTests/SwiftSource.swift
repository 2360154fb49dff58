/// A function in a source file.
struct FunctionSpan: Equatable {
  /// Its first line, from 1.
  let line: Int
  /// From its first line to its closing brace.
  let length: Int
}

/// As much of Swift as the rules need: it relies on the tree's own layout, two spaces a level and closing braces below
/// what they close.
enum SwiftSource {
  /// The line without a comment at its end, or that it is.
  static func code(_ line: Substring) -> Substring {
    var isQuoted = false
    var previous: Character = " "
    for index in line.indices {
      let character = line[index]
      if character == "\"", previous != "\\" { isQuoted.toggle() }
      if !isQuoted, character == "/", previous == "/" { return line[..<line.index(before: index)] }
      previous = character
    }
    return line
  }

  static func functions(_ lines: [Substring]) -> [FunctionSpan] {
    lines.indices.compactMap { start in
      guard isDeclaration(lines[start]), let open = bodyStart(lines, start) else { return nil }
      let indent = lines[start].prefix { $0 == " " }
      let close = lines[open...].firstIndex { $0.hasPrefix("\(indent)}") } ?? lines.count - 1
      return FunctionSpan(line: start + 1, length: close - start + 1)
    }
  }

  private static func isDeclaration(_ line: Substring) -> Bool {
    let words = code(line).split(whereSeparator: { " (<?".contains($0) })
    guard let place = words.firstIndex(where: { ["func", "init", "deinit", "subscript"].contains($0) }) else {
      return false
    }
    return words[..<place].allSatisfy { word in
      word.hasPrefix("@") || word.hasSuffix(")")
        || [
          "public", "private", "fileprivate", "internal", "open", "static", "final", "override", "required",
          "convenience", "mutating", "nonmutating", "class", "package", "nonisolated", "__always",
        ].contains(word)
    }
  }

  /// The line at whose end the body begins; `nil` for a body on one line, or none.
  private static func bodyStart(_ lines: [Substring], _ start: Int) -> Int? {
    let indent = lines[start].prefix { $0 == " " }.count
    for index in start..<lines.count {
      if lines[index].hasSuffix("{") { return index }
      let isSignature = index == start || lines[index].hasPrefix(String(repeating: " ", count: indent) + ")")
        || lines[index].prefix { $0 == " " }.count > indent
      if !isSignature || lines[index].hasSuffix("}") { return nil }
    }
    return nil
  }

  /// Functions of C: their closing brace stands at the line's start, and so does what they begin with.
  static func functionsOfC(_ lines: [Substring]) -> [FunctionSpan] {
    var spans: [FunctionSpan] = []
    var start: Int?
    for (index, line) in lines.enumerated() {
      if let first = line.first, first.isLetter { start = index }
      if line == "}", let begun = start {
        spans.append(FunctionSpan(line: begun + 1, length: index - begun + 1))
        start = nil
      }
    }
    return spans
  }
}
