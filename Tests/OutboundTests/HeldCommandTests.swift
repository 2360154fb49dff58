import CPatchbay
import ConnectorKit
import Decimals
import MarketModel
import Runtime
import Testing

extension DispatchTests {
  /// A connector that holds a command back and sends what nobody asked for.
  @Suite struct HeldCommandTests {
    private static let manifest = Bench.manifest.replacing(
      #""allow": ["*"]"#,
      with: #""allow": ["time"], "bind": {"symbol": "form:symbol", "side": "form:side", "type": "form:type", "#
        + #""quantity": "form:quantity", "price": "form:price", "client_order": "form:client"}"#)
    private static let asked = "symbol=BTCUSDT&side=buy&type=limit&quantity=0.0001&price=60000&client=pb-1"

    private func bench() throws -> Bench {
      let bench = try Bench(accounts: true, manifest: Self.manifest)
      bench.limit(1000)
      bench.list()
      return bench
    }

    private var place: CommandDraft {
      var place = CommandDraft(.place)
      (place.account, place.instrument, place.clientOrder) = (1, 1, "pb-1")
      (place.side, place.type, place.timeInForce) = (.buy, .limit, .goodTillCancelled)
      (place.quantity, place.price) = (Decimal64("0.0001"), Decimal64(60_000))
      return place
    }

    private static func order(_ body: String, _ command: pb_id) -> Request {
      var request = Request(.post, "https://api.example.com/orders")
      (request.account, request.permission, request.command) = (1, "place", command)
      request.headers = [("Content-Type", "application/x-www-form-urlencoded")]
      request.body = SealedText(body)
      return request
    }

    /// Larger orders of another type beside the user's, while its command stays unanswered.
    @Test func aHeldCommandLicensesItsOwnOrderOnce() throws {
      let bench = try bench()
      bench.probe.onCommand = { out, command in
        let larger = "symbol=BTCUSDT&side=buy&type=market&quantity=0.05&client=pb-1"
        for (id, body) in [(1, larger), (2, Self.asked), (3, Self.asked), (4, larger)] {
          out.send(Self.order(body, command.id), id: pb_id(id))
        }
      }
      bench.session.send(place) { _ in }
      #expect(bench.carrier.underWay == [2])
      #expect(bench.probe.seen.filter { $0.hasPrefix("not sent") }.count == 3)
    }

    /// Nothing of a held command leaves after its time, a halt, or its answer; and the host trades on.
    @Test(arguments: ["late", "halted", "resumed", "answered"])
    func aHeldCommandIsWorthNothingLater(how: String) throws {
      let bench = try bench()
      var held: pb_id = 0
      bench.probe.onCommand = { _, command in held = command.id }
      bench.session.send(place) { _ in }
      if how == "halted" || how == "resumed" { bench.session.halted(true) }
      if how == "resumed" { bench.session.halted(false) }
      if how == "late" { bench.pass(seconds: 31) }
      bench.probe.onCommand = { out, command in
        if how == "answered" { out.refuse(held, .other, "no") }
        out.send(Self.order(Self.asked, held), id: 1)
        out.done(command.id)
      }
      bench.session.send(CommandDraft(.instruments)) { _ in }
      #expect(bench.carrier.underWay.isEmpty && bench.probe.seen.contains("not sent 1 \(PB_REFUSAL_ACT)"))
      bench.session.halted(false)
      bench.probe.onCommand = { out, command in out.send(Self.order(Self.asked, command.id), id: 2) }
      bench.session.send(place) { _ in }
      #expect(bench.carrier.underWay == [2])
    }

    /// An instance that is refused again and again is stopped, whatever it is refused for.
    @Test(arguments: Refused.allCases) func refusalsStopTheInstance(kind: Refused) throws {
      let bench = try bench()
      bench.probe.onCommand = { out, command in
        for id in 1...100 { kind.ask(out, command.id, pb_id(id)) }
      }
      var results: [CommandResult] = []
      bench.session.send(place) { results.append($0) }
      #expect(!bench.session.isFaulted, "\(bench.session.faultText)")
      bench.probe.onCommand = { out, command in kind.ask(out, command.id, 101) }
      bench.session.send(place) { results.append($0) }
      #expect(bench.session.isFaulted && bench.session.faultText.contains("more than 100"))
      #expect(results.map(\.outcome) == [.unknown, .unknown] && bench.carrier.underWay.isEmpty)
    }

    /// Orders that a halt keeps from leaving, and those for which there is no room, are not its doing.
    @Test func whatIsNotItsDoingIsNotCounted() throws {
      let bench = try bench()
      var held: [pb_id] = []
      bench.probe.onCommand = { _, command in held.append(command.id) }
      for _ in 0..<150 { bench.session.send(place) { _ in } }
      bench.session.halted(true)
      bench.probe.onCommand = { out, command in
        for (index, id) in held.enumerated() { out.send(Self.order(Self.asked, id), id: pb_id(index + 1)) }
        out.done(command.id)
      }
      bench.session.send(CommandDraft(.instruments)) { _ in }
      #expect(bench.probe.seen.filter { $0.hasPrefix("not sent") }.count == 150 && !bench.session.isFaulted)
      bench.session.send(CommandDraft(.instruments)) { _ in }
      #expect(bench.session.isFaulted, "the same again is")
    }

    enum Refused: CaseIterable {
      case act, host, command, account, stream, openAccount, malformed

      func ask(_ out: Output, _ command: pb_id, _ id: pb_id) {
        var request = HeldCommandTests.order(HeldCommandTests.asked, command)
        switch self {
        case .act: request.permission = "nothing"
        case .host: request.url = SealedText("https://evil.example/orders")
        case .command: request.body = SealedText("quantity=5")
        case .account: request.account = 77
        case .stream: return out.open(id, SealedText("wss://evil.example/"))
        case .openAccount: return out.open(id, SealedText("wss://api.example.com/"), account: 77)
        case .malformed:
          out.begin(pb_out_log.self)
          var log = pb_out_log()
          log.text = pb_ref(offset: 9999, length: 8)
          return out.emit(log, kind: PB_OUT_LOG)
        }
        out.send(request, id: id)
      }
    }
  }
}
