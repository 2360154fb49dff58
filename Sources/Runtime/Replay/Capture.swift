import Decimals
import JSONTree

/// One line of recorded traffic.
public struct CaptureEntry: Sendable {
  public enum Kind: String, Sendable {
    case open = "ws_open"
    case text = "ws_text"
    case binary = "ws_binary"
    case response = "http_response"
    /// What was asked for; a replay does not need it.
    case request = "http_request"
    case close = "ws_close"
  }

  /// Nanoseconds since the epoch.
  public let time: Int64
  /// Names the connection within the recording.
  public let connection: String
  public let isIncoming: Bool
  public let kind: Kind
  public let url: String
  public let data: [UInt8]
  /// Of a response, where they were recorded; names in lower case.
  public let headers: [(name: String, value: String)]
  /// Of a response; 200 where it was not recorded.
  public let status: UInt32

  public init(
    time: Int64, connection: String, isIncoming: Bool, kind: Kind, url: String, data: [UInt8],
    headers: [(name: String, value: String)] = [], status: UInt32 = 200
  ) {
    self.time = time
    self.connection = connection
    self.isIncoming = isIncoming
    self.kind = kind
    self.url = url
    self.data = data
    self.headers = headers
    self.status = status
  }
}

/// Why a recording cannot be used.
public enum CaptureFault: Error, CustomStringConvertible {
  /// The file could not be read.
  case file(FileFault)
  /// A line is not what it should be. Lines count from 1.
  case line(file: String, line: Int, reason: String)
  /// There is nothing in it.
  case empty(file: String)

  public var description: String {
    switch self {
    case .file(let fault): "\(fault)"
    case .line(let file, let line, let reason): "\(file):\(line): \(reason)"
    case .empty(let file): "\(file): the recording has no lines"
    }
  }
}

/// Recorded traffic of one exchange: gzipped JSON lines `{"t": seconds, "conn", "dir": "in" or "out", "kind", "url",
/// "data"}`, with the `headers` and the `status` of a response where they matter, binary data as base64, in the order
/// it was received.
public struct Capture: Sendable {
  public let name: String
  public let entries: [CaptureEntry]

  /// Reads a recording.
  public init(file: String) throws(CaptureFault) {
    var entries: [CaptureEntry] = []
    try GzipFile.lines(file) { number, line throws(CaptureFault) in
      entries.append(try Self.entry(line, file: file, line: number))
    }
    guard !entries.isEmpty else { throw .empty(file: file) }
    self.entries = entries
    let last = file.split(separator: "/").last.map(String.init) ?? file
    name = last.split(separator: ".jsonl").first.map(String.init) ?? last
  }

  public init(name: String, entries: [CaptureEntry]) {
    self.name = name
    self.entries = entries
  }

  private static func entry(_ line: [UInt8], file: String, line number: Int) throws(CaptureFault) -> CaptureEntry {
    func fault(_ reason: String) -> CaptureFault { .line(file: file, line: number, reason: reason) }
    let value: JSONValue
    do throws(JSONError) { value = try JSONDocument.parse(bytes: line, file: file) } catch { throw fault("\(error)") }
    guard let seconds = value["t"]?.number, let time = Decimal64(seconds)?.mantissa(at: -9) else {
      throw fault("\"t\" is not a time in seconds")
    }
    guard let kindText = value["kind"]?.string, let kind = CaptureEntry.Kind(rawValue: kindText) else {
      throw fault(
        "\"kind\" is none of ws_open, ws_text, ws_binary, ws_close, http_request, http_response")
    }
    guard let direction = value["dir"]?.string, direction == "in" || direction == "out" else {
      throw fault("\"dir\" is neither in nor out")
    }
    var data = Array((value["data"]?.string ?? "").utf8)
    if kind == .binary {
      guard let decoded = Base64.decode(data) else { throw fault("\"data\" is not base64") }
      data = decoded
    }
    return CaptureEntry(
      time: time, connection: value["conn"]?.string ?? "", isIncoming: direction == "in", kind: kind,
      url: value["url"]?.string ?? "", data: data,
      headers: (value["headers"]?.object ?? []).compactMap { pair in
        pair.value.string.map { (pair.key.lowercased(), $0) }
      }, status: value["status"]?.int.flatMap(UInt32.init(exactly:)) ?? 200)
  }
}

/// Standard base64.
enum Base64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var accumulator: UInt32 = 0
    var bits = 0
    func digit(_ value: UInt32) { text.append(digits[Int(value & 63)]) }
    for byte in bytes {
      accumulator = accumulator << 8 | UInt32(byte)
      bits += 8
      while bits >= 6 {
        bits -= 6
        digit(accumulator >> UInt32(bits))
      }
      accumulator &= 63
    }
    if bits > 0 { digit(accumulator << UInt32(6 - bits)) }
    text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: -text.count & 3))
    return text
  }

  static func decode(_ text: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count * 3 / 4)
    var accumulator: UInt32 = 0
    var bits = 0
    for byte in text where byte != UInt8(ascii: "=") {
      let digit: UInt32
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = UInt32(byte - 65)
      case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = UInt32(byte - 71)
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte) + 4
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      default: return nil
      }
      accumulator = accumulator << 6 | digit
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
      }
    }
    return bytes
  }
}
