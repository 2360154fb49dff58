import CPatchbay
import ConnectorKit

/// Bare DEFLATE (RFC 1951) in base64 (RFC 4648), as it stands in a text: unpacked into memory that is kept from one
/// text to the next, so that a steady stream allocates nothing. The host inflates whole frames; here a frame holds
/// several texts, each packed by itself.
final class Inflater {
  /// What one text may become: it is the peer that says how much that is.
  private static let most = 16 << 20

  private var packed: [UInt8] = []
  private var output: UnsafeMutablePointer<UInt8>
  private var capacity = 64 << 10
  private var count = 0
  private var bits = Bits()
  private var literals = Code(room: 288)
  private var distances = Code(room: 32)
  private var lengths = [UInt8](repeating: 0, count: 320)

  init() { output = UnsafeMutablePointer.allocate(capacity: capacity + Int(PB_PAYLOAD_SLACK)) }

  deinit { output.deallocate() }

  /// Valid until the next call; nil where the text is no base64, or its bytes are no whole stream of DEFLATE.
  func body(_ text: Body) -> Body? {
    guard decode(text) else { return nil }
    (bits, count) = (Bits(), 0)
    var isLast = false
    while !isLast {
      isLast = take(1) == 1
      let isFine =
        switch take(2) {
        case 0: stored()
        case 1: fixedCodes() && codes()
        case 2: dynamicCodes() && codes()
        default: false
        }
      guard isFine, !bits.isShort else { return nil }
    }
    (output + count).initialize(repeating: 0, count: Int(PB_PAYLOAD_SLACK))
    return Body(start: output, count: count)
  }

  private func decode(_ text: Body) -> Bool {
    packed.removeAll(keepingCapacity: true)
    var (held, number): (UInt32, Int) = (0, 0)
    for byte in text where byte != UInt8(ascii: "=") {
      let digit: UInt32
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = UInt32(byte) - 65
      case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = UInt32(byte) - 71
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte) + 4
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      default: return false
      }
      held = held << 6 | digit
      number += 6
      if number >= 8 {
        number -= 8
        packed.append(UInt8(truncatingIfNeeded: held >> UInt32(number)))
      }
    }
    return true
  }

  // MARK: Bits

  private struct Bits {
    var place = 0
    var held: UInt32 = 0
    var number = 0
    /// More was asked for than there is.
    var isShort = false
  }

  private func take(_ count: Int) -> Int {
    while bits.number < count {
      guard bits.place < packed.count else {
        bits.isShort = true
        return 0
      }
      bits.held |= UInt32(packed[bits.place]) << UInt32(bits.number)
      bits.place += 1
      bits.number += 8
    }
    let value = bits.held & (1 << UInt32(count) - 1)
    bits.held >>= UInt32(count)
    bits.number -= count
    return Int(value)
  }

  private func put(_ byte: UInt8) -> Bool {
    if count == capacity, !grow() { return false }
    output[count] = byte
    count += 1
    return true
  }

  private func grow() -> Bool {
    guard capacity < Self.most else { return false }
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * capacity + Int(PB_PAYLOAD_SLACK))
    larger.initialize(from: output, count: count)
    output.deallocate()
    (output, capacity) = (larger, 2 * capacity)
    return true
  }

  // MARK: Blocks

  private func stored() -> Bool {
    (bits.held, bits.number) = (0, 0)
    let (length, complement) = (take(16), take(16))
    guard !bits.isShort, length == ~complement & 0xFFFF, length <= packed.count - bits.place else { return false }
    for place in bits.place..<bits.place + length { guard put(packed[place]) else { return false } }
    bits.place += length
    return true
  }

  /// Symbols by the lengths of their codes, from the shortest on.
  private struct Code {
    var counts = [UInt16](repeating: 0, count: 16)
    var starts = [UInt16](repeating: 0, count: 16)
    var symbols: [UInt16]

    init(room: Int) { symbols = [UInt16](repeating: 0, count: room) }

    /// `false` where there are more codes than their lengths have room for.
    mutating func build(_ lengths: ArraySlice<UInt8>) -> Bool {
      for length in 0..<16 { counts[length] = 0 }
      for length in lengths { counts[Int(length)] += 1 }
      counts[0] = 0
      var left = 1
      for length in 1..<16 {
        left = 2 * left - Int(counts[length])
        if left < 0 { return false }
        starts[length] = starts[length - 1] + counts[length - 1]
      }
      for (symbol, length) in lengths.enumerated() where length > 0 {
        symbols[Int(starts[Int(length)])] = UInt16(symbol)
        starts[Int(length)] += 1
      }
      return true
    }
  }

  /// The next symbol; -1 where no code is there.
  private func symbol(_ code: borrowing Code) -> Int {
    var (bit, first, index) = (0, 0, 0)
    for length in 1..<16 {
      bit |= take(1)
      let count = Int(code.counts[length])
      if bit - first < count { return bits.isShort ? -1 : Int(code.symbols[index + bit - first]) }
      index += count
      first = 2 * (first + count)
      bit *= 2
    }
    return -1
  }

  private func fixedCodes() -> Bool {
    for place in 0..<288 { lengths[place] = place < 144 ? 8 : place < 256 ? 9 : place < 280 ? 7 : 8 }
    guard literals.build(lengths[0..<288]) else { return false }
    for place in 0..<30 { lengths[place] = 5 }
    return distances.build(lengths[0..<30])
  }

  private static let order: [Int] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  private func dynamicCodes() -> Bool {
    let (literalCount, distanceCount, codeCount) = (take(5) + 257, take(5) + 1, take(4) + 4)
    guard literalCount <= 286, distanceCount <= 30 else { return false }
    for place in 0..<19 { lengths[place] = 0 }
    for place in 0..<codeCount { lengths[Self.order[place]] = UInt8(take(3)) }
    guard literals.build(lengths[0..<19]) else { return false }
    let all = literalCount + distanceCount
    var place = 0
    while place < all {
      let symbol = symbol(literals)
      guard symbol >= 0 else { return false }
      if symbol < 16 {
        lengths[place] = UInt8(symbol)
        place += 1
        continue
      }
      guard symbol > 16 || place > 0 else { return false }
      let value = symbol == 16 ? lengths[place - 1] : 0
      let times = symbol == 16 ? take(2) + 3 : symbol == 17 ? take(3) + 3 : take(7) + 11
      guard place + times <= all else { return false }
      for _ in 0..<times {
        lengths[place] = value
        place += 1
      }
    }
    // Without an end no block ends.
    return lengths[256] > 0 && literals.build(lengths[0..<literalCount])
      && distances.build(lengths[literalCount..<all])
  }

  /// Base and further bits of lengths from 257 on, and of distances.
  private static let lengthBases: [Int] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
  ]
  private static let lengthBits: [Int] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases: [Int] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
    8193, 12289, 16385, 24577,
  ]

  private func codes() -> Bool {
    while true {
      let symbol = symbol(literals)
      if symbol == 256 { return true }
      if symbol < 0 || bits.isShort { return false }
      if symbol < 256 {
        guard put(UInt8(symbol)) else { return false }
        continue
      }
      guard symbol - 257 < Self.lengthBases.count else { return false }
      let length = Self.lengthBases[symbol - 257] + take(Self.lengthBits[symbol - 257])
      let place = self.symbol(distances)
      guard place >= 0, place < Self.distanceBases.count else { return false }
      let distance = Self.distanceBases[place] + take(max(0, place / 2 - 1))
      guard !bits.isShort, distance <= count else { return false }
      for _ in 0..<length { guard put(output[count - distance]) else { return false } }
    }
  }
}
