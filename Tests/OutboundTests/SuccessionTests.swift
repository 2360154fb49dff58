import ConnectorKit
import MarketModel
import Outbound
import Testing

@testable import Runtime

extension DispatchTests {
  /// An instance takes another's place, each behind a dispatcher of its own.
  @Suite struct Succession {
    /// A running session whose connector has been asked for the time and has not answered; nobody else holds its
    /// dispatcher.
    private func waiting() throws -> (session: Session, dispatcher: () -> Dispatcher?) {
      let bench = try Bench(accounts: true)
      bench.probe.onCommand = { _, _ in }
      bench.pass(seconds: 0)
      #expect(bench.session.openCommands.count == 1, "the clock is asked for")
      return (bench.session, { [weak dispatcher = bench.dispatcher] in dispatcher })
    }

    @Test func aQuestionOfADispatcherThatIsGoneIsAnsweredAllTheSame() throws {
      let (session, old) = try waiting()
      let next = try Bench(accounts: true)
      #expect(session.mayGiveWay && old() != nil)
      session.succeed(next.session, CandidateMemory())
      #expect(old() == nil, "nothing of the old instance is left")
      #expect(session.openCommands.isEmpty, "the new instance was given the question, and has answered it")
      #expect(next.probe.seen.contains { $0.hasPrefix("command ") })
      #expect(next.carrier.log == ["move"])
    }

    @Test func aCommandOfWhichSomethingHasLeftKeepsTheOldInstanceInPlace() throws {
      let bench = try Bench()
      var isDone = false
      var given: UInt64 = 0
      bench.probe.onCommand = { out, command in
        given = command.id
        out.send(Bench.get("/1", charge: nil) { $0.command = command.id }, id: 1)
      }
      bench.probe.onReply = { out, _ in out.done(given) }
      bench.session.times = bench.clock.now()
      bench.session.send(CommandDraft(.instruments)) { _ in isDone = true }
      #expect(bench.carrier.underWay == [1] && !bench.session.mayGiveWay)
      bench.carrier.answer(1, bench.session)
      #expect(isDone && bench.session.mayGiveWay)
    }

    /// An exchange that does not answer a question must not hold a new version up until the question's deadline.
    @Test func aQuestionWithoutAnAnswerSoFarGoesWithTheOthers() throws {
      let bench = try Bench(accounts: true)
      bench.pass(seconds: 0)
      let next = try Bench(accounts: true)
      bench.probe.onCommand = { out, command in
        out.send(Bench.get("/1", charge: nil) { $0.command = command.id }, id: 77)
      }
      var answers = 0
      var draft = CommandDraft(.openOrders)
      draft.account = 1
      bench.session.send(draft) { _ in answers += 1 }
      #expect(bench.carrier.underWay.contains(77) && bench.session.mayGiveWay)
      bench.session.succeed(next.session, CandidateMemory())
      #expect(answers == 1 && bench.session.openCommands.isEmpty, "the new instance has answered it")
    }

    @Test func whatWaitsIsGivenToTheOneThatIsThereThen() throws {
      let bench = try Bench()
      let next = try Bench()
      var answers = 0
      bench.session.keepCommands()
      for _ in 0..<3 { bench.session.send(CommandDraft(.instruments)) { _ in answers += 1 } }
      #expect(answers == 0 && bench.probe.seen.isEmpty && bench.session.mayGiveWay)
      bench.session.succeed(next.session, CandidateMemory())
      #expect(answers == 0)
      bench.session.releaseCommands()
      #expect(answers == 3 && next.probe.seen.count == 3 && bench.probe.seen.isEmpty)
    }

    /// Whoever stops trading wants what is open cancelled at once.
    @Test func nothingWaitsWhileTradingIsStopped() throws {
      let bench = try Bench()
      var answers = 0
      bench.session.keepCommands()
      bench.session.send(CommandDraft(.instruments)) { _ in answers += 1 }
      bench.session.halted(true)
      #expect(answers == 1)
      bench.session.keepCommands()
      bench.session.send(CommandDraft(.instruments)) { _ in answers += 1 }
      #expect(answers == 2)
    }

    /// A version on trial that says that the exchange wants no requests is believed for itself alone.
    @Test func theWordOfOneOnTrialSilencesNobodyElse() throws {
      let running = try Bench()
      let trial = try Bench()
      trial.dispatcher.beginTrial(beside: running.dispatcher)
      trial.probe.onCommand = { out, command in
        out.reply(command.id, .refused, .rateLimit, retryAfter: 5_000_000_000)
      }
      trial.session.times = trial.clock.now()
      trial.session.send(CommandDraft(.instruments)) { _ in }
      trial.ask { out in out.send(Bench.get("/1", charge: nil), id: 1) }
      running.ask { out in out.send(Bench.get("/1", charge: nil), id: 1) }
      #expect(trial.carrier.underWay.isEmpty && running.carrier.underWay == [1])
      trial.pass(seconds: 5.1)
      trial.ask { out in out.send(Bench.get("/2", charge: nil), id: 2) }
      #expect(trial.carrier.underWay == [2])
    }

    /// What one sends counts for the other, and a limit that the new one declares otherwise counts once it is in place.
    @Test func bothKeepOneSetOfLimits() throws {
      let running = try Bench()
      running.limit(3)
      let trial = try Bench()
      trial.dispatcher.beginTrial(beside: running.dispatcher)
      trial.limit(1000)
      running.ask { out in out.send(Bench.get("/1"), id: 1) }
      trial.ask { out in for id in 1...3 { out.send(Bench.get("/\(id)"), id: UInt64(id)) } }
      // Capacity 3 less its margin, of which the running one has had one.
      #expect(trial.carrier.underWay == [1])
      trial.dispatcher.endTrial()
      trial.pass(seconds: 1.1)
      #expect(trial.carrier.underWay == [1, 2, 3])
    }
  }
}
