import JSONTree

/// A request taken apart into named fields: `host`, `path`, `query:name`, `header:Name`, `form:name`, `json:a.b[0]`.
struct FlatRequest: Sendable {
  var method: String
  var host = ""
  var path = ""
  var query = ""
  var body: [UInt8]
  var headers: [(name: String, value: String)]
  /// Every field; a name that stands twice has a number behind the second.
  var fields: [(name: String, value: String)] = []

  init(method: String, url: String, headers: [(name: String, value: String)], body: [UInt8]) {
    self.method = method
    self.body = body
    self.headers = headers
    var rest = url[...]
    if let scheme = rest.split(separator: ":", maxSplits: 1).first, rest.dropFirst(scheme.count).hasPrefix("://") {
      rest = rest.dropFirst(scheme.count + 3)
    }
    if let mark = rest.firstIndex(of: "?") {
      query = String(rest[rest.index(after: mark)...])
      rest = rest[..<mark]
    }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    host = String(rest[..<slash])
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
    fields = [("host", host), ("path", path)]
    for (name, value) in FlatRequest.pairs(query) { add("query:" + name, value) }
    for header in headers { add("header:" + header.name, header.value) }
    flattenBody()
  }

  private mutating func add(_ name: String, _ value: String) {
    var unique = name
    var number = 2
    while fields.contains(where: { $0.name == unique }) {
      unique = "\(name)#\(number)"
      number += 1
    }
    fields.append((unique, value))
  }

  private mutating func flattenBody() {
    let first = body.first { $0 > 0x20 }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "["), let value = try? JSONDocument.parse(bytes: body) {
      flatten(value, "json:")
    } else if !body.isEmpty {
      for (name, value) in FlatRequest.pairs(String(decoding: body, as: UTF8.self)) { add("form:" + name, value) }
    }
  }

  private mutating func flatten(_ value: JSONValue, _ name: String) {
    switch value.kind {
    case .object(let members):
      for member in members { flatten(member.value, name.hasSuffix(":") ? name + member.key : "\(name).\(member.key)") }
    case .array(let elements):
      for (index, element) in elements.enumerated() { flatten(element, "\(name)[\(index)]") }
    default: add(name, value.scalar ?? "null")
    }
  }

  /// The value of a field; names of headers in any case.
  subscript(name: String) -> String? { fields.first { FlatRequest.isSame($0.name, name) }?.value }

  static func isSame(_ left: String, _ right: String) -> Bool {
    left == right || left.hasPrefix("header:") && left.lowercased() == right.lowercased()
  }

  /// The decoded parameters of a query or form, in order.
  static func pairs(_ text: String) -> [(String, String)] {
    text.split(separator: "&").map { pair in
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (decoded(sides[0]), sides.count > 1 ? decoded(sides[1]) : "")
    }
  }

  /// Percent-decoding, with `+` as a space.
  static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
