/// What a code word stands for, in 32 bits: bits 0-3 the length of the word, 4-7 the number of extra bits behind it,
/// 8-11 flags, 16-31 the literal, or the base to which the extra bits are added.
enum CodeEntry {
  static let literal: UInt32 = 0x100
  static let endOfBlock: UInt32 = 0x200
  /// No word of the code, or one that stands for nothing.
  static let invalid: UInt32 = 0x400
  /// The word is longer than the table's index.
  static let long: UInt32 = 0x800

  @inline(__always) static func length(_ entry: UInt32) -> Int { Int(entry & 0xF) }
  @inline(__always) static func extra(_ entry: UInt32) -> Int { Int((entry >> 4) & 0xF) }
  @inline(__always) static func value(_ entry: UInt32) -> Int { Int(entry >> 16) }

  /// The 288 literals and lengths (RFC 1951, 3.2.5); 286 and 287 have code words in the fixed code, and no meaning.
  nonisolated(unsafe) static let literals: UnsafePointer<UInt32> = {
    let entries = UnsafeMutablePointer<UInt32>.allocate(capacity: 288)
    for symbol in 0..<256 { entries[symbol] = UInt32(symbol) << 16 | literal }
    entries[256] = endOfBlock
    var base: UInt32 = 3
    for symbol in 257..<285 {
      let extra = symbol < 265 ? 0 : UInt32(symbol - 261) / 4
      entries[symbol] = base << 16 | extra << 4
      base += 1 << extra
    }
    entries[285] = 258 << 16
    entries[286] = invalid
    entries[287] = invalid
    return UnsafePointer(entries)
  }()

  /// The 32 distances (RFC 1951, 3.2.5); 30 and 31 mean nothing.
  nonisolated(unsafe) static let distances: UnsafePointer<UInt32> = {
    let entries = UnsafeMutablePointer<UInt32>.allocate(capacity: 32)
    var base: UInt32 = 1
    for symbol in 0..<30 {
      let extra = symbol < 4 ? 0 : UInt32(symbol - 2) / 2
      entries[symbol] = base << 16 | extra << 4
      base += 1 << extra
    }
    entries[30] = invalid
    entries[31] = invalid
    return UnsafePointer(entries)
  }()

  /// The 19 symbols in which the lengths of the other two codes are written (RFC 1951, 3.2.7).
  nonisolated(unsafe) static let lengths: UnsafePointer<UInt32> = {
    let entries = UnsafeMutablePointer<UInt32>.allocate(capacity: 19)
    for symbol in 0..<19 { entries[symbol] = UInt32(symbol) << 16 }
    return UnsafePointer(entries)
  }()
}

/// A canonical prefix code (RFC 1951, 3.2.2), built anew in place for each block that brings its own.
///
/// The next bits of the input index a table that tells most words at once; a longer word is found by comparing with the
/// end of each length's range, because words of one length are consecutive numbers.
final class PrefixCode {
  static let longestWord = 15

  private let longestIndex: Int
  /// The length of the index at hand: no more than the longest word needs, because short frames are mostly the making
  /// of their tables.
  private var indexBits: Int
  private let meanings: UnsafePointer<UInt32>
  private let table: UnsafeMutablePointer<UInt32>
  /// The entries of the words that are longer than the index, at the place that `starts` and `ends` give.
  private let longEntries: UnsafeMutablePointer<UInt32>
  /// By length: how many words; the first place in the order of codes less the first code; the code behind the last.
  private let counts: UnsafeMutablePointer<Int>
  private let starts: UnsafeMutablePointer<Int>
  private let ends: UnsafeMutablePointer<Int>

  /// A code of up to `symbols` symbols that stand for `meanings`, with a table of at most 2^`indexBits` entries.
  init(indexBits: Int, symbols: Int, meanings: UnsafePointer<UInt32>) {
    longestIndex = indexBits
    self.indexBits = indexBits
    self.meanings = meanings
    table = .allocate(capacity: 1 << indexBits)
    table.initialize(repeating: CodeEntry.invalid | 1, count: 1 << indexBits)
    longEntries = .allocate(capacity: symbols)
    longEntries.initialize(repeating: CodeEntry.invalid | 1, count: symbols)
    counts = .allocate(capacity: PrefixCode.longestWord + 1)
    starts = .allocate(capacity: PrefixCode.longestWord + 1)
    ends = .allocate(capacity: PrefixCode.longestWord + 1)
    for each in [counts, starts, ends] { each.initialize(repeating: 0, count: PrefixCode.longestWord + 1) }
  }

  deinit {
    table.deallocate()
    longEntries.deallocate()
    counts.deallocate()
    starts.deallocate()
    ends.deallocate()
  }

  /// The table as decoding loops use it: to be read with `find`.
  struct Words {
    fileprivate let table: UnsafePointer<UInt32>
    fileprivate let mask: UInt64
    fileprivate unowned(unsafe) let code: PrefixCode

    /// The entry of the word with which `bits` begin. At least 15 bits, or zeros behind the end of the input.
    @inline(__always)
    func find(_ bits: UInt64) -> UInt32 {
      let entry = table[Int(truncatingIfNeeded: bits & mask)]
      return entry & CodeEntry.long == 0 ? entry : code.findLong(bits)
    }
  }

  var words: Words { Words(table: table, mask: 1 << UInt64(indexBits) - 1, code: self) }

  /// Takes the code whose words have `lengths` (0: no word). `false` if there are more words than fit or too few, in
  /// which case the code must not be used. As RFC 1951, 3.2.7 has it, a code that `mayBeSparse` may consist of one word
  /// of one bit, or of none at all; its other words are then invalid.
  func build(_ lengths: UnsafePointer<UInt8>, count: Int, mayBeSparse: Bool) -> Bool {
    let lengthRange = 1...PrefixCode.longestWord
    for length in lengthRange { counts[length] = 0 }
    for symbol in 0..<count where lengths[symbol] != 0 { counts[Int(lengths[symbol])] += 1 }
    let longest = lengthRange.last { counts[$0] != 0 } ?? 0
    let indexBits = max(1, min(longest, longestIndex))
    self.indexBits = indexBits
    var free = 1
    var code = 0
    var place = 0
    for length in lengthRange {
      free = free * 2 - counts[length]
      guard free >= 0 else { return false }
      code *= 2
      starts[length] = place - code
      ends[length] = code
      code += counts[length]
      // Places are given to long words only.
      if length > indexBits { place += counts[length] } else { place = 0 }
    }
    guard free == 0 || mayBeSparse && longest <= 1 else { return false }
    if free != 0 || longest > indexBits {
      let rest = longest > indexBits ? CodeEntry.long : CodeEntry.invalid | 1
      table.update(repeating: rest, count: 1 << indexBits)
    }
    for symbol in 0..<count where lengths[symbol] != 0 { add(symbol, Int(lengths[symbol]), indexBits) }
    return true
  }

  @inline(__always)
  private func add(_ symbol: Int, _ length: Int, _ indexBits: Int) {
    let code = ends[length]
    ends[length] += 1
    let entry = meanings[symbol] | UInt32(length)
    if length > indexBits {
      longEntries[code + starts[length]] = entry
      return
    }
    // Words are sent from their highest bit, all else from the lowest: the index is the word reversed.
    var index = PrefixCode.reversed(code) >> (16 - length)
    while index < 1 << indexBits {
      table[index] = entry
      index += 1 << length
    }
  }

  @inline(never)
  private func findLong(_ bits: UInt64) -> UInt32 {
    let word = PrefixCode.reversed(Int(bits & 0xFFFF))
    for length in (indexBits + 1)...PrefixCode.longestWord {
      // Not below the range: the table or the turn before would have found a shorter word.
      let code = word >> (16 - length)
      if code < ends[length] { return longEntries[code + starts[length]] }
    }
    return CodeEntry.invalid | 1
  }

  /// The lowest 16 bits in opposite order.
  @inline(__always)
  private static func reversed(_ word: Int) -> Int {
    var word = (word & 0x5555) << 1 | (word >> 1) & 0x5555
    word = (word & 0x3333) << 2 | (word >> 2) & 0x3333
    word = (word & 0x0F0F) << 4 | (word >> 4) & 0x0F0F
    return (word & 0x00FF) << 8 | (word >> 8) & 0x00FF
  }
}
