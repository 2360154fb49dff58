/// Unpacks compressed frames: gzip (RFC 1952), zlib (RFC 1950) and raw deflate (RFC 1951), as exchanges send them.
///
///     guard let text = inflater.inflate(payload, .gzip) else { return .parse }
///     var json = JSONScanner(text)
///
/// A frame is whole: one stream from its first byte to its last, and nothing behind it. What is unpacked lies in memory
/// of the inflater, which grows up to the limit and is used again, so that frames no longer than those before them are
/// unpacked without allocating. An inflater belongs to one connector and is used by one thread at a time.
public final class Inflater {
  /// How a frame is wrapped.
  public enum Form: Sendable {
    /// RFC 1952, one member. Its CRC-32 and length are checked.
    case gzip
    /// RFC 1950, without a preset dictionary. Its Adler-32 is checked.
    case zlib
    /// RFC 1951. Nothing proves that what was unpacked is what was sent.
    case raw
    /// gzip if the frame begins like it, else zlib.
    case automatic
  }

  /// Why a frame was refused.
  public enum Fault: Error, Sendable, CustomStringConvertible {
    /// Not of the expected form, a code that cannot be, or a checksum that does not fit.
    case damaged
    /// The frame ends before its stream does.
    case truncated
    /// More than the limit would be unpacked.
    case overLimit
    /// Bytes follow the end of the stream.
    case trailingBytes

    public var description: String {
      switch self {
      case .damaged: "the compressed data is damaged"
      case .truncated: "the compressed data ends too early"
      case .overLimit: "more would be unpacked than the limit"
      case .trailingBytes: "bytes follow the end of the compressed data"
      }
    }
  }

  /// Behind what was unpacked so many bytes are readable, which are zero: `PB_PAYLOAD_SLACK`.
  static let slack = 64
  /// Room behind the capacity: one turn of the decoding loop writes up to 3 literals, a copy of 258 bytes and the rest
  /// of its last word before it looks at the capacity; then the slack.
  private static let margin = 3 + 258 + 8 + slack

  /// At most so many bytes are unpacked from one frame.
  public let limit: Int
  /// Why the last frame was refused; `nil` if it was not.
  public private(set) var fault: Fault?

  private var output: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var written = 0

  private let fixedLiterals = PrefixCode(indexBits: 10, symbols: 288, meanings: CodeEntry.literals)
  private let fixedDistances = PrefixCode(indexBits: 5, symbols: 32, meanings: CodeEntry.distances)
  private let literals = PrefixCode(indexBits: 10, symbols: 288, meanings: CodeEntry.literals)
  private let distances = PrefixCode(indexBits: 9, symbols: 32, meanings: CodeEntry.distances)
  private let lengthCode = PrefixCode(indexBits: 7, symbols: 19, meanings: CodeEntry.lengths)
  /// The lengths of the words of both codes of a block, one behind the other.
  private let lengths = UnsafeMutablePointer<UInt8>.allocate(capacity: 288 + 32)

  /// - Parameter limit: the most bytes that a frame may unpack to. A small frame can unpack to a thousand times its
  ///   size, so it should be not far above what the exchange sends.
  public init(limit: Int = 16 << 20) {
    self.limit = max(limit, 0)
    capacity = min(self.limit, 1 << 16)
    output = .allocate(capacity: capacity + Inflater.margin)
    // The fixed code (RFC 1951, 3.2.6); all 5-bit words are distances.
    for symbol in 0..<288 { lengths[symbol] = symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8 }
    let complete = fixedLiterals.build(lengths, count: 288, mayBeSparse: false)
    lengths.update(repeating: 5, count: 32)
    precondition(complete && fixedDistances.build(lengths, count: 32, mayBeSparse: false))
  }

  deinit {
    output.deallocate()
    lengths.deallocate()
  }

  /// What `frame` unpacks to, or `nil` if it was refused, for the reason in `fault`.
  ///
  /// The result is valid until the next call and is followed by at least `PB_PAYLOAD_SLACK` readable bytes; it must not
  /// be the next frame itself. The frame needs no bytes behind it. Takes time in proportion to frame and result.
  public func inflate(_ frame: UnsafeBufferPointer<UInt8>, _ form: Form) -> UnsafeBufferPointer<UInt8>? {
    written = 0
    fault = nil
    do throws(Fault) {
      guard let base = frame.baseAddress else { throw .truncated }
      var input = BitReader(cursor: base, end: base + frame.count)
      switch form {
      case .gzip: try inflateGzip(&input)
      case .zlib: try inflateZlib(&input)
      case .raw: try inflateBlocks(&input)
      case .automatic:
        // Nothing else begins so: the low half of zlib's first byte is 8.
        let isGzip = !frame.isEmpty && base.pointee == 0x1F
        if isGzip { try inflateGzip(&input) } else { try inflateZlib(&input) }
      }
      guard input.cursor == input.end else { throw .trailingBytes }
    } catch {
      fault = error
      return nil
    }
    (output + written).update(repeating: 0, count: Inflater.slack)
    return UnsafeBufferPointer(start: output, count: written)
  }

  // MARK: Forms

  private func inflateGzip(_ input: inout BitReader) throws(Fault) {
    let header = input.cursor
    guard try input.byte() == 0x1F, try input.byte() == 0x8B, try input.byte() == 8 else { throw .damaged }
    let flags = try input.byte()
    guard flags & 0xE0 == 0 else { throw .damaged }
    // Time, hints and the system that packed say nothing about the content.
    try input.skip(6)
    if flags & 0x04 != 0 { try input.skip(Int(try input.little(2))) }
    for flag: UInt8 in [0x08, 0x10] where flags & flag != 0 {
      while try input.byte() != 0 {}
    }
    if flags & 0x02 != 0 {
      let sum = CRC32.of(UnsafeBufferPointer(start: header, count: input.cursor - header)) & 0xFFFF
      guard try input.little(2) == sum else { throw .damaged }
    }
    try inflateBlocks(&input)
    guard try input.little(4) == CRC32.of(UnsafeBufferPointer(start: output, count: written)),
      try input.little(4) == UInt32(truncatingIfNeeded: written)
    else { throw .damaged }
  }

  private func inflateZlib(_ input: inout BitReader) throws(Fault) {
    let method = UInt32(try input.byte())
    let flags = UInt32(try input.byte())
    // Deflate, a window of at most 32 KiB, the check of the header, no preset dictionary.
    guard method & 0xF == 8, method >> 4 <= 7, (method << 8 | flags) % 31 == 0, flags & 0x20 == 0 else {
      throw .damaged
    }
    try inflateBlocks(&input)
    guard try input.little(4).byteSwapped == adler32() else { throw .damaged }
  }

  /// RFC 1950, 8.2. After 5552 bytes at most the sums must be reduced, so that they stay below 2^32.
  private func adler32() -> UInt32 {
    var low: UInt32 = 1
    var high: UInt32 = 0
    var index = 0
    while index < written {
      let stop = min(index + 5552, written)
      while index < stop {
        low &+= UInt32(output[index])
        high &+= low
        index += 1
      }
      low %= 65521
      high %= 65521
    }
    return high << 16 | low
  }

  // MARK: Blocks

  /// RFC 1951, 3.2.3. Leaves `input` at the first whole byte behind the last block.
  private func inflateBlocks(_ input: inout BitReader) throws(Fault) {
    var isLast = false
    while !isLast {
      input.refill()
      isLast = input.take(1) == 1
      let kind = input.take(2)
      guard input.count >= 0 else { throw .truncated }
      switch kind {
      case 0: try copyStored(&input)
      case 1: try decode(&input, fixedLiterals.words, fixedDistances.words)
      case 2:
        try readCodes(&input)
        try decode(&input, literals.words, distances.words)
      default: throw .damaged
      }
    }
    input.align()
  }

  private func copyStored(_ input: inout BitReader) throws(Fault) {
    input.align()
    let count = try input.little(2)
    guard try input.little(2) == ~count & 0xFFFF else { throw .damaged }
    let start = input.cursor
    try input.skip(Int(count))
    try makeRoom(for: written + Int(count))
    (output + written).update(from: start, count: Int(count))
    written += Int(count)
  }

  /// The two codes of a block with its own (RFC 1951, 3.2.7).
  private func readCodes(_ input: inout BitReader) throws(Fault) {
    input.refill()
    let literalCount = input.take(5) + 257
    let distanceCount = input.take(5) + 1
    let lengthCount = input.take(4) + 4
    guard input.count >= 0 else { throw .truncated }
    guard literalCount <= 286, distanceCount <= 30 else { throw .damaged }
    try readLengthCode(&input, lengthCount)

    let words = lengthCode.words
    let total = literalCount + distanceCount
    var index = 0
    while index < total {
      input.refill()
      let entry = words.find(input.bits)
      input.drop(CodeEntry.length(entry))
      var length: UInt8 = 0
      var times = 1
      switch CodeEntry.value(entry) {
      case 16:
        times = 3 + input.take(2)
        guard index > 0 || input.count < 0 else { throw .damaged }
        if index > 0 { length = lengths[index - 1] }
      case 17: times = 3 + input.take(3)
      case 18: times = 11 + input.take(7)
      case let value: length = UInt8(truncatingIfNeeded: value)
      }
      guard input.count >= 0 else { throw .truncated }
      guard index + times <= total else { throw .damaged }
      (lengths + index).update(repeating: length, count: times)
      index += times
    }
    guard lengths[256] != 0, literals.build(lengths, count: literalCount, mayBeSparse: true),
      distances.build(lengths + literalCount, count: distanceCount, mayBeSparse: true)
    else { throw .damaged }
  }

  private func readLengthCode(_ input: inout BitReader, _ count: Int) throws(Fault) {
    lengths.update(repeating: 0, count: 19)
    for place in 0..<count {
      input.refill()
      lengths[Inflater.lengthOrder(place)] = UInt8(truncatingIfNeeded: input.take(3))
    }
    guard input.count >= 0 else { throw .truncated }
    guard lengthCode.build(lengths, count: 19, mayBeSparse: false) else { throw .damaged }
  }

  /// 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15: the likely ones first.
  private static func lengthOrder(_ place: Int) -> Int {
    if place < 4 { return place == 3 ? 0 : 16 + place }
    return place % 2 == 0 ? 6 + place / 2 : 9 - place / 2
  }

  /// Literals and copies up to the end of the block. After a refill there are 56 bits, or all that are left: enough for
  /// three literals, or for a copy (15 + 5 + 15 + 13). Behind the end of the input zeros are read, and `count` becomes
  /// negative, which is looked at before anything that was read is believed.
  private func decode(
    _ input: inout BitReader, _ literals: PrefixCode.Words, _ distances: PrefixCode.Words
  ) throws(Fault) {
    var reader = input
    var start = output
    var out = start + written
    var stop = start + capacity
    while true {
      if out > stop {
        written = out - start
        try makeRoom(for: written)
        (start, out, stop) = (output, output + written, output + capacity)
      }
      reader.refill()
      var entry = literals.find(reader.bits)
      if entry & CodeEntry.literal != 0 {
        for _ in 0..<2 where entry & CodeEntry.literal != 0 {
          out = Inflater.put(entry, out, &reader)
          entry = literals.find(reader.bits)
        }
        if entry & CodeEntry.literal != 0 { out = Inflater.put(entry, out, &reader) }
        guard reader.count >= 0 else { throw .truncated }
        if entry & CodeEntry.literal != 0 { continue }
        reader.refill()
      }
      reader.drop(CodeEntry.length(entry))
      if entry & (CodeEntry.endOfBlock | CodeEntry.invalid) != 0 {
        guard reader.count >= 0 else { throw .truncated }
        guard entry & CodeEntry.invalid == 0 else { throw .damaged }
        break
      }
      let length = CodeEntry.value(entry) + reader.take(CodeEntry.extra(entry))
      let far = distances.find(reader.bits)
      reader.drop(CodeEntry.length(far))
      let distance = CodeEntry.value(far) + reader.take(CodeEntry.extra(far))
      guard reader.count >= 0 else { throw .truncated }
      guard far & CodeEntry.invalid == 0, distance <= out - start else { throw .damaged }
      Inflater.copy(length, from: distance, to: out)
      out += length
    }
    written = out - start
    guard written <= limit else { throw .overLimit }
    input = reader
  }

  @inline(__always)
  private static func put(
    _ entry: UInt32, _ out: UnsafeMutablePointer<UInt8>, _ reader: inout BitReader
  ) -> UnsafeMutablePointer<UInt8> {
    out.pointee = UInt8(truncatingIfNeeded: entry >> 16)
    reader.drop(CodeEntry.length(entry))
    return out + 1
  }

  /// The bytes that are copied may begin before those that are written end, and then repeat. Writes up to 7 more.
  @inline(__always)
  private static func copy(_ length: Int, from distance: Int, to out: UnsafeMutablePointer<UInt8>) {
    if distance >= 8 {
      var offset = 0
      let from = UnsafeRawPointer(out - distance)
      let to = UnsafeMutableRawPointer(out)
      repeat {
        let word = from.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        to.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
        offset += 8
      } while offset < length
    } else if distance == 1 {
      out.update(repeating: out[-1], count: length)
    } else {
      for offset in 0..<length { out[offset] = out[offset - distance] }
    }
  }

  /// Lets `count` bytes fit, keeping what is written.
  private func makeRoom(for count: Int) throws(Fault) {
    guard count <= limit else { throw .overLimit }
    guard count > capacity else { return }
    capacity = min(limit, max(count, capacity * 2))
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Inflater.margin)
    larger.update(from: output, count: written)
    output.deallocate()
    output = larger
  }
}
