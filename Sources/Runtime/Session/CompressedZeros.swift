import CZlib

/// Zeros in few bytes, as gzip, zlib or bare deflate: what a peer may send to whoever inflates without an end.
package enum CompressedZeros {
  package enum Form: Int32, CaseIterable, Sendable {
    case gzip = 31, zlib = 15, bare = -15
  }

  /// - Parameter count: how many come out of it.
  package static func bytes(_ form: Form, count: Int) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard deflateInit2_(&stream, 9, Z_DEFLATED, form.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
      return []
    }
    defer { deflateEnd(&stream) }
    var zeros = [UInt8](repeating: 0, count: 1 << 20)
    var packed = [UInt8](repeating: 0, count: 1 << 16)
    var all: [UInt8] = []
    var left = count
    while true {
      let part = min(left, zeros.count)
      left -= part
      let isLast = left == 0
      zeros.withUnsafeMutableBufferPointer { zeros in
        stream.next_in = zeros.baseAddress
        stream.avail_in = UInt32(part)
        repeat {
          let room = packed.count
          packed.withUnsafeMutableBufferPointer { packed in
            stream.next_out = packed.baseAddress
            stream.avail_out = UInt32(room)
            deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
          }
          all += packed[..<(room - Int(stream.avail_out))]
        } while stream.avail_out == 0
      }
      if isLast { return all }
    }
  }
}
