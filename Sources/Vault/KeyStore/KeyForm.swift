import COpenSSL
import Catalog

/// How a credential field's value is written. Exchanges hand out shared secrets as text, which is kept as given because
/// the exchange's own rule says how to decode it, and private keys in the forms of their tools.
public enum KeyForm: String, CaseIterable, Sendable {
  /// Text or bytes, as given.
  case raw
  /// A shared secret in base64, kept as given.
  case base64
  /// A shared secret in hexadecimal digits, kept as given.
  case hex
  /// A private key in PEM: Ed25519, P-256, secp256k1 or RSA.
  case pem
  /// An Ed25519 seed of 32 bytes.
  case ed25519Raw = "ed25519-raw"
  /// An Ed25519 seed in hexadecimal digits.
  case ed25519Hex = "ed25519-hex"
  /// An Ed25519 seed in base64, alone or with its public key behind it.
  case ed25519Base64 = "ed25519-base64"
  /// A secp256k1 private key in hexadecimal digits, with or without `0x`.
  case secp256k1Hex = "secp256k1-hex"
  /// The words of a wallet, with a derivation path behind them, and on a second line its passphrase if it has one.
  case mnemonic

  /// The form by its first bytes and by what is declared: PEM where it begins like that, a private key where the
  /// exchange takes nothing else, else as given. One that is no PEM is written in base64, as exchanges do with Ed25519.
  public static func guess(_ bytes: some Collection<UInt8>, declared: CredentialForm = .undeclared) -> KeyForm {
    if bytes.drop(while: { $0 <= 0x20 }).starts(with: "-----BEGIN ".utf8) { return .pem }
    switch declared.encodings {
    case [.pem]: return .ed25519Base64
    case [.secp256k1]: return .secp256k1Hex
    default: return .raw
    }
  }

  /// For messages: what a value of this form is.
  public var title: String {
    switch self {
    case .raw: "a secret as given"
    case .base64: "a secret in base64"
    case .hex: "a secret in hexadecimal digits"
    case .pem: "a private key in PEM (Ed25519, P-256, secp256k1 or RSA)"
    case .ed25519Raw: "an Ed25519 seed of 32 bytes"
    case .ed25519Hex: "an Ed25519 seed of 64 hexadecimal digits"
    case .ed25519Base64: "an Ed25519 seed of 32 bytes in base64, or that with the public key behind it"
    case .secp256k1Hex: "a secp256k1 key of 64 hexadecimal digits"
    case .mnemonic: "a mnemonic with a derivation path"
    }
  }

  /// Whether it is a private key rather than a shared secret.
  public var isSigningKey: Bool {
    switch self {
    case .raw, .base64, .hex: false
    case .pem, .ed25519Raw, .ed25519Hex, .ed25519Base64, .secp256k1Hex, .mnemonic: true
    }
  }

  /// Checks a value, and gives the signing key where the form is one. `field` is for messages.
  public func key(_ value: SecretBytes, field: String) throws(KeyStoreFault) -> SigningKey? {
    var bytes = value.copy()
    defer { bytes.wipe() }
    func malformed(_ reason: String) -> KeyStoreFault { .malformedKey(field: field, form: self, reason: reason) }
    guard !bytes.isEmpty else { throw malformed("it is empty") }
    var decoded: [UInt8]?
    defer { decoded?.wipe() }
    switch self {
    case .raw: return nil
    case .base64:
      decoded = Encoding.unbase64(bytes)
      if decoded == nil { throw malformed("it has another character than base64 has, or an impossible length") }
      return nil
    case .hex:
      decoded = Encoding.unhex(bytes)
      if decoded == nil { throw malformed("it has another character than 0-9 and a-f, or an odd number of them") }
      return nil
    case .pem:
      guard let key = SigningKey(pem: bytes) else {
        throw malformed("it cannot be read; a key with a passphrase must be decrypted first")
      }
      return key
    case .ed25519Raw: decoded = bytes
    case .ed25519Hex, .secp256k1Hex: decoded = Encoding.unhex(bytes)
    case .ed25519Base64: decoded = Encoding.unbase64(bytes)
    case .mnemonic:
      do throws(Mnemonic.Fault) {
        return try Mnemonic.key(bytes)
      } catch {
        throw malformed(error.reason)
      }
    }
    guard let decoded else { throw malformed("it does not hold 32 bytes") }
    if self == .ed25519Base64, decoded.count == 64 {
      // RFC 8032 libraries write a private key as the seed and the public key that it gives.
      var seed = Array(decoded[..<32])
      defer { seed.wipe() }
      guard let key = SigningKey(ed25519: seed), key.publicKey(.raw) == Array(decoded[32...]) else {
        throw malformed("its second half is not the public key of the first")
      }
      return key
    }
    guard decoded.count == 32 else { throw malformed("it does not hold 32 bytes") }
    let key = self == .secp256k1Hex ? SigningKey(secp256k1: decoded) : SigningKey(ed25519: decoded)
    guard let key else { throw malformed("the number is out of the curve's range") }
    return key
  }
}
