import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

@Suite struct ComparisonTests {
  @Test func nothingIsTradedBeforeTheComparison() throws {
    let bench = try Bench()
    #expect(throws: TraderRefusal.notReady(["not started"])) { try bench.trader.place(bench.request()) }
    try bench.trader.start()
    #expect(!bench.trader.isReady && bench.trader.missing == ["account 1: open orders", "account 1: balances"])
    try bench.path.answer(.openOrders, CommandResult(.refused, error: UInt32(PB_ERR_AUTH), text: "bad key"))
    try bench.answerList(.balances)
    #expect(bench.trader.missing == ["account 1: open orders (bad key)"])
    #expect(throws: TraderRefusal.notReady(["open orders (bad key)"])) { try bench.trader.place(bench.request()) }
    bench.wait(1)
    try bench.answerList(.openOrders)
    #expect(bench.trader.isReady && bench.news() == [])
    _ = try bench.trader.place(bench.request())
  }

  @Test func everythingIsComparedWhenTheStreamComesBack() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    bench.path.tell(.stream(main, .down, reason: "cut"))
    bench.wait(1)
    while let next = bench.path.waiting.first { try bench.answerList(next.draft.verb) }
    // The list did not hold it: it was asked for. It lives; the list was partial in effect.
    bench.path.tell(.stream(main, .live, reason: ""))
    #expect(Set(bench.path.waiting.map(\.draft.verb)).isSuperset(of: [.openOrders, .balances, .fills]))
    #expect(bench.path.draft(.fills)?.instrument == 1)
    let since = try #require(bench.path.draft(.fills)?.since)
    #expect(since > 0 && since <= bench.path.times.venue - 60 * second)
    try bench.answerList(.fills)
    try bench.answerList(.openOrders)
    #expect(bench.path.draft(.order)?.order == id.rawValue)
  }

  @Test func pollingBacksUpTheStream() throws {
    let bench = try Bench()
    try bench.ready()
    _ = try bench.opened()
    func polls(_ seconds: Int) throws -> Int {
      var count = 0
      for _ in 0..<seconds {
        bench.wait(1)
        while let next = bench.path.waiting.first {
          if next.draft.verb == .openOrders { count += 1 }
          if next.draft.verb == .order {
            try bench.path.answer(.order) { [bench.report(OrderID($0.draft.order), .open, filled: 0, command: $0.id)] }
          } else {
            try bench.answerList(next.draft.verb)
          }
        }
      }
      return count
    }
    // The stream speaks.
    var heard = 0
    for _ in 0..<4 {
      bench.path.tell(.balance(BalanceFact(account: main, asset: "USD", total: 1000, available: 1000)))
      heard += try polls(50)
    }
    #expect((1...2).contains(heard), "\(heard)")
    // It has been silent for a minute: every 5 s at first, and less and less often while that finds nothing.
    let counts = [try polls(61), try polls(50), try polls(50)]
    #expect((3...5).contains(counts[0]) && counts[1] == 1 && counts[2] <= 1, "\(counts)")
    // It is down.
    bench.path.tell(.balance(BalanceFact(account: main, asset: "USD", total: 1000, available: 1000)))
    bench.path.tell(.stream(main, .down, reason: ""))
    #expect((9...11).contains(try polls(50)))
  }

  @Test func ordersOfOursThatWeDidNotKnowAreAdoptedOrCancelled() throws {
    for strays in TraderPolicy.Strays.allCases {
      var policy = TraderPolicy()
      policy.strays = strays
      let bench = try Bench(policy)
      try bench.trader.start()
      let stray = OrderReference(
        account: main, instrument: InstrumentID(1), clientOrderID: "pbx000000000z", venueOrderID: "v9")
      let report = OrderReport(.open, filled: 1, quantity: 4, price: 10)
      for (name, reference) in [("pbx000000000z", stray), ("pby000000000z", stray), ("manual", stray), ("", stray)] {
        var reference = reference
        reference.clientOrderID = name
        bench.path.tell(.order(OrderFact(reference, report, side: .buy, type: .limit)))
      }
      // An id from the future shows that the counter has fallen behind.
      let id = OrderID(35)
      #expect(bench.trader.orders.all.map(\.id) == [id] && bench.trader.ids.counter == 36)
      #expect(bench.events.contains(.adopted(id)))
      #expect(bench.path.count(.cancel) == (strays == .cancel ? 1 : 0))
      let entry = bench.journal.kept.contains { if case .order(let order) = $0 { order.isAdopted } else { false } }
      #expect(entry)
    }
  }

  @Test func aRestartGoesOnWhereTheCrashCame() throws {
    let first = try Bench()
    try first.ready()
    let open = try first.opened()
    first.path.tell(first.fill(open, "t1", 2))
    _ = first.news()
    let ended = try first.opened()
    first.path.tell(first.report(ended, .cancelled, filled: 0))
    let unknown = try first.trader.place(first.request())
    let clients = first.trader.orders.all.map(\.clientOrderID)

    let second = try Bench(journal: first.journal)
    second.path.nextCommand = 1_000_000
    try second.trader.start()
    #expect(second.trader.orders[open]?.state == .partiallyFilled && second.trader.orders[open]?.fills.count == 1)
    #expect(second.trader.orders[unknown]?.state == .unknown && second.trader.orders[ended]?.state == .cancelled)
    try second.answerList(.balances)
    try second.path.answer(.openOrders) { command in
      [
        second.report(open, .partiallyFilled, filled: 3, command: command.id),
        .complete(CompleteFact(command: command.id, account: main, what: .orders)),
      ]
    }
    // A fill that was counted before the crash does not count again.
    second.path.tell(second.fill(open, "t1", 2))
    second.path.tell(second.fill(open, "t2", 1))
    #expect(second.news() == [.filled(open, Fill(trade: "t2", price: 10, quantity: 1))])
    #expect(second.path.draft(.order)?.order == unknown.rawValue)
    let next = try second.trader.place(second.request())
    let client = try #require(second.trader.orders[next]?.clientOrderID)
    #expect(!clients.contains(client) && next > unknown)
  }

  /// An order that was given up is not kept in mind for longer because the host starts anew.
  @Test func aLostOrderAgesThroughRestarts() throws {
    let first = try Bench()
    try first.ready()
    let id = try first.trader.place(first.request())
    try first.path.answer(.place, noAnswer)
    while first.trader.orders[id]?.state == .unknown {
      first.wait(5)
      while first.path.count(.order) > 0 { try first.path.answer(.order, unknownOrder) }
      for verb in [Verb.fills, .openOrders, .balances] where first.path.count(verb) > 0 { try first.answerList(verb) }
    }
    for (later, isKept) in [(Int64(60), true), (700, false)] {
      let second = try Bench(journal: first.journal)
      second.path.nextCommand = 1_000_000
      let times = first.path.times
      second.path.times = Times(
        mono: times.mono, wall: times.wall + later * 1_000_000_000, venue: times.venue + later * 1_000_000_000)
      try second.ready()
      #expect(second.trader.orders[id]?.state == .lost)
      second.wait(50)
      #expect((second.trader.orders[id] != nil) == isKept, "\(later) s later")
    }
  }

  @Test func counterBlocksAreKeptAheadOfTheirUse() throws {
    let journal = MemoryJournal()
    let bench = try Bench(journal: journal)
    try bench.ready()
    for _ in 0..<3 { _ = try bench.trader.place(bench.request()) }
    #expect(try journal.restore().counter == 1001)
    #expect(journal.kept.count(where: { if case .counter = $0 { true } else { false } }) == 1)
  }

  @Test func accountsAreApart() throws {
    let other = AccountID(2)
    let bench = try Bench(accounts: [main, other])
    try bench.trader.start()
    while let next = bench.path.waiting.first {
      try bench.answerList(next.draft.verb, next.draft.account == 1 ? ["USD": 1000] : ["USD": 20])
    }
    #expect(bench.trader.isReady)
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: 50, available: 20)) {
      try bench.trader.place(bench.request(account: other))
    }
    #expect(throws: TraderRefusal.unknownAccount(AccountID(3))) {
      try bench.trader.place(bench.request(account: AccountID(3)))
    }
    let ids = bench.trader.place([bench.request(), bench.request(.buy, 1, account: other)])
    #expect(bench.path.waiting.filter { $0.draft.verb == .place }.map(\.draft.account) == [1, 2] && ids.count == 2)
  }
}
