import Decimals

/// A moment as RFC 3339 writes it in UTC, in the one form that all readers read alike: `2026-01-31T12:00:00.5Z`.
enum WrittenMoment {
  /// Nanoseconds since 1970; `nil` for any other form, and for what is no moment between 1970 and 2261.
  static func nanoseconds(_ text: ArraySlice<UInt8>) -> Int64? {
    let bytes = Array(text)
    let marks: [(Int, UInt8)] = [(4, 0x2D), (7, 0x2D), (10, 0x54), (13, 0x3A), (16, 0x3A)]
    guard (20...30).contains(bytes.count), bytes.last == 0x5A, marks.allSatisfy({ bytes[$0.0] == $0.1 }),
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
      let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
      (1970...2261).contains(year), hour < 24, minute < 60, second < 60
    else { return nil }
    let date = CivilDate(year: year, month: month, day: day)
    guard date.exists else { return nil }
    var fraction: Int64 = 0
    if bytes.count > 20 {
      let digits = bytes[20..<bytes.count - 1]
      guard bytes[19] == 0x2E, !digits.isEmpty, let value = number(digits) else { return nil }
      fraction = (digits.count..<9).reduce(value) { value, _ in value * 10 }
    }
    return (((date.days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000_000 + fraction
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    guard digits.allSatisfy({ $0 &- 0x30 <= 9 }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }
}
