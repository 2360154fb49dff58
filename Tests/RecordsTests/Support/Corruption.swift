@testable import Records

/// Ways to break one thing of a well-formed record.
enum Corruption: CaseIterable {
  case sizeNotAligned, sizeTooLarge, sizeBeyondBytes, headNotAligned, headBeyondSize, headTooSmall, unknownKind
  case offsetAtEnd, offsetInHead, listNotAligned, lengthOverflow, emptyWithOffset, emptiedWithOffset, overlap
  case reservedSet, textWithNUL, textNotUTF8, textSurrogate, exponentTooLarge, exponentTooSmall, paddingSet
  case partEmptied, nestedKind, nestedLength, nestedHead

  struct Broken {
    var record: RandomRecord
    /// Any of these is right.
    var expected: [RecordFault]
  }

  /// nil where the record has nothing to break that way.
  func apply(to record: RandomRecord, using random: inout SeededGenerator) -> Broken? {
    switch self {
    case .sizeNotAligned, .sizeTooLarge, .sizeBeyondBytes, .headNotAligned, .headBeyondSize, .headTooSmall,
      .unknownKind:
      breakEnvelope(record)
    case .offsetAtEnd, .offsetInHead, .listNotAligned, .lengthOverflow, .emptyWithOffset, .emptiedWithOffset:
      breakPlacement(record, using: &random)
    case .overlap:
      overlapTwo(record, using: &random)
    case .partEmptied, .nestedKind, .nestedLength, .nestedHead:
      breakStructure(record, using: &random)
    default:
      breakContent(record, using: &random)
    }
  }

  private func breakEnvelope(_ record: RandomRecord) -> Broken {
    var broken = Broken(record: record, expected: [])
    switch self {
    case .sizeNotAligned: broken.set(UInt32(record.size + 4), at: 0, .size(UInt32(record.size + 4)))
    case .sizeTooLarge: broken.set(16_777_224 as UInt32, at: 0, .size(16_777_224))
    case .sizeBeyondBytes: broken.set(UInt32(record.size + 8), at: 0, .truncated)
    case .headNotAligned: broken.set(UInt16(record.head + 4), at: 6, .head(UInt16(record.head + 4)))
    case .headBeyondSize: broken.set(UInt16(record.size + 8), at: 6, .head(UInt16(record.size + 8)))
    case .headTooSmall: broken.set(8 as UInt16, at: 6, .head(8))
    default: broken.set(0x7FFF as UInt16, at: 4, .unknownKind(0x7FFF))
    }
    return broken
  }

  private func breakPlacement(_ record: RandomRecord, using random: inout SeededGenerator) -> Broken? {
    let wantsEmpty = self == .emptyWithOffset, wantsAligned = self == .listNotAligned
    let candidates = record.places.filter {
      $0.namesPart && ($0.length == 0) == wantsEmpty && (!wantsAligned || $0.role == .list || $0.role == .record)
    }
    guard let place = candidates.randomElement(using: &random) else { return nil }
    var broken = Broken(record: record, expected: [])
    let blockSize = record.load(UInt32.self, at: place.block)
    let head = UInt32(record.load(UInt16.self, at: place.block + 6))
    switch self {
    case .offsetAtEnd: broken.set(blockSize, at: place.position, .outside(place.name))
    case .offsetInHead: broken.set(head - 8, at: place.position, .outside(place.name))
    case .listNotAligned:
      broken.set(record.load(UInt32.self, at: place.position) + 4, at: place.position, .misaligned(place.name))
    case .lengthOverflow: broken.set(UInt32.max, at: place.position + 4, .outside(place.name))
    case .emptyWithOffset: broken.set(head, at: place.position, .emptyWithOffset(place.name))
    default: broken.set(0 as UInt32, at: place.position + 4, .emptyWithOffset(place.name))
    }
    return broken
  }

  /// Moves a part whose contents do not matter onto another one of its record and clears the bytes it had.
  private func overlapTwo(_ record: RandomRecord, using random: inout SeededGenerator) -> Broken? {
    let movable = record.places.filter { place in
      guard place.length > 0 else { return false }
      let element = RecordShapes.structs[Int(RecordShapes.fields[place.field].element)]
      return place.role == .raw || place.role == .list && element.firstField == element.endField
    }
    guard let moved = movable.randomElement(using: &random) else { return nil }
    let blockSize = Int(record.load(UInt32.self, at: moved.block))
    let targets = record.places.filter {
      let start = Int(record.load(UInt32.self, at: $0.position))
      return $0.length > 0 && $0.position != moved.position && $0.block == moved.block
        && start + moved.length <= blockSize && (moved.role == .raw || start % 8 == 0)
    }
    guard let target = targets.randomElement(using: &random) else { return nil }
    var broken = Broken(record: record, expected: [])
    broken.clear(moved)
    broken.record.store(record.load(UInt32.self, at: target.position), at: moved.position)
    broken.record.store(UInt32(moved.count), at: moved.position + 4)
    // The part behind the target may be the one that is reached first.
    broken.expected = RecordShapes.fields.indices.map { .overlap(RecordField(index: UInt16($0))) }
    return broken
  }

  private func breakContent(_ record: RandomRecord, using random: inout SeededGenerator) -> Broken? {
    var broken = Broken(record: record, expected: [])
    if self == .paddingSet {
      guard let gap = record.gaps.randomElement(using: &random) else { return nil }
      broken.record.store(1 as UInt8, at: gap)
      broken.expected = (0...UInt32(record.size)).map { .padding($0) }
      return broken
    }
    let role: FieldShape.Role =
      switch self {
      case .reservedSet: .reserved
      case .exponentTooLarge, .exponentTooSmall: .decimal
      default: .text
      }
    let candidates = record.places.filter { $0.role == role && (role != .text || $0.length > 0) }
    guard let place = candidates.randomElement(using: &random) else { return nil }
    let start = place.block + Int(record.load(UInt32.self, at: place.position))
    switch self {
    case .reservedSet: broken.set(UInt32(1) << UInt32(random.below(32)), at: place.position, .reserved(place.name))
    case .exponentTooLarge: broken.set(65 as Int32, at: place.position + 8, .exponent(place.name))
    case .exponentTooSmall: broken.set(Int32.min, at: place.position + 8, .exponent(place.name))
    case .textWithNUL: broken.set(0 as UInt8, at: start + random.below(place.length), .text(place.name))
    case .textNotUTF8: broken.set(0xFF as UInt8, at: start + random.below(place.length), .text(place.name))
    default:
      guard place.length >= 3 else { return nil }
      // U+D800 as UTF-8 would write it.
      for (index, byte) in ([0xED, 0xA0, 0x80] as [UInt8]).enumerated() {
        broken.set(byte, at: start + index, .text(place.name))
      }
    }
    return broken
  }

  private func breakStructure(_ record: RandomRecord, using random: inout SeededGenerator) -> Broken? {
    var broken = Broken(record: record, expected: [])
    if self == .partEmptied {
      let literals = record.places.filter { "\($0.name)" == "pb_part.literal" && $0.length > 0 }
      guard let literal = literals.randomElement(using: &random) else { return nil }
      broken.clear(literal)
      broken.expected = [.exclusive(literal.name)]
      return broken
    }
    guard let place = record.places.filter({ $0.role == .record }).randomElement(using: &random) else { return nil }
    let start = Int(record.load(UInt32.self, at: place.position))
    switch self {
    case .nestedKind: broken.set(9 as UInt16, at: start + 4, .nestedKind(place.name))
    case .nestedLength: broken.set(UInt32(place.length + 8), at: start, .nestedSize(place.name))
    default: broken.set(16 as UInt16, at: start + 6, .head(16))
    }
    return broken
  }
}

extension Corruption.Broken {
  fileprivate mutating func set<Value: FixedWidthInteger>(_ value: Value, at position: Int, _ fault: RecordFault) {
    record.store(value, at: position)
    expected = [fault]
  }

  /// Makes a part absent, with zeroes where it was.
  fileprivate mutating func clear(_ place: RandomRecord.Place) {
    let start = place.block + Int(record.load(UInt32.self, at: place.position))
    for index in 0..<place.length { record.store(0 as UInt8, at: start + index) }
    record.store(0 as UInt64, at: place.position)
  }
}

extension RandomRecord.Place {
  var name: RecordField { RecordField(index: UInt16(field)) }
  var namesPart: Bool { role == .text || role == .raw || role == .list || role == .record }
}
