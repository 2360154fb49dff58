import CPatchbay
import Catalog
import Foundation
import MarketModel
import Outbound
import Records
import Runtime
import Simulation
import Testing
import Venue

@testable import ConnectorKit
@testable import Vault

/// The promise over whole sessions: a hostile connector of chance in the simulator, before an exchange that echoes what
/// it is sent, once with one secret and once with another of the same form. All that the connector gets, word
/// for word, is equal; so what it does next is.
///
/// `PATCHBAY_SEAL_SESSIONS` says how many sessions, `PATCHBAY_SEAL_SEED` where chance begins.
struct TwoRunSessionTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let sessions = environment["PATCHBAY_SEAL_SESSIONS"].flatMap { Int($0) } ?? 12
  private static let seed = environment["PATCHBAY_SEAL_SEED"].flatMap { UInt64($0) } ?? 1

  @Test func twoSecretsAreNotToldApartInSessions() throws {
    var (told, left, published) = (0, 0, 0)
    for number in 0..<Self.sessions {
      let seed = Self.seed &* 1_000_003 &+ UInt64(number)
      let first = try HostileSession(seed: seed, secrets: 1).run()
      let other = try HostileSession(seed: seed, secrets: 2).run()
      let difference = zip(first.told, other.told).first { $0 != $1 }
      #expect(
        first.told == other.told, "session \(seed): \(difference.map { "\($0.0) | \($0.1)" } ?? "one is longer")")
      told += first.told.count
      left += first.left
      published += first.told.count { $0.contains("published") }
      // The secrets were not the same, and were used.
      #expect(first.left == other.left)
    }
    #expect(told > Self.sessions * 40 && left > Self.sessions * 4, "\(told) told, \(left) left")
    if Self.sessions >= 100 { #expect(published > 0) }
  }
}

/// One session: a connector, its host and an exchange.
private final class HostileSession {
  struct Report {
    var told: [String]
    /// Requests and frames that reached the exchange with something that depends on a secret.
    var left: Int
  }

  private static let manifest = """
    {"id": "hostile", "name": "Hostile", "type": "CLOB", "markets": {"spot": {"connector": "hostile"}},
     "version": "0.1.0", "abi": {"revision": 1}, "library": "libhostile.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false},
       {"name": "text", "secret": true, "encoding": "text", "length": {"least": 4, "greatest": 40}},
       {"name": "base64", "secret": true, "encoding": "base64", "length": {"least": 8, "greatest": 64}},
       {"name": "hex", "secret": true, "encoding": "hex", "length": {"least": 8, "greatest": 64}},
       {"name": "phrase", "secret": true, "encoding": "text", "length": {"least": 8, "greatest": 20}}],
     "disclose": ["phrase"],
     "permissions": {"hosts": ["api.example.com:443"], "acts": [
       {"name": "time", "class": "public", "method": "GET", "path": "/time"},
       {"name": "read", "class": "read", "method": "POST", "path": "/read", "headers": ["x-sign"],
        "sealed": ["header:X-Sign", "form:sign", "query:sign"]},
       {"name": "token", "class": "read", "method": "POST", "path": "/token", "headers": ["x-sign"],
        "sealed": ["header:X-Sign"],
        "captures": [{"pointer": "/token", "slot": 1, "for": ["read", "subscribe"]}]},
       {"name": "stream", "class": "read", "method": "GET", "path": "/stream", "sealed": ["query:sign"],
        "operations": ["subscribe"]},
       {"name": "subscribe", "class": "read", "operation": "subscribe", "sealed": ["json:/sign"]}]}}
    """

  private let simulation: Simulation
  private let carrier: SimulatedCarrier
  private let dispatcher: Dispatcher
  private let session: Session
  private let lane: Lane
  private let venue: EchoingVenue
  private let folder: String

  /// - Parameters:
  ///   - seed: of the connector and the network.
  ///   - secrets: which of the account's secrets.
  init(seed: UInt64, secrets: UInt64) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-two-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    simulation = Simulation(seed: seed)
    venue = EchoingVenue(secrets: secrets)
    let manifest = try Manifest.parse(bytes: Array(Self.manifest.utf8), file: "manifest.json")
    simulation.network.mount(venue, at: manifest.hosts)
    carrier = SimulatedCarrier(network: simulation.network)
    var random = SealChance(state: seed)
    let gate = SendGuard(
      manifest: manifest, nonces: NonceSources(folder: folder),
      random: { count in (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } })
    dispatcher = Dispatcher(carrier: carrier, gate: gate, clock: simulation.clock)
    carrier.control = dispatcher
    HostileConnector.seed = seed
    session = try Session(
      name: "hostile", connector: try #require(try readPeerTable(hostileLibrary).first), config: Array("{}".utf8),
      transport: dispatcher, observer: nil, times: simulation.clock.now())
    lane = Lane(clock: simulation.clock)
    lane.add(session)
    simulation.add(lane)
    var chance = SealChance(state: secrets &* 7919 &+ seed)
    let account = StoredAccount(exchange: "hostile", name: "main", fields: try Self.fields(secrets, &chance))
    dispatcher.add(account: 1, try LoadedAccount(account, schema: manifest.credentials))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The phrases of the two accounts, which connectors guess.
  static let phrases = ["open-sesame", "open_the_door"]

  /// Secrets of one form, each as long as it is.
  private static func fields(_ secrets: UInt64, _ chance: inout SealChance) throws -> [String: StoredField] {
    func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: chance.next()) } }
    let values: [String: [UInt8]] = [
      "api_key": Array("PUBLIC-KEY-ID-0001".utf8),
      "base64": Encoding.base64(bytes(24)), "hex": Encoding.hex(bytes(16)),
      "text": bytes(8 + chance.below(20)).map { 0x21 + $0 % 90 }, "phrase": Array(phrases[Int(secrets) - 1].utf8),
    ]
    // In the order of their names: chance is the same for each.
    return try values.mapValues { StoredField(try #require(SecretBytes($0)), form: .raw) }
  }

  func run() throws -> Report {
    session.start(trading: true)
    let connector = try #require(HostileConnector.latest)
    session.account(PublicAccount(id: 1, label: "main", publicFields: [("api_key", "PUBLIC-KEY-ID-0001")]))
    for _ in 0..<24 {
      session.times = simulation.clock.now()
      session.send(CommandDraft(.instruments)) { _ in }
      _ = simulation.run(for: 1_000_000_000)
    }
    session.stop()
    return Report(told: connector.told, left: venue.sealed)
  }
}

/// Sends what chance says, listens, and remembers every word.
private final class HostileConnector: Connector {
  nonisolated(unsafe) static var latest: HostileConnector?
  nonisolated(unsafe) static var seed: UInt64 = 0
  static let descriptor: StaticString = #"{"id": "hostile"}"#
  private(set) var told: [String] = []
  private var chance: SealChance
  private var next: pb_id = 1

  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    chance = SealChance(state: Self.seed)
    try super.init(config: config, out: out)
    Self.latest = self
  }

  private func heard(_ text: String) {
    told.append("\(out.now.mono) \(text)")
    // What it hears, it acts on.
    for byte in text.utf8 { chance.state = chance.state &* 31 &+ UInt64(byte) }
  }

  private func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  override func opened(_ stream: pb_id, published: Published) { heard("opened \(stream) \(words(published))") }
  override func closed(_ stream: pb_id, code: UInt32, reason: String) { heard("closed \(stream) \(code) \(reason)") }

  override func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status {
    heard("frame \(stream) \(text(payload))")
    return .ok
  }

  override func sent(_ notice: Reply) {
    heard("sent \(notice.request) \(notice.outcome) \(notice.status) \(notice.reason) \(words(notice.published))")
  }

  override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    let end = "\(reply.outcome) \(reply.status) \(reply.reason) \(words(reply.published))"
    heard("reply \(reply.request) \(end) \(text(body))")
    return .ok
  }

  private func words(_ published: Published) -> String {
    (0..<16).compactMap { index in published[index].map { "published \(index) \($0)" } }.joined(separator: " ")
  }

  override func command(_ command: Command) -> Status {
    for _ in 0..<1 + chance.below(4) { act(command.id) }
    out.done(command.id)
    return .ok
  }

  private func act(_ command: pb_id) {
    next += 1
    switch chance.below(8) {
    case 0:
      let target = url("wss://api.example.com/stream", "?")
      out.open(pb_id(1 + chance.below(3)), target, account: 1, permission: "stream")
    case 1: out.close(pb_id(1 + chance.below(3)))
    case 2, 3:
      let stream = pb_id(1 + chance.below(3))
      var frame = Request(
        frame: SealedText(#"{"op":"subscribe","sign":""#) + seal() + SealedText("\"}"), on: stream)
      (frame.account, frame.permission) = (1, "subscribe")
      out.send(frame, id: next)
    default:
      let act = chance.pick(["read", "read", "token", "time", "none"])
      var request = Request(act == "time" ? .get : .post, url("https://api.example.com/\(act)", "?"))
      (request.account, request.permission, request.command) = (act == "time" ? 0 : 1, act, command)
      if chance.below(2) == 0 { request.headers = [("X-Sign", SealedText(seal()))] }
      if chance.below(2) == 0 {
        request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        request.body = SealedText(chance.pick(["a=1&sign=", "g=\(guess())&sign=", "x="])) + seal()
      }
      out.send(request, id: next)
    }
  }

  private func url(_ base: String, _ mark: String) -> SealedText {
    guard chance.below(3) == 0 else { return SealedText(base) }
    return SealedText("\(base)\(mark)\(chance.pick(["g=\(guess())&sign", "sign", "a"]))=") + seal()
  }

  /// One of the phrases, as an exchange would read it.
  private func guess() -> String {
    let phrase = chance.pick(HostileSession.phrases)
    return chance.pick([phrase, phrase.replacing("o", with: "%6F")])
  }

  private func seal() -> Seal {
    if chance.below(4) == 0 { return Seal([Seal.Op(Op.field("phrase")), Seal.Op(Op(PB_OP_PERCENT, 1))]) }
    if chance.below(8) == 0 { return Seal([Seal.Op(Op(PB_OP_SLOT, 0, 1))]) }
    let ops =
      chance.below(2) == 0
      ? SealPrograms.program(&chance)
      : [
        .push("m"), .field(chance.pick(["text", "base64", "hex"])), Op(PB_OP_HMAC_SHA256),
        Op(chance.pick([PB_OP_HEX, PB_OP_BASE64, PB_OP_BASE64URL])),
      ]
    return Seal(ops.map { Seal.Op($0) })
  }
}

nonisolated(unsafe) private let hostileLibrary = connectorLibrary([
  connectorTable(descriptor: HostileConnector.descriptor) { makeConnector(HostileConnector.self, $0, $1, $2) }
])

/// An exchange that is honest, and gives back all that it is sent but what stands where acts have their secrets.
private final class EchoingVenue: ServedVenue {
  /// How often something stood at such a place.
  private(set) var sealed = 0
  private var tokens = 0
  private let secrets: UInt64

  /// - Parameter secrets: which account it has; its tokens have bytes of their own, and one length.
  init(secrets: UInt64) { self.secrets = secrets }

  func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    tokens += 1
    let body = without(String(decoding: request.body, as: UTF8.self))
    var echo = "\(request.method) \(request.path) \(without(request.query)) \(body)"
    for header in request.headers {
      if header.name == "x-sign" { sealed += 1 } else { echo += " \(header.name): \(header.value)" }
    }
    echo = echo.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    // Elsewhere a token would be shown: it is no secret of the account's there.
    let isPlain = secrets == 1 || request.path != "/token"
    let token = isPlain ? "tok-\(1000 + tokens)-abcdefgh" : "tok+\(1000 + tokens)/abcd+/g="
    let answer = Array(#"{"token":"\#(token)","echo":"\#(echo)"}"#.utf8)
    actions.append(.reply(request: id, VenueReply(headers: [("x-echo", without(request.query))], body: answer)))
  }

  /// Pairs but the signature.
  private func without(_ pairs: String) -> String {
    let kept = pairs.split(separator: "&").filter { pair in
      let isSealed = pair.hasPrefix("sign=")
      if isSealed { sealed += 1 }
      return !isSealed
    }
    return kept.joined(separator: "&")
  }

  func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    actions.append(.accept(socket: socket))
    actions.append(.send(socket: socket, .text(Array("hello \(without(request.query))".utf8))))
  }

  func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    sealed += 1
    guard case .text(let bytes) = frame else { return }
    let text = String(decoding: bytes, as: UTF8.self)
    let head = text.firstRange(of: "\"sign\"").map { text[..<$0.lowerBound] } ?? text[...]
    actions.append(.send(socket: socket, .text(Array(head.utf8))))
  }

  func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) {}
  func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? { nil }
}

extension Seal.Op {
  fileprivate init(_ op: Op) {
    self.init(code: op.code, arg: op.arg, arg2: op.arg2, offset: op.offset, bytes: op.bytes)
  }
}
