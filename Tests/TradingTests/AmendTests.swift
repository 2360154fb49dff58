import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// Orders whose quantity is being changed while they are filled.
@Suite struct AmendTests {
  private func report(
    _ bench: Bench, _ id: OrderID, _ claim: OrderReport.Claim, _ filled: Decimal64, of quantity: Decimal64,
    time: Int64 = 0, command: CommandID? = nil
  ) -> AccountFact {
    guard case .order(var fact) = bench.report(id, claim, filled: filled, command: command, time: time) else {
      return bench.report(id, claim)
    }
    fact.report.quantity = quantity
    return .order(fact)
  }

  private func raised(to quantity: Decimal64 = 8) throws -> (Bench, OrderID) {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    try bench.trader.amend(id, quantity: quantity)
    bench.path.tell(bench.fill(id, "t1", 5))
    _ = bench.news()
    return (bench, id)
  }

  @Test func anOrderThatBecomesLargerLivesOn() throws {
    let (bench, id) = try raised()
    #expect(bench.trader.orders[id]?.state == .partiallyFilled && bench.trader.openCount == 1)
    try bench.path.answer(.amend) { [report(bench, id, .partiallyFilled, 5, of: 8, command: $0.id)] }
    #expect(bench.news() == [.amended(id)])
    bench.path.tell(bench.fill(id, "t2", 3))
    #expect(bench.news() == [.filled(id, Fill(trade: "t2", price: 10, quantity: 3)), .completed(id)])
  }

  @Test func aRefusalEndsItAtTheOldQuantity() throws {
    let (bench, id) = try raised()
    try bench.path.answer(.amend, unknownOrder)
    let failed = TraderEvent.amendFailed(id, error: UInt32(PB_ERR_UNKNOWN_ORDER), reason: "no such order")
    #expect(bench.news() == [failed, .completed(id)] && bench.trader.openCount == 0)
  }

  @Test func theVenuesWordEndsItBeforeTheAmendmentHasAnEnd() throws {
    let (bench, id) = try raised()
    bench.path.tell(bench.report(id, .filled, filled: 5))
    #expect(bench.news() == [.completed(id)])
    try bench.path.answer(.amend, unknownOrder)
    let failed = TraderEvent.amendFailed(id, error: UInt32(PB_ERR_UNKNOWN_ORDER), reason: "no such order")
    #expect(bench.news() == [failed] && bench.trader.orders[id]?.state == .filled)
  }

  @Test(arguments: [true, false]) func withoutAnAnswerTheVenueIsAskedUntilItSaysWhich(isLarger: Bool) throws {
    let (bench, id) = try raised()
    try bench.path.answer(.amend, noAnswer)
    #expect(bench.trader.orders[id]?.state == .partiallyFilled)
    bench.wait(1)
    try bench.path.answer(.order, noAnswer)
    bench.wait(10)
    try bench.path.answer(.order) { [report(bench, id, .partiallyFilled, 5, of: isLarger ? 8 : 5, command: $0.id)] }
    #expect(bench.trader.orders[id]?.state == (isLarger ? .partiallyFilled : .filled))
    #expect(bench.news().contains(.completed(id)) == !isLarger)
  }

  /// It was done, nothing was said of the quantity, and it fills on: no stream word is needed for that to end well.
  @Test func anAmendmentThatIsDoneIsFollowedByAQuestion() throws {
    let (bench, id) = try raised()
    try bench.path.answer(.amend)
    bench.path.tell(bench.fill(id, "t2", 2))
    bench.wait(3)
    try bench.path.answer(.order) { [report(bench, id, .partiallyFilled, 7, of: 8, command: $0.id)] }
    bench.path.tell(bench.fill(id, "t3", 1))
    #expect(bench.news().last == .completed(id) && bench.trader.orders[id]?.filled == 8)
  }

  /// The next run knows of an amendment that was on its way, and does not take the order for filled.
  @Test func aCrashForgetsNoAmendment() throws {
    let (first, id) = try raised()
    let second = try Bench(journal: first.journal)
    second.path.nextCommand = 100
    try second.trader.start()
    #expect(second.trader.orders[id]?.state == .partiallyFilled && second.trader.openCount == 1)
    second.path.tell(.stream(main, .live, reason: ""))
    second.wait(1)
    try second.path.answer(.order) { [report(second, id, .partiallyFilled, 5, of: 8, command: $0.id)] }
    second.path.tell(second.fill(id, "t2", 3))
    #expect(second.news().contains(.completed(id)))
    // Price and quantity that were on their way fit after a restart as well.
    #expect(second.trader.orders[id]?.fillCount == 2)
  }

  /// Smaller than what is filled by then: venues end such an order as filled or refuse; both are its end.
  @Test func anAmendmentBelowWhatIsFilledEnds() throws {
    for isRefused in [true, false] {
      let bench = try Bench()
      try bench.ready()
      let id = try bench.opened()
      try bench.trader.amend(id, quantity: 3)
      bench.path.tell(bench.fill(id, "t1", 4))
      if isRefused {
        try bench.path.answer(.amend, CommandResult(.refused, error: UInt32(PB_ERR_INVALID_ORDER), text: "filled more"))
        #expect(bench.trader.orders[id]?.state == .partiallyFilled)
        bench.path.tell(bench.fill(id, "t2", 1))
      } else {
        try bench.path.answer(.amend) { [report(bench, id, .filled, 4, of: 4, command: $0.id)] }
      }
      #expect(bench.trader.orders[id]?.state == .filled && bench.news().last { $0 != .amended(id) } == .completed(id))
    }
  }
}
