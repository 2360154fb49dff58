/// What the checker looks at in one field of a record or of a list's element.
struct FieldShape {
  enum Role: UInt8 {
    /// Four bytes that must be zero.
    case reserved
    /// A `pb_ref` to UTF-8 without NUL.
    case text
    /// A `pb_ref` to any bytes.
    case raw
    /// A `pb_dec`.
    case decimal
    /// A moment: nanoseconds since the epoch, 0 to 2^62 - 1.
    case time
    /// A `pb_list`; `element` is the index of its elements' shape.
    case list
    /// A `pb_ref` to a whole nested record; `element` is the index of its shape.
    case record
  }

  let offset: UInt16
  let role: Role
  let element: UInt8

  init(offset: UInt16, role: Role, element: UInt8 = 0) {
    self.offset = offset
    self.role = role
    self.element = element
  }

  /// Bytes of the field itself.
  var width: Int {
    switch role {
    case .reserved: 4
    case .decimal: 16
    case .text, .raw, .list, .record, .time: 8
    }
  }
}

/// The fixed part of a record, or a list's element.
struct StructShape {
  /// Bytes, as this header has it.
  let size: UInt16
  /// Of a record: the least `rec.head`.
  let leastHead: UInt16
  let firstField: UInt16
  let endField: UInt16
  /// Exactly one of its parts is present.
  let isExclusive: Bool
}

/// The tables that `abitool` writes from patchbay.h; see RecordShapes.swift.
enum RecordShapes {}
