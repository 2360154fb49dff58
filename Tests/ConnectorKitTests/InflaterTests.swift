import CZlib
import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// Unpacking frames, against zlib. Every frame ends at a page that cannot be read.
@Suite struct InflaterTests {
  private static let forms: [(Inflater.Form, Int32)] = [(.gzip, Zlib.gzip), (.zlib, Zlib.zlib), (.raw, Zlib.raw)]

  /// An inflater, and memory for frames behind which nothing is readable.
  private final class Bench {
    let inflater: Inflater
    private let memory: EndOfPage

    init(limit: Int = 16 << 20) throws {
      inflater = Inflater(limit: limit)
      memory = try EndOfPage()
    }

    func inflate(_ frame: [UInt8], _ form: Inflater.Form) -> [UInt8]? {
      guard let result = inflater.inflate(memory.place(frame), form) else { return nil }
      return Array(result)
    }
  }

  // MARK: Data

  private static func bytes(_ kind: Int, _ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
    switch kind {
    case 0: return (0..<count).map { _ in UInt8(random.below(256)) }
    case 1:
      // Repeats at every short distance, which overlap what they copy.
      let period = (0..<(1 + random.below(20))).map { _ in UInt8(random.below(256)) }
      return (0..<count).map { period[$0 % period.count] }
    case 2:
      var text: [UInt8] = []
      while text.count < count {
        text += Array(#"{"s":"BTC-USDT","p":"\#(random.below(100_000)).\#(random.below(100))","#.utf8)
        text += Array(#""q":"0.\#(random.below(1_000_000))","t":17000\#(random.below(100_000_000))},"#.utf8)
      }
      return Array(text[..<count])
    default:
      // Few frequent and many rare values: long code words; and copies from far.
      var data: [UInt8] = []
      while data.count < count {
        if data.count > 40_000, random.oneIn(20) {
          let start = data.count - 32_000 - random.below(700)
          data += data[start..<(start + 3 + random.below(300))]
        } else {
          data.append(UInt8(truncatingIfNeeded: random.next() >> UInt64(56 + random.below(8))))
        }
      }
      return Array(data[..<count])
    }
  }

  // MARK: What was packed

  @Test(arguments: [0, 1, 2, 3]) func whatZlibPacksIsUnpacked(kind: Int) throws {
    var random = SeededGenerator(seed: UInt64(kind))
    let bench = try Bench()
    let strategies = [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_FILTERED]
    for size in [0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 257, 258, 259, 1000, 5551, 5553, 65_535, 65_537, 150_000] {
      let data = Self.bytes(kind, size, &random)
      for (form, bits) in Self.forms {
        for level: Int32 in [0, 1, 6, 9] {
          let strategy = random.pick(strategies)
          let frame = Zlib.pack(
            data, bits: bits, level: level, strategy: strategy, memory: random.pick([1, 8, 9]),
            isFlushed: random.oneIn(3))
          let forms = form == .raw ? [form] : [form, .automatic]
          for form in forms where bench.inflate(frame, form) != data {
            Issue.record("\(size) bytes, \(form), level \(level), strategy \(strategy)")
          }
          #expect(bench.inflater.fault == nil)
        }
      }
    }
  }

  @Test(arguments: [Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE]) func everySmallSize(strategy: Int32) throws {
    var random = SeededGenerator(seed: 5)
    let bench = try Bench()
    for size in 0..<300 {
      let data = Self.bytes(size % 4, size, &random)
      for (form, bits) in Self.forms {
        #expect(bench.inflate(Zlib.pack(data, bits: bits, strategy: strategy), form) == data)
      }
    }
  }

  @Test func optionalFieldsOfGzip() throws {
    let bench = try Bench()
    let data = Array("a frame with a name, a comment and more".utf8)
    let full = Zlib.pack(data, bits: Zlib.gzip) { _ in }
    #expect(full[3] == 0x1E && bench.inflate(full, .gzip) == data)
    let named = Zlib.pack(data, bits: Zlib.gzip) { $0.extra = nil; $0.comment = nil; $0.hcrc = 0 }
    #expect(named[3] == 0x08 && bench.inflate(named, .gzip) == data)
    for length in 0..<full.count { try expectTruncated(bench, Array(full[..<length]), .gzip) }
    // The checksum of the header covers the time.
    var damaged = full
    damaged[4] ^= 1
    #expect(bench.inflate(damaged, .gzip) == nil && bench.inflater.fault == .damaged)
  }

  // MARK: What is wrong

  private func expectTruncated(_ bench: Bench, _ frame: [UInt8], _ form: Inflater.Form) throws {
    let result = bench.inflate(frame, form)
    #expect(result == nil && bench.inflater.fault == .truncated, "\(frame.count) bytes, \(form)")
  }

  @Test(arguments: [0, 1, 2, 3]) func everyTruncationIsSeen(kind: Int) throws {
    var random = SeededGenerator(seed: 10 + UInt64(kind))
    let bench = try Bench()
    for (form, bits) in Self.forms {
      for strategy in [Z_DEFAULT_STRATEGY, Z_FIXED] {
        for level: Int32 in [0, 6] {
          let frame = Zlib.pack(
            Self.bytes(kind, 600, &random), bits: bits, level: level, strategy: strategy, isFlushed: true)
          for length in 0..<frame.count { try expectTruncated(bench, Array(frame[..<length]), form) }
          #expect(bench.inflate(frame, form)?.count == 600)
        }
      }
    }
  }

  /// A changed frame is refused or, where the change is to what says nothing, gives what was packed. What zlib gives
  /// for a raw stream, and whether it gives anything, is the measure for those.
  @Test(arguments: [0, 1, 2, 3]) func changedBytes(kind: Int) throws {
    var random = SeededGenerator(seed: 20 + UInt64(kind))
    let limit = 20_000
    let bench = try Bench(limit: limit)
    var accepted = 0
    for round in 0..<12 {
      let data = Self.bytes(kind, 1 + random.below(1500), &random)
      let strategy = round % 3 == 0 ? Z_FIXED : Z_DEFAULT_STRATEGY
      for (form, bits) in Self.forms {
        let frame = Zlib.pack(data, bits: bits, strategy: strategy, memory: random.pick([1, 8]))
        for _ in 0..<250 {
          var changed = frame
          // The codes at the beginning are what can be wrong in most ways.
          let place = random.oneIn(2) ? random.below(min(frame.count, 90)) : random.below(frame.count)
          changed[place] = UInt8(random.below(256))
          let result = bench.inflate(changed, form)
          #expect((result == nil) == (bench.inflater.fault != nil))
          if form == .raw {
            guard result == Zlib.unpack(changed, bits: bits, limit: limit) else {
              Issue.record("kind \(kind), round \(round), byte \(place) made \(changed[place])")
              return
            }
            if result != nil { accepted += 1 }
          } else if let result {
            #expect(result == data)
          }
        }
      }
    }
    #expect(accepted > 0)
  }

  /// Blocks with random codes, most of them impossible: judged as zlib does.
  @Test func randomCodes() throws {
    var random = SeededGenerator(seed: 30)
    let bench = try Bench(limit: 20_000)
    var accepted = 0
    for round in 0..<4000 {
      var writer = BitWriter()
      // Complete codes, of which one length in a third of the rounds is changed.
      var literals = Self.completeLengths(257 + random.below(30), &random)
      var distances = Self.completeLengths(1 + random.below(30), &random)
      if random.oneIn(6) { literals[random.below(literals.count)] = random.below(16) }
      if random.oneIn(6) { distances[random.below(distances.count)] = random.below(16) }
      writer.codes(literals: literals, distances: distances)
      for _ in 0..<random.below(40) { writer.put(random.below(256), 8) }
      let result = bench.inflate(writer.bytes, .raw)
      guard result == Zlib.unpack(writer.bytes, bits: Zlib.raw, limit: 20_000) else {
        Issue.record("round \(round)")
        return
      }
      if result != nil { accepted += 1 }
    }
    #expect(accepted > 0)
  }

  /// Lengths of a complete code over some of `count` symbols, the last one among them: words are split at random.
  private static func completeLengths(_ count: Int, _ random: inout SeededGenerator) -> [Int] {
    var words = [1]
    if count > 1 {
      words = [1, 1]
      for _ in 0..<random.below(count - 1) {
        let index = random.oneIn(2) ? words.count - 1 : random.below(words.count)
        guard words[index] < 15 else { continue }
        words[index] += 1
        words.append(words[index])
      }
    }
    let lengths = words + [Int](repeating: 0, count: count - words.count)
    var shuffled = lengths.shuffled(using: &random)
    // The end of the block needs a word.
    if count > 256, shuffled[256] == 0, let other = shuffled.firstIndex(where: { $0 != 0 }) {
      shuffled.swapAt(256, other)
    }
    return shuffled
  }

  @Test func codesThatMayAndMayNotBe() throws {
    let bench = try Bench()
    func judge(_ literals: [Int: Int], _ distances: [Int], _ body: (inout BitWriter) -> Void) -> [UInt8]? {
      var writer = BitWriter()
      writer.codes(literals: (0..<260).map { literals[$0] ?? 0 }, distances: distances)
      body(&writer)
      let result = bench.inflate(writer.bytes, .raw)
      #expect(result == Zlib.unpack(writer.bytes, bits: Zlib.raw, limit: 1000))
      // Not for what is missing or left over: that would hide what is to be shown.
      #expect(bench.inflater.fault == (result == nil ? .damaged : nil))
      return result
    }
    // "a", then three bytes from one before, by a distance code of one word.
    let single = judge([97: 1, 256: 2, 257: 2], [1]) { $0.word(0, 1); $0.word(3, 2); $0.word(0, 1); $0.word(2, 2) }
    #expect(single == Array("aaaa".utf8))
    // The word that the code does not have.
    #expect(judge([97: 1, 256: 2, 257: 2], [1]) { $0.word(0, 1); $0.word(3, 2); $0.word(1, 1); $0.put(0, 9) } == nil)
    // No distance at all is well if none is used; one word of two bits is not.
    #expect(judge([97: 1, 256: 1], [0]) { $0.word(0, 1); $0.word(1, 1) } == Array("a".utf8))
    #expect(judge([97: 1, 256: 1], [2]) { $0.word(0, 1); $0.word(1, 1) } == nil)
    // A block of nothing but its end; none without.
    #expect(judge([256: 1], [0]) { $0.word(0, 1) } == [])
    #expect(judge([97: 1, 98: 1], [0]) { $0.word(0, 1); $0.put(0, 9) } == nil)
    // Too many words, too few, and a copy from before the beginning.
    #expect(judge([97: 1, 98: 1, 256: 1], [1]) { $0.put(0, 20) } == nil)
    #expect(judge([97: 2, 98: 2, 256: 2], [1]) { $0.put(0, 20) } == nil)
    #expect(judge([97: 1, 256: 2, 257: 2], [0, 1]) { $0.word(0, 1); $0.word(3, 2); $0.put(0, 20) } == nil)
  }

  @Test func checksumsAndWhatFollows() throws {
    let bench = try Bench()
    let data = Array(repeating: UInt8(ascii: "x"), count: 6000)
    for (form, bits) in Self.forms {
      let frame = Zlib.pack(data, bits: bits)
      #expect(bench.inflate(frame + [0], form) == nil && bench.inflater.fault == .trailingBytes)
      #expect(bench.inflate(frame + frame, form) == nil && bench.inflater.fault == .trailingBytes)
      guard form != .raw else { continue }
      for back in 1...(form == .gzip ? 8 : 4) {
        var damaged = frame
        damaged[frame.count - back] ^= 0x10
        #expect(bench.inflate(damaged, form) == nil && bench.inflater.fault == .damaged)
      }
      #expect(bench.inflate(frame, form == .gzip ? .zlib : .gzip) == nil && bench.inflater.fault == .damaged)
    }
    // A preset dictionary, which no frame can bring.
    #expect(bench.inflate([0x78, 0xBB, 0, 0, 0, 0], .automatic) == nil && bench.inflater.fault == .damaged)
    #expect(bench.inflater.inflate(UnsafeBufferPointer(start: nil, count: 0), .automatic) == nil)
    #expect(bench.inflater.fault == .truncated)
  }

  // MARK: Limit and memory

  @Test(arguments: [0, 1, 257, 70_000, 200_000]) func theLimitIsKept(limit: Int) throws {
    let bench = try Bench(limit: limit)
    var random = SeededGenerator(seed: 40)
    for (form, bits) in Self.forms {
      for level: Int32 in [0, 9] {
        for kind in 0..<4 {
          let data = Self.bytes(kind, limit + 1, &random)
          let fits = Array(data[..<limit])
          #expect(bench.inflate(Zlib.pack(fits, bits: bits, level: level), form) == fits)
          #expect(bench.inflate(Zlib.pack(data, bits: bits, level: level), form) == nil)
          #expect(bench.inflater.fault == .overLimit)
        }
      }
      // A thousand times its size.
      let bomb = Zlib.pack([UInt8](repeating: 0, count: 1 << 22), bits: bits)
      #expect(bench.inflate(bomb, form) == nil && bench.inflater.fault == .overLimit)
    }
  }

  @Test func slackIsReadableAndZero() throws {
    let bench = try Bench(limit: 100_000)
    for size in [100_000, 65_536, 65_537, 500, 1, 0] {
      let data = [UInt8](repeating: 0xFF, count: size)
      let frame = Zlib.pack(data, bits: Zlib.raw)
      let result = try #require(frame.withUnsafeBufferPointer { bench.inflater.inflate($0, .raw) })
      let base = try #require(result.baseAddress)
      #expect(result.count == size && (0..<64).allSatisfy { base[size + $0] == 0 })
    }
  }

  @Test func whatIsUnpackedIsScanned() throws {
    let inflater = Inflater()
    let frame = Zlib.pack(Array(#"{"ping":1700000000123}"#.utf8), bits: Zlib.gzip)
    let text = try #require(frame.withUnsafeBufferPointer { inflater.inflate($0, .automatic) })
    var json = JSONScanner(text)
    json.enterObject()
    #expect(json.nextKey().map { $0 == "ping" } == true)
    let time = json.unsigned()
    #expect(time == 1_700_000_000_123)
    #expect(json.nextKey() == nil)
    let isComplete = json.isComplete()
    #expect(isComplete)
  }

  /// The same memory for each frame, whatever became of the one before.
  @Test func usedAgainAfterFailure() throws {
    let bench = try Bench(limit: 10_000)
    var random = SeededGenerator(seed: 50)
    let good = Self.bytes(2, 3000, &random)
    let frame = Zlib.pack(good, bits: Zlib.zlib)
    let first = frame.withUnsafeBufferPointer { bench.inflater.inflate($0, .zlib) }?.baseAddress
    let junk = (0..<300).map { _ in (0..<40).map { _ in UInt8(random.below(256)) } }
    for bad in junk + [Array(frame.dropLast(3)), Zlib.pack(Self.bytes(3, 20_000, &random), bits: Zlib.zlib)] {
      #expect(bench.inflate(bad, .zlib) == nil && bench.inflater.fault != nil)
      #expect(bench.inflate(frame, .zlib) == good && bench.inflater.fault == nil)
    }
    let last = frame.withUnsafeBufferPointer { bench.inflater.inflate($0, .zlib) }?.baseAddress
    #expect(first != nil && first == last)
  }
}
