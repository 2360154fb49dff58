import CZlib

/// zlib, for comparing: what it packs must unpack, and what it unpacks is what a raw stream means.
enum Zlib {
  static let gzip: Int32 = 31
  static let zlib: Int32 = 15
  static let raw: Int32 = -15

  /// `data` packed; in two parts with a full flush between them if `isFlushed`, which gives an empty stored block.
  static func pack(
    _ data: [UInt8], bits: Int32, level: Int32 = 6, strategy: Int32 = Z_DEFAULT_STRATEGY, memory: Int32 = 8,
    isFlushed: Bool = false, header: ((inout gz_header) -> Void)? = nil
  ) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard deflateInit2_(&stream, level, Z_DEFLATED, bits, memory, strategy, ZLIB_VERSION, size) == Z_OK
    else { return [] }
    defer { deflateEnd(&stream) }
    var fields = gz_header()
    var name = Array("frame".utf8) + [0]
    var extra: [UInt8] = [1, 0, 2, 3]
    var input = data
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(data.count))) + 1024)
    let (inputCount, room) = (input.count, output.count)
    name.withUnsafeMutableBufferPointer { name in
      extra.withUnsafeMutableBufferPointer { extra in
        fields.name = name.baseAddress
        fields.comment = name.baseAddress
        fields.extra = extra.baseAddress
        fields.extra_len = UInt32(extra.count)
        fields.hcrc = 1
        header?(&fields)
        if header != nil { deflateSetHeader(&stream, &fields) }
        input.withUnsafeMutableBufferPointer { input in
          output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(room)
            if isFlushed {
              stream.avail_in = UInt32(inputCount / 2)
              deflate(&stream, Z_FULL_FLUSH)
            }
            stream.avail_in = UInt32(inputCount - Int(stream.total_in))
            deflate(&stream, Z_FINISH)
          }
        }
      }
    }
    return Array(output[..<Int(stream.total_out)])
  }

  /// What zlib unpacks, or `nil` unless `packed` is one whole stream of at most `limit` bytes and nothing more.
  static func unpack(_ packed: [UInt8], bits: Int32, limit: Int) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit2_(&stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = packed
    var output = [UInt8](repeating: 0, count: limit + 1)
    let inputCount = input.count
    let status = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(inputCount)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(limit + 1)
        return CZlib.inflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END, stream.avail_in == 0, stream.total_out <= limit else { return nil }
    return Array(output[..<Int(stream.total_out)])
  }
}

/// Writes deflated data bit by bit, for streams that no packer makes.
struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var used = 8

  /// A number, its lowest bit first.
  mutating func put(_ value: Int, _ count: Int) {
    for place in 0..<count {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8((value >> place) & 1) << UInt8(used)
      used += 1
    }
  }

  /// A code word, its highest bit first.
  mutating func word(_ code: Int, _ length: Int) {
    for place in (0..<length).reversed() { put(code >> place & 1, 1) }
  }

  /// The head of a last block with codes of its own: 16 length symbols of four bits each, so that the word of a length
  /// is the length itself, and then the lengths.
  mutating func codes(literals: [Int], distances: [Int]) {
    put(1, 1)
    put(2, 2)
    put(literals.count - 257, 5)
    put(distances.count - 1, 5)
    put(15, 4)
    for symbol in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] { put(symbol < 16 ? 4 : 0, 3) }
    for length in literals + distances { word(length, 4) }
  }
}
