import CPatchbay
import CZlib
import Testing

@testable import Runtime

/// Frames that an exchange compresses by itself.
struct FrameInflaterTests {
  /// zlib's `windowBits`: gzip, zlib, bare deflate.
  static let forms: [Int32] = [15 + 16, 15, -15]

  static func deflated(_ text: [UInt8], _ bits: Int32, flush: Int32 = Z_FINISH) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    deflateInit2_(&stream, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    defer { deflateEnd(&stream) }
    var (input, output) = (text, [UInt8](repeating: 0, count: text.count + 1000))
    return input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        deflate(&stream, flush)
        return Array(output[..<(output.count - Int(stream.avail_out))])
      }
    }
  }

  static func inflate(_ frame: [UInt8], _ inflater: FrameInflater = FrameInflater()) -> [UInt8]? {
    frame.withUnsafeBufferPointer { inflater.inflate($0).map { Array($0) } }
  }

  @Test func everyFormIsKnownByItsFirstBytes() {
    let inflater = FrameInflater()
    let text = Array(#"{"ch":"market.btcusdt.depth.step0","tick":{"bids":[[1,2]]}}"#.utf8)
    for _ in 0..<3 {
      for form in Self.forms { #expect(Self.inflate(Self.deflated(text, form), inflater) == text) }
    }
    #expect(Self.inflate(Self.deflated(text, -15, flush: Z_SYNC_FLUSH), inflater) == text)
  }

  @Test func largeFramesGrowTheBuffer() {
    let text = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 5) }
    let inflater = FrameInflater()
    #expect(Self.inflate(Self.deflated(text, 31), inflater) == text)
    #expect(Self.inflate(Self.deflated([1, 2, 3], 31), inflater) == [1, 2, 3])
  }

  @Test func whatExpandsWithoutEndIsRefused() {
    let text = [UInt8](repeating: 65, count: FrameInflater.limit + 1)
    let inflater = FrameInflater()
    for form in Self.forms { #expect(Self.inflate(Self.deflated(text, form), inflater) == nil) }
    #expect(Self.inflate(Self.deflated([65], 31), inflater) == [65], "the next frame is not harmed")
  }

  @Test func damagedFramesAreRefused() {
    let text = Array(String(repeating: #"{"price":"64250.10","size":"0.00012"}"#, count: 40).utf8)
    let inflater = FrameInflater()
    // Bare deflate has no check sum: what lacks its last bytes may already be all of the text.
    for (form, end) in zip(Self.forms, [0, 0, 4]) {
      let whole = Self.deflated(text, form)
      for size in 0..<(whole.count - end) {
        let isTaken = Self.inflate(Array(whole[..<size]), inflater) == text
        #expect(!isTaken, "\(size) of \(whole.count) bytes")
      }
    }
    let whole = Self.deflated(text, 31)
    for place in 10..<whole.count {
      var damaged = whole
      damaged[place] ^= 0x10
      let read = Self.inflate(damaged, inflater)
      let isNoticed = read == nil || read == text
      #expect(isNoticed, "byte \(place)")
    }
    #expect(Self.inflate(text, inflater) == nil, "text that is not compressed")
    #expect(Self.inflate(whole, inflater) == text)
  }

  @Test func slackIsReadable() throws {
    let inflater = FrameInflater()
    let frame = Self.deflated([UInt8](repeating: 66, count: (64 << 10) - Int(PB_PAYLOAD_SLACK)), 31)
    try frame.withUnsafeBufferPointer {
      let text = try #require(inflater.inflate($0))
      let base = try #require(text.baseAddress)
      // The sanitizers of a debug build notice a read behind the buffer.
      #expect((0..<Int(PB_PAYLOAD_SLACK)).reduce(0) { $0 &+ Int(base[text.count + $1]) } >= 0)
    }
  }
}
