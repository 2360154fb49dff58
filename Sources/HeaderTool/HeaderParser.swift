/// Reads the header's text into a `Header` and lays its structures out. Throws a `HeaderFault` that names the line.
public func parseHeader(_ text: String) throws(HeaderFault) -> Header {
  var parser = HeaderParser(tokens: try Tokenizer.tokens(of: text))
  var header = try parser.header()
  try layOut(&header)
  return header
}

struct HeaderParser {
  let tokens: [LocatedToken]
  private var position = 0
  private var doc = ""

  init(tokens: [LocatedToken]) { self.tokens = tokens }

  mutating func header() throws(HeaderFault) -> Header {
    var header = Header()
    while let next = peek() {
      switch next {
      case .comment(let text, let isDoc, _):
        position += 1
        if isDoc {
          doc = joined(text)
        } else if header.preamble.isEmpty {
          header.preamble = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        } else if let section = sectionTitle(text) {
          header.items.append(section)
        }
      case .define(let name, let value):
        position += 1
        header.items.append(.constant(.init(name: name, value: value, comment: takeTrailingComment())))
      case .word("typedef"):
        position += 1
        header.items.append(peek() == .word("struct") ? .structure(try structure()) : .alias(try alias()))
      case .word("enum"):
        header.items.append(.enumeration(try enumeration()))
      default:
        header.items.append(.function(.init(declaration: try declaration(), doc: takeDoc())))
      }
    }
    return header
  }

  private mutating func structure() throws(HeaderFault) -> Header.Structure {
    try expect(.word("struct"))
    let name = try word()
    var result = Header.Structure(name: name, doc: takeDoc(), fields: [])
    try expect(.symbol("{"))
    while peek() != .symbol("}") {
      if case .comment(let text, _, _) = peek() {
        doc = joined(text)
        position += 1
        continue
      }
      result.fields.append(try field())
    }
    try expect(.symbol("}"))
    guard try word() == name else { throw fault("a struct and its typedef must have one name") }
    try expect(.symbol(";"))
    return result
  }

  private mutating func field() throws(HeaderFault) -> Header.Field {
    let line = currentLine
    let text = try declaration()
    let comment = [takeDoc(), takeTrailingComment()].filter { !$0.isEmpty }.joined(separator: " ")
    if let open = text.firstRange(of: "(*") {
      let name = text[open.upperBound...].prefix { $0 != ")" }
      return Header.Field(type: text, name: String(name), comment: comment, line: line)
    }
    let words = text.split(separator: "[")
    let plain = words.first.map(String.init) ?? text
    let name = plain.split { $0 == " " || $0 == "*" }.last.map(String.init) ?? ""
    var type = String(plain.dropLast(name.count))
    while type.hasSuffix(" ") { type.removeLast() }
    var field = Header.Field(type: type, name: name, comment: comment, line: line)
    guard words.count > 1 else { return field }
    guard words.count == 2, words[1].hasSuffix("]"), let count = Int(words[1].dropLast()), count > 0 else {
      throw HeaderFault(line: line, message: "\(name): expected an array of so many elements")
    }
    field.count = count
    return field
  }

  private mutating func alias() throws(HeaderFault) -> Header.Alias {
    let text = try declaration().split(separator: " ")
    guard text.count == 2 else { throw fault("expected typedef TYPE NAME;") }
    let doc = takeDoc()
    return Header.Alias(name: String(text[1]), type: String(text[0]), comment: takeTrailingComment(), doc: doc)
  }

  private mutating func enumeration() throws(HeaderFault) -> Header.Enumeration {
    try expect(.word("enum"))
    try expect(.symbol("{"))
    var result = Header.Enumeration(doc: takeDoc(), cases: [])
    var group: String?, next = 0
    while peek() != .symbol("}") {
      switch peek() {
      case .comment(let text, _, true):
        position += 1
        group = joined(text)
      case .comment(let text, _, false):
        position += 1
        guard !result.cases.isEmpty else { throw fault("a comment before the first value") }
        result.cases[result.cases.count - 1].comment = joined(text)
      case .symbol(","):
        position += 1
      default:
        let name = try word()
        if peek() == .symbol("=") {
          position += 1
          next = try number()
        }
        result.cases.append(.init(name: name, value: next, comment: "", group: group))
        group = nil
        next += 1
      }
    }
    position += 1
    try expect(.symbol(";"))
    return result
  }

  /// Everything up to the semicolon, with C's usual spacing.
  private mutating func declaration() throws(HeaderFault) -> String {
    var text = ""
    while let next = peek(), next != .symbol(";") {
      switch next {
      case .symbol(let symbol):
        let opensPointer = symbol == "(" && peek(1) == .symbol("*")
        if let last = text.last, symbol == "*" || opensPointer, !"*()".contains(last) { text.append(" ") }
        text.append(symbol)
      case .word(let word):
        if let last = text.last, !"*([".contains(last) { text.append(" ") }
        text.append(word)
      default:
        throw fault("unexpected comment inside a declaration")
      }
      position += 1
    }
    try expect(.symbol(";"))
    return text
  }

  /// The comment behind the declaration that ended on the line before it, if there is one.
  private mutating func takeTrailingComment() -> String {
    guard case .comment(let text, false, false) = peek() else { return "" }
    position += 1
    return joined(text)
  }

  private mutating func takeDoc() -> String {
    defer { doc = "" }
    return doc
  }

  private mutating func word() throws(HeaderFault) -> String {
    guard case .word(let word) = peek() else { throw fault("expected a name") }
    position += 1
    return word
  }

  private mutating func number() throws(HeaderFault) -> Int {
    let text = try word()
    let value = text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
    guard let value else { throw fault("expected a number, found \(text)") }
    return value
  }

  private mutating func expect(_ token: Token) throws(HeaderFault) {
    guard peek() == token else { throw fault("expected \(token)") }
    position += 1
  }

  private func peek(_ ahead: Int = 0) -> Token? {
    position + ahead < tokens.count ? tokens[position + ahead].token : nil
  }

  private var currentLine: Int { position < tokens.count ? tokens[position].line : tokens.last?.line ?? 1 }

  private func fault(_ message: String) -> HeaderFault { HeaderFault(line: currentLine, message: message) }
}

/// A comment's lines as one, without the leading asterisks.
private func joined(_ comment: String) -> String {
  comment.split(separator: "\n")
    .map { line in
      let text = line.drop { $0 == " " }
      return text.first == "*" ? text.dropFirst() : text
    }
    .flatMap { $0.split(separator: " ") }
    .joined(separator: " ")
}

/// `==== Title ====` opens a chapter, `---- Title ----` a group inside one.
private func sectionTitle(_ comment: String) -> Header.Item? {
  let text = joined(comment)
  for (mark, level) in [("====", 1), ("----", 2)] where text.hasPrefix(mark) {
    let title = text.split(separator: " ").filter { !$0.hasPrefix(mark) }.joined(separator: " ")
    return .section(title: title, level: level)
  }
  return nil
}
