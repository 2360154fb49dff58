/// Writes one line of recorded traffic in the form that `Capture` reads.
struct CaptureLine {
  private(set) var bytes: [UInt8]

  /// - Parameter time: nanoseconds since the epoch.
  init(time: Int64, connection: String, isIncoming: Bool, kind: CaptureEntry.Kind) {
    bytes = Array("{\"t\": ".utf8)
    bytes.reserveCapacity(256)
    let (seconds, rest) = max(0, time).quotientAndRemainder(dividingBy: 1_000_000_000)
    let fraction = String(rest)
    put("\(seconds).")
    put(String(repeating: "0", count: 9 - fraction.count) + fraction)
    put("conn", connection)
    put("dir", isIncoming ? "in" : "out")
    put("kind", kind.rawValue)
  }

  mutating func put(_ name: String, _ value: String) { put(name, Array(value.utf8)) }

  mutating func put(_ name: String, _ value: some Collection<UInt8>) {
    member(name)
    quote(value)
  }

  mutating func put(_ name: String, number: UInt32) {
    member(name)
    put("\(number)")
  }

  /// Names and values as an object of texts; nothing where there are none.
  mutating func put(_ name: String, _ pairs: [(name: String, value: String)]) {
    guard !pairs.isEmpty else { return }
    member(name)
    for (place, pair) in pairs.enumerated() {
      put(place == 0 ? "{" : ", ")
      quote(Array(pair.name.utf8))
      put(": ")
      quote(Array(pair.value.utf8))
    }
    put("}")
  }

  /// The whole line with its end.
  mutating func finish() -> [UInt8] {
    put("}\n")
    return bytes
  }

  private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func member(_ name: String) { put(", \"\(name)\": ") }

  private mutating func quote(_ text: some Collection<UInt8>) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): put("\\n")
      case UInt8(ascii: "\r"): put("\\r")
      case UInt8(ascii: "\t"): put("\\t")
      case 0..<0x20: put("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
