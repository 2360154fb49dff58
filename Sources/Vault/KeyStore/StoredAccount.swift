/// A credential field as the store keeps it.
public struct StoredField: Sendable, Equatable {
  public var form: KeyForm
  public var value: SecretBytes

  public init(_ value: SecretBytes, form: KeyForm) {
    self.form = form
    self.value = value
  }
}

/// One account of one exchange. All its fields are kept as secrets, also those that the exchange counts as public.
public struct StoredAccount: Sendable, Equatable {
  /// The exchange's id in the registry.
  public var exchange: String
  /// The operator's name for it, unique for the exchange.
  public var name: String
  public var fields: [String: StoredField]

  public init(exchange: String, name: String, fields: [String: StoredField]) {
    self.exchange = exchange
    self.name = name
    self.fields = fields
  }

  static func isName(_ text: String) -> Bool {
    (1...48).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}

/// Accounts as bytes: a count, then for each account its texts and fields, every text and value behind its length.
/// Numbers are little-endian, 32 bits.
enum AccountCoding {
  static func encode(_ accounts: [StoredAccount]) -> [UInt8] {
    // One allocation: an array that grows would leave copies of secrets behind.
    var size = 4
    for account in accounts {
      size += 12 + account.exchange.utf8.count + account.name.utf8.count
      for (name, field) in account.fields {
        size += 12 + name.utf8.count + field.form.rawValue.utf8.count + field.value.count
      }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    append(accounts.count, to: &bytes)
    for account in accounts {
      append(Array(account.exchange.utf8), to: &bytes)
      append(Array(account.name.utf8), to: &bytes)
      append(account.fields.count, to: &bytes)
      for (name, field) in account.fields.sorted(by: { $0.key < $1.key }) {
        append(Array(name.utf8), to: &bytes)
        append(Array(field.form.rawValue.utf8), to: &bytes)
        append(field.value.count, to: &bytes)
        field.value.withBytes { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }

  private static func append(_ number: Int, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  private static func append(_ text: [UInt8], to bytes: inout [UInt8]) {
    append(text.count, to: &bytes)
    bytes += text
  }

  /// Nil when the bytes are something else.
  static func decode(_ bytes: [UInt8]) -> [StoredAccount]? {
    var reader = Reader(bytes: bytes)
    guard let count = reader.number() else { return nil }
    var accounts: [StoredAccount] = []
    for _ in 0..<count {
      guard let exchange = reader.text(), let name = reader.text(), let fields = reader.number() else { return nil }
      var account = StoredAccount(exchange: exchange, name: name, fields: [:])
      for _ in 0..<fields {
        guard let field = reader.text(), let form = reader.text().flatMap({ KeyForm(rawValue: $0) }),
          let value = reader.take().flatMap({ SecretBytes($0) })
        else { return nil }
        account.fields[field] = StoredField(value, form: form)
      }
      accounts.append(account)
    }
    return reader.index == bytes.count ? accounts : nil
  }

  private struct Reader {
    let bytes: [UInt8]
    var index = 0

    mutating func number() -> Int? {
      guard bytes.count - index >= 4 else { return nil }
      defer { index += 4 }
      return (0..<4).reduce(0) { $0 | Int(bytes[index + $1]) << (8 * $1) }
    }

    mutating func take() -> ArraySlice<UInt8>? {
      guard let count = number(), bytes.count - index >= count else { return nil }
      defer { index += count }
      return bytes[index..<index + count]
    }

    mutating func text() -> String? { take().map { String(decoding: $0, as: UTF8.self) } }
  }
}
