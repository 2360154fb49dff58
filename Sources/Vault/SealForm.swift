import Catalog
import PrintableText

/// What is known of an account without looking at a secret: all that checking a program may ask.
final class SealForm: Sendable {
  /// A signing key by its public facts.
  struct Key: Sendable {
    var algorithm: SigningKey.Algorithm
    /// Bytes of an RSA signature.
    var modulus: Int
    /// Bytes of the public key by form; a form that the algorithm does not have is absent.
    var publicBytes: [SigningKey.PublicForm: Int]

    init(_ key: SigningKey) {
      algorithm = key.algorithm
      modulus = key.modulus
      publicBytes = [:]
      for form in [SigningKey.PublicForm.raw, .compressed, .uncompressed] {
        publicBytes[form] = key.publicKey(form)?.count
      }
    }
  }

  let fields: [String: SealType]
  /// Names of fields by their bit in `SealSources.fields`.
  let names: [String]
  /// The bits of those that may leave unhashed.
  private let disclosed: UInt64
  let key: Key?

  init(_ fields: [String: SealField], _ signingKey: SigningKey?) {
    key = signingKey.map { Key($0) }
    names = fields.keys.sorted()
    var types: [String: SealType] = [:]
    var (disclosed, closed) = (UInt64(0), UInt64(0))
    for (index, name) in names.enumerated() {
      guard let field = fields[name] else { continue }
      var type = field.isSecret ? SealType(secretOf: field.form) : SealType(literal: field.bytes)
      if field.isSecret {
        type.kind = .secret
        type.spread = type.greatest - type.least
        // Beyond 64 fields the rest share a bit, and with it the strictest rule.
        type.sources.fields = 1 << UInt64(min(index, 63))
        type.bare = type.sources
        if field.isDisclosed { disclosed |= type.sources.fields } else { closed |= type.sources.fields }
      }
      types[name] = type
    }
    self.fields = types
    self.disclosed = disclosed & ~closed
  }

  /// The name of a secret that stands in a value and may not leave.
  func undisclosed(_ bare: SealSources) -> String? {
    let rest = bare.fields & ~disclosed
    return rest == 0 ? nil : names[rest.trailingZeroBitCount]
  }
}

extension SealType {
  /// A secret field by what its manifest declares.
  fileprivate init(secretOf form: CredentialForm) {
    switch form.plain {
    case .text: self.init(form.length, .printable)
    case .hex: self.init(form.length, ByteSet.hex.union(.hexUpper).union(ByteSet("xX".utf8)), decodes: .hex)
    case .base64: self.init(form.length, ByteSet.base64.union(.word), decodes: .base64)
    case .integer: self.init(form.length, .digits, decodes: .decimal)
    default: self.init(1...CredentialForm.greatest, .all)
    }
  }

  /// A captured token: its length is known, since the masked reply has as many asterisks; its alphabet is that of all
  /// tokens of its capture, never its own.
  init(token: [UInt8], _ alphabet: TokenCapture.Alphabet, slot: UInt32) {
    self.init(token.count...token.count, alphabet.bytes)
    kind = .secret
    sources.slots = 1 << UInt64((slot &- 1) & 63)
    bare = sources
  }
}

extension TokenCapture.Alphabet {
  /// The bytes of its tokens.
  var bytes: ByteSet {
    switch self {
    case .word: .word
    case .query: .querySafe
    case .printable: .printable
    }
  }
}
