import Catalog

/// Reads the parameters of an evaluated request once, for one act: query, form, JSON, headers and path. What several
/// parsers could read differently is refused: names with anything but letters, digits, `_`, `-` and `.`, a name that
/// stands twice, escapes, blanks and control characters. One that the act does not list is refused too.
///
/// Keeps its memory from request to request; one belongs to one guard.
struct RequestFields {
  struct Found {
    var slot: Int
    /// The element of a list that it is in; -1 = none.
    var element: Int
    var value: Range<Int>
  }

  private(set) var bytes: [UInt8] = []
  private(set) var found: [Found] = []
  /// The list that the request has, and its elements.
  private(set) var list = -1
  private(set) var elements = 0
  private var begun: UInt64 = 0
  /// The first slots that were found outside of lists, a bit each.
  private var present: UInt64 = 0
  /// What was wrong; for the operator.
  private(set) var fault: String?

  mutating func read(_ request: EvaluatedRequest, _ path: ArraySlice<UInt8>?, _ act: BoundAct) -> Bool {
    bytes.removeAll(keepingCapacity: true)
    found.removeAll(keepingCapacity: true)
    (list, elements, begun, present, fault) = (-1, 0, 0, 0, nil)
    // Nothing is bound, and everything is let through.
    if act.act.rules.allowsAll, act.bound.isEmpty { return true }
    if let start = request.url.firstIndex(of: UInt8(ascii: "?")) {
      guard pairs(request.url[(start + 1)...], .query, act) else { return false }
    }
    guard headers(request.headers, act), segments(path, act) else { return false }
    // An empty object says as little as an empty body; some exchanges want one where the path says all.
    guard !request.body.isEmpty, !request.body.elementsEqual("{}".utf8) else { return true }
    switch (request.body[0], contentType(request.headers)) {
    case (UInt8(ascii: "{"), _) where act.readsJSON && act.isOperation,
      (UInt8(ascii: "{"), .json?) where act.readsJSON, (UInt8(ascii: "["), .json?) where act.isList:
      return json(request.body, act, list: -1)
    case (_, .form?) where act.readsForm: return pairs(request.body[...], .form, act)
    default: return fail("its body is not of the kind that the act binds")
    }
  }

  private mutating func fail(_ reason: String) -> Bool {
    fault = reason
    return false
  }

  private enum ContentType { case form, json, other }

  private func contentType(_ headers: [EvaluatedRequest.Header]) -> ContentType? {
    var type: ContentType?
    for header in headers where ASCII.isSame(header.name, "content-type") {
      let kind: ContentType =
        ASCII.isSame(header.value, "application/x-www-form-urlencoded")
        ? .form : ASCII.isSame(header.value, "application/json") ? .json : .other
      type = type == nil ? kind : .other
    }
    return type
  }

  // MARK: Query and form

  private mutating func pairs(_ text: ArraySlice<UInt8>, _ kind: RequestPlace.Kind, _ act: BoundAct) -> Bool {
    text.withUnsafeBufferPointer { pairs($0, kind, act) }
  }

  /// Steps over each byte once: a name with its hash, then a value, which stands for itself in most requests.
  private mutating func pairs(_ text: UnsafeBufferPointer<UInt8>, _ kind: RequestPlace.Kind, _ act: BoundAct) -> Bool {
    // Values that stand for themselves are read where they stand in this copy.
    let base = bytes.count
    bytes.append(contentsOf: text)
    let kinds = Self.kinds
    var index = 0
    while index < text.count {
      let start = index
      var hash = BoundAct.emptyHash
      while index < text.count, text[index] != UInt8(ascii: "="), text[index] != UInt8(ascii: "&") {
        hash = BoundAct.hash(hash, text[index])
        index += 1
      }
      guard index < text.count, text[index] == UInt8(ascii: "=") else { return fail("a parameter has no value") }
      let name = UnsafeBufferPointer(rebasing: text[start..<index])
      index += 1
      let begin = index
      var seen: UInt8 = 0
      while index < text.count {
        let kind = kinds[Int(text[index])]
        if kind == Self.end { break }
        seen |= kind
        index += 1
      }
      let raw = UnsafeBufferPointer(rebasing: text[begin..<index])
      guard let value = seen == 0 ? base + begin..<base + index : decoded(raw) else { return false }
      guard put(kind, name, hash, value, act) else { return false }
      index += 1
    }
    return true
  }

  private static let end: UInt8 = 2
  /// Of each byte, what it is in a parameter's value: 0 = every parser takes it as itself, 2 = it ends the value.
  private nonisolated(unsafe) static let kinds: UnsafePointer<UInt8> = {
    let kinds = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    for byte in 0..<256 {
      let isPlain = byte > 0x20 && byte != 0x7F && !"%+;".utf8.contains(UInt8(byte))
      kinds[byte] = UInt8(byte) == UInt8(ascii: "&") ? end : isPlain ? 0 : 1
    }
    return UnsafePointer(kinds)
  }()

  /// A value with its percent-encoding resolved.
  private mutating func decoded(_ text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
    let start = bytes.count
    var index = 0
    while index < text.count {
      var byte = text[index]
      index += 1
      if byte == UInt8(ascii: "%") {
        guard index + 1 < text.count, let high = Encoding.hexDigit(text[index]),
          let low = Encoding.hexDigit(text[index + 1])
        else {
          fault = "a percent-encoding is malformed"
          return nil
        }
        byte = high << 4 | low
        index += 2
      } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: ";") {
        fault = "a parameter has + or ; that is not percent-encoded"
        return nil
      }
      guard byte > 0x20, byte != 0x7F else {
        fault = "a parameter has a blank or control character"
        return nil
      }
      bytes.append(byte)
    }
    return start..<bytes.count
  }

  private mutating func put(
    _ kind: RequestPlace.Kind, _ name: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ value: Range<Int>, _ act: BoundAct
  ) -> Bool {
    if !act.lists.isEmpty {
      for (index, list) in act.lists.enumerated() where list.kind == kind && name.elementsEqual(list.name.utf8) {
        return json(Array(bytes[value]), act, list: index)
      }
    }
    if let slot = act.slot(kind, name, hash) { return put(slot, -1, value, act) }
    guard !act.act.rules.allowsAll else { return true }
    return fail("a parameter is neither bound nor allowed: \(RequestFields.shown(Array(name)[...]))")
  }

  private mutating func put(_ slot: Int, _ element: Int, _ value: Range<Int>, _ act: BoundAct) -> Bool {
    if isThere(slot, element) {
      return fail("a parameter stands twice: \(RequestFields.shown(act.slots[slot].name[...]))")
    }
    let isFree = !act.keys[slot].hasValues || act.keys[slot].hasFacts
    guard isFree || act.slots[slot].values.contains(where: { bytes[value].elementsEqual($0) }) else {
      return fail("a parameter has a value that is not allowed: \(RequestFields.shown(act.slots[slot].name[...]))")
    }
    found.append(Found(slot: slot, element: element, value: value))
    return true
  }

  private mutating func isThere(_ slot: Int, _ element: Int) -> Bool {
    guard element == -1, slot < 64 else { return found.contains { $0.slot == slot && $0.element == element } }
    let bit = UInt64(1) << UInt64(slot)
    defer { present |= bit }
    return present & bit != 0
  }

  /// Whether each of some elements has a slot; the element -1 is the request itself.
  func has(_ slot: Int, in elements: Range<Int>) -> Bool {
    elements.allSatisfy { element in found.contains { $0.slot == slot && $0.element == element } }
  }

  /// A name fit for a line of a log.
  static func shown(_ name: ArraySlice<UInt8>) -> String {
    String(decoding: name.prefix(40).map { RequestPlace.isNameByte($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
  }

  // MARK: What JSON adds

  mutating func note(_ reason: String) { if fault == nil { fault = reason } }

  /// Keeps a value of a JSON text.
  mutating func keep(_ slot: Int, _ element: Int, _ value: ArraySlice<UInt8>, _ act: BoundAct) -> Bool {
    let start = bytes.count
    bytes += value
    return put(slot, element, start..<bytes.count, act)
  }

  /// A request has one list, or several of one act one behind the other.
  mutating func beginList(_ index: Int, _ act: BoundAct) -> Bool {
    guard begun & 1 << UInt64(index) == 0 else { return fail("a list stands twice") }
    begun |= 1 << UInt64(index)
    list = index
    return true
  }

  mutating func nextElement() -> Int {
    elements += 1
    return elements - 1
  }

  // MARK: Headers and path

  private mutating func headers(_ headers: [EvaluatedRequest.Header], _ act: BoundAct) -> Bool {
    guard act.bindsHeaders else { return true }
    for header in headers {
      let name = header.name.lowercased()
      for (index, slot) in act.slots.enumerated() where slot.kind == .header && name.utf8.elementsEqual(slot.name) {
        let start = bytes.count
        bytes += header.value
        guard put(index, -1, start..<bytes.count, act) else { return false }
      }
    }
    return true
  }

  private mutating func segments(_ path: ArraySlice<UInt8>?, _ act: BoundAct) -> Bool {
    guard act.hasWildcards, let path, case .http(_, let pattern) = act.act.target else { return true }
    var number = 0
    let wanted = pattern.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    let given = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    for (wanted, given) in zip(wanted, given) where wanted.elementsEqual("*".utf8) {
      number += 1
      guard let value = given.withUnsafeBufferPointer({ decoded($0) }) else { return false }
      let slot = act.slots.firstIndex { $0.kind == .path && $0.name.elementsEqual("\(number)".utf8) }
      if let slot {
        guard put(slot, -1, value, act) else { return false }
      } else if !act.act.rules.allowsAll {
        return fail("a segment of its path is neither bound nor allowed")
      }
    }
    return true
  }
}
