/// The made-up market of one instrument: a price that flickers. A value; the same seed gives the same flickers,
/// everywhere.
struct Flame: Equatable {
  /// Levels on each side of the book.
  static let depth = 3

  /// The middle of the book, in ticks.
  private(set) var middle: Int64
  /// How often it has flickered.
  private(set) var flickers: UInt64 = 0
  private var state: UInt64

  init(middle: Int64, seed: UInt64) {
    self.middle = middle
    state = seed
  }

  /// Moves the price by at most two ticks, never below what the book's depth needs.
  mutating func flicker() {
    // Knuth's MMIX generator; its upper bits are the good ones.
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    middle = max(Int64(Self.depth) + 1, middle + Int64((state >> 33) % 5) - 2)
    flickers += 1
  }

  /// Best first.
  var bids: [(price: Int64, quantity: Int64)] { (1...Int64(Self.depth)).map { (middle - $0, $0 * 100) } }
  /// Best first.
  var asks: [(price: Int64, quantity: Int64)] { (1...Int64(Self.depth)).map { (middle + $0, $0 * 100) } }
}
