import Decimals

/// A time as RFC 3339 writes it, in UTC, with microseconds: `2025-10-11T15:11:47.695226Z`.
func rfc3339(_ nanoseconds: Int64) -> String {
  let seconds = nanoseconds / 1_000_000_000
  let date = CivilDate(days: seconds / 86_400)
  let rest = seconds % 86_400
  func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
  let micros = String(nanoseconds % 1_000_000_000 / 1000)
  let fraction = String(repeating: "0", count: 6 - micros.utf8.count) + micros
  return "\(date.year)-\(two(date.month))-\(two(date.day))T\(two(rest / 3600)):\(two(rest / 60 % 60))"
    + ":\(two(rest % 60)).\(fraction)Z"
}

/// Milliseconds since the Unix epoch of `2020-12-08T09:08:57.715Z`, with a fraction or without; `nil` for anything
/// else.
func rfc3339Milliseconds(_ text: String) -> Int64? {
  let bytes = Array(text.utf8)
  func number(_ range: Range<Int>) -> Int64? {
    guard range.upperBound <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[range] {
      guard byte &- 48 <= 9 else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    return value
  }
  let isShaped = zip([4, 7, 10, 13, 16], "--T::".utf8).allSatisfy { $0 < bytes.count && bytes[$0] == $1 }
  guard isShaped, bytes.count <= 30, bytes.last == UInt8(ascii: "Z"), let year = number(0..<4),
    let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13), let minute = number(14..<16),
    let second = number(17..<19)
  else { return nil }
  let date = CivilDate(year: year, month: month, day: day)
  guard date.exists, hour < 24, minute < 60, second < 60 else { return nil }
  var fraction: Int64 = 0
  if bytes.count > 20 {
    let places = min(3, bytes.count - 21)
    guard bytes[19] == UInt8(ascii: "."), places > 0, number(20..<bytes.count - 1) != nil,
      let lead = number(20..<20 + places)
    else { return nil }
    fraction = lead * [100, 10, 1][places - 1]
  }
  return ((date.days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + fraction
}

/// CRC-32 as zlib has it (polynomial 0xEDB88320, reflected).
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xff)] }
  }
}
