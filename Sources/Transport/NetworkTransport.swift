import CPatchbay
import Records
import Runtime
import WebSocket

/// Carries one connector instance's streams and requests over the network: checks where they go, connects within the
/// budgets, and bounds everything that can wait.
///
/// One per session, on the session's lane. What a connector may reach is the list of hosts of its manifest, checked on
/// the evaluated URL; an operator's substitute then takes the place of a listed host. Only literal texts leave unless
/// there is a `SendControl`.
public final class NetworkTransport: Transport, Carrier {
  let loop: EventLoop
  let options: ConnectionOptions
  let random: RandomPool
  /// For requests.
  let handles: CurlPool
  /// For orders.
  let standing: StandingConnections
  private let hosts: PermittedHosts
  /// The operator's substitutes; `nil` for one that is no URL.
  private let substitutes: [String: VenueURL?]
  private let budgets: ConnectBudgets
  /// Evaluates seals and hears of ends; without one, a request with a seal or an account is refused.
  @exclusivity(unchecked) public weak var control: SendControl?
  private var streams: [UInt64: WebSocketStream] = [:]
  @exclusivity(unchecked) private var exchanges: [UInt64: HTTPExchange] = [:]
  private var policies: [ConnectRoute: ReconnectPolicy] = [:]
  /// Where a ping was answered.
  private var answering: Set<ConnectRoute> = []
  /// Bytes of replies and messages that are not whole.
  @exclusivity(unchecked) private(set) var unfinished = 0
  /// The last few URLs without a query, with where they lead: orders go to the same one again and again.
  @exclusivity(unchecked) private var knownTargets: [KnownTarget] = []

  private struct KnownTarget {
    var text: [UInt8]
    var isStream: Bool
    var url: VenueURL
    var named: String
  }

  /// - Parameters:
  ///   - hosts: `host:port` as manifests list them, `*.` for any name below.
  ///   - budgets: shared by all transports of the process.
  public init(
    loop: EventLoop, hosts: [String], options: ConnectionOptions = ConnectionOptions(), budgets: ConnectBudgets
  ) {
    self.loop = loop
    self.hosts = PermittedHosts(hosts)
    self.options = options
    substitutes = options.substitutes.mapValues { VenueURL($0) }
    self.budgets = budgets
    random = RandomPool()
    handles = CurlPool(options, loop.limits)
    standing = StandingConnections(loop, options)
  }

  var limits: TransportLimits { loop.limits }
  var now: Int64 { loop.clock.now().mono }

  // MARK: Transport

  public func open(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_open.self)
    let id = fact.stream
    session.charge(Self.openCost)
    do throws(RequestRefusal) {
      guard streams[id] == nil else {
        throw RequestRefusal(PB_REFUSAL_CLOSED, "the stream \(id) is open already", isMisuse: true)
      }
      guard streams.count < limits.streams else {
        throw RequestRefusal(PB_REFUSAL_LIMIT, "more than \(limits.streams) streams")
      }
      let now = self.now
      let route: ConnectRoute
      let start: Int64
      do throws(RequestRefusal) {
        let (url, named) = try target(record, for: session)
        route = ConnectRoute(endpoint: named, account: fact.account)
        start = budgets.take(url.endpoint, at: earliest(route, now))
      } catch {
        // The first refusal is reported at once, the next ones at the pace of connections that fail.
        route = ConnectRoute(endpoint: "", account: fact.account)
        start = earliest(route, now)
        if start <= now {
          count(route, now, nil, false, byConnector: false)
          throw error
        }
      }
      let stream = WebSocketStream(id: id, record: record, route: route, session: session, transport: self)
      streams[id] = stream
      stream.begin(at: start, now: now)
    } catch {
      if streams[id] == nil { control?.ended(stream: id, for: session) }
      error.tell(session)
      session.post(.closed(stream: id, code: UInt32(PB_CLOSED_REFUSED), reason: error.words))
    }
  }

  public func close(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_close.self)
    let code = fact.code == 0 ? 1000 : UInt16(clamping: fact.code)
    streams.removeValue(forKey: fact.stream)?.close(code: code, reason: record.text(fact.reason))
  }

  public func request(_ record: RecordReader, for session: Session) {
    let after = record.head(as: pb_out_request.self).deadline_ns
    let (time, overflow) = now.addingReportingOverflow(after > 0 ? after : limits.request)
    request(record, deadline: overflow ? .max : time, for: session)
  }

  public func request(_ record: RecordReader, deadline: Int64, for session: Session) {
    let fact = record.head(as: pb_out_request.self)
    do throws(RequestRefusal) {
      if fact.stream != 0 {
        guard let stream = streams[fact.stream] else {
          throw RequestRefusal(PB_REFUSAL_CLOSED, "the stream \(fact.stream) is not open")
        }
        let outgoing = try evaluate(record, for: session)
        try stream.send(
          Frame(
            request: fact.request, opcode: fact.opcode, bytes: outgoing.body, deadline: deadline,
            published: outgoing.published, hidden: outgoing.hidden, hidesTokens: outgoing.hidesTokens,
            trade: outgoing.trade, written: outgoing.written, size: outgoing.body.count + outgoing.slack))
      } else {
        try exchange(record, fact, deadline, session)
      }
    } catch {
      let end = error.told(to: session)
      control?.ended(fact.request, end, [], for: session)
      session.post(
        fact.stream == 0 ? .replied(request: fact.request, end: end, body: []) : .sent(request: fact.request, end: end))
    }
  }

  public func abort(_ record: RecordReader, for session: Session) {
    let id = record.head(as: pb_out_abort.self).request
    if let exchange = exchanges[id] { return exchange.abort() }
    for stream in streams.values where stream.abort(id) { return }
  }

  public func ended(_ session: Session) {
    for stream in streams.values { stream.abandon() }
    for exchange in exchanges.values { exchange.abandon() }
    streams.removeAll()
    exchanges.removeAll()
    standing.end()
  }

  public func move(to session: Session) {
    for stream in streams.values { stream.session = session }
    for exchange in exchanges.values { exchange.session = session }
  }

  private func exchange(
    _ record: RecordReader, _ fact: pb_out_request, _ deadline: Int64, _ session: Session
  ) throws(RequestRefusal) {
    guard exchanges[fact.request] == nil else {
      throw RequestRefusal(PB_REFUSAL_LIMIT, "the request \(fact.request) is under way already", isMisuse: true)
    }
    guard exchanges.count < limits.requests else {
      throw RequestRefusal(PB_REFUSAL_LIMIT, "more than \(limits.requests) requests")
    }
    let (url, outgoing) = try plan(record, for: session, isStream: false)
    let exchange = HTTPExchange(id: fact.request, outgoing, session: session, transport: self)
    exchanges[fact.request] = exchange
    do throws(RequestRefusal) {
      try exchange.begin(url, outgoing, method: fact.method, deadline: deadline)
    } catch {
      exchanges[fact.request] = nil
      throw error
    }
  }

  // MARK: Where requests may go

  private func evaluate(_ record: RecordReader, for session: Session) throws(RequestRefusal) -> OutgoingRequest {
    let outgoing: OutgoingRequest
    if let control {
      outgoing = try control.evaluate(record, for: session)
    } else {
      outgoing = try record.literalRequest()
    }
    guard outgoing.textSize <= limits.requestText else {
      throw RequestRefusal(PB_REFUSAL_LIMIT, "a request larger than \(limits.requestText) bytes", isMisuse: true)
    }
    return outgoing
  }

  /// Evaluates a request and finds where it goes.
  func plan(
    _ record: RecordReader, for session: Session, isStream: Bool
  ) throws(RequestRefusal) -> (VenueURL, OutgoingRequest) {
    let outgoing = try evaluate(record, for: session)
    return (try target(of: outgoing, isStream: isStream).url, outgoing)
  }

  /// Where a stream goes, and the `host:port` that the connector named.
  private func target(
    _ record: RecordReader, for session: Session
  ) throws(RequestRefusal) -> (url: VenueURL, named: String) {
    try target(of: try evaluate(record, for: session), isStream: true)
  }

  private func target(
    of outgoing: OutgoingRequest, isStream: Bool
  ) throws(RequestRefusal) -> (url: VenueURL, named: String) {
    if let known = knownTargets.first(where: { $0.isStream == isStream && $0.text == outgoing.url }) {
      return (known.url, known.named)
    }
    let found = try newTarget(of: outgoing, isStream: isStream)
    // What has a query comes once.
    if outgoing.url.count <= 512, !outgoing.url.contains(0x3F) {
      if knownTargets.count == 8 { knownTargets.removeFirst() }
      knownTargets.append(KnownTarget(text: outgoing.url, isStream: isStream, url: found.url, named: found.named))
    }
    return found
  }

  private func newTarget(
    of outgoing: OutgoingRequest, isStream: Bool
  ) throws(RequestRefusal) -> (url: VenueURL, named: String) {
    guard let url = VenueURL(outgoing.url), url.isStream == isStream else {
      throw RequestRefusal(PB_REFUSAL_HOST, "not a \(isStream ? "wss" : "https") URL")
    }
    guard hosts.contains(url) else {
      throw RequestRefusal(PB_REFUSAL_HOST, "\(url.endpoint) is not among the manifest's hosts")
    }
    let target = try substituted(url)
    // Without TLS only this machine is reached, and only where the operator, not the connector, named it.
    let isNamed = options.allowsPlainLoopback && substitutes[url.endpoint] != nil
    guard target.isEncrypted || isNamed && target.isLoopback else {
      throw RequestRefusal(PB_REFUSAL_HOST, "\(target.endpoint) would be reached without TLS", isMisuse: false)
    }
    return (target, url.endpoint)
  }

  private func substituted(_ url: VenueURL) throws(RequestRefusal) -> VenueURL {
    guard let known = substitutes[url.endpoint] else { return url }
    guard var target = known else {
      let reason = "the configured URL for \(url.endpoint) cannot be used"
      throw RequestRefusal(PB_REFUSAL_HOST, reason, isMisuse: false)
    }
    target.scheme = target.isEncrypted ? (url.isStream ? .wss : .https) : (url.isStream ? .ws : .http)
    while target.target.hasSuffix("/") { target.target.removeLast() }
    target.target += url.target
    return target
  }

  // MARK: For streams and requests

  /// What a stream takes from its beginning on: buffers, and a look at the budgets.
  private static let openCost = 32 << 10

  /// Counts bytes of what is not whole, negative ones when it is or has ended; whether they are within the limit.
  func hold(_ bytes: Int) -> Bool {
    unfinished += bytes
    return unfinished <= limits.unfinished
  }

  /// Delivers an input from the event loop, at the time it is.
  func deliver(_ input: PostedInput, to session: Session) {
    session.times = loop.clock.now()
    session.post(input)
  }

  func ended(_ stream: WebSocketStream) {
    if streams[stream.id] === stream { streams[stream.id] = nil }
  }

  func ended(_ exchange: HTTPExchange) { exchanges[exchange.id] = nil }

  func answersPings(_ route: ConnectRoute) {
    if answering.count < limits.routes { answering.insert(route) }
  }

  func isAnsweringPings(_ route: ConnectRoute) -> Bool { answering.contains(route) }

  private func earliest(_ route: ConnectRoute, _ now: Int64) -> Int64 {
    policies[route]?.earliest(now: now) ?? now
  }

  /// A stream has ended, for whichever reason.
  func count(_ route: ConnectRoute, _ started: Int64, _ opened: Int64?, _ hasCarried: Bool, byConnector: Bool) {
    // A connector may name any host below a wildcard: what there is no room for shares one policy.
    let key = policies[route] != nil || policies.count < limits.routes ? route : .others
    policies[key, default: ReconnectPolicy()].ended(
      started: started, opened: opened, hasCarried: hasCarried, byConnector: byConnector, now: now,
      random: random.next64())
  }
}
