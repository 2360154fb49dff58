/// A field that the checker looks at, such as `pb_book.bids` or, inside a list, `pb_part.literal`.
public struct RecordField: Equatable, Hashable, Sendable, CustomStringConvertible {
  let index: UInt16

  /// The struct's and the field's name in patchbay.h.
  public var description: String {
    Int(index) < RecordShapes.fieldNames.count ? RecordShapes.fieldNames[Int(index)].description : "unknown field"
  }
}

/// Why a record is malformed, or not for this reader. Everything but `unknownKind` is an error of the record's author.
public enum RecordFault: Error, Equatable, Sendable {
  /// The record does not start at a multiple of 8.
  case misplaced
  /// Fewer bytes are there than `rec.size` says, or than a `pb_rec` has.
  case truncated
  /// `rec.size` is no multiple of 8 or larger than `PB_MAX_RECORD`.
  case size(UInt32)
  /// `rec.head` is no multiple of 8, smaller than the least fixed part, or larger than `rec.size`.
  case head(UInt16)
  /// A kind of a newer peer: to be counted and ignored.
  case unknownKind(UInt16)
  /// A part reaches out of `[rec.head, rec.size)`.
  case outside(RecordField)
  /// A list or nested record does not start at a multiple of 8.
  case misaligned(RecordField)
  /// An empty part has an offset.
  case emptyWithOffset(RecordField)
  /// A part shares bytes with another one.
  case overlap(RecordField)
  /// A byte that belongs to no part is not zero; the offset of its eight bytes' start from the record's start.
  case padding(UInt32)
  /// A reserved field is not zero.
  case reserved(RecordField)
  /// A text is not UTF-8, or contains NUL.
  case text(RecordField)
  /// An exact number's exponent is outside -64 to 64.
  case exponent(RecordField)
  /// A moment is before the epoch, or 2^62 ns or more after it.
  case time(RecordField)
  /// A `pb_part` has both of its parts, or neither.
  case exclusive(RecordField)
  /// A nested record's own size is not its ref's length.
  case nestedSize(RecordField)
  /// A nested record is of another kind than its list holds.
  case nestedKind(RecordField)
  /// A nested record holds nested records.
  case nestedDepth(RecordField)
}

extension RecordFault: CustomStringConvertible {
  /// One line for the operator's log, with the remedy for the connector's author.
  public var description: String {
    switch self {
    case .misplaced: "record does not start at a multiple of 8"
    case .truncated: "record ends before rec.size"
    case .size(let size): "rec.size \(size) is not a multiple of 8 of at most 16777216"
    case .head(let head): "rec.head \(head) is not a multiple of 8 between the least fixed part and rec.size"
    case .unknownKind(let kind): "kind \(kind) is not known to this revision"
    case .outside(let field): "\(field) reaches outside of the record; it must lie between rec.head and rec.size"
    case .misaligned(let field): "\(field) must start at a multiple of 8"
    case .emptyWithOffset(let field): "\(field) is empty and must have offset 0"
    case .overlap(let field): "\(field) shares bytes with another part"
    case .padding(let offset): "bytes at \(offset) belong to no part and must be zero"
    case .reserved(let field): "\(field) must be zero"
    case .text(let field): "\(field) must be UTF-8 without NUL"
    case .exponent(let field): "\(field) must have an exponent from -64 to 64"
    case .time(let field): "\(field) must be nanoseconds since the epoch, from 0 (absent) to 2^62 - 1"
    case .exclusive(let field): "\(field): exactly one of literal and ops must be present"
    case .nestedSize(let field): "\(field): a nested record's ref must have the record's size as its length"
    case .nestedKind(let field): "\(field): a nested record must be of the list's kind"
    case .nestedDepth(let field): "\(field): a nested record must not hold nested records"
    }
  }
}
