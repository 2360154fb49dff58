import CHost
import Glibc

/// Where the chunks of one recording go.
protocol RecordingOutput: AnyObject {
  /// Packs a chunk and writes it, now or later. After a fault nothing is taken any more.
  func put(_ bytes: [UInt8], kind: RecordingFormat.ChunkKind)
  /// Bytes of the file so far.
  var written: Int { get }
  /// Why the file is not whole.
  var fault: RecordingFault? { get }
  /// Nothing more comes.
  func close()
}

/// A recording's file.
final class RecordingFile {
  let path: String
  private var handle: UnsafeMutablePointer<FILE>?
  private(set) var written = 0
  private(set) var fault: RecordingFault?

  /// The file is its owner's alone, whatever was there before: a recording holds what an account's answers hold.
  /// - Parameter isNew: a file that is there already is not overwritten.
  init(_ path: String, isNew: Bool) {
    self.path = path
    let descriptor = chost_open_private(path, isNew ? 1 : 0)
    handle = descriptor < 0 ? nil : fdopen(descriptor, "wb")
    if handle == nil {
      let number = descriptor < 0 ? -descriptor : errno
      fault = .file(file: path, reason: String(cString: strerror(number)))
      if descriptor >= 0 { Glibc.close(descriptor) }
    }
    write(RecordingFormat.magic)
  }

  deinit { if let handle { fclose(handle) } }

  func put(_ bytes: [UInt8], kind: RecordingFormat.ChunkKind) {
    guard fault == nil else { return }
    guard let chunk = RecordingFormat.pack(bytes, kind: kind) else {
      fault = .file(file: path, reason: "cannot be compressed: out of memory")
      return
    }
    write(chunk)
  }

  /// Hands what the C library holds to the kernel.
  func flush() {
    if let handle, fflush(handle) != 0 { fail() }
  }

  func close() {
    guard let handle else { return }
    self.handle = nil
    if fclose(handle) != 0 { fail() }
  }

  private func write(_ bytes: [UInt8]) {
    guard fault == nil, let handle else { return }
    if fwrite(bytes, 1, bytes.count, handle) == bytes.count { written += bytes.count } else { fail() }
  }

  private func fail() {
    if fault == nil { fault = .file(file: path, reason: "cannot be written: " + String(cString: strerror(errno))) }
  }
}

/// Writes at once, in the caller's thread.
final class DirectOutput: RecordingOutput {
  private let file: RecordingFile

  init(_ path: String) { file = RecordingFile(path, isNew: false) }

  func put(_ bytes: [UInt8], kind: RecordingFormat.ChunkKind) { file.put(bytes, kind: kind) }
  var written: Int { file.written }
  var fault: RecordingFault? { file.fault }
  func close() { file.close() }
}
