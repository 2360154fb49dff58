/// How a credential's value is written, as the manifest declares it.
public enum CredentialEncoding: String, CaseIterable, Sendable {
  /// Printable ASCII.
  case text
  /// Whole bytes in hexadecimal digits, with or without `0x`.
  case hex
  /// RFC 4648 in either alphabet, padding optional.
  case base64
  /// A private key in PEM, or in another form of its tools that the operator names.
  case pem
  /// A private key of secp256k1 in 64 hexadecimal digits, with or without `0x`.
  case secp256k1
  /// The words of a wallet with a derivation path.
  case mnemonic
  /// Decimal digits.
  case integer

  /// Whether it is a private key rather than a value that seals take as it stands.
  public var isKey: Bool { self == .pem || self == .secp256k1 || self == .mnemonic }
}

/// What a credential's value may be. Whatever is decided about a request is decided by this and never by the value.
public struct CredentialForm: Sendable, Equatable {
  /// The encodings to choose from; at most one of them is no private key.
  public var encodings: [CredentialEncoding]
  /// Bytes of the value as it is written. For private keys it is not used.
  public var length: ClosedRange<Int>

  /// Longest value that any field may have.
  public static let greatest = 16_384
  /// Of a field that declares nothing: text, or a private key.
  public static let undeclared = CredentialForm(encodings: [.text, .pem, .mnemonic])

  public init(encodings: [CredentialEncoding], length: ClosedRange<Int> = 1...greatest) {
    (self.encodings, self.length) = (encodings, length)
  }

  /// Longest value of a secret that leaves unhashed, where its manifest does not say: its length could be read from
  /// whether a request is too long.
  public static let greatestSent = 512

  /// The form of a field that may leave unhashed.
  public var sent: CredentialForm {
    var form = self
    if length == 1...Self.greatest { form.length = 1...Self.greatestSent }
    return form
  }

  /// How a value that is no private key is written; nil = it must be one.
  public var plain: CredentialEncoding? { encodings.first { !$0.isKey } }
}

extension CredentialForm {
  /// `encoding` and `length` of a credential field.
  init(_ field: FieldReader) {
    self = .undeclared
    if let encoding = field.optional("encoding") {
      let elements = encoding.value.string == nil ? encoding.elements() : [encoding]
      encodings = elements.compactMap { $0.choice(CredentialEncoding.self) }
      if encodings.isEmpty, !field.log.hasErrors { encoding.report(.type, "names no encoding") }
      if encodings.count(where: { !$0.isKey }) > 1 {
        encoding.report(
          .conflict, "has two encodings for one text; seals could not tell which one a value has",
          remedy: "Keep one of text, hex, base64 and integer")
      }
    }
    guard let bounds = field.optional("length") else { return }
    let least = bounds.required("least")?.int(in: 1...CredentialForm.greatest)
    let greatest = bounds.required("greatest")?.int(in: 1...CredentialForm.greatest)
    guard let least, let greatest else { return }
    if least > greatest {
      bounds.report(.conflict, "its least is more than its greatest")
    } else {
      length = least...greatest
    }
  }
}
