/// A token of the contract header. The header keeps to a small part of C on purpose, so this is all of C that is
/// needed.
enum Token: Equatable {
  case word(String)
  case symbol(Character)
  /// `ownLine`: nothing but white space stands before it on its line.
  case comment(text: String, isDoc: Bool, ownLine: Bool)
  /// A `#define` with its value as written.
  case define(name: String, value: String)
}

struct LocatedToken {
  let token: Token
  let line: Int
}

/// Why the header could not be read; names the line.
public struct HeaderFault: Error, CustomStringConvertible {
  public let line: Int
  public let message: String
  var file = "patchbay.h"
  public var description: String { "\(file):\(line): \(message)" }

  init(line: Int, message: String) { (self.line, self.message) = (line, message) }
}

/// Splits the header into tokens. `#if` blocks (C++ linkage, symbol visibility) and other directives are left out; they
/// hold nothing of the contract.
struct Tokenizer {
  private let characters: [Character]
  private var position = 0
  private var line = 1
  private var lineIsBlank = true
  private(set) var tokens: [LocatedToken] = []

  init(_ text: String) { characters = Array(text) }

  static func tokens(of text: String) throws(HeaderFault) -> [LocatedToken] {
    var tokenizer = Tokenizer(text)
    try tokenizer.run()
    return tokenizer.tokens
  }

  private mutating func run() throws(HeaderFault) {
    while let next = peek() {
      if next == "\n" {
        advance()
        line += 1
        lineIsBlank = true
      } else if next.isWhitespace {
        advance()
      } else if next == "#" {
        try directive()
      } else if next == "/" && peek(1) == "*" {
        try comment()
      } else {
        lineIsBlank = false
        if isWord(next) { append(.word(takeWord())) } else { append(.symbol(take())) }
      }
    }
  }

  private mutating func comment() throws(HeaderFault) {
    let start = line, ownLine = lineIsBlank
    position += 2
    let isDoc = peek() == "*"
    if isDoc { advance() }
    var text = ""
    while !(peek() == "*" && peek(1) == "/") {
      guard let character = peek() else { throw HeaderFault(line: start, message: "comment without an end") }
      if character == "\n" { line += 1 }
      text.append(character)
      advance()
    }
    position += 2
    tokens.append(LocatedToken(token: .comment(text: text, isDoc: isDoc, ownLine: ownLine), line: start))
    lineIsBlank = false
  }

  private mutating func directive() throws(HeaderFault) {
    let start = line
    let text = takeLine()
    if text.hasPrefix("#if") {
      while let character = peek() {
        let next = takeLine()
        if next.hasPrefix("#endif") { return }
        if character == "\n" {
          advance()
          line += 1
        }
      }
      throw HeaderFault(line: start, message: "#if without #endif")
    }
    guard text.hasPrefix("#define") else { return }
    let words = text.split(separator: " ")
    guard words.count == 3 else { throw HeaderFault(line: start, message: "expected #define NAME VALUE") }
    tokens.append(LocatedToken(token: .define(name: String(words[1]), value: String(words[2])), line: start))
    lineIsBlank = false
  }

  /// The rest of the line, up to a comment.
  private mutating func takeLine() -> String {
    var text = ""
    while let character = peek(), character != "\n", !(character == "/" && peek(1) == "*") {
      text.append(character)
      advance()
    }
    return text
  }

  private mutating func takeWord() -> String {
    var word = ""
    while let character = peek(), isWord(character) { word.append(take()) }
    return word
  }

  private func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }

  private func peek(_ ahead: Int = 0) -> Character? {
    position + ahead < characters.count ? characters[position + ahead] : nil
  }

  private mutating func advance() { position += 1 }

  private mutating func take() -> Character {
    defer { advance() }
    return characters[position]
  }

  private mutating func append(_ token: Token) { tokens.append(LocatedToken(token: token, line: line)) }
}
