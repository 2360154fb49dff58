import COpenSSL

/// A public key of minisign: `RW` and 54 characters of base64, alone or in a file below an untrusted comment.
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
  /// Longest file of a public key, in bytes.
  public static let maximumBytes = 4096

  public let id: KeyID
  /// The point, 32 bytes.
  let point: [UInt8]

  /// The key in base64, as `minisign -P` takes it.
  public var description: String { Base64.encode(Signature.Algorithm.plain.bytes + id.bytes + point) }

  /// Reads the base64 of a key, or the text of a `.pub` file.
  public init(_ text: String) throws(MinisignFault) {
    var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    while let last = lines.last, last.isEmpty { lines.removeLast() }
    guard let line = lines.last, lines.count <= 2, text.utf8.count <= Self.maximumBytes else {
      throw .badPublicKey("it is the base64 of a key, or a file with a comment and that")
    }
    if lines.count == 2, !lines[0].hasPrefix(Signature.untrusted) {
      throw .badPublicKey("its first line does not begin with \"\(Signature.untrusted)\"")
    }
    guard let bytes = Base64.decode(line), bytes.count == 42 else {
      throw .badPublicKey("its base64 is not that of 42 bytes")
    }
    guard Array(bytes[..<2]) == Signature.Algorithm.plain.bytes else { throw .badPublicKey("it is not for Ed25519") }
    try self.init(id: KeyID(bytes: Array(bytes[2..<10])), point: Array(bytes[10...]))
  }

  init(id: KeyID, point: [UInt8]) throws(MinisignFault) {
    guard !Self.isOfSmallOrder(point) else {
      throw .badPublicKey("it is one of the few points for which anybody can make signatures")
    }
    (self.id, self.point) = (id, point)
  }

  /// Points of order 1, 2, 4 and 8, without regard to the sign. OpenSSL takes them; libsodium, and so minisign, does
  /// not.
  private static func isOfSmallOrder(_ point: [UInt8]) -> Bool {
    var bare = point
    bare[31] &= 0x7F
    return smallOrder.contains(bare)
  }

  private static let smallOrder: Set<[UInt8]> = {
    let zeros = [UInt8](repeating: 0, count: 31)
    // 2^255 - 19 with one less, itself, and one more: y is -1, 0 and 1.
    let primes = [0xEC, 0xED, 0xEE].map { [$0] + [UInt8](repeating: 0xFF, count: 30) + [0x7F] }
    return Set([[0] + zeros, [1] + zeros] + primes + orderEight)
  }()

  private static let orderEight: [[UInt8]] = [
    [
      0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF,
      0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ],
    [
      0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20,
      0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ],
  ]

  /// Whether `signature` (64 bytes) is one of this key over the bytes.
  func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
    guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, point, point.count) else { return false }
    defer { EVP_PKEY_free(key) }
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
    let isRight = EVP_DigestVerify(context, signature, signature.count, bytes, bytes.count) == 1
    // What it did not like is not left for whoever asks the crypto library next.
    ERR_clear_error()
    return isRight
  }

  /// The text of a `.pub` file.
  public var file: String { "\(Signature.untrusted)minisign public key \(id)\n\(self)\n" }
}
