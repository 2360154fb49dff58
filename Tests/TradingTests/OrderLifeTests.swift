import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

@Suite struct OrderLifeTests {
  /// Nothing is in doubt when somebody makes it smaller at the exchange, but it is said.
  @Test func anOrderThatIsReducedElsewhereIsReported() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    let client = bench.trader.orders[id]?.clientOrderID ?? ""
    let reference = OrderReference(
      account: main, instrument: InstrumentID(1), clientOrderID: client, venueOrderID: "v\(id.rawValue)")
    bench.path.tell(.order(OrderFact(reference, OrderReport(.open, filled: 0, quantity: 3, price: 9, time: 5))))
    #expect(bench.news() == [.anomaly(id, .order(.reduced(3))), .anomaly(id, .order(.tightened(9)))])
    #expect(bench.trader.orders[id]?.state == .open && bench.path.count(.order) == 0)
  }

  @Test func anOrderIsPlacedFilledAndCompleted() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    bench.path.tell(bench.fill(id, "t1", 2))
    bench.path.tell(bench.fill(id, "t1", 2))
    bench.path.tell(bench.report(id, .partiallyFilled, filled: 2))
    bench.path.tell(bench.fill(id, "t2", 3))
    let fills = [2, 3].enumerated().map { Fill(trade: "t\($0 + 1)", price: 10, quantity: Decimal64($1)) }
    #expect(bench.news() == [.filled(id, fills[0]), .filled(id, fills[1]), .completed(id)])
    #expect(bench.trader.openCount == 0)
  }

  /// What a venue would take for meant is said, so that the journal has what is in force.
  @Test func aDefaultTimeInForceIsSaid() throws {
    let bench = try Bench()
    try bench.ready()
    var request = bench.request()
    request.draft.timeInForce = nil
    let limit = try bench.trader.place(request)
    #expect(bench.trader.orders[limit]?.draft.timeInForce == .goodTillCancelled)
    request.draft.timeInForce = .immediateOrCancel
    let own = try bench.trader.place(request)
    #expect(bench.trader.orders[own]?.draft.timeInForce == .immediateOrCancel)
    let kept = bench.journal.kept.compactMap { entry in
      if case .order(let record) = entry { record.draft.timeInForce } else { nil }
    }
    #expect(kept == [.goodTillCancelled, .immediateOrCancel])
  }

  @Test func nothingLeavesBeforeTheJournalHoldsIt() throws {
    let journal = MemoryJournal(.onCommit)
    let bench = try Bench(journal: journal)
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    #expect(bench.path.count(.place) == 0 && bench.trader.orders[id]?.state == .pendingCreate)
    journal.commit()
    #expect(bench.path.count(.place) == 1)
    // One that is cancelled meanwhile never leaves, and one that the journal refuses does not either.
    let second = try bench.trader.place(bench.request())
    try bench.trader.cancel(second)
    journal.commit()
    let third = try bench.trader.place(bench.request())
    journal.failure = JournalFailure("journal.sqlite: the disk is full")
    journal.commit()
    #expect(bench.path.count(.place) == 1 && bench.path.count(.cancel) == 0)
    let news = bench.news()
    #expect(news.contains(.failed(second, .notSent("it was cancelled before it was sent"))))
    let why = "the journal does not hold it: journal.sqlite: the disk is full"
    #expect(news.contains(.failed(third, .notSent(why))))
    #expect(bench.trader.orders[third]?.state == .notSent)
    // Nothing is said of it to a journal that does not know it, also when it takes entries again.
    journal.failure = nil
    bench.wait(60)
    for _ in 0..<3 { journal.commit() }
    let told = journal.kept.compactMap { if case .event(let event) = $0 { event.id } else { nil } }
    #expect(!told.contains(third) && told.contains(second))
  }

  /// The word "filled" alone, with no fill that bears it out, is an end only with a warning.
  @Test(arguments: [nil, Decimal64.zero]) func anEndWithoutAFillIsReportedWithAWarning(filled: Decimal64?) throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    _ = bench.news()
    let order = try #require(bench.trader.orders[id])
    let reference = OrderReference(account: main, instrument: order.instrument, order: id)
    bench.path.tell(.order(OrderFact(reference, OrderReport(.filled, filled: filled), side: order.draft.side)))
    if filled != nil {
      #expect(bench.trader.orders[id]?.state == .unknown, "it contradicts itself")
      bench.wait(1)
      try bench.path.answer(.order) { command in
        [.order(OrderFact(reference, OrderReport(.filled, filled: filled), command: command.id))]
      }
    }
    bench.wait(2)
    try bench.answerList(.fills)
    bench.wait(2)
    #expect(bench.trader.orders[id]?.state == .filled)
    let missing = bench.news().compactMap { event -> Decimal64? in
      if case .anomaly(id, .fillsMissing(.zero, let told)) = event { told } else { nil }
    }
    #expect(missing == [order.quantity])
  }

  /// A fill of an order without a limit counts at any price, but not in silence.
  @Test func aFillFarFromTheMarketIsReported() throws {
    let bench = try Bench()
    try bench.ready()
    var request = bench.request()
    (request.draft.type, request.draft.price) = (.market, nil)
    bench.path.touches[request.instrument] = 100
    let id = try bench.trader.place(request)
    try bench.path.answer(.place)
    _ = bench.news()
    let reference = OrderReference(account: main, instrument: request.instrument, order: id)
    for (trade, price) in [("a", 150), ("b", 9_000_000), ("c", 7)] as [(String, Decimal64)] {
      let quantity = try #require(Decimal64("0.001"))
      bench.path.tell(.fill(FillFact(reference, Fill(trade: trade, price: price, quantity: quantity))))
    }
    let far = bench.news().compactMap { event -> Decimal64? in
      if case .anomaly(id, .farFromMarket(let price, 100)) = event { price } else { nil }
    }
    #expect(far == [9_000_000, 7] && bench.trader.orders[id]?.fillCount == 3)
  }

  @Test func whatTheJournalDoesNotTakeIsTriedAgainInOrder() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    bench.journal.failure = JournalFailure("full")
    bench.path.tell(bench.fill(id, "t1", 2))
    bench.path.tell(bench.fill(id, "t2", 3))
    #expect(bench.news().contains(.anomaly(OrderID(0), .journal("full"))))
    bench.journal.failure = nil
    bench.wait(2)
    let fills = bench.journal.kept.compactMap { entry in
      if case .event(let record) = entry, case .fill(let fill) = record.event { fill.trade } else { nil }
    }
    #expect(fills == ["t1", "t2"])
  }

  @Test func aRefusalIsFinalAndHasItsReason() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.path.answer(.place, CommandResult(.refused, error: UInt32(PB_ERR_FUNDS), text: "too poor"))
    #expect(bench.news() == [.failed(id, .refused(error: UInt32(PB_ERR_FUNDS), reason: "too poor"))])
    let lost = try bench.trader.place(bench.request())
    try bench.path.answer(.place, CommandResult(.refused, error: UInt32(PB_ERR_NOT_SENT), text: "expired in the queue"))
    #expect(bench.news() == [.failed(lost, .notSent("expired in the queue"))])
    bench.wait(100)
    #expect(!bench.path.sent.contains(.order))
  }

  @Test func theUnknownIsAskedForAndNeverSentAgain() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.path.answer(.place, noAnswer)
    #expect(bench.trader.orders[id]?.state == .unknown && bench.news() == [])
    bench.wait(1)
    #expect(bench.path.draft(.order)?.clientOrder == bench.trader.orders[id]?.clientOrderID)
    try bench.path.answer(.order) { [bench.report(id, .open, filled: 0, command: $0.id)] }
    #expect(bench.news() == [.created(id)] && bench.path.sent.count(where: { $0 == .place }) == 1)
  }

  /// Errors on the way never count, and the venue's "no" counts only when it was said often, long and late enough.
  @Test func anOrderIsGivenUpOnlyWhenTheVenueHasSaidSo() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.path.answer(.place, noAnswer)
    let start = bench.path.times.mono
    for _ in 0..<20 {
      bench.wait(31)
      let error = CommandResult(.refused, error: UInt32(PB_ERR_TRANSIENT), text: "timeout")
      if bench.path.count(.order) > 0 { try bench.path.answer(.order, error) }
    }
    #expect(bench.trader.orders[id]?.state == .unknown && bench.path.times.mono - start > 600 * second)
    var answers = 0
    while bench.trader.orders[id]?.state == .unknown {
      bench.wait(5)
      while bench.path.count(.order) > 0 { answers += 1; try bench.path.answer(.order, unknownOrder) }
      for verb in [Verb.fills, .openOrders, .balances] where bench.path.count(verb) > 0 { try bench.answerList(verb) }
    }
    #expect(answers > 3 && bench.trader.orders[id]?.state == .lost)
    #expect(bench.news() == [.lost(id)] && bench.trader.openCount == 0 && bench.trader.unsettledCount == 1)
    // It is heard of after all.
    bench.path.tell(bench.report(id, .filled, filled: 5))
    bench.path.tell(bench.fill(id, "t1", 5))
    #expect(bench.trader.orders[id]?.state == .filled)
    bench.wait(1)
    let events = bench.news()
    #expect(events.first == .adopted(id) && events.last == .completed(id), "\(events)")
  }

  @Test func fastAnswersNotFoundWaitForTheGrace() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.path.answer(.place, noAnswer)
    var (answers, waited) = (0, 0.0)
    while bench.trader.orders[id]?.state == .unknown, waited < 300 {
      bench.wait(0.5)
      waited += 0.5
      while bench.path.count(.order) > 0 { answers += 1; try bench.path.answer(.order, unknownOrder) }
      for verb in [Verb.fills, .openOrders, .balances] where bench.path.count(verb) > 0 { try bench.answerList(verb) }
    }
    #expect(waited > 65 && waited < 200 && answers > 4, "\(waited) s, \(answers) answers")
  }

  @Test func missingFillsAreWaitedForThenFetched() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    bench.path.tell(bench.report(id, .filled, filled: 5))
    bench.wait(4.9)
    #expect(bench.news() == [] && bench.path.count(.fills) == 0)
    bench.wait(0.2)
    #expect(bench.path.count(.fills) == 1)
    try bench.path.answer(.fills) { [bench.fill(id, "t1", 5, command: $0.id)] }
    #expect(bench.news() == [.filled(id, Fill(trade: "t1", price: 10, quantity: 5)), .completed(id)])
    // Where they cannot be found, the end is reported with a warning, and they count when they come.
    let other = try bench.opened()
    bench.path.tell(bench.report(other, .filled, filled: 5))
    bench.wait(5.1)
    try bench.answerList(.fills)
    #expect(bench.news() == [.anomaly(other, .fillsMissing(seen: 0, reported: 5)), .completed(other)])
    bench.path.tell(bench.fill(other, "t2", 5))
    #expect(bench.news().first == .filled(other, Fill(trade: "t2", price: 10, quantity: 5)))
  }

  /// The stream that did not say of the fill may not speak of the balance either.
  @Test func balancesAreAskedForAfterAFillThatWasFetched() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    bench.path.tell(bench.fill(id, "t1", 2, command: CommandID(999)))
    bench.wait(4.9)
    #expect(bench.path.count(.balances) == 0)
    bench.wait(0.2)
    #expect(bench.path.count(.balances) == 1)
    try bench.answerList(.balances)
    // What the stream says needs no question, and neither does a fill whose balance it told.
    bench.path.tell(bench.fill(id, "t2", 1))
    bench.path.tell(bench.fill(id, "t3", 1, command: CommandID(1000)))
    bench.path.tell(.balance(BalanceFact(account: main, asset: "USD", total: 960, available: 960)))
    bench.wait(20)
    #expect(bench.path.count(.balances) == 0)
  }

  @Test func ordersAreForgottenSomeTimeAfterTheirEnd() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    bench.path.tell(bench.report(id, .cancelled, filled: 0))
    #expect(bench.news() == [.cancelled(id, reason: "")])
    bench.wait(29)
    #expect(bench.trader.orders[id] != nil)
    let late = bench.report(id, .open, filled: 0)
    bench.wait(60)
    #expect(bench.trader.orders[id] == nil)
    bench.path.tell(late)
    #expect(bench.trader.orders[id] == nil && bench.trader.counters.oldNews == 1 && bench.news() == [])
  }

  @Test func aBatchIsOneCommandAndEachItemHasItsEnd() throws {
    let bench = try Bench()
    try bench.ready()
    let ids = try bench.trader.place([bench.request(), bench.request(), bench.request()]).map { try $0.get() }
    #expect(bench.path.draft(.place)?.items.map(\.order) == ids.map(\.rawValue))
    // One is accepted, one refused, and of one nothing is said.
    try bench.path.answer(.place) { command in
      [bench.report(ids[0], .open, command: command.id), bench.report(ids[1], .rejected, command: command.id)]
    }
    #expect(ids.map { bench.trader.orders[$0]?.state } == [.open, .rejected, .unknown])
    #expect(bench.news() == [.created(ids[0]), .failed(ids[1], .refused(error: 0, reason: ""))])
    bench.wait(1)
    #expect(bench.path.draft(.order)?.order == ids[2].rawValue)
  }
}
