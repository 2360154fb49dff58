import CPatchbay
import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// An exchange of a few lines whose plans are chosen by its configuration.
private final class Reef: ExchangeConnector, ExchangeDialect {
  let rest = "https://reef.example"
  let errors = ErrorPlan(.status(code: "code", text: "text"), [.init("7", .authentication)])
  let feeds: FeedPlan
  let bookRules: BookPlan
  let privateStream: PrivatePlan

  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    var feeds = FeedPlan()
    feeds.addresses = ["wss://reef.example/a", "wss://reef.example/b"]
    feeds.channels = [FeedPlan.Channel(.book, "book"), FeedPlan.Channel(.trades, "trades", address: 1)]
    feeds.acknowledges = try config.string("book") != "silent"
    self.feeds = feeds
    let books = Endpoint(PermittedAct("books", .get, "/books"))
    bookRules =
      switch try config.string("book") ?? "rest" {
      case "rest": BookPlan(.span, .rest(books))
      case "silent": BookPlan(.span, .rest(books), waitsUntilLive: true)
      default: BookPlan(.unnumbered, .pushes)
      }
    let key = Endpoint(PermittedAct("key", .post, "/key"))
    let keep = Endpoint(PermittedAct("keep", .put, "/key"))
    privateStream =
      switch try config.string("private") ?? "none" {
      case "key":
        PrivatePlan(
          .listenKey(obtain: key, pointer: "/key", keep: keep, every: 1_800_000_000_000, parameter: "name"),
          address: "wss://reef.example/\(Seal.slot(1))", streamAct: "stream", subscribeAct: "", channels: [])
      case "signed":
        PrivatePlan(
          .signedTopics, address: "wss://reef.example/own", subscribeAct: "subscribe", channels: ["orders", "money"])
      default: .none
      }
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(PermittedAct("list", .get, "/list")), at: "", Self.rules, state: ["up": .trading])
  }

  private static let rules = FieldTable<RuleField>([
    "name": .symbol, "base": .base, "quote": .quote, "state": .state, "tick": .tick, "lot": .lot,
  ])

  func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map { "\(feeds.channels[$0.channel].name):\(markets[$0.market].symbol)" }
    return SealedText("\(id) \(isUnsubscribe ? "-" : "+")\(names.joined(separator: ","))")
  }

  /// `{"ok": 5}`, `{"no": 5, "code": "9"}`, or `{"u": 3, "U": 2, "b": [["1", "2"]]}` of the first market.
  override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var (first, last, bids, answer) = (UInt64(0), UInt64(0), pb_list(), pb_id(0))
    var code: String?
    out.beginBook()
    json.members { key, json in
      switch key {
      case "U": first = json.unsigned()
      case "u": last = json.unsigned()
      case "b": bids = out.levels(&json, price: markets[0].priceExponent, quantity: markets[0].quantityExponent)
      case "ok", "no": answer = json.unsigned()
      case "code": code = json.words()
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    guard answer == 0 else {
      acknowledged(answer, code.map { .refused(code: $0, text: "no") } ?? .confirmed)
      return .ok
    }
    return book(
      markets[0], isSnapshot: first == 0, first: first, last: last, time: 0, bids: bids, asks: pb_list(), frame: frame)
  }

  func snapshotParameters(_ market: Market, _ call: inout Call) { call.set("name", market.symbol) }

  func snapshotReply(_ body: Body, _ market: Market) -> Status {
    var json = JSONScanner(body)
    guard let last = json.find("u")?.scanner().unsignedValue() else { return .parse }
    out.beginBook()
    snapshot(market, last: last, time: 0, bids: pb_list(), asks: pb_list(), isInBand: false)
    return .ok
  }

  func privateTopic(_ channel: String, id: pb_id) -> SealedText { "\(id) +\(channel) \(Seal.field("key"))" }
  func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    var json = JSONScanner(frame)
    if let answer = json.find("ok")?.scanner().unsignedValue() {
      acknowledged(answer, .confirmed)
      return .ok
    }
    // `{"id": "2", "was": "1", "carried": "4"}`: an order that goes on as another one.
    json = JSONScanner(frame)
    var report = OrderReport()
    (report.symbol, report.state, report.quantity, report.filled) = ("A-B", .open, 6, .zero)
    json.members { key, json in
      switch key {
      case "id": report.venue = json.words()
      case "was": report.continues = json.words()
      case "carried": report.carried = json.optionalDecimal()
      default: return false
      }
      return true
    }
    return publish(order: report, account) ? .ok : .parse
  }
}

extension JSONScanner {
  /// The number that comes next; `nil` when there is none.
  fileprivate consuming func unsignedValue() -> UInt64? {
    var json = self
    let value = json.unsigned()
    return json.isValid ? value : nil
  }
}

@Suite struct ExchangeLayerTests {
  private static let second: Int64 = 1_000_000_000

  private func ready(_ config: String = "{}", account: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(Reef.self, config: config)
    harness.start()
    if account { harness.account(7) }
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      #"[{"name":"A-B","base":"A","quote":"B","state":"up","tick":"1","lot":"1"}]"#)
    #expect(harness.instruments.count == 1)
    return harness
  }

  private func subscribed(_ harness: ConnectorHarness, _ channels: Channels = .book) throws -> pb_id {
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channels.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.sent(try #require(harness.requests.last { $0.stream == stream }).id)
    return stream
  }

  private func update(_ first: Int, _ last: Int) -> String { #"{"U":\#(first),"u":\#(last),"b":[["1","2"]]}"# }

  // MARK: Books by request

  @Test func updatesWaitForTheBookThatWasAskedFor() throws {
    let harness = try ready()
    let stream = try subscribed(harness)
    harness.frame(stream, update(9, 10))
    harness.frame(stream, update(11, 12))
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://reef.example/books?name=A-B" && harness.books.isEmpty)
    harness.reply(request.id, #"{"u":10}"#)
    #expect(harness.books.map(\.last) == [10, 12] && harness.gaps.isEmpty)
    harness.frame(stream, update(13, 13))
    #expect(harness.books.last?.last == 13)
  }

  /// Where nothing answers a subscription, its first update proves that the stream carries the book.
  @Test func theFirstUpdateOfASilentExchangeAsksForItsBook() throws {
    let harness = try ready(#"{"book": "silent"}"#)
    let stream = try subscribed(harness)
    #expect(harness.requests.allSatisfy { $0.url != "https://reef.example/books?name=A-B" })
    harness.frame(stream, update(9, 10))
    harness.frame(stream, update(11, 12))
    let asked = harness.requests.filter { $0.url == "https://reef.example/books?name=A-B" }
    #expect(asked.count == 1 && harness.books.isEmpty)
    harness.reply(try #require(asked.first).id, #"{"u":10}"#)
    #expect(harness.books.map(\.last) == [10, 12] && harness.gaps.isEmpty)
  }

  @Test func aBookThatCannotBeHadIsAskedForLaterEachTime() throws {
    let harness = try ready()
    _ = try subscribed(harness)
    var waits: [Int64] = []
    for _ in 0..<4 {
      harness.reply(try #require(harness.requests.last).id, status: 503, "oops")
      let (start, asked) = (harness.now, harness.requests.count)
      while harness.requests.count == asked { harness.run(for: 50_000_000) }
      waits.append((harness.now - start) / 50_000_000)
    }
    #expect(waits == [5, 5, 10, 20], "quarters of a second, then doubled")
  }

  @Test func aGapAsksForTheBookAnewAndKeepsWhatFollows() throws {
    let harness = try ready()
    let stream = try subscribed(harness)
    harness.reply(try #require(harness.requests.last).id, #"{"u":10}"#)
    harness.forget()
    harness.frame(stream, update(13, 14))
    #expect(harness.gaps.map(\.expected) == [11] && harness.books.isEmpty)
    harness.reply(try #require(harness.requests.last).id, #"{"u":12}"#)
    #expect(harness.books.map(\.last) == [12, 14])
  }

  @Test func aBookOlderThanWhatWaitsIsNotReported() throws {
    let harness = try ready()
    let stream = try subscribed(harness)
    harness.frame(stream, update(9, 10))
    harness.reply(try #require(harness.requests.last).id, #"{"u":7}"#)
    #expect(harness.books.isEmpty && harness.gaps.isEmpty)
    harness.run(for: LossPace.first)
    harness.reply(try #require(harness.requests.last).id, #"{"u":8}"#)
    #expect(harness.books.map(\.last) == [8, 10] && harness.gaps.isEmpty)
  }

  // MARK: Books that are built anew aside

  /// A live book at 12, and the request for a new one.
  private func refreshing() throws -> (ConnectorHarness, pb_id, pb_id) {
    let harness = try ready()
    let stream = try subscribed(harness)
    harness.reply(try #require(harness.requests.last).id, #"{"u":10}"#)
    harness.frame(stream, update(11, 12))
    harness.forget()
    harness.command(.refresh) { $0.instrument = 1 }
    return (harness, stream, try #require(harness.requests.last).id)
  }

  private func forms(_ harness: ConnectorHarness) -> [[UInt64]] {
    harness.all(PB_EV_BOOK, pb_book.self).map { [UInt64($0.fields.snapshot), $0.fields.last_seq] }
  }

  private func refusals(_ harness: ConnectorHarness) -> [pb_reply] {
    harness.all(PB_EV_REPLY, pb_reply.self).map(\.fields)
  }

  @Test func aBookIsBuiltAnewBesideTheOldOne() throws {
    let (harness, stream, request) = try refreshing()
    harness.frame(stream, update(13, 14))
    harness.frame(stream, update(15, 16))
    #expect(forms(harness) == [[0, 14], [0, 16]] && refusals(harness).isEmpty)
    harness.reply(request, #"{"u":14}"#)
    #expect(forms(harness).dropFirst(2) == [[2, 14], [3, 16], [4, 16]])
    #expect(refusals(harness).map(\.outcome) == [UInt32(PB_OUTCOME_DONE)] && harness.gaps.isEmpty)
    harness.frame(stream, update(17, 17))
    #expect(forms(harness).last == [0, 17])
  }

  /// One that is ahead of the stream: what comes then is in it, or follows.
  @Test func aSnapshotAheadOfTheStream() throws {
    let (harness, stream, request) = try refreshing()
    harness.reply(request, #"{"u":15}"#)
    #expect(forms(harness) == [[2, 15], [4, 15]])
    harness.frame(stream, update(13, 14))
    harness.frame(stream, update(15, 17))
    #expect(forms(harness).dropFirst(2) == [[0, 17]] && harness.gaps.isEmpty)
  }

  @Test(arguments: [(200, #"{"u":11}"#), (200, "{"), (503, "oops")])
  func aBookThatCannotBeProvedLeavesTheOldOne(status: Int, body: String) throws {
    let (harness, stream, request) = try refreshing()
    harness.frame(stream, update(13, 14))
    harness.reply(request, status: status, body)
    #expect(refusals(harness).map(\.outcome) == [UInt32(PB_OUTCOME_REFUSED)] && harness.gaps.isEmpty)
    harness.frame(stream, update(15, 15))
    #expect(forms(harness) == [[0, 14], [0, 15]] && harness.books.allSatisfy { !$0.isSnapshot })
  }

  @Test func aBookThatIsLostIsNotBuiltAside() throws {
    let (harness, stream, request) = try refreshing()
    harness.frame(stream, update(20, 21))
    #expect(refusals(harness).map(\.outcome) == [UInt32(PB_OUTCOME_REFUSED)] && harness.aborts == [request])
    #expect(harness.gaps.map(\.expected) == [13])
    harness.reply(try #require(harness.requests.last).id, #"{"u":20}"#)
    #expect(forms(harness) == [[1, 20], [0, 21]])
    harness.forget()
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
    harness.command(.refresh) { $0.instrument = 1 }
    #expect(refusals(harness).last?.outcome == UInt32(PB_OUTCOME_REFUSED))
  }

  @Test func whatNobodyWantsIsNotAskedFor() throws {
    let harness = try ready()
    let stream = try subscribed(harness)
    let request = try #require(harness.requests.last).id
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
    #expect(harness.aborts == [request])
    harness.frame(stream, update(9, 10))
    #expect(harness.books.isEmpty && harness.frame(stream, "{") == .parse && harness.gaps.isEmpty)
  }

  @Test func everyPushIsTheWholeBook() throws {
    let harness = try ready(#"{"book":"pushes"}"#)
    let stream = try subscribed(harness)
    harness.frame(stream, #"{"u":1,"b":[["1","2"]]}"#)
    harness.frame(stream, "{")
    harness.frame(stream, #"{"u":2,"b":[["1","3"]]}"#)
    #expect(harness.books.map(\.isSnapshot) == [true, true] && harness.gaps.map(\.reason) == [.malformed])
  }

  // MARK: Streams

  @Test func eachAddressHasItsOwnStreamAndARefusalIsOfItsMessage() throws {
    let harness = try ready()
    let command = harness.command(.subscribe) {
      ($0.instrument, $0.channel) = (1, Channels([.book, .trades]).rawValue)
    }
    #expect(harness.opens.map(\.url) == ["wss://reef.example/a", "wss://reef.example/b"])
    let trades = try #require(harness.opens.last).stream
    harness.opened(trades)
    let message = try #require(harness.requests.last).id
    harness.frame(trades, #"{"no":\#(message),"code":"9"}"#)
    #expect(harness.states.map(\.state) == [.rejected] && harness.states.map(\.channels) == [.trades])
    #expect(harness.replies(command).map(\.outcome) == [.refused])
  }

  @Test func anAnswerStopsItsTimer() throws {
    let harness = try ready(#"{"book":"pushes"}"#)
    let stream = try subscribed(harness)
    #expect(harness.timers.count == 1)
    harness.frame(stream, #"{"ok":\#(try #require(harness.requests.last).id)}"#)
    #expect(harness.timers.isEmpty)
  }

  // MARK: Private streams

  @Test func aListenKeyStandsInTheAddressAndIsProlonged() throws {
    let harness = try ready(#"{"private":"key"}"#, account: true)
    #expect(harness.opens.isEmpty)
    harness.reply(try #require(harness.requests.last).id, #"{"key":"***"}"#)
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://reef.example/<slot(1)>")
    harness.opened(open.stream)
    #expect(harness.states.map(\.state) == [.pending, .live])
    harness.forget()
    harness.run(for: 1800 * Self.second)
    let keep = try #require(harness.requests.last)
    #expect(keep.method == .put && keep.account == 7 && keep.url == "https://reef.example/key?name=<slot(1)>")
    harness.reply(keep.id, #"{}"#)
    harness.run(for: 1800 * Self.second)
    harness.reply(try #require(harness.requests.last).id, status: 400, #"{"code":"8","text":"gone"}"#)
    #expect(harness.closes == [open.stream] && harness.states.map(\.state) == [.down])
    harness.closed(open.stream)
    #expect(harness.requests.last?.method == .post, "a new key for a new stream")
  }

  @Test func aRefusedListenKeyIsAskedForLater() throws {
    let harness = try ready(#"{"private":"key"}"#, account: true)
    harness.reply(try #require(harness.requests.last).id, status: 400, #"{"code":"7","text":"no"}"#)
    #expect(harness.states.map(\.state) == [.pending, .down])
    let count = harness.requests.count
    harness.run(for: 60 * Self.second - 1)
    #expect(harness.requests.count == count)
    harness.run(for: 1)
    #expect(harness.requests.count == count + 1)
  }

  @Test func signedTopicsAreLiveWhenAllAreAnswered() throws {
    let harness = try ready(#"{"private":"signed"}"#, account: true)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let frames = harness.requests.filter { $0.stream == stream }
    #expect(frames.map(\.body) == ["\(frames[0].id) +orders <field(key)>", "\(frames[1].id) +money <field(key)>"])
    #expect(frames.allSatisfy { $0.account == 7 && $0.permission == "subscribe" })
    harness.frame(stream, #"{"ok":\#(frames[0].id)}"#)
    #expect(harness.states.map(\.state) == [.pending])
    harness.frame(stream, #"{"ok":\#(frames[1].id)}"#)
    #expect(harness.states.map(\.state) == [.pending, .live])
  }

  @Test func anOrderSaysWhichOneItContinues() throws {
    let harness = try ready(#"{"private":"signed"}"#, account: true)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    for frame in [#"{"id":"2","was":"1","carried":"4"}"#, #"{"id":"1","carried":"0"}"#, #"{"id":"1"}"#] {
      #expect(harness.frame(stream, frame) == .ok)
    }
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    try #require(orders.count == 3)
    let heads = orders.map(\.fields)
    #expect(orders.map { $0.record.text($0.fields.continues) } == ["1", "", ""])
    #expect(heads.map(\.carried.state) == [PB_DEC_EXACT, PB_DEC_EXACT, PB_DEC_ABSENT].map { UInt32($0) })
    #expect(heads[0].carried.mantissa == 4 && heads[0].filled.mantissa == 0 && heads[0].quantity.mantissa == 6)
  }

  @Test func anAccountThatGoesLeavesNothingBehind() throws {
    let harness = try ready(#"{"private":"key"}"#, account: true)
    harness.reply(try #require(harness.requests.last).id, #"{"key":"***"}"#)
    harness.opened(try #require(harness.opens.last).stream)
    harness.account(7, present: false)
    #expect(harness.timers.isEmpty && harness.states.last?.state == .ended)
  }
}
