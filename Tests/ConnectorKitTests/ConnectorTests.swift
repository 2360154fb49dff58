import CPatchbay
import ConnectorTestKit
import Decimals
import Records
import Testing

@testable import ConnectorKit

/// A connector that logs what it is reported.
private final class Echo: Connector {
  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    guard try config.boolean("refuse") != true else { throw ConfigFault.field(name: "refuse", expected: "false") }
    try super.init(config: config, out: out)
    out.log(.info, "made")
  }

  private func say(_ text: String) { out.log(.info, "\(out.now.mono): \(text)") }

  override func start(trading: Bool) { say("start trading \(trading)") }
  override func stop() { say("stop") }
  override func account(_ account: Account) {
    let fields = account.publicFields.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    say("account \(account.id) \(account.isPresent) \(account.algorithm) \(account.label) \(fields)")
  }
  override func opened(_ stream: pb_id, published: Published) {
    say("opened \(stream) \(published[1] ?? "-") \(published[7] ?? "-")")
  }
  override func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status {
    say("frame \(stream) \(String(decoding: payload, as: UTF8.self)) \(isBinary)")
    return payload.isEmpty ? .parse : .ok
  }
  override func closed(_ stream: pb_id, code: UInt32, reason: String) { say("closed \(stream) \(code) \(reason)") }
  override func sent(_ notice: Reply) {
    say("sent \(notice.request) \(notice.outcome) \(notice.status) \(notice.reason) \(notice.published[2] ?? "-")")
  }
  override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    let header = reply.header("retry-after") ?? "-"
    say("reply \(reply.request) \(reply.outcome) \(reply.isSuccess) \(header) \(String(decoding: body, as: UTF8.self))")
    return .venue
  }
  override func timer(_ id: pb_id) { say("timer \(id)") }
  override func command(_ command: Command) -> Status {
    guard let verb = command.verb else { return .unsupported }
    let items = command.items.map { "\($0.clientOrder)/\($0.price?.plain ?? "-")" }.joined(separator: ",")
    say("\(verb) \(command.side) \(command.price?.plain ?? "-") \(command.symbol) \(command.venueOrder) [\(items)]")
    return .ok
  }
}

/// Nothing overridden.
private final class Mute: Connector {}

/// The way from the C functions to the class and back.
struct ConnectorTests {
  private func run(_ input: (ConnectorHarness) -> Void) throws -> [String] {
    let harness = try ConnectorHarness(Echo.self)
    harness.now = 5
    harness.forget()
    input(harness)
    #expect(harness.faults.isEmpty)
    return harness.logs
  }

  @Test func inputsBecomeCalls() throws {
    #expect(try run { $0.start() } == ["5: start trading true"])
    #expect(try run { $0.start(trading: false) } == ["5: start trading false"])
    #expect(try run { $0.stop() } == ["5: stop"])
    #expect(
      try run { $0.account(3, label: "é", publicFields: [("api_key", "K"), ("address", "")]) }
        == ["5: account 3 true 1 é api_key=K,address="])
    #expect(try run { $0.opened(4, published: [(3, "x"), (1, "nonce")]) } == ["5: opened 4 nonce -"])
    #expect(try run { $0.frame(4, "text") } == ["5: frame 4 text false"])
    #expect(try run { $0.frame(4, [0x41], isBinary: true) } == ["5: frame 4 A true"])
    #expect(try run { $0.closed(4, code: 1006, reason: "cut") } == ["5: closed 4 1006 cut"])
    #expect(try run { $0.sent(9, published: [(2, "7")]) } == ["5: sent 9 sent 0  7"])
    #expect(
      try run { $0.sent(9, refusal: PB_REFUSAL_EXPIRED, reason: "late") } == [
        "5: sent 9 notSent \(PB_REFUSAL_EXPIRED) late -"
      ])
    #expect(
      try run { $0.reply(9, status: 201, "body", headers: [("x", "1"), ("retry-after", "3")]) }
        == ["5: reply 9 replied true 3 body"])
    #expect(try run { $0.reply(9, status: 302, "") } == ["5: reply 9 replied false - "])
    #expect(try run { $0.unanswered(9) } == ["5: reply 9 noAnswer false - "])
    #expect(try run { $0.timer(6) } == ["5: timer 6"])
  }

  @Test func commandsCarryTheirItems() throws {
    let logs = try run {
      $0.command(
        .place, venue: "v1", symbol: "BTCUSDT",
        items: [.init(client: "a") { $0.price = pb_dec(Decimal64(mantissa: 15, exponent: -1)) }, .init(client: "b")]
      ) { $0.side = UInt32(PB_SIDE_SELL) }
    }
    #expect(logs == ["5: place sell - BTCUSDT v1 [a/1.5,b/-]"])
  }

  @Test func answersOfMethodsComeBack() throws {
    let harness = try ConnectorHarness(Echo.self)
    #expect(harness.start() == .ok)
    #expect(harness.frame(1, "") == .parse)
    #expect(harness.frame(1, "x") == .ok)
    #expect(harness.reply(1, "") == .venue)
    #expect(harness.send(0x7777) == .unsupported)
    #expect(harness.unknown(kind: 99) == .unsupported)
    #expect(harness.timer(1) == .ok)
  }

  @Test func defaultsDoNothing() throws {
    let harness = try ConnectorHarness(Mute.self)
    #expect(harness.start() == .ok && harness.account(1) == .ok && harness.opened(1) == .ok && harness.closed(1) == .ok)
    #expect(harness.sent(1) == .ok && harness.timer(1) == .ok && harness.stop() == .ok)
    #expect(harness.frame(1, "x") == .state && harness.reply(1, "x") == .state)
    #expect(harness.send(1) == .unsupported)
    #expect(harness.emitted.isEmpty)
  }

  @Test func outputsNameTheInputTheyAnswer() throws {
    let harness = try ConnectorHarness(Echo.self)
    harness.start()
    harness.unknown(kind: 99)
    harness.stop()
    #expect(harness.emitted.map(\.seq) == [0, 1, 3])
  }

  @Test func aConfigurationThatCannotBeUsedIsRefused() throws {
    for (config, text) in [
      ("[]", "config: not a JSON object"), ("{", "config: not a JSON object"),
      (#"{"refuse": true}"#, "config.refuse: expected false"),
      (#"{"refuse": 1}"#, "config.refuse: expected true or false"),
    ] {
      let refused = #expect(throws: ConnectorHarness.Refused.self) { try ConnectorHarness(Echo.self, config: config) }
      #expect(refused?.status == .argument && refused?.text == text)
    }
    #expect(try ConnectorHarness(Echo.self, config: "").logs == ["made"])
  }

  @Test func theTableOfALibrary() throws {
    let table = connectorTable(descriptor: #"{"id":"echo"}"#) { makeConnector(Echo.self, $0, $1, $2) }
    let entry = connectorLibrary([table, table])
    #expect(entry.pointee.magic == PB_MAGIC && entry.pointee.revision == PB_ABI_REVISION && entry.pointee.count == 2)
    #expect(entry.pointee.size == UInt32(MemoryLayout<pb_entry>.size) && entry.pointee.connectors[1] == table)
    #expect(String(cString: table.pointee.descriptor_json) == #"{"id":"echo"}"#)
    #expect(try ConnectorHarness(table).logs == ["made"])

    // A host that passes nothing gets an error, not a crash.
    var instance: UnsafeMutableRawPointer?
    #expect(table.pointee.create(nil, pb_span(), &instance) == pb_status(PB_E_ARGUMENT))
    #expect(table.pointee.deliver(nil, nil, pb_span()) == pb_status(PB_E_ARGUMENT))
    table.pointee.destroy(nil)
  }

  /// A host of an older revision, whose fixed parts end earlier: what is behind is absent.
  @Test func inputsOfAnOlderHost() throws {
    func end<T>(_ field: PartialKeyPath<pb_in_command>, _: T.Type) throws -> Int {
      try #require(MemoryLayout<pb_in_command>.offset(of: field)) + MemoryLayout<T>.size
    }
    for head in stride(from: MemoryLayout<pb_input>.size, through: MemoryLayout<pb_in_command>.size, by: 8) {
      let knowsVerb = try head >= end(\.verb, UInt32.self)
      let side = try head >= end(\.side, UInt32.self) ? "sell" : "none"
      let price = try head >= end(\.price, pb_dec.self) ? "1.5" : "-"
      #expect(try deliverCommand(head: head) == (knowsVerb ? ["0: place \(side) \(price)   []"] : []), "head \(head)")
    }
  }

  private func deliverCommand(head: Int) throws -> [String] {
    let probe = OutputProbe()
    let connector = try Echo(config: ConnectorConfig(""), out: probe.out)
    let table = connectorTable(descriptor: "{}") { makeConnector(Echo.self, $0, $1, $2) }
    var command = pb_in_command()
    command.verb = Verb.place.rawValue
    command.side = UInt32(PB_SIDE_SELL)
    command.price = pb_dec(Decimal64(mantissa: 15, exponent: -1))
    let block = RecordBlock()
    defer { block.free() }
    block.begin(pb_in_command.self)
    let record = UnsafeMutablePointer(mutating: block.finish(command, kind: PB_IN_COMMAND, seq: 1))
    record.pointee.head = UInt16(head)
    record.pointee.size = UInt32(head)
    withExtendedLifetime(connector) {
      _ = table.pointee.deliver(
        Unmanaged.passUnretained(connector).toOpaque(),
        UnsafeRawPointer(record).assumingMemoryBound(to: pb_input.self), pb_span())
    }
    return probe.emitted.dropFirst().map { $0.text($0.fields(pb_out_log.self).text) }
  }
}
