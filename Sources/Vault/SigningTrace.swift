/// What one request signed on secp256k1, and what the digests were made of: a signature stands over a digest, which
/// says nothing by itself.
///
/// Only messages that depend on no secret are kept.
struct SigningTrace: Sendable, Equatable {
  private var messages: [[UInt8]: [UInt8]] = [:]
  /// In the order of the signatures.
  var signed: [[UInt8]] = []

  /// A Keccak-256 digest was made of a message.
  mutating func made(_ digest: [UInt8], of message: [UInt8]) { messages[digest] = message }

  /// What a digest of this request is of; nil = it was made in another way, or of something else.
  func message(of digest: [UInt8]) -> [UInt8]? { messages[digest] }
}
