import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// What a list proves of orders that are not in it.
@Suite struct ListProofTests {
  private let unknownOrder = CommandResult(.refused, error: UInt32(PB_ERR_UNKNOWN_ORDER), text: "no such order")

  private func bench(_ count: Int, verbs: Set<Verb> = [.orderHistory]) throws -> (Bench, [OrderID]) {
    var policy = TraderPolicy()
    policy.ignoresBudget = true
    let bench = try Bench(policy, verbs: verbs)
    bench.path.verbs.remove(.fills)
    try bench.ready()
    let orders = try (0..<count).map { _ in
      let id = try bench.trader.place(bench.request())
      try bench.path.answer(.place, noAnswer)
      return id
    }
    return (bench, orders)
  }

  private func isAnyLost(_ bench: Bench, _ orders: [OrderID]) -> Bool {
    orders.contains { bench.trader.orders[$0]?.state == .lost }
  }

  /// The question left while the order's request could still arrive, and its answer is long in coming: what the venue
  /// looked at may be older than the order.
  @Test func anAnswerToAnEarlyQuestionDecidesNothing() throws {
    let (bench, orders) = try bench(1)
    for _ in 0..<3 {
      bench.wait(5)
      try bench.path.answer(.order, unknownOrder)
    }
    // The next question would wait until the request can no longer arrive; a comparison asks at once.
    bench.path.tell(.stream(main, .down, reason: "cut"))
    bench.path.tell(.stream(main, .live, reason: ""))
    bench.wait(1)
    while bench.path.count(.openOrders) > 0 { try bench.answerList(.openOrders) }
    bench.wait(1)
    #expect(bench.path.count(.order) == 1)
    bench.wait(120)
    try bench.path.answer(.order, unknownOrder)
    #expect(!isAnyLost(bench, orders))
    bench.wait(60)
    try bench.path.answer(.order, unknownOrder)
    #expect(isAnyLost(bench, orders))
  }

  /// Answers a list of what was ordered with nothing but these words about it.
  private func answerHistory(_ bench: Bench, _ what: CompleteFact.What, _ instrument: InstrumentID?) throws {
    try bench.path.answer(.orderHistory) {
      [.complete(CompleteFact(command: $0.id, account: main, instrument: instrument, what: what))]
    }
  }

  @Test(arguments: [
    (CompleteFact.What.orders, InstrumentID(1) as InstrumentID?, true), (.orders, nil, true),
    (.orders, InstrumentID(2), false), (.fills, InstrumentID(1), false), (.other, nil, false),
  ])
  func aListProvesWhatItIsOf(what: CompleteFact.What, instrument: InstrumentID?, isProof: Bool) throws {
    let (bench, orders) = try bench(10)
    bench.wait(1)
    try answerHistory(bench, what, instrument)
    // What is not proved is asked about one by one.
    #expect(bench.path.count(.order) == (isProof ? 0 : bench.trader.policy.questionsAtOnce))
    #expect(orders.allSatisfy { bench.trader.lives[$0]?.notFound == (isProof ? 1 : 0) })
  }

  /// A list that was said to be whole twice, once for less.
  @Test func wordsThatDoNotAgreeProveNothing() throws {
    let (bench, orders) = try bench(10)
    bench.wait(1)
    try bench.path.answer(.orderHistory) {
      [
        .complete(CompleteFact(command: $0.id, account: main, what: .orders)),
        .complete(CompleteFact(command: $0.id, account: main, instrument: InstrumentID(2), what: .orders)),
      ]
    }
    #expect(orders.allSatisfy { bench.trader.lives[$0]?.notFound == 0 })
  }

  /// Where a venue has no question about one order, the list of open ones is its word: a list that was asked for before
  /// the order's request could no longer arrive decides nothing either.
  @Test func listsOfOpenOrdersDecideWhenTheyWereAskedForLateEnough() throws {
    let (bench, orders) = try bench(1, verbs: [])
    bench.path.verbs.remove(.order)
    // While the stream is down everything is asked for every five seconds.
    bench.path.tell(.stream(main, .down, reason: "cut"))
    var waited = 0.0
    while waited < 64 {
      bench.wait(1)
      waited += 1
      while bench.path.count(.openOrders) > 0, waited < 60 { try bench.answerList(.openOrders) }
      while bench.path.count(.balances) > 0 { try bench.answerList(.balances) }
    }
    let isEarlyOnItsWay = bench.path.count(.openOrders) == 1
    bench.wait(30)
    if isEarlyOnItsWay { try bench.answerList(.openOrders) }
    #expect(isEarlyOnItsWay && !isAnyLost(bench, orders))
    bench.wait(120)
    while bench.path.count(.openOrders) > 0 { try bench.answerList(.openOrders) }
    #expect(isAnyLost(bench, orders))
  }
}
