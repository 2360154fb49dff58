import Decimals
import MarketModel
import SeededNumbers
import Testing

private let create = CommandID(1)
private let cancel = CommandID(2)

private func order(quantity: Decimal64 = 10) -> TrackedOrder {
  TrackedOrder(
    id: OrderID(7), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7",
    draft: OrderDraft(side: .buy, type: .limit, quantity: quantity, price: 100), createCommand: create, time: 0)
}

private func fill(_ trade: String, _ quantity: Decimal64, price: Decimal64 = 100) -> OrderEvent {
  .fill(Fill(trade: trade, price: price, quantity: quantity))
}

private func state(after events: [OrderEvent]) -> OrderState {
  var order = order()
  for event in events { _ = order.receive(event) }
  return order.state
}

@Suite struct OrderStates {
  @Test func followTheFacts() {
    let cases: [(OrderState, [OrderEvent])] = [
      (.pendingCreate, []), (.open, [.outcome(create, .done)]), (.unknown, [.outcome(create, .unknown)]),
      (.rejected, [.outcome(create, .refused)]), (.open, [.report(OrderReport(.untriggered))]),
      (.open, [.outcome(create, .unknown), .report(OrderReport(.open))]),
      (.partiallyFilled, [.outcome(create, .unknown), fill("a", 1)]),
      (.partiallyFilled, [.report(OrderReport(.open, filled: 3))]), (.filled, [fill("a", 4), fill("b", 6)]),
      (.filled, [.report(OrderReport(.filled))]), (.filled, [.report(OrderReport(.open, filled: 10))]),
      (.pendingCancel, [.outcome(create, .done), .cancelRequested(cancel)]),
      (.pendingCancel, [.cancelRequested(cancel), .outcome(cancel, .done)]),
      (.pendingCancel, [.cancelRequested(cancel), .outcome(cancel, .unknown)]),
      (.open, [.outcome(create, .done), .cancelRequested(cancel), .outcome(cancel, .refused)]),
      (.cancelled, [.report(OrderReport(.cancelled))]), (.expired, [.report(OrderReport(.expired, filled: 2))]),
      (.rejected, [.report(OrderReport(.rejected))]), (.unknown, [fill("a", 1), .report(OrderReport(.rejected))]),
      (.cancelled, [fill("a", 1), .report(OrderReport(.rejected, time: 5))]),
      (.notSent, [.outcome(create, .notSent)]), (.notSent, [.report(OrderReport(.notSent))]),
    ]
    for (expected, events) in cases { #expect(state(after: events) == expected, "\(events)") }
  }

  @Test func aFillThatRacesACancelIsKept() {
    var raced = order()
    _ = raced.receive(.cancelRequested(cancel))
    _ = raced.receive(.report(OrderReport(.cancelled, filled: 0)))
    #expect(raced.receive(fill("late", 4)) == [])
    #expect(raced.state == .cancelled && raced.filled == 4 && raced.remaining == 6)
    _ = raced.receive(fill("later", 6))
    #expect(raced.state == .filled && raced.fills.count == 2)
  }

  @Test func fillsCountOnceAndTheVenuesFeeWins() {
    var tested = order()
    _ = tested.receive(.fill(Fill(trade: "a", price: 100, quantity: 3, fee: 2, isFeeEstimated: true)))
    _ = tested.receive(.fill(Fill(trade: "a", price: 100, quantity: 3, fee: 1)))
    _ = tested.receive(.fill(Fill(trade: "a", price: 100, quantity: 3, fee: 2, isFeeEstimated: true)))
    #expect(tested.filled == 3 && tested.fills.map(\.fee) == [1])
    #expect(tested.receive(fill("a", 4)) == [.fillConflict(trade: "a")] && tested.filled == 3)
    #expect(tested.receive(fill("", 4)) == [.malformedFill] && tested.receive(fill("b", 0)) == [.malformedFill])
    _ = tested.receive(fill("b", 1, price: 104))
    #expect(tested.averagePrice(places: 2)?.description == "101.00")
  }

  @Test func filledNeverGoesDown() {
    var tested = order()
    _ = tested.receive(.report(OrderReport(.partiallyFilled, filled: 5, time: 10)))
    #expect(tested.receive(.report(OrderReport(.open, filled: 2, time: 9))) == [])
    #expect(tested.receive(.report(OrderReport(.open, filled: 2, time: 11))) == [.filledShrank])
    #expect(tested.filled == 5 && !tested.hasAllFills)
    _ = tested.receive(fill("a", 5))
    #expect(tested.hasAllFills && tested.filled == 5)
  }

  @Test func nonsenseIsReportedNotTrapped() {
    var tested = order()
    _ = tested.receive(.report(OrderReport(.cancelled, time: 5)))
    #expect(tested.receive(.report(OrderReport(.open, time: 4))) == [])
    #expect(tested.receive(.report(OrderReport(.open, time: 6))) == [.reopened] && tested.state == .open)
    #expect(tested.receive(.report(OrderReport(.cancelled, time: 7))) == [] && tested.state == .cancelled)
    #expect(tested.receive(.report(OrderReport(.expired, time: 8))) == [.conflictingEnds])
    #expect(tested.receive(fill("x", 11)) == [.overfilled] && tested.state == .filled)
    #expect(tested.receive(.outcome(CommandID(99), .done)).first == .strangeCommand(CommandID(99)))
    var refused = order()
    _ = refused.receive(.outcome(create, .refused))
    #expect(refused.receive(.report(OrderReport(.open))) == [.aliveAfterRefusal] && refused.state == .open)
    var wide = order()
    _ = wide.receive(.fill(Fill(trade: "a", price: 1, quantity: Decimal64(mantissa: .max, exponent: 0))))
    #expect(wide.receive(fill("b", Decimal64(mantissa: 1, exponent: -30))).contains(.outOfRange))
  }

  @Test func whatGotNoAnswerMustBeAsked() {
    var tested = order()
    #expect(!tested.needsQuery)
    _ = tested.receive(.outcome(create, .unknown))
    #expect(tested.needsQuery)
    _ = tested.receive(.cancelRequested(cancel))
    #expect(tested.needsQuery)
    _ = tested.receive(.report(OrderReport(.open)))
    #expect(!tested.needsQuery)
    _ = tested.receive(.outcome(cancel, .unknown))
    #expect(tested.needsQuery)
    _ = tested.receive(.report(OrderReport(.cancelled)))
    #expect(!tested.needsQuery)
  }

  @Test func amendmentsChangeTheQuantityByTime() {
    var tested = order()
    _ = tested.receive(.report(OrderReport(.open, filled: 4, quantity: 4, time: 20)))
    _ = tested.receive(.report(OrderReport(.open, filled: 4, quantity: 10, time: 10)))
    #expect(tested.quantity == 4 && tested.state == .filled)
  }

  /// The same events in any order, some of them twice, end in the same state with the same fills, as long as the venue
  /// gives its reports times and names one end.
  @Test(arguments: [UInt64(1), 2, 3, 4])
  func arrivalDoesNotMatter(seed: UInt64) {
    var random = SplitMix(state: seed)
    for _ in 0..<1500 {
      let events = story(&random)
      let amendments = (0..<Int.random(in: 0...2, using: &random)).map { number in
        (CommandID(UInt64(20 + number)), Decimal64(Int64.random(in: 8...14, using: &random)))
      }
      let ends = amendments.compactMap { command, _ -> OrderEvent? in
        CommandOutcome.allCases.randomElement(using: &random).map { .outcome(command, $0) }
      }
      var outcomes: [(OrderState, Decimal64, Decimal64?, [Fill])] = []
      for _ in 0..<4 {
        var tested = order()
        // A command's end cannot come before it was given; everything else may.
        _ = tested.receive(.cancelRequested(cancel))
        for (command, quantity) in amendments {
          _ = tested.receive(.amendRequested(command, price: nil, quantity: quantity))
        }
        var filled = Decimal64.zero
        let repeated = events.filter { _ in random.next() % 3 == 0 }
        for event in (events + ends + repeated).shuffled(using: &random) {
          _ = tested.receive(event)
          #expect(tested.filled >= filled)
          filled = tested.filled
        }
        outcomes.append((tested.state, tested.filled, tested.quantity, tested.fills))
      }
      #expect(outcomes.allSatisfy { $0 == outcomes[0] })
    }
  }

  private func story(_ random: inout SplitMix) -> [OrderEvent] {
    var events: [OrderEvent] = []
    for index in 0..<Int.random(in: 0...4, using: &random) {
      events.append(fill("t\(index)", Decimal64(Int64.random(in: 1...4, using: &random))))
    }
    let ends = OrderReport.Claim.allCases.filter { !$0.isAlive && $0 != .notSent }
    let claims = [.open, .partiallyFilled, .untriggered, ends.randomElement(using: &random) ?? .cancelled]
    for _ in 0..<Int.random(in: 0...5, using: &random) {
      let claim = claims.randomElement(using: &random) ?? .open
      let filled = random.next() % 2 == 0 ? nil : Decimal64(Int64.random(in: 0...10, using: &random))
      let quantity = random.next() % 3 == 0 ? Decimal64(Int64.random(in: 8...12, using: &random)) : nil
      // One report that shows all filled names an end; here a story has one.
      if claim.isAlive, let filled, let quantity, filled >= quantity { continue }
      let time = Int64.random(in: 1...5, using: &random)
      events.append(.report(OrderReport(claim, filled: filled, quantity: quantity, time: time)))
    }
    for command in [create, cancel] where random.next() % 2 == 0 {
      events.append(.outcome(command, CommandOutcome.allCases.randomElement(using: &random) ?? .done))
    }
    return events
  }
}

@Suite struct OrderTracking {
  private let byClient = OrderReference(account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7")
  private let byVenue = OrderReference(account: AccountID(1), instrument: InstrumentID(1), venueOrderID: "v1")
  private let byBoth = OrderReference(
    account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7", venueOrderID: "v1")

  /// A venue that was set up anew counts its ids anew: what names one of them alone is of the order that has it now.
  @Test func anIdOfTheVenueThatComesAgainIsOfTheNewOrder() {
    func second(_ state: OrderReport.Claim) -> OrderTracker {
      var tracker = OrderTracker()
      tracker.track(order())
      tracker.track(
        TrackedOrder(
          id: OrderID(8), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-8",
          draft: OrderDraft(side: .buy, type: .limit, quantity: 10, price: 100), createCommand: CommandID(8), time: 0))
      _ = tracker.receive(OrderReport(state, time: 1), of: byBoth, now: 1)
      let next = OrderReference(
        account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-8", venueOrderID: "v1")
      _ = tracker.receive(OrderReport(.open, time: 2), of: next, now: 2)
      _ = tracker.receive(Fill(trade: "a", price: 100, quantity: 3), of: byVenue, now: 3)
      return tracker
    }
    let ended = second(.cancelled)
    #expect(ended[OrderID(7)]?.fillCount == 0 && ended[OrderID(7)]?.venueOrderIDs == [])
    #expect(ended[OrderID(8)]?.fillCount == 1 && ended[OrderID(8)]?.venueOrderIDs == ["v1"])
    // Two that live cannot have one id: the first keeps it.
    let alive = second(.open)
    #expect(alive[OrderID(7)]?.fillCount == 1 && alive[OrderID(8)]?.venueOrderIDs == [])
  }

  /// A venue may name an order anew as often as it likes.
  @Test func namesOfTheVenueAndOfTradesAreBounded() {
    var tracker = OrderTracker()
    tracker.track(order())
    for number in 1...1000 {
      let reference = OrderReference(
        account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7", venueOrderID: "n\(number)")
      _ = tracker.receive(OrderReport(.open, time: Int64(number)), of: reference, now: 1)
    }
    #expect(tracker[OrderID(7)]?.venueOrderIDs.count == TrackedOrder.idLimit)
    #expect(tracker[OrderID(7)]?.venueOrderIDs.last == "n1000")
    func named(_ id: String) -> OrderReference {
      OrderReference(account: AccountID(1), instrument: InstrumentID(1), venueOrderID: id)
    }
    #expect(tracker.receive(OrderReport(.open, time: 2000), of: named("n1"), now: 2).isEmpty)
    #expect(tracker.receive(OrderReport(.open, time: 2000), of: named("n1000"), now: 2).count == 1)
    let long = Fill(trade: String(repeating: "t", count: 129), price: 100, quantity: 1)
    #expect(tracker.receive(long, of: named("n1000"), now: 2).first?.anomalies == [.malformedFill])
    // Less than nothing is no fill: it contradicts the order, and says so.
    let negative = Fill(trade: "minus", price: 100, quantity: -3)
    #expect(
      tracker.receive(negative, of: named("n1000"), now: 3).first?.anomalies == [.misfit(.negativeQuantity(-3))])
  }

  /// What the venue reports of the time in force is known, the latest word of it.
  @Test func theTimeInForceIsReadBack() {
    var tested = order()
    let before = tested.timeInForce
    _ = tested.receive(.report(OrderReport(.open, time: 1)))
    #expect(tested.timeInForce == before)
    _ = tested.receive(.report(OrderReport(.open, timeInForce: .immediateOrCancel, time: 5)))
    _ = tested.receive(.report(OrderReport(.open, timeInForce: .fillOrKill, time: 4)))
    #expect(tested.timeInForce == .immediateOrCancel)
  }

  @Test func aFillBeforeTheAnswerWaitsForItsOrder() {
    var tracker = OrderTracker()
    #expect(tracker.track(order()) && !tracker.track(order()))
    let early = Fill(trade: "a", price: 100, quantity: 3)
    #expect(tracker.receive(early, of: byVenue, now: 1).isEmpty && tracker.orphanCount == 1)
    let changes = tracker.receive(OrderReport(.open), of: byBoth, now: 2)
    #expect(changes.map(\.after) == [.open, .partiallyFilled] && changes.map(\.newFill) == [nil, early])
    #expect(tracker.orphanCount == 0 && tracker[OrderID(7)]?.venueOrderIDs == ["v1"])
    let again = tracker.receive(early, of: byVenue, now: 3)
    #expect(again.count == 1 && again[0].newFill == nil && again[0].before == .partiallyFilled)
  }

  @Test func venueIdsBelongToAnAccountAndInstrument() {
    var tracker = OrderTracker()
    tracker.track(order())
    _ = tracker.receive(OrderReport(.open), of: byBoth, now: 1)
    var elsewhere = byVenue
    elsewhere.instrument = InstrumentID(2)
    #expect(tracker.receive(OrderReport(.cancelled), of: elsewhere, now: 2).isEmpty)
    #expect(tracker[OrderID(7)]?.state == .open)
  }

  @Test func strangersAreNotHeld() {
    var tracker = OrderTracker(orphanLimit: 2)
    var stranger = byBoth
    stranger.clientOrderID = "someone-else"
    #expect(tracker.receive(OrderReport(.open), of: stranger, now: 1).isEmpty && tracker.orphanCount == 0)
    for _ in 0..<3 { _ = tracker.receive(OrderReport(.open), of: byVenue, now: 1) }
    #expect(tracker.orphanCount == 2 && tracker.orphansDropped == 1)
  }

  @Test func commandsFindTheirOrder() {
    var tracker = OrderTracker()
    tracker.track(order())
    #expect(tracker.commandEnded(create, .done, now: 1)?.after == .open)
    #expect(tracker.cancelRequested(OrderID(7), command: cancel, now: 2)?.after == .pendingCancel)
    #expect(tracker.cancelRequested(OrderID(7), command: cancel, now: 2) == nil)
    #expect(tracker.commandEnded(cancel, .refused, now: 3)?.after == .open)
    #expect(tracker.commandEnded(CommandID(55), .done, now: 3) == nil)
    #expect(tracker.inFlight.map(\.id) == [OrderID(7)])
  }

  @Test func endedOrdersStayForLateFills() {
    var tracker = OrderTracker()
    tracker.track(order())
    _ = tracker.receive(OrderReport(.cancelled), of: byBoth, now: 10)
    #expect(tracker.inFlight.isEmpty && tracker.removeEnded(unchangedSince: 10).isEmpty)
    let late = tracker.receive(Fill(trade: "a", price: 100, quantity: 2), of: byVenue, now: 20)
    #expect(late.first?.newFill != nil && tracker.order(clientOrderID: "pb-7")?.filled == 2)
    #expect(tracker.removeEnded(unchangedSince: 20).isEmpty)
    #expect(tracker.removeEnded(unchangedSince: 21).map(\.id) == [OrderID(7)])
    #expect(tracker[OrderID(7)] == nil && tracker.commandEnded(create, .done, now: 30) == nil)
    #expect(tracker.track(order()) == true)
  }
}
