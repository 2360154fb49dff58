import CZlib

/// gzip (RFC 1952), for exchanges that compress their frames.
enum Gzip {
  static func compressed(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    // 16 added to the window's bits asks for gzip's header and trailer.
    let version = ZLIB_VERSION
    guard deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version,
      Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return [] }
    defer { deflateEnd(&stream) }
    var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 64))
    return input.withUnsafeMutableBufferPointer { input in
      let size = output.withUnsafeMutableBufferPointer { output in
        (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
        (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
        return deflate(&stream, Z_FINISH) == Z_STREAM_END ? output.count - Int(stream.avail_out) : 0
      }
      return Array(output.prefix(size))
    }
  }
}
