import CZlib
import JSONTree

/// The file form of a recording, version 1. All numbers are little-endian.
///
///     "PBREC" 0 0 1                        magic, with the version in its last byte
///     chunk*                { u32 kind, u32 raw bytes, u32 packed bytes, u32 CRC-32, packed }
///
/// The checksum is over the three numbers before it and the packed bytes: no bit of a file can change unnoticed.
///
/// A chunk is a zlib stream of its own, so that what stands before a damage can be read. Kinds: 1 the header, a JSON
/// object; 2 inputs; 3 the end, a JSON object. Inputs are { u64 payload bytes, the input record, the payload, zeros up
/// to a multiple of 8 } one after the other; records are as in patchbay.h, in the byte order of the machine that wrote
/// them.
enum RecordingFormat {
  static let magic: [UInt8] = Array("PBREC".utf8) + [0, 0, 1]
  static let chunkHeader = 16
  /// Inputs are packed when so many bytes have come together.
  static let chunkBytes = 1 << 18
  /// Larger chunks are refused.
  static let maximumChunk = 1 << 28

  /// Larger files are refused: they would be held whole.
  static let maximumFile = 4 << 30

  enum ChunkKind: UInt32 { case header = 1, inputs, end }

  /// Over a chunk's first three numbers and its packed bytes.
  static func checksum(_ numbers: some Sequence<UInt8>, _ packed: some Sequence<UInt8>) -> UInt32 {
    let bytes = Array(numbers) + Array(packed)
    return UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count)))
  }

  static func pack(_ bytes: [UInt8], kind: ChunkKind) -> [UInt8]? {
    var count = compressBound(UInt(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(count))
    guard compress2(&packed, &count, bytes, UInt(bytes.count), 6) == Z_OK else { return nil }
    var chunk: [UInt8] = []
    func append(_ number: UInt32) {
      for shift in [0, 8, 16, 24] as [UInt32] { chunk.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    for number in [kind.rawValue, UInt32(bytes.count), UInt32(count)] { append(number) }
    append(checksum(chunk, packed[..<Int(count)]))
    return chunk + packed[..<Int(count)]
  }

  static func unpack(_ packed: ArraySlice<UInt8>, bytes count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: max(count, 1))
    var length = UInt(count)
    let status = packed.withUnsafeBufferPointer {
      uncompress(&bytes, &length, $0.baseAddress, UInt($0.count))
    }
    guard status == Z_OK, Int(length) == count else { return nil }
    return Array(bytes[..<count])
  }

  static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
  }
}

/// What a recording says of the instance that it was taken from.
public struct RecordingHeader: Sendable, Equatable {
  public var connector: String
  /// Of the library that was running.
  public var librarySHA256: String
  /// The contract's revision.
  public var revision: Int
  public var descriptor: JSONValue
  /// The configuration that `create` was given, a JSON object.
  public var config: JSONValue
  /// The number of the first input in the instance's life. Above 1 the recording cannot be replayed on its own.
  public var firstInput = 1
  /// The file, in the same folder, whose inputs come right before; nil where there is none.
  public var continues: String?

  public init(connector: String, librarySHA256: String, revision: Int, descriptor: JSONValue, config: JSONValue) {
    self.connector = connector
    self.librarySHA256 = librarySHA256
    self.revision = revision
    self.descriptor = descriptor
    self.config = config
  }

  var json: JSONValue {
    var members = [
      JSONMember("connector", JSONValue(.string(connector))),
      JSONMember("library_sha256", JSONValue(.string(librarySHA256))),
      JSONMember("revision", JSONValue(.number("\(revision)"))), JSONMember("descriptor", descriptor),
      JSONMember("config", config),
    ]
    if firstInput > 1 { members.append(JSONMember("first_input", JSONValue(.number("\(firstInput)")))) }
    if let continues { members.append(JSONMember("continues", JSONValue(.string(continues)))) }
    return JSONValue(.object(members))
  }

  init?(_ value: JSONValue) {
    guard let connector = value["connector"]?.string, let sha256 = value["library_sha256"]?.string,
      let revision = value["revision"]?.int, let descriptor = value["descriptor"], let config = value["config"]
    else { return nil }
    self.init(
      connector: connector, librarySHA256: sha256, revision: revision, descriptor: descriptor, config: config)
    firstInput = value["first_input"]?.int ?? 1
    continues = value["continues"]?.string
  }
}

/// Why a recording cannot be written or read.
public enum RecordingFault: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened, written or read.
  case file(file: String, reason: String)
  /// It is no recording.
  case notARecording(file: String)
  /// It was written by a newer host.
  case version(file: String, version: Int)
  /// It ends before its end; `inputs` could be read.
  case truncated(file: String, inputs: Int)
  /// It is larger than the limit, packed or unpacked; `inputs` stand before that and could be read.
  case tooLarge(file: String, limit: Int, inputs: Int)
  /// A chunk's checksum, packing or content is wrong; `inputs` stand before it and could be read.
  case corrupt(file: String, offset: Int, reason: String, inputs: Int)

  public var description: String {
    switch self {
    case .file(let file, let reason): "\(file): \(reason)"
    case .notARecording(let file): "\(file): not a recording; record one with patchbay record"
    case .version(let file, let version):
      "\(file): written in version \(version) of the form; this host reads version 1"
    case .truncated(let file, let inputs):
      "\(file): ends early; its first \(inputs) inputs can be used, copy the file again for the rest"
    case .tooLarge(let file, let limit, let inputs):
      "\(file): larger than \(limit) bytes when unpacked; the \(inputs) inputs before that can be used, and recordings "
        + "are cut smaller by recording.maximum_megabytes"
    case .corrupt(let file, let offset, let reason, let inputs):
      "\(file): damaged at byte \(offset) (\(reason)); the \(inputs) inputs before it can be used"
    }
  }
}
