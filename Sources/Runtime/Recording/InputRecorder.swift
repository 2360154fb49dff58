import CPatchbay
import Catalog
import Glibc
import Records

/// Writes every input of one instance to a file, in the order of delivery, and notes a digest of what the instance gave
/// back. Set on a session before it starts; one per instance, on its lane. What it is given has had its tokens masked
/// already.
///
/// Costs a copy of each input and, every 256 KiB, a compression. A failed write ends the recording and is told by
/// `finish`.
public final class InputRecorder {
  private let file: String
  private var handle: UnsafeMutablePointer<FILE>?
  private var buffer: [UInt8] = []
  private var inputs = 0
  private var outputs = OutputDigest()
  private var fault: RecordingFault?

  /// Creates the file and writes its header.
  public init(file: String, header: RecordingHeader) throws(RecordingFault) {
    self.file = file
    guard let handle = fopen(file, "wb") else { throw .file(file: file, reason: String(cString: strerror(errno))) }
    self.handle = handle
    write(RecordingFormat.magic)
    write(RecordingFormat.pack(Array(JSONWriter.compact(header.json).utf8), kind: .header))
    if let fault { throw fault }
  }

  deinit { if let handle { fclose(handle) } }

  func input(_ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>) {
    inputs += 1
    withUnsafeBytes(of: UInt64(payload.count).littleEndian) { buffer.append(contentsOf: $0) }
    buffer.append(contentsOf: UnsafeRawBufferPointer(start: record, count: Int(record.pointee.size)))
    buffer.append(contentsOf: payload)
    buffer.append(contentsOf: repeatElement(0, count: -buffer.count & 7))
    if buffer.count >= RecordingFormat.chunkBytes { flush() }
  }

  func output(_ record: UnsafePointer<pb_rec>) { outputs.add(record) }
  func answered(_ status: pb_status) { outputs.add(status) }

  /// Writes what is left and the end, and closes the file. Returns the digest of the instance's outputs.
  @discardableResult
  public func finish() throws(RecordingFault) -> String {
    flush()
    let digest = outputs.finish()
    let end: JSONValue = ["inputs": JSONValue(.number("\(inputs)")), "outputs_sha256": JSONValue(.string(digest))]
    write(RecordingFormat.pack(Array(JSONWriter.compact(end).utf8), kind: .end))
    if let handle, fclose(handle) != 0, fault == nil {
      fault = .file(file: file, reason: String(cString: strerror(errno)))
    }
    handle = nil
    if let fault { throw fault }
    return digest
  }

  private func flush() {
    guard !buffer.isEmpty else { return }
    write(RecordingFormat.pack(buffer, kind: .inputs))
    buffer.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: [UInt8]?) {
    guard fault == nil, let handle else { return }
    guard let bytes else {
      fault = .file(file: file, reason: "cannot be compressed: out of memory")
      return
    }
    if fwrite(bytes, 1, bytes.count, handle) != bytes.count {
      fault = .file(file: file, reason: "cannot be written: " + String(cString: strerror(errno)))
    }
  }
}
