/// Chance from a seed: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
public struct FaultDice: Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Below `bound`, which is above zero; as good as even for bounds far below 2^64.
  public mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }

  /// Whether a chance of so many in a million comes true.
  mutating func hits(_ chance: UInt64) -> Bool { chance >= 1_000_000 || below(1_000_000) < chance }
}

extension Fault.Corruption {
  /// The damaged message.
  func damage(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .truncated: return Array(bytes.prefix(bytes.count / 2))
    case .garbage: return Array(#"{"stream":\u00zz,,,]"#.utf8)
    case .number(let key):
      let mark = Array("\"\(key)\":".utf8)
      guard let start = bytes.indices.last(where: { bytes[$0...].starts(with: mark) }) else { return bytes }
      var place = start + mark.count
      if place < bytes.count, bytes[place] == UInt8(ascii: "\"") { place += 1 }
      var end = place
      while end < bytes.count, bytes[end] &- 0x30 < 10 { end += 1 }
      guard end > place else { return bytes }
      var damaged = bytes
      var carry: UInt8 = 5
      for index in (place..<end).reversed() {
        let sum = bytes[index] - 0x30 + carry
        damaged[index] = 0x30 + sum % 10
        carry = sum / 10
      }
      if carry > 0 { damaged.insert(0x30 + carry, at: place) }
      return damaged
    }
  }
}

extension VenueFrame {
  var bytes: [UInt8] {
    switch self {
    case .text(let bytes), .binary(let bytes): bytes
    }
  }

  func with(_ bytes: [UInt8]) -> VenueFrame {
    if case .binary = self { return .binary(bytes) }
    return .text(bytes)
  }

  /// Whether a text stands in it.
  func contains(_ text: String) -> Bool {
    let wanted = Array(text.utf8)
    let bytes = bytes
    guard let first = wanted.first else { return true }
    guard bytes.count >= wanted.count else { return false }
    for place in 0...(bytes.count - wanted.count) where bytes[place] == first {
      if bytes[place..<(place + wanted.count)].elementsEqual(wanted) { return true }
    }
    return false
  }
}
