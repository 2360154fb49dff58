import Decimals
import MarketModel
import Simulation
import Testing

@testable import VenueExchange

/// What simulations and soaks judge by: every way to be wrong is noticed.
@Suite struct ComparisonTests {
  private func known(_ events: [OrderEvent]) -> TrackedOrder {
    var order = TrackedOrder(
      id: OrderID(7), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7",
      draft: OrderDraft(side: .buy, type: .limit, quantity: 10, price: 100), createCommand: CommandID(1), time: 0)
    for event in events { _ = order.receive(event) }
    return order
  }

  private func fill(_ trade: String, _ quantity: Decimal64, fee: Decimal64 = 1) -> OrderEvent {
    .fill(Fill(trade: trade, price: 100, quantity: quantity, fee: fee, feeAsset: "USDT"))
  }

  private func truth(
    _ state: TruthOrder.State, id: UInt64 = 1, filled: Decimal64 = 0, fills: [Decimal64] = [], fee: Decimal64 = 1
  ) -> TruthOrder {
    TruthOrder(
      id: id, client: "pb-7", symbol: "BTCUSDT", isBuy: true, price: 100, quantity: 10, filled: filled, state: state,
      fills: fills.enumerated().map { index, quantity in
        TruthFill(trade: UInt64(index), price: 100, quantity: quantity, fee: fee, feeAsset: "USDT", isMaker: false)
      })
  }

  private func faults(_ events: [OrderEvent], _ truth: [TruthOrder]) -> [String] {
    OrderTruth.faults(of: known(events), named: "it", against: truth)
  }

  @Test func whatAgreesIsPassed() {
    #expect(faults([.report(OrderReport(.open))], [truth(.open)]) == [])
    #expect(faults([fill("a", 4)], [truth(.open, filled: 4, fills: [4])]) == [])
    #expect(faults([fill("a", 4), fill("b", 6)], [truth(.filled, filled: 10, fills: [6, 4])]) == [])
    #expect(faults([.report(OrderReport(.cancelled))], [truth(.cancelled)]) == [])
    #expect(faults([.outcome(CommandID(1), .refused)], []) == [])
  }

  @Test func anOrderThatWasReplacedIsOne() {
    let order = known([fill("a", 4)])
    func faults(_ ids: Int, _ truth: [TruthOrder]) -> [String] {
      OrderTruth.faults(of: order, named: "it", ids: ids, against: truth)
    }
    let parts = [truth(.open, id: 2), truth(.cancelled, filled: 4, fills: [4])]
    #expect(faults(2, parts) == [])
    #expect(faults(1, parts) == ["it is at the venue 2 times"], "the second one is not known")
    let both = [truth(.open, id: 2), truth(.open, filled: 4, fills: [4])]
    #expect(faults(2, both) == ["it is at the venue 2 times"], "the first one lives on")
  }

  @Test func whatDoesNotAgreeIsNamed() {
    #expect(faults([.report(OrderReport(.open))], []) == ["it is not at the venue"])
    #expect(faults([.report(OrderReport(.open))], [truth(.open), truth(.open)]) == ["it is at the venue 2 times"])
    #expect(faults([.report(OrderReport(.open))], [truth(.cancelled)]) == ["it is cancelled at the venue"])
    #expect(faults([.outcome(CommandID(1), .unknown)], [truth(.open)]) == ["it is open at the venue"])
    for end in [
      OrderEvent.outcome(CommandID(1), .refused), .outcome(CommandID(1), .notSent), .report(OrderReport(.cancelled)),
      .report(OrderReport(.rejected)), .report(OrderReport(.expired)), .givenUp,
    ] {
      #expect(faults([end], [truth(.open)]) == ["it is open at the venue"], "ended here, alive there: \(end)")
    }
    let lost = faults([fill("a", 4)], [truth(.open, filled: 10, fills: [4, 6])])
    #expect(lost.count == 2 && lost[0] == "it filled 4, at the venue 10")
    let doubled = faults([fill("a", 4), fill("b", 4)], [truth(.open, filled: 4, fills: [4])])
    #expect(doubled.count == 2)
    #expect(faults([fill("a", 4, fee: 2)], [truth(.open, filled: 4, fills: [4])]).count == 1)
  }
}
