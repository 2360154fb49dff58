/// Samples of a venue's messages with numbers in them that no sane venue sends: a test delivers each variant, and the
/// connector must neither trap nor emit a malformed record.
public enum NumberFuzz {
  /// The ends of 64 bits and of what becomes too large as milliseconds, seconds and with an exponent, and what is no
  /// number at all.
  public static let values = [
    "-9223372036854775808", "9223372036854775807", "18446744073709551615", "1000000000000000000",
    "-1000000000000000000", "-9223372036854", "9223372036854", "9223372035", "9223372037", "0", "-1", "1e308", "1e-308",
    "1e400", "1e-400", "0e999999999999", String(repeating: "9", count: 30), String(repeating: "9", count: 60),
    "0." + String(repeating: "0", count: 40) + "1", "", "null", "true", "{}", "[]",
  ]

  /// The text with each number of it, one after the other, set to each value; numbers in quotes too.
  public static func variants(of text: String) -> [String] {
    let bytes = Array(text.utf8)
    return numbers(in: bytes).flatMap { place in
      values.map { String(decoding: variant(of: bytes, at: place, $0), as: UTF8.self) }
    }
  }

  /// The same one at a time, for texts of any length: of many numbers so many, evenly spread.
  public static func forEachVariant(of bytes: [UInt8], most: Int, _ body: ([UInt8]) -> Void) {
    let places = numbers(in: bytes)
    let step = max(1, (places.count + most - 1) / most)
    for index in stride(from: 0, to: places.count, by: step) {
      for value in values { body(variant(of: bytes, at: places[index], value)) }
    }
  }

  private static func variant(of bytes: [UInt8], at place: Range<Int>, _ value: String) -> [UInt8] {
    Array(bytes[..<place.lowerBound]) + Array(value.utf8) + bytes[place.upperBound...]
  }

  /// Where numbers stand that are whole values.
  public static func numbers(in bytes: [UInt8]) -> [Range<Int>] {
    var places: [Range<Int>] = []
    var start: Int?
    for (index, byte) in bytes.enumerated() {
      if isOfNumber(byte) {
        if start == nil { start = index }
      } else if let begin = start {
        start = nil
        let before = begin > 0 ? bytes[begin - 1] : 0
        if ":[,\" ".utf8.contains(before), ",]}\" \n".utf8.contains(byte) { places.append(begin..<index) }
      }
    }
    return places.filter { place in bytes[place].contains { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") } }
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || "-+.eE".utf8.contains(byte)
  }
}
