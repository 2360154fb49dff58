import CPatchbay

/// A copy of a malformed record from which the fields that are wrong were taken out.
public struct MendedRecord {
  public let record: UnsafeRawPointer
  /// The gravest of the faults: a moment that is none is the least.
  public let worst: RecordFault
}

extension RecordChecker {
  /// Takes numbers, moments and texts that are none out of a copy of a record, so that the rest of it can be read. Does
  /// nothing where the record's form is wrong. Allocates; for records that are few, of those without lists.
  /// - Parameters:
  ///   - record: at least `rec.size` bytes are readable, as the fault shows, which is of this record.
  ///   - body: is called at most once; the copy is gone when it returns.
  public func withoutFaults(_ record: UnsafeRawPointer, _ fault: RecordFault, _ body: (MendedRecord) -> Void) {
    guard fault.field != nil else { return }
    let size = Int(record.load(as: pb_rec.self).size)
    let copy = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    defer { copy.deallocate() }
    copy.copyMemory(from: record, byteCount: size)
    var (next, worst) = (fault, fault)
    // A field is taken out at most once.
    for _ in 0..<RecordShapes.fields.count {
      guard let field = next.field, clear(field, in: copy) else { return }
      if case .time = worst { worst = next }
      guard let left = checkOutput(UnsafeRawPointer(copy)) else {
        return body(MendedRecord(record: UnsafeRawPointer(copy), worst: worst))
      }
      next = left
    }
  }

  /// Makes a field of the record absent; `false` when it is none of its fixed part.
  private func clear(_ field: RecordField, in record: UnsafeMutableRawPointer) -> Bool {
    let start = record.load(as: pb_rec.self)
    guard let shape = RecordShapes.output(start.kind) else { return false }
    let layout = RecordShapes.structs[shape], index = Int(field.index)
    guard index >= Int(layout.firstField), index < Int(layout.endField) else { return false }
    let found = RecordShapes.fields[index], place = record + Int(found.offset)
    guard Int(found.offset) + found.width <= Int(start.head) else { return false }
    if found.role == .text {
      let ref = place.load(as: pb_ref.self)
      guard Int(ref.offset) + Int(ref.length) <= Int(start.size) else { return false }
      (record + Int(ref.offset)).initializeMemory(as: UInt8.self, repeating: 0, count: Int(ref.length))
    }
    place.initializeMemory(as: UInt8.self, repeating: 0, count: found.width)
    return true
  }
}

extension RecordFault {
  /// The field of which only the value is wrong: the record's form is sound as far as it was looked at.
  fileprivate var field: RecordField? {
    switch self {
    case .exponent(let field), .time(let field), .text(let field): field
    default: nil
    }
  }
}
