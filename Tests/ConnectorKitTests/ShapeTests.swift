import CPatchbay
import ConnectorTestKit
import Decimals
import Testing

@testable import ConnectorKit

/// An exchange whose stop orders have no client order id, and stand in a list of their own and a history.
private final class Skerry: ExchangeConnector, ExchangeDialect {
  let rest = "https://skerry.example"
  let errors = ErrorPlan(.status(code: "code", text: "text"), [.init("4", .unknownOrder)])
  let words = Words(
    side: ["buy": .buy, "sell": .sell], type: ["limit": .limit, "stop": .stopMarket],
    force: ["gtc": .goodTilCancelled], state: ["waits": .untriggered, "open": .open, "gone": .cancelled])
  let feeds = FeedPlan()
  let bookRules = BookPlan(.unnumbered, .pushes)
  let privateStream = PrivatePlan(
    .signedTopics, address: "wss://skerry.example/own", subscribeAct: "subscribe", channels: ["all"])
  let offer = OrderOffer([.limit, .stopMarket], [.goodTilCancelled], [.reduceOnly])
  var waiting = WaitingOrders()

  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(PermittedAct("list", .get, "/list")), at: "", Self.rules, state: ["up": .trading])
    func list(_ name: String) -> OrderQuestion {
      var question = OrderQuestion(
        Endpoint(PermittedAct(name, .get, "/\(name)")), at: "orders", by: .shaped(market: "name"))
      (question.since, question.until, question.full) = ("from", "to", 3)
      return question
    }
    serveOrder(
      OrderQuestion(Endpoint(PermittedAct("order", .get, "/order")), at: "", isAlone: true), list("waiting"),
      list("over"), first: { [unowned(unsafe) self] command, _ in waiting.owns(command) ? 1 : 0 }
    ) { [unowned(unsafe) self] in OrderReport(&$1, Self.order, vocabulary) }
    let answer = WriteAnswer(at: "", Self.order, endsCancelled: true)
    serve(
      .cancel, by: Endpoint(PermittedAct("cancel", .post, "/cancel")),
      other: OtherService(Endpoint(PermittedAct("cancel_stop", .post, "/cancel_stop")), answer) {
        [unowned(unsafe) self] command, _ in
        waiting.owns(command)
      }, answer)
  }

  private static let rules = FieldTable<RuleField>([
    "name": .symbol, "base": .base, "quote": .quote, "state": .state, "tick": .tick, "lot": .lot,
  ])
  private static let order: FieldTable<OrderField> = [
    "name": .symbol, "id": .venue, "client": .client, "side": .side, "type": .type, "state": .state, "size": .quantity,
    "price": .price, "stop": .stop, "made": .created, "reduce": .reduceOnly, "became": .became,
  ]
  override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { .unsupported }
  func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText { SealedText() }
  func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status { .unsupported }
  func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try call.name(order, venue: "id", client: "client")
  }
}

/// Orders that no id names are found by what they are, or not at all.
@Suite struct ShapeTests {
  private static let millisecond: Int64 = 1_000_000
  private static let since: Int64 = 1_600_000_000_000

  private func ready() throws -> ConnectorHarness {
    let harness = try ConnectorHarness(Skerry.self)
    harness.start()
    harness.account(7)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      #"[{"name":"A-B","base":"A","quote":"B","state":"up","tick":"1","lot":"1"}]"#)
    return harness
  }

  private func ask(
    _ harness: ConnectorHarness, venue: String = "", since: Int64 = Self.since, alike: UInt32 = 0
  ) -> pb_id {
    harness.command(.order, client: "own", venue: venue) {
      ($0.account, $0.instrument, $0.order) = (7, 1, 3)
      ($0.side, $0.type) = (UInt32(PB_SIDE_SELL), UInt32(PB_TYPE_STOP_MARKET))
      ($0.quantity, $0.stop) = (pb_dec(Decimal64(5)), pb_dec(Decimal64(90)))
      $0.since_ns = since * Self.millisecond
      $0.until_ns = since == 0 ? 0 : (since + 1000) * Self.millisecond
      $0.alike = alike
    }
  }

  private func row(
    _ id: String, made: Int64 = 10, size: Int = 5, stop: Int = 90, more: String = "", state: String = "waits"
  ) -> String {
    "{\"name\":\"A-B\",\"id\":\"\(id)\",\"side\":\"sell\",\"type\":\"stop\",\"state\":\"\(state)\",\"size\":\(size),"
      + "\"stop\":\(stop),\"made\":\(Self.since + made)\(more)}"
  }

  /// Answers the two lists, and the question in the usual place that comes last.
  private func answer(_ harness: ConnectorHarness, _ waiting: [String], _ over: [String] = []) throws {
    for rows in [waiting, over] {
      harness.reply(try #require(harness.requests.last).id, "{\"orders\":[\(rows.joined(separator: ","))]}")
    }
    harness.reply(try #require(harness.requests.last).id, status: 400, #"{"code":"4","text":"none"}"#)
  }

  private func orders(_ harness: ConnectorHarness) -> [(fields: pb_order, record: EmittedRecord)] {
    harness.all(PB_EV_ORDER, pb_order.self)
  }

  @Test func theOnlyOneOfItsShapeIsIt() throws {
    let harness = try ready()
    let id = ask(harness)
    let times = "from=\(Self.since)&to=\(Self.since + 1000)"
    #expect(harness.requests.last?.url.hasSuffix("/waiting?name=A-B&\(times)") == true)
    try answer(harness, [row("9"), row("8", size: 6), row("7", stop: 91), row("6", made: 2000)], [])
    #expect(harness.replies(id).first?.outcome == .unknown, "a full list may have more")
    let again = ask(harness)
    try answer(harness, [row("9"), row("8", size: 6)], [row("6", made: 2000, state: "gone")])
    #expect(harness.replies(again).first?.outcome == .done)
    let found = try #require(orders(harness).last)
    #expect(found.record.text(found.fields.venue_order) == "9" && found.fields.order == 3)
    #expect(found.fields.state == UInt32(PB_ORDER_STATE_UNTRIGGERED))
  }

  @Test func severalOfOneShapeAreNeverToldApart() throws {
    for (alike, waiting, over) in [
      (0, [row("9"), row("8")], []), (0, [row("9")], [row("8", state: "gone")]), (1, [row("9")], []),
      // It could be another kind of order, or the time of it is not said.
      (0, [row("9", more: ",\"reduce\":true")], []), (0, [row("9"), row("8", more: ",\"price\":80")], []),
      (0, [row("9", made: -Self.since)], []),
    ] {
      let harness = try ready()
      let id = ask(harness, alike: UInt32(alike))
      try answer(harness, waiting, over)
      #expect(harness.replies(id).first?.outcome == .unknown, "\(waiting) \(over)")
      #expect(orders(harness).isEmpty)
    }
  }

  @Test func thatThereIsNoneOfItsShapeIsAnAnswer() throws {
    let harness = try ready()
    let id = ask(harness, alike: 2)
    try answer(harness, [row("9", size: 6)])
    #expect(harness.replies(id).first?.failure == .unknownOrder)
  }

  @Test func nothingIsConcludedWithoutATimeAndNothingIsGuessedOfAKnownId() throws {
    let harness = try ready()
    let id = ask(harness, since: 0)
    harness.reply(try #require(harness.requests.last).id, status: 400, #"{"code":"4","text":"none"}"#)
    #expect(harness.replies(id).first?.outcome == .unknown)
    let known = ask(harness, venue: "8", alike: 5)
    harness.reply(try #require(harness.requests.last).id, "{\"orders\":[\(row("9")),\(row("8"))]}")
    #expect(harness.replies(known).first?.outcome == .done)
    let found = try #require(orders(harness).last)
    #expect(found.record.text(found.fields.venue_order) == "8")
  }

  @Test func aCancelGoesWhereItsTypeSaysAndThenToTheOtherPlace() throws {
    let harness = try ready()
    let id = harness.command(.cancel, venue: "9") {
      ($0.account, $0.instrument, $0.order, $0.type) = (7, 1, 3, UInt32(PB_TYPE_STOP_MARKET))
    }
    #expect(harness.requests.last?.url.contains("/cancel_stop") == true)
    harness.reply(try #require(harness.requests.last).id, status: 400, #"{"code":"4","text":"none"}"#)
    #expect(harness.requests.last?.url.contains("/cancel?") == true, "it may have become an ordinary one")
    harness.reply(try #require(harness.requests.last).id, #"{"id":"9"}"#)
    #expect(harness.replies(id).first?.outcome == .done)
  }
}
