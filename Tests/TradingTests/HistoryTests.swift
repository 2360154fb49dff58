import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing
import Trading

/// Many orders of unknown fate, which one list answers for.
@Suite struct HistoryTests {
  private let unknown = CommandResult(.unknown, text: "no answer")
  private let unknownOrder = CommandResult(.refused, error: UInt32(PB_ERR_UNKNOWN_ORDER), text: "no such order")

  /// Ten orders without an answer, at a venue that tells what was ordered.
  private func bench(_ count: Int = 10) throws -> (Bench, [OrderID]) {
    var policy = TraderPolicy()
    policy.ignoresBudget = true
    let bench = try Bench(policy, verbs: [.orderHistory])
    try bench.ready()
    let orders = try (0..<count).map { _ in
      let id = try bench.trader.place(bench.request())
      try bench.path.answer(.place, unknown)
      return id
    }
    return (bench, orders)
  }

  private func answer(_ bench: Bench, _ present: [OrderID], partial: Bool = false) throws {
    try bench.path.answer(.orderHistory) { command in
      present.map { bench.report($0, .cancelled, command: command.id) } + [
        .complete(CompleteFact(command: command.id, account: main, what: .orders, isPartial: partial))
      ]
    }
  }

  @Test func oneListAnswersForMany() throws {
    let (bench, orders) = try bench()
    bench.wait(1)
    #expect(bench.path.count(.orderHistory) == 1 && bench.path.count(.order) == 0)
    let draft = try #require(bench.path.draft(.orderHistory))
    #expect(draft.instrument == 1 && draft.since <= bench.path.times.venue - 60 * second)
    try answer(bench, Array(orders[..<8]))
    #expect(orders[..<8].allSatisfy { bench.trader.orders[$0]?.state == .cancelled })
    #expect(orders[8...].allSatisfy { bench.trader.orders[$0]?.state == .unknown }, "absent once is not lost")
    #expect(bench.trader.counters.lists == 1 && bench.trader.counters.questions == 0)
    // Two are too few for a list.
    bench.wait(2)
    #expect(bench.path.count(.orderHistory) == 0 && bench.path.count(.order) == 2)
  }

  @Test func fewAreAskedAboutOneByOne() throws {
    let (bench, _) = try bench(5)
    bench.wait(1)
    #expect(bench.path.count(.orderHistory) == 0 && bench.path.count(.order) == 5)
  }

  /// Absent from lists is not enough: the venue must say of each order that it does not know it.
  @Test func theLastQuestionIsAboutTheOrderAlone() throws {
    let (bench, orders) = try bench()
    var (lists, questions) = (0, 0)
    for _ in 0..<400 {
      bench.wait(0.5)
      while bench.path.count(.orderHistory) > 0 {
        lists += 1
        try answer(bench, [])
        #expect(orders.allSatisfy { bench.trader.orders[$0]?.state == .unknown })
      }
      while bench.path.count(.order) > 0 {
        questions += 1
        try bench.path.answer(.order, unknownOrder)
      }
      for verb in [Verb.fills, .openOrders, .balances] where bench.path.count(verb) > 0 { try bench.answerList(verb) }
      if orders.allSatisfy({ bench.trader.orders[$0]?.state == .lost }) { break }
    }
    #expect(orders.allSatisfy { bench.trader.orders[$0]?.state == .lost })
    #expect(lists == 3 && questions >= orders.count && questions <= 2 * orders.count, "\(lists) and \(questions)")
  }

  /// A list that may lack orders proves nothing of those that it lacks.
  @Test func whatAPartialListLacksIsAskedFor() throws {
    let (bench, orders) = try bench()
    bench.wait(1)
    try answer(bench, [orders[0]], partial: true)
    #expect(bench.trader.orders[orders[0]]?.state == .cancelled)
    #expect(bench.path.count(.order) == bench.trader.policy.questionsAtOnce)
  }

  @Test func aListThatFailsIsAskedForAgain() throws {
    let (bench, orders) = try bench()
    bench.wait(1)
    try bench.path.answer(.orderHistory, CommandResult(.refused, error: UInt32(PB_ERR_TRANSIENT), text: "busy"))
    #expect(bench.path.count(.orderHistory) == 0)
    bench.wait(5)
    #expect(bench.path.count(.orderHistory) == 1 && bench.path.count(.order) == 0)
    try answer(bench, orders)
    #expect(orders.allSatisfy { bench.trader.orders[$0]?.state == .cancelled })
  }

  @Test func whereListsAreRefusedOrdersAreAskedAboutAlone() throws {
    let (bench, _) = try bench()
    var lists = 0
    for _ in 0..<60 where bench.path.count(.order) == 0 {
      bench.wait(0.5)
      while bench.path.count(.orderHistory) > 0 {
        lists += 1
        try bench.path.answer(.orderHistory, CommandResult(.refused, error: UInt32(PB_ERR_UNSUPPORTED), text: "no"))
      }
    }
    #expect(lists == 3 && bench.path.count(.order) == bench.trader.policy.questionsAtOnce)
  }

  /// Lists that were not whole are for less: one of all since the oldest order would never be whole again.
  @Test func listsThatAreNotWholeAreDivided() throws {
    var policy = TraderPolicy()
    policy.ignoresBudget = true
    policy.shareFrom = 1
    let bench = try Bench(policy, verbs: [.orderHistory])
    try bench.ready()
    var orders: [OrderID] = []
    for _ in 0..<4 {
      orders.append(try bench.trader.place(bench.request()))
      try bench.path.answer(.place, unknown)
      bench.wait(120)
    }
    // The list for the first was on its way all the time.
    try answer(bench, [orders[0]])
    let second = try #require(bench.path.draft(.orderHistory))
    try answer(bench, [], partial: true)
    let third = try #require(bench.path.draft(.orderHistory))
    #expect(third.since == second.since)
    #expect(third.until > third.since && third.until < bench.path.times.venue)
    #expect(bench.path.count(.order) == 0)
  }
}
