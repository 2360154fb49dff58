import BinanceConnector
import CPatchbay
import Catalog
import ConnectorKit
import ConnectorTestKit
import Decimals
import KrakenConnector
import Records
import Vault
import Venue
import VenueExchange

/// One of our connectors on a venue, without a network: what the connector wants is signed and handed to the venue,
/// what the venue does is handed back at once. Time stands still until it is run.
final class Wire {
  static let account: pb_id = 7

  let harness: ConnectorHarness
  let venue: EngineVenue
  private let owner: VenueAccount
  private var slots: [UInt32: [UInt8]] = [:]
  private var nonce: Int64 = 0
  private var done = 0
  private var nextNumber: UInt64 = 0
  /// Numbers at the venue by those of the connector, and back.
  private var sockets: [pb_id: UInt64] = [:]
  private var streams: [UInt64: pb_id] = [:]
  private var requests: [UInt64: (id: pb_id, captures: [CaptureRule])] = [:]
  private var due: Int64?

  init(_ type: Connector.Type, _ venue: EngineVenue, _ options: VenueOptions, config: String = "{}") throws {
    harness = try ConnectorHarness(type, config: config)
    self.venue = venue
    owner = options.accounts[0]
    harness.start()
    harness.command(.instruments)
    pump()
    harness.account(Self.account)
    pump()
    run(for: 3_000_000_000)
  }

  private var now: VenueTime { VenueTime(mono: harness.now, wall: harness.epoch + harness.now) }

  /// Lets time pass for both, each at the moments it asks for.
  func run(for nanoseconds: Int64) {
    let end = harness.now + nanoseconds
    while true {
      var actions: [VenueAction] = []
      if due ?? 0 <= harness.now {
        due = venue.advance(now: now, &actions)
        carry(actions)
        pump()
      }
      let timer = harness.timers.map(\.due).min() ?? .max
      let next = min(end, timer, due ?? .max)
      harness.run(for: max(0, next - harness.now))
      pump()
      if harness.now >= end { return }
    }
  }

  /// Gives a command of the account, and carries what comes of it.
  @discardableResult
  func command(
    _ verb: Verb, _ instrument: pb_id = 1, client: String = "", venue: String = "",
    _ set: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    let id = harness.command(verb, client: client, venue: venue) {
      $0.account = Self.account
      $0.instrument = instrument
      set(&$0)
    }
    pump()
    return id
  }

  /// Carries everything that the connector has emitted.
  func pump() {
    while done < harness.emitted.count {
      let record = harness.emitted[done]
      done += 1
      var actions: [VenueAction] = []
      switch record.kind {
      case PB_OUT_REQUEST: request(record, &actions)
      case PB_OUT_OPEN: open(record, &actions)
      case PB_OUT_CLOSE:
        let stream = record.fields(pb_out_close.self).stream
        if let socket = sockets.removeValue(forKey: stream) {
          streams[socket] = nil
          venue.closed(socket, now: now, &actions)
        }
        harness.closed(stream, code: 1000)
      case PB_OUT_ABORT: requests = requests.filter { $0.value.id != record.fields(pb_out_abort.self).request }
      default: break
      }
      carry(actions)
    }
  }

  // MARK: To the venue

  private func evaluate(_ record: EmittedRecord, isOpen: Bool) -> EvaluatedRequest {
    let clock = WireClock(time: harness.epoch + harness.now) { [unowned self] unit in
      nonce = max(nonce + 1, harness.epoch + harness.now)
      _ = unit
      return nonce
    }
    var fields = [
      "api_key": SealField(Array(owner.key.utf8), isSecret: false),
      "secret_key": SealField(
        Array(owner.secret.utf8), isSecret: true,
        form: CredentialForm(encodings: [Encoding.unbase64(Array(owner.secret.utf8)) == nil ? .text : .base64])),
    ]
    if !owner.passphrase.isEmpty {
      fields["passphrase"] = SealField(Array(owner.passphrase.utf8), isSecret: true, isDisclosed: true)
    }
    let isWord = slots.values.joined().allSatisfy {
      "-_".utf8.contains($0) || 0x61...0x7A ~= $0 | 0x20 || 0x30...0x39 ~= $0
    }
    let account = SealAccount(fields: fields, slots: slots, alphabet: isWord ? .word : .query)
    let evaluator = SealEvaluator(account: account, clock: clock)
    let words = record.bytes
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: words.count, alignment: 16)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: words)
    guard let start = buffer.baseAddress else { return EvaluatedRequest() }
    let reader = RecordReader(checked: UnsafeRawPointer(start).assumingMemoryBound(to: pb_rec.self))
    do {
      return isOpen ? try evaluator.evaluate(open: reader) : try evaluator.evaluate(request: reader)
    } catch {
      faults.append("\(error)")
      return EvaluatedRequest()
    }
  }

  /// What could not be signed.
  private(set) var faults: [String] = []

  private func request(_ record: EmittedRecord, _ actions: inout [VenueAction]) {
    let fields = record.fields(pb_out_request.self)
    let evaluated = evaluate(record, isOpen: false)
    guard fields.stream == 0 else {
      guard let socket = sockets[fields.stream] else { return }
      harness.sent(fields.request)
      venue.frame(socket, .text(evaluated.body), now: now, &actions)
      return
    }
    nextNumber += 1
    let captures = record.elements(fields.captures, of: pb_capture.self)
      .map { CaptureRule(path: record.text($0.path), slot: $0.slot) }
    requests[nextNumber] = (fields.request, captures)
    harness.sent(fields.request)
    let method = Method(rawValue: fields.method) ?? .get
    venue.request(
      nextNumber,
      venueRequest(
        evaluated, method: method == .get ? "GET" : method == .post ? "POST" : method == .put ? "PUT" : "DELETE"),
      now: now, &actions)
  }

  private func venueRequest(_ evaluated: EvaluatedRequest, method: String) -> VenueRequest {
    let url = String(decoding: evaluated.url, as: UTF8.self)
    let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last ?? ""
    let target = rest.drop { $0 != "/" }
    let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return VenueRequest(
      method: method, path: halves.first.map(String.init) ?? "/", query: halves.count > 1 ? String(halves[1]) : "",
      headers: evaluated.headers.map { ($0.name.lowercased(), String(decoding: $0.value, as: UTF8.self)) },
      body: evaluated.body)
  }

  private func open(_ record: EmittedRecord, _ actions: inout [VenueAction]) {
    nextNumber += 1
    let stream = record.fields(pb_out_open.self).stream
    sockets[stream] = nextNumber
    streams[nextNumber] = stream
    venue.open(nextNumber, venueRequest(evaluate(record, isOpen: true), method: "GET"), now: now, &actions)
  }

  // MARK: From the venue

  func carry(_ actions: [VenueAction]) {
    for action in actions {
      switch action {
      case .reply(let number, let reply):
        guard let (id, captures) = requests.removeValue(forKey: number) else { continue }
        var body = reply.body
        for (slot, token) in ReplyCapture.take(captures, from: &body) { slots[slot] = token }
        harness.reply(id, status: reply.status, body, headers: reply.headers)
      case .accept(let socket): if let stream = streams[socket] { harness.opened(stream) }
      case .refuse(let socket, _), .close(let socket, _, _), .cut(let socket):
        if let stream = streams.removeValue(forKey: socket) {
          sockets[stream] = nil
          harness.closed(stream)
        }
      case .send(let socket, .text(let bytes)): if let stream = streams[socket] { harness.frame(stream, bytes) }
      case .send, .drop: break
      }
    }
  }

  /// Does something to the venue and carries what comes of it.
  func tell(_ act: (EngineVenue, VenueTime, inout [VenueAction]) -> Void) {
    var actions: [VenueAction] = []
    act(venue, now, &actions)
    carry(actions)
    pump()
  }
}

/// The time of the wire; nonces rise.
private struct WireClock: SealClock {
  let time: Int64
  let next: (NonceUnit) -> Int64

  func venueTime() -> Int64 { time }
  func nonce(_ unit: NonceUnit) -> Int64 { next(unit) }
  func counter() -> UInt64 { 1 }
  func random(_ count: Int) -> [UInt8] { [UInt8](repeating: 7, count: count) }
}
