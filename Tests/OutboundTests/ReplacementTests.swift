import CPatchbay
import ConnectorKit
import Decimals
import MarketModel
import Runtime
import Testing

extension DispatchTests {
  /// An exchange that cannot amend: a cancel, and a new order behind it. A connector that sees to it that the cancel
  /// does nothing would have two orders in the place of one.
  @Suite struct ReplacementTests {
    private static let manifest = Bench.manifest.replacing(
      #""allow": ["*"]"#,
      with: #""allow": ["time"], "bind": {"symbol": "form:symbol", "side": "form:side", "type": "form:type", "#
        + #""quantity": "form:quantity", "price": "form:price"}"#
    ).replacing(
      #"{"name": "place""#,
      with: #"{"name": "cancel", "class": "trade", "verb": "cancel", "method": "POST", "path": "/cancel", "#
        + #""bind": {"venue_order": "form:order"}}, {"name": "place""#)

    private func request(_ act: String, _ path: String, _ body: String, _ command: pb_id) -> Request {
      var request = Request(.post, "https://api.example.com/\(path)")
      (request.account, request.permission, request.command) = (1, act, command)
      request.headers = [("Content-Type", "application/x-www-form-urlencoded")]
      request.body = SealedText(body)
      return request
    }

    @Test(arguments: [(nil, false), (200, true), (201, true), (400, false), (502, false)] as [(UInt32?, Bool)])
    func theNewOrderWaitsForTheAnswerToTheCancel(row: (status: UInt32?, leaves: Bool)) throws {
      let bench = try Bench(accounts: true, manifest: Self.manifest)
      bench.limit(1000)
      bench.list()
      var amend = CommandDraft(.amend)
      (amend.account, amend.instrument, amend.venueOrder) = (1, 1, "77")
      (amend.side, amend.type, amend.timeInForce) = (.buy, .limit, .goodTillCancelled)
      (amend.quantity, amend.price) = (Decimal64("0.0001"), Decimal64(60_000))
      var command: pb_id = 0
      let place = { (out: Output, id: pb_id) in
        let body = "symbol=BTCUSDT&side=buy&type=limit&quantity=0.0001&price=60000"
        out.send(self.request("place", "orders", body, command), id: id)
      }
      bench.probe.onCommand = { out, asked in
        command = asked.id
        out.send(self.request("cancel", "cancel", "order=77", command), id: 1)
        place(out, 2)
      }
      bench.probe.onReply = { out, reply in if reply.request == 1 { place(out, 3) } }
      bench.session.send(amend) { _ in }
      #expect(bench.carrier.underWay == [1] && bench.probe.seen.contains("not sent 2 \(PB_REFUSAL_ACT)"))
      if let status = row.status {
        bench.carrier.answer(1, bench.session, status: status)
      } else {
        bench.carrier.end(1, .notSent(code: UInt32(PB_REFUSAL_EXPIRED), reason: "expired"), bench.session)
      }
      #expect(bench.carrier.underWay == (row.leaves ? [3] : []), "\(bench.probe.seen)")
    }
  }
}
