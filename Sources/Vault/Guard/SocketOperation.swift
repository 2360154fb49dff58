import Catalog
import JSONTree

/// How a frame must look to be a permitted socket operation. The manifest's `operation` is one of five texts:
///
/// `subscribe`: the frame is a JSON object in which exactly one of the usual members (`op`, `method`, `event`,
/// `action`, `type`, `cmd`, `command`, `request`, `req`, `operation`, `verb`, `func`, `function`, `n`, `e`) stands, and
/// its value is this name.
///
/// `/event=api&/channel=spot.order_place`: the values at these JSON pointers are these texts, for venues where one
/// member does not say, or that send arrays.
///
/// `=ping`: the frame is these letters, byte by byte, and no JSON.
///
/// `{pong,time}`: the frame is a JSON object with a member `pong`, perhaps `time`, and no other; their values are short
/// texts or numbers. So it asks for nothing.
///
/// `<4{1,2}>`: the frame is a message of Protocol Buffers with these fields and no others; see `BinaryShape`.
///
/// Venues differ in how they read odd JSON. So a frame is refused when a key stands twice, when two keys differ in case
/// only, or when a key on the way is not ASCII.
struct SocketOperation: Sendable {
  static let members = [
    "op", "method", "event", "action", "type", "cmd", "command", "request", "req", "operation", "verb", "func",
    "function", "n", "e",
  ]

  private struct Term: Sendable {
    var pointer: [String]
    var value: String
  }

  /// Empty = one of the other forms.
  private let terms: [Term]
  private let name: String
  /// All of the frame; nil = it is JSON.
  private let whole: [UInt8]?
  /// All members that the frame may have, the first of which it has; empty = it is of another form.
  private let alone: [String]
  /// A message of Protocol Buffers; nil = it is of another form.
  private let binary: BinaryShape?
  /// Such a message may hold short texts.
  private let hasTexts: Bool
  /// Most bytes of a value of these.
  private static let longest = 64

  /// Nil when the text is none of them.
  /// - Parameter hasTexts: its act is of an account: messages of Protocol Buffers may hold texts as well as numbers.
  init?(_ text: String, hasTexts: Bool = false) {
    (name, self.hasTexts) = (text, hasTexts)
    if text.hasPrefix("<") {
      guard let shape = BinaryShape(text) else { return nil }
      (terms, whole, alone, binary) = ([], nil, [], shape)
      return
    }
    binary = nil
    if text.hasPrefix("=") {
      guard let word = PermittedAct.wholeFrame(text) else { return nil }
      (terms, whole, alone) = ([], Array(word.utf8), [])
      return
    }
    whole = nil
    if text.hasPrefix("{") {
      guard let members = PermittedAct.members(text) else { return nil }
      (terms, alone) = ([], members)
      return
    }
    alone = []
    guard text.hasPrefix("/") else {
      terms = []
      if text.isEmpty { return nil }
      return
    }
    var terms: [Term] = []
    for term in text.split(separator: "&", omittingEmptySubsequences: false) {
      let sides = term.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, let pointer = JSONPointer.parts(sides[0]), !pointer.isEmpty else { return nil }
      terms.append(Term(pointer: pointer, value: String(sides[1])))
    }
    self.terms = terms
  }

  /// What is wrong with a frame; nil = it is this operation.
  /// - Parameters:
  ///   - frame: its shape, so that the answer is the same for any two secrets.
  ///   - places: where its act lets values stand that depend on a secret.
  func fault(in frame: EvaluatedRequest, _ places: SealedPlaces) -> String? {
    if binary != nil {
      // By the length that stands before it a value of another length would be told from this one.
      guard frame.sealed.allSatisfy(\.isPlain) else { return "a value in it has no fixed length, or other characters" }
      guard places.fillMessage(frame) else { return "a field that is for a secret's value has another one" }
    }
    return fault(in: frame.body)
  }

  /// What is wrong with a frame's text.
  func fault(in body: [UInt8]) -> String? {
    if let whole { return body == whole ? nil : "it is not the text of the operation" }
    if let binary {
      return BinaryMessage(body).isOf(binary.fields, hasTexts: hasTexts) ? nil : "it is no message of these fields"
    }
    let options = JSONOptions(maximumBytes: SealLimits.bytes, maximumDepth: 64)
    guard let frame = try? JSONDocument.parse(bytes: body, options: options) else { return "it is not plain JSON" }
    if terms.isEmpty {
      guard let object = frame.object else { return "it is no JSON object" }
      if let fault = Self.keyFault(object) { return fault }
      guard alone.isEmpty else { return heartbeatFault(object) }
      let present = object.filter { member in Self.members.contains { Self.isSame($0, member.key.lowercased()) } }
      guard present.count == 1, let member = present.first else {
        return present.isEmpty ? "no member names an operation" : "several members name an operation"
      }
      guard Self.members.contains(where: { Self.isSame($0, member.key) }), Self.isText(member.value, name) else {
        return "it asks for another operation"
      }
      return nil
    }
    for term in terms {
      var value = frame
      for part in term.pointer {
        if let object = value.object, let fault = Self.keyFault(object) { return fault }
        guard let next = Self.child(value, part) else { return "it lacks a member that names the operation" }
        value = next
      }
      guard Self.isText(value, term.value) else { return "it asks for another operation" }
    }
    return nil
  }

  private func heartbeatFault(_ object: [JSONMember]) -> String? {
    guard object.contains(where: { Self.isSame($0.key, alone[0]) }) else { return "it has no member \(alone[0])" }
    for member in object {
      guard alone.contains(where: { Self.isSame($0, member.key) }) else { return "it has a member of another name" }
      guard let value = member.value.string ?? member.value.number, value.utf8.count <= Self.longest else {
        return "a value is no short text or number"
      }
    }
    return nil
  }

  private static func child(_ value: JSONValue, _ part: String) -> JSONValue? {
    if let object = value.object { return object.first { isSame($0.key, part) }?.value }
    guard let index = Int(part), String(index) == part else { return nil }
    return value[index]
  }

  private static func keyFault(_ object: [JSONMember]) -> String? {
    var seen: Set<String> = []
    for member in object {
      guard member.key.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
        return "a key is not ASCII, or has a blank or control character"
      }
      guard seen.insert(member.key.lowercased()).inserted else { return "two keys differ in case only" }
    }
    return nil
  }

  private static func isText(_ value: JSONValue, _ text: String) -> Bool {
    guard let own = value.string ?? value.number else { return false }
    return isSame(own, text)
  }

  /// Byte by byte: Swift's own comparison takes different spellings of a character for the same.
  private static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}
