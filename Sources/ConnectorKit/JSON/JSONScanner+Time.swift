import Decimals

extension JSONScanner {
  /// Seconds since the epoch, quoted or bare, as nanoseconds; a fraction is kept. Fails for a moment that is not
  /// plausible: before the epoch, or from the year 2116 on.
  @inlinable
  public mutating func seconds() -> Int64 {
    if cursor < end, cursor.pointee <= 0x20 { skipSpace() }
    let isQuoted = cursor.pointee == UInt8(ascii: "\"")
    var position = cursor + (isQuoted ? 1 : 0)
    // Ten digits and a fraction of up to nine, as they are written nowadays; whatever else is read slowly.
    let first = position
    var value: Int64 = 0
    var digit = Int64(position.pointee &- 48)
    while digit <= 9, position - first < 10 {
      value = value &* 10 &+ digit
      position += 1
      digit = Int64(position.pointee &- 48)
    }
    guard position - first == 10, first.pointee != UInt8(ascii: "0") else { return slowMoment(-9) }
    var places = 0
    if position.pointee == UInt8(ascii: ".") {
      position += 1
      digit = Int64(position.pointee &- 48)
      while digit <= 9, places < 9 {
        value = value &* 10 &+ digit
        position += 1
        places += 1
        digit = Int64(position.pointee &- 48)
      }
      guard places > 0 else { return slowMoment(-9) }
    }
    let isClosed = isQuoted ? position.pointee == UInt8(ascii: "\"") : position >= end || !isBare(position.pointee)
    if isQuoted { position += 1 }
    guard isClosed, position <= end, value <= (PlausibleTime.end - 1) / powersOfTen(9 - places) else {
      return slowMoment(-9)
    }
    cursor = position
    return value &* powersOfTen(9 - places)
  }

  /// Nanoseconds since the epoch, quoted or bare. Fails for a moment that is not plausible.
  public mutating func nanoseconds() -> Int64 {
    let time = integer()
    if !PlausibleTime.contains(time) { fail() }
    return isValid ? time : 0
  }

  /// Microseconds since the epoch, quoted or bare, as nanoseconds. Fails for a moment that is not plausible.
  @inlinable
  public mutating func microseconds() -> Int64 {
    let value = unsigned()
    guard isValid, value <= UInt64(PlausibleTime.end / 1000) else { fail(); return 0 }
    return Int64(bitPattern: value) &* 1000
  }

  /// A moment that is not written in the usual way, at an exponent of seconds.
  @usableFromInline
  mutating func slowMoment(_ exponent: Int32) -> Int64 {
    let time = slowFixed(exponent)
    if !PlausibleTime.contains(time) { fail() }
    return isValid ? time : 0
  }

  /// A time as RFC 3339 writes it in UTC, `2023-10-06T17:35:55.440295Z` or with `+00:00` at its end, as nanoseconds
  /// since the epoch. The fraction may be absent and have up to nine digits. Fails for anything else, other zones
  /// included.
  public mutating func timestamp() -> Int64 {
    let text = string()
    guard isValid, let time = RFC3339.nanoseconds(text.bytes), PlausibleTime.contains(time) else { fail(); return 0 }
    return time
  }
}

public enum RFC3339 {
  public static func nanoseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    let isZulu = text.count >= 20 && text[text.count - 1] | 0x20 == UInt8(ascii: "z")
    let end = text.count - (isZulu ? 1 : 6)
    guard end >= 19, isZulu || isZeroOffset(text, end), text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      text[10] | 0x20 == UInt8(ascii: "t"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
      let hour = number(text, 11, 2), let minute = number(text, 14, 2), let second = number(text, 17, 2),
      year >= 1970, year < 2262, month >= 1, month <= 12, day >= 1, day <= 31, hour < 24, minute < 60, second <= 60
    else { return nil }
    var fraction: Int64 = 0
    if end > 19 {
      let digits = end - 20
      guard text[19] == UInt8(ascii: "."), digits >= 1, digits <= 9, let value = number(text, 20, digits) else {
        return nil
      }
      fraction = value
      for _ in digits..<9 { fraction *= 10 }
    }
    let days = CivilDate(year: year, month: month, day: day).days
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
    return seconds * 1_000_000_000 + fraction
  }

  /// A moment since the epoch in nanoseconds, cut to milliseconds: `2023-10-06T17:35:55.440Z`.
  public static func text(_ nanoseconds: Int64) -> String {
    let milliseconds = max(0, nanoseconds) / 1_000_000
    let (date, rest) = (CivilDate(days: milliseconds / 86_400_000), milliseconds % 86_400_000)
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (seconds, fraction) = (rest / 1000, rest % 1000)
    return "\(date.year)-\(two(date.month))-\(two(date.day))T\(two(seconds / 3600)):"
      + "\(two(seconds / 60 % 60)):\(two(seconds % 60)).\(fraction < 100 ? "0" : "")\(two(fraction))Z"
  }

  /// Whether `+00:00` stands at a place.
  private static func isZeroOffset(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
    let zero: StaticString = "+00:00"
    return (0..<6).allSatisfy { text[place + $0] == zero.utf8Start[$0] }
  }

  private static func number(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ count: Int) -> Int64? {
    var value: Int64 = 0
    for index in start..<(start + count) {
      let digit = text[index] &- 48
      guard digit <= 9 else { return nil }
      value = value * 10 + Int64(digit)
    }
    return value
  }
}
