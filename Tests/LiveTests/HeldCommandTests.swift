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
      bench.ask { out in
        var fields = pb_instrument()
        (fields.instrument, fields.kind, fields.state) = (1, UInt32(PB_KIND_SPOT), UInt32(PB_INSTRUMENT_TRADING))
        (fields.price_exp, fields.quantity_exp) = (-2, -5)
        (fields.tick, fields.lot) = (pb_dec(Decimal64("0.01")), pb_dec(Decimal64("0.00001")))
        fields.multiplier = pb_dec(.one)
        fields.order_types = 6
        out.instrument(fields, symbol: "BTCUSDT", base: "BTC", quote: "USDT")
      }
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
    @Test(arguments: ["late", "halted", "answered"]) func aHeldCommandIsWorthNothingLater(how: String) throws {
      let bench = try bench()
      var held: pb_id = 0
      bench.probe.onCommand = { _, command in held = command.id }
      bench.session.send(place) { _ in }
      if how == "halted" { bench.session.halted(true) }
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

    /// An instance that is refused again and again is stopped.
    @Test func refusalsStopTheInstance() throws {
      let bench = try bench()
      bench.probe.onCommand = { out, command in
        for id in 1...101 { out.send(Self.order("quantity=5", command.id), id: pb_id(id)) }
      }
      var results: [CommandResult] = []
      bench.session.send(place) { results.append($0) }
      #expect(results.map(\.outcome) == [.unknown])
      #expect(bench.session.isFaulted && bench.carrier.underWay.isEmpty)
    }
  }
}
