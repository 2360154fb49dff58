import CPatchbay
import ConnectorKit
import Decimals
import MarketModel
import Runtime
import Testing

extension DispatchTests {
  /// That an exchange refused a timestamp is the connector's word. A new order is signed and sent again only where the
  /// host has read it in the reply, or nothing has left.
  @Suite struct SecondAttemptTests {
    private static let manifest = Bench.manifest.replacing(
      #""permissions": {"#,
      with: #""permissions": {"time_refusals": [{"pointer": "/code", "values": ["-1021"]}, "#
        + #"{"pointer": "/error/0", "values": ["busy"], "words_at": "/msg", "words": "timestamp"}], "#)

    /// How often an order left whose connector says each time that its timestamp was refused.
    private func orders(_ reply: String?, status: UInt32 = 400) throws -> Int {
      let bench = try Bench(accounts: true, manifest: Self.manifest)
      var (given, asked): ([pb_id], [pb_id]) = ([], [])
      bench.probe.onCommand = { out, command in
        switch command.verb {
        case .place:
          given.append(command.id)
          out.send(Self.order(command.id), id: pb_id(given.count))
        case .clock:
          asked.append(command.id)
          out.send(Bench.get("/time", charge: nil) { $0.permission = "time" }, id: 77)
        default: out.done(command.id)
        }
      }
      bench.probe.onReply = { out, reply in
        guard reply.request != 77 else {
          out.clock(request: 77, venue: bench.clock.wall)
          return out.done(asked.removeFirst())
        }
        if let id = given.last { out.refuse(id, .clock, "its timestamp was refused") }
      }
      var place = CommandDraft(.place)
      (place.account, place.quantity) = (1, 1)
      var results: [CommandResult] = []
      bench.session.send(place) { results.append($0) }
      for _ in 0..<4 {
        for request in bench.carrier.underWay {
          if request == 77 { bench.carrier.answer(77, bench.session) } else if let reply {
            bench.carrier.answer(request, bench.session, status: status, reply)
          } else {
            bench.carrier.end(request, .noAnswer(reason: "cut"), bench.session)
          }
        }
        bench.session.times = bench.clock.now()
      }
      #expect(results.count == 1, "\(results)")
      return given.count
    }

    private static func order(_ command: pb_id) -> Request {
      var request = Request(.post, "https://api.example.com/orders")
      (request.account, request.permission, request.command) = (1, "place", command)
      return request
    }

    @Test(arguments: [
      #"{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}"#, #"{"code":"-1021"}"#,
      #"{"error":["busy"],"msg":"Timestamp is not valid"}"#,
    ]) func whatTheExchangeRefusedIsSentOnceMore(reply: String) throws {
      #expect(try orders(reply) == 2)
      #expect(try orders(reply, status: 200) == 2)
    }

    @Test(arguments: [
      #"{"orderId":28,"status":"FILLED"}"#, "", "{", #"{"code":-2010,"msg":"-1021"}"#, #"{"code":[-1021]}"#,
      #"{"data":{"code":-1021}}"#, #"{"error":["busy"],"msg":"come back"}"#, nil,
    ] as [String?]) func whatIsNotKnownToBeRefusedIsNot(reply: String?) throws {
      #expect(try orders(reply) == 1)
    }

    /// Between the refusal and the second attempt nothing of the first leaves.
    @Test func theFirstAttemptIsOverWhenItIsGivenAgain() throws {
      let bench = try Bench(accounts: true, manifest: Self.manifest)
      var given: [pb_id] = []
      bench.probe.onCommand = { out, command in
        switch command.verb {
        case .place:
          given.append(command.id)
          if given.count == 1 { out.send(Self.order(command.id), id: 1) }
        case .clock: out.send(Bench.get("/time", charge: nil) { $0.permission = "time" }, id: 77)
        default: out.done(command.id)
        }
      }
      bench.probe.onReply = { out, reply in
        guard reply.request == 1, let id = given.last else { return }
        out.refuse(id, .clock, "its timestamp was refused")
        out.send(Self.order(id), id: 2)
      }
      var place = CommandDraft(.place)
      (place.account, place.quantity) = (1, 1)
      bench.session.send(place) { _ in }
      bench.carrier.answer(1, bench.session, status: 400, #"{"code":-1021}"#)
      #expect(!bench.carrier.underWay.contains(2) && bench.probe.seen.contains("not sent 2 \(PB_REFUSAL_ACT)"))
    }
  }
}
