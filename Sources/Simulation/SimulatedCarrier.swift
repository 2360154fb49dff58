import CPatchbay
import Records
import Runtime
import Transport
import Venue

/// Carries one connector instance's requests over a simulated network, as `NetworkTransport` does over a real one:
/// evaluated when they leave, bounded by their deadlines, reconnecting no faster than the policy.
public final class SimulatedCarrier: Carrier {
  public weak var control: SendControl?
  /// It owns what is under way, which knows this.
  private unowned let network: SimulatedNetwork
  private weak var session: Session?
  private var streams: [UInt64: Stream] = [:]
  private var exchanges: [UInt64: Exchange] = [:]
  private var policies: [ConnectRoute: ReconnectPolicy] = [:]
  private var isGone = false
  /// Frames that are lost for this one alone.
  var isDeaf: ((VenueFrame) -> Bool)?

  /// A stream from the wish to open it until its end.
  private final class Stream {
    let record: KeptRecord
    let route: ConnectRoute
    /// `nil` until it connects.
    var started: Int64?
    var opened: Int64?
    var hasCarried = false
    var socket: SimulatedSocket?
    /// What it has carried that depends on a secret.
    var mask = EchoMask()

    init(_ record: KeptRecord, _ route: ConnectRoute) {
      self.record = record
      self.route = route
    }
  }

  /// An HTTP request that has left.
  private final class Exchange {
    let capture: ((inout [UInt8]) -> Void)?
    private(set) var mask = EchoMask()

    init(_ request: OutgoingRequest) {
      capture = request.capture
      mask.add(request.hidden)
    }
  }

  public init(network: SimulatedNetwork) { self.network = network }

  /// The process is gone without a word, as by a crash: the venue notices that the connections are.
  public func crash() {
    isGone = true
    // In an order of their own: each draws its delay.
    for (_, stream) in streams.sorted(by: { $0.key < $1.key }) { stream.socket?.leave() }
    streams.removeAll()
    exchanges.removeAll()
  }

  public func ended(_ session: Session) { crash() }

  public func move(to session: Session) { self.session = session }

  // MARK: Streams

  public func open(_ record: RecordReader, for session: Session) {
    self.session = session
    let fact = record.head(as: pb_out_open.self)
    let id = fact.stream
    do throws(RequestRefusal) {
      let (url, _) = try plan(record, session)
      let stream = Stream(KeptRecord(record), ConnectRoute(endpoint: url.endpoint, account: fact.account))
      streams[id] = stream
      let now = network.clock.mono
      let start = policies[stream.route, default: ReconnectPolicy()].earliest(now: now)
      network.after(start - now) { [weak self] in self?.connect(id, stream) }
    } catch {
      control?.ended(stream: id, for: session)
      error.tell(session)
      session.post(.closed(stream: id, code: UInt32(PB_CLOSED_REFUSED), reason: error.words))
    }
  }

  private func connect(_ id: UInt64, _ stream: Stream) {
    guard let session, streams[id] === stream else { return }
    stream.started = network.clock.mono
    do throws(RequestRefusal) {
      let (url, request) = try plan(stream.record.reader, session)
      guard let mount = network.venue(at: url.endpoint), !network.random.happens(network.weather.refused) else {
        return network.after(network.delay()) { [weak self] in
          self?.ended(id, stream, code: UInt32(PB_CLOSED_CONNECT), "no connection")
        }
      }
      stream.mask.add(request.hidden)
      stream.mask.wrote(request.written)
      let socket = SimulatedSocket(id, mount, network, self, published: request.published)
      stream.socket = socket
      socket.connect(VenueRequest(request, url, method: "GET"))
    } catch {
      error.tell(session)
      ended(id, stream, code: UInt32(PB_CLOSED_REFUSED), error.words)
    }
  }

  public func close(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_close.self)
    guard let stream = streams.removeValue(forKey: fact.stream) else { return }
    stream.socket?.leave()
    count(stream, byConnector: true)
    control?.ended(stream: fact.stream, for: session)
    let code = fact.code == 0 ? 1000 : fact.code
    session.post(.closed(stream: fact.stream, code: code, reason: "closed by the connector"))
  }

  func opened(_ socket: SimulatedSocket, _ published: [PublishedValue]) {
    guard let stream = streams[socket.stream], stream.socket === socket else { return }
    stream.opened = network.clock.mono
    deliver(.opened(stream: socket.stream, published: published))
  }

  func received(_ socket: SimulatedSocket, _ frame: VenueFrame) {
    guard let stream = streams[socket.stream], stream.socket === socket, isDeaf?(frame) != true else { return }
    stream.hasCarried = true
    var (kind, bytes) =
      switch frame {
      case .text(let bytes): (FrameKind.text, bytes)
      case .binary(let bytes): (FrameKind.binary, bytes)
      }
    stream.mask.hide(in: &bytes)
    deliver(.frame(stream: socket.stream, kind: kind, bytes: bytes))
  }

  func ended(_ socket: SimulatedSocket, code: UInt32, _ reason: String) {
    guard let stream = streams[socket.stream], stream.socket === socket else { return }
    ended(socket.stream, stream, code: code, reason)
  }

  private func ended(_ id: UInt64, _ stream: Stream, code: UInt32, _ reason: String) {
    guard let session, streams[id] === stream else { return }
    streams[id] = nil
    count(stream, byConnector: false)
    control?.ended(stream: id, for: session)
    deliver(.closed(stream: id, code: code, reason: stream.mask.hide(in: reason)))
  }

  private func count(_ stream: Stream, byConnector: Bool) {
    guard let started = stream.started else { return }
    policies[stream.route, default: ReconnectPolicy()].ended(
      started: started, opened: stream.opened, hasCarried: stream.hasCarried, byConnector: byConnector,
      now: network.clock.mono, random: network.random.next())
  }

  // MARK: Requests

  public func request(_ record: RecordReader, deadline: Int64, for session: Session) {
    self.session = session
    let fact = record.head(as: pb_out_request.self)
    do throws(RequestRefusal) {
      if fact.stream != 0 { try send(record, fact, session) } else { try exchange(record, fact, deadline, session) }
    } catch {
      let end = error.told(to: session)
      control?.ended(fact.request, end, [], for: session)
      session.post(
        fact.stream == 0 ? .replied(request: fact.request, end: end, body: []) : .sent(request: fact.request, end: end))
    }
  }

  private func send(_ record: RecordReader, _ fact: pb_out_request, _ session: Session) throws(RequestRefusal) {
    guard let stream = streams[fact.stream], stream.opened != nil, let socket = stream.socket else {
      throw RequestRefusal(PB_REFUSAL_CLOSED, "the stream \(fact.stream) is not open")
    }
    let request = try evaluate(record, session)
    stream.mask.add(request.hidden)
    stream.mask.wrote(request.written)
    // Pings of the protocol are the network's own affair.
    if Int(fact.opcode) != PB_OPCODE_PING {
      _ = socket.send(Int(fact.opcode) == PB_OPCODE_BINARY ? .binary(request.body) : .text(request.body))
    }
    control?.ended(fact.request, .sent, [], for: session)
    session.post(.sent(request: fact.request, end: .sent, published: request.published))
  }

  private func exchange(
    _ record: RecordReader, _ fact: pb_out_request, _ deadline: Int64, _ session: Session
  ) throws(RequestRefusal) {
    let id = fact.request
    let (url, request) = try plan(record, session)
    guard let method = Self.methods[Int(fact.method)] else {
      throw RequestRefusal(PB_REFUSAL_ACT, "the method \(fact.method) is unknown")
    }
    guard let mount = network.venue(at: url.endpoint), !network.random.happens(network.weather.refused) else {
      throw RequestRefusal(PB_REFUSAL_CONNECT, "no connection")
    }
    let exchange = Exchange(request)
    exchanges[id] = exchange
    control?.left(id, for: session)
    session.post(.sent(request: id, end: .sent, published: request.published))
    network.after(max(0, deadline - network.clock.mono)) { [weak self] in
      self?.finish(id, exchange, .noAnswer(reason: "no answer before its deadline"), [])
    }
    if network.random.happens(network.weather.lost) { return }
    let number = network.number()
    let wanted = VenueRequest(request, url, method: method)
    network.after(network.delay()) { [self] in
      mount.requests[number] = { [weak self] in self?.answered(id, exchange, $0) }
      network.deliver(mount) { venue, now, actions in venue.request(number, wanted, now: now, &actions) }
    }
  }

  private func answered(_ id: UInt64, _ exchange: Exchange, _ reply: VenueReply?) {
    if network.random.happens(network.weather.unanswered) { return }
    network.after(network.delay()) { [weak self] in
      guard let reply else {
        self?.finish(id, exchange, .noAnswer(reason: "the connection was lost before an answer"), [])
        return
      }
      var body = reply.body
      exchange.capture?(&body)
      exchange.mask.hide(in: &body)
      let headers = reply.headers.map { ($0.name.lowercased(), exchange.mask.hide(in: $0.value)) }
      self?.finish(id, exchange, .replied(status: UInt32(reply.status), headers: headers), body)
    }
  }

  private func finish(_ id: UInt64, _ exchange: Exchange, _ end: RequestEnd, _ body: [UInt8]) {
    guard let session, exchanges[id] === exchange else { return }
    exchanges[id] = nil
    control?.ended(id, end, body, for: session)
    deliver(.replied(request: id, end: end, body: body))
  }

  /// What has left goes on: its answer is still news.
  public func abort(_ record: RecordReader, for session: Session) {}

  // MARK: Both

  private static let methods = [
    PB_METHOD_GET: "GET", PB_METHOD_POST: "POST", PB_METHOD_PUT: "PUT", PB_METHOD_DELETE: "DELETE",
    PB_METHOD_PATCH: "PATCH",
  ]

  private func evaluate(_ record: RecordReader, _ session: Session) throws(RequestRefusal) -> OutgoingRequest {
    guard let control else { throw RequestRefusal(PB_REFUSAL_SEAL, "nobody judges what leaves") }
    return try control.evaluate(record, for: session)
  }

  private func plan(_ record: RecordReader, _ session: Session) throws(RequestRefusal) -> (VenueURL, OutgoingRequest) {
    let request = try evaluate(record, session)
    guard let url = VenueURL(request.url) else { throw RequestRefusal(PB_REFUSAL_HOST, "not a URL") }
    return (url, request)
  }

  private func deliver(_ input: PostedInput) {
    guard let session, !isGone else { return }
    session.times = network.clock.now()
    session.post(input)
  }
}

extension VenueRequest {
  /// As it arrives.
  init(_ request: OutgoingRequest, _ url: VenueURL, method: String) {
    let parts = url.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.init(
      method: method, path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "",
      headers: request.headers.map { ($0.name.lowercased(), String(decoding: $0.value, as: UTF8.self)) },
      body: request.body)
  }
}
