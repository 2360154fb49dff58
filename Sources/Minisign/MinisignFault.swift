/// Why a key or a signature is none, or does not hold.
public enum MinisignFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text is not a public key as minisign writes it.
  case badPublicKey(String)
  /// The text is not a secret key as minisign writes it.
  case badSecretKey(String)
  /// The password of a secret key is wrong.
  case wrongPassword
  /// A password is needed, and none was given.
  case noPassword
  /// The text is not a signature file.
  case malformed(String)
  /// It was made with another key than this one.
  case otherKey(KeyID)
  /// The signature is not of these bytes.
  case forged
  /// The signature is right, and its trusted comment is not what was signed.
  case forgedComment
  /// The crypto library refuses.
  case crypto(String)

  public var description: String {
    switch self {
    case .badPublicKey(let why): "not a public key of minisign: \(why)"
    case .badSecretKey(let why): "not a secret key of minisign: \(why)"
    case .wrongPassword: "the password of the secret key is wrong"
    case .noPassword: "the secret key has a password"
    case .malformed(let why): "not a signature of minisign: \(why)"
    case .otherKey(let id): "made with the key \(id)"
    case .forged: "the signature is not of these bytes"
    case .forgedComment: "the trusted comment is not the one that was signed"
    case .crypto(let what): "the crypto library refuses: \(what)"
    }
  }
}

/// The name of a key pair: eight random bytes. It says which key to look for, and proves nothing.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
  public let bytes: [UInt8]

  /// As minisign prints it: sixteen hexadecimal digits, the last byte first.
  public var description: String {
    bytes.reversed().map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
  }
}
