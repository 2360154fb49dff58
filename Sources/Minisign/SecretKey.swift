import COpenSSL

/// A secret key of minisign, as `minisign -G` writes it, with a password or (`-W`) without.
public struct SecretKey: Sendable {
  /// Longest file of a secret key, in bytes.
  public static let maximumBytes = 4096

  public let id: KeyID
  /// Ed25519's seed, 32 bytes, and the public point behind it.
  private let seed: [UInt8]
  public let publicKey: PublicKey

  /// What libsodium calls sensitive: a gibibyte of memory, some seconds. minisign writes no other.
  private static let usualWork = (operations: UInt64(33_554_432), memory: UInt64(1_073_741_824))
  private static let comment = "minisign encrypted secret key"

  /// Makes a key pair of 40 random bytes.
  public init(random: [UInt8]) throws(MinisignFault) {
    guard random.count == 40 else { throw .crypto("a key pair needs 40 random bytes") }
    try self.init(id: KeyID(bytes: Array(random[..<8])), seed: Array(random[8...]))
  }

  /// Makes a new key pair.
  public static func make() throws(MinisignFault) -> SecretKey { try SecretKey(random: try random(40)) }

  private static func random(_ count: Int) throws(MinisignFault) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .crypto("no random bytes") }
    return bytes
  }

  private init(id: KeyID, seed: [UInt8]) throws(MinisignFault) {
    let point = try Self.point(of: seed)
    (self.id, self.seed, publicKey) = (id, seed, try PublicKey(id: id, point: point))
  }

  private static func point(of seed: [UInt8]) throws(MinisignFault) -> [UInt8] {
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
      throw .crypto("Ed25519")
    }
    defer { EVP_PKEY_free(key) }
    var point = [UInt8](repeating: 0, count: 32)
    var count = point.count
    guard EVP_PKEY_get_raw_public_key(key, &point, &count) == 1, count == 32 else { throw .crypto("Ed25519") }
    return point
  }

  /// Reads a secret key's file.
  /// - Parameter password: asked for only where the key has one; nil = there is none to be had.
  public init(file text: String, password: () throws -> [UInt8]?) throws {
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    while let last = lines.last, last.isEmpty { lines.removeLast() }
    guard lines.count == 2, lines[0].hasPrefix(Signature.untrusted) else {
      throw MinisignFault.badSecretKey("it is a line \"\(Signature.untrusted)...\" and one of base64")
    }
    guard let bytes = Base64.decode(lines[1]), bytes.count == 158 else {
      throw MinisignFault.badSecretKey("its base64 is not that of 158 bytes")
    }
    guard Array(bytes[..<2]) == Signature.Algorithm.plain.bytes, Array(bytes[4..<6]) == Array("B2".utf8) else {
      throw MinisignFault.badSecretKey("it is not for Ed25519")
    }
    var body = Array(bytes[54...])
    switch Array(bytes[2..<4]) {
    case [0, 0]:
      // minisign writes no check sum then; the public half tells what is damaged.
      body.replaceSubrange(72..., with: Self.sum(body))
    case Array("Sc".utf8):
      guard let password = try password() else { throw MinisignFault.noPassword }
      let work = (operations: Self.number(bytes[38..<46]), memory: Self.number(bytes[46..<54]))
      let stream = try Self.stretched(password, salt: Array(bytes[6..<38]), work)
      for index in body.indices { body[index] ^= stream[index] }
    default: throw MinisignFault.badSecretKey("its password is kept in an unknown way")
    }
    guard Self.sum(body) == Array(body[72...]) else { throw MinisignFault.wrongPassword }
    try self.init(id: KeyID(bytes: Array(body[..<8])), seed: Array(body[8..<40]))
    guard publicKey.point == Array(body[40..<72]) else {
      throw MinisignFault.badSecretKey("its public half does not belong to it")
    }
  }

  /// The text of a secret key's file; without a password the file itself is the key.
  public func file(password: [UInt8]?) throws(MinisignFault) -> String {
    var body = id.bytes + seed + publicKey.point
    var kind = [UInt8](repeating: 0, count: 2)
    var hardening = [UInt8](repeating: 0, count: 48)
    if let password {
      let salt = try Self.random(32)
      body += Self.sum(body)
      let stream = try Self.stretched(password, salt: salt, Self.usualWork)
      for index in body.indices { body[index] ^= stream[index] }
      kind = Array("Sc".utf8)
      hardening = salt + [Self.usualWork.operations, Self.usualWork.memory].flatMap(Self.bytes)
    } else {
      body += [UInt8](repeating: 0, count: 32)
    }
    let head = Signature.Algorithm.plain.bytes + kind + Array("B2".utf8) + hardening
    return "\(Signature.untrusted)\(Self.comment)\n\(Base64.encode(head + body))\n"
  }

  /// The digest over id, seed and point, by which a wrong password is noticed.
  private static func sum(_ body: [UInt8]) -> [UInt8] {
    Blake2b.digest(Signature.Algorithm.plain.bytes + body[..<72], count: 32)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
  }

  /// The key stream of a password: scrypt, with its parameters from the two limits as libsodium chooses them.
  private static func stretched(
    _ password: [UInt8], salt: [UInt8], _ work: (operations: UInt64, memory: UInt64)
  ) throws(MinisignFault) -> [UInt8] {
    let operations = max(work.operations, 32768)
    // The file's own word is not allowed to take the machine's memory.
    guard work.memory <= 2 << 30, operations <= 1 << 32 else {
      throw .badSecretKey("its password wants more work than any that minisign writes")
    }
    let r: UInt64 = 8
    let isBoundByWork = operations < work.memory / 32
    let most = isBoundByWork ? operations / (r * 4) : work.memory / (r * 128)
    var log: UInt64 = 1
    while log < 63, 1 << log <= most / 2 { log += 1 }
    let p = isBoundByWork ? 1 : min(operations / 4 / (1 << log), 0x3FFF_FFFF) / r
    var stream = [UInt8](repeating: 0, count: 104)
    let isDone = EVP_PBE_scrypt(
      password.map { CChar(bitPattern: $0) }, password.count, salt, salt.count, 1 << log, r, max(1, p), 3 << 30,
      &stream, stream.count)
    guard isDone == 1 else { throw .crypto("scrypt, which needs a gibibyte of memory") }
    return stream
  }

  /// Signs bytes, prehashed as minisign does.
  public func sign(
    _ bytes: [UInt8], trustedComment: String, comment: String = "signature from minisign secret key"
  ) throws(MinisignFault) -> Signature {
    // minisign's own has tabs.
    guard !(trustedComment + comment).utf8.contains(where: { $0 < 0x20 && $0 != UInt8(ascii: "\t") }) else {
      throw .malformed("a comment is one line")
    }
    let signature = try raw(try Signature.message(bytes, .prehashed))
    let whole = try raw(signature + Array(trustedComment.utf8))
    return Signature(
      algorithm: .prehashed, key: id, signature: signature, trustedComment: trustedComment, whole: whole,
      comment: comment)
  }

  private func raw(_ message: [UInt8]) throws(MinisignFault) -> [UInt8] {
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
      throw .crypto("Ed25519")
    }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { throw .crypto("no memory") }
    defer { EVP_MD_CTX_free(context) }
    var signature = [UInt8](repeating: 0, count: 64)
    var count = signature.count
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
      EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == 64
    else { throw .crypto("Ed25519") }
    return signature
  }
}
