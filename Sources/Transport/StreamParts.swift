import Records
import Runtime

/// A frame that a connector wants sent.
struct Frame {
  var request: UInt64
  /// `PB_OPCODE_`.
  var opcode: UInt32
  var bytes: [UInt8]
  var deadline: Int64
  var published: [PublishedValue] = []
  /// Values in it that depend on a secret.
  var hidden: [[UInt8]] = []
  /// See `OutgoingRequest`.
  var hidesTokens = false
  /// See `OutgoingRequest`.
  var trade: JudgedTrade?
  /// See `OutgoingRequest`.
  var written: [UInt8] = []
  /// What it counts for while it waits: the most that it could be long.
  var size = 0
}
