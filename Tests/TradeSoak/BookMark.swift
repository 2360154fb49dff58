import Decimals

/// The best ten levels of a book in one number, the same in both processes. FNV-1a over 64 bits.
struct BookMark {
  static let depth = 10
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  /// The levels themselves, for the first two of each side: what a wrong book is found out by.
  private(set) var text = ""
  private var count = 0

  mutating func add(_ price: Decimal64, _ quantity: Decimal64) {
    count += 1
    if count <= 2 { text += "\(price.plain)@\(quantity.plain)," }
    for byte in "\(price.plain)@\(quantity.plain);".utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }

  /// Between the sides.
  mutating func turn() {
    count = 0
    text += "/"
    value = (value ^ 0x2F) &* 0x100_0000_01B3
  }
}
