import CPatchbay
import Catalog

/// An account as requests use it: checked against the exchange's credential fields, its key parsed.
public struct LoadedAccount: Sendable {
  public let exchange: String
  public let name: String
  /// For seals; it holds the secrets.
  public let seal: SealAccount
  /// `PB_ALGORITHM_` of the signing key, as the connector is given it.
  public let algorithm: UInt32
  /// Fields that are not secret, as the connector is given them, sorted by name.
  public let publicFields: [(name: String, value: String)]
  /// Names the key without revealing it: connectors that share a key share its nonces.
  public let fingerprint: String

  /// Checks the fields, then parses the key.
  public init(_ account: StoredAccount, schema: [CredentialField]) throws(KeyStoreFault) {
    let known = schema.map(\.name)
    for name in account.fields.keys.sorted() where !known.contains(name) {
      throw .unknownField(exchange: account.exchange, field: name, known: known)
    }
    var fields: [String: SealField] = [:]
    var told: [(name: String, value: String)] = []
    var key: SigningKey?
    var hasSecret = false
    for field in schema {
      guard let stored = account.fields[field.name], stored.value.count > 0 else {
        if field.required { throw .missingField(exchange: account.exchange, field: field.name) }
        continue
      }
      if let parsed = try stored.form.key(stored.value, field: field.name) { key = parsed }
      let form = try CredentialRule.form(of: stored, declared: field)
      fields[field.name] = SealField(stored.value, isSecret: field.secret, isDisclosed: field.disclose, form: form)
      hasSecret = hasSecret || field.secret
      if !field.secret { told.append((field.name, stored.value.withBytes { String(decoding: $0, as: UTF8.self) })) }
    }
    exchange = account.exchange
    name = account.name
    seal = SealAccount(fields: fields, signingKey: key)
    publicFields = told.sorted { $0.name < $1.name }
    fingerprint = Self.fingerprint(account.exchange, schema, account.fields)
    algorithm =
      switch key?.algorithm {
      case .ed25519: UInt32(PB_ALGORITHM_ED25519)
      case .p256: UInt32(PB_ALGORITHM_P256)
      case .rsa: UInt32(PB_ALGORITHM_RSA)
      case .secp256k1: UInt32(PB_ALGORITHM_SECP256K1)
      case nil: UInt32(hasSecret ? PB_ALGORITHM_HMAC : PB_ALGORITHM_NONE)
      }
  }

  /// By the public fields, which name a key; where there are none, by the secret ones, hashed.
  private static func fingerprint(
    _ exchange: String, _ schema: [CredentialField], _ fields: [String: StoredField]
  ) -> String {
    let isNamed = schema.contains { !$0.secret && fields[$0.name] != nil }
    var text = Array("patchbay key \(exchange)".utf8)
    defer { text.wipe() }
    for field in schema.sorted(by: { $0.name < $1.name }) where field.secret != isNamed {
      guard let stored = fields[field.name] else { continue }
      text += [0] + Array(field.name.utf8) + [0]
      stored.value.withBytes { text.append(contentsOf: $0) }
    }
    return String(decoding: Encoding.hex(Array((Digest.sha256(text) ?? []).prefix(16))), as: UTF8.self)
  }
}

extension LoadedAccount: CustomStringConvertible, CustomReflectable {
  public var description: String { "account \(name) of \(exchange)" }
  public var customMirror: Mirror { Mirror(self, children: ["exchange": exchange, "name": name]) }
}
