import CPatchbay
import Glibc
import JSONTree
import Records

/// A recording as read from a file. A damaged one is usable up to its damage, which `fault` says.
public struct Recording: Sendable {
  public let file: String
  public let header: RecordingHeader
  /// The recorded inputs, one after the other, as `RecordingFormat` says; only whole and well-formed ones. Behind them
  /// the slack that readers are promised.
  fileprivate let bytes: [UInt8]
  fileprivate let places: [Int]
  /// What the file says of the run it was taken from; nil when it ends early.
  public let outputsSHA256: String?
  /// The file, in the same folder, in which the next inputs stand; nil where there is none.
  public let continuedIn: String?
  public let fault: RecordingFault?

  public var count: Int { places.count }

  /// Whether a file begins as a recording does.
  public static func isRecording(_ file: String) -> Bool {
    guard let handle = fopen(file, "rb") else { return false }
    defer { fclose(handle) }
    var bytes = [UInt8](repeating: 0, count: 7)
    return fread(&bytes, 1, bytes.count, handle) == bytes.count && bytes == Array(RecordingFormat.magic.dropLast())
  }

  /// Reads a recording. Throws only when nothing of it can be used.
  /// - Parameter limit: most bytes to unpack, nil = what its size makes plausible: a small file can unpack to a huge
  ///   one. What is beyond is left out, and `fault` says.
  public init(file: String, limit: Int? = nil) throws(RecordingFault) {
    let all = try Recording.readAll(file)
    let magic = RecordingFormat.magic
    guard all.count >= magic.count, Array(all[..<(magic.count - 1)]) == Array(magic.dropLast()) else {
      throw .notARecording(file: file)
    }
    guard all[magic.count - 1] == magic.last else { throw .version(file: file, version: Int(all[magic.count - 1])) }
    let most = limit ?? GzipFile.limit(packed: all.count)
    var reader = ChunkReader(file: file, all: all, limit: most, offset: magic.count)
    while let chunk = reader.next() { reader.take(chunk) }
    guard let header = reader.header else {
      throw reader.fault ?? .truncated(file: file, inputs: 0)
    }
    self.file = file
    self.header = header
    (bytes, places) = (reader.inputs + [UInt8](repeating: 0, count: Int(PB_PAYLOAD_SLACK)), reader.places)
    outputsSHA256 = reader.outputsSHA256
    continuedIn = reader.continuedIn
    fault = reader.fault
  }

  private static func readAll(_ file: String) throws(RecordingFault) -> [UInt8] {
    guard let handle = fopen(file, "rb") else { throw .file(file: file, reason: String(cString: strerror(errno))) }
    defer { fclose(handle) }
    var all: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, handle)
      all += part[..<count]
      guard all.count <= RecordingFormat.maximumFile else {
        throw .tooLarge(file: file, limit: RecordingFormat.maximumFile, inputs: 0)
      }
      if count < part.count { break }
    }
    guard ferror(handle) == 0 else {
      throw .file(file: file, reason: "cannot be read: " + String(cString: strerror(errno)))
    }
    return all
  }

  /// Calls `body` with each input and its payload, behind which the promised slack can be read.
  public func forEach(_ body: (UnsafePointer<pb_rec>, UnsafeBufferPointer<UInt8>) -> Void) {
    bytes.withUnsafeBytes { all in
      guard let base = all.baseAddress else { return }
      for place in places {
        let payload = Int(UInt64(littleEndian: base.load(fromByteOffset: place, as: UInt64.self)))
        let record = (base + (place + 8)).assumingMemoryBound(to: pb_rec.self)
        let start = base + (place + 8 + Int(record.pointee.size))
        body(record, UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: payload))
      }
    }
  }
}

/// Goes through the chunks of a file until the end or the first damage.
private struct ChunkReader {
  let file: String
  let all: [UInt8]
  /// Most bytes of inputs.
  let limit: Int
  var offset: Int
  var header: RecordingHeader?
  var inputs: [UInt8] = []
  var places: [Int] = []
  var outputsSHA256: String?
  var continuedIn: String?
  var fault: RecordingFault?

  private var isEnded: Bool { outputsSHA256 != nil || fault != nil }

  mutating func next() -> (kind: UInt32, bytes: [UInt8])? {
    guard !isEnded else { return nil }
    let start = offset + RecordingFormat.chunkHeader
    guard start <= all.count else { return end(.truncated(file: file, inputs: places.count)) }
    let kind = RecordingFormat.number(all, at: offset)
    let rawCount = Int(RecordingFormat.number(all, at: offset + 4))
    let packedCount = Int(RecordingFormat.number(all, at: offset + 8))
    guard rawCount <= RecordingFormat.maximumChunk, packedCount <= RecordingFormat.maximumChunk else {
      return end(corrupt("a chunk of impossible size"))
    }
    guard start + packedCount <= all.count else { return end(.truncated(file: file, inputs: places.count)) }
    guard inputs.count + rawCount <= limit else {
      return end(.tooLarge(file: file, limit: limit, inputs: places.count))
    }
    let packed = all[start..<start + packedCount]
    guard RecordingFormat.checksum(all[offset..<offset + 12], packed) == RecordingFormat.number(all, at: offset + 12),
      let bytes = RecordingFormat.unpack(packed, bytes: rawCount)
    else { return end(corrupt("the checksum does not match")) }
    offset = start + packedCount
    return (kind, bytes)
  }

  mutating func take(_ chunk: (kind: UInt32, bytes: [UInt8])) {
    switch RecordingFormat.ChunkKind(rawValue: chunk.kind) {
    case .header:
      header = (try? JSONDocument.parse(bytes: chunk.bytes)).flatMap { RecordingHeader($0) }
      if header == nil { fault = corrupt("the header is not readable") }
    case .inputs: takeInputs(chunk.bytes)
    case .end:
      let end = try? JSONDocument.parse(bytes: chunk.bytes)
      outputsSHA256 = end?["outputs_sha256"]?.string
      continuedIn = end?["continued_in"]?.string
      if outputsSHA256 == nil { fault = corrupt("the end is not readable") }
    case nil: break
    }
  }

  private mutating func takeInputs(_ bytes: [UInt8]) {
    let base = inputs.count
    inputs += bytes
    let checker = RecordChecker()
    inputs.withUnsafeBytes { all in
      guard let start = all.baseAddress else { return }
      var place = base
      while place < all.count {
        let rest = all.count - place - 8
        guard rest >= 0 else { return spoil() }
        let payload = UInt64(littleEndian: start.load(fromByteOffset: place, as: UInt64.self))
        if checker.checkInput(start + (place + 8), available: rest) != nil { return spoil() }
        let size = Int((start + (place + 8)).load(as: pb_rec.self).size)
        guard payload <= UInt64(rest - size) else { return spoil() }
        places.append(place)
        place = (place + 8 + size + Int(payload) + 7) & ~7
      }
    }
  }

  private mutating func spoil() { fault = corrupt("an input is malformed") }

  private func corrupt(_ reason: String) -> RecordingFault {
    .corrupt(file: file, offset: offset, reason: reason, inputs: places.count)
  }

  private mutating func end(_ fault: RecordingFault) -> (kind: UInt32, bytes: [UInt8])? {
    self.fault = fault
    return nil
  }
}
