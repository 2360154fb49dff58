import CZlib
import Glibc

/// Why a file could not be read.
public enum FileFault: Error, Equatable, CustomStringConvertible {
  /// It does not exist, or may not be read.
  case cannotOpen(file: String, reason: String)
  /// Its compressed data ends early or is damaged; `bytes` could still be read.
  case damaged(file: String, reason: String, bytes: Int)
  /// It is larger than the limit.
  case tooLarge(file: String, limit: Int)

  public var description: String {
    switch self {
    case .cannotOpen(let file, let reason): "\(file): cannot be opened: \(reason)"
    case .damaged(let file, let reason, let bytes):
      "\(file): the compressed data is damaged after \(bytes) bytes (\(reason)); fetch the file again"
    case .tooLarge(let file, let limit): "\(file): larger than \(limit) bytes when unpacked"
    }
  }
}

/// Reads a whole file, gzip or plain.
public enum GzipFile {
  /// - Parameter limit: most bytes to unpack: a small file can unpack to a huge one.
  public static func read(_ file: String, limit: Int = 1 << 30) throws(FileFault) -> [UInt8] {
    guard let handle = gzopen(file, "rb") else {
      throw .cannotOpen(file: file, reason: String(cString: strerror(errno)))
    }
    defer { gzclose(handle) }
    gzbuffer(handle, 1 << 17)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 17)
    while true {
      let count = gzread(handle, &chunk, UInt32(chunk.count))
      if count < 0 {
        var code: Int32 = 0
        let reason = gzerror(handle, &code).map { String(cString: $0) } ?? "unknown"
        throw .damaged(file: file, reason: reason, bytes: bytes.count)
      }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[0..<Int(count)])
      if bytes.count > limit { throw .tooLarge(file: file, limit: limit) }
    }
    // A truncated stream ends without an error from gzread; only closing tells.
    var code: Int32 = 0
    _ = gzerror(handle, &code)
    if code != Z_OK { throw .damaged(file: file, reason: "truncated", bytes: bytes.count) }
    return bytes
  }
}
