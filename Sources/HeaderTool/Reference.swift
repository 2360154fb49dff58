extension Header {
  /// `docs/abi.md`: the header as a readable reference.
  public func reference() -> String {
    var text = """
      # The connector contract

      Written by `swift run abitool generate` from `Sources/CPatchbay/include/patchbay.h`; do not edit. The header is
      the contract, this is its rendering. Offsets and sizes are bytes; `docs/abi-layout.tsv` holds them for programs.


      """
    text += rules()
    for item in items { text += render(item) }
    return text
  }

  /// The opening comment: paragraphs stay paragraphs, the indented rules become a list.
  private func rules() -> String {
    var text = "", paragraph = "", isRule = false
    func flush() {
      if !paragraph.isEmpty { text += paragraph + (isRule ? "\n" : "\n\n") }
      paragraph = ""
    }
    for line in preamble {
      let body = line.firstIndex(of: "*").map { line[line.index(after: $0)...] } ?? line[...]
      let words = body.split(separator: " ")
      let indent = body.prefix { $0 == " " }.count
      if words.isEmpty || indent == 3 {
        flush()
        if words.isEmpty, isRule { text += "\n" }
      }
      guard let first = words.first else {
        isRule = false
        continue
      }
      if indent == 3 {
        isRule = true
        paragraph = "- **\(first)**: " + prose(words.dropFirst().joined(separator: " "))
      } else {
        paragraph += (paragraph.isEmpty ? "" : " ") + prose(words.joined(separator: " "))
      }
    }
    flush()
    return text
  }

  private func render(_ item: Item) -> String {
    switch item {
    case .section(let title, let level):
      return "\n\(level == 1 ? "##" : "###") \(title)\n"
    case .constant(let constant):
      return "\n- `\(constant.name)` = `\(constant.value)`: \(prose(constant.comment))"
    case .alias(let alias):
      let meaning = [alias.doc, alias.comment].filter { !$0.isEmpty }.joined(separator: " Here: ")
      return "\n#### `\(alias.name)`\n\nA `\(alias.type)`. \(prose(meaning))\n"
    case .function(let function):
      return "\n#### Exported function\n\n`\(function.declaration)`\n\n\(prose(function.doc))\n"
    case .structure(let structure):
      return render(structure)
    case .enumeration(let enumeration):
      return render(enumeration)
    }
  }

  private func render(_ structure: Structure) -> String {
    var text = "\n#### `\(structure.name)`\n\n"
    if !structure.doc.isEmpty { text += prose(structure.doc) + "\n\n" }
    text += "\(structure.size) bytes, aligned to \(structure.alignment).\n\n"
    text += "| offset | size | type | field | meaning |\n|---:|---:|---|---|---|\n"
    for field in structure.fields {
      let name = field.type.contains("(*") ? "" : field.name
      text += "| \(field.offset) | \(field.size) | `\(field.type)` | \(name.isEmpty ? "" : "`\(name)`") | "
      text += prose(field.comment) + " |\n"
    }
    return text
  }

  private func render(_ enumeration: Enumeration) -> String {
    var text = "\n"
    if !enumeration.doc.isEmpty { text += prose(enumeration.doc) + "\n\n" }
    let inHex = enumeration.cases.contains { $0.value >= 0x100 && $0.value < 10000 }
    text += "| value | name | meaning |\n|---:|---|---|\n"
    for value in enumeration.cases {
      if let group = value.group { text += "| | *\(prose(group))* | |\n" }
      let number = inHex && value.value >= 0x100 ? "0x" + String(value.value, radix: 16) : String(value.value)
      text += "| \(number) | `\(value.name)` | \(prose(value.comment)) |\n"
    }
    return text
  }

  /// The text with what Markdown would take for markup escaped.
  private func prose(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "*<|".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}
