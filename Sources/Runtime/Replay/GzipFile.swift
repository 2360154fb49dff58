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
  /// One of its lines, which count from 1, is longer than the limit.
  case lineTooLong(file: String, line: Int, limit: Int)

  public var description: String {
    switch self {
    case .cannotOpen(let file, let reason): "\(file): cannot be opened: \(reason)"
    case .damaged(let file, let reason, let bytes):
      "\(file): the compressed data is damaged after \(bytes) bytes (\(reason)); fetch the file again"
    case .lineTooLong(let file, let line, let limit): "\(file):\(line): a line of more than \(limit) bytes"
    case .tooLarge(let file, let limit): "\(file): larger than \(limit) bytes when unpacked"
    }
  }
}

/// Reads a whole file, gzip or plain.
public enum GzipFile {
  /// - Parameter limit: most bytes to unpack: a small file can unpack to a huge one.
  public static func read(_ file: String, limit: Int = 1 << 30) throws(FileFault) -> [UInt8] {
    var bytes: [UInt8] = []
    try read(file, limit: limit) { bytes += $0 }
    return bytes
  }

  /// Most bytes that a file of recorded traffic may unpack to. Traffic packs to a tenth or so of its size; what packs
  /// to much less is made to fill memory.
  static func limit(packed: Int) -> Int { min(4 << 30, max(256 << 20, 50 * min(packed, 4 << 30))) }

  /// Reads a file line by line, so that no more than one line of it is held.
  /// - Parameters:
  ///   - limit: most bytes to unpack; nil = what `limit(packed:)` gives for its size.
  ///   - longest: most bytes of a line.
  ///   - body: gets the number of each line that is not empty, from 1, and the line without its end.
  public static func lines(
    _ file: String, limit: Int? = nil, longest: Int = 64 << 20, _ body: (Int, [UInt8]) throws(CaptureFault) -> Void
  ) throws(CaptureFault) {
    var number = 1
    var begun: [UInt8] = []
    var failure: CaptureFault?
    func end() throws(CaptureFault) {
      if !begun.isEmpty { try body(number, begun) }
      begun.removeAll(keepingCapacity: begun.count < 1 << 20)
    }
    do throws(FileFault) {
      var status = stat()
      let size = stat(file, &status) == 0 ? Int(status.st_size) : 0
      try read(file, limit: limit ?? Self.limit(packed: size)) { part throws(FileFault) in
        var rest = part
        while failure == nil, let place = rest.firstIndex(of: UInt8(ascii: "\n")) {
          begun += rest[..<place]
          rest = rest[(place + 1)...]
          do throws(CaptureFault) { try end() } catch { failure = error }
          number += 1
        }
        begun += rest
        guard begun.count <= longest else { throw .lineTooLong(file: file, line: number, limit: longest) }
      }
    } catch {
      throw failure ?? .file(error)
    }
    if let failure { throw failure }
    try end()
  }

  /// Hands a file's unpacked bytes to `body`, piece by piece.
  private static func read(
    _ file: String, limit: Int, _ body: (ArraySlice<UInt8>) throws(FileFault) -> Void
  ) throws(FileFault) {
    guard let handle = gzopen(file, "rb") else {
      throw .cannotOpen(file: file, reason: String(cString: strerror(errno)))
    }
    defer { gzclose(handle) }
    gzbuffer(handle, 1 << 17)
    var total = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 17)
    while true {
      let count = gzread(handle, &chunk, UInt32(chunk.count))
      if count < 0 {
        var code: Int32 = 0
        let reason = gzerror(handle, &code).map { String(cString: $0) } ?? "unknown"
        throw .damaged(file: file, reason: reason, bytes: total)
      }
      if count == 0 { break }
      total += Int(count)
      if total > limit { throw .tooLarge(file: file, limit: limit) }
      try body(chunk[..<Int(count)])
    }
    // A truncated stream ends without an error from gzread; only closing says.
    var code: Int32 = 0
    _ = gzerror(handle, &code)
    if code != Z_OK { throw .damaged(file: file, reason: "truncated", bytes: total) }
  }
}
