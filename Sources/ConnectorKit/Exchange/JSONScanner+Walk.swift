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

  /// Hands each element of the array at hand to `element`, which must read it.
  @inlinable
  @inline(__always)
  public mutating func elements(_ element: (inout JSONScanner) -> Void) {
    enterArray()
    while nextElement() { element(&self) }
  }

  /// Hands each element to `element` in a scanner of its own, so that one that cannot be read does not spoil the
  /// others. Gives how many could not be read.
  public mutating func eachElement(_ element: (inout JSONScanner) -> Void) -> Int {
    var unread = 0
    elements { json in
      let mark = json.mark
      json.skip()
      guard json.isValid else { return }
      var own = mark.scanner()
      element(&own)
      if !own.isValid { unread += 1 }
    }
    return unread
  }

  /// Goes to the value at a place such as `data/0/details`: names of members and numbers of elements. `nil` when there
  /// is none, or the text before it cannot be read.
  public mutating func find(_ path: String) -> JSONMark? {
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
