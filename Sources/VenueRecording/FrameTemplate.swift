/// A recorded message in which some numbers are to be others: numbers that a venue never gives twice, and times.
struct FrameTemplate: Sendable {
  private struct Hole: Sendable {
    let key: String
    let range: Range<Int>
    let value: Int64
  }

  private let bytes: [UInt8]
  private let holes: [Hole]

  /// - Parameter keys: members whose values are whole numbers.
  init(_ bytes: [UInt8], keys: Set<String>) {
    var holes: [Hole] = []
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: ":") && index > 2 && bytes[index - 1] == 0x22 {
      guard let open = bytes[..<(index - 1)].lastIndex(of: 0x22) else { continue }
      let key = String(decoding: bytes[(open + 1)..<(index - 1)], as: UTF8.self)
      guard keys.contains(key) else { continue }
      let end = bytes[(index + 1)...].firstIndex { $0 &- 0x30 > 9 } ?? bytes.count
      guard let value = Int64(String(decoding: bytes[(index + 1)..<end], as: UTF8.self)) else { continue }
      holes.append(Hole(key: key, range: (index + 1)..<end, value: value))
    }
    self.bytes = bytes
    self.holes = holes
  }

  /// The first number of this key, as it was recorded.
  subscript(key: String) -> Int64? { holes.first { $0.key == key }?.value }

  /// The message with what `number` gives for each key and its recorded number.
  func filled(_ number: (String, Int64) -> Int64) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + 16)
    var place = 0
    for hole in holes {
      text += bytes[place..<hole.range.lowerBound]
      text += "\(number(hole.key, hole.value))".utf8
      place = hole.range.upperBound
    }
    text += bytes[place...]
    return text
  }
}
