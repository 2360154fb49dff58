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

  required init(config: ConnectorConfig, out: Output) throws {
    var feeds = FeedPlan()
    feeds.addresses = ["wss://reef.example/a", "wss://reef.example/b"]
    feeds.channels = [FeedPlan.Channel(.book, "book"), FeedPlan.Channel(.trades, "trades", address: 1)]
    self.feeds = feeds
    let books = Endpoint(PermittedAct("books", .get, "/books"))
    bookRules =
      switch try config.string("book") ?? "rest" {
      case "rest": BookPlan(.span, .rest(books))
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
    let answer = json.find("ok")?.scanner().unsignedValue()
    guard let answer else { return .parse }
    acknowledged(answer, .confirmed)
    return .ok
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

  @Test func anAccountThatGoesLeavesNothingBehind() throws {
    let harness = try ready(#"{"private":"key"}"#, account: true)
    harness.reply(try #require(harness.requests.last).id, #"{"key":"***"}"#)
    harness.opened(try #require(harness.opens.last).stream)
    harness.account(7, present: false)
    #expect(harness.timers.isEmpty && harness.states.last?.state == .ended)
  }
}
