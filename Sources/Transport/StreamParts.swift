import Records

/// A frame that a connector wants sent.
struct Frame {
  var request: UInt64
  /// `PB_OPCODE_`.
  var opcode: UInt32
  var bytes: [UInt8]
  var deadline: Int64
}

/// A copy of a record, for when the connector's own is gone.
final class KeptRecord {
  private let block: UnsafeMutableRawPointer

  init(_ record: RecordReader) {
    block = .allocate(byteCount: record.bytes.count, alignment: 8)
    block.copyMemory(from: record.base, byteCount: record.bytes.count)
  }

  deinit { block.deallocate() }

  var reader: RecordReader { RecordReader(checked: block) }
}
