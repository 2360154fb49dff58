import CPatchbay
import ConnectorKit
import MarketModel
import Outbound
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

    /// What waits is bounded in bytes too, and what is left of it goes to cancels and orders.
    @Test func theBytesThatWaitAreBounded() throws {
      var options = DispatcherOptions()
      (options.keptBytes, options.requestBytes) = (64 << 10, 32 << 10)
      let bench = try Bench(options: options)
      bench.limit(1)
      let body = SealedText(String(repeating: "x", count: 10_000))
      func send(_ id: UInt64, _ priority: Priority, _ body: SealedText) {
        bench.ask { out in out.send(Bench.get("/\(id)", priority: priority) { $0.body = body }, id: id) }
      }
      for id in UInt64(1)...4 { send(id, .query, body) }
      #expect(bench.carrier.underWay == [1], "one is under way, and counts as long as it is")
      send(5, .query, body)
      #expect(bench.probe.seen.contains("not sent 5 \(PB_REFUSAL_LIMIT)"), "three quarters are full")
      send(6, .order, body)
      send(7, .order, body)
      #expect(bench.probe.seen.contains("not sent 7 \(PB_REFUSAL_LIMIT)") && bench.dispatcher.waitingCount == 4)
      send(8, .cancel, body)
      #expect(bench.dispatcher.waitingCount == 5)
      send(9, .cancel, SealedText(String(repeating: "x", count: 40_000)))
      #expect(bench.probe.seen.contains("not sent 9 \(PB_REFUSAL_LIMIT)"), "larger than any request")
      bench.pass(seconds: 60)
      bench.carrier.answer(1, bench.session)
      bench.pass(seconds: 60)
      #expect(bench.dispatcher.waitingCount == 0)
      for id in UInt64(20)...23 { send(id, .query, body) }
      #expect(!bench.probe.seen.contains("not sent 23 \(PB_REFUSAL_LIMIT)"), "what has ended counts no more")
    }

    /// A limit is counted for accounts that exist; a connector can name as many others as there are numbers.
    @Test func accountsThatDoNotExistHaveNoLimits() throws {
      let bench = try Bench(accounts: true)
      bench.ask { out in
        for id in UInt64(10)..<110 { out.send(Bench.get("/\(id)", charge: nil) { $0.account = id }, id: id) }
      }
      for id in UInt64(10)..<110 {
        #expect(bench.probe.seen.contains("not sent \(id) \(PB_REFUSAL_ACCOUNT)"))
      }
      bench.ask { out in out.state(.down, .privateUpdates, account: 77, "no", retryAfter: 60_000_000_000) }
      #expect(bench.dispatcher.limitStatus.isEmpty && bench.dispatcher.hindrances.isEmpty)
    }

    /// To open a stream again that is open is refused, and does not make its limits new.
    @Test func aStreamThatIsOpenKeepsWhatItHasUsed() throws {
      let bench = try Bench()
      let note = #"{"op":"note"}"#
      bench.ask { out in
        out.limits([
          Output.Limit(bucket: 1, name: "frames", scope: .stream, capacity: 2, interval: 1_000_000_000_000)
        ])
        out.open(1, "wss://api.example.com/")
        for id in UInt64(1)...2 {
          var frame = Request(frame: SealedText(note), on: 1)
          frame.charges = [Charge(1)]
          out.send(frame, id: id)
          out.open(1, "wss://api.example.com/")
        }
      }
      #expect(bench.carrier.texts[1] == note && bench.carrier.texts[2] == nil && bench.dispatcher.waitingCount == 1)
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
        Hindrance("its limit \"limit\" is held until 2023-11-15 00:15:21 UTC")
      ])
    }

    /// An order that cannot leave before its deadline is refused at once; one that can waits, and says until when.
    @Test func anOrderWaitsForTheEndOfABanOrIsRefusedAtOnce() throws {
      let bench = try Bench()
      bench.ask { out in out.send(Bench.get("/1", charge: nil), id: 1) }
      bench.carrier.answer(1, bench.session, status: 418, headers: [("retry-after", "40")])
      func order(_ id: UInt64, _ seconds: Int64, command: UInt64) {
        bench.ask { out in
          out.send(
            Bench.get("/order", charge: nil, priority: .order) {
              $0.deadline = seconds * 1_000_000_000
              $0.command = command
            }, id: id)
        }
      }
      order(2, 10, command: 7)
      #expect(bench.probe.seen.last == "not sent 2 \(PB_REFUSAL_LIMIT)")
      #expect(
        bench.probe.reasons.last == "nothing may leave until 22:14:00 UTC (the exchange has banned this address), and "
          + "the order may wait until 22:13:30 UTC only")
      order(3, 60, command: 8)
      #expect(bench.session.wait(of: CommandID(8)) == "it has not left: nothing may leave until 22:14:00 UTC (the "
        + "exchange has banned this address); it is given up at 22:14:20 UTC")
      #expect(bench.session.wait(of: CommandID(7)) == nil && bench.carrier.underWay.isEmpty)
      bench.pass(seconds: 41)
      #expect(bench.carrier.underWay == [3] && bench.session.wait(of: CommandID(8)) == nil)
    }

    /// A ban that comes while orders wait for another limit ends those that it outlasts, and cancels go on waiting.
    @Test func aBanEndsTheWaitingOfOrdersThatItOutlasts() throws {
      let bench = try Bench()
      bench.limit(1)
      bench.ask { out in
        out.send(Bench.get("/1"), id: 1)
        for (id, seconds) in [(2, 10), (3, 90)] as [(UInt64, Int64)] {
          out.send(Bench.get("/order", priority: .order) { $0.deadline = seconds * 1_000_000_000 }, id: id)
        }
        out.send(Bench.get("/cancel", priority: .cancel) { $0.deadline = 10_000_000_000 }, id: 4)
      }
      bench.carrier.answer(1, bench.session, status: 418, headers: [("retry-after", "40")])
      #expect(bench.probe.seen.contains("not sent 2 \(PB_REFUSAL_LIMIT)"))
      #expect(!bench.probe.seen.contains { $0.hasPrefix("not sent 3") || $0.hasPrefix("not sent 4") })
      #expect(bench.dispatcher.waitingCount == 2)
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
      sample(1, 4_600_000_000_000_000_000)
      #expect(bench.dispatcher.venueOffset == nil)
      #expect(bench.session.hindrances.map(\.text).first?.contains("2115-10-08T17:46:40") == true)
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

    /// What a page shows of an instance's network: nothing of it before it was used, then every part.
    @Test func theWireIsCounted() throws {
      let bench = try Bench()
      #expect(bench.dispatcher.wire == WireStatus())
      bench.limit(4)
      bench.ask { out in
        for id in 1...2 { out.send(Bench.get("/\(id)"), id: UInt64(id)) }
        out.open(7, "wss://api.example.com/")
        out.open(8, "wss://api.example.com/")
      }
      bench.clock.move(seconds: 0.03)
      bench.carrier.answer(1, bench.session)
      bench.clock.move(seconds: 9)
      bench.carrier.answer(2, bench.session)
      bench.dispatcher.ended(stream: 7, for: bench.session)
      bench.dispatcher.ended(stream: 7, for: bench.session)
      let wire = try #require(bench.dispatcher.wire)
      #expect(wire.open == 1 && wire.opened == 2 && wire.ended == 1)
      var counts = [UInt64](repeating: 0, count: RoundTrips.bounds.count + 1)
      counts[RoundTrips.bounds.firstIndex(of: 50) ?? 0] = 1
      counts[RoundTrips.bounds.count] = 1
      #expect(wire.roundTrips.counts == counts, "30 ms, and longer than all bounds")
      #expect(wire.limits.count == 1 && wire.limits[0].account == 0 && wire.limits[0].capacity > 0)
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
