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

    @Test func aBanStandsInTheStatusUntilItsEnd() throws {
      let bench = try Bench()
      bench.ask { out in out.send(Bench.get("/1", charge: nil), id: 1) }
      bench.carrier.answer(1, bench.session, status: 418, headers: [("retry-after", "120")])
      // 1700000000 is 22:13:20.
      #expect(bench.session.hindrances == [
        Hindrance("banned until 22:15:20 UTC: the exchange has banned this address")
      ])
      bench.pass(seconds: 119)
      #expect(bench.session.hindrances.count == 1)
      bench.pass(seconds: 2)
      #expect(bench.session.hindrances.isEmpty)
      bench.limit(100)
      bench.ask { out in out.send(Bench.get("/2"), id: 2) }
      bench.carrier.answer(2, bench.session, status: 429, headers: [("retry-after", "7200")])
      #expect(bench.session.hindrances == [
        Hindrance("its limit limit is held until 2023-11-15 00:15:21 UTC")
      ])
    }

    /// A lockout silences what is asked for the account, whatever it charges, and nothing else.
    @Test(arguments: [false, true])
    func aLockoutSilencesTheAccountAlone(isState: Bool) throws {
      let bench = try Bench(accounts: true)
      let lockout: Int64 = 900_000_000_000
      func balances(_ out: Output, _ id: UInt64) {
        out.send(
          Bench.get("/balances", charge: nil) {
            $0.account = 1
            $0.permission = "balances"
            $0.deadline = 2 * lockout
          }, id: id)
      }
      if isState {
        bench.ask { out in
          out.state(
            .down, .privateUpdates, account: 1, error: .authentication, "Temporary lockout", retryAfter: lockout)
        }
      } else {
        bench.probe.onCommand = { out, command in
          out.reply(command.id, .refused, .authentication, retryAfter: lockout, "Temporary lockout")
        }
        var command = CommandDraft(.balances)
        command.account = 1
        bench.session.times = bench.clock.now()
        bench.session.send(command) { _ in }
      }
      bench.ask { out in
        balances(out, 1)
        out.send(Bench.get("/time", charge: nil), id: 2)
      }
      #expect(bench.carrier.underWay == [2])
      #expect(bench.session.hindrances == [
        Hindrance(account: 1, "locked out until 22:28:20 UTC: Temporary lockout")
      ])
      bench.pass(seconds: 899)
      #expect(!bench.carrier.underWay.contains(1))
      bench.pass(seconds: 2)
      #expect(bench.carrier.underWay.contains(1) && bench.session.hindrances.isEmpty)
    }

    /// One odd reply moves neither timestamps nor nonces by years; it stands in the status until a fair one comes.
    @Test func anOddClockIsRefusedAndTold() throws {
      let bench = try Bench(accounts: true)
      func sample(_ id: UInt64, _ venue: Int64) {
        bench.probe.onReply = { out, reply in out.clock(request: reply.request, venue: venue) }
        bench.ask { out in out.send(Bench.get("/time", charge: nil), id: id) }
        bench.carrier.answer(id, bench.session)
      }
      sample(1, 4_500_000_000_000_000_000)
      #expect(bench.dispatcher.venueOffset == nil)
      #expect(bench.session.hindrances.map(\.text).first?.contains("2112-08-07T08:00:00") == true)
      sample(2, bench.clock.wall + 5_000_000_000)
      #expect(bench.dispatcher.venueOffset != nil && bench.session.hindrances.isEmpty)
      let known = bench.dispatcher.venueOffset
      sample(3, 1)
      #expect(bench.dispatcher.venueOffset == known && bench.session.hindrances.count == 1)
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
