import Catalog

/// JSON bodies and lists of orders, strictly: keys as in `RequestPlace.isName`, no escapes, no key twice.
extension RequestFields {
  /// - Parameter list: the list that the text is; -1 = a body.
  mutating func json(_ text: [UInt8], _ act: BoundAct, list: Int) -> Bool {
    var reader = StrictJSON(text)
    var path: [Range<Int>] = []
    let isRead = list < 0 ? value(&reader, &path, act, -1, -1) : array(&reader, act, list)
    guard isRead, reader.isAtEnd else { return fault == nil ? refuse("its JSON is not plain") : false }
    return true
  }

  private mutating func refuse(_ reason: String) -> Bool {
    note(reason)
    return false
  }

  /// The elements of a list of orders.
  private mutating func array(_ reader: inout StrictJSON, _ act: BoundAct, _ list: Int) -> Bool {
    guard beginList(list, act) else { return false }
    guard reader.take("[") else { return false }
    if reader.take("]") { return true }
    repeat {
      var path: [Range<Int>] = []
      let element = nextElement()
      guard element < 1000, value(&reader, &path, act, list, element) else { return false }
    } while reader.take(",")
    return reader.take("]")
  }

  private mutating func value(
    _ reader: inout StrictJSON, _ path: inout [Range<Int>], _ act: BoundAct, _ list: Int, _ element: Int
  ) -> Bool {
    guard path.count < 8 else { return refuse("its JSON is too deep") }
    if list < 0, let nested = act.lists.firstIndex(where: { $0.kind == .json && reader.isPath(path, $0.pointer) }) {
      return array(&reader, act, nested)
    }
    let slot = act.slots.firstIndex { slot in
      guard slot.list == list else { return false }
      if slot.kind == .any { return reader.isPath(path, [slot.name]) }
      return slot.kind == .json && reader.isPath(path, slot.pointer)
    }
    if let slot {
      if reader.isScalar {
        // Some exchanges' words are two, such as `Stop Limit`; numbers, ids and names have no blanks.
        let isOfWords =
          !act.slots[slot].facts.isEmpty
          && act.slots[slot].facts.allSatisfy { !$0.fact.isNumber && !$0.fact.isText }
        guard let range = reader.scalar(hasBlanks: isOfWords) else {
          return refuse("a value has an escape, a blank or is malformed")
        }
        return keep(slot, element, reader.text[range], act)
      }
      // A structure that is let through whole; a bound or limited one would not be judged.
      guard act.slots[slot].facts.isEmpty, act.slots[slot].values.isEmpty else {
        return refuse("a bound parameter is no plain value")
      }
      guard keep(slot, element, [], act) else { return false }
      return reader.skip(0)
    }
    guard reader.take("{") else {
      guard act.act.rules.allowsAll else { return refuse("a value is neither bound nor allowed") }
      return reader.skip(0)
    }
    return members(&reader, &path, act, list, element)
  }

  private mutating func members(
    _ reader: inout StrictJSON, _ path: inout [Range<Int>], _ act: BoundAct, _ list: Int, _ element: Int
  ) -> Bool {
    if reader.take("}") { return true }
    let named = act.slots.firstIndex { $0.kind == .name && $0.list == list && reader.isPath(path, $0.pointer) }
    var keys: [Range<Int>] = []
    repeat {
      guard let key = reader.key(), reader.take(":"), keys.count < 64 else { return refuse("a key is not plain") }
      guard !keys.contains(where: { reader.text[$0].elementsEqual(reader.text[key]) }) else {
        return refuse("a key stands twice: \(Self.shown(reader.text[key]))")
      }
      keys.append(key)
      // A second name is one too many, as a parameter that stands twice.
      if let named, !keep(named, element, reader.text[key], act) { return false }
      path.append(key)
      guard isKnown(reader, path, act, list) || act.act.rules.allowsAll else {
        return refuse("a key is neither bound nor allowed: \(Self.shown(reader.text[key]))")
      }
      guard value(&reader, &path, act, list, element) else { return false }
      path.removeLast()
    } while reader.take(",")
    return reader.take("}")
  }

  /// Whether a path is one of the act's, or on the way to one.
  private func isKnown(_ reader: StrictJSON, _ path: [Range<Int>], _ act: BoundAct, _ list: Int) -> Bool {
    let isSlot = act.slots.contains { slot in
      guard slot.list == list else { return false }
      if slot.kind == .any { return path.count == 1 && reader.isPath(path, [slot.name]) }
      return slot.kind == .json && reader.isPrefix(path, slot.pointer)
    }
    return isSlot || list < 0 && act.lists.contains { $0.kind == .json && reader.isPrefix(path, $0.pointer) }
  }
}

/// Steps over JSON that every parser reads alike.
struct StrictJSON {
  let text: [UInt8]
  private(set) var index = 0

  init(_ text: [UInt8]) { self.text = text }

  private var byte: UInt8 { index < text.count ? text[index] : 0 }

  private mutating func space() {
    while index < text.count, text[index] == 0x20 || text[index] == 9 || text[index] == 10 || text[index] == 13 {
      index += 1
    }
  }

  var isAtEnd: Bool {
    var rest = self
    rest.space()
    return rest.index == text.count
  }

  var isScalar: Bool {
    var rest = self
    rest.space()
    return rest.byte != UInt8(ascii: "{") && rest.byte != UInt8(ascii: "[")
  }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    space()
    guard index < text.count, byte == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  /// A key of plain letters.
  mutating func key() -> Range<Int>? {
    guard take("\"") else { return nil }
    let start = index
    while RequestPlace.isNameByte(byte) { index += 1 }
    guard index > start, byte == UInt8(ascii: "\"") else { return nil }
    index += 1
    return start..<index - 1
  }

  /// A string without escapes, blanks and control characters, or a number or literal as JSON writes them: what else
  /// stands there may be a comment to one parser, and hide what follows.
  /// - Parameter hasBlanks: a string may have single blanks between other characters.
  mutating func scalar(hasBlanks: Bool = false) -> Range<Int>? {
    let isString = take("\"")
    let start = index
    while index < text.count, byte > 0x20 || hasBlanks && isString && isBetweenWords(start), byte != 0x7F,
      byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), isString || !",]}:[{".utf8.contains(byte)
    {
      index += 1
    }
    guard isString else { return Self.isBare(text[start..<index]) ? start..<index : nil }
    guard byte == UInt8(ascii: "\"") else { return nil }
    index += 1
    return start..<index - 1
  }

  /// Whether a value without quotes is a literal, or a number by RFC 8259, section 6.
  private static func isBare(_ text: ArraySlice<UInt8>) -> Bool {
    if let first = text.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) {
      return text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8) || text.elementsEqual("null".utf8)
    }
    var rest = text
    /// Steps over digits; how many there were.
    func digits() -> Int {
      let all = rest.count
      while let byte = rest.first, byte &- UInt8(ascii: "0") <= 9 { rest.removeFirst() }
      return all - rest.count
    }
    func take(_ any: String) -> Bool {
      guard let byte = rest.first, any.utf8.contains(byte) else { return false }
      rest.removeFirst()
      return true
    }
    _ = take("-")
    let startsWithZero = rest.first == UInt8(ascii: "0"), whole = digits()
    guard whole > 0, whole == 1 || !startsWithZero else { return false }
    if take("."), digits() == 0 { return false }
    if take("eE") {
      _ = take("+-")
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  /// A blank is next, behind one character of a text that began at `start` and before another.
  private func isBetweenWords(_ start: Int) -> Bool {
    byte == 0x20 && index > start && text[index - 1] != 0x20 && index + 1 < text.count && text[index + 1] > 0x20
      && text[index + 1] != UInt8(ascii: "\"")
  }

  /// Steps over a value; every key in it must be plain, and none may stand twice in one object.
  mutating func skip(_ depth: Int) -> Bool {
    guard depth < 32 else { return false }
    if take("{") {
      if take("}") { return true }
      var keys: [Range<Int>] = []
      repeat {
        guard let key = key(), take(":"), keys.count < 64,
          !keys.contains(where: { text[$0].elementsEqual(text[key]) })
        else { return false }
        keys.append(key)
        guard skip(depth + 1) else { return false }
      } while take(",")
      return take("}")
    }
    if take("[") {
      if take("]") { return true }
      repeat { guard skip(depth + 1) else { return false } } while take(",")
      return take("]")
    }
    return string() || scalar() != nil
  }

  /// Steps over a string of any content.
  private mutating func string() -> Bool {
    guard take("\"") else { return false }
    while index < text.count {
      if byte == UInt8(ascii: "\"") {
        index += 1
        return true
      }
      index += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    return false
  }

  func isPath(_ path: [Range<Int>], _ pointer: [String]) -> Bool {
    path.count == pointer.count && isPrefix(path, pointer)
  }

  func isPath(_ path: [Range<Int>], _ pointer: [[UInt8]]) -> Bool {
    path.count == pointer.count && isPrefix(path, pointer)
  }

  func isPrefix(_ path: [Range<Int>], _ pointer: [String]) -> Bool {
    path.count <= pointer.count && zip(path, pointer).allSatisfy { text[$0].elementsEqual($1.utf8) }
  }

  func isPrefix(_ path: [Range<Int>], _ pointer: [[UInt8]]) -> Bool {
    path.count <= pointer.count && zip(path, pointer).allSatisfy { text[$0].elementsEqual($1) }
  }
}
