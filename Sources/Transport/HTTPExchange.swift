import CCurl
import CNet
import CPatchbay
import Records
import Runtime
import WebSocket

/// One HTTP request and its reply.
///
/// It counts as sent from the moment there is a connection for it: what fails before that has certainly not left;
/// what fails later may have, and ends without an answer. libcurl's own second attempt, when a kept connection turns
/// out dead, is allowed for GET only: an order is never sent twice.
///
/// What trades leaves over a connection that stands ready for it, where there is one; everything else through libcurl.
final class HTTPExchange: CurlTransfer, Timed, ReplySink {
  /// How it goes.
  private enum Way {
    case library(UnsafeMutableRawPointer)
    case standing(StandingConnection)
    /// It may not leave any more, which is reported in the loop's next turn.
    case refused
  }

  let id: UInt64
  @exclusivity(unchecked) var session: Session
  private let transport: NetworkTransport
  private let capture: (@Sendable (inout [UInt8]) -> Void)?
  private let published: [PublishedValue]
  private let trade: JudgedTrade?
  @exclusivity(unchecked) private var mask = EchoMask()
  /// `nil` before its beginning and after its end.
  @exclusivity(unchecked) private var way: Way?
  /// Where it goes, once it is on its way.
  @exclusivity(unchecked) private var url: VenueURL?
  @exclusivity(unchecked) private var lines: UnsafeMutablePointer<curl_slist>?
  @exclusivity(unchecked) private var method = ""
  @exclusivity(unchecked) private var deadline = Int64.max
  @exclusivity(unchecked) private var mayRepeat = false
  @exclusivity(unchecked) private var hasLeft = false
  /// The connector knows that it has left.
  @exclusivity(unchecked) private var isReported = false
  /// Why libcurl was asked to stop.
  @exclusivity(unchecked) private var fault: String?
  /// What it is given when it has not left.
  private var refusal = PB_REFUSAL_CONNECT
  @exclusivity(unchecked) private var status = 0
  @exclusivity(unchecked) private var headers: [(name: String, value: String)] = []
  @exclusivity(unchecked) private var headerBytes = 0
  @exclusivity(unchecked) private var body: [UInt8] = []
  /// What it counts for among all that is not whole.
  @exclusivity(unchecked) private var held = 0

  /// Headers that the host sets.
  private static let reserved = ReservedHeaders([
    "host", "content-length", "transfer-encoding", "connection", "expect", "accept-encoding", "upgrade",
  ])

  init(id: UInt64, _ request: OutgoingRequest, session: Session, transport: NetworkTransport) {
    self.id = id
    self.session = session
    self.transport = transport
    capture = request.capture
    published = request.published
    trade = request.trade
    mask.add(request.hidden, hidesTokens: request.hidesTokens)
  }

  deinit { curl_slist_free_all(lines) }

  func begin(
    _ url: VenueURL, _ request: OutgoingRequest, method: UInt32, deadline: Int64
  ) throws(RequestRefusal) {
    guard let name = Self.method(method) else {
      throw RequestRefusal(PB_REFUSAL_ACT, "the method \(method) is unknown")
    }
    self.deadline = deadline
    // What is too late does not leave.
    let now = transport.loop.clock.now().mono
    if trade != nil, now < deadline, let (connection, route) = transport.standing.take(url, now: now) {
      let bytes = try Self.bytes(name, url, request, route.lines)
      transport.loop.remind(self, at: deadline)
      guard leaving() else {
        way = .refused
        return transport.loop.later { [weak self] in self?.lost("") }
      }
      way = .standing(connection)
      return connection.send(bytes, for: self)
    }
    var hasType = false
    try request.headerLines(reserved: HTTPExchange.reserved) { line, isContentType in
      lines = curl_slist_append(lines, line)
      hasType = hasType || isContentType
    }
    lines = curl_slist_append(lines, "Expect:")
    if !hasType { lines = curl_slist_append(lines, "Content-Type:") }
    guard let easy = transport.handles.take(url, method: name) else {
      throw RequestRefusal(PB_REFUSAL_LIMIT, "no memory for a request")
    }
    self.url = url
    mayRepeat = name == "GET" && trade == nil
    if Self.saysLength(name, request) {
      CurlHandle.set(easy, CURLOPT_POSTFIELDSIZE, request.body.count)
      request.body.withUnsafeBytes {
        CurlHandle.set(easy, CURLOPT_COPYPOSTFIELDS, pointer: $0.baseAddress ?? emptyBody)
      }
    }
    CurlHandle.set(easy, CURLOPT_HTTPHEADER, pointer: lines)
    install(on: easy)
    guard transport.loop.requests.add(easy, self) else {
      transport.handles.give(easy, url, method: name)
      throw RequestRefusal(PB_REFUSAL_LIMIT, "libcurl takes no more requests")
    }
    (way, self.method) = (.library(easy), name)
    transport.loop.remind(self, at: deadline)
    // What can leave at once, over a connection that stands, does not wait for the loop's next turn.
    if now < deadline { transport.loop.start(now: now) }
  }

  private static func saysLength(_ method: String, _ request: OutgoingRequest) -> Bool {
    !request.body.isEmpty || !["GET", "DELETE"].contains(method)
  }

  /// All that goes over the wire, as libcurl would write it.
  private static func bytes(
    _ method: String, _ url: VenueURL, _ request: OutgoingRequest, _ lines: [UInt8]
  ) throws(RequestRefusal) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(url.target.utf8.count + request.textSize + request.headers.count * 4 + lines.count + 128)
    bytes.append(contentsOf: method.utf8)
    bytes.append(0x20)
    bytes.append(contentsOf: url.target.utf8)
    bytes.append(contentsOf: " HTTP/1.1\r\n".utf8)
    bytes.append(contentsOf: lines)
    let own = try request.appendHeaders(to: &bytes, reserved: reserved, ["user-agent", "accept"])
    if !own.contains("user-agent") { bytes.append(contentsOf: "User-Agent: patchbay\r\n".utf8) }
    if !own.contains("accept") { bytes.append(contentsOf: "Accept: */*\r\n".utf8) }
    if saysLength(method, request) { bytes.append(contentsOf: "Content-Length: \(request.body.count)\r\n".utf8) }
    bytes.append(contentsOf: [0x0D, 0x0A])
    bytes.append(contentsOf: request.body)
    return bytes
  }

  private static func method(_ code: UInt32) -> String? {
    switch Int(code) {
    case PB_METHOD_GET: "GET"
    case PB_METHOD_POST: "POST"
    case PB_METHOD_PUT: "PUT"
    case PB_METHOD_DELETE: "DELETE"
    case PB_METHOD_PATCH: "PATCH"
    default: nil
    }
  }

  private func install(on easy: UnsafeMutableRawPointer) {
    let own = Unmanaged.passUnretained(self).toOpaque()
    _ = cnet_easy_prerequest(
      easy,
      { context, _, _, _, _ in
        guard let context else { return 1 }
        return Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue().leaving() ? 0 : 1
      }, own)
    _ = cnet_easy_header(
      easy,
      { bytes, size, count, context in
        guard let context else { return 0 }
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue().header(line) ? line.count : 0
      }, own)
    _ = cnet_easy_write(
      easy,
      { bytes, size, count, context in
        guard let context else { return 0 }
        let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue().append(piece) ? piece.count : 0
      }, own)
  }

  // MARK: Inside libcurl, or a connection that stood ready

  /// There is a connection; whether the request may go over it.
  private func leaving() -> Bool {
    if hasLeft {
      if !mayRepeat { fault = "the connection was lost before an answer" }
      return mayRepeat
    }
    if let trade, transport.control?.mayLeave(trade, for: session) != true {
      (fault, refusal) = (JudgedTrade.tooLate, PB_REFUSAL_ACT)
      return false
    }
    hasLeft = true
    transport.control?.left(id, for: session)
    transport.loop.later { [weak self] in self?.reportSent() }
    return true
  }

  /// Once, before anything of its end.
  private func reportSent() {
    guard way != nil, hasLeft, !isReported else { return }
    isReported = true
    transport.deliver(.sent(request: id, end: .sent, published: published), to: session)
  }

  func header(_ line: UnsafeRawBufferPointer) -> Bool {
    let text = line.prefix { $0 != 0x0D && $0 != 0x0A }
    headerBytes += line.count
    guard headerBytes <= transport.limits.replyHeaders else {
      fault = "its headers are larger than \(transport.limits.replyHeaders) bytes"
      return false
    }
    if text.starts(with: "HTTP/".utf8) {
      // A new head: what came before was an interim answer.
      headers.removeAll()
      return true
    }
    guard let colon = text.firstIndex(of: 0x3A), let name = String(validating: text[..<colon], as: UTF8.self),
      let value = String(validating: text[text.index(after: colon)...], as: UTF8.self)
    else { return true }
    let key = name.lowercased()
    if !key.isEmpty, key != "set-cookie" { headers.append((key, trimmed(value[...]))) }
    return true
  }

  func append(_ piece: UnsafeRawBufferPointer) -> Bool {
    guard body.count + piece.count <= transport.limits.replyBody else {
      fault = "its body is larger than \(transport.limits.replyBody) bytes"
      return false
    }
    held += piece.count
    guard transport.hold(piece.count) else {
      fault = "replies under way take more than \(transport.limits.unfinished) bytes"
      return false
    }
    body.append(contentsOf: piece)
    return true
  }

  // MARK: The end

  func finished(_ code: CURLcode) {
    guard case .library(let easy) = way else { return }
    var status = 0
    _ = cnet_easy_info_long(easy, Int32(CURLINFO_RESPONSE_CODE.rawValue), &status)
    if code == CURLE_OK, status > 0 { answered(status) } else { lost(CurlHandle.text(code)) }
  }

  /// The reply is whole.
  func answered(_ status: Int) {
    capture?(&body)
    mask.hide(in: &body)
    let headers = mask.isEmpty ? headers : headers.map { ($0.name, mask.hide(header: $0.name, $0.value)) }
    end(.replied(status: UInt32(clamping: status), headers: headers))
  }

  /// There will be no reply.
  func lost(_ reason: String) { stopped(fault ?? reason, refusal: refusal) }

  func check(now: Int64) -> Int64? {
    guard way != nil else { return nil }
    guard now >= deadline else { return deadline }
    stopped("no answer before its deadline", refusal: PB_REFUSAL_EXPIRED)
    return nil
  }

  /// The connector, which is calling, no longer wants it. What has left goes on: its answer is still news.
  func abort() {
    guard !hasLeft, way != nil else { return }
    release()
    transport.ended(self)
    let end = RequestEnd.notSent(code: UInt32(PB_REFUSAL_ABORTED), reason: "aborted")
    transport.control?.ended(id, end, [], for: session)
    session.post(.replied(request: id, end: end, body: []))
  }

  /// Nobody is there any more to be informed.
  func abandon() { release() }

  private func stopped(_ reason: String, refusal: Int) {
    body = []
    end(hasLeft ? .noAnswer(reason: reason) : .notSent(code: UInt32(refusal), reason: reason))
  }

  private func end(_ end: RequestEnd) {
    reportSent()
    guard way != nil else { return }
    release()
    transport.ended(self)
    transport.control?.ended(id, end, body, for: session)
    transport.deliver(.replied(request: id, end: end, body: body), to: session)
  }

  private func release() {
    guard let way else { return }
    self.way = nil
    _ = transport.hold(-held)
    held = 0
    transport.loop.forget(self)
    switch way {
    case .library(let easy):
      transport.loop.requests.remove(easy, isKept: true)
      if let url { transport.handles.give(easy, url, method: method) }
    case .standing(let connection): connection.leave(self)
    case .refused: break
    }
  }
}

/// What an empty body points to: a null pointer would make libcurl read standard input.
private nonisolated(unsafe) let emptyBody: UnsafeRawPointer = UnsafeRawPointer(
  UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
