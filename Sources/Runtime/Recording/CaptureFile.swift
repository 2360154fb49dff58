import CHost
import CZlib
import Glibc

/// Writes recorded traffic: gzipped lines, its owner's alone, never larger than was asked for, and readable whenever
/// the process that writes it ends.
///
/// The file is a row of gzip members of whole lines, which every reader of gzip takes for one text. The first bytes of
/// a member are written last, so that one which is only half there is none.
public final class CaptureFile {
  public let path: String
  /// Most bytes that the file may have.
  public let most: Int
  /// Bytes of the file so far.
  public private(set) var written = 0
  /// Nothing more fits.
  public private(set) var isFull = false
  /// Why nothing more is written.
  public private(set) var fault: RecordingFault?
  /// Bytes of all lines, unpacked: a reader has its bounds, too.
  private var unpacked = 0
  private var descriptor: Int32

  /// Makes the file. One that is there already is not touched.
  public init(_ path: String, most: Int) throws(RecordingFault) {
    (self.path, self.most) = (path, most)
    descriptor = chost_open_private(path, 1)
    guard descriptor < 0 else { return }
    let reason = -descriptor == EEXIST ? "is there already; name another" : String(cString: strerror(-descriptor))
    throw .file(file: path, reason: reason)
  }

  deinit { close() }

  /// Adds whole lines.
  /// - Returns: whether they are in the file.
  @discardableResult
  public func append(_ lines: [UInt8]) -> Bool {
    guard !isFull, fault == nil, descriptor >= 0 else { return false }
    guard !lines.isEmpty else { return true }
    guard let member = Self.member(lines) else {
      fault = .file(file: path, reason: "cannot be compressed: out of memory")
      return false
    }
    guard written + member.count <= most, unpacked + lines.count <= GzipFile.limit(packed: written + member.count)
    else {
      isFull = true
      return false
    }
    let head = min(Self.head, member.count)
    guard put(member[head...], at: written + head), put(member[..<head], at: written) else {
      fault = .file(file: path, reason: "cannot be written: " + String(cString: strerror(errno)))
      // What is behind the last whole member is none of it.
      _ = ftruncate(descriptor, off_t(written))
      return false
    }
    written += member.count
    unpacked += lines.count
    return true
  }

  public func close() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }

  /// Bytes by which a reader knows that a member begins.
  private static let head = 10

  private func put(_ bytes: ArraySlice<UInt8>, at place: Int) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(place + done))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
  }

  /// One gzip member (RFC 1952).
  private static func member(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    // 16 added to the window's bits asks for gzip's header and trailer.
    guard deflateInit2_(
      &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 32)
    let size: Int? = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        (stream.next_in, stream.avail_in) = (input.baseAddress, UInt32(input.count))
        (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
        return deflate(&stream, Z_FINISH) == Z_STREAM_END ? output.count - Int(stream.avail_out) : nil
      }
    }
    return size.map { Array(output[..<$0]) }
  }
}
