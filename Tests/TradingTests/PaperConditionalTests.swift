import Decimals
import MarketModel
import Testing

@testable import Trading

@Suite struct PaperConditionalTests {
  private func draft(
    _ side: Side, _ type: OrderType, stop: Decimal64, price: Decimal64? = nil, quantity: Decimal64 = 5,
    flags: OrderFlags = []
  ) -> OrderDraft {
    OrderDraft(side: side, type: type, quantity: quantity, price: price, stop: stop, flags: flags)
  }

  @Test func aStopWaitsForATradeAndSellsAtMarket() throws {
    let stand = try PaperStand()
    let id = try stand.place(draft(.sell, .stopMarket, stop: 95))
    #expect(stand.state(id) == .open)
    #expect(stand.trader.orders[id]?.waitsForTrigger == true)
    stand.trade(1, at: 96, taker: .sell)
    #expect(stand.filled(id) == 0, "96 is not 95")
    stand.trade(1, at: 95, taker: .sell)
    #expect(stand.state(id) == .filled && stand.filled(id) == 5)
    #expect(stand.balance("B1") == 995 && stand.balance("USD") == 100_495, "at the best bid, 99")
  }

  @Test func aSpreadBeyondTheTriggerReachesItWithoutTrades() throws {
    let stand = try PaperStand()
    let stop = try stand.place(draft(.buy, .stopLimit, stop: 105, price: 106))
    try stand.book(bids: [(104, 5)], asks: [(105, 5)])
    #expect(stand.filled(stop) == 0, "the best bid is below")
    try stand.book(bids: [(105, 5)], asks: [(106, 3), (107, 9)])
    #expect(stand.filled(stop) == 3 && stand.state(stop) == .partiallyFilled, "the rest rests at 106")
    #expect(stand.trader.orders[stop]?.waitsForTrigger == false)
    try stand.book(bids: [(104, 5)], asks: [(106, 5)])
    #expect(stand.state(stop) == .filled)
  }

  @Test(arguments: [Side.buy, .sell]) func aTakeProfitGoesWhenThePriceComesToMeetIt(_ side: Side) throws {
    let stand = try PaperStand()
    let id = try stand.place(draft(side, .takeMarket, stop: side == .buy ? 90 : 110))
    stand.trade(1, at: side == .buy ? 91 : 109, taker: nil)
    #expect(stand.filled(id) == 0)
    stand.trade(1, at: side == .buy ? 90 : 110, taker: nil)
    #expect(stand.filled(id) == 5)
  }

  @Test func aTriggerThatIsReachedAlreadyIsRefused() throws {
    let stand = try PaperStand()
    let id = try stand.place(draft(.sell, .stopMarket, stop: 102))
    #expect(stand.state(id) == .rejected)
  }

  @Test func whatWaitsHoldsItsMoneyAndACancelFreesIt() throws {
    let stand = try PaperStand(usd: 1000)
    let id = try stand.place(draft(.buy, .stopMarket, stop: 110, quantity: 9))
    #expect(stand.path.accounts.balances[main, "USD"]?.available == 10)
    #expect(throws: TraderRefusal.self, "10 are left") { try stand.place(.buy, 1, at: 90) }
    try stand.trader.cancel(id)
    stand.settle()
    #expect(stand.state(id) == .cancelled)
    #expect(stand.path.accounts.balances[main, "USD"]?.available == 1000)
    stand.trade(1, at: 120, taker: .buy)
    #expect(stand.filled(id) == 0)
  }

  @Test func whatCannotBePlacedAnyMoreIsCancelledWhenItGoes() throws {
    let stand = try PaperStand(usd: 1000)
    let id = try stand.place(draft(.buy, .stopMarket, stop: 110, quantity: 9))
    // From 110 to 200 in one step: nine cost more than there is.
    try stand.book(bids: [(199, 10)], asks: [(200, 10)])
    #expect(stand.state(id) == .cancelled && stand.filled(id) == 0)
    #expect(stand.balance("USD") == 1000)
  }

  @Test func aStopByMarkGoesByTheMarkAlone() throws {
    let stand = try PaperStand()
    try stand.market.set(4, bids: [(99, 10)], asks: [(101, 10)])
    let early = try stand.place(draft(.buy, .stopMarket, stop: 105, flags: .stopByMark), on: 4, .open)
    #expect(stand.state(early) == .rejected, "there is no mark yet")
    stand.market.marks[InstrumentID(4)] = 100
    let id = try stand.place(draft(.buy, .stopMarket, stop: 105, flags: .stopByMark), on: 4, .open)
    stand.path.traded(InstrumentID(4), Trade(id: .none, price: 106, quantity: 1, takerSide: .buy, time: 1))
    stand.settle()
    #expect(stand.state(id) == .open && stand.filled(id) == 0)
    stand.market.marks[InstrumentID(4)] = Decimal64("105.0001")
    stand.path.bookChanged(InstrumentID(4))
    stand.settle()
    #expect(stand.filled(id) == 5)
  }

  @Test func aReduceOnlyStopIsJudgedWhenItGoes() throws {
    let stand = try PaperStand()
    try stand.market.set(4, bids: [(99, 50)], asks: [(101, 50)])
    let open = try stand.place(OrderDraft(side: .buy, type: .market, quantity: 3), on: 4, .open)
    #expect(stand.filled(open) == 3)
    let id = try stand.place(draft(.sell, .stopMarket, stop: 90), on: 4, .close)
    #expect(stand.state(id) == .open)
    stand.path.traded(InstrumentID(4), Trade(id: .none, price: 89, quantity: 1, takerSide: .sell, time: 1))
    stand.settle()
    #expect(stand.filled(id) == 3, "no more than the position")
  }

  @Test func aWaitingOrderWaitsAgainInTheNextRun() throws {
    let first = try PaperStand()
    let id = try first.place(draft(.sell, .stopLimit, stop: 95, price: 94))
    let order = try #require(first.trader.orders[id])
    let second = try PaperStand()
    #expect(second.path.resume(order))
    let rested = second.path.orders[0]
    #expect(rested.state == .untriggered && rested.price == 94 && rested.trigger?.price == 95)
    #expect(second.path.accounts.orders.all.isEmpty)
    second.trade(1, at: 95, taker: .sell)
    #expect(second.path.orders[0].filled == 5, "at 99, within its price")
  }
}
