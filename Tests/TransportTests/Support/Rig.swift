import CPatchbay
import ConnectorKit
import Glibc
import Records
import Runtime
import Testing
import WebSocket

@testable import Transport

/// What runs over loopback, one at a time: the connector under test is found through a global.
@Suite(.serialized) enum LoopbackTests {}

/// A connector that does what a test says it, and writes down what it is reported.
final class Probe: Connector {
  nonisolated(unsafe) static var latest: Probe?
  static let descriptor: StaticString = #"{"id": "probe"}"#
  var jobs: [(Output) -> Void] = []
  var seen: [String] = []
  /// Why streams were closed.
  var reasons: [String] = []
  var onFrame: (Output) -> Void = { _ in }

  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    Probe.latest = self
  }

  override func command(_ command: Command) -> Status {
    for job in jobs { job(out) }
    jobs.removeAll()
    return .unsupported
  }

  override func opened(_ stream: pb_id, published: Published) { seen.append("opened \(stream)") }

  override func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status {
    let text = payload.count > 100 ? "\(payload.count) bytes" : String(decoding: payload, as: UTF8.self)
    seen.append("\(isBinary ? "binary" : "text") \(stream) \(text)")
    onFrame(out)
    return .ok
  }

  override func closed(_ stream: pb_id, code: UInt32, reason: String) {
    seen.append("closed \(stream) \(code)")
    reasons.append(reason)
  }

  override func sent(_ notice: Reply) {
    seen.append(notice.outcome == .sent ? "sent \(notice.request)" : "not sent \(notice.request) \(notice.status)")
    if let value = notice.published[3] {
      seen.append("published \(notice.request) 3 \(value)")
    }
  }

  override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    switch reply.outcome {
    case .replied:
      let header = reply.header("x-test").map { " x-test=\($0)" } ?? ""
      let cookie = reply.header("set-cookie") == nil ? "" : " cookie"
      seen.append("reply \(reply.request) \(reply.status)\(header)\(cookie) \(String(decoding: body, as: UTF8.self))")
    case .noAnswer: seen.append("no answer \(reply.request)")
    default: seen.append("not sent \(reply.request) \(reply.status)")
    }
    return .ok
  }
}

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: Probe.descriptor) { makeConnector(Probe.self, $0, $1, $2) }
])

/// The machine's clock, pushed forward by tests that would otherwise wait.
final class PushedClock: HostClock, @unchecked Sendable {
  private let real = SystemClock()
  private var ahead: Int64 = 0

  func push(seconds: Int64) { ahead += seconds * TransportLimits.second }

  func now() -> Times {
    let times = real.now()
    return Times(mono: times.mono + ahead, wall: times.wall + ahead, venue: times.venue + ahead)
  }
}

/// A connector, its transport and a venue, all driven by one thread.
final class Rig {
  let clock = PushedClock()
  let venue: TestVenue
  let loop: EventLoop
  let transport: NetworkTransport
  let session: Session
  let probe: Probe
  /// The transport does not keep it.
  private let control: SendControl?

  init(
    venue: TestVenue = TestVenue(), limits: TransportLimits = TransportLimits(), control: SendControl? = nil,
    port: UInt16? = nil, _ change: (inout ConnectionOptions) -> Void = { _ in }
  ) throws {
    self.venue = venue
    loop = try #require(EventLoop(clock: clock, limits: limits))
    var options = ConnectionOptions()
    options.substitutes["venue.test:443"] = "http://127.0.0.1:\(port ?? venue.port)"
    options.allowsPlainLoopback = true
    change(&options)
    transport = NetworkTransport(
      loop: loop, hosts: ["venue.test:443", "127.0.0.1:\(venue.port)"], options: options, budgets: ConnectBudgets())
    self.control = control
    transport.control = control
    let connector = try #require(try readPeerTable(library).first)
    session = try Session(
      name: "probe", connector: connector, config: Array("{}".utf8), transport: transport, observer: nil,
      times: clock.now())
    probe = try #require(Probe.latest)
    session.start(trading: false)
  }

  /// Lets the connector write.
  func ask(_ job: @escaping (Output) -> Void) {
    probe.jobs.append(job)
    session.times = clock.now()
    session.send(CommandDraft(.clock)) { _ in }
  }

  /// Turns everything until `condition` holds; `false` when it does not come true in many turns.
  func turn(_ turns: Int = 10_000, until condition: () -> Bool) -> Bool {
    for _ in 0..<turns {
      if condition() { return true }
      venue.step()
      loop.wait(until: clock.now().mono + 1_000_000)
    }
    return condition()
  }

  func saw(_ line: String) -> Bool { turn { probe.seen.contains(line) } }

  /// Lets some time of the machine go by, in which something might happen that must not.
  func idle() { _ = turn(50) { false } }
}
