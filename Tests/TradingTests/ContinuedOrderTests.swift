import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// Orders that the venue changes by making new ones: for the strategy it is one order.
@Suite struct ContinuedOrderTests {
  private func fact(
    _ bench: Bench, _ id: OrderID, _ venue: String, _ claim: OrderReport.Claim, _ filled: Decimal64,
    of quantity: Decimal64, continues: String = "", carried: Decimal64 = .zero, command: CommandID? = nil
  ) -> AccountFact {
    let order = bench.trader.orders[id]
    let reference = OrderReference(
      account: main, instrument: InstrumentID(1), clientOrderID: order?.clientOrderID ?? "", venueOrderID: venue)
    let report = OrderReport(
      claim, filled: filled, quantity: quantity, price: 10,
      part: VenuePart(venue, continues: continues, carried: carried))
    return .order(OrderFact(reference, report, command: command, side: .buy, type: .limit))
  }

  private func fill(_ venue: String, _ trade: String, _ quantity: Decimal64) -> AccountFact {
    let reference = OrderReference(account: main, instrument: InstrumentID(1), venueOrderID: venue)
    return .fill(FillFact(reference, Fill(trade: trade, price: 10, quantity: quantity)))
  }

  /// An order of 5 of which 2 are filled, with an amendment to 8 on its way.
  private func amending() throws -> (Bench, OrderID) {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.path.answer(.place) { [fact(bench, id, "v1", .open, 0, of: 5, command: $0.id)] }
    bench.path.tell(fill("v1", "t1", 2))
    bench.path.tell(fact(bench, id, "v1", .partiallyFilled, 2, of: 5))
    try bench.trader.amend(id, quantity: 8)
    _ = bench.news()
    return (bench, id)
  }

  @Test func theStrategySeesOneOrder() throws {
    let (bench, id) = try amending()
    bench.path.tell(fact(bench, id, "v1", .cancelled, 2, of: 5))
    #expect(bench.news() == [] && bench.trader.orders[id]?.state == .partiallyFilled)
    try bench.path.answer(.amend) {
      [fact(bench, id, "v2", .open, 0, of: 6, continues: "v1", carried: 2, command: $0.id)]
    }
    #expect(bench.news() == [.amended(id)] && bench.trader.orders[id]?.quantity == 8)
    try bench.trader.amend(id, quantity: 9)
    #expect(bench.path.draft(.amend)?.carried == 2 && bench.path.draft(.amend)?.quantity == 9)
    try bench.path.answer(.amend, unknownOrder)
    _ = bench.news()
    try bench.trader.cancel(id)
    bench.wait(0.1)
    #expect(bench.path.draft(.cancel)?.venueOrder == "v2")
    bench.path.tell(fill("v2", "t2", 6))
    bench.path.tell(fact(bench, id, "v2", .filled, 6, of: 6))
    #expect(bench.news() == [.filled(id, Fill(trade: "t2", price: 10, quantity: 6)), .completed(id)])
  }

  @Test func theNewOneIsRefusedAfterTheCancel() throws {
    let (bench, id) = try amending()
    bench.path.tell(fact(bench, id, "v1", .cancelled, 2, of: 5))
    try bench.path.answer(.amend, CommandResult(.refused, error: UInt32(PB_ERR_FUNDS), text: "too dear"))
    let failed = TraderEvent.amendFailed(id, error: UInt32(PB_ERR_FUNDS), reason: "too dear")
    #expect(bench.news() == [failed, .cancelled(id, reason: "")] && bench.trader.openCount == 0)
  }

  /// The cancel was heard of, the answer was not: the venue is asked before anything is said.
  @Test(arguments: [true, false]) func theAnswerIsLost(isMade: Bool) throws {
    let (bench, id) = try amending()
    bench.path.tell(fact(bench, id, "v1", .cancelled, 2, of: 5))
    try bench.path.answer(.amend, noAnswer)
    let failed = TraderEvent.amendFailed(id, error: UInt32(PB_ERR_TRANSIENT), reason: "no answer: no answer")
    #expect(bench.news().filter { $0 != failed }.allSatisfy { if case .anomaly = $0 { true } else { false } })
    #expect(bench.trader.orders[id]?.state == .unknown && bench.path.count(.order) == 1)
    try bench.path.answer(.order) { command in
      let made = fact(bench, id, "v2", .open, 0, of: 6, continues: "v1", carried: 2, command: command.id)
      return [isMade ? made : fact(bench, id, "v1", .cancelled, 2, of: 5, command: command.id)]
    }
    #expect(bench.trader.orders[id]?.state == (isMade ? .partiallyFilled : .cancelled))
    #expect(bench.news() == (isMade ? [] : [.cancelled(id, reason: "")]))
  }

  /// A host that was away meanwhile, with a connector that knows of no replacement.
  @Test(arguments: [true, false]) func aRestartComesBetween(wasTold: Bool) throws {
    let (first, id) = try amending()
    if wasTold {
      try first.path.answer(.amend) {
        [fact(first, id, "v2", .open, 0, of: 6, continues: "v1", carried: 2, command: $0.id)]
      }
    }
    let second = try Bench(journal: first.journal)
    second.path.nextCommand = 100
    try second.trader.start()
    let order = second.trader.orders[id]
    #expect(order?.state == .partiallyFilled && order?.venueOrderID == (wasTold ? "v2" : "v1") && order?.filled == 2)
    second.path.tell(.stream(main, .live, reason: ""))
    second.path.tell(fact(second, id, "v1", .cancelled, 2, of: 5))
    #expect(second.news().allSatisfy { if case .cancelled = $0 { false } else { true } })
    second.wait(1)
    if wasTold {
      second.path.tell(fact(second, id, "v2", .partiallyFilled, 1, of: 6))
    } else {
      try second.path.answer(.order) { [fact(second, id, "v2", .partiallyFilled, 1, of: 6, command: $0.id)] }
    }
    let after = second.trader.orders[id]
    #expect(after?.state == .partiallyFilled && after?.filled == 3 && after?.quantity == 8)
    second.path.tell(fill("v2", "t2", 6))
    second.path.tell(fact(second, id, "v2", .filled, 6, of: 6))
    #expect(second.news().last == .completed(id) && second.trader.orders[id]?.filled == 8)
  }
}
