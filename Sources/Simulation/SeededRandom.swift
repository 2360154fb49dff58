/// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same numbers.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// True so many times in a million.
  public mutating func happens(_ perMillion: Int) -> Bool { Int(next() % 1_000_000) < perMillion }

  /// Evenly in the range.
  public mutating func pick(_ range: ClosedRange<Int64>) -> Int64 {
    let width = UInt64(bitPattern: range.upperBound &- range.lowerBound)
    return width == .max ? Int64(bitPattern: next()) : range.lowerBound &+ Int64(bitPattern: next() % (width + 1))
  }

  /// A generator of its own, for a part of the whole: what that part draws does not change the others.
  public mutating func split() -> SeededRandom { SeededRandom(seed: next()) }
}
