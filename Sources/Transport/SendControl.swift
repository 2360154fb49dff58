import CPatchbay
import Records
import Runtime

/// A request whose texts have been evaluated: what goes over the wire.
public struct OutgoingRequest: Sendable {
  public var url: [UInt8] = []
  public var headers: [(name: String, value: [UInt8])] = []
  /// An HTTP body or a frame.
  public var body: [UInt8] = []
  /// What the seals hand back to the connector with the sent notice.
  public var published: [PublishedValue] = []
  /// Values in it that depend on a secret: hidden in what comes back.
  public var hidden: [[UInt8]] = []
  /// Of a frame, or the opening of a stream: what its connector wrote itself; see `EchoMask`.
  public var written: [UInt8] = []
  /// By how much longer all of it could be with other secrets of the same form: limits of length count it as well, so
  /// that they say nothing of a secret.
  public var slack = 0
  /// What comes back is an account's, and nobody vouches for the manifest that says where tokens are in it.
  public var hidesTokens = false
  /// It trades: the control is asked once more when it really leaves.
  public var trade: JudgedTrade?
  /// Takes tokens out of the reply's body and masks them, before anybody else sees it.
  public var capture: (@Sendable (inout [UInt8]) -> Void)?

  public init() {}
}

extension JudgedTrade {
  /// Why one does not leave that was permitted when it was judged.
  static let tooLate = "its command has ended, or trading is stopped, before there was a connection for it"
}

/// Why a request does not leave.
public struct RequestRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// `PB_REFUSAL_`.
  public var code: UInt32
  /// For the operator; never holds a secret.
  public var reason: String
  /// Only the connector can have caused it, and it would be refused again: counted. Not what lacks room, time or a
  /// connection, nor what an operator's mistake or a full disk keeps from leaving.
  public var isMisuse: Bool

  /// - Parameter isMisuse: nil = as the code says.
  public init(_ code: Int, _ reason: String, isMisuse: Bool? = nil) {
    self.code = UInt32(code)
    self.reason = reason
    switch code {
    case PB_REFUSAL_HOST, PB_REFUSAL_ACT, PB_REFUSAL_ACCOUNT, PB_REFUSAL_SEAL: self.isMisuse = isMisuse ?? true
    default: self.isMisuse = isMisuse ?? false
    }
  }

  public var description: String { reason }

  /// What a connector gets beside the code: fixed words, since places and reasons could tell what a program
  /// computes.
  public var words: String {
    switch Int(code) {
    case PB_REFUSAL_EXPIRED: "its deadline has passed"
    case PB_REFUSAL_ABORTED: "aborted"
    case PB_REFUSAL_CLOSED: "its stream is not open"
    case PB_REFUSAL_HOST: "its host or URL is not permitted"
    case PB_REFUSAL_ACT: "no permitted act, or no live command"
    case PB_REFUSAL_ACCOUNT: "its account cannot do this"
    case PB_REFUSAL_SEAL: "its seals, headers or captures are refused"
    case PB_REFUSAL_LIMIT: "beyond a limit of the host"
    case PB_REFUSAL_OFFLINE: "there is no network"
    case PB_REFUSAL_CONNECT: "no connection came about"
    default: "refused"
    }
  }

  /// Reports the reason to the operator, and answers with what the connector gets.
  public func told(to session: Session) -> RequestEnd {
    tell(session)
    return .notSent(code: code, reason: words)
  }

  /// Gives the operator the reason, and counts it.
  public func tell(_ session: Session) {
    if isMisuse { session.countRefusal() }
    session.observer?.session(session, .log(level: .warning, text: "refused to send: \(reason)"))
  }
}

/// Decides what may leave, and is given what became of it. Called on the lane's thread.
public protocol SendControl: AnyObject {
  /// Evaluates a `PB_OUT_REQUEST` or `PB_OUT_OPEN` at the moment it leaves.
  func evaluate(_ record: RecordReader, for session: Session) throws(RequestRefusal) -> OutgoingRequest
  /// Whether a trade may still leave, now that there is a connection with room for it: between its evaluation and this
  /// moment its command may have ended, been given again, or trading been stopped.
  func mayLeave(_ trade: JudgedTrade, for session: Session) -> Bool
  /// An HTTP request has a connection and is being written.
  func left(_ request: UInt64, for session: Session)
  /// A request has ended, a frame by being sent; told before the connector is.
  /// - Parameter body: of the reply.
  func ended(_ request: UInt64, _ end: RequestEnd, _ body: [UInt8], for session: Session)
  /// A stream is gone, or was never opened; told before the connector is.
  func ended(stream: UInt64, for session: Session)
}

/// Carries what may leave now; see `Transport` for the answers it gives.
public protocol Carrier: AnyObject {
  func open(_ record: RecordReader, for session: Session)
  func close(_ record: RecordReader, for session: Session)
  /// - Parameter deadline: monotonic; what has not ended by then is ended.
  func request(_ record: RecordReader, deadline: Int64, for session: Session)
  func abort(_ record: RecordReader, for session: Session)
  func ended(_ session: Session)
  /// See `Transport`.
  func move(to session: Session)
}

/// A copy of a record, for when the connector's own is gone.
public final class KeptRecord {
  private let block: UnsafeMutableRawPointer
  /// How large the record is.
  public let byteCount: Int

  public init(_ record: RecordReader) {
    byteCount = record.bytes.count
    block = .allocate(byteCount: byteCount, alignment: 8)
    block.copyMemory(from: record.base, byteCount: byteCount)
  }

  deinit { block.deallocate() }

  /// Valid as long as the copy lives.
  public var reader: RecordReader { RecordReader(checked: block) }
}

extension RecordReader {
  /// The request's texts without a control: literal parts only.
  func literalRequest() throws(RequestRefusal) -> OutgoingRequest {
    if kind == PB_OUT_OPEN {
      let fact = head(as: pb_out_open.self)
      return try literalRequest(fact.account, fact.url, fact.headers, pb_text())
    }
    let fact = head(as: pb_out_request.self)
    // Without a vault, a captured token would have nowhere to go, and must not reach the connector either.
    if fact.captures.count > 0 { throw RequestRefusal(PB_REFUSAL_SEAL, "this host has no vault for captured tokens") }
    return try literalRequest(fact.account, fact.url, fact.headers, fact.body)
  }

  private func literalRequest(
    _ account: UInt64, _ url: pb_text, _ headers: pb_list, _ body: pb_text
  ) throws(RequestRefusal) -> OutgoingRequest {
    guard account == 0 else { throw RequestRefusal(PB_REFUSAL_ACCOUNT, "this host has no vault, hence no accounts") }
    var request = OutgoingRequest()
    request.url = try literal(url)
    request.body = try literal(body)
    for header in self.headers(headers) { request.headers.append((text(header.name), try literal(header.value))) }
    return request
  }

  private func literal(_ text: pb_text) throws(RequestRefusal) -> [UInt8] {
    var joined: [UInt8] = []
    for part in parts(text) {
      if part.ops.count > 0 { throw RequestRefusal(PB_REFUSAL_SEAL, "this host has no vault to evaluate seals") }
      joined.append(contentsOf: bytes(part.literal))
    }
    return joined
  }
}

/// Names of headers that the host sets.
struct ReservedHeaders: Sendable {
  private let names: [[UInt8]]

  /// - Parameter names: in lower case.
  init(_ names: some Sequence<String>) { self.names = names.map { Array($0.utf8) } }

  /// Whether a name is one of these, whatever its own case.
  func contains(_ name: String) -> Bool {
    var name = name
    return name.withUTF8 { name in
      for own in names where own.count == name.count {
        if zip(name, own).allSatisfy({ (0x41...0x5A ~= $0 ? $0 | 0x20 : $0) == $1 }) { return true }
      }
      return false
    }
  }
}

extension OutgoingRequest {
  /// Headers as text, checked: nothing in them can end a line.
  func checkedHeaders(reserved: ReservedHeaders) throws(RequestRefusal) -> [(name: String, value: String)] {
    var checked: [(name: String, value: String)] = []
    for (name, value) in headers {
      try Self.check(name, value, reserved)
      checked.append((name, String(decoding: value, as: UTF8.self)))
    }
    return checked
  }

  /// The same, each as a line with an end for C: with a semicolon where there is no value, as libcurl wants it.
  func headerLines(
    reserved: ReservedHeaders, _ body: (_ line: UnsafePointer<CChar>, _ isContentType: Bool) -> Void
  ) throws(RequestRefusal) {
    var line: [UInt8] = []
    for (name, value) in headers {
      try Self.check(name, value, reserved)
      line.removeAll(keepingCapacity: true)
      line.reserveCapacity(name.utf8.count + value.count + 3)
      line.append(contentsOf: name.utf8)
      if value.isEmpty { line.append(UInt8(ascii: ";")) } else {
        line.append(UInt8(ascii: ":"))
        line.append(UInt8(ascii: " "))
        line.append(contentsOf: value)
      }
      line.append(0)
      line.withUnsafeBytes { line in
        if let text = line.bindMemory(to: CChar.self).baseAddress { body(text, Self.isSame(name, "content-type")) }
      }
    }
  }

  /// The same as they stand in a head of HTTP/1.1.
  /// - Returns: which of the names are among `wanted`, in lower case.
  func appendHeaders(
    to head: inout [UInt8], reserved: ReservedHeaders, _ wanted: [String]
  ) throws(RequestRefusal) -> [String] {
    var found: [String] = []
    for (name, value) in headers {
      try Self.check(name, value, reserved)
      head.append(contentsOf: name.utf8)
      head.append(UInt8(ascii: ":"))
      if !value.isEmpty { head.append(UInt8(ascii: " ")) }
      head.append(contentsOf: value)
      head.append(contentsOf: [0x0D, 0x0A])
      if let own = wanted.first(where: { Self.isSame(name, $0) }) { found.append(own) }
    }
    return found
  }

  private static func check(
    _ name: String, _ value: [UInt8], _ reserved: ReservedHeaders
  ) throws(RequestRefusal) {
    guard !name.isEmpty, name.utf8.allSatisfy(isToken), value.allSatisfy({ $0 != 0 && $0 != 0x0A && $0 != 0x0D })
    else { throw RequestRefusal(PB_REFUSAL_SEAL, "a header's name or value cannot be sent") }
    guard !reserved.contains(name) else {
      throw RequestRefusal(PB_REFUSAL_SEAL, "the header \(name) belongs to the host")
    }
  }

  /// Whether a name is this one in lower case, whatever its own case.
  private static func isSame(_ name: String, _ lower: String) -> Bool {
    name.utf8.elementsEqual(lower.utf8) { (0x41...0x5A ~= $0 ? $0 | 0x20 : $0) == $1 }
  }

  /// RFC 9110 section 5.6.2, without the separators of RFC 2616.
  static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2E, 0x5E, 0x60, 0x7C, 0x7E: true
    default: false
    }
  }

  /// The most that it could be.
  var textSize: Int { headers.reduce(url.count + body.count + slack) { $0 + $1.name.utf8.count + $1.value.count } }
}
