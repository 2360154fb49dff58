import CPatchbay
import ConnectorTestKit
import Decimals
import Testing

@testable import ConnectorKit

/// An exchange of a few lines that counts contracts.
private final class Atoll: ExchangeConnector, ExchangeDialect {
  let rest = "https://atoll.example"
  let errors = ErrorPlan(
    .code("code", text: "text", fine: ["0"]), [.init("4", .invalidOrder), .init("6", .other)])
  let words = Words(
    side: ["buy": .buy, "sell": .sell], type: ["limit": .limit], force: ["gtc": .goodTilCancelled],
    state: ["open": .open, "done": .filled], leg: ["long": .long, "short": .short, "net": .net],
    margin: ["cross": .cross, "isolated": .isolated], position: ["one": .oneWay, "two": .hedge],
    origin: ["ruin": .forced, "adl": .deleveraged])
  let offer = OrderOffer([.limit], [.goodTilCancelled], [.reduceOnly, .close])
  let bookRules = BookPlan(.unnumbered, .pushes)
  let feeds: FeedPlan
  let privateStream = PrivatePlan(
    .signedTopics, address: "wss://atoll.example/own", subscribeAct: "subscribe", channels: ["all"])

  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    var feeds = FeedPlan()
    feeds.addresses = ["wss://atoll.example/feed"]
    feeds.channels = [
      FeedPlan.Channel([.book, .ticker, .trades], "market"), FeedPlan.Channel(.mark, "mark"),
      FeedPlan.Channel([.mark, .liquidations], "rate"),
    ]
    self.feeds = feeds
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(PermittedAct("list", .get, "/list")), at: "data") { _, json in
      var rules = InstrumentRules(&json, Self.rules, state: ["up": .trading])
      rules.kind = .perpetual
      rules.otherNames = [rules.base + rules.quote]
      return rules
    }
    serve(.place, by: Endpoint(PermittedAct("place", .post, "/order"), .json), WriteAnswer(at: "data", Self.order))
    fills(Pages(Endpoint(PermittedAct("fills", .get, "/fills")), at: "data")) { [unowned self] in
      OrderReport(&$1, Self.order, vocabulary)
    }
    var pages = Pages(Endpoint(PermittedAct("positions", .get, "/positions")), at: "data", .page("page"), full: 2)
    pages.symbol = "name"
    positions(pages, table: Self.position)
    var rates = MarkQuestion(Endpoint(PermittedAct("rates", .get, "/rates")), at: "data", Self.mark)
    (rates.symbol, rates.isOfOneMarket) = ("name", true)
    funding(rates, MarkQuestion(Endpoint(PermittedAct("marks", .get, "/marks")), at: "data", Self.mark))
    let bills = Endpoint(PermittedAct("bills", .get, "/bills"))
    var payments = Pages(bills, at: "data", .after("after", id: "id"), full: 3)
    payments.since = "from"
    fundingPayments(payments) { _, json in
      var isFunding = false
      let report = PaymentReport(&json, Self.payment) { _, key, json in
        if key == "kind" { isFunding = json.string() == "funding" } else { json.skip() }
        return true
      }
      return isFunding ? report : nil
    }
    serveMode(.leverage, by: Endpoint(PermittedAct("lever", .post, "/lever"), .json), confirmedAt: "data/lever") {
      (command, market, call) throws(CommandRefusal) in
      call.set("name", market?.name ?? "")
      call.setNumber("lever", command.value)
    }
    serveMode(.positionMode, by: Endpoint(PermittedAct("mode", .post, "/mode"), .json), settled: ["6"]) {
      [unowned self] (command, _, call) throws(CommandRefusal) in
      call.set("mode", command.positionMode.flatMap { vocabulary.word($0) } ?? "")
    }
    modes(
      ModeQuestion(
        Endpoint(PermittedAct("config", .get, "/config")), at: "data", of: .account,
        FieldTable<ModeField>(["mode": .positionMode])),
      ModeQuestion(
        Endpoint(PermittedAct("levers", .get, "/levers")), at: "data", of: .each(symbol: "name"),
        FieldTable<ModeField>(["lever": .leverage, "margin": .marginMode])))
  }

  private static let rules = FieldTable<RuleField>([
    "name": .symbol, "base": .base, "quote": .quote, "coin": .settle, "state": .state, "tick": .tick, "lot": .lot,
    "least": .minQuantity, "most": .maxQuantity, "size": .contractSize, "max": .maxLeverage,
  ])
  private static let order = FieldTable<OrderField>([
    "name": .symbol, "id": .venue, "own": .client, "state": .state, "side": .side, "qty": .quantity, "done": .filled,
    "leg": .leg, "reduce": .reduceOnly, "fill": .fillID, "fillQty": .fillQuantity, "fillPx": .fillPrice,
    "why": .origin,
  ])
  private static let position = FieldTable<PositionField>([
    "name": .symbol, "leg": .leg, "side": .side, "qty": .quantity, "entry": .entry, "pnl": .unrealized,
    "lever": .leverage, "margin": .marginMode, "ts": .time,
  ])
  private static let trade = FieldTable<TradeField>(["id": .id, "side": .side, "px": .price, "qty": .quantity])
  private static let ticker = FieldTable<TickerField>([
    "name": .symbol, "bid": .bid, "qty": .bidQuantity, "vol": .contractVolume,
  ])
  private static let ruin = FieldTable<LiquidationField>([
    "name": .symbol, "of": .positionSide, "px": .price, "qty": .quantity, "ts": .time,
  ])
  private static let mark = FieldTable<MarkField>([
    "name": .symbol, "mark": .mark, "index": .index, "rate": .rate, "next": .next, "hours": .intervalHours,
    "ts": .time,
  ])
  private static let payment = FieldTable<PaymentField>([
    "name": .symbol, "amount": .amount, "coin": .asset, "id": .id, "ts": .time,
  ])

  func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("name", market.symbol)
    call.set("qty", try market.contracts(order.quantity))
    if let leg = vocabulary.word(order.leg) { call.set("leg", leg) }
  }

  func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map { "\(feeds.channels[$0.channel].name):\(markets[$0.market].symbol)" }
    return SealedText("\(isUnsubscribe ? "-" : "+")\(names.joined(separator: ","))")
  }

  /// `{"book": [[...]], "name"}`, `{"mark": {...}}`, `{"ruin": [{...}]}`, `{"trades": [{...}]}`.
  override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    json.enterObject()
    guard let key = json.nextKey() else { return .parse }
    switch key {
    case "book":
      out.beginBook()
      let bids = out.levels(&json, markets[0])
      guard json.isValid else { return misread(markets[0], .book) }
      return book(markets[0], isSnapshot: true, last: 1, time: 0, bids: bids, asks: pb_list(), frame: frame)
    case "mark": return marks(&json, Self.mark, stream)
    case "ruin": return liquidations(&json, Self.ruin, stream)
    case "trades": return trades(&json, Self.trade, stream, of: markets[0])
    case "ticker": return ticker(&json, Self.ticker, stream)
    default: return .unsupported
    }
  }

  func privateTopic(_ channel: String, id: pb_id) -> SealedText { "+\(channel)" }
  func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    json.enterObject()
    while let key = json.nextKey() {
      if key == "positions" { publishPositions(&json, account, Self.position) } else { json.skip() }
    }
    return json.isComplete() ? .ok : .parse
  }
}

/// The perpetual part of the second layer. Quantities are contracts on one side and base on the other.
@Suite struct PerpetualLayerTests {
  private func ready(size: String = "0.01", lot: String = #""0.1""#, account: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(Atoll.self, config: "{}")
    harness.start(trading: account)
    if account { harness.account(7) }
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      {"code":"0","data":[{"name":"A-B-P","base":"A","quote":"B","coin":"C","state":"up","tick":"0.1","lot":\(lot),
      "least":"1","most":"1000","size":"\(size)","max":"50"},
      {"name":"D-B-P","base":"D","quote":"B","coin":"B","state":"up","tick":"0.1","lot":"1","size":"10"}]}
      """)
    #expect(harness.instruments.count == 2)
    return harness
  }

  private func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channels.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    return stream
  }

  private func answer(_ harness: ConnectorHarness, _ body: String, status: Int = 200) throws {
    harness.reply(try #require(harness.requests.last).id, status: status, body)
  }

  // MARK: Contracts

  @Test func stepsAndBoundsAreMultipliedOut() throws {
    let rules = try #require(try ready().instruments.first).fields
    #expect(rules.lot.value == Decimal64("0.001") && rules.min_quantity.value == Decimal64("0.01"))
    #expect(rules.max_quantity.value == Decimal64("10") && rules.multiplier.value == Decimal64("0.01"))
    #expect(rules.quantity_exp == -3 && rules.max_leverage.value == Decimal64("50"))
    #expect(rules.kind == UInt32(PB_KIND_PERP))
    let second = try #require(try ready().instruments.last).fields
    #expect(second.lot.value == Decimal64("10") && second.quantity_exp == 0)
    // Without a step whole contracts are traded.
    #expect(try ready(lot: "null").instruments[0].fields.lot.value == Decimal64("0.01"))
  }

  @Test(arguments: [("0.01", "25"), ("10", "0.025"), ("0.5", "0.5"), ("0.25", "1"), ("3", "0.1")])
  func marketDataIsInBase(size: String, contracts: String) throws {
    let harness = try ready(size: size)
    let stream = try subscribed(harness, [.book, .trades, .ticker])
    let exponent = harness.instruments[0].fields.quantity_exp
    // Each lot is a whole number of the book's units.
    #expect(harness.instruments[0].fields.lot.value?.mantissa(at: exponent) != nil)
    let count = size == "10" ? "0.3" : contracts
    harness.frame(stream, #"{"book":[["1.5","\#(count)"]]}"#)
    harness.frame(stream, #"{"trades":[{"id":"1","side":"buy","px":"1","qty":"\#(count)"}]}"#)
    harness.frame(stream, #"{"ticker":{"name":"A-B-P","bid":"1","qty":"\#(count)","vol":"\#(count)"}}"#)
    let base = Decimal64(count)?.multiplied(by: try #require(Decimal64(size)))
    func number(_ mantissa: Int64?) -> Decimal64? { mantissa.map { Decimal64(mantissa: $0, exponent: exponent) } }
    #expect(number(harness.books.last?.bids.first?[1]) == base)
    #expect(number(harness.trades.last?.quantity) == base)
    #expect(number(harness.tickers.last?.bid_quantity) == base && harness.tickers.last?.base_volume.value == base)
  }

  @Test func whatDoesNotFitIsNotGuessed() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    #expect(harness.frame(stream, #"{"book":[["1","0.01"]]}"#) == .parse)
    #expect(try ready(size: "3").books.isEmpty)
    let big = try ready(size: "3")
    #expect(big.frame(try subscribed(big, .book), #"{"book":[["1","800000000000000000"]]}"#) == .parse)
  }

  @Test func commandsAreDividedExactlyOrRefused() throws {
    let harness = try ready(account: true)
    func place(_ quantity: String) -> pb_id {
      harness.command(.place) {
        ($0.account, $0.instrument, $0.order) = (7, 1, 1)
        ($0.side, $0.type) = (Side.buy.rawValue, OrderType.limit.rawValue)
        $0.position = PositionLeg.short.rawValue
        ($0.price, $0.quantity) = (pb_dec(Decimal64(1)), pb_dec(Decimal64(quantity)))
      }
    }
    _ = place("0.125")
    #expect(harness.requests.last?.body == #"{"name":"A-B-P","qty":"12.5","leg":"short"}"#)
    try answer(harness, #"{"code":"0","data":{"id":"5","qty":"12.5"}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last).fields
    #expect(order.quantity.value == Decimal64("0.125") && order.position == PositionLeg.short.rawValue)
    let odd = place("0.12501")
    #expect(harness.replies(odd).map(\.outcome) == [.refused] && harness.replies(odd).map(\.failure) == [.invalidOrder])
  }

  @Test func fillsAreInBaseAndSayWhoseTheOrderWas() throws {
    let harness = try ready(account: true)
    harness.command(.fills) { $0.account = 7 }
    try answer(
      harness,
      """
      {"code":"0","data":[
      {"name":"A-B-P","fill":"1","side":"sell","fillQty":"3","fillPx":"2","leg":"long","why":"ruin"},
      {"name":"D-B-P","fill":"2","side":"buy","fillQty":"3","fillPx":"2","why":"plain"}]}
      """)
    let fills = harness.all(PB_EV_FILL, pb_fill.self).map(\.fields)
    #expect(fills.map(\.quantity.value) == [Decimal64("0.03"), Decimal64("30")])
    #expect(fills.map(\.flags) == [UInt32(PB_FILL_FORCED), 0] && fills.map(\.position) == [1, 0])
  }

  /// What is remembered of an order is in base; what a later report says of it counts contracts.
  @Test func aReportIsMultipliedOutOnce() throws {
    var report = OrderReport()
    var market: Market?
    var rules = InstrumentRules()
    (rules.symbol, rules.contractSize, rules.tick, rules.lot) = ("A", try #require(Decimal64("0.01")), .one, .one)
    let isExact = rules.multiplyOut()
    #expect(isExact)
    market = Market(id: 1, number: 0, rules: rules, book: BookPlan(.unnumbered, .pushes))
    (report.quantity, report.filled, report.counted) = (Decimal64(5), Decimal64(2), [.quantity, .filled])
    report.multiplyOut(try #require(market))
    report.multiplyOut(try #require(market))
    (report.filled, report.counted) = (Decimal64(3), .filled)
    report.multiplyOut(try #require(market))
    #expect(report.quantity == Decimal64("0.05") && report.filled == Decimal64("0.03"))
  }

  // MARK: Positions

  @Test func positionsComePageByPageWithTheSignOfTheirSide() throws {
    let harness = try ready(account: true)
    let command = harness.command(.positions) { $0.account = 7 }
    try answer(
      harness,
      """
      {"code":"0","data":[
      {"name":"A-B-P","leg":"short","qty":"4","entry":"0","pnl":"-1.1234567890123456789012","lever":"3"},
      {"name":"D-B-P","leg":"net","side":"sell","qty":"2","entry":"7","margin":"isolated","ts":"1700000000000"}]}
      """)
    #expect(harness.requests.last?.url.hasSuffix("?page=2") == true && harness.replies(command).isEmpty)
    try answer(harness, #"{"code":"0","data":[{"name":"A-B-P","leg":"long","qty":"-1"}]}"#)
    let positions = harness.positionFacts
    #expect(positions.map(\.quantity.value) == [Decimal64("-0.04"), Decimal64(-20), Decimal64("0.01")])
    #expect(positions.map(\.position) == [2, 0, 1] && positions.map(\.margin_mode) == [0, 2, 0])
    #expect(positions[0].entry.state == UInt32(PB_DEC_ABSENT))
    #expect(positions[0].unrealized.state == UInt32(PB_DEC_ROUNDED))
    #expect(positions[1].venue_ns == 1_700_000_000_000_000_000)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.completed.map(\.what).last == PB_EV_POSITION && harness.completed.last?.partial == false)
  }

  @Test func aPositionThatCannotBeReadOpensTheStreamAnew() throws {
    let harness = try ready(account: true)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    #expect(harness.frame(stream, #"{"positions":[{"name":"A-B-P","qty":"0"},{"name":"X","qty":"?"}]}"#) == .parse)
    #expect(harness.positionFacts.map(\.quantity.value) == [.zero] && harness.closes == [stream])
  }

  // MARK: Mark price and funding

  @Test func whatComesApartIsReportedTogether() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .mark)
    #expect(harness.requests.last?.body == "+mark:A-B-P,rate:A-B-P")
    // Without a mark price nothing is known; the index waits for it.
    harness.frame(stream, #"{"mark":[{"name":"AB","index":"9.5"},{"name":"Z","mark":"1"}]}"#)
    #expect(harness.markFacts.isEmpty && harness.states.map(\.state) == [.live])
    harness.frame(stream, #"{"mark":{"name":"A-B-P","mark":"10","ts":1700000000000}}"#)
    #expect(harness.markFacts.map(\.mark.value) == [Decimal64(10)])
    #expect(harness.markFacts.map(\.index.value) == [Decimal64("9.5")])
    harness.frame(stream, #"{"mark":{"name":"A-B-P","rate":"-0.0001","next":"1700003600000","hours":8}}"#)
    #expect(harness.markFacts.count == 1 && harness.fundingFacts.map(\.rate.value) == [Decimal64("-0.0001")])
    #expect(harness.fundingFacts.map(\.interval_ns) == [28_800_000_000_000])
    // When the next one is need not be known yet; what is known stays.
    for unknown in [#""""#, "null"] {
      harness.frame(stream, #"{"mark":{"name":"A-B-P","rate":"0.0002","next":\#(unknown)}}"#)
    }
    #expect(harness.fundingFacts.map(\.next_ns) == Array(repeating: 1_700_003_600_000_000_000, count: 3))
    #expect(harness.frame(stream, #"{"mark":{"name":"A-B-P","mark":"x"}}"#) == .parse)
    #expect(harness.states.map(\.state) == [.live, .down])
  }

  @Test func whatIsOldIsForgottenWithItsStream() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .mark)
    harness.frame(stream, #"{"mark":{"name":"A-B-P","index":"9","mark":"10"}}"#)
    harness.closed(stream)
    let next = try #require(harness.opens.last).stream
    harness.opened(next)
    harness.frame(next, #"{"mark":{"name":"A-B-P","mark":"11"}}"#)
    #expect(harness.markFacts.map(\.index.value) == [Decimal64(9), nil])
  }

  @Test func fundingIsAskedInTurnAndReportedTogether() throws {
    let harness = try ready()
    let all = harness.command(.funding)
    #expect(harness.replies(all).map(\.failure) == [.unsupported])
    let one = harness.command(.funding) { $0.instrument = 1 }
    #expect(harness.requests.last?.url == "https://atoll.example/rates?name=A-B-P")
    try answer(harness, #"{"code":"0","data":{"rate":"0.0001","next":"1700003600000"}}"#)
    #expect(harness.fundingFacts.isEmpty)
    try answer(harness, #"{"code":"0","data":[{"name":"D-B-P","mark":"1"},{"name":"A-B-P","mark":"10","index":"9"}]}"#)
    #expect(harness.fundingFacts.map(\.command) == [one])
    #expect(harness.fundingFacts.map(\.next_ns) == [1_700_003_600_000_000_000])
    #expect(harness.markFacts.map(\.instrument) == [1] && harness.replies(one).map(\.outcome) == [.done])
    let again = harness.command(.funding) { $0.instrument = 2 }
    try answer(harness, #"{"code":"0","data":[]}"#)
    #expect(harness.replies(again).map(\.outcome) == [.unknown])
  }

  @Test func paymentsBeginWhereTheyAreAskedFrom() throws {
    let harness = try ready(account: true)
    let command = harness.command(.fundingPayments) { ($0.account, $0.since_ns) = (7, 1_700_000_000_000_000_000) }
    #expect(harness.requests.last?.url == "https://atoll.example/bills?from=1700000000000")
    try answer(
      harness,
      """
      {"code":"0","data":[{"name":"A-B-P","kind":"funding","amount":"-0.5","coin":"C","id":"9","ts":1700000005000},
      {"name":"A-B-P","kind":"fee","amount":"-1","coin":"C","id":"8","ts":1700000004000},
      {"name":"Q","kind":"funding","amount":"1","coin":"C","id":"7","ts":1700000003000}]}
      """)
    #expect(harness.requests.last?.url.hasSuffix("&after=7") == true)
    try answer(
      harness,
      """
      {"code":"0","data":[{"name":"D-B-P","kind":"funding","amount":"2","ts":1700000002000},
      {"name":"D-B-P","kind":"funding","amount":"3","id":"5","ts":1699999999000},
      {"name":"D-B-P","kind":"funding","amount":"4","id":"4","ts":1699999998000}]}
      """)
    let payments = harness.paymentFacts
    #expect(payments.map(\.fields.amount.value) == [Decimal64("-0.5"), Decimal64(2)])
    #expect(payments.map(\.id) == ["9", "D-B-P-1700000002000"] && payments.map(\.asset) == ["C", "B"])
    #expect(harness.replies(command).map(\.outcome) == [.done] && harness.completed.last?.partial == false)
  }

  @Test func liquidationsSayTheSideOfTheForcedOrder() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .liquidations)
    #expect(harness.requests.last?.body == "+rate:A-B-P")
    harness.frame(stream, #"{"ruin":[{"name":"A-B-P","of":"buy","px":"9","qty":"3","ts":1}]}"#)
    let ruin = try #require(harness.liquidationFacts.last)
    #expect(ruin.side == Side.sell.rawValue && ruin.quantity.value == Decimal64("0.03"))
    #expect(harness.frame(stream, #"{"ruin":{"name":"A-B-P","of":"up","px":"9","qty":"3"}}"#) == .parse)
  }

  // MARK: Modes

  private func leverage(_ harness: ConnectorHarness, _ value: String) -> pb_id {
    harness.command(.leverage) {
      ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64(value)))
    }
  }

  @Test func aLeverageIsTheOneThatTheExchangeConfirms() throws {
    let harness = try ready(account: true)
    for (value, answer, outcome) in [("5", "5", Outcome.done), ("5", "3", .refused), ("5", "0", .refused)] {
      let command = leverage(harness, value)
      #expect(harness.requests.last?.body == #"{"name":"A-B-P","lever":5}"#)
      try self.answer(harness, #"{"code":"0","data":{"lever":"\#(answer)"}}"#)
      #expect(harness.replies(command).map(\.outcome) == [outcome])
    }
    #expect(harness.modeFacts.map(\.leverage.value) == [Decimal64(5), Decimal64(3)])
    let above = leverage(harness, "51")
    #expect(harness.replies(above).map(\.failure) == [.invalidOrder], "the instrument's greatest is 50")
    let lost = leverage(harness, "6")
    try answer(harness, "oops", status: 502)
    #expect(harness.replies(lost).map(\.outcome) == [.unknown])
  }

  @Test func aModeThatIsSoAlreadyIsSet() throws {
    let harness = try ready(account: true)
    func set(_ mode: UInt32) -> pb_id {
      harness.command(.positionMode) { ($0.account, $0.mode) = (7, mode) }
    }
    let first = set(PositionMode.hedge.rawValue)
    #expect(harness.requests.last?.body == #"{"mode":"two"}"#)
    try answer(harness, #"{"code":"6","text":"no change"}"#)
    #expect(harness.replies(first).map(\.outcome) == [.done])
    let second = set(PositionMode.oneWay.rawValue)
    try answer(harness, #"{"code":"4","text":"there are orders"}"#)
    #expect(harness.replies(second).map(\.outcome) == [.refused] && harness.replies(second).map(\.code) == ["4"])
    #expect(harness.replies(set(9)).map(\.failure) == [.invalidOrder])
    #expect(harness.modeFacts.map(\.position_mode) == [UInt32(PB_POSITION_MODE_HEDGE)])
    #expect(harness.modeFacts.map(\.instrument) == [0])
  }

  @Test func theRealModesAreReadBack() throws {
    let harness = try ready(account: true)
    let command = harness.command(.modes) { ($0.account, $0.instrument) = (7, 2) }
    try answer(harness, #"{"code":"0","data":{"mode":"one"}}"#)
    #expect(harness.requests.last?.url == "https://atoll.example/levers?name=D-B-P")
    try answer(harness, #"{"code":"0","data":[{"lever":"4","margin":"cross"}]}"#)
    #expect(harness.modeFacts.map(\.instrument) == [0, 2])
    #expect(harness.modeFacts.map(\.leverage.value) == [nil, Decimal64(4)])
    #expect(harness.modeFacts.map(\.margin_mode) == [0, UInt32(PB_MARGIN_CROSS)])
    #expect(harness.replies(command).map(\.outcome) == [.done] && harness.completed.last?.partial == false)
    // Of all: those that are asked for one by one are not all.
    harness.command(.modes) { $0.account = 7 }
    try answer(harness, #"{"code":"0","data":{"mode":"two"}}"#)
    #expect(harness.completed.last?.partial == true)
  }
}
