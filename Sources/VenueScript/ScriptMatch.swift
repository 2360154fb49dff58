import JSONTree
import Venue

/// What came: a request, or a frame.
struct ScriptInput {
  var method = ""
  var path = ""
  var query: [(name: String, value: String)] = []
  var form: [(name: String, value: String)] = []
  var headers: [(name: String, value: String)] = []
  var json: JSONValue?
  var text = ""
  /// A frame as it came.
  var bytes: [UInt8] = []
  /// The element of the frame's array that a rule with `each` holds for.
  var element: JSONValue?

  init(_ request: VenueRequest) {
    (method, path, headers) = (request.method, request.path, request.headers)
    query = FormParameters.read(request.query)
    text = String(decoding: request.body, as: UTF8.self)
    json = try? JSONDocument.parse(bytes: request.body)
    if json == nil { form = FormParameters.read(text) }
  }

  init(_ frame: [UInt8]) {
    bytes = frame
    text = String(decoding: frame, as: UTF8.self)
    json = try? JSONDocument.parse(bytes: frame)
  }

  /// The text at a place such as `json:/args/0/channel`; nil when nothing stands there.
  func text(at place: String) -> String? {
    let parts = place.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "query": return query.first { $0.name == parts[1] }?.value
    case "form": return form.first { $0.name == parts[1] }?.value
    case "header": return headers.first { $0.name == parts[1].lowercased() }?.value
    case "path": return Int(parts[1]).flatMap { place in
      let segments = path.split(separator: "/")
      return segments.indices.contains(place) ? String(segments[place]) : nil
    }
    case "json": return json?.at(parts[1]).map(\.scalarText)
    case "each": return element?.at(parts[1]).map(\.scalarText)
    default: return nil
    }
  }
}

extension Script.Wish {
  /// The wish with the values that its texts name.
  func filled(_ values: ScriptValues, _ now: VenueTime) -> Script.Wish {
    func filled(_ members: [JSONMember]) -> [JSONMember] {
      members.map { JSONMember($0.key, values.filled($0.value, now)) }
    }
    return Script.Wish(
      method: method, path: path.map { values.filled($0, now) }, query: filled(query), form: filled(form),
      headers: filled(headers), json: json.map { values.filled($0, now) },
      protobuf: protobuf.map { values.filled($0, now) }, text: text.map { values.filled($0, now) })
  }

  func fits(_ input: ScriptInput) -> Bool {
    if let method, method != input.method { return false }
    if let path, !Self.fits(path, input.path) { return false }
    if let text, text != input.text { return false }
    func all(_ wanted: [JSONMember], _ there: [(name: String, value: String)]) -> Bool {
      wanted.allSatisfy { member in
        there.contains { $0.name == member.key && member.value.isFitted(by: JSONValue(.string($0.value))) }
      }
    }
    guard all(query, input.query), all(form, input.form), all(headers, input.headers) else { return false }
    if let protobuf, !protobuf.isFitted(byMessage: input.bytes[...]) { return false }
    guard let json else { return true }
    return input.json.map(json.isFitted) ?? false
  }

  /// A path, one of whose segments may be `*`.
  private static func fits(_ pattern: String, _ path: String) -> Bool {
    let (wanted, there) = (pattern.split(separator: "/"), path.split(separator: "/"))
    return wanted.count == there.count && zip(wanted, there).allSatisfy { $0 == "*" || $0 == $1 }
  }
}

extension JSONValue {
  /// Whether another value has all that this one has: members of objects, and for each element of an array one that
  /// fits it. The text `*` is fitted by anything, and a text by the number that is written like it. JSON that stands in
  /// a text is looked into.
  func isFitted(by other: JSONValue) -> Bool {
    switch kind {
    case .string("*"): true
    case .string(let text): other.string == text || other.number == text
    case .object(let members):
      members.allSatisfy { member in other.opened[member.key].map(member.value.isFitted) ?? false }
    case .array(let elements):
      elements.allSatisfy { element in other.opened.array?.contains { element.isFitted(by: $0) } ?? false }
    default: self == other
    }
  }

  /// The value at a pointer such as `/args/0/channel`.
  func at(_ pointer: String) -> JSONValue? {
    pointer.split(separator: "/").reduce(Optional(self)) { value, key in
      value?.opened[String(key)] ?? Int(key).flatMap { value?.opened[$0] }
    }
  }

  /// What a text holds that is JSON itself; anything else as it is.
  fileprivate var opened: JSONValue { string.flatMap { try? JSONDocument.parse(text: $0) } ?? self }

  fileprivate var scalarText: String { string ?? JSONWriter.compact(self) }
}
