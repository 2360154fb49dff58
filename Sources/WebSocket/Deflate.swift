import CZlib

/// What both sides agreed about permessage-deflate (RFC 7692).
public struct DeflateAgreement: Sendable, Equatable {
  /// The client compresses every message on its own.
  public var clientNoContext = false
  /// The server compresses every message on its own.
  public var serverNoContext = false
  /// Window of the server's compression, 9 to 15 bits.
  public var serverWindowBits: Int32 = 15

  public init() {}
}

/// What every compressed message ends with, and what its sender leaves out (RFC 7692 7.2.1).
private let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

/// Decompresses messages piece by piece.
final class Inflater {
  /// On the heap, since zlib keeps its address.
  private let stream: UnsafeMutablePointer<z_stream>
  private let isReset: Bool

  /// `nil` when there is no memory for it.
  init?(resetsAfterMessage: Bool) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    isReset = resetsAfterMessage
    guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Appends what `input` expands to. More than `limit` bytes in `output` are too large.
  func inflate(
    _ input: UnsafeRawBufferPointer, isLast: Bool, into output: inout ByteQueue, limit: Int
  ) -> WebSocketFault? {
    if let fault = run(input, into: &output, limit: limit) { return fault }
    guard isLast else { return nil }
    let fault = tail.withUnsafeBytes { run($0, into: &output, limit: limit) }
    if isReset { inflateReset(stream) }
    return fault
  }

  private func run(_ input: UnsafeRawBufferPointer, into output: inout ByteQueue, limit: Int) -> WebSocketFault? {
    let bytes = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
    stream.pointee.next_in = bytes
    stream.pointee.avail_in = UInt32(clamping: input.count)
    while true {
      var status = Z_OK
      var isFull = false
      _ = output.write(atLeast: 4096) { room in
        let size = min(room.count, 1 << 20)
        stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(size)
        status = CZlib.inflate(stream, Z_SYNC_FLUSH)
        isFull = stream.pointee.avail_out == 0
        return size - Int(stream.pointee.avail_out)
      }
      if output.count > limit { return .tooLarge }
      switch status {
      case Z_OK: if !isFull, stream.pointee.avail_in == 0 { return nil }
      case Z_BUF_ERROR: return stream.pointee.avail_in == 0 ? nil : .badCompression
      case Z_STREAM_END:
        // A final block inside a message is allowed (RFC 7692 7.2.3.4); more may follow it.
        let rest = (stream.pointee.next_in, stream.pointee.avail_in)
        inflateReset(stream)
        (stream.pointee.next_in, stream.pointee.avail_in) = rest
        if rest.1 == 0 { return nil }
      default: return .badCompression
      }
    }
  }
}

/// Compresses whole messages.
final class Deflater {
  private let stream: UnsafeMutablePointer<z_stream>
  private let isReset: Bool

  /// `nil` when there is no memory for it.
  init?(windowBits: Int32, resetsAfterMessage: Bool) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    isReset = resetsAfterMessage
    let size = Int32(MemoryLayout<z_stream>.size)
    let level = Z_DEFAULT_COMPRESSION
    guard
      deflateInit2_(stream, level, Z_DEFLATED, -windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
    else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// The message compressed, without the tail that the receiver knows.
  func deflate(_ input: UnsafeRawBufferPointer) -> ByteQueue {
    var output = ByteQueue(capacity: input.count / 2 + 64)
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
    stream.pointee.avail_in = UInt32(clamping: input.count)
    var isFull = true
    while isFull {
      _ = output.write(atLeast: 256) { room in
        let size = min(room.count, 1 << 20)
        stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(size)
        CZlib.deflate(stream, Z_SYNC_FLUSH)
        isFull = stream.pointee.avail_out == 0
        return size - Int(stream.pointee.avail_out)
      }
    }
    if isReset { deflateReset(stream) }
    output.removeLast(tail.count)
    // An empty message after a flush compresses to nothing at all; one empty block stands for it (RFC 7692 7.2.3.6).
    if output.isEmpty { withUnsafeBytes(of: UInt8(0)) { output.append($0) } }
    return output
  }
}
