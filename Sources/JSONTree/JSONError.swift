/// Why a text is not the JSON that was asked for, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong with the text.
  public enum Reason: Equatable, Sendable {
    /// The text has more bytes than the limit.
    case tooLarge(limit: Int)
    /// Arrays and objects are nested deeper than the limit.
    case tooDeep(limit: Int)
    /// The text ends inside a value.
    case unexpectedEnd
    /// A byte that cannot stand here; `wanted` says what can.
    case unexpected(byte: UInt8, wanted: String)
    /// Something other than white space follows the value.
    case trailing(byte: UInt8)
    /// A word other than true, false and null.
    case unknownWord(String)
    /// A number that breaks the grammar.
    case badNumber
    /// A control character inside a string.
    case controlCharacter(UInt8)
    /// A backslash with a letter that means nothing, or an incomplete or unpaired \u escape.
    case badEscape
    /// Bytes that are not UTF-8.
    case notUTF8
    /// The object has this key already.
    case duplicateKey(String)
    /// A comma before a closing bracket.
    case trailingComma
    /// A comment where only strict JSON is read.
    case comment
    /// A block comment without its end.
    case unclosedComment
  }

  public var file: String
  public var position: JSONPosition
  public var reason: Reason

  public init(file: String, position: JSONPosition, reason: Reason) {
    self.file = file
    self.position = position
    self.reason = reason
  }

  public var description: String { "\(file):\(position.line):\(position.column): \(message)" }

  /// The reason in words, without the place.
  public var message: String {
    switch reason {
    case .tooLarge(let limit): "the text is longer than \(limit) bytes"
    case .tooDeep(let limit): "arrays and objects are nested deeper than \(limit)"
    case .unexpectedEnd: "the text ends inside a value; a closing quote or bracket is missing"
    case .unexpected(let byte, let wanted): "\(wanted) must stand here, not \(name(byte))"
    case .trailing(let byte): "the text must end after its value; \(name(byte)) follows"
    case .unknownWord(let word):
      "unknown word \"\(word)\"; text goes in double quotes, other words are true, false, null"
    case .badNumber: "not a number as JSON writes it, such as 12, -0.5 or 1e6"
    case .controlCharacter(let byte): "\(name(byte)) inside a string; write it as an escape such as \\n"
    case .badEscape: "unknown or unfinished escape in a string; a backslash itself is written \\\\"
    case .notUTF8: "the string is not UTF-8"
    case .duplicateKey(let key): "the key \"\(key)\" stands twice in this object; remove one"
    case .trailingComma: "a comma before a closing bracket; remove it"
    case .comment: "comments are not allowed in this file"
    case .unclosedComment: "the comment that starts here has no */"
    }
  }

  private func name(_ byte: UInt8) -> String {
    if byte > 0x20, byte < 0x7f { return "'\(Character(Unicode.Scalar(byte)))'" }
    let digits = String(byte, radix: 16)
    return "byte 0x" + (digits.count == 1 ? "0" : "") + digits
  }
}
