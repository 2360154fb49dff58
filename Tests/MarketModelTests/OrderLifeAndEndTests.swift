import Decimals
import Testing

@testable import MarketModel

private let create = CommandID(1)
private let reference = OrderReference(
  account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7", venueOrderID: "v1")

private func tracker(_ events: [OrderEvent] = []) -> OrderTracker {
  var tracker = OrderTracker()
  tracker.track(
    TrackedOrder(
      id: OrderID(7), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7",
      draft: OrderDraft(side: .buy, type: .limit, quantity: 10, price: 100), createCommand: create, time: 0))
  for event in events {
    switch event {
    case .report(let report): _ = tracker.receive(report, of: reference, now: 1)
    case .fill(let fill): _ = tracker.receive(fill, of: reference, now: 1)
    case .outcome(let command, let outcome): _ = tracker.commandEnded(command, outcome, now: 1)
    case .givenUp: _ = tracker.giveUp(OrderID(7), now: 1)
    case .leaving: tracker.replay(event, of: OrderID(7), now: 1)
    case .cancelRequested(let command): _ = tracker.cancelRequested(OrderID(7), command: command, now: 1)
    case .amendRequested(let command, let price, let quantity):
      _ = tracker.amendRequested(OrderID(7), command: command, price: price, quantity: quantity, now: 1)
    }
  }
  return tracker
}

extension OrderTracker {
  fileprivate var state: OrderState? { self[OrderID(7)]?.state }
}

/// What counts when an end was claimed and the venue shows the order alive.
@Suite struct LifeAfterAnEnd {
  /// Nothing at the venue stands behind these ends: any sign of life outweighs them.
  @Test(arguments: [
    [OrderEvent.outcome(create, .refused)], [.outcome(create, .notSent)], [.report(OrderReport(.rejected))],
    [.report(OrderReport(.notSent))], [.outcome(create, .unknown), .givenUp],
    [.report(OrderReport(.rejected)), .outcome(create, .refused)],
  ])
  func groundlessEndsGiveWay(events: [OrderEvent]) {
    for asked in [nil, 0, UInt64.max] {
      var orders = tracker(events)
      #expect(orders.state?.isTerminal == true)
      let change = orders.receive(OrderReport(.open, time: 5), of: reference, asked: asked, now: 2)
      #expect(orders.state == .open && change.first?.after == .open, "\(events)")
    }
  }

  @Test func timesOfTheVenueDecide() {
    var orders = tracker([.report(OrderReport(.cancelled, time: 10))])
    _ = orders.receive(OrderReport(.open, time: 9), of: reference, now: 2)
    #expect(orders.state == .cancelled, "an old word")
    #expect(orders.receive(OrderReport(.open, time: 11), of: reference, now: 3).first?.anomalies == [.reopened])
    #expect(orders.state == .open)
    _ = orders.receive(OrderReport(.cancelled, time: 10), of: reference, now: 4)
    #expect(orders.state == .open, "the same end again")
    _ = orders.receive(OrderReport(.cancelled, time: 12), of: reference, now: 5)
    #expect(orders.state == .cancelled)
  }

  /// The answer to a cancel has no time; a fill from before it is still on its way.
  @Test func theTimeOfAnEndThatWasNoneDoesNotCountForTheNext() {
    var orders = tracker([.report(OrderReport(.cancelled, time: 10))])
    _ = orders.receive(OrderReport(.open, time: 11), of: reference, now: 2)
    _ = orders.receive(OrderReport(.cancelled), of: reference, now: 3)
    #expect(orders.state == .cancelled)
    let late = orders.receive(OrderReport(.partiallyFilled, filled: 1, time: 12), of: reference, now: 4)
    #expect(orders.state == .unknown && late.first?.anomalies == [.doubted], "it is asked for, and not called alive")
    _ = orders.receive(OrderReport(.cancelled, time: 13), of: reference, now: 5)
    #expect(orders.state == .cancelled)
  }

  @Test func withoutTimesOnlyAnAnswerDecides() {
    for claim in [OrderReport.Claim.cancelled, .expired, .filled] {
      var orders = tracker([.report(OrderReport(claim))])
      let before = orders.step - 1
      #expect(orders.receive(OrderReport(.open), of: reference, asked: before, now: 2).first?.anomalies == [])
      #expect(orders.state?.isTerminal == true, "the answer to a question that was asked before")
      #expect(orders.receive(OrderReport(.open), of: reference, now: 2).first?.anomalies == [.doubted])
      #expect(orders.state == .unknown && orders[OrderID(7)]?.needsQuery == true)
      var ended = orders
      _ = orders.receive(OrderReport(.open), of: reference, asked: orders.step, now: 3)
      #expect(orders.state == .open)
      _ = ended.receive(OrderReport(claim), of: reference, asked: ended.step, now: 3)
      #expect(ended.state?.isTerminal == true)
    }
  }

  /// A venue may answer from a copy that is behind: one answer that is older than the end proves nothing.
  /// The private stream may say that an order has ended at once before the request says that it was taken.
  @Test func aReceiptAfterTheEndIsOfTheBeginning() {
    let end = OrderEvent.report(OrderReport(.cancelled, filled: 0, time: 50))
    var known = tracker([end])
    let changes = known.receive(OrderReport(.open, filled: 0), of: reference, answering: create, now: 2)
    #expect(known.state == .cancelled && changes.allSatisfy(\.anomalies.isEmpty))
    // Without the same id it may be another order, which an attempt made that came after the end.
    var other = reference
    other.venueOrderID = "v2"
    var again = tracker([end])
    _ = again.receive(OrderReport(.open), of: other, answering: create, now: 2)
    #expect(again.state == .unknown)
    // What answers another command, or says when, is news.
    var asked = tracker([end])
    _ = asked.receive(OrderReport(.open), of: reference, answering: CommandID(2), now: 2)
    #expect(asked.state == .unknown)
    var timed = tracker([end])
    _ = timed.receive(OrderReport(.open, time: 51), of: reference, answering: create, now: 2)
    #expect(timed.state == .open)
    // An end without a time may be of an attempt before this one.
    var untimed = tracker([.report(OrderReport(.cancelled))])
    _ = untimed.receive(OrderReport(.open), of: reference, answering: create, now: 2)
    #expect(untimed.state == .unknown)
  }

  @Test func anAnswerOlderThanTheEndLeavesItInDoubt() {
    var orders = tracker([.report(OrderReport(.cancelled, time: 10))])
    for count in 1...3 {
      _ = orders.receive(OrderReport(.open, time: 4), of: reference, asked: orders.step, now: 2)
      #expect(orders.state == .unknown && orders[OrderID(7)]?.aliveAnswers == count)
    }
    #expect(orders.settleAlive(OrderID(7), now: 3)?.after == .open)
  }

  @Test func anOrderInDoubtThatTheVenueDoesNotKnowHasEnded() {
    var orders = tracker([.report(OrderReport(.cancelled)), .report(OrderReport(.open))])
    #expect(orders.state == .unknown && orders.giveUp(OrderID(7), now: 2)?.after == .cancelled)
  }
}

/// A fill or a report that contradicts the order it names does not count, and puts it in doubt.
@Suite struct OrderFits {
  private func misfit(_ change: [OrderChange]) -> OrderMisfit? {
    guard case .misfit(let misfit)? = change.first?.anomalies.first else { return nil }
    return misfit
  }

  private func other(account: UInt64 = 1, instrument: UInt64 = 1) -> OrderReference {
    OrderReference(account: AccountID(account), instrument: InstrumentID(instrument), order: OrderID(7))
  }

  @Test func fillsFit() {
    let open = tracker([.report(OrderReport(.open, time: 1))])
    func told(
      _ price: Decimal64, _ quantity: Decimal64, _ side: Side? = .buy, _ reference: OrderReference? = nil
    ) -> (OrderMisfit?, OrderTracker) {
      var orders = open
      let fill = Fill(trade: "a", price: price, quantity: quantity)
      return (misfit(orders.receive(fill, of: reference ?? other(), side: side, now: 2)), orders)
    }
    let cases: [(OrderMisfit, (OrderMisfit?, OrderTracker))] = [
      (.account(AccountID(2)), told(100, 4, .buy, other(account: 2))),
      (.instrument(InstrumentID(2)), told(100, 4, .buy, other(instrument: 2))), (.side(.sell), told(100, 4, .sell)),
      (.price(101), told(101, 4)), (.price(-1), told(-1, 4)), (.quantity(11), told(100, 11)),
    ]
    for (expected, (misfit, orders)) in cases {
      #expect(misfit == expected && orders.state == .unknown && orders[OrderID(7)]?.fillCount == 0, "\(expected)")
    }
    #expect(told(99, 4).0 == nil && told(100, 10).1.state == .filled && told(100, 4, nil).1.state == .partiallyFilled)
  }

  @Test func theSumOfFillsFitsAndAnAmendmentMakesRoom() {
    var orders = tracker([.fill(Fill(trade: "a", price: 100, quantity: 6))])
    var wide = orders
    let next = Fill(trade: "b", price: 103, quantity: 6)
    #expect(misfit(orders.receive(next, of: reference, now: 2)) == .price(103))
    _ = wide.amendRequested(OrderID(7), command: CommandID(5), price: 103, quantity: 12, now: 2)
    #expect(misfit(wide.receive(next, of: reference, now: 2)) == nil && wide[OrderID(7)]?.filled == 12)
  }

  /// Averages as exchanges give them: of a sum that was rounded to five or eight places.
  @Test(arguments: [
    // 0.019 of something at 60135.5, and a sum that was rounded up to five places.
    (Side.buy, "60135.5", "60135.50026", "0.019", true),
    // 0.0001 sold at 0.051234: a sum of 0.0000051234, kept with eight places.
    (.sell, "0.051234", "0.0512", "0.0001", true),
    (.buy, "60135.5", "60136.5", "0.019", false), (.sell, "60135.5", "60134.5", "0.019", false),
    (.sell, "0.051234", "0.0502", "1", false), (.buy, "100", "101.0", "1", false),
    // Rounded in its own last place.
    (.buy, "0.00001234", "0.000012341", "100000000", true), (.buy, "0.00001234", "0.0000136", "100000000", false),
  ])
  func anAverageIsAsGoodAsItsSum(side: Side, limit: String, average: String, filled: String, fits: Bool) throws {
    let quantity = try #require(Decimal64("1000000000"))
    var orders = OrderTracker()
    let draft = OrderDraft(side: side, type: .limit, quantity: quantity, price: Decimal64(limit))
    orders.track(
      TrackedOrder(
        id: OrderID(7), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "a", draft: draft,
        createCommand: CommandID(1), time: 0))
    let report = OrderReport(
      .partiallyFilled, filled: Decimal64(filled), quantity: quantity, price: Decimal64(limit),
      average: Decimal64(average), time: 1)
    let misfit = misfit(orders.receive(report, of: other(), side: side, now: 2))
    #expect(misfit == (fits ? nil : Decimal64(average).map { .price($0) }))
  }

  /// An order that an amendment made smaller, at an exchange whose answers have no time: what was reported of it before
  /// does not let its end wait for fills that there are not.
  @Test(arguments: [4 as Decimal64?, nil]) func whatIsFilledWholeIsNoLargerThanThat(quantity: Decimal64?) {
    var orders = tracker([.report(OrderReport(.open, filled: 0, quantity: 10))])
    _ = orders.amendRequested(OrderID(7), command: CommandID(5), price: nil, quantity: 4, now: 2)
    _ = orders.commandEnded(CommandID(5), .done, now: 3)
    _ = orders.receive(OrderReport(.open, filled: 0, quantity: 10), of: reference, now: 4)
    _ = orders.receive(Fill(trade: "a", price: 100, quantity: 4), of: reference, now: 5)
    _ = orders.receive(OrderReport(.filled, filled: 4, quantity: quantity), of: reference, now: 6)
    #expect(orders[OrderID(7)]?.state == .filled && orders[OrderID(7)]?.hasAllFills == true)
  }

  /// Called filled with less than what the same report says was ordered: the rest is waited for.
  @Test func whatIsCalledFilledAndIsNotLacksFills() {
    var orders = tracker([.report(OrderReport(.open, filled: 0, quantity: 10))])
    _ = orders.receive(Fill(trade: "a", price: 100, quantity: 4), of: reference, now: 5)
    _ = orders.receive(OrderReport(.filled, filled: 4, quantity: 10), of: reference, now: 6)
    #expect(orders[OrderID(7)]?.hasAllFills == false && orders[OrderID(7)]?.quantity == 10)
  }

  @Test func reportsFit() {
    let open = tracker([.report(OrderReport(.open, time: 1))])
    let cases: [(OrderReport, Side?, OrderMisfit?)] = [
      (OrderReport(.open, filled: 11, time: 2), nil, .quantity(11)),
      (OrderReport(.partiallyFilled, filled: 3, average: 101, time: 2), .buy, .price(101)),
      (OrderReport(.open, time: 2), .sell, .side(.sell)),
      (OrderReport(.open, filled: 3, average: 99, time: 2), .buy, nil),
      (OrderReport(.open, filled: 11, quantity: 12, time: 2), .buy, .widerQuantity(12)),
      (OrderReport(.open, quantity: 10, price: 101, time: 2), .buy, .widerLimit(101)),
      (OrderReport(.open, quantity: 8, price: 99, time: 2), .buy, nil),
      (OrderReport(.filled, filled: 0, time: 2), .buy, .nothingFilled),
    ]
    for (report, side, expected) in cases {
      var orders = open
      #expect(misfit(orders.receive(report, of: other(), side: side, now: 2)) == expected, "\(report)")
      #expect((orders.state == .unknown) == (expected != nil))
    }
    var doubted = open
    _ = doubted.receive(OrderReport(.open, time: 2), of: other(), side: .sell, now: 2)
    _ = doubted.receive(OrderReport(.open, time: 2), of: other(), side: .buy, asked: doubted.step, now: 3)
    #expect(doubted.state == .open, "the venue's answer settles it")
  }
}

/// An order that is to become larger has not ended because its old quantity is filled.
@Suite struct OrdersThatMayGrow {
  private let amend = CommandID(5)
  private let all = OrderEvent.fill(Fill(trade: "a", price: 100, quantity: 10))
  private var raise: OrderEvent { .amendRequested(amend, price: nil, quantity: 12) }

  private func state(_ events: [OrderEvent]) -> OrderState? { tracker(events).state }

  @Test func theOldQuantityIsNoEndUntilTheAmendmentHasOne() {
    #expect(state([all]) == .filled)
    #expect(state([raise, all]) == .partiallyFilled && state([all, raise]) == .partiallyFilled)
    for outcome in [CommandOutcome.refused, .notSent] {
      #expect(state([raise, all, .outcome(amend, outcome)]) == .filled)
      #expect(state([raise, .outcome(amend, outcome), all]) == .filled)
    }
    for outcome in [CommandOutcome.done, .unknown] {
      for events in [[raise, all, .outcome(amend, outcome)], [raise, .outcome(amend, outcome), all]] {
        let orders = tracker(events)
        #expect(orders.state == .partiallyFilled && orders[OrderID(7)]?.needsQuery == true, "\(outcome)")
      }
    }
    // As many reports as fills: what is filled is known, and how much was ordered is not.
    #expect(state([raise, .report(OrderReport(.partiallyFilled, filled: 10, time: 1))]) == .partiallyFilled)
  }

  @Test func theVenuesWordEndsItAtTheOldQuantityAndGoesOnAtTheNew() {
    let words = [OrderReport(.filled, filled: 10, time: 3), OrderReport(.open, filled: 10, quantity: 10, time: 3)]
    for word in words {
      for events in [[raise, all, .report(word)], [raise, .report(word), all], [all, .report(word), raise]] {
        #expect(state(events) == .filled)
        #expect(state(events + [.outcome(amend, .unknown)]) == .filled, "the amendment has failed")
      }
    }
    let seen = OrderEvent.report(OrderReport(.partiallyFilled, filled: 10, quantity: 12, time: 3))
    let rest = OrderEvent.fill(Fill(trade: "b", price: 100, quantity: 2))
    for outcome in [CommandOutcome.done, .unknown] {
      let events = [raise, all, .outcome(amend, outcome), seen]
      #expect(state(events) == .partiallyFilled && state(events + [rest]) == .filled)
      #expect(tracker(events)[OrderID(7)]?.needsQuery == false)
    }
    #expect(state([raise, all, .report(OrderReport(.cancelled, filled: 10, time: 3))]) == .cancelled)
  }

  /// What the venue had said of a quantity before it was asked for says nothing of the amendment.
  @Test func anOldReportOfTheSameQuantityIsNoAnswer() {
    let old = OrderEvent.report(OrderReport(.open, filled: 0, quantity: 10, time: 4))
    let down = OrderEvent.amendRequested(CommandID(4), price: nil, quantity: 6)
    let less = OrderEvent.report(OrderReport(.open, filled: 0, quantity: 6, time: 5))
    let up = OrderEvent.amendRequested(amend, price: nil, quantity: 10)
    let some = OrderEvent.fill(Fill(trade: "c", price: 100, quantity: 6))
    #expect(state([old, down, .outcome(CommandID(4), .done), less, up, old, some]) == .partiallyFilled)
  }

  @Test func anAmendmentDownNeverHoldsAnOrderOpen() {
    let down = OrderEvent.amendRequested(amend, price: nil, quantity: 6)
    let some = OrderEvent.fill(Fill(trade: "c", price: 100, quantity: 6))
    let seen = OrderEvent.report(OrderReport(.open, quantity: 6, time: 3))
    #expect(state([down, all]) == .filled)
    #expect(state([down, some]) == .partiallyFilled && state([down, some, seen]) == .filled)
    #expect(state([.amendRequested(amend, price: 101, quantity: nil), all]) == .filled)
  }

  /// Nothing grows with the number of amendments.
  @Test func amendmentsThatHaveEndedAreForgotten() {
    var orders = tracker()
    for number in 10..<1000 as Range<UInt64> {
      let command = CommandID(number)
      _ = orders.amendRequested(OrderID(7), command: command, price: 99, quantity: number % 3 == 0 ? nil : 12, now: 1)
      let outcome: CommandOutcome = number % 2 == 0 ? .unknown : .done
      #expect(orders.commandEnded(command, outcome, now: 1)?.anomalies == [])
      #expect(orders.commandEnded(command, outcome, now: 1) == nil)
    }
    #expect(orders[OrderID(7)].map { $0.amendments.count <= 2 } == true)
  }
}

/// Somebody makes an order smaller, or its limit stricter, at the exchange.
@Suite struct OrderNarrowings {
  private func anomalies(_ orders: inout OrderTracker, _ report: OrderReport) -> [OrderAnomaly] {
    orders.receive(report, of: reference, now: 2).flatMap(\.anomalies)
  }

  @Test func itIsTakenAloudAndOnce() {
    var orders = tracker([.report(OrderReport(.open, quantity: 10, price: 100, time: 1))])
    let smaller = OrderReport(.open, quantity: 8, price: 100, time: 2)
    #expect(anomalies(&orders, smaller) == [.reduced(8)] && orders.state == .open)
    #expect(orders[OrderID(7)]?.quantity == 8 && anomalies(&orders, smaller) == [])
    let stricter = OrderReport(.open, quantity: 8, price: 90, time: 3)
    #expect(anomalies(&orders, stricter) == [.tightened(90)] && orders[OrderID(7)]?.price == 90)
    #expect(orders[OrderID(7)]?.needsQuery == false)
    // An old word says nothing of what it is now.
    #expect(anomalies(&orders, OrderReport(.open, quantity: 7, price: 80, time: 2)) == [])
    #expect(anomalies(&orders, OrderReport(.filled, filled: 6, quantity: 6, price: 90, time: 4)) == [.reduced(6)])
    #expect(orders.state == .filled)
  }

  @Test func whatWasOrderedHereIsNoNews() {
    var orders = tracker([.report(OrderReport(.open, quantity: 10, price: 100, time: 1))])
    _ = orders.amendRequested(OrderID(7), command: CommandID(5), price: 95, quantity: 6, now: 2)
    #expect(anomalies(&orders, OrderReport(.open, quantity: 6, price: 95, time: 2)) == [])
    _ = orders.commandEnded(CommandID(5), .done, now: 3)
    #expect(anomalies(&orders, OrderReport(.open, quantity: 5, price: 95, time: 4)) == [.reduced(5)])
    // An amendment that was refused, and back to what was ordered first.
    _ = orders.amendRequested(OrderID(7), command: CommandID(6), price: nil, quantity: 10, now: 5)
    #expect(anomalies(&orders, OrderReport(.open, quantity: 10, price: 95, time: 6)) == [])
  }

  @Test func anEndAndAJournalAreNone() {
    var orders = tracker([.report(OrderReport(.open, quantity: 10, price: 100, time: 1))])
    #expect(anomalies(&orders, OrderReport(.cancelled, filled: 3, quantity: 3, price: 0, time: 2)) == [])
    orders = tracker()
    let kept = OrderEvent.report(OrderReport(.open, quantity: 8, price: 90, time: 1))
    orders.replay(kept, of: OrderID(7), now: 1)
    #expect(anomalies(&orders, OrderReport(.open, quantity: 8, price: 90, time: 2)) == [])
    #expect(anomalies(&orders, OrderReport(.open, quantity: 7, price: 90, time: 3)) == [.reduced(7)])
  }

  @Test func aSellIsStricterWhenItsLimitIsHigher() {
    var orders = OrderTracker()
    orders.track(
      TrackedOrder(
        id: OrderID(7), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7",
        draft: OrderDraft(side: .sell, type: .limit, quantity: 10, price: 100), createCommand: create, time: 0))
    #expect(anomalies(&orders, OrderReport(.open, quantity: 10, price: 110, time: 1)) == [.tightened(110)])
  }
}

/// A report may make an order larger, or its limit looser, only when that was wanted, or the venue confirms it.
@Suite struct OrderWidenings {
  private func misfits(_ changes: [OrderChange]) -> [OrderAnomaly] { changes.flatMap(\.anomalies) }

  @Test func anUnaskedWordDoesNotWidenAnOrder() {
    var orders = tracker([.report(OrderReport(.open, quantity: 10, price: 100, time: 1))])
    let wide = OrderReport(.open, quantity: 5000, price: 5000, time: 2)
    #expect(misfits(orders.receive(wide, of: reference, now: 2)) == [.misfit(.widerLimit(5000))])
    #expect(orders[OrderID(7)]?.quantity == 10 && orders[OrderID(7)]?.price == 100 && orders.state == .unknown)
    let fill = Fill(trade: "a", price: 5000, quantity: 4)
    #expect(misfits(orders.receive(fill, of: reference, now: 3)) == [.misfit(.price(5000))])
    #expect(orders[OrderID(7)]?.fillCount == 0 && orders[OrderID(7)]?.needsQuery == true)
  }

  /// Somebody has changed it at the exchange: it is in doubt until the exchange, asked after that, says so as well.
  @Test func theAnswerOfTheVenueWidensItAloud() {
    var orders = tracker([.report(OrderReport(.open, quantity: 10, price: 100, time: 1))])
    let wide = OrderReport(.open, quantity: 12, price: 100, time: 2)
    let asked = orders.step - 1
    #expect(misfits(orders.receive(wide, of: reference, asked: 0, now: 2)) == [.misfit(.widerQuantity(12))])
    #expect(misfits(orders.receive(wide, of: reference, asked: asked, now: 3)) == [.misfit(.widerQuantity(12))])
    #expect(orders.state == .unknown, "the question was older than the doubt")
    let told = misfits(orders.receive(wide, of: reference, asked: orders.step, now: 4))
    #expect(told == [.widened(.widerQuantity(12))] && orders.state == .open && orders[OrderID(7)]?.quantity == 12)
    let fill = Fill(trade: "a", price: 100, quantity: 12)
    #expect(misfits(orders.receive(fill, of: reference, now: 5)) == [] && orders.state == .filled)
  }

  @Test func anAmendmentIsSeenBeforeItsAnswer() {
    var orders = tracker([.report(OrderReport(.open, quantity: 10, price: 100, time: 1))])
    _ = orders.amendRequested(OrderID(7), command: CommandID(5), price: 103, quantity: 12, now: 2)
    let wide = OrderReport(.open, quantity: 12, price: 103, time: 2)
    #expect(misfits(orders.receive(wide, of: reference, now: 2)) == [] && orders.state == .open)
  }

  /// What a run knew when it ended was right, as far as it knew.
  @Test func aJournalWidens() {
    var orders = tracker()
    orders.replay(.report(OrderReport(.open, quantity: 12, price: 103, time: 2)), of: OrderID(7), now: 1)
    let fill = Fill(trade: "a", price: 103, quantity: 12)
    #expect(misfits(orders.receive(fill, of: reference, now: 5)) == [] && orders.state == .filled)
  }

  /// An order that goes on as another one may be larger by what was filled before it, and by nothing else.
  @Test func aPartIsNotLargerThanWhatWasOrdered() {
    for (quantity, expected) in [(10, []), (11, [.misfit(.widerQuantity(11))])] as [(Decimal64, [OrderAnomaly])] {
      var orders = tracker([.report(OrderReport(.open, filled: 4, quantity: 10, price: 100, time: 1))])
      let part = VenuePart("v2", continues: "v1", carried: 4)
      let report = OrderReport(.open, filled: 0, quantity: quantity, price: 100, time: 2, part: part)
      var other = reference
      other.venueOrderID = "v2"
      #expect(misfits(orders.receive(report, of: other, now: 2)) == expected)
    }
  }

  @Test func byValueTheVenueDerivesTheQuantity() {
    var orders = OrderTracker()
    let draft = OrderDraft(side: .buy, type: .market, quantity: 1000, flags: .byValue)
    orders.track(
      TrackedOrder(
        id: OrderID(7), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7", draft: draft,
        createCommand: create, time: 0))
    let report = OrderReport(.open, quantity: 5000, price: 7, time: 2)
    #expect(misfits(orders.receive(report, of: reference, now: 2)) == [] && orders[OrderID(7)]?.quantity == 5000)
    _ = orders.receive(OrderReport(.filled, time: 3), of: reference, now: 3)
    #expect(orders[OrderID(7)]?.hasAllFills == false, "no fill bears the end out")
  }

  @Test func feesThatCannotBeAddedAreNotKnown() {
    var orders = tracker([.report(OrderReport(.open, time: 1))])
    let most = Decimal64(mantissa: .max, exponent: 0)
    let cases: [(String, [OrderAnomaly])] = [("a", []), ("b", [.feesOutOfRange(asset: "X")]), ("c", [])]
    for (trade, expected) in cases {
      let fill = Fill(trade: trade, price: 100, quantity: 1, fee: most, feeAsset: "X")
      #expect(misfits(orders.receive(fill, of: reference, now: 2)) == expected)
    }
    #expect(orders[OrderID(7)]?.fees == ["X": nil] && orders[OrderID(7)]?.filled == 3)
  }

  @Test func whatCannotBeReadPutsItsOrderInDoubt() {
    var orders = tracker([.report(OrderReport(.open, time: 1))])
    #expect(misfits(orders.receive(unreadable: reference, now: 2)) == [.misfit(.unreadable)])
    #expect(orders.state == .unknown)
    var other = reference
    other.clientOrderID = "pb-8"
    other.venueOrderID = "v8"
    #expect(orders.receive(unreadable: other, now: 2).isEmpty)
  }
}
