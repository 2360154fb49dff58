import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// A connector that does not answer: no order stays pending, and nothing waits for it for ever.
@Suite struct UnansweredTests {
  @Test func anUnansweredOrderIsInDoubtAndAskedAbout() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    bench.wait(9.9)
    #expect(bench.trader.orders[id]?.state == .pendingCreate && bench.path.count(.order) == 0)
    bench.wait(0.2)
    let order = try #require(bench.trader.orders[id])
    #expect(order.state == .unknown && bench.path.count(.order) == 1)
    #expect(bench.trader.reason(of: order).contains("has not been answered"))
    // Answers that it is not there decide nothing while its request may still leave, and travel.
    while bench.path.count(.order) > 0, bench.path.times.mono < 120 * second {
      #expect(bench.trader.orders[id]?.state == .unknown)
      try bench.path.answer(.order, unknownOrder)
      bench.wait(31)
    }
    // What the connector says after all counts.
    try bench.path.answer(.place) { [bench.report(id, .open, filled: 0, command: $0.id)] }
    #expect(bench.trader.orders[id]?.state == .open && bench.news().contains(.created(id)))
  }

  /// The venue has taken an order that was given up: it is looked after again.
  @Test func aLateAnswerBringsALostOrderBack() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    for _ in 0..<40 where bench.trader.orders[id]?.state != .lost {
      bench.wait(10)
      while bench.path.count(.order) > 0 { try bench.path.answer(.order, unknownOrder) }
      while bench.path.count(.fills) > 0 { try bench.answerList(.fills) }
    }
    #expect(bench.trader.orders[id]?.state == .lost && bench.news().contains(.lost(id)))
    try bench.path.answer(.place)
    #expect(bench.trader.orders[id]?.state == .open && bench.news().contains(.adopted(id)))
    try bench.trader.cancel(id)
    #expect(bench.path.count(.cancel) == 1)
  }

  /// What the stream says of an order whose placing is not answered is true, whatever the answer says later.
  @Test func aFillGoesBeforeALateRefusal() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    bench.wait(11)
    let client = bench.trader.orders[id]?.clientOrderID ?? ""
    let reference = OrderReference(
      account: main, instrument: InstrumentID(1), clientOrderID: client, venueOrderID: "v\(id.rawValue)")
    bench.path.tell(.fill(FillFact(reference, Fill(trade: "t1", price: 10, quantity: 2))))
    #expect(bench.trader.orders[id]?.state == .partiallyFilled)
    while bench.path.count(.order) > 0 { try bench.path.answer(.order, noAnswer) }
    try bench.path.answer(.place, CommandResult(.refused, error: UInt32(PB_ERR_OTHER), text: "no"))
    #expect(bench.trader.orders[id]?.state == .partiallyFilled)
    bench.wait(31)
    #expect(bench.path.count(.order) == 1, "it is asked about")
    try bench.path.answer(.order) { [bench.report(id, .cancelled, filled: 2, command: $0.id)] }
    #expect(bench.trader.orders[id]?.state == .cancelled && bench.trader.orders[id]?.filled == 2)
  }

  /// A wish to cancel an order whose placing is not answered waits until the venue shows it, and is not forgotten.
  @Test func aCancelWaitsForTheOrderInDoubt() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.trader.cancel(id)
    #expect(bench.path.count(.cancel) == 0)
    bench.wait(10.1)
    #expect(bench.path.count(.order) == 1 && bench.path.count(.cancel) == 0)
    try bench.path.answer(.order) { [bench.report(id, .open, filled: 0, command: $0.id)] }
    #expect(bench.path.count(.cancel) == 1)
  }

  @Test func aLateRefusalIsARefusal() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    bench.wait(11)
    #expect(bench.trader.orders[id]?.state == .unknown)
    try bench.path.answer(.place, CommandResult(.refused, error: UInt32(PB_ERR_FUNDS), text: "too poor"))
    let order = try #require(bench.trader.orders[id])
    #expect(order.state == .rejected && bench.trader.reason(of: order) == "too poor")
    #expect(bench.trader.error(of: order) == UInt32(PB_ERR_FUNDS))
  }

  /// What waits in the host for a limit is known not to be at the venue.
  @Test func whatHasNotLeftIsInNoDoubt() throws {
    let bench = try Bench()
    try bench.ready()
    bench.path.isHeldBack = true
    let id = try bench.trader.place(bench.request())
    bench.wait(25)
    #expect(bench.trader.orders[id]?.state == .pendingCreate && bench.path.count(.order) == 0)
    bench.path.isHeldBack = false
    bench.wait(1.1)
    #expect(bench.trader.orders[id]?.state == .unknown)
  }

  @Test func aBatchIsInDoubtAsAWhole() throws {
    let bench = try Bench()
    try bench.ready()
    let ids = try bench.trader.place([bench.request(), bench.request()]).map { try $0.get() }
    bench.wait(11)
    #expect(ids.map { bench.trader.orders[$0]?.state } == [.unknown, .unknown])
  }

  @Test func anUnansweredCancelIsGivenAgain() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    try bench.trader.cancel(id)
    #expect(bench.path.count(.cancel) == 1)
    bench.wait(31)
    #expect(bench.path.count(.order) == 1, "it is asked what became of it")
    try bench.path.answer(.order) { [bench.report(id, .open, filled: 0, command: $0.id)] }
    bench.wait(2)
    #expect(bench.path.count(.cancel) == 2)
    // The answer to the first one is no answer to the second.
    try bench.path.answer(.cancel)
    #expect(bench.path.count(.cancel) == 1 && bench.trader.orders[id]?.state == .pendingCancel)
  }

  @Test func listsAreAskedForAgain() throws {
    let bench = try Bench()
    try bench.trader.start()
    #expect(bench.path.count(.openOrders) == 1)
    bench.wait(590)
    #expect(bench.path.count(.openOrders) == 1 && !bench.trader.isReady)
    bench.wait(12)
    #expect(bench.path.count(.openOrders) == 2 && bench.trader.counters.unanswered > 0)
  }
}
