import CPatchbay
import Records

/// Writes what goes between one instance and its exchange, in the form that `Capture` reads: sockets, frames, requests
/// and responses, as the instance is given them.
///
/// What would be secret is never there: of URLs, frames and bodies only what the connector wrote itself, since seals
/// are worked out behind this place; of responses what is left when their tokens were masked. What belongs to an
/// account, requests with their responses and sockets, is left out unless it is wanted.
public final class CaptureRecorder: InstanceRecorder {
  /// What is in the recording, and what was left out.
  public struct Counts: Equatable, Sendable {
    public var lines = 0
    public var frames = 0
    public var responses = 0
    /// Frames, requests and responses of accounts.
    public var ofAccounts = 0
    /// Texts that seals would have given: keys, tokens, signatures, times.
    public var seals = 0
    /// Responses that are no text, and what came on sockets and for requests that are not known any more.
    public var unwritable = 0
  }

  private struct Stream {
    var url: [UInt8]
    var connection = ""
    var isPrivate: Bool
  }

  private struct Request {
    var stream: UInt64
    var method: Int
    var opcode: UInt32
    var url: [UInt8]
    var body: [UInt8]
    var seals: Int
    var isPrivate: Bool
  }

  public private(set) var counts = Counts()
  public let file: CaptureFile
  private let takesAccounts: Bool
  private var streams: [UInt64: Stream] = [:]
  private var requests: [UInt64: Request] = [:]
  private var connections = 0
  private var lines: [UInt8] = []
  /// What the accounts' credentials say in public, such as the id of a key: it is masked wherever it stands.
  private var accountTexts: [[UInt8]] = []

  /// Most sockets, and most requests, that are kept in mind.
  private static let most = 16_384
  /// Lines are packed when so many bytes have come together.
  private static let memberBytes = 1 << 18

  public init(_ file: CaptureFile, takesAccounts: Bool) {
    (self.file, self.takesAccounts) = (file, takesAccounts)
    super.init()
  }

  /// Nothing more is taken.
  public var isOver: Bool { file.isFull || file.fault != nil }

  /// Writes what has come together.
  public func flush() {
    file.append(lines)
    lines.removeAll(keepingCapacity: lines.count < 4 * Self.memberBytes)
  }

  /// Writes what is left, and closes the file.
  public func finish() throws(RecordingFault) {
    flush()
    file.close()
    if let fault = file.fault { throw fault }
  }

  // MARK: What the instance wants

  public override func output(_ record: UnsafePointer<pb_rec>) {
    let reader = RecordReader(checked: record)
    switch reader.kind {
    case PB_OUT_OPEN:
      let fact = reader.head(as: pb_out_open.self)
      guard streams.count < Self.most else { return }
      streams[fact.stream] = Stream(url: literal(reader, fact.url).text, isPrivate: fact.account != 0)
    case PB_OUT_REQUEST:
      let fact = reader.head(as: pb_out_request.self)
      // What comes on a socket after that is for the account as well.
      if fact.stream != 0, fact.account != 0 { streams[fact.stream]?.isPrivate = true }
      guard requests.count < Self.most else { return }
      let (url, body) = (literal(reader, fact.url), literal(reader, fact.body))
      requests[fact.request] = Request(
        stream: fact.stream, method: Int(fact.method), opcode: fact.opcode, url: url.text, body: body.text,
        seals: url.seals + body.seals, isPrivate: fact.account != 0)
    default: break
    }
  }

  /// What the connector wrote itself, and how often something stands beside it that the host works out.
  private func literal(_ record: RecordReader, _ text: pb_text) -> (text: [UInt8], seals: Int) {
    var (bytes, seals): ([UInt8], Int) = ([], 0)
    for part in record.parts(text) {
      if part.ops.count > 0 { seals += 1 } else { bytes.append(contentsOf: record.bytes(part.literal)) }
    }
    return (bytes, seals)
  }

  // MARK: What it is given

  public override func input(_ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>) {
    guard !isOver else { return }
    let reader = RecordReader(checked: record)
    let time = UnsafeRawPointer(record).load(as: pb_input.self).wall_ns
    switch reader.kind {
    case PB_IN_ACCOUNT: learn(reader)
    case PB_IN_OPENED: opened(reader.head(as: pb_in_stream.self).stream, time)
    case PB_IN_FRAME: frame(reader.head(as: pb_in_stream.self), payload, time)
    case PB_IN_CLOSED: closed(reader, reader.head(as: pb_in_stream.self), time)
    case PB_IN_SENT: sent(reader.head(as: pb_in_reply.self), time)
    case PB_IN_REPLY: replied(reader, reader.head(as: pb_in_reply.self), payload, time)
    default: break
    }
    if lines.count >= Self.memberBytes { flush() }
  }

  private func learn(_ record: RecordReader) {
    for pair in record.pairs(record.head(as: pb_in_account.self).public_fields) {
      let value = [UInt8](record.bytes(pair.value))
      // A word as short as a name of a side or a market stands everywhere.
      if value.count >= 8, accountTexts.count < 256, !accountTexts.contains(value) { accountTexts.append(value) }
    }
  }

  /// Whether something of an account is wanted; counted where it is not.
  private func takes(_ isPrivate: Bool) -> Bool {
    guard isPrivate, !takesAccounts else { return true }
    counts.ofAccounts += 1
    return false
  }

  private func put(_ line: CaptureLine) {
    var line = line
    var bytes = line.finish()
    for text in accountTexts { Self.mask(text, in: &bytes) }
    lines += bytes
    counts.lines += 1
  }

  private static func mask(_ text: [UInt8], in bytes: inout [UInt8]) {
    var place = 0
    while place + text.count <= bytes.count {
      if bytes[place] == text[0], bytes[place..<(place + text.count)].elementsEqual(text) {
        for offset in text.indices { bytes[place + offset] = UInt8(ascii: "*") }
        place += text.count
      } else {
        place += 1
      }
    }
  }

  private func opened(_ id: UInt64, _ time: Int64) {
    guard var stream = streams[id] else { return }
    connections += 1
    stream.connection = "s\(connections)"
    streams[id] = stream
    guard takes(stream.isPrivate) else { return }
    var line = CaptureLine(time: time, connection: stream.connection, isIncoming: true, kind: .open)
    line.put("url", stream.url)
    put(line)
  }

  private func frame(_ input: pb_in_stream, _ payload: UnsafeBufferPointer<UInt8>, _ time: Int64) {
    guard let stream = streams[input.stream] else { return counts.unwritable += 1 }
    guard takes(stream.isPrivate) else { return }
    put(payload, isBinary: input.opcode == UInt32(PB_OPCODE_BINARY), of: stream, isIncoming: true, time)
    counts.frames += 1
  }

  private func put(
    _ bytes: some Collection<UInt8>, isBinary: Bool, of stream: Stream, isIncoming: Bool, _ time: Int64
  ) {
    var line = CaptureLine(
      time: time, connection: stream.connection, isIncoming: isIncoming, kind: isBinary ? .binary : .text)
    if isBinary { line.put("data", Base64.encode(bytes)) } else { line.put("data", bytes) }
    put(line)
  }

  private func closed(_ record: RecordReader, _ input: pb_in_stream, _ time: Int64) {
    guard let stream = streams.removeValue(forKey: input.stream), !stream.connection.isEmpty, takes(stream.isPrivate)
    else { return }
    var line = CaptureLine(time: time, connection: stream.connection, isIncoming: true, kind: .close)
    line.put("data", "\(input.code)")
    put(line)
  }

  private func sent(_ input: pb_in_reply, _ time: Int64) {
    guard let request = requests[input.request] else { return }
    let isFrame = request.stream != 0
    if isFrame || input.outcome != UInt32(PB_SENT) { requests[input.request] = nil }
    guard input.outcome == UInt32(PB_SENT), takes(request.isPrivate) else { return }
    counts.seals += request.seals
    guard !isFrame else {
      guard let stream = streams[request.stream], request.opcode != UInt32(PB_OPCODE_PING) else { return }
      let isBinary = request.opcode == UInt32(PB_OPCODE_BINARY)
      return put(request.body, isBinary: isBinary, of: stream, isIncoming: false, time)
    }
    var line = CaptureLine(time: time, connection: "http", isIncoming: false, kind: .request)
    let methods = Names.method
    line.put("method", methods.indices.contains(request.method - 1) ? methods[request.method - 1] : "")
    line.put("url", request.url)
    if !request.body.isEmpty { line.put("data", String(decoding: request.body, as: UTF8.self)) }
    put(line)
  }

  private func replied(
    _ record: RecordReader, _ input: pb_in_reply, _ payload: UnsafeBufferPointer<UInt8>, _ time: Int64
  ) {
    guard let request = requests.removeValue(forKey: input.request), input.outcome == UInt32(PB_REPLIED),
      takes(request.isPrivate)
    else { return }
    guard String(validating: payload, as: UTF8.self) != nil else { return counts.unwritable += 1 }
    var line = CaptureLine(time: time, connection: "http", isIncoming: true, kind: .response)
    line.put("url", request.url)
    if input.status != 200 { line.put("status", number: input.status) }
    line.put("headers", headers(record, input.headers))
    line.put("data", payload)
    put(line)
    counts.responses += 1
  }

  /// The headers that say nothing of who asked.
  private func headers(_ record: RecordReader, _ list: pb_list) -> [(name: String, value: String)] {
    record.pairs(list).compactMap { pair in
      let (name, value) = (record.text(pair.name), record.text(pair.value))
      let isKept = value.utf8.count <= 1024 && !Self.tellingHeaders.contains { name.contains($0) }
      return isKept ? (name, value) : nil
    }
  }

  private static let tellingHeaders = [
    "cookie", "auth", "token", "key", "sign", "session", "secret", "user", "account", "client", "forwarded", "-ip",
    "cf-ray", "amz-cf", "trace", "request-id", "report-to", "nel", "via", "policy", "security",
  ]
}
