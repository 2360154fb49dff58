import CPatchbay
import CZlib

/// Inflates whole frames for connectors that ask for it (`PB_OPEN_INFLATE`): gzip, zlib or bare deflate, each frame by
/// itself, told apart by its first bytes. One per session; its buffer is used again for every frame. Not thread-safe.
public final class FrameInflater {
  /// Most bytes that a frame may expand to.
  static let limit = 16 << 20

  /// On the heap, since zlib keeps its address.
  private let stream: UnsafeMutablePointer<z_stream>
  private var buffer: UnsafeMutableBufferPointer<UInt8>
  private var form: Form?

  private enum Form {
    case wrapped, bare

    /// zlib's `windowBits`: 32 more than the window has it look for the head of gzip or zlib.
    var bits: Int32 { self == .wrapped ? 32 + 15 : -15 }

    /// Sources: RFC 1952 section 2.3.1 (gzip), RFC 1950 section 2.2 (zlib: method 8, and a check that makes the first
    /// two bytes a multiple of 31).
    init(_ frame: UnsafeBufferPointer<UInt8>) {
      guard frame.count >= 2 else {
        self = .bare
        return
      }
      let (first, second) = (UInt16(frame[0]), UInt16(frame[1]))
      let isZlib = first & 15 == 8 && first >> 4 <= 7 && (first << 8 | second) % 31 == 0
      self = isZlib || (first == 0x1f && second == 0x8b) ? .wrapped : .bare
    }
  }

  public init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    buffer = .allocate(capacity: 64 << 10)
  }

  deinit {
    if form != nil { inflateEnd(stream) }
    stream.deallocate()
    buffer.deallocate()
  }

  /// What a frame expands to, readable for `PB_PAYLOAD_SLACK` bytes behind its end until the next call; nil when it is
  /// no whole compressed text, or expands to more than `limit`.
  public func inflate(_ frame: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
    guard prepare(Form(frame)) else { return nil }
    stream.pointee.next_in = UnsafeMutablePointer(mutating: frame.baseAddress)
    stream.pointee.avail_in = UInt32(clamping: frame.count)
    let slack = Int(PB_PAYLOAD_SLACK)
    var size = 0
    while true {
      stream.pointee.next_out = buffer.baseAddress?.advanced(by: size)
      stream.pointee.avail_out = UInt32(clamping: buffer.count - slack - size)
      let room = Int(stream.pointee.avail_out)
      let status = CZlib.inflate(stream, Z_SYNC_FLUSH)
      size += room - Int(stream.pointee.avail_out)
      if status == Z_STREAM_END { break }
      guard status == Z_OK || status == Z_BUF_ERROR else { return nil }
      if stream.pointee.avail_out > 0 {
        // All was read and nothing ended: bare deflate may stop after a flush, the others have lost their end.
        guard form == .bare, stream.pointee.avail_in == 0, size > 0 else { return nil }
        break
      }
      guard grow() else { return nil }
    }
    return UnsafeBufferPointer(rebasing: UnsafeBufferPointer(buffer)[..<size])
  }

  private func prepare(_ wanted: Form) -> Bool {
    if form == wanted { return inflateReset(stream) == Z_OK }
    if form != nil { inflateEnd(stream) }
    form = nil
    guard inflateInit2_(stream, wanted.bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return false
    }
    form = wanted
    return true
  }

  private func grow() -> Bool {
    guard buffer.count < Self.limit else { return false }
    let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: min(buffer.count * 4, Self.limit))
    _ = larger.update(fromContentsOf: buffer)
    buffer.deallocate()
    buffer = larger
    return true
  }
}
