import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

@Suite struct AccountLifeTests {
  private let perps: Set<Verb> = [.positions, .modes, .positionMode, .leverage, .fundingPayments]

  @Test func positionsAreToldAndVanishWhenClosed() throws {
    let bench = try Bench(verbs: perps, instruments: [perpetual])
    try bench.ready()
    let key = Positions.Key(account: main, instrument: perpetual.id)
    let position = Position(quantity: -3, entry: 10, time: 5)
    bench.path.tell(.position(PositionFact(key, position)))
    bench.path.tell(.position(PositionFact(key, position)))
    #expect(bench.news() == [.position(key, position)])
    bench.wait(121)
    try bench.answerList(.positions)
    #expect(bench.news() == [.position(key, nil)])
    let liquidation = LiquidationFact(
      account: main, instrument: perpetual.id, kind: .deleveraged, side: .buy, price: 9, quantity: 3, time: 6)
    bench.path.tell(.liquidation(liquidation))
    #expect(bench.news() == [.liquidation(liquidation)])
    // Its fill is the same news; another one is not.
    func fill(_ trade: String, _ time: Int64, _ kind: FillKind, _ command: CommandID? = nil) -> AccountFact {
      let reference = OrderReference(
        account: main, instrument: perpetual.id, clientOrderID: "adl_autoclose", venueOrderID: "v1")
      return .fill(
        FillFact(
          reference, Fill(trade: trade, price: 9, quantity: 3, time: time), command: command, side: .buy, kind: kind))
    }
    bench.path.tell(fill("1", 6, .deleveraging))
    #expect(bench.news() == [])
    bench.path.tell(fill("2", 7, .deleveraging))
    var second = liquidation
    second.time = 7
    #expect(bench.news() == [.liquidation(second)])
    // What a history shows of before the start is none.
    bench.path.tell(fill("3", 1, .liquidation, CommandID(9)))
    #expect(bench.news() == [])
  }

  @Test func theRealPositionModeIsReadAndNotSetAgain() throws {
    let bench = try Bench(verbs: perps, instruments: [perpetual])
    try bench.trader.start()
    try bench.path.answer(.modes) { _ in [.mode(ModeFact(account: main, positionMode: .hedge))] }
    try bench.ready()
    #expect(bench.trader.positionMode(of: main) == .hedge)
    var answers: [String?] = []
    try bench.trader.setPositionMode(.hedge, account: main) { answers.append($0) }
    #expect(answers == [nil] && !bench.path.sent.contains(.positionMode))
    var order = bench.request(.sell, 1)
    order.action = .close
    #expect(throws: TraderRefusal.positionLeg(mode: .hedge, leg: .net)) { try bench.trader.place(order) }
    order.leg = .long
    let id = try bench.trader.place(order)
    #expect(bench.trader.orders[id]?.draft.flags == .close && bench.path.draft(.place)?.position == .long)
    try bench.trader.setPositionMode(.oneWay, account: main) { answers.append($0) }
    try bench.path.answer(.positionMode, CommandResult(.refused, text: "positions are open"))
    #expect(answers == [nil, "positions are open"] && bench.path.count(.modes) == 1)
  }

  @Test func fundingIsToldOnceAndTheFirstAnswerOnlySetsTheBase() throws {
    let bench = try Bench(verbs: perps, instruments: [perpetual])
    func payment(_ id: String, _ time: Int64, _ command: CommandID?) -> FundingPayment {
      FundingPayment(
        id: id, account: main, instrument: perpetual.id, amount: -2, asset: "USD", time: time, command: command)
    }
    try bench.trader.start()
    try bench.path.answer(.fundingPayments) { [.funding(payment("a", 10, $0.id))] }
    #expect(bench.news() == [])
    try bench.ready()
    while bench.path.count(.fundingPayments) == 0 { bench.wait(60) }
    var told: [TraderEvent] = []
    try bench.path.answer(.fundingPayments) { command in
      let new = payment("b", 20, command.id)
      told = [.funding(new)]
      return [.funding(payment("a", 10, command.id)), .funding(new)]
    }
    bench.path.tell(.funding(payment("b", 20, nil)))
    #expect(bench.news() == told)
    // One that is a little older and comes later is new all the same.
    let late = payment("late", 15, nil)
    bench.path.tell(.funding(late))
    #expect(bench.news() == [.funding(late)])
    // Nor does a restart tell it again, while a payment made in between is reported.
    let second = try Bench(journal: bench.journal, verbs: perps, instruments: [perpetual])
    second.path.nextCommand = 1_000_000
    try second.trader.start()
    while second.path.count(.fundingPayments) == 0 { second.wait(60) }
    try second.path.answer(.fundingPayments) { command in
      ["a", "b", "c"].enumerated().map { .funding(payment($1, Int64(10 * $0 + 10), command.id)) }
    }
    #expect(second.news().count == 1)
  }

  @Test func aLossBeyondTheLimitStopsOrdersFirst() throws {
    let bench = try Bench()
    try bench.ready()
    bench.path.touches[InstrumentID(1)] = 10
    bench.trader.setLossLimit(20, in: "USD")
    let bought = try bench.opened()
    bench.path.tell(bench.fill(bought, "t1", 5))
    let other = try bench.trader.place(bench.request())
    try bench.path.answer(.place) { [bench.report(other, .open, command: $0.id)] }
    #expect(bench.trader.profit == 0 && bench.trader.haltReason == nil)
    bench.path.touches[InstrumentID(1)] = 5
    bench.trader.tick()
    #expect(bench.trader.haltReason == "a loss of 25 USD is above the limit of 20")
    #expect(bench.path.draft(.cancel)?.order == other.rawValue)
    #expect(throws: TraderRefusal.self) { try bench.trader.place(bench.request()) }
    bench.trader.resume()
    #expect(bench.trader.profit == 0, "the limit counts anew")
    bench.trader.tick()
    #expect(bench.trader.haltReason == nil)
    // What is still held goes on losing.
    bench.path.touches[InstrumentID(1)] = Decimal64("0.9")
    bench.trader.tick()
    #expect(bench.trader.haltReason == "a loss of 20.5 USD is above the limit of 20")
  }

  @Test func whenTheConnectorEndsNothingIsTradedAndNothingForgotten() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.path.answer(.place, noAnswer)
    bench.path.accountObserver?.accountPathEnded("model gave up")
    #expect(!bench.trader.isReady && bench.trader.missing == ["orders are stopped: model gave up"])
    let state = try bench.journal.restore()
    #expect(state.orders.map(\.record.id) == [id])
  }
}
