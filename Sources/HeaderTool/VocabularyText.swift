extension Header {
  /// One of the committed files of Swift types.
  func vocabulary(_ types: [VocabularyType], lists: Bool = false) throws(HeaderFault) -> String {
    var text = "// Written by `swift run abitool generate` from patchbay.h; do not edit.\n"
    for type in types { text += "\n" + (try declaration(type)) }
    if lists { text += "\n" + (try wordLists()) }
    return text
  }

  private func declaration(_ type: VocabularyType) throws(HeaderFault) -> String {
    let cases = try constants(type.first, type.prefix, type.names, type.omitted)
    var lines = Self.comment(type.doc)
    switch type.form {
    case .choice:
      lines.append("public enum \(type.name): \(type.raw), Sendable, CaseIterable {")
      if let zero = type.zero { lines.append("  case \(zero) = 0") }
      for item in cases { lines += item.lines("case \(item.name) = \(item.value)") }
    case .flags, .bits:
      lines.append("@frozen public struct \(type.name): OptionSet, Hashable, Sendable {")
      lines.append("  public let rawValue: \(type.raw)")
      lines.append("  @inlinable public init(rawValue: \(type.raw)) { self.rawValue = rawValue }")
      for item in cases {
        let value = type.form == .bits ? "1 << \(item.value)" : "\(item.value)"
        lines += item.lines(
          "@inlinable public static var \(item.name): \(type.name) { \(type.name)(rawValue: \(value)) }")
      }
    }
    lines.append("}")
    guard let parent = type.parent else { return lines.joined(separator: "\n") + "\n" }
    return "extension \(parent) {\n" + lines.map { "  \($0)\n" }.joined() + "}\n"
  }

  private func wordLists() throws(HeaderFault) -> String {
    var lines = Self.comment("The names of the contract's enumerations, in the order of their values.")
    lines.append("public enum Names {")
    for list in Vocabulary.words {
      let words = try constants(list.first, list.prefix, [:], []).filter { $0.value != 0 }.map(\.word)
      let line = "  public static let \(list.name) = [\(words.map { "\"\($0)\"" }.joined(separator: ", "))]"
      if line.utf8.count <= 120 { lines.append(line); continue }
      lines.append("  public static let \(list.name) = [")
      lines += Self.wrapped(words.map { "\"\($0)\"," }, indent: "    ")
      lines.append("  ]")
    }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private struct Word {
    let name: String
    let word: String
    let value: Int
    let comment: String

    func lines(_ declaration: String) -> [String] {
      (comment.isEmpty ? [] : Header.comment(comment, indent: "  ")) + ["  " + declaration]
    }
  }

  /// The constants of the enumeration that has one, as Swift has them.
  private func constants(
    _ first: String, _ prefix: String, _ names: [String: String], _ omitted: Set<String>
  ) throws(HeaderFault) -> [Word] {
    for case .enumeration(let enumeration) in items where enumeration.cases.contains(where: { $0.name == first }) {
      return enumeration.cases.compactMap { item in
        let rest = item.name.hasPrefix(prefix) ? String(item.name.dropFirst(prefix.count)) : item.name
        guard !omitted.contains(rest) else { return nil }
        return Word(
          name: names[rest] ?? Self.camel(rest), word: rest.lowercased(), value: item.value, comment: item.comment)
      }
    }
    throw HeaderFault(line: 0, message: "no enumeration has \(first), of which a Swift type is made")
  }

  /// `STOP_LIMIT` as `stopLimit`.
  private static func camel(_ name: String) -> String {
    let words = name.lowercased().split(separator: "_")
    return words.first.map(String.init).map { $0 + words.dropFirst().map(capitalized).joined() } ?? ""
  }

  private static func capitalized<S: StringProtocol>(_ text: S) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  /// A comment for documentation, as a sentence.
  private static func comment(_ text: String, indent: String = "") -> [String] {
    let sentence = capitalized(text) + (text.hasSuffix(".") ? "" : ".")
    return wrapped(sentence.split(separator: " ").map(String.init), indent: indent + "/// ")
  }

  /// Words in lines of at most 120 columns.
  private static func wrapped(_ words: [String], indent: String) -> [String] {
    var (lines, line) = ([String](), "")
    for word in words {
      if !line.isEmpty, indent.utf8.count + line.utf8.count + 1 + word.utf8.count > 120 {
        lines.append(indent + line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [indent + line]
  }
}
