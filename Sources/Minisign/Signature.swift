/// A signature file of minisign: an untrusted comment, the signature with the id of its key, a trusted comment, and a
/// second signature over the first and that comment.
public struct Signature: Equatable, Sendable {
  /// How the bytes were signed.
  public enum Algorithm: Sendable {
    /// `Ed`, of minisign before 0.8 and with `-l`: the bytes themselves.
    case plain
    /// `ED`: their BLAKE2b digest of 64 bytes.
    case prehashed

    var bytes: [UInt8] { Array((self == .plain ? "Ed" : "ED").utf8) }
  }

  static let untrusted = "untrusted comment: "
  static let trusted = "trusted comment: "
  /// Longest signature file, in bytes; minisign writes comments of at most 1 KiB and 8 KiB.
  public static let maximumBytes = 16384

  public let algorithm: Algorithm
  public let key: KeyID
  /// What its maker says of it; only after `verify` it is that one's word.
  public let trustedComment: String
  let signature: [UInt8]
  /// Over the signature and the trusted comment.
  let whole: [UInt8]
  /// The untrusted comment, which nobody vouches for.
  let comment: String

  init(
    algorithm: Algorithm, key: KeyID, signature: [UInt8], trustedComment: String, whole: [UInt8], comment: String
  ) {
    (self.algorithm, self.key, self.signature, self.whole) = (algorithm, key, signature, whole)
    (self.trustedComment, self.comment) = (trustedComment, comment)
  }

  /// Reads a signature file. What is malformed is refused with the reason; no signature is checked.
  public init(file bytes: [UInt8]) throws(MinisignFault) {
    guard bytes.count <= Self.maximumBytes else { throw .malformed("longer than \(Self.maximumBytes) bytes") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed("it is not text in UTF-8") }
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      // minisign takes a carriage return at the end for a part of it, too.
      String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard lines.count == 4 else { throw .malformed("it has \(lines.count) lines, and not four") }
    guard lines[0].hasPrefix(Self.untrusted) else {
      throw .malformed("its first line does not begin with \"\(Self.untrusted)\"")
    }
    guard lines[2].hasPrefix(Self.trusted) else {
      throw .malformed("its third line does not begin with \"\(Self.trusted)\"")
    }
    guard let first = Base64.decode(lines[1]), first.count == 74 else {
      throw .malformed("its second line is not the base64 of 74 bytes")
    }
    guard let second = Base64.decode(lines[3]), second.count == 64 else {
      throw .malformed("its fourth line is not the base64 of 64 bytes")
    }
    switch Array(first[..<2]) {
    case Algorithm.plain.bytes: algorithm = .plain
    case Algorithm.prehashed.bytes: algorithm = .prehashed
    default: throw .malformed("its algorithm is neither Ed nor ED")
    }
    key = KeyID(bytes: Array(first[2..<10]))
    signature = Array(first[10...])
    whole = second
    comment = String(lines[0].dropFirst(Self.untrusted.count))
    trustedComment = String(lines[2].dropFirst(Self.trusted.count))
  }

  /// Checks that it is the key's over these bytes, and that the trusted comment was signed with it.
  public func verify(_ bytes: [UInt8], by key: PublicKey) throws(MinisignFault) {
    guard key.id == self.key else { throw .otherKey(self.key) }
    guard key.verifies(signature, of: try Self.message(bytes, algorithm)) else { throw .forged }
    guard key.verifies(whole, of: signature + Array(trustedComment.utf8)) else { throw .forgedComment }
  }

  static func message(_ bytes: [UInt8], _ algorithm: Algorithm) throws(MinisignFault) -> [UInt8] {
    algorithm == .plain ? bytes : Blake2b.digest(bytes, count: 64)
  }

  /// The text of a `.minisig` file.
  public var file: String {
    let first = Base64.encode(algorithm.bytes + key.bytes + signature)
    return "\(Self.untrusted)\(comment)\n\(first)\n\(Self.trusted)\(trustedComment)\n\(Base64.encode(whole))\n"
  }
}
