import JSONTree
import Vault

/// How an exchange signs, as an expression over a request's bytes; docs/certification.md lists its names and functions.
struct SignatureRule: Sendable {
  let fields: [String]
  private let kind: Kind

  private enum Kind {
    /// The signature is the value of an expression.
    case value(Expression)
    /// It is a token, whose signature differs from time to time.
    case token(TokenRule)
    /// It is one on secp256k1 over a digest, as chains write it.
    case recoverable(RecoverableRule)
  }

  init?(_ value: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(value, "signatures", ["fields", "rule", "token", "recoverable"])
    fields = reader.texts(value["fields"] ?? nil, "signatures.fields")
    if let token = value["token"] {
      guard let rule = TokenRule(token, &reader) else { return nil }
      kind = .token(rule)
    } else if let recoverable = value["recoverable"] {
      guard let rule = RecoverableRule(recoverable, &reader) else { return nil }
      kind = .recoverable(rule)
    } else {
      guard let expression = reader.expression(value["rule"] ?? nil, "signatures.rule") else { return nil }
      kind = .value(expression)
    }
  }

  /// What is wrong with a signature: what it must be, and what it is; nil where it is right.
  /// - Parameter clock: nanoseconds since the epoch, when the request was made.
  func fault(
    of signature: String, over request: FlatRequest, credentials: [String: [UInt8]], clock: Int64
  ) -> (expected: String, got: String)? {
    switch kind {
    case .value(let expression):
      let wanted = expression.value(request, credentials).map { String(decoding: $0, as: UTF8.self) }
      return wanted == signature ? nil : (wanted ?? "what the rule needs", signature)
    case .token(let rule): return rule.fault(of: signature, over: request, credentials, clock)
    case .recoverable(let rule): return rule.fault(of: signature, over: request, credentials)
    }
  }
}

extension ManifestReader {
  /// An expression; its faults are reported.
  mutating func expression(_ value: JSONValue?, _ field: String) -> Expression? {
    let text = self.text(value ?? nil, field)
    var parser = Expression.Parser(text)
    guard let expression = parser.whole() else {
      fault(
        value ?? [:], field, "cannot be read at character \(parser.position)", "see docs/certification.md")
      return nil
    }
    if let name = expression.unknownName {
      fault(value ?? [:], field, "there is no function or name \(name)", "see docs/certification.md")
      return nil
    }
    return expression
  }
}

indirect enum Expression: Sendable {
  case literal([UInt8])
  case name(String)
  case call(String, [Expression])

  private static let digests: [String: Digest] = [
    "md5": .md5, "sha1": .sha1, "sha256": .sha256, "sha384": .sha384, "sha512": .sha512,
  ]
  private static let keyed: [String: Digest] = [
    "hmac_sha256": .sha256, "hmac_sha384": .sha384, "hmac_sha512": .sha512,
  ]
  private static let encodings: [String: @Sendable ([UInt8]) -> [UInt8]?] = [
    "hex": { Encoding.hex($0) }, "hex_upper": { Encoding.hex($0, isUpper: true) }, "base64": { Encoding.base64($0) },
    "base64url": { Encoding.base64($0, isURL: true) }, "percent": { Encoding.percent($0) },
    "form": { Encoding.percent($0, isForm: true) }, "unhex": { Encoding.unhex($0) },
    "unbase64": { Encoding.unbase64($0) }, "keccak256": { Keccak256.digest($0) },
    "personal": { RecoverableRule.personal($0) }, "address": { RecoverableRule.address($0) },
    "upper": { Array(String(decoding: $0, as: UTF8.self).uppercased().utf8) },
    "lower": { Array(String(decoding: $0, as: UTF8.self).lowercased().utf8) },
  ]
  private static let names = ["method", "host", "path", "query", "target", "body"]
  private static let others = ["credential", "field", "without", "sorted", "concat", "joined"]

  /// The first name that means nothing, or is called with the wrong number of values.
  var unknownName: String? {
    switch self {
    case .literal: return nil
    case .name(let name): return Self.names.contains(name) ? nil : name
    case .call(let name, let arguments):
      let count: ClosedRange<Int>
      switch name {
      case "concat": count = 1...64
      case "header": count = 1...2
      case "without", "word", "equals", "joined", "behind": count = 2...2
      case _ where Self.keyed[name] != nil: count = 2...2
      case _ where Self.digests[name] != nil || Self.encodings[name] != nil || Self.others.contains(name): count = 1...1
      default: return name
      }
      return count.contains(arguments.count) ? arguments.lazy.compactMap(\.unknownName).first : name
    }
  }

  func value(_ request: FlatRequest, _ credentials: [String: [UInt8]]) -> [UInt8]? {
    switch self {
    case .literal(let bytes): return bytes
    case .name(let name):
      switch name {
      case "method": return Array(request.method.utf8)
      case "host": return Array(request.host.utf8)
      case "path": return Array(request.path.utf8)
      case "query": return Array(request.query.utf8)
      case "target": return Array((request.query.isEmpty ? request.path : request.path + "?" + request.query).utf8)
      default: return request.body
      }
    case .call(let name, let arguments):
      var values: [[UInt8]] = []
      for argument in arguments {
        guard let value = argument.value(request, credentials) else { return nil }
        values.append(value)
      }
      return Self.call(name, values, request, credentials)
    }
  }

  private static func call(
    _ name: String, _ values: [[UInt8]], _ request: FlatRequest, _ credentials: [String: [UInt8]]
  ) -> [UInt8]? {
    if let digest = digests[name] { return digest(values[0]) }
    if let digest = keyed[name] { return digest.hmac(values[1], key: values[0]) }
    if let encoding = encodings[name] { return encoding(values[0]) }
    let text = String(decoding: values[0], as: UTF8.self)
    switch name {
    case "equals": return Array((values[0] == values[1] ? "1" : "0").utf8)
    case "word": return RecoverableRule.word(values[0], scale: values[1])
    case "credential": return credentials[text]
    case "field": return request[text].map { Array($0.utf8) }
    case "header":
      let usual = values.count > 1 ? values[1] : nil
      return request["header:" + text].map { Array($0.utf8) } ?? usual
    case "concat": return values.flatMap { $0 }
    case "joined":
      let whole = try? JSONDocument.parse(bytes: values[0])
      return whole?.at(String(decoding: values[1], as: UTF8.self)).map { Array($0.joined.utf8) }
    case "behind":
      let mark = String(decoding: values[1], as: UTF8.self)
      return text.ranges(of: mark).last.map { Array(text[$0.upperBound...].utf8) }
    case "without":
      let left = String(decoding: values[1], as: UTF8.self) + "="
      return Array(text.split(separator: "&").filter { !$0.hasPrefix(left) }.joined(separator: "&").utf8)
    default:
      let sorted = text.split(separator: "&").sorted { a, b in
        (a.split(separator: "=").first ?? "") < (b.split(separator: "=").first ?? "")
      }
      return Array(sorted.joined(separator: "&").utf8)
    }
  }

  /// Reads `name`, `'text'` and `name(a, b)`.
  struct Parser {
    private let text: [Character]
    private(set) var position = 0

    init(_ text: String) { self.text = Array(text) }

    mutating func whole() -> Expression? {
      let result = expression(depth: 0)
      skip()
      return position == text.count ? result : nil
    }

    private mutating func skip() { while position < text.count, text[position].isWhitespace { position += 1 } }

    private mutating func take(_ character: Character) -> Bool {
      skip()
      guard position < text.count, text[position] == character else { return false }
      position += 1
      return true
    }

    private mutating func expression(depth: Int) -> Expression? {
      guard depth < 32 else { return nil }
      if take("'") {
        guard let end = text[position...].firstIndex(of: "'") else { return nil }
        defer { position = end + 1 }
        return .literal(Array(String(text[position..<end]).utf8))
      }
      skip()
      let start = position
      while position < text.count, text[position].isLetter || text[position].isNumber || text[position] == "_" {
        position += 1
      }
      guard position > start else { return nil }
      let name = String(text[start..<position])
      guard take("(") else { return .name(name) }
      var arguments: [Expression] = []
      repeat {
        guard let argument = expression(depth: depth + 1) else { return nil }
        arguments.append(argument)
      } while take(",")
      return take(")") ? .call(name, arguments) : nil
    }
  }
}

extension JSONValue {
  /// A value as some exchanges have it signed, without separators: an object as its names and values in the order of
  /// the names, a list as its elements, anything else as it reads.
  fileprivate var joined: String {
    if let object {
      return object.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { $0.key + $0.value.joined }
        .joined()
    }
    if let array { return array.map { $0.joined }.joined() }
    if let bool { return bool ? "true" : "false" }
    return isNull ? "null" : string ?? number ?? ""
  }
}
