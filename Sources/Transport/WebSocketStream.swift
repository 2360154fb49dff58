import CCurl
import CNet
import CPatchbay
import Records
import Runtime
import WebSocket

/// One WebSocket of a connector: waits for its turn to connect, lets libcurl make the connection, does the handshake,
/// and then carries frames both ways until one side ends it.
///
/// A frame counts as sent when its last byte has been handed to the socket, and also when the connection ends inside
/// it: the venue cannot act on half a frame, but what it has is beyond our knowledge. What has not begun is reported as
/// not sent.
final class WebSocketStream: CurlTransfer, Timed, Watched {
  enum State {
    /// Delayed by backoff or budget until the time.
    case waiting(Int64)
    case connecting
    case handshake(ClientHandshake)
    case open
    /// The connector has been informed that it is closed; the peer's answer to our close frame is waited for.
    case lingering
    case gone
  }

  let id: UInt64
  let transport: NetworkTransport
  /// `nil` once the connector has been informed of the end.
  var session: Session?
  private let record: KeptRecord
  private let idle: Int64
  private let token: UInt64
  var state = State.waiting(0)
  private var easy: UnsafeMutableRawPointer?
  private var descriptor: Int32 = -1
  private var handshake: ClientHandshake?
  /// Where its beginnings and ends count.
  private let route: ConnectRoute
  private var started: Int64 = 0
  private var opened: Int64?
  /// When the present step has to be over.
  private var deadline = Int64.max
  private var received: Int64 = 0
  private var hasCarried = false
  /// When the last ping left, and whether its answer is still to come: it comes behind everything that was reported
  /// before, so that a late one says that all of it is late.
  private var pinged = Int64.min
  private var isPongDue = false
  /// When the message that is not whole yet began.
  private var messageBegan: Int64?
  var isUnread = false
  /// What messages may still cost in this turn.
  private var messagesLeft = 0
  /// What its message counts for among all that is not whole.
  private var held = 0

  private var machine: WebSocketMachine
  private var head = ByteQueue(capacity: 1024)
  /// Being written; never moves while the socket is full, since TLS wants the same bytes again.
  private var writing = ByteQueue(capacity: 1024)
  private var isWriteWatched = false
  /// The request whose frame is in `writing`.
  private var leaving: (request: UInt64, published: [PublishedValue])?
  /// By the seals of the URL and the headers.
  private var published: [PublishedValue] = []
  /// What it has carried that depends on a secret.
  private var mask = EchoMask()
  private static let reserved = ReservedHeaders(ClientHandshake.reserved)
  private var waiting: [Frame] = []
  private var waitingBytes = 0

  init(id: UInt64, record: RecordReader, route: ConnectRoute, session: Session, transport: NetworkTransport) {
    self.id = id
    self.route = route
    self.record = KeptRecord(record)
    self.session = session
    self.transport = transport
    let fact = record.head(as: pb_out_open.self)
    idle = fact.idle_ns > 0 ? fact.idle_ns : transport.limits.idle
    token = transport.loop.newToken()
    machine = WebSocketStream.machine(transport, nil)
  }

  private static func machine(_ transport: NetworkTransport, _ deflate: DeflateAgreement?) -> WebSocketMachine {
    let random = transport.random
    return WebSocketMachine(role: .client, deflate: deflate, limits: transport.limits.webSocket) { random.next() }
  }

  private var limits: TransportLimits { transport.limits }

  // MARK: Connecting

  /// Connects at a time; called inside the connector.
  func begin(at time: Int64, now: Int64) {
    state = .waiting(time)
    transport.loop.remind(self, at: max(time, now))
  }

  private func connect(now: Int64) {
    guard let session else { return }
    started = now
    do throws(RequestRefusal) {
      // The time may have come long after the connector asked: what is signed is signed now.
      let (url, request) = try transport.plan(record.reader, for: session, isStream: true)
      let headers = try request.checkedHeaders(reserved: Self.reserved)
      published = request.published
      mask.add(request.hidden, hidesTokens: request.hidesTokens)
      mask.wrote(request.written)
      let offersDeflate = record.reader.head(as: pb_out_open.self).flags & UInt32(PB_OPEN_DEFLATE) != 0
      let key = (0..<4).flatMap { _ in withUnsafeBytes(of: transport.random.next()) { Array($0) } }
      handshake = ClientHandshake(
        host: url.authority, target: url.target, headers: headers, key: key, offersDeflate: offersDeflate)
      guard let easy = CurlHandle.make(url, transport.options, limits) else {
        throw RequestRefusal(PB_REFUSAL_LIMIT, "no memory for a connection")
      }
      CurlHandle.set(easy, CURLOPT_CONNECT_ONLY, 1)
      // With a choice, this libcurl takes HTTP/2 and crashes.
      CurlHandle.set(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
      CurlHandle.set(easy, CURLOPT_FRESH_CONNECT, 1)
      CurlHandle.set(easy, CURLOPT_HTTPPROXYTUNNEL, 1)
      guard transport.loop.sockets.add(easy, self) else {
        curl_easy_cleanup(easy)
        throw RequestRefusal(PB_REFUSAL_LIMIT, "libcurl takes no more connections")
      }
      self.easy = easy
      state = .connecting
      deadline = now + limits.connect
    } catch {
      error.tell(session)
      end(code: UInt32(PB_CLOSED_REFUSED), reason: error.words)
    }
  }

  func finished(_ code: CURLcode) {
    guard case .connecting = state, let easy, let handshake else { return }
    guard code == CURLE_OK, cnet_easy_info_socket(easy, &descriptor) == 0, descriptor >= 0 else {
      return end(code: UInt32(PB_CLOSED_CONNECT), reason: CurlHandle.text(code))
    }
    state = .handshake(handshake)
    handshake.request.withUnsafeBytes { writing.append($0) }
    transport.loop.watch(self, token: token, descriptor: descriptor, writable: false)
    flush()
  }

  private func readHandshake(_ handshake: ClientHandshake, now: Int64) {
    do throws(HandshakeFault) {
      guard let answer = try handshake.check(UnsafeRawBufferPointer(head.bytes)) else { return }
      if let deflate = answer.deflate { machine = WebSocketStream.machine(transport, deflate) }
      machine.receive(UnsafeRawBufferPointer(rebasing: head.bytes[answer.head.size...]))
    } catch {
      return end(code: UInt32(PB_CLOSED_HANDSHAKE), reason: "the server refused the upgrade: \(error)")
    }
    head = ByteQueue(capacity: 1)
    state = .open
    opened = now
    deadline = .max
    transport.loop.remind(self, at: now)
    if let session { transport.deliver(.opened(stream: id, published: published), to: session) }
    process(now: now)
  }

  // MARK: Receiving

  func ready(readable: Bool, writable: Bool) {
    session?.times = transport.loop.clock.now()
    if writable { flush() }
    if readable { read() }
  }

  private func read() {
    messagesLeft = limits.messageTurn
    defer { transport.loop.spend(limits.messageTurn &- messagesLeft) }
    // What the last turn had no time for comes before anything new.
    if case .handshake = state {} else if easy != nil { process(now: transport.loop.clock.now().mono) }
    var budget = limits.readTurn
    while budget > 0, messagesLeft > 0, let easy {
      let (code, count) = receive(from: easy)
      if code == CURLE_AGAIN { return }
      guard code == CURLE_OK, count > 0 else {
        return cut(code == CURLE_OK ? "the peer ended the connection" : CurlHandle.text(code))
      }
      budget -= count
      let times = transport.loop.clock.now()
      received = times.mono
      session?.times = times
      if case .handshake(let handshake) = state {
        readHandshake(handshake, now: times.mono)
      } else {
        process(now: times.mono)
      }
    }
    if easy != nil { transport.loop.readAgain(self) }
  }

  private func receive(from easy: UnsafeMutableRawPointer) -> (CURLcode, Int) {
    var code = CURLE_OK
    if case .handshake = state {
      let count = head.write(atLeast: 4096) { WebSocketStream.receive(easy, $0, &code) }
      return (code, count)
    }
    let count = machine.receive(atLeast: 4096) { WebSocketStream.receive(easy, $0, &code) }
    return (code, count)
  }

  private static func receive(
    _ easy: UnsafeMutableRawPointer, _ room: UnsafeMutableRawBufferPointer, _ code: inout CURLcode
  ) -> Int {
    var count = 0
    code = curl_easy_recv(easy, room.baseAddress, room.count, &count)
    return code == CURLE_OK ? count : 0
  }

  /// Hands on what has been received. Hot path.
  private func process(now: Int64) {
    var isNews = false
    while messagesLeft > 0, let event = machine.next() {
      switch event {
      case .text(let payload):
        (isNews, hasCarried) = (true, true)
        messagesLeft &-= payload.count &+ TransportLimits.messageCost
        deliver(payload, .text)
      case .binary(let payload):
        (isNews, hasCarried) = (true, true)
        messagesLeft &-= payload.count &+ TransportLimits.messageCost
        deliver(payload, .binary)
      case .ping: break
      case .pong:
        isPongDue = false
        transport.answersPings(route)
      case .closed(let code, let reason):
        let text = String(decoding: reason, as: UTF8.self)
        flush()
        return end(code: UInt32(code), reason: text.isEmpty ? "closed by the venue" : text)
      case .failed(let fault):
        flush()
        let code = fault == .tooLarge ? UInt32(PB_CLOSED_LIMIT) : UInt32(fault.closeCode)
        return end(code: code, reason: "the venue broke the protocol: \(fault)")
      }
      if easy == nil { return }
    }
    messageBegan = !machine.isInsideMessage ? nil : isNews ? now : messageBegan ?? now
    let unfinished = machine.unfinishedBytes
    if unfinished != held {
      let isWithin = transport.hold(unfinished &- held)
      held = unfinished
      guard isWithin else {
        let reason = "messages under way take more than \(limits.unfinished) bytes"
        return end(code: UInt32(PB_CLOSED_LIMIT), reason: reason)
      }
    }
    if !machine.output.isEmpty { flush() }
  }

  private func deliver(_ payload: UnsafeBufferPointer<UInt8>, _ kind: FrameKind) {
    guard !mask.isEmpty, let hidden = mask.hidden(in: UnsafeRawBufferPointer(payload)) else {
      session?.frame(id, payload, kind)
      return
    }
    session?.post(.frame(stream: id, kind: kind, bytes: hidden))
  }

  // MARK: Sending

  /// Takes a frame; called inside the connector.
  func send(_ frame: Frame) throws(RequestRefusal) {
    guard case .open = state else { throw RequestRefusal(PB_REFUSAL_CLOSED, "the stream \(id) is not open") }
    guard waiting.count < limits.waitingFrames, waitingBytes + frame.size <= limits.waitingBytes else {
      throw RequestRefusal(PB_REFUSAL_LIMIT, "too many frames wait for the stream \(id): the venue does not read")
    }
    waiting.append(frame)
    waitingBytes += frame.size
    mask.add(frame.hidden, hidesTokens: frame.hidesTokens)
    mask.wrote(frame.written, isKept: frame.trade == nil)
    flush()
    if !waiting.isEmpty { transport.loop.remind(self, at: frame.deadline) }
  }

  /// Takes a frame back that has not begun to leave; whether there was one. Called inside the connector.
  func abort(_ request: UInt64) -> Bool {
    guard let index = waiting.firstIndex(where: { $0.request == request }) else { return false }
    refuse(waiting.remove(at: index), PB_REFUSAL_ABORTED, "aborted")
    return true
  }

  private func refuse(_ frame: Frame, _ code: Int, _ reason: String) {
    waitingBytes -= frame.size
    tell(frame.request, .notSent(code: UInt32(code), reason: reason))
  }

  private func tell(_ request: UInt64, _ end: RequestEnd, published: [PublishedValue] = []) {
    guard let session else { return }
    transport.control?.ended(request, end, [], for: session)
    session.post(.sent(request: request, end: end, published: published))
  }

  /// Writes what the socket takes. A failure is left to the reader, which finds it too and is never inside a connector.
  private func flush() {
    while let easy, descriptor >= 0 {
      if writing.isEmpty {
        if let gone = leaving {
          leaving = nil
          tell(gone.request, .sent, published: gone.published)
          // The connector may have sent more, or closed.
          continue
        }
        if machine.output.isEmpty { encodeNext() }
        if machine.output.isEmpty { break }
        swap(&writing, &machine.output)
      }
      var count = 0
      let code = curl_easy_send(easy, writing.bytes.baseAddress, writing.count, &count)
      guard code == CURLE_OK, count > 0 else { break }
      writing.removeFirst(count)
    }
    let wantsWrite = !writing.isEmpty
    if descriptor >= 0, wantsWrite != isWriteWatched {
      isWriteWatched = wantsWrite
      transport.loop.watch(self, token: token, descriptor: descriptor, writable: wantsWrite)
    }
  }

  private func encodeNext() {
    guard case .open = state, leaving == nil else { return }
    // What trades may have waited for longer than it may.
    while let trade = waiting.first?.trade, let session, transport.control?.mayLeave(trade, for: session) != true {
      refuse(waiting.removeFirst(), PB_REFUSAL_ACT, JudgedTrade.tooLate)
    }
    guard !waiting.isEmpty else { return }
    let frame = waiting.removeFirst()
    waitingBytes -= frame.size
    let opcode: WebSocketOpcode =
      switch Int(frame.opcode) {
      case PB_OPCODE_BINARY: .binary
      case PB_OPCODE_PING: .ping
      default: .text
      }
    frame.bytes.withUnsafeBytes { bytes in
      machine.send(opcode, opcode == .ping ? UnsafeRawBufferPointer(rebasing: bytes.prefix(125)) : bytes)
    }
    leaving = (frame.request, frame.published)
  }

  // MARK: Deadlines

  func check(now: Int64) -> Int64? {
    switch state {
    case .waiting(let time):
      guard now >= time else { return time }
      connect(now: now)
      return check(now: now)
    case .connecting, .handshake:
      guard now >= deadline else { return deadline }
      end(code: UInt32(PB_CLOSED_CONNECT), reason: "no connection within \(limits.connect / TransportLimits.second) s")
    case .open: return checkOpen(now: now)
    case .lingering:
      guard now >= deadline else { return deadline }
      release()
    case .gone: break
    }
    return nil
  }

  private func checkOpen(now: Int64) -> Int64? {
    for frame in waiting where now >= frame.deadline {
      waiting.removeAll { $0.request == frame.request }
      refuse(frame, PB_REFUSAL_EXPIRED, "its deadline passed before it left")
    }
    // Hears of that, the connector may have closed it.
    guard case .open = state else { return check(now: now) }
    let stalled = messageBegan.map { $0 + limits.stall } ?? .max
    let silent = isPongDue && received <= pinged ? max(pinged, received + limits.ping) + limits.pong : .max
    let late = isPongDue && transport.isAnsweringPings(route) ? pinged + limits.lag : .max
    let quiet = idle.addingReportingOverflow(received)
    let end = min(stalled, silent, late, quiet.overflow ? .max : quiet.partialValue)
    if now >= end {
      let why =
        now >= stalled ? "a message was not whole in time" : now >= silent ? "no answer to a ping"
        : now >= late ? "what comes is more than \(limits.lag / TransportLimits.second) s late" : "nothing came"
      self.end(code: UInt32(PB_CLOSED_IDLE), reason: why)
      return nil
    }
    let frames = waiting.reduce(Int64.max) { min($0, $1.deadline) }
    // A peer that answers no pings is pinged on: what keeps routers' tables is the ping itself.
    let next = isPongDue && late != .max ? .max : nextPing
    guard now >= next else { return min(end, frames, next) }
    (pinged, isPongDue) = (now, true)
    machine.send(.ping, UnsafeRawBufferPointer(start: nil, count: 0))
    flush()
    return checkOpen(now: now)
  }

  /// The first one soon, while nothing can have piled up: who answers it answers others.
  private var nextPing: Int64 {
    pinged == .min ? (opened ?? started) + limits.firstPing : pinged + limits.ping
  }

  // MARK: The end

  /// The connector closes it; called inside the connector, which is informed at once.
  func close(code: UInt16, reason: String) {
    guard session != nil else { return }
    let isOpen = if case .open = state { true } else { false }
    if isOpen {
      machine.close(code: code, reason: reason)
      settleFrames()
      state = .lingering
      deadline = transport.now + limits.closing
      flush()
      transport.loop.remind(self, at: deadline)
    }
    // One that has not begun to connect has cost nobody anything.
    if started > 0 { transport.count(route, started, opened, hasCarried, byConnector: true) }
    if let session { transport.control?.ended(stream: id, for: session) }
    session?.post(.closed(stream: id, code: UInt32(code), reason: "closed by the connector"))
    session = nil
    if !isOpen { release() }
  }

  /// Nobody is there any more to be informed.
  func abandon() {
    session = nil
    if case .open = state {
      machine.close(code: 1001)
      flush()
    }
    release()
  }

  private func cut(_ reason: String) {
    if case .handshake = state { return end(code: UInt32(PB_CLOSED_HANDSHAKE), reason: reason) }
    end(code: 1006, reason: reason)
  }

  private func settleFrames() {
    if let gone = leaving { tell(gone.request, .sent, published: gone.published) }
    leaving = nil
    let unsent = waiting
    waiting = []
    for frame in unsent { refuse(frame, PB_REFUSAL_CLOSED, "the stream was closed before it left") }
  }

  /// Ends it from the event loop and reports the connector.
  private func end(code: UInt32, reason: String) {
    guard let session else { return release() }
    release()
    transport.count(route, started, opened, hasCarried, byConnector: false)
    session.times = transport.loop.clock.now()
    settleFrames()
    self.session = nil
    transport.ended(self)
    transport.control?.ended(stream: id, for: session)
    session.post(.closed(stream: id, code: code, reason: mask.hide(in: reason)))
  }

  private func release() {
    state = .gone
    _ = transport.hold(-held)
    held = 0
    transport.loop.forget(self)
    transport.loop.unwatch(token: token, descriptor: descriptor)
    descriptor = -1
    guard let easy else { return }
    self.easy = nil
    transport.loop.sockets.remove(easy)
  }
}
