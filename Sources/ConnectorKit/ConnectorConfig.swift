import Decimals

/// Why a connector's configuration cannot be used.
public enum ConfigFault: Error, CustomStringConvertible {
  /// The whole text is not a JSON object.
  case notAnObject
  /// A field's value is not what the descriptor's schema says.
  case field(name: String, expected: String)

  public var description: String {
    switch self {
    case .notAnObject: "config: not a JSON object"
    case .field(let name, let expected): "config.\(name): expected \(expected)"
    }
  }
}

/// A connector's part of the user's configuration: the fields that its descriptor names. Reading is not fast and needs
/// not be.
public struct ConnectorConfig {
  private let json: [UInt8]

  /// Copies `bytes`, a JSON object; empty means no fields.
  public init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ConfigFault) {
    json = (bytes.isEmpty ? Array("{}".utf8) : Array(bytes)) + [UInt8](repeating: 0, count: 64)
    let isObject = read { json in
      json.enterObject()
      while json.nextKey() != nil { json.skip() }
      return json.isComplete()
    }
    guard isObject else { throw ConfigFault.notAnObject }
  }

  public init(_ text: String) throws(ConfigFault) {
    self = try Array(text.utf8).withUnsafeBufferPointer { bytes throws(ConfigFault) in try ConnectorConfig(bytes) }
  }

  private func read<R>(_ body: (inout JSONScanner) -> R) -> R {
    json.withUnsafeBufferPointer { buffer in
      var scanner = JSONScanner(UnsafeBufferPointer(rebasing: buffer[..<(buffer.count - 64)]))
      return body(&scanner)
    }
  }

  /// Hands the field's value to `body`; `nil` where the field is absent or null.
  /// - Throws: `ConfigFault.field` when `body` leaves the scanner failed.
  public func field<R>(_ name: String, expected: String, _ body: (inout JSONScanner) -> R) throws(ConfigFault) -> R? {
    var failed = false
    let result: R? = read { json in
      json.enterObject()
      while let key = json.nextKey() {
        guard key.text == name else { json.skip(); continue }
        if json.peek() == UInt8(ascii: "n") { return nil }
        let value = body(&json)
        failed = !json.isValid
        return value
      }
      return nil
    }
    if failed { throw ConfigFault.field(name: name, expected: expected) }
    return result
  }

  public func string(_ name: String) throws(ConfigFault) -> String? {
    try field(name, expected: "a string") { $0.string().text }
  }

  /// One of several words, as what it stands for.
  /// - Parameter usual: the word that counts where the field is absent.
  public func choice<Value>(
    _ name: String, _ usual: String, _ values: KeyValuePairs<String, Value>
  ) throws(ConfigFault) -> Value {
    let word = try string(name) ?? usual
    if let value = values.first(where: { $0.key == word })?.value { return value }
    let words = values.map { $0.key }
    let expected = words.dropLast().joined(separator: ", ") + (words.count > 1 ? " or " : "") + (words.last ?? "")
    throw ConfigFault.field(name: name, expected: expected)
  }

  public func integer(_ name: String) throws(ConfigFault) -> Int64? {
    try field(name, expected: "an integer") { $0.integer() }
  }

  public func boolean(_ name: String) throws(ConfigFault) -> Bool? {
    try field(name, expected: "true or false") { $0.boolean() }
  }

  public func decimal(_ name: String) throws(ConfigFault) -> Decimal64? {
    try field(name, expected: "a decimal number") { $0.decimal() }
  }
}
