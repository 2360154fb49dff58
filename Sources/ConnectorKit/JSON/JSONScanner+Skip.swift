extension JSONScanner {
  /// Steps over the next value, whatever it is. As strict as reading it; fails when containers are nested more than 64
  /// deep.
  @inlinable
  public mutating func skip() {
    skipSpace()
    guard cursor < end else { return fail() }
    switch cursor.pointee {
    case UInt8(ascii: "\""): _ = quotedText()
    case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
    default: _ = bareText()
    }
  }

  /// Steps over the object or array that is next. Connectors look behind a frame's data before they read it, so this is
  /// as hot as reading: one loop over a position that stays in a register.
  @usableFromInline
  mutating func skipContainer() {
    guard let behind = endOfContainer(cursor, end) else { return fail() }
    cursor = behind
    fresh = false
  }
}

/// Behind the container whose bracket is at `start`; `nil` when it is no JSON, has no end, or is nested more than 64
/// deep. Reads less than 48 bytes behind `end`, and what it gives depends on none of them.
private func endOfContainer(
  _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
) -> UnsafePointer<UInt8>? {
  // A bit per open container, the innermost lowest: 1 for an object.
  var kinds: UInt64 = 0
  var depth = 0
  var position = start
  values: while true {
    guard let byte = nextByte(&position, end) else { return nil }
    switch byte {
    case UInt8(ascii: "\""): guard stepString(&position, end) else { return nil }
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard depth < 64 else { return nil }
      if let behind = endOfPair(position), behind <= end {
        if depth == 0 { return behind }
        position = behind
        break
      }
      kinds = kinds << 1 | (byte == UInt8(ascii: "{") ? 1 : 0)
      depth += 1
      position += 1
      guard let first = nextByte(&position, end) else { return nil }
      // Each closing bracket is two behind its opening one.
      guard first == byte + 2 else {
        if kinds & 1 == 1 { guard stepKey(&position, end) else { return nil } }
        continue values
      }
    default: guard stepBare(&position, end) else { return nil }
    }
    // Behind a value, or at the end of an empty container: to the next value, out of all containers that end here.
    while true {
      guard let byte = nextByte(&position, end) else { return nil }
      position += 1
      if byte == UInt8(ascii: ",") {
        if kinds & 1 == 1 { guard nextByte(&position, end) != nil, stepKey(&position, end) else { return nil } }
        continue values
      }
      guard byte == (kinds & 1 == 1 ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return nil }
      kinds >>= 1
      depth -= 1
      if depth == 0 { return position }
    }
  }
}

/// Behind `["1.5","2"]`, as most levels are written: two strings of less than 16 bytes without escapes or white space;
/// `nil` for anything else. Reads less than 48 bytes on.
@inline(__always)
private func endOfPair(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
  guard loadHalf(start) == 0x225B else { return nil }  // ["
  var position = start + 2
  guard stepPlain(&position), loadWord(position) & 0xFF_FFFF == 0x22_2C22 else { return nil }  // ","
  position += 3
  guard stepPlain(&position), loadHalf(position) == 0x5D22 else { return nil }  // "]
  return position + 2
}

/// To the first byte of up to 16 that ends a run of plain string bytes.
@inline(__always)
private func stepPlain(_ position: inout UnsafePointer<UInt8>) -> Bool {
  var stops = stringStopMask(loadWord(position))
  if stops == 0 {
    position += 8
    stops = stringStopMask(loadWord(position))
    guard stops != 0 else { return false }
  }
  position += stops.trailingZeroBitCount >> 3
  return true
}

/// The next byte that is no white space; `nil` at the end.
@inline(__always)
private func nextByte(_ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UInt8? {
  while position < end {
    let byte = position.pointee
    guard byte <= 0x20 else { return byte }
    guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return nil }
    position += 1
  }
  return nil
}

@inline(__always)
private func stepKey(_ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
  guard position.pointee == UInt8(ascii: "\""), stepString(&position, end),
    nextByte(&position, end) == UInt8(ascii: ":")
  else { return false }
  position += 1
  return true
}

@inline(__always)
private func stepString(_ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
  var place = position + 1
  while place < end {
    let stops = stringStopMask(loadWord(place))
    if stops == 0 { place += 8; continue }
    place += stops.trailingZeroBitCount >> 3
    guard place < end else { return false }
    if place.pointee == UInt8(ascii: "\"") {
      position = place + 1
      return true
    }
    guard place.pointee == UInt8(ascii: "\\") else { return false }
    let length = escapeLength(place, end)
    guard length > 0 else { return false }
    place += length
  }
  return false
}

/// Steps over a number, `true`, `false` or `null`. One that reaches behind the end leaves its container open.
@inline(__always)
private func stepBare(_ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
  switch position.pointee {
  case UInt8(ascii: "t"): return stepLetters(0x6575_7274, &position)  // true
  case UInt8(ascii: "n"): return stepLetters(0x6C6C_756E, &position)  // null
  case UInt8(ascii: "f"):
    position += 1
    return stepLetters(0x6573_6C61, &position)  // alse
  default: return stepNumber(&position, end)
  }
}

/// Steps over four letters, the first being the lowest byte.
@inline(__always)
private func stepLetters(_ letters: UInt64, _ position: inout UnsafePointer<UInt8>) -> Bool {
  guard loadWord(position) & 0xFFFF_FFFF == letters else { return false }
  position += 4
  return true
}

@inline(__always)
private func stepNumber(_ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
  if position.pointee == UInt8(ascii: "-") { position += 1 }
  if position.pointee == UInt8(ascii: "0") {
    position += 1
  } else {
    guard stepDigits(&position, end) else { return false }
  }
  if position.pointee == UInt8(ascii: ".") {
    position += 1
    guard stepDigits(&position, end) else { return false }
  }
  guard position.pointee | 0x20 == UInt8(ascii: "e") else { return true }
  position += 1
  if position.pointee == UInt8(ascii: "+") || position.pointee == UInt8(ascii: "-") { position += 1 }
  return stepDigits(&position, end)
}

/// Whether there was a digit.
@inline(__always)
private func stepDigits(_ position: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Bool {
  let start = position
  var count = 8
  while count == 8, position < end {
    count = leadingDigits(loadWord(position))
    position += count
  }
  return position > start
}
