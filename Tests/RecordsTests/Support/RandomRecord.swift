@testable import Records

/// A well-formed record with random contents, driven by the shapes. Remembers where everything went, so that a test can
/// break one thing and know what it broke.
struct RandomRecord {
  /// A field that the checker looks at, as placed.
  struct Place {
    let field: Int
    /// Of the field itself, from the outermost record's start.
    let position: Int
    let role: FieldShape.Role
    /// Of the record that holds it, from the outermost record's start.
    let block: Int
    /// Bytes of what it names; 0 where it names nothing.
    var length = 0
    /// Elements of a list.
    var count = 0
  }

  private(set) var bytes: [UInt8] = []
  private(set) var places: [Place] = []
  /// Bytes behind the heads that belong to no part, from the outermost record's start.
  private(set) var gaps: [Int] = []

  /// Which fixed part the author had: this revision's, an older or a newer one.
  enum Age { case same, older, newer }

  init(kind: Int, shape: Int, age: Age = .same, using random: inout SeededGenerator) {
    self.init(kind: kind, shape: shape, age: age, nesting: 1, using: &random)
  }

  private init(kind: Int, shape: Int, age: Age, nesting: Int, using random: inout SeededGenerator) {
    let layout = RecordShapes.structs[shape]
    var head = Int(layout.size)
    switch age {
    case .same: break
    case .older: head = Int.random(in: Int(layout.leastHead) / 8...head / 8, using: &random) * 8
    case .newer: head += 8 * (1 + random.below(4))
    }
    bytes = (0..<head).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    var pending = fill(shape, at: 0, present: min(head, Int(layout.size)), using: &random)
    while !pending.isEmpty {
      let place = pending.remove(at: random.below(pending.count))
      if random.oneIn(3) { pad(to: bytes.count + random.below(6)) }
      pending += placePart(of: place, nesting: nesting, using: &random)
    }
    pad(to: (bytes.count + 7) & ~7)
    if random.oneIn(8) { pad(to: bytes.count + 8) }
    store(UInt32(bytes.count), at: 0)
    store(UInt16(kind), at: 4)
    store(UInt16(head), at: 6)
  }

  var size: Int { bytes.count }
  var head: Int { Int(load(UInt16.self, at: 6)) }

  func load<Value: FixedWidthInteger>(_ type: Value.Type, at position: Int) -> Value {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: type) }
  }

  mutating func store<Value: FixedWidthInteger>(_ value: Value, at position: Int) {
    withUnsafeBytes(of: value) { bytes.replaceSubrange(position..<position + $0.count, with: $0) }
  }

  /// Makes the special fields of one struct valid; gives those that want a part.
  private mutating func fill(_ shape: Int, at start: Int, present: Int, using random: inout SeededGenerator) -> [Int] {
    let layout = RecordShapes.structs[shape]
    var wanted: [Int] = []
    let chosen = layout.isExclusive ? random.below(2) : nil
    for (order, index) in (layout.firstField..<layout.endField).enumerated() {
      let field = RecordShapes.fields[Int(index)]
      guard Int(field.offset) + field.width <= present else { break }
      let position = start + Int(field.offset)
      places.append(Place(field: Int(index), position: position, role: field.role, block: 0))
      switch field.role {
      case .reserved:
        store(UInt32(0), at: position)
      case .decimal:
        store(Int32.random(in: -64...64, using: &random), at: position + 8)
      case .time:
        store(Int64.random(in: 0..<1 << 62, using: &random), at: position)
      case .text, .raw, .list, .record:
        store(UInt64(0), at: position)
        let isWanted = chosen.map { $0 == order } ?? (field.role == .record || !random.oneIn(4))
        if isWanted { wanted.append(places.count - 1) }
      }
    }
    return wanted
  }

  /// Appends what a field names; gives the fields inside it that want parts of their own.
  private mutating func placePart(of place: Int, nesting: Int, using random: inout SeededGenerator) -> [Int] {
    let field = RecordShapes.fields[places[place].field]
    switch field.role {
    case .reserved, .decimal, .time:
      return []
    case .text, .raw:
      let content = field.role == .text ? randomText(using: &random) : randomBytes(using: &random)
      name(content.count, from: place, count: content.count)
      bytes += content
      return []
    case .record:
      pad(to: (bytes.count + 7) & ~7)
      let inner = RandomRecord(
        kind: 10, shape: Int(field.element), age: .same, nesting: nesting - 1, using: &random)
      let start = bytes.count
      name(inner.size, from: place, count: inner.size)
      bytes += inner.bytes
      places += inner.places.map {
        Place(
          field: $0.field, position: $0.position + start, role: $0.role, block: start, length: $0.length,
          count: $0.count)
      }
      gaps += inner.gaps.map { $0 + start }
      return []
    case .list:
      if RecordShapes.fields[Int(RecordShapes.structs[Int(field.element)].firstField)].role == .record, nesting == 0 {
        return []
      }
      pad(to: (bytes.count + 7) & ~7)
      let stride = Int(RecordShapes.structs[Int(field.element)].size), count = 1 + random.below(4), start = bytes.count
      name(stride * count, from: place, count: count)
      bytes += (0..<stride * count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      return (0..<count).flatMap { fill(Int(field.element), at: start + $0 * stride, present: stride, using: &random) }
    }
  }

  private mutating func name(_ length: Int, from place: Int, count: Int) {
    places[place].length = length
    places[place].count = count
    store(UInt32(bytes.count), at: places[place].position)
    store(UInt32(count), at: places[place].position + 4)
  }

  private mutating func pad(to end: Int) {
    while bytes.count < end {
      gaps.append(bytes.count)
      bytes.append(0)
    }
  }

  private func randomText(using random: inout SeededGenerator) -> [UInt8] {
    let alphabet: [Character] = [
      "a", "Z", "0", "-", "\u{1}", "\u{7F}", "\u{80}", "ü", "€", "\u{FFFF}", "😀", "\u{10FFFF}",
    ]
    let isASCII = random.oneIn(2)
    let characters = (0...random.below(20)).map { _ in alphabet[random.below(isASCII ? 4 : alphabet.count)] }
    return Array(String(characters).utf8)
  }

  private func randomBytes(using random: inout SeededGenerator) -> [UInt8] {
    (0...random.below(20)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }
}
