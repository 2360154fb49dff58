import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// Many orders of unknown fate, which one list answers for.
@Suite struct HistoryTests {
  private let unknown = CommandResult(.unknown, text: "no answer")
  private let unknownOrder = CommandResult(.refused, error: UInt32(PB_ERR_UNKNOWN_ORDER), text: "no such order")

  /// Ten orders without an answer, at a venue that says what was ordered.
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

  /// Lets time pass while every list is whole and empty, until all are given up; gives how many lists that took, and
  /// the seconds.
  private func giveUp(_ bench: Bench, _ orders: [OrderID]) throws -> (lists: Int, seconds: Double) {
    var (lists, waited) = (0, 0.0)
    while waited < 300, !orders.allSatisfy({ bench.trader.orders[$0]?.state == .lost }) {
      bench.wait(0.5)
      waited += 0.5
      while bench.path.count(.orderHistory) > 0 {
        lists += 1
        try answer(bench, [])
      }
      for verb in [Verb.openOrders, .balances] where bench.path.count(verb) > 0 { try bench.answerList(verb) }
    }
    return (lists, waited)
  }

  /// Absent from whole lists as often, as long and as late as from answers about each alone: where few answers are
  /// given there would never be one about each. A list of what was ordered says more than one of fills.
  @Test func wholeListsDecideAsAnswersDo() throws {
    let (bench, orders) = try bench()
    let (lists, seconds) = try giveUp(bench, orders)
    #expect(orders.allSatisfy { bench.trader.orders[$0]?.state == .lost })
    #expect(lists > bench.trader.policy.notFoundLimit && lists < 8 && seconds >= 65, "\(lists) in \(seconds) s")
    #expect(!bench.path.sent.contains(.order) && !bench.path.sent.contains(.fills))
  }

  /// A list decides while a history of fills is still on its way: what comes of that is nothing to wait for.
  @Test func whatIsGivenUpWithItsFillsOnTheirWayIsDone() throws {
    let (bench, orders) = try bench()
    for _ in 0..<2 {
      bench.wait(5)
      try answer(bench, [])
    }
    bench.wait(70)
    try answer(bench, [])
    #expect(bench.path.count(.fills) == 1)
    bench.wait(30)
    try answer(bench, [])
    #expect(orders.allSatisfy { bench.trader.orders[$0]?.state == .lost })
    while bench.path.count(.fills) > 0 { try bench.answerList(.fills) }
    #expect(orders.allSatisfy { bench.trader.lives[$0].map { $0.due == nil } ?? true })
  }

  @Test func whatWasGivenUpIsAskedAboutWhenEverythingIsComparedAndNotBefore() throws {
    let (bench, orders) = try bench()
    _ = try giveUp(bench, orders)
    bench.wait(300)
    #expect(bench.path.count(.order) == 0 && bench.path.count(.orderHistory) == 0)
    bench.path.tell(.stream(main, .down, reason: "cut"))
    bench.path.tell(.stream(main, .live, reason: ""))
    bench.wait(1)
    #expect(bench.path.count(.order) == 0 && bench.path.count(.orderHistory) == 1)
    try bench.path.answer(.orderHistory) { [bench.report(orders[0], .open, filled: 0, command: $0.id)] }
    #expect(bench.trader.orders[orders[0]]?.state == .open && bench.news().contains(.adopted(orders[0])))
  }

  @Test func whatTheStreamHasSaidIsNotAskedFor() throws {
    for count in [1, 10] {
      let (bench, orders) = try bench(count)
      for id in orders { bench.path.tell(bench.report(id, .open, filled: 0)) }
      bench.wait(10)
      #expect(bench.path.count(.order) == 0 && bench.path.count(.orderHistory) == 0)
    }
  }

  /// An order that was adopted may have been made long before it was heard of: a list of what was made since then need
  /// not hold it.
  @Test func adoptedOrdersAreAskedAboutAlone() throws {
    var policy = TraderPolicy()
    policy.shareFrom = 1
    let bench = try Bench(policy, verbs: [.orderHistory])
    try bench.ready()
    let reference = OrderReference(
      account: main, instrument: InstrumentID(1), clientOrderID: "pbx000000000z", venueOrderID: "v9")
    let report = OrderReport(.open, filled: 1, quantity: 4, price: 10)
    bench.path.tell(.order(OrderFact(reference, report, side: .buy, type: .limit)))
    try bench.trader.cancel(OrderID(35))
    try bench.path.answer(.cancel, noAnswer)
    bench.wait(1)
    #expect(bench.path.count(.order) == 1 && bench.path.count(.orderHistory) == 0)
  }

  /// A list that may lack orders proves nothing of those that it lacks.
  @Test func whatAPartialListLacksIsAskedFor() throws {
    let (bench, orders) = try bench()
    bench.wait(1)
    try answer(bench, [orders[0]], partial: true)
    #expect(bench.trader.orders[orders[0]]?.state == .cancelled)
    #expect(bench.path.count(.order) == bench.trader.policy.questionsAtOnce)
  }

  private let busy = CommandResult(.refused, error: UInt32(PB_ERR_TRANSIENT), text: "busy")

  /// A list takes several requests: where each of them may fail, one question about each order comes through first.
  @Test func afterAListThatFailedEachIsAskedAboutAlone() throws {
    let (bench, orders) = try bench()
    for _ in 0..<3 {
      bench.wait(31)
      #expect(bench.path.count(.orderHistory) == 1 && bench.path.count(.order) == 0)
      try bench.path.answer(.orderHistory, busy)
      bench.wait(31)
      #expect(bench.path.count(.orderHistory) == 0)
      var asked = 0
      while bench.path.count(.order) > 0 {
        try bench.path.answer(.order, busy)
        asked += 1
      }
      #expect(asked == orders.count)
    }
    bench.wait(31)
    try answer(bench, orders)
    #expect(orders.allSatisfy { bench.trader.orders[$0]?.state == .cancelled })
  }

  @Test func whereListsAreRefusedOrdersAreAskedAboutAlone() throws {
    let (bench, _) = try bench()
    var (lists, questions) = (0, 0)
    for _ in 0..<10 {
      bench.wait(31)
      while bench.path.count(.orderHistory) > 0 {
        lists += 1
        try bench.path.answer(.orderHistory, CommandResult(.refused, error: UInt32(PB_ERR_UNSUPPORTED), text: "no"))
      }
      while bench.path.count(.order) > 0 {
        questions += 1
        try bench.path.answer(.order, busy)
      }
    }
    #expect(lists == 3 && questions >= 60, "\(lists) lists, \(questions) questions")
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

  /// Lists that were whole again, though they left out what was made later, are for more: else a time of trouble would
  /// leave a list for each order, of which a venue may bear too few.
  @Test func listsThatAreWholeAgainAreForMore() {
    let question = HistoryQuestion(.init(account: main, instrument: InstrumentID(1)), span: 3600 * second)
    (question.askedSpan, question.leftOut) = (second, false)
    question.learn(isWhole: false, most: 3600 * second)
    #expect(question.span == second / 2)
    (question.askedSpan, question.leftOut) = (0, false)
    question.learn(isWhole: true, most: 3600 * second)
    #expect(question.span == second / 2, "nothing was left out: it says nothing of longer ones")
    question.leftOut = true
    for _ in 0..<20 { question.learn(isWhole: true, most: 3600 * second) }
    #expect(question.span == 3600 * second)
  }
}
