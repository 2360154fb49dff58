import COpenSSL

/// What it costs to try a password. The memory is 128 * 2^logN * r bytes.
public struct ScryptCost: Sendable, Equatable {
  public var logN: UInt8
  public var r: UInt8
  public var p: UInt8

  public init(logN: UInt8, r: UInt8, p: UInt8) { (self.logN, self.r, self.p) = (logN, r, p) }

  /// RFC 7914 with N = 2^17, r = 8, p = 1: 128 MiB.
  public static let standard = ScryptCost(logN: 17, r: 8, p: 1)
  /// What a file may ask for, so that a made-up header cannot take all memory: 1 GiB.
  var isAcceptable: Bool {
    (10...20).contains(logN) && (1...8).contains(r) && (1...4).contains(p)
  }
  var memory: UInt64 { 128 << UInt64(logN) * UInt64(r) }
}

/// The form of a key file:
///
///     8 bytes   "PBKEYS" 0 0
///     4 bytes   version, little-endian: 1
///     4 bytes   scrypt's log2 N, r, p, and 0
///     32 bytes  scrypt's salt
///     12 bytes  AES-256-GCM's nonce
///     n bytes   the accounts, encrypted; the 60 bytes above are authenticated with them
///     16 bytes  GCM's tag
///     32 bytes  SHA-256 of all the above, so that a lost byte is not taken for a wrong password
///
/// Salt and nonce are new with every writing, so that no pair of key and nonce comes twice.
enum KeyFile {
  static let magic: [UInt8] = Array("PBKEYS".utf8) + [0, 0]
  static let version = 1
  private static let headerCount = 60
  private static let tagCount = 16
  private static let digestCount = 32
  static let maximumBytes = 1 << 20

  /// - Parameter random: so many random bytes; nil = the crypto library's generator failed.
  static func seal(
    _ plain: [UInt8], password: SecretBytes, cost: ScryptCost, random: (Int) -> [UInt8]?
  ) throws(KeyStoreFault) -> [UInt8] {
    guard let salt = random(32), let nonce = random(12) else { throw .crypto(step: "drawing random bytes") }
    let header = magic + [UInt8(version), 0, 0, 0, cost.logN, cost.r, cost.p, 0] + salt + nonce
    let key = try derive(password, salt, cost)
    guard let sealed = encrypt(plain, key, nonce, header), let digest = Digest.sha256(header + sealed) else {
      throw .crypto(step: "encrypting the key store")
    }
    return header + sealed + digest
  }

  static func open(_ file: [UInt8], password: SecretBytes, path: String) throws(KeyStoreFault) -> [UInt8] {
    guard file.count >= headerCount + tagCount + digestCount, file.starts(with: magic) else {
      throw .damaged(path: path, reason: "this is no key store")
    }
    let version = (0..<4).reduce(0) { $0 | Int(file[8 + $1]) << (8 * $1) }
    guard version <= Self.version, version > 0 else { throw .version(path: path, version: version) }
    let body = Array(file.dropLast(digestCount))
    guard Digest.sha256(body) == Array(file.suffix(digestCount)) else {
      throw .damaged(path: path, reason: "its checksum does not fit")
    }
    let cost = ScryptCost(logN: file[12], r: file[13], p: file[14])
    guard cost.isAcceptable else { throw .damaged(path: path, reason: "its scrypt parameters are out of range") }
    let header = Array(body[..<headerCount])
    let key = try derive(password, Array(header[16..<48]), cost)
    guard let plain = decrypt(Array(body[headerCount...]), key, Array(header[48...]), header) else {
      throw .wrongPassword(path: path)
    }
    return plain
  }

  private static func derive(
    _ password: SecretBytes, _ salt: [UInt8], _ cost: ScryptCost
  ) throws(KeyStoreFault) -> SecretBytes {
    guard password.count > 0 else { throw .emptyPassword }
    var key = [UInt8](repeating: 0, count: 32)
    defer { key.wipe() }
    let isDone = password.withBytes { bytes in
      EVP_PBE_scrypt(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, salt, salt.count, 1 << UInt64(cost.logN),
        UInt64(cost.r), UInt64(cost.p), cost.memory + (1 << 20), &key, key.count) == 1
    }
    guard isDone, let secret = SecretBytes(key) else { throw .crypto(step: "scrypt") }
    return secret
  }

  private static func encrypt(
    _ plain: [UInt8], _ key: SecretBytes, _ nonce: [UInt8], _ header: [UInt8]
  ) -> [UInt8]? {
    guard let context = EVP_CIPHER_CTX_new() else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    var count: Int32 = 0
    var output = [UInt8](repeating: 0, count: plain.count)
    var tag = [UInt8](repeating: 0, count: tagCount)
    let isReady = key.withBytes {
      EVP_EncryptInit_ex(
        context, EVP_aes_256_gcm(), nil, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce) == 1
    }
    guard isReady, EVP_EncryptUpdate(context, nil, &count, header, Int32(header.count)) == 1,
      EVP_EncryptUpdate(context, &output, &count, plain, Int32(plain.count)) == 1, Int(count) == plain.count,
      EVP_EncryptFinal_ex(context, &tag, &count) == 1, count == 0,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagCount), &tag) == 1
    else { return nil }
    return output + tag
  }

  private static func decrypt(
    _ sealed: [UInt8], _ key: SecretBytes, _ nonce: [UInt8], _ header: [UInt8]
  ) -> [UInt8]? {
    guard let context = EVP_CIPHER_CTX_new() else { return nil }
    defer { EVP_CIPHER_CTX_free(context) }
    let text = Array(sealed.dropLast(tagCount))
    var tag = Array(sealed.suffix(tagCount))
    var output = [UInt8](repeating: 0, count: text.count)
    var count: Int32 = 0
    var rest: UInt8 = 0
    let isReady = key.withBytes {
      EVP_DecryptInit_ex(
        context, EVP_aes_256_gcm(), nil, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nonce) == 1
    }
    guard isReady, EVP_DecryptUpdate(context, nil, &count, header, Int32(header.count)) == 1,
      EVP_DecryptUpdate(context, &output, &count, text, Int32(text.count)) == 1,
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagCount), &tag) == 1,
      EVP_DecryptFinal_ex(context, &rest, &count) == 1
    else {
      output.wipe()
      return nil
    }
    return output
  }
}

/// Bytes that nobody can guess.
public enum SecureRandom {
  /// Nil when the crypto library's generator is not seeded.
  public static func bytes(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return RAND_bytes(&bytes, Int32(clamping: count)) == 1 ? bytes : nil
  }
}
