import CPatchbay
import JSONTree
import Records

/// Writes every input of one instance to a file, in the order of delivery, and notes a digest of what the instance gave
/// back. One per instance.
///
/// Costs a copy of each input and, every 256 KiB, a compression, unless a `RecordingWriter` does that. A failed write
/// ends the recording and is reported by `fault` and by `finish`.
public final class InputRecorder: InstanceRecorder {
  private let output: RecordingOutput
  private var buffer: [UInt8] = []
  private var inputs = 0
  private var outputs = OutputDigest()

  /// Creates the file and writes its header.
  public convenience init(file: String, header: RecordingHeader) throws(RecordingFault) {
    self.init(DirectOutput(file), header: header)
    if let fault { throw fault }
  }

  init(_ output: RecordingOutput, header: RecordingHeader) {
    self.output = output
    super.init()
    output.put(Array(JSONWriter.compact(header.json).utf8), kind: .header)
  }

  /// Inputs taken.
  var count: Int { inputs }
  /// Bytes of the file so far.
  var written: Int { output.written }
  /// Why the recording is not whole.
  var fault: RecordingFault? { output.fault }

  public override func input(_ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>) {
    inputs += 1
    withUnsafeBytes(of: UInt64(payload.count).littleEndian) { buffer.append(contentsOf: $0) }
    buffer.append(contentsOf: UnsafeRawBufferPointer(start: record, count: Int(record.pointee.size)))
    buffer.append(contentsOf: payload)
    buffer.append(contentsOf: repeatElement(0, count: -buffer.count & 7))
    if buffer.count >= RecordingFormat.chunkBytes { flush() }
  }

  public override func output(_ record: UnsafePointer<pb_rec>) { outputs.add(record) }
  public override func answered(_ status: pb_status) { outputs.add(status) }

  /// Hands on what has come together.
  func flush() {
    guard !buffer.isEmpty else { return }
    output.put(buffer, kind: .inputs)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left and the end, and closes the file. Returns the digest of the instance's outputs.
  @discardableResult
  public func finish() throws(RecordingFault) -> String {
    let digest = end(continuedIn: nil)
    if let fault { throw fault }
    return digest
  }

  /// Ends the file.
  /// - Parameter next: the name of the file in which the next inputs stand.
  @discardableResult
  func end(continuedIn next: String?) -> String {
    flush()
    let digest = outputs.finish()
    var end = [
      JSONMember("inputs", JSONValue(.number("\(inputs)"))), JSONMember("outputs_sha256", JSONValue(.string(digest))),
    ]
    if let next { end.append(JSONMember("continued_in", JSONValue(.string(next)))) }
    output.put(Array(JSONWriter.compact(JSONValue(.object(end))).utf8), kind: .end)
    output.close()
    return digest
  }
}
