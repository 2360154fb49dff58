import COpenSSL
import CSecp256k1

/// A private key on secp256k1. Nonces are those of RFC 6979, so a signature depends on key and digest alone; s is the
/// lower of its two values, as chains ask. The number lies in memory of its own. Immutable, so it may be used from
/// several threads.
final class Secp256k1Key: Sendable {
  /// How a signature is written.
  enum Form: Sendable, Equatable {
    /// r and s, 32 bytes each.
    case compact
    /// r, s and `adding` plus the recovery id, which is 0 or 1: one byte where it always fits, else eight bytes.
    case recoverable(adding: UInt32)
    /// `SEQUENCE { INTEGER, INTEGER }`, strict.
    case der
  }

  private let secret: SecretBytes
  /// SEC 1 uncompressed: 4, x and y.
  let point: [UInt8]

  /// Nil when the 32 bytes are zero or not below the curve's order, or there is no memory.
  init?(_ secret: SecretBytes) {
    guard secret.count == 32, let library = Secp256k1.shared else { return nil }
    var made = secp256k1_pubkey()
    var point = [UInt8](repeating: 0, count: 65)
    var count = point.count
    let isValid = secret.withBytes { bytes in
      guard let number = bytes.bindMemory(to: UInt8.self).baseAddress else { return false }
      return secp256k1_ec_seckey_verify(library.context, number) == 1
        && secp256k1_ec_pubkey_create(library.context, &made, number) == 1
    }
    guard isValid,
      secp256k1_ec_pubkey_serialize(library.context, &point, &count, &made, csecp256k1_uncompressed) == 1, count == 65
    else { return nil }
    self.secret = secret
    self.point = point
  }

  /// The signature of a digest of 32 bytes; nil for another count.
  func sign(_ digest: [UInt8], _ form: Form) -> [UInt8]? {
    guard digest.count == 32, let library = Secp256k1.shared else { return nil }
    var made = secp256k1_ecdsa_recoverable_signature()
    let isSigned = secret.withBytes { bytes in
      guard let number = bytes.bindMemory(to: UInt8.self).baseAddress else { return false }
      return secp256k1_ecdsa_sign_recoverable(library.context, &made, digest, number, nil, nil) == 1
    }
    guard isSigned else { return nil }
    var pair = [UInt8](repeating: 0, count: 64)
    var recovery: Int32 = 0
    switch form {
    case .compact, .recoverable:
      guard
        secp256k1_ecdsa_recoverable_signature_serialize_compact(library.context, &pair, &recovery, &made) == 1
      else { return nil }
      guard case .recoverable(let added) = form else { return pair }
      // Ids of 2 and 3 stand for an r beyond the curve's order, which nobody has ever met; chains have no v for them.
      return recovery < 2 ? pair + Self.recoveryBytes(recovery, added) : nil
    case .der:
      var plain = secp256k1_ecdsa_signature()
      var der = [UInt8](repeating: 0, count: 72)
      var count = der.count
      guard secp256k1_ecdsa_recoverable_signature_convert(library.context, &plain, &made) == 1,
        secp256k1_ecdsa_signature_serialize_der(library.context, &der, &count, &plain) == 1
      else { return nil }
      return Array(der[..<count])
    }
  }

  private static func recoveryBytes(_ recovery: Int32, _ added: UInt32) -> [UInt8] {
    let sum = UInt64(added) + UInt64(recovery)
    if added < 255 { return [UInt8(truncatingIfNeeded: sum)] }
    return (0..<8).map { UInt8(truncatingIfNeeded: sum >> UInt64(8 * (7 - $0))) }
  }

  /// Whether r and s of 32 bytes each are this key's signature of the digest; an s in the upper half is refused.
  func verify(_ pair: [UInt8], of digest: [UInt8]) -> Bool {
    guard digest.count == 32, pair.count == 64, let library = Secp256k1.shared else { return false }
    var signature = secp256k1_ecdsa_signature()
    var key = secp256k1_pubkey()
    return secp256k1_ecdsa_signature_parse_compact(library.context, &signature, pair) == 1
      && secp256k1_ec_pubkey_parse(library.context, &key, point, point.count) == 1
      && secp256k1_ecdsa_verify(library.context, &signature, digest, &key) == 1
  }
}

/// The library's state: made once, blinded with random bytes against side channels, then only read.
final class Secp256k1: @unchecked Sendable {
  /// Nil when there is no memory, or no random bytes.
  static let shared = Secp256k1()

  let context: OpaquePointer

  private init?() {
    guard let context = secp256k1_context_create(csecp256k1_context_none) else { return nil }
    guard var seed = SecureRandom.bytes(32), secp256k1_context_randomize(context, seed) == 1 else {
      secp256k1_context_destroy(context)
      return nil
    }
    seed.wipe()
    self.context = context
  }
}
