import CPatchbay
import Glibc
import Records

/// Any bytes as a recording: it is refused, or read as far as it goes, and what is read is whole.
///
/// The first byte chooses how the rest is meant: as the file itself, or as the contents of its chunks, each with its
/// kind and size before it, which are packed and have right checksums: nothing else gets beyond them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecording(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeBufferPointer(start: bytes, count: count)
  guard let mode = input.first else { return 0 }
  let rest = Array(input.dropFirst())
  guard file >= 0, ftruncate(file, 0) == 0 else { return 0 }
  let text = mode & 1 == 0 ? RecordingFormat.magic + rest : packed(rest, isReadable: mode & 2 == 2)
  guard text.withUnsafeBytes({ pwrite(file, $0.baseAddress, $0.count, 0) }) == text.count else { return 0 }
  guard let recording = try? Recording(file: "/proc/self/fd/\(file)", limit: 1 << 20) else { return 0 }
  var inputs = 0
  recording.forEach { record, payload in
    inputs += 1
    sum &+= ReadEverything.input(UnsafeRawPointer(record))
    // All bytes of the promised slack must be readable.
    if let start = payload.baseAddress {
      for index in 0..<(payload.count + Int(PB_PAYLOAD_SLACK)) { sum &+= UInt64(start[index]) }
    }
  }
  precondition(inputs == recording.count)
  return 0
}

/// A file of chunks: a byte for the kind, two for the size, and so many bytes.
/// - Parameter isReadable: a header that can be read stands first.
private func packed(_ input: [UInt8], isReadable: Bool) -> [UInt8] {
  var file = RecordingFormat.magic
  if isReadable { file += RecordingFormat.pack(header, kind: .header) ?? [] }
  var left = input[...]
  while left.count > 3 {
    let kind = RecordingFormat.ChunkKind(rawValue: UInt32(left.removeFirst() % 3) + 1) ?? .inputs
    let size = Int(left.removeFirst()) << 8 | Int(left.removeFirst())
    file += RecordingFormat.pack(Array(left.prefix(size)), kind: kind) ?? []
    left = left.dropFirst(size)
  }
  return file
}

/// One file for all inputs, in memory, that nobody else can open.
private let file: Int32 = {
  var name = Array("/dev/shm/patchbay-fuzz-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
  let file = mkstemp(&name)
  unlink(name)
  return file
}()

/// Of the module's own file that alone is wanted here, and a limit is always given.
enum GzipFile {
  static func limit(packed: Int) -> Int { packed }
}

private let header = Array(
  #"{"connector":"a","library_sha256":"b","revision":1,"descriptor":{},"config":{}}"#.utf8)
nonisolated(unsafe) private var sum: UInt64 = 0
