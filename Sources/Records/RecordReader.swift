import CPatchbay

/// The fixed part of a record of the contract. Imported structs of patchbay.h conform, and only they.
public protocol RecordBody {
  /// All fields zero: absent.
  init()
}

/// Reads a record that `RecordChecker` has accepted. Nothing here checks again: a record that was not checked, or a ref
/// or list of another record, reads foreign memory.
///
/// A view, valid as long as the record is: do not keep it beyond the call that passed the record.
public struct RecordReader {
  public let base: UnsafeRawPointer

  @inlinable
  public init(checked record: UnsafeRawPointer) { base = record }

  @inlinable
  public var rec: pb_rec { base.load(as: pb_rec.self) }

  /// PB_IN_ or PB_OUT_ and PB_EV_; the direction says which.
  @inlinable
  public var kind: Int { Int(rec.kind) }

  /// The whole record as its bytes, for rings and recordings.
  @inlinable
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: Int(rec.size)) }

  /// The fixed part, as this revision knows it: what an older author did not write is zero, what a newer one wrote
  /// behind it is left out. The caller has looked at `kind`.
  @inlinable @inline(__always)
  public func head<Body: RecordBody>(as type: Body.Type) -> Body {
    if Int(rec.head) >= MemoryLayout<Body>.size { return base.load(as: Body.self) }
    return shortHead(as: type)
  }

  @inlinable @inline(never)
  func shortHead<Body: RecordBody>(as type: Body.Type) -> Body {
    var body = Body()
    withUnsafeMutableBytes(of: &body) { bytes in
      bytes.copyMemory(from: UnsafeRawBufferPointer(start: base, count: Int(rec.head)))
    }
    return body
  }

  /// The bytes that a ref of this record names; empty when absent.
  @inlinable
  public func bytes(_ ref: pb_ref) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + Int(ref.offset), count: Int(ref.length))
  }

  /// The text that a ref of this record names; empty when absent. Allocates where it is longer than 15 bytes.
  @inlinable
  public func text(_ ref: pb_ref) -> String { String(decoding: bytes(ref), as: UTF8.self) }
}
