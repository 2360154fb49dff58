import CPatchbay
import ConnectorKit
import MarketModel
import Runtime
import Testing

extension DispatchTests {
  /// What is signed, with what time and under whose command.
  @Suite struct Signs {
    private static func signed(_ path: String, _ act: String) -> Request {
      let query: SealedText = "timestamp=\(Seal.milliseconds.stored(in: 0).published(as: 3))"
      var request = Request(.get, "https://api.example.com\(path)?\(query)")
      request.account = 1
      request.permission = act
      request.charges = [Charge(1)]
      return request
    }

    private func bench() throws -> Bench {
      let bench = try Bench(accounts: true)
      bench.limit(2)
      return bench
    }

    @Test func theTimeIsThatOfLeaving() throws {
      let bench = try bench()
      bench.ask { out in for id in 1...2 { out.send(Self.signed("/balances", "balances"), id: UInt64(id)) } }
      #expect(bench.carrier.texts[1] == "https://api.example.com/balances?timestamp=1700000000000")
      #expect(bench.probe.seen.contains("sent 1 published 1700000000000"))
      bench.carrier.answer(1, bench.session)
      bench.pass(seconds: 1.5)
      #expect(bench.carrier.texts[2] == "https://api.example.com/balances?timestamp=1700000001500")
    }

    @Test func orderedRequestsLeaveOneAfterTheOther() throws {
      let bench = try bench()
      bench.limit(100)
      bench.ask { out in
        for id in 1...3 {
          var request = Self.signed("/balances", "balances")
          request.isOrdered = true
          out.send(request, id: UInt64(id))
        }
      }
      #expect(bench.carrier.underWay == [1])
      bench.carrier.answer(1, bench.session)
      #expect(bench.carrier.underWay == [2])
      bench.carrier.end(2, .noAnswer(reason: "cut"), bench.session)
      #expect(bench.carrier.underWay == [3])
    }

    @Test func aTradeNeedsItsCommandToBeAliveWhenItLeaves() throws {
      let bench = try bench()
      var place = CommandDraft(.place)
      place.account = 1
      place.items = [CommandDraft(.place), CommandDraft(.place)]
      bench.limit(1)
      bench.probe.onCommand = { out, command in
        var request = Request(.post, "https://api.example.com/orders")
        request.account = 1
        request.permission = "place"
        request.command = command.id
        request.charges = [Charge(1)]
        out.send(request, id: 1)
        out.send(request, id: 2)
        // Answered while the second one still waits: it must not leave any more.
        out.done(command.id)
      }
      bench.session.send(place) { _ in }
      #expect(bench.carrier.texts[1] == "https://api.example.com/orders")
      bench.carrier.answer(1, bench.session)
      bench.pass(seconds: 1.1)
      #expect(bench.carrier.texts[2] == nil)
      #expect(bench.probe.seen.contains("not sent 2 \(PB_REFUSAL_ACT)"))
    }

    // MARK: The venue's clock

    /// A connector that asks the time by request 77, at a venue whose clock is ahead by `skew`.
    private func keeper(
      _ skew: Int64, _ other: @escaping (Output, Command) -> Void = { $0.done($1.id) }
    ) throws -> Bench {
      let bench = try Bench(accounts: true)
      nonisolated(unsafe) var waiting: [pb_id] = []
      bench.probe.onCommand = { out, command in
        guard command.verb == .clock else { return other(out, command) }
        waiting.append(command.id)
        out.send(Bench.get("/time", charge: nil) { $0.permission = "time" }, id: 77)
      }
      bench.probe.onReply = { [unowned bench] out, reply in
        guard reply.request == 77 else { return }
        // Half of the way back is still to be added to what the venue said.
        out.clock(request: 77, venue: bench.clock.wall + skew - 10_000_000)
        out.done(waiting.removeFirst())
      }
      return bench
    }

    private func answerTime(_ bench: Bench) {
      bench.clock.move(seconds: 0.02)
      bench.session.times = bench.clock.now()
      bench.carrier.answer(77, bench.session)
    }

    @Test func theClockIsMeasuredAtTheMiddleAndKeptOnTheMonotonicClock() throws {
      let bench = try keeper(3_000_000_000)
      bench.pass(seconds: 0)
      #expect(bench.carrier.underWay == [77])
      answerTime(bench)
      let venue = bench.clock.wall + 3_000_000_000
      #expect(bench.dispatcher.venueOffset == venue - bench.clock.mono)
      bench.session.times = bench.clock.now()
      #expect(bench.session.times.venue == venue)
      // A step of the wall clock changes nothing.
      bench.clock.wall -= 3_600_000_000_000
      bench.session.times = bench.clock.now()
      #expect(bench.session.times.venue == venue)
      // More samples follow, one a second, until there are five.
      var asked = 1
      for _ in 0..<10 {
        bench.pass(seconds: 1.1)
        if bench.carrier.underWay == [77] {
          asked += 1
          answerTime(bench)
        }
      }
      #expect(asked == 5)
      bench.pass(seconds: 301)
      #expect(bench.carrier.underWay == [77])
    }

    @Test func aRefusedTimestampAsksTheTimeAndTriesOnceMore() throws {
      var tries: [pb_id] = []
      let bench = try keeper(5_000_000_000) { out, command in
        tries.append(command.id)
        out.refuse(command.id, .clock, "too early")
      }
      var place = CommandDraft(.place)
      place.account = 1
      var results: [CommandResult] = []
      let id = bench.session.send(place) { results.append($0) }
      #expect(tries == [id])
      #expect(results.isEmpty)
      #expect(bench.carrier.underWay == [77])
      answerTime(bench)
      // Given again under the same id, and refused again: that is the end of it.
      #expect(tries == [id, id])
      #expect(results.map(\.outcome) == [.refused])
      #expect(results.first?.error == UInt32(PB_ERR_CLOCK))
    }

    /// A hostile connector sends the order, and says that its timestamp was refused before the exchange has answered,
    /// or when no answer came: were the command given again, there would be two orders.
    @Test(arguments: [false, true]) func noWordOfTheConnectorsMakesTwoOrdersOfOne(isLost: Bool) throws {
      var tries = 0
      nonisolated(unsafe) var placed: pb_id = 0
      let bench = try keeper(0) { out, command in
        tries += 1
        placed = command.id
        var request = Request(.post, "https://api.example.com/orders")
        (request.account, request.permission, request.command) = (1, "place", command.id)
        out.send(request, id: pb_id(tries))
        if !isLost { out.refuse(command.id, .clock, "too early") }
      }
      if isLost {
        bench.probe.onReply = { out, reply in if reply.request == 1 { out.refuse(placed, .clock, "too early") } }
      }
      var place = CommandDraft(.place)
      place.account = 1
      place.items = [CommandDraft(.place)]
      var results: [CommandResult] = []
      bench.session.send(place) { results.append($0) }
      #expect(bench.carrier.texts[1] == "https://api.example.com/orders")
      if isLost { bench.carrier.end(1, .noAnswer(reason: "cut"), bench.session) }
      bench.pass(seconds: 5)
      #expect(tries == 1 && results.map(\.outcome) == [.refused])
      #expect(bench.carrier.texts[2] == nil)
    }

    /// Without the exchange's time nothing can be signed well: that stands in the status until an answer brings it.
    @Test func aTimeThatIsNotKnownStandsInTheStatus() throws {
      let bench = try Bench(accounts: true)
      var answer: (Output, pb_id) -> Void = { $0.reply($1, .unknown, .other, "HTTP status 503") }
      nonisolated(unsafe) var waiting: [pb_id] = []
      bench.probe.onCommand = { out, command in
        guard command.verb == .clock else { return out.done(command.id) }
        waiting.append(command.id)
        out.send(Bench.get("/time", charge: nil) { $0.permission = "time" }, id: 77)
      }
      bench.probe.onReply = { out, reply in if reply.request == 77 { answer(out, waiting.removeFirst()) } }
      bench.pass(seconds: 0)
      #expect(bench.session.hindrances.isEmpty, "it is being asked for")
      answerTime(bench)
      #expect(bench.session.hindrances == [Hindrance("the exchange's time is not known: HTTP status 503")])
      func askAgain() {
        bench.pass(seconds: 11)
        #expect(bench.carrier.underWay == [77])
        answerTime(bench)
      }
      answer = { [unowned bench] out, id in
        out.clock(request: 77, venue: bench.clock.wall)
        out.done(id)
      }
      askAgain()
      #expect(bench.session.hindrances.isEmpty && bench.dispatcher.venueOffset != nil)
      // A later question that fails takes nothing away: the last answer is still good.
      answer = { $0.reply($1, .unknown, .other, "HTTP status 503") }
      askAgain()
      #expect(bench.session.hindrances.isEmpty)
    }

    /// A moment that cannot be, or that is years away, is none, and says so.
    @Test(arguments: [
      (Int64(0), "is not followed"), (4_000_000_000_000_000_000, "is not followed"), (-1, "is not known"),
      (.min, "is not known"), (.max, "is not known"), (5_000_000_000_000_000_000, "is not known"),
    ] as [(Int64, String)])
    func aTimeThatCannotBeTrueStandsInTheStatus(row: (venue: Int64, words: String)) throws {
      let bench = try Bench(accounts: true)
      nonisolated(unsafe) var waiting: [pb_id] = []
      bench.probe.onCommand = { out, command in
        guard command.verb == .clock else { return out.done(command.id) }
        waiting.append(command.id)
        out.send(Bench.get("/time", charge: nil) { $0.permission = "time" }, id: 77)
      }
      bench.probe.onReply = { out, reply in
        guard reply.request == 77 else { return }
        out.clock(request: 77, venue: row.venue)
        out.done(waiting.removeFirst())
      }
      bench.pass(seconds: 0)
      answerTime(bench)
      let texts = bench.session.hindrances.map(\.text)
      #expect(texts.count == 1 && texts.first?.contains(row.words) == true, "\(texts)")
      #expect(bench.dispatcher.venueOffset == nil)
    }

    /// Where there is nothing to ask, this machine's clock is all there is.
    @Test func anExchangeWithoutAClockIsNoHindrance() throws {
      let bench = try Bench(accounts: true)
      bench.probe.onCommand = { out, command in out.refuse(command.id, .unsupported, "no such command") }
      bench.pass(seconds: 1)
      #expect(bench.session.hindrances.isEmpty)
    }

    @Test func withoutTheTimeTheFirstRefusalStands() throws {
      var tries = 0
      let bench = try keeper(0) { out, command in
        tries += 1
        out.refuse(command.id, .clock, "too early")
      }
      var results: [CommandResult] = []
      let id = bench.session.send(CommandDraft(.balances)) { results.append($0) }
      bench.probe.onReply = { out, _ in out.refuse(id + 1, .transient, "no time") }
      bench.carrier.end(77, .noAnswer(reason: "cut"), bench.session)
      #expect(tries == 1)
      #expect(results.map(\.error) == [UInt32(PB_ERR_CLOCK)])
    }
  }
}
