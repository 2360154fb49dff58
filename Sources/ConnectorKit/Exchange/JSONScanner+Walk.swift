import Decimals

extension JSONScanner {
  /// Hands each member of the object at hand to `member`, which says whether it read the value.
  @inlinable
  @inline(__always)
  public mutating func members(_ member: (JSONText, inout JSONScanner) -> Bool) {
    enterObject()
    while let key = nextKey() {
      if !member(key, &self) { skip() }
    }
  }

  /// Hands one member of the object at hand to `value`, which must read it, and steps over the others.
  @inlinable
  @inline(__always)
  public mutating func member(_ name: StaticString, _ value: (inout JSONScanner) -> Void) {
    members { key, json in
      guard key == name else { return false }
      value(&json)
      return true
    }
  }

  /// Hands each element of the array at hand to `element`, which must read it.
  @inlinable
  @inline(__always)
  public mutating func elements(_ element: (inout JSONScanner) -> Void) {
    enterArray()
    while nextElement() { element(&self) }
  }

  /// Hands each entry of the list at hand to `entry` in a scanner of its own, so that one that cannot be read does not
  /// spoil the others: the elements of an array without a key, or the members of an object with theirs. Gives how many
  /// could not be read.
  public mutating func eachEntry(_ entry: (JSONText, inout JSONScanner) -> Void) -> Int {
    var unread = 0
    let isObject = peek() == UInt8(ascii: "{")
    if isObject { enterObject() } else { enterArray() }
    while true {
      var name = JSONText()
      if isObject {
        guard let key = nextKey() else { break }
        name = key
      } else {
        guard nextElement() else { break }
      }
      var own = self.entry()
      guard isValid else { break }
      entry(name, &own)
      if !own.isValid { unread += 1 }
    }
    return unread
  }

  /// A string, number or word as text; `null` is empty.
  public mutating func words() -> String {
    guard peek() == UInt8(ascii: "n") else { return scalar().text }
    skip()
    return ""
  }

  /// Steps over a `null`; `false`, and nothing moved, where something else stands.
  public mutating func skipNull() -> Bool {
    guard peek() == UInt8(ascii: "n") else { return false }
    skip()
    return true
  }

  /// A number that is only shown: without the digits that do not fit, and `nil` when it is none, instead of a failure.
  public mutating func shownDecimal() -> Decimal64? {
    let text = scalar()
    guard isValid else { return nil }
    switch DecimalText.parse(text.bytes) {
    case .exact(let value), .rounded(let value): return value
    case .notANumber: return nil
    }
  }

  /// Whether the text, from here to its end, is one value. The scanner itself stays where it is.
  public var isWhole: Bool {
    var copy = mark.scanner()
    copy.skip()
    return copy.isComplete()
  }

  /// Goes to the value at a place such as `data/0/details`: names of members and numbers of elements. `nil` when there
  /// is none, or the text before it cannot be read. Of `data/rows|data` it is the first place where something stands.
  public mutating func find(_ path: String) -> JSONMark? {
    guard !path.utf8.contains(UInt8(ascii: "|")) else {
      for place in path.split(separator: "|") {
        var json = mark.scanner()
        guard let found = json.find(String(place)) else { continue }
        self = json
        return found
      }
      return nil
    }
    for part in path.split(separator: "/") {
      let isThere = peek() == UInt8(ascii: "[") ? step(toElement: part) : step(toMember: part)
      guard isThere, isValid else { return nil }
    }
    return mark
  }

  private mutating func step(toMember name: Substring) -> Bool {
    enterObject()
    while let key = nextKey() {
      if key.text == name { return true }
      skip()
    }
    return false
  }

  private mutating func step(toElement number: Substring) -> Bool {
    guard var left = Int(number) else { return false }
    enterArray()
    while nextElement() {
      if left == 0 { return true }
      skip()
      left -= 1
    }
    return false
  }
}

extension JSONMark {
  /// Whether `null` stands here.
  public var isNull: Bool {
    var json = scanner()
    return json.peek() == UInt8(ascii: "n")
  }

  /// A member of the object that stands here, which is a string; empty where there is none. It may stand behind what
  /// cannot be read without it.
  @inlinable
  public func text(_ name: StaticString) -> JSONText {
    var json = scanner()
    json.enterObject()
    while let key = json.nextKey() {
      if key == name { return json.string() }
      json.skip()
    }
    return JSONText()
  }

  /// The text of a member of the object that stands here, or of an array the element at the place of that number; empty
  /// where there is none.
  public func member(_ name: StaticString) -> String {
    var json = scanner()
    var text = ""
    if json.peek() == UInt8(ascii: "["), let place = Int("\(name)") {
      var element = scanner(at: place)
      return element.isValid ? element.words() : ""
    }
    json.members { key, json in
      guard key == name else { return false }
      text = json.words()
      return true
    }
    return text
  }

  /// A scanner at an element of the array that stands here; one that has failed where there is none.
  public func scanner(at place: Int) -> JSONScanner {
    var json = scanner()
    json.enterArray()
    // Behind an array's end stands what is not its own.
    for _ in 0..<place {
      guard json.nextElement() else {
        json.fail()
        return json
      }
      json.skip()
    }
    if !json.nextElement() { json.fail() }
    return json
  }
}

extension Decimal64 {
  /// A percentage as a fraction; `nil` where its exponent has no room.
  public var hundredth: Decimal64? { multiplied(by: Decimal64(mantissa: 1, exponent: -2)) }
}
