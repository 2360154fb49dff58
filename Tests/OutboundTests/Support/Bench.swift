import CPatchbay
import Catalog
import ConnectorKit
import Decimals
import Foundation
import MarketModel
import Outbound
import Records
import Runtime
import Testing
import Transport
import Vault

/// What runs here goes one at a time: the connector under test is found through a global.
@Suite(.serialized) enum DispatchTests {}

/// A connector that does what a test says it, and writes down what it is reported.
final class Probe: Connector {
  nonisolated(unsafe) static var latest: Probe?
  static let descriptor: StaticString = #"{"id": "probe"}"#
  var seen: [String] = []
  /// Why requests did not leave.
  var reasons: [String] = []
  var onCommand: (Output, Command) -> Void = { out, command in out.done(command.id) }
  var onReply: (Output, Reply) -> Void = { _, _ in }

  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    Probe.latest = self
  }

  override func command(_ command: Command) -> Status {
    seen.append("command \(command.id)")
    onCommand(out, command)
    return .ok
  }

  override func opened(_ stream: pb_id, published: Published) { seen.append("opened \(stream)") }
  override func closed(_ stream: pb_id, code: UInt32, reason: String) { seen.append("closed \(stream) \(code)") }

  override func sent(_ notice: Reply) {
    let value = notice.published[3].map { " published \($0)" } ?? ""
    seen.append(
      notice.outcome == .sent ? "sent \(notice.request)\(value)" : "not sent \(notice.request) \(notice.status)")
  }

  override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    switch reply.outcome {
    case .replied: seen.append("reply \(reply.request) \(reply.status)")
    case .noAnswer: seen.append("no answer \(reply.request)")
    default:
      seen.append("not sent \(reply.request) \(reply.status)")
      reasons.append(reply.reason)
    }
    onReply(out, reply)
    return .ok
  }
}

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: Probe.descriptor) { makeConnector(Probe.self, $0, $1, $2) }
])

/// Clocks that stand until a test moves them. The wall clock can be wrong.
final class StillClock: HostClock, @unchecked Sendable {
  var mono: Int64 = 1_000_000_000_000
  var wall: Int64 = 1_700_000_000_000_000_000

  func now() -> Times { Times(mono: mono, wall: wall, venue: wall) }

  func move(seconds: Double) {
    mono += Int64(seconds * 1e9)
    wall += Int64(seconds * 1e9)
  }
}

/// Carries nothing: keeps what it is given, evaluated at that moment, until a test ends it.
final class HandCarrier: Carrier {
  weak var control: SendControl?
  /// What was evaluated: URLs, and the bodies of frames.
  var texts: [UInt64: String] = [:]
  var underWay: [UInt64] = []
  var opened: [UInt64] = []
  var log: [String] = []

  func open(_ record: RecordReader, for session: Session) {
    let stream = record.head(as: pb_out_open.self).stream
    // What may leave on a stream is known from its opening.
    do throws(RequestRefusal) {
      if !opened.contains(stream) { _ = try control?.evaluate(record, for: session) }
    } catch {
      error.tell(session)
    }
    opened.append(stream)
  }

  func close(_ record: RecordReader, for session: Session) {
    log.append("close \(record.head(as: pb_out_close.self).stream)")
  }

  func request(_ record: RecordReader, deadline: Int64, for session: Session) {
    let fact = record.head(as: pb_out_request.self)
    do throws(RequestRefusal) {
      guard let control else { return }
      let outgoing = try control.evaluate(record, for: session)
      texts[fact.request] = String(decoding: fact.stream == 0 ? outgoing.url : outgoing.body, as: UTF8.self)
      underWay.append(fact.request)
      guard fact.stream != 0 else {
        control.left(fact.request, for: session)
        return session.post(.sent(request: fact.request, end: .sent, published: outgoing.published))
      }
      end(fact.request, .sent, session, isFrame: true)
    } catch {
      error.tell(session)
      end(fact.request, .notSent(code: error.code, reason: error.reason), session, isFrame: fact.stream != 0)
    }
  }

  func abort(_ record: RecordReader, for session: Session) {
    log.append("abort \(record.head(as: pb_out_abort.self).request)")
  }

  func ended(_ session: Session) { log.append("ended") }
  func move(to session: Session) { log.append("move") }

  func end(_ request: UInt64, _ end: RequestEnd, _ session: Session, isFrame: Bool = false, _ body: String = "") {
    underWay.removeAll { $0 == request }
    let body = Array(body.utf8)
    control?.ended(request, end, body, for: session)
    session.post(isFrame ? .sent(request: request, end: end) : .replied(request: request, end: end, body: body))
  }

  func answer(
    _ request: UInt64, _ session: Session, status: UInt32 = 200, headers: [(name: String, value: String)] = [],
    _ body: String = ""
  ) {
    end(request, .replied(status: status, headers: headers), session, body)
  }
}

/// A connector behind a dispatcher, on clocks and a network that the test moves by hand.
final class Bench {
  static let secret = "the-secret-of-account-one"
  static let manifest = """
    {"id": "probe", "name": "Probe", "type": "CLOB", "markets": {"spot": {"connector": "probe"}},
     "version": "0.1.0", "abi": {"revision": 1}, "library": "libprobe.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true}], "disclose": [],
     "permissions": {"hosts": ["api.example.com:443"], "acts": [
       {"name": "one", "class": "public", "method": "GET", "path": "/1"},
       {"name": "two", "class": "public", "method": "GET", "path": "/2"},
       {"name": "three", "class": "public", "method": "GET", "path": "/3"},
       {"name": "four", "class": "public", "method": "GET", "path": "/4"},
       {"name": "feed", "class": "public", "method": "GET", "path": "/", "operations": ["note"]},
       {"name": "note", "class": "public", "operation": "note"},
       {"name": "order", "class": "public", "method": "GET", "path": "/order"},
       {"name": "drop", "class": "public", "method": "GET", "path": "/cancel"},
       {"name": "free", "class": "public", "method": "GET", "path": "/free"},
       {"name": "time", "class": "public", "method": "GET", "path": "/time"},
       {"name": "balances", "class": "read", "method": "GET", "path": "/balances"},
       {"name": "place", "class": "trade", "verb": "place", "allow": ["*"], "method": "POST", "path": "/orders"}]}}
    """

  let clock = StillClock()
  let carrier = HandCarrier()
  let dispatcher: Dispatcher
  let session: Session
  let probe: Probe
  private let folder: String

  /// - Parameter manifest: what the connector may do.
  init(
    accounts: Bool = false, manifest text: String = Bench.manifest, options: DispatcherOptions = DispatcherOptions()
  ) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-live-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let manifest = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
    dispatcher = Dispatcher(
      carrier: carrier, gate: SendGuard(manifest: manifest, nonces: NonceSources(folder: folder)), clock: clock,
      options: options)
    carrier.control = dispatcher
    if accounts {
      var fields: [String: StoredField] = [:]
      for (name, value) in ["api_key": "PUBLIC-KEY-ID-0001", "secret_key": Self.secret] {
        fields[name] = StoredField(try #require(SecretBytes(Array(value.utf8))), form: .raw)
      }
      let account = StoredAccount(exchange: "probe", name: "main", fields: fields)
      dispatcher.add(account: 1, try LoadedAccount(account, schema: manifest.credentials))
    }
    let connector = try #require(try readPeerTable(library).first)
    session = try Session(
      name: "probe", connector: connector, config: Array("{}".utf8), transport: dispatcher, observer: nil,
      times: clock.now())
    probe = try #require(Probe.latest)
    session.start(trading: accounts)
    if accounts { session.account(PublicAccount(id: 1, label: "main")) }
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Lets the connector write, under a command that it answers at once.
  func ask(_ job: @escaping (Output) -> Void) {
    probe.onCommand = { out, command in
      job(out)
      out.done(command.id)
    }
    session.times = clock.now()
    session.send(CommandDraft(.instruments)) { _ in }
  }

  /// The connector has one market, BTC-USDT with the id 1: a tick size of 0.01, a lot size of 0.00001.
  func list() {
    ask { out in
      var fields = pb_instrument()
      (fields.instrument, fields.kind, fields.state) = (1, UInt32(PB_KIND_SPOT), UInt32(PB_INSTRUMENT_TRADING))
      (fields.price_exp, fields.quantity_exp) = (-2, -5)
      (fields.tick, fields.lot) = (pb_dec(Decimal64("0.01")), pb_dec(Decimal64("0.00001")))
      fields.multiplier = pb_dec(.one)
      fields.order_types = 6
      out.instrument(fields, symbol: "BTCUSDT", base: "BTC", quote: "USDT")
    }
  }

  /// Time passes, and what is due is done.
  func pass(seconds: Double) {
    clock.move(seconds: seconds)
    session.times = clock.now()
    session.fireTimers()
  }

  func limit(_ capacity: UInt32, bucket: UInt32 = 1, seconds: Int64 = 1, header: String = "") {
    ask { out in
      out.limits([
        Output.Limit(
          bucket: bucket, name: "limit", scope: .address, capacity: capacity, interval: seconds * 1_000_000_000,
          usedHeader: header)
      ])
    }
  }

  static func get(
    _ path: String, charge: UInt32? = 1, priority: Priority = .query, change: (inout Request) -> Void = { _ in }
  ) -> Request {
    var request = Request(.get, "https://api.example.com\(path)")
    request.priority = priority
    if let charge { request.charges = [Charge(charge)] }
    change(&request)
    return request
  }
}
