import CPatchbay

/// Proves that a record keeps the rules "Flat", "Sized" and "Well-formed" of patchbay.h, so that whatever reads it
/// afterwards needs no check of its own. Total: for any bytes it answers, and reads nothing outside the record.
///
/// Peers of other ages: a longer fixed part is accepted and its extra bytes are left alone; a shorter one down to
/// `pb_rec` (inputs: `pb_input`) is accepted too, since absent fields are zero and zero is absent. A kind that this
/// revision does not know is answered with `.unknownKind` after size and head were checked.
///
/// The usual book, trade and ticker cost a few compares. Every other record costs its parts, looked up in the tables of
/// `RecordShapes`: linear in the record's size but for sorting parts that are out of order. Allocates only while its
/// scratch grows. One checker serves one lane; it is not thread-safe.
public final class RecordChecker {
  private let structs: UnsafeMutableBufferPointer<StructShape>
  private let fields: UnsafeMutableBufferPointer<FieldShape>
  /// Behind a pointer: a look at it costs no check for exclusive access.
  private let parts = UnsafeMutablePointer<PartTable>.allocate(capacity: 1)
  private var nested: NestedRecords?

  /// A list of refs to nested records, found in the record being checked.
  private struct NestedRecords {
    let offset: Int
    let count: Int
    let field: Int
    let shape: Int
  }

  public init() {
    parts.initialize(to: PartTable())
    structs = .allocate(capacity: RecordShapes.structs.count)
    _ = structs.initialize(from: RecordShapes.structs)
    fields = .allocate(capacity: RecordShapes.fields.count)
    _ = fields.initialize(from: RecordShapes.fields)
  }

  deinit {
    structs.deallocate()
    fields.deallocate()
    parts.pointee.deallocate()
    parts.deallocate()
  }

  /// Checks what a connector emitted (PB_OUT_, PB_EV_). `available` is how many bytes are readable, where that is
  /// known: a record in a ring or a recording. nil when it is well-formed.
  public func checkOutput(_ record: UnsafeRawPointer, available: Int = .max) -> RecordFault? {
    let size: Int, head: Int, kind: UInt16
    switch envelope(record, available) {
    case .failure(let fault): return fault
    case .success(let start): (size, head, kind) = (Int(start.size), Int(start.head), start.kind)
    }
    if isUsualFact(record, kind: kind, size: size, head: head) { return nil }
    guard let shape = RecordShapes.output(kind) else { return .unknownKind(kind) }
    return check(record, size: size, head: head, shape: shape)
  }

  /// Checks what a host delivers (PB_IN_). As `checkOutput`.
  public func checkInput(_ record: UnsafeRawPointer, available: Int = .max) -> RecordFault? {
    switch envelope(record, available) {
    case .failure(let fault): return fault
    case .success(let start):
      guard let shape = RecordShapes.input(start.kind) else { return .unknownKind(start.kind) }
      return check(record, size: Int(start.size), head: Int(start.head), shape: shape)
    }
  }

  @inline(__always)
  private func envelope(_ record: UnsafeRawPointer, _ available: Int) -> Result<pb_rec, RecordFault> {
    guard UInt(bitPattern: record) & 7 == 0 else { return .failure(.misplaced) }
    guard available >= MemoryLayout<pb_rec>.size else { return .failure(.truncated) }
    let start = record.load(as: pb_rec.self)
    guard start.size & 7 == 0, start.size <= PB_MAX_RECORD else { return .failure(.size(start.size)) }
    guard Int(start.size) <= available else { return .failure(.truncated) }
    guard start.head & 7 == 0, start.head >= MemoryLayout<pb_rec>.size, start.head <= start.size else {
      return .failure(.head(start.head))
    }
    return .success(start)
  }

  private func check(_ record: UnsafeRawPointer, size: Int, head: Int, shape: Int) -> RecordFault? {
    guard head >= structs[shape].leastHead else { return .head(UInt16(head)) }
    do throws(RecordFault) {
      nested = nil
      var block = Block(base: record, size: size, head: head)
      try checkBlock(&block, shape: shape)
      if let nested { try checkNested(nested, in: block) }
      return nil
    } catch {
      return error
    }
  }

  /// The record being checked, and how many bytes behind its head no part has claimed yet. Parts cannot overlap, so
  /// their lengths never sum up to more: that bounds the work on hostile lists that all name the same bytes.
  private struct Block {
    let base: UnsafeRawPointer
    let size: Int
    let head: Int
    var unclaimed: Int

    init(base: UnsafeRawPointer, size: Int, head: Int) {
      self.base = base
      self.size = size
      self.head = head
      unclaimed = size - head
    }
  }

  private func checkBlock(_ block: inout Block, shape: Int) throws(RecordFault) {
    parts.pointee.removeAll()
    try checkFields(&block, at: 0, present: min(block.head, Int(structs[shape].size)), shape: shape)
    try checkGaps(block)
  }

  /// Checks one struct's fields and what they name. `present`: bytes of it that its author wrote.
  private func checkFields(
    _ block: inout Block, at start: Int, present: Int, shape: Int
  ) throws(RecordFault) {
    let layout = structs[shape]
    var presentParts = 0
    for index in Int(layout.firstField)..<Int(layout.endField) {
      let field = fields[index]
      guard Int(field.offset) + field.width <= present else { break }
      let place = block.base + (start + Int(field.offset))
      switch field.role {
      case .reserved:
        guard place.load(as: UInt32.self) == 0 else { throw .reserved(named(index)) }
      case .decimal:
        guard isExponent(place.load(as: pb_dec.self).exponent) else { throw .exponent(named(index)) }
      case .time:
        guard isMoment(place.load(as: Int64.self)) else { throw .time(named(index)) }
      case .text, .raw:
        let ref = place.load(as: pb_ref.self)
        guard try claim(&block, ref.offset, Int(ref.length), mask: 0, field: index) else { continue }
        presentParts += 1
        guard field.role == .raw || isText(block.base + Int(ref.offset), Int(ref.length)) else {
          throw .text(named(index))
        }
      case .record:
        let ref = place.load(as: pb_ref.self)
        guard try claim(&block, ref.offset, Int(ref.length), mask: 7, field: index) else {
          throw .nestedSize(named(index))
        }
      case .list:
        let list = place.load(as: pb_list.self)
        guard try checkList(&block, list, shape: Int(field.element), field: index) else { continue }
        presentParts += 1
      }
    }
    if layout.isExclusive, presentParts != 1 { throw .exclusive(named(Int(layout.firstField))) }
  }

  /// Checks a list and its elements; false when it is empty.
  private func checkList(
    _ block: inout Block, _ list: pb_list, shape: Int, field: Int
  ) throws(RecordFault) -> Bool {
    let element = structs[shape]
    let count = Int(list.count), offset = Int(list.offset), stride = Int(element.size)
    guard try claim(&block, list.offset, count * stride, mask: 7, field: field) else { return false }
    guard element.firstField < element.endField else { return true }
    let first = fields[Int(element.firstField)]
    if first.role == .record {
      nested = NestedRecords(offset: offset, count: count, field: Int(element.firstField), shape: Int(first.element))
    }
    for index in 0..<count {
      try checkFields(&block, at: offset + index * stride, present: stride, shape: shape)
    }
    return true
  }

  /// Notes a part after proving that it lies inside; false when it is empty.
  @inline(__always)
  private func claim(
    _ block: inout Block, _ offset: UInt32, _ length: Int, mask: UInt32, field: Int
  ) throws(RecordFault) -> Bool {
    guard length > 0 else {
      guard offset == 0 else { throw .emptyWithOffset(named(field)) }
      return false
    }
    guard offset & mask == 0 else { throw .misaligned(named(field)) }
    guard Int(offset) >= block.head, Int(offset) + length <= block.size else { throw .outside(named(field)) }
    guard length <= block.unclaimed else { throw .overlap(named(field)) }
    block.unclaimed -= length
    parts.pointee.append(offset: Int(offset), length: length, field: field)
    return true
  }

  /// Proves that parts do not overlap and that every byte outside of them is zero.
  private func checkGaps(_ block: Block) throws(RecordFault) {
    parts.pointee.sort()
    var end = block.head
    for index in 0..<parts.pointee.count {
      let part = parts.pointee[index]
      guard part.offset >= end else { throw .overlap(named(part.field)) }
      try checkZero(block.base, from: end, to: part.offset)
      end = part.offset + part.length
    }
    try checkZero(block.base, from: end, to: block.size)
  }

  private func checkZero(_ base: UnsafeRawPointer, from start: Int, to end: Int) throws(RecordFault) {
    guard isZero(base, from: start, to: end) else { throw .padding(UInt32(start & ~7)) }
  }

  /// Checks the records that a list of refs names, once the record around them is known to be sound.
  private func checkNested(_ list: NestedRecords, in outer: Block) throws(RecordFault) {
    let layout = structs[list.shape], field = named(list.field)
    for index in 0..<list.count {
      let ref = outer.base.load(fromByteOffset: list.offset + index * MemoryLayout<pb_ref>.size, as: pb_ref.self)
      let record = outer.base + Int(ref.offset)
      guard ref.length >= MemoryLayout<pb_rec>.size else { throw .nestedSize(field) }
      let start = record.load(as: pb_rec.self)
      guard start.size == ref.length, start.size & 7 == 0 else { throw .nestedSize(field) }
      guard RecordShapes.input(start.kind) == list.shape else { throw .nestedKind(field) }
      guard start.head & 7 == 0, start.head >= layout.leastHead, start.head <= start.size else {
        throw .head(start.head)
      }
      nested = nil
      var block = Block(base: record, size: Int(start.size), head: Int(start.head))
      try checkBlock(&block, shape: list.shape)
      if let deeper = nested { throw .nestedDepth(named(deeper.field)) }
    }
  }

  @inline(__always)
  private func named(_ field: Int) -> RecordField { RecordField(index: UInt16(truncatingIfNeeded: field)) }
}

@inline(__always)
func isExponent(_ exponent: Int32) -> Bool { exponent >= -64 && exponent <= 64 }

/// Whether a time is one that a venue may name: sums and differences of two such times fit in 64 bits.
@inline(__always)
func isMoment(_ nanoseconds: Int64) -> Bool { UInt64(bitPattern: nanoseconds) < 1 << 62 }

/// Whether all bytes from `start` to `end` are zero.
@inline(__always)
func isZero(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Bool {
  var place = start
  while place + 8 <= end {
    guard base.loadUnaligned(fromByteOffset: place, as: UInt64.self) == 0 else { return false }
    place += 8
  }
  while place < end {
    guard base.load(fromByteOffset: place, as: UInt8.self) == 0 else { return false }
    place += 1
  }
  return true
}
