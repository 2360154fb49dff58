import COpenSSL

/// A private key for signatures. Immutable, so it may be used from several threads.
public final class SigningKey: @unchecked Sendable {
  public enum Algorithm: String, Sendable { case ed25519, p256, rsa, secp256k1 }

  private enum Material {
    /// OpenSSL's key.
    case general(OpaquePointer)
    case secp256k1(Secp256k1Key)
  }

  public let algorithm: Algorithm
  private let material: Material

  deinit { if case .general(let key) = material { EVP_PKEY_free(key) } }

  /// An unencrypted private key in PEM (PKCS #8, or the older forms of EC and RSA keys); nil when it is none of these,
  /// or of another algorithm.
  public init?(pem: [UInt8]) {
    guard let source = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
    defer { BIO_free(source) }
    // Without a password callback an encrypted key would be asked for on the terminal.
    guard let key = PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in 0 }, nil) else { return nil }
    switch EVP_PKEY_get_base_id(key) {
    case EVP_PKEY_ED25519: algorithm = .ed25519
    case EVP_PKEY_RSA: algorithm = .rsa
    case EVP_PKEY_EC where SigningKey.group(key) == "prime256v1": algorithm = .p256
    case EVP_PKEY_EC where SigningKey.group(key) == "secp256k1":
      defer { EVP_PKEY_free(key) }
      guard let secret = SigningKey.number(key), let curve = Secp256k1Key(secret) else { return nil }
      algorithm = .secp256k1
      material = .secp256k1(curve)
      return
    default:
      EVP_PKEY_free(key)
      return nil
    }
    material = .general(key)
  }

  /// An Ed25519 key from its 32 bytes of seed (RFC 8032 section 5.1.5).
  public init?(ed25519 seed: [UInt8]) {
    guard seed.count == 32, let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, 32) else { return nil }
    algorithm = .ed25519
    material = .general(key)
  }

  /// A secp256k1 key from its 32 bytes; nil when the number is zero or not below the curve's order.
  public init?(secp256k1 secret: [UInt8]) {
    guard let secret = SecretBytes(secret), let key = Secp256k1Key(secret) else { return nil }
    algorithm = .secp256k1
    material = .secp256k1(key)
  }

  /// The private number of a key on a curve.
  private static func number(_ key: OpaquePointer) -> SecretBytes? {
    var number: OpaquePointer?
    guard EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 else { return nil }
    defer { BN_clear_free(number) }
    var bytes = [UInt8](repeating: 0, count: 32)
    defer { bytes.wipe() }
    return BN_bn2binpad(number, &bytes, 32) == 32 ? SecretBytes(bytes) : nil
  }

  private static func group(_ key: OpaquePointer) -> String {
    var name = [CChar](repeating: 0, count: 64)
    var count = 0
    guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return "" }
    return String(decoding: name[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Ed25519: RFC 8032. P-256 and secp256k1: SHA-256 with ECDSA as r and s of 32 bytes each (RFC 7518 section 3.4).
  /// RSA: PKCS #1 v1.5 with SHA-256. Nil when the crypto library refuses.
  public func sign(_ message: [UInt8]) -> [UInt8]? {
    let key: OpaquePointer
    switch material {
    case .general(let general): key = general
    case .secp256k1(let curve): return Digest.sha256(message).flatMap { curve.sign($0, .compact) }
    }
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    let digest = algorithm == .ed25519 ? nil : EVP_sha256()
    guard EVP_DigestSignInit(context, nil, digest, nil, key) == 1 else { return nil }
    var count = 0
    guard EVP_DigestSign(context, nil, &count, message, message.count) == 1 else { return nil }
    var signature = [UInt8](repeating: 0, count: count)
    guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { return nil }
    signature.removeLast(signature.count - count)
    return algorithm == .p256 ? SigningKey.fixedWidth(der: signature) : signature
  }

  /// The signature of secp256k1 over a digest of 32 bytes: r, s, and the recovery id with 27 added to it. Nil for a key
  /// of another curve.
  public func recoverable(digest: [UInt8]) -> [UInt8]? { sign(digest: digest, .recoverable(adding: 27)) }

  /// The signature of a digest of 32 bytes; nil when this is no secp256k1 key or the digest has another count.
  func sign(digest: [UInt8], _ form: Secp256k1Key.Form) -> [UInt8]? {
    guard case .secp256k1(let curve) = material else { return nil }
    return curve.sign(digest, form)
  }

  /// Whether a signature in the form of `sign` is this key's over the message.
  public func verify(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    let key: OpaquePointer
    switch material {
    case .general(let general): key = general
    case .secp256k1(let curve): return Digest.sha256(message).map { curve.verify(signature, of: $0) } ?? false
    }
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    let digest = algorithm == .ed25519 ? nil : EVP_sha256()
    guard EVP_DigestVerifyInit(context, nil, digest, nil, key) == 1 else { return false }
    guard let bytes = algorithm == .p256 ? SigningKey.der(fixedWidth: signature) : signature else { return false }
    return EVP_DigestVerify(context, bytes, bytes.count, message, message.count) == 1
  }

  /// Bytes of an RSA key's modulus, hence of its signatures; of another key, the most that OpenSSL gives one.
  var modulus: Int {
    guard case .general(let key) = material else { return 0 }
    return Int(EVP_PKEY_get_size(key))
  }

  public enum PublicForm: UInt16, Sendable {
    case raw = 1
    case compressed, uncompressed
  }

  /// The public key. Ed25519: 32 bytes, raw only. P-256 and secp256k1: x and y, or SEC 1 compressed or uncompressed.
  /// Nil for a form that the algorithm does not have.
  public func publicKey(_ form: PublicForm) -> [UInt8]? {
    guard case .general(let key) = material else { return point.map { Self.write($0, form) } }
    var count = 0
    switch algorithm {
    case .ed25519:
      guard form == .raw else { return nil }
      var bytes = [UInt8](repeating: 0, count: 32)
      count = 32
      return EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1 ? bytes : nil
    case .p256: return point.map { Self.write($0, form) }
    case .rsa, .secp256k1: return nil
    }
  }

  /// SEC 1 uncompressed; nil for algorithms that are not on such a curve.
  private var point: [UInt8]? {
    switch material {
    case .secp256k1(let curve): return curve.point
    case .general(let key):
      var point = [UInt8](repeating: 0, count: 65)
      var count = 0
      // The point comes uncompressed unless the key's file asked otherwise.
      let isGiven = EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, &point, 65, &count) == 1
      return algorithm == .p256 && isGiven && count == 65 ? point : nil
    }
  }

  private static func write(_ point: [UInt8], _ form: PublicForm) -> [UInt8] {
    switch form {
    case .raw: Array(point[1...])
    case .compressed: [point[64] & 1 == 0 ? 2 : 3] + point[1...32]
    case .uncompressed: point
    }
  }

  /// r and s out of `SEQUENCE { INTEGER, INTEGER }`, each padded to 32 bytes.
  static func fixedWidth(der: [UInt8]) -> [UInt8]? {
    var index = 2
    guard der.count > 8, der[0] == 0x30, Int(der[1]) == der.count - 2 else { return nil }
    var result: [UInt8] = []
    for _ in 0..<2 {
      guard index + 1 < der.count, der[index] == 0x02 else { return nil }
      let end = index + 2 + Int(der[index + 1])
      guard end <= der.count else { return nil }
      let number = der[index + 2..<end].drop { $0 == 0 }
      guard number.count <= 32 else { return nil }
      result += [UInt8](repeating: 0, count: 32 - number.count) + number
      index = end
    }
    return index == der.count ? result : nil
  }

  static func der(fixedWidth bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count == 64 else { return nil }
    var content: [UInt8] = []
    for part in [bytes[..<32], bytes[32...]] {
      var number = Array(part.drop { $0 == 0 })
      if (number.first ?? 0x80) & 0x80 != 0 { number.insert(0, at: 0) }
      content += [0x02, UInt8(number.count)] + number
    }
    return [0x30, UInt8(content.count)] + content
  }
}
