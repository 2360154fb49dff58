import CPatchbay
import ConnectorKit
import Records

/// A record that a connector emitted and that is well-formed: its own copy.
public struct EmittedRecord: Equatable, Sendable {
  private let words: [UInt64]

  /// Copies a record that `RecordChecker` has accepted.
  init(checked record: UnsafePointer<pb_rec>) {
    words = Array(UnsafeRawBufferPointer(start: record, count: Int(record.pointee.size)).bindMemory(to: UInt64.self))
  }

  /// PB_OUT_ or PB_EV_.
  public var kind: Int { Int(fields(pb_rec.self).kind) }
  /// The input that it answers.
  public var seq: UInt64 { fields(pb_rec.self).seq }
  /// All its bytes, to compare runs.
  public var bytes: [UInt8] { words.withUnsafeBytes { Array($0) } }

  /// The fixed part, of a connector built with this revision of the contract.
  public func fields<T: BitwiseCopyable>(_: T.Type) -> T {
    words.withUnsafeBytes {
      precondition($0.count >= MemoryLayout<T>.size, "a record of kind \(kind) has no \(T.self)")
      return $0.loadUnaligned(as: T.self)
    }
  }

  public func bytes(_ ref: pb_ref) -> [UInt8] {
    words.withUnsafeBytes { Array($0[Int(ref.offset)..<Int(ref.offset) + Int(ref.length)]) }
  }

  public func text(_ ref: pb_ref) -> String { String(decoding: bytes(ref), as: UTF8.self) }

  public func elements<E: BitwiseCopyable>(_ list: pb_list, of _: E.Type) -> [E] {
    words.withUnsafeBytes { bytes in
      (0..<Int(list.count)).map {
        bytes.loadUnaligned(fromByteOffset: Int(list.offset) + $0 * MemoryLayout<E>.stride, as: E.self)
      }
    }
  }

  /// Price levels as pairs.
  public func levels(_ list: pb_list) -> [[Int64]] {
    elements(list, of: pb_level.self).map { [$0.price, $0.quantity] }
  }

  /// A text with its seals written out in the order of their operations: `timestamp=<time_ms>`, `<field(key) sha256
  /// hex>`.
  public func sealed(_ text: pb_list) -> String {
    elements(text, of: pb_part.self).map { part in
      if part.ops.count == 0 { return self.text(part.literal) }
      return "<" + elements(part.ops, of: pb_op.self).map(operation).joined(separator: " ") + ">"
    }.joined()
  }

  private func operation(_ op: pb_op) -> String {
    let name = operationNames[Int(op.code)] ?? "op\(op.code)"
    var details: [String] = []
    if op.bytes.length > 0 || Int(op.code) == PB_OP_BYTES { details.append(text(op.bytes)) }
    if op.arg != 0 { details.append("\(op.arg)") }
    if op.arg2 != 0 { details.append("\(op.arg2)") }
    if op.offset_ns != 0 { details.append("\(op.offset_ns > 0 ? "+" : "")\(op.offset_ns)ns") }
    return details.isEmpty ? name : "\(name)(\(details.joined(separator: ",")))"
  }
}

/// The operations of a seal by their names in patchbay.h, in lower case.
private let operationNames: [Int: String] = [
  PB_OP_BYTES: "bytes", PB_OP_FIELD: "field", PB_OP_SLOT: "slot", PB_OP_TIME_S: "time_s", PB_OP_TIME_MS: "time_ms",
  PB_OP_TIME_US: "time_us", PB_OP_TIME_NS: "time_ns", PB_OP_TIME_ISO: "time_iso", PB_OP_NONCE: "nonce",
  PB_OP_COUNTER: "counter", PB_OP_RANDOM_HEX: "random_hex", PB_OP_RANDOM_DEC: "random_dec", PB_OP_UUID: "uuid",
  PB_OP_PUBLIC_KEY: "public_key", PB_OP_ADDRESS: "address", PB_OP_STORE: "store", PB_OP_LOAD: "load",
  PB_OP_CONCAT: "concat", PB_OP_SLICE: "slice", PB_OP_PUBLISH: "publish", PB_OP_HEX: "hex",
  PB_OP_HEX_UPPER: "hex_upper",
  PB_OP_BASE64: "base64", PB_OP_BASE64URL: "base64url", PB_OP_PERCENT: "percent", PB_OP_JSON_ESCAPE: "json_escape",
  PB_OP_UNHEX: "unhex", PB_OP_UNBASE64: "unbase64", PB_OP_DEC_TO_BE: "dec_to_be", PB_OP_BE_TO_DEC: "be_to_dec",
  PB_OP_PAD_LEFT: "pad_left", PB_OP_LENGTH_PREFIX: "length_prefix", PB_OP_RLP_INTEGER: "rlp_integer", PB_OP_MD5: "md5",
  PB_OP_SHA1: "sha1", PB_OP_SHA256: "sha256", PB_OP_SHA384: "sha384", PB_OP_SHA512: "sha512",
  PB_OP_SHA512_HALF: "sha512_half", PB_OP_KECCAK256: "keccak256", PB_OP_RIPEMD160: "ripemd160",
  PB_OP_HMAC_SHA256: "hmac_sha256", PB_OP_HMAC_SHA384: "hmac_sha384", PB_OP_HMAC_SHA512: "hmac_sha512",
  PB_OP_SIGN: "sign",
]
