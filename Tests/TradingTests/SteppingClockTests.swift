import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// This machine's clock is set while orders are in flight, and the venue has not said its own time.
@Suite struct SteppingClockTests {
  private let hour = 3600 * second
  private let steps: [Int64] = [-24 * 365 * 3600, -3600, -5, 5, 3600, 24 * 365 * 3600]

  /// Sets the wall clock, and with it what is taken for the venue's.
  private func set(_ bench: Bench, by step: Int64) {
    bench.path.times.wall += step
    bench.path.times.venue += step
  }

  /// An order of unknown fate, with the clock set since it was made; gives the question about it.
  private func asked(step seconds: Int64) throws -> (question: CommandDraft, bench: Bench, left: Int64) {
    let bench = try Bench()
    try bench.ready()
    let left = bench.path.times.mono
    _ = try bench.trader.place(bench.request())
    try bench.path.answer(.place, noAnswer)
    set(bench, by: seconds * second)
    bench.wait(0.6)
    return (try #require(bench.path.draft(.order)), bench, left)
  }

  /// Whichever of the two clocks was right, the time in which the order reached the venue is in the question: a whole
  /// answer without it would count as its absence.
  @Test func questionsReachOverBothClocks() throws {
    for step in steps {
      let (question, bench, left) = try asked(step: step)
      let age = bench.path.times.mono - left
      for made in [bench.path.times.venue - age, bench.path.times.venue - age - step * second] {
        #expect(question.since <= made, "\(step) s")
        #expect(question.until == 0 || question.until >= made, "\(step) s")
      }
    }
  }

  @Test func aLostStreamIsMadeUpForFromBothClocks() throws {
    for step in steps {
      let bench = try Bench()
      try bench.ready()
      _ = try bench.opened()
      let heard = bench.path.times
      bench.path.tell(.stream(main, .pending, reason: "cut"))
      set(bench, by: step * second)
      bench.wait(1)
      bench.path.tell(.stream(main, .live, reason: ""))
      bench.wait(0.1)
      let since = try #require(bench.path.draft(.fills)).since
      let passed = bench.path.times.mono - heard.mono
      #expect(since <= heard.venue && since <= bench.path.times.venue - passed, "\(step) s")
    }
  }

  /// What was seen is known to the next run: a clock that was ahead must not hide what happened since.
  @Test func theNextRunGoesBackToBeforeAWrongClock() throws {
    let bench = try Bench()
    try bench.ready()
    set(bench, by: hour)
    bench.path.tell(.stream(main, .live, reason: "still"))
    let id = try bench.opened()
    bench.path.tell(bench.fill(id, "t0", 1))
    bench.wait(121)
    while let next = bench.path.waiting.first { try bench.answerList(next.draft.verb) }
    let right = bench.path.times
    let again = try Bench(journal: bench.journal)
    again.path.nextCommand = 1000
    again.path.times = Times(mono: second, wall: right.wall - hour, venue: right.venue - hour)
    try again.trader.start()
    let since = try #require(again.path.draft(.fills)).since
    #expect(since < right.venue - hour, "\(since) of \(right.venue - hour)")
  }

  /// How long ago a request left only the clock could say: it may arrive after a restart as before.
  @Test(arguments: [0, 3600, 24 * 365 * 3600]) func aRestartDoesNotMakeARequestOlder(step: Int64) throws {
    let first = try Bench()
    try first.ready()
    let id = try first.trader.place(first.request())
    first.wait(1)
    let bench = try Bench(journal: first.journal)
    bench.path.nextCommand = 1000
    bench.path.times = Times(
      mono: second, wall: first.path.times.wall + step * second, venue: first.path.times.venue + step * second)
    try bench.ready()
    for _ in 0..<12 {
      bench.wait(5)
      while bench.path.count(.order) > 0 { try bench.path.answer(.order, unknownOrder) }
      while bench.path.count(.fills) > 0 { try bench.answerList(.fills) }
    }
    #expect(bench.trader.orders[id]?.state == .unknown, "60 s after the restart its request may still arrive")
    for _ in 0..<30 where bench.trader.orders[id]?.state != .lost {
      bench.wait(5)
      while bench.path.count(.order) > 0 { try bench.path.answer(.order, unknownOrder) }
      while bench.path.count(.fills) > 0 { try bench.answerList(.fills) }
    }
    #expect(bench.trader.orders[id]?.state == .lost)
  }

  /// Numbers of commands begin at the clock; those that the journal has are not given out again.
  @Test func noCommandHasTheNumberOfAnEarlierRun() throws {
    let first = try Bench()
    first.path.nextCommand = 5_000_000
    try first.ready()
    let id = try first.opened()
    try first.trader.cancel(id)
    let highest = first.path.nextCommand
    let bench = try Bench(journal: first.journal)
    bench.path.nextCommand = 1
    try bench.trader.start()
    #expect(bench.path.nextCommand >= highest)
  }

  /// As long as nothing was paid, all since the start is asked for.
  @Test func theFirstFundingPaymentIsNotMissed() throws {
    for step in [0] + steps {
      let bench = try Bench(verbs: [.fundingPayments], instruments: [perpetual])
      try bench.ready()
      let start = bench.path.times
      set(bench, by: step * second)
      bench.wait(601)
      let since = try #require(bench.path.draft(.fundingPayments)).since
      let passed = bench.path.times.mono - start.mono
      #expect(since <= start.venue && since <= bench.path.times.venue - passed, "\(step) s")
    }
  }

  /// A date is waited for by the clock as it is then.
  @Test func aDateIsLookedAtAnewWithinTheHour() throws {
    let bench = try Bench()
    try bench.ready()
    var request = bench.request()
    request.draft.timeInForce = .goodTillDate
    request.draft.expiry = bench.path.times.venue + 1000 * hour
    let id = try bench.trader.place(request)
    try bench.path.answer(.place) { [bench.report(id, .open, filled: 0, command: $0.id)] }
    set(bench, by: 2000 * hour)
    bench.path.tell(.stream(main, .live, reason: ""))
    var isAsked = false
    for _ in 0..<120 where !isAsked {
      bench.wait(60)
      while let next = bench.path.waiting.first, next.draft.verb != .order {
        if next.draft.verb == .openOrders {
          try bench.path.answer(.openOrders) { [bench.report(id, .open, filled: 0, command: $0.id)] }
        } else {
          try bench.answerList(next.draft.verb)
        }
      }
      isAsked = bench.path.count(.order) > 0
    }
    #expect(isAsked)
  }
}
