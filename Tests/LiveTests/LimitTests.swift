import CPatchbay
import ConnectorKit
import Runtime
import Testing

extension DispatchTests {
  /// What leaves, and when.
  @Suite struct Limits {
    @Test func whatIsOverTheLimitWaitsAndCancelsGoFirst() throws {
      let bench = try Bench()
      bench.limit(3)
      bench.ask { out in
        for id in 1...3 { out.send(Bench.get("/\(id)"), id: UInt64(id)) }
        out.send(Bench.get("/cancel", priority: .cancel), id: 4)
      }
      // Capacity 3 less its margin.
      #expect(bench.carrier.underWay == [1, 2])
      #expect(bench.dispatcher.waitingCount == 2)
      bench.carrier.answer(1, bench.session)
      bench.carrier.answer(2, bench.session)
      bench.pass(seconds: 0.9)
      #expect(bench.carrier.underWay.isEmpty)
      let due = try #require(bench.session.nextTimer)
      #expect(due > bench.clock.mono)
      bench.pass(seconds: 0.2)
      #expect(bench.carrier.underWay == [4, 3])
    }

    @Test func whatExpiresInTheQueueWasNeverSent() throws {
      let bench = try Bench()
      bench.limit(1)
      bench.ask { out in
        out.send(Bench.get("/1"), id: 1)
        out.send(Bench.get("/2") { $0.deadline = 500_000_000 }, id: 2)
      }
      bench.pass(seconds: 0.6)
      #expect(bench.probe.seen.contains("not sent 2 \(PB_REFUSAL_EXPIRED)"))
      #expect(bench.carrier.texts[2] == nil)
      bench.pass(seconds: 10)
      #expect(bench.carrier.texts[2] == nil)
    }

    @Test func anUndeclaredBucketIsRefused() throws {
      let bench = try Bench()
      bench.ask { out in out.send(Bench.get("/1", charge: 9), id: 1) }
      #expect(bench.probe.seen.contains("not sent 1 \(PB_REFUSAL_LIMIT)"))
    }

    @Test func aRefusalForTooManyRequestsHoldsTheBucket() throws {
      let bench = try Bench()
      bench.limit(100)
      bench.ask { out in out.send(Bench.get("/1"), id: 1) }
      bench.carrier.answer(1, bench.session, status: 429, headers: [("retry-after", "30")])
      bench.ask { out in
        out.send(Bench.get("/2") { $0.deadline = 60_000_000_000 }, id: 2)
        out.send(Bench.get("/free", charge: nil), id: 3)
      }
      #expect(bench.carrier.underWay == [3])
      bench.pass(seconds: 29)
      #expect(bench.carrier.underWay == [3])
      bench.pass(seconds: 1.1)
      #expect(bench.carrier.underWay == [3, 2])
    }

    @Test func aBanStopsEverything() throws {
      let bench = try Bench()
      bench.limit(100)
      bench.ask { out in out.send(Bench.get("/1"), id: 1) }
      bench.carrier.answer(1, bench.session, status: 418, headers: [("retry-after", "120")])
      bench.ask { out in
        out.send(Bench.get("/cancel", charge: nil, priority: .cancel) { $0.deadline = 200_000_000_000 }, id: 2)
      }
      bench.pass(seconds: 119)
      #expect(bench.carrier.underWay.isEmpty)
      bench.pass(seconds: 2)
      #expect(bench.carrier.underWay == [2])
    }

    @Test func headersTellWhatOthersUsed() throws {
      let bench = try Bench()
      bench.limit(100, seconds: 60, header: "x-used")
      bench.ask { out in out.send(Bench.get("/1"), id: 1) }
      bench.carrier.answer(1, bench.session, headers: [("x-used", "95")])
      bench.ask { out in out.send(Bench.get("/2") { $0.deadline = 100_000_000_000 }, id: 2) }
      #expect(bench.carrier.underWay.isEmpty)
      bench.pass(seconds: 61)
      #expect(bench.carrier.underWay == [2])
    }

    @Test func anAnswerThatNamesATimeClosesTheDoor() throws {
      let bench = try Bench()
      bench.ask { out in out.send(Bench.get("/1", charge: nil), id: 1) }
      bench.probe.onCommand = { out, command in
        out.reply(command.id, .refused, .rateLimit, retryAfter: 5_000_000_000)
      }
      bench.session.send(CommandDraft(.balances)) { _ in }
      bench.ask { out in out.send(Bench.get("/2", charge: nil), id: 2) }
      #expect(bench.carrier.underWay == [1])
      bench.pass(seconds: 5.1)
      #expect(bench.carrier.underWay == [1, 2])
    }

    @Test func aWaitingRequestCanBeTakenBack() throws {
      let bench = try Bench()
      bench.limit(2)
      bench.ask { out in
        for id in 1...2 { out.send(Bench.get("/\(id)"), id: UInt64(id)) }
        out.abort(2)
        out.abort(1)
      }
      #expect(bench.probe.seen.contains("not sent 2 \(PB_REFUSAL_ABORTED)"))
      #expect(bench.carrier.log == ["abort 1"])
    }

    @Test func openingsWaitForTheirLimitToo() throws {
      let bench = try Bench()
      bench.limit(2)
      bench.ask { out in
        for id in 1...3 { out.open(UInt64(id), "wss://api.example.com/", charges: [Charge(1)]) }
        out.close(3)
      }
      #expect(bench.carrier.opened == [1])
      #expect(bench.probe.seen.contains("closed 3 1000"))
      bench.pass(seconds: 1.1)
      #expect(bench.carrier.opened == [1, 2])
    }

    @Test func anEndedSessionLeavesNothing() throws {
      let bench = try Bench()
      bench.limit(2)
      bench.ask { out in for id in 1...3 { out.send(Bench.get("/\(id)"), id: UInt64(id)) } }
      bench.session.stop()
      #expect(bench.dispatcher.waitingCount == 0)
      #expect(bench.carrier.log == ["ended"])
      #expect(bench.dispatcher.limitStatus.allSatisfy { $0.inFlight == 0 })
    }
  }
}
