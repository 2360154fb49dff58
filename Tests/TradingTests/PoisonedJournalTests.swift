import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// A row that an earlier version let into the journal: the next start must live with it.
@Suite struct PoisonedJournalTests {
  static let times: [Int64] = [.min, .min + 1, -1, 0, 1 << 62, .max - 1, .max]

  @Test(arguments: times) func aRunStartsOnTimesThatCannotBe(time: Int64) throws {
    let journal = MemoryJournal()
    let draft = OrderDraft(side: .buy, type: .limit, quantity: 1, price: 1)
    for (id, isLost) in [(UInt64(5), false), (6, true)] {
      let record = OrderRecord(
        id: OrderID(id), account: main, symbol: "S1", pair: "B1-USD", clientOrderID: "pbx\(id)",
        createCommand: CommandID(id), draft: draft, leg: .net, created: time, createdAtVenue: time)
      var entries: [JournalEntry] = [.order(record)]
      if isLost {
        entries.append(
          .event(
            OrderEventRecord(
              id: record.id, account: main, clientOrderID: record.clientOrderID, event: .givenUp, venueOrderID: "",
              state: .lost, filled: 0, reason: "", time: time)))
      }
      journal.append(entries) { _ in }
    }
    for (number, paid) in [time, 1_700_000_000 * second, time].enumerated() {
      let payment = FundingPayment(
        id: "p\(number)", account: main, instrument: InstrumentID(1), amount: 1, asset: "USD", time: paid)
      journal.append([.funding(payment, symbol: "S1"), .seen(main, venueTime: time)]) { _ in }
    }
    let bench = try Bench(journal: journal, verbs: [.fundingPayments, .orderHistory])
    try bench.trader.start()
    bench.path.tell(.stream(main, .live, reason: ""))
    for paid in [time, .min + 1, .max] {
      let payment = FundingPayment(
        id: "q\(paid)", account: main, instrument: InstrumentID(1), amount: 1, asset: "USD", time: paid)
      bench.path.tell(.funding(payment))
    }
    for _ in 0..<100 {
      bench.path.times.mono += second
      bench.trader.tick()
    }
    #expect(bench.trader.orders[OrderID(5)] != nil)
  }

  @Test func sumsStopAtTheEnds() {
    #expect(Int64.max.addingSaturated(1) == .max && Int64.min.addingSaturated(-1) == .min)
    #expect(Int64(0).subtractingSaturated(.min) == .max && Int64(-2).subtractingSaturated(.max) == .min)
    #expect(Int64.min.multipliedSaturated(by: -1) == .max && Int64.max.multipliedSaturated(by: -2) == .min)
    #expect(Int64(3).addingSaturated(4) == 7 && Int64(3).multipliedSaturated(by: -4) == -12)
  }
}
