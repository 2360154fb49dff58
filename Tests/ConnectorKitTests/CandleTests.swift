import CPatchbay
import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// An exchange that gives two candles of a minute at most, or the newest three.
private final class Shoal: ExchangeConnector, ExchangeDialect {
  let rest = "https://shoal.example"
  let errors = ErrorPlan(.status(code: "code", text: "text"), [.init("7", .rateLimit)])
  let feeds = FeedPlan()
  let bookRules = BookPlan(.unnumbered, .pushes)

  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(PermittedAct("list", .get, "/list")), at: "", Self.rules, state: ["up": .trading])
    let isNewest = try config.string("give") == "newest"
    let table = FieldTable<CandleField>(
      places: [.seconds, .open, .high, .low, .close, .baseVolume, .quoteVolume, .trades])
    var plan = CandlePlan(
      Endpoint(PermittedAct("candles", .get, "/candles")), at: "data", table, most: isNewest ? 3 : 2,
      [1: "one", 60: "sixty"])
    plan.size = "count"
    if isNewest {
      plan.isNewestAlone = true
    } else {
      (plan.since, plan.until, plan.untilShift, plan.timeForm) = ("from", "to", -1_000_000_000, .seconds)
      plan.questions = 3
      plan.older = (Endpoint(PermittedAct("old", .get, "/old")), beyond: 100)
    }
    candles(plan)
  }

  private static let rules = FieldTable<RuleField>([
    "name": .symbol, "base": .base, "quote": .quote, "state": .state, "tick": .tick, "lot": .lot,
  ])
  override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { .unsupported }
  func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText { SealedText() }
}

@Suite struct CandleTests {
  private static let minute: Int64 = 60_000_000_000
  /// The harness's clock, in whole minutes.
  private func ready(_ config: String = "{}") throws -> (ConnectorHarness, now: Int64) {
    let harness = try ConnectorHarness(Shoal.self, config: config)
    harness.start()
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      #"[{"name":"A-B","base":"A","quote":"B","state":"up","tick":"0.1","lot":"1"}]"#)
    return (harness, (harness.epoch + harness.now) / Self.minute)
  }

  private func ask(
    _ harness: ConnectorHarness, minutes: Int64 = 1, since: Int64 = 0, until: Int64 = 0, limit: UInt32 = 0
  ) {
    harness.command(.candles) {
      ($0.instrument, $0.interval_ns, $0.limit) = (1, minutes * Self.minute, limit)
      ($0.since_ns, $0.until_ns) = (since * Self.minute, until * Self.minute)
    }
  }

  private func row(_ minute: Int64, _ close: String = "1.5") -> String {
    "[\(minute * 60),\"1\",\"2\",\"0.5\",\"\(close)\",\"7\",\"8.25\",4]"
  }

  private func answer(_ harness: ConnectorHarness, _ rows: [String]) throws {
    harness.reply(try #require(harness.requests.last).id, "{\"data\":[\(rows.joined(separator: ","))]}")
  }

  @Test func aSpanIsAskedForInPartsAndEachCandleComesOnce() throws {
    let (harness, now) = try ready()
    let start = now - 50
    ask(harness, since: start, until: start + 3)
    #expect(
      harness.requests.last?.url == "https://shoal.example/candles?symbol=A-B&interval=one"
        + "&from=\(start * 60)&to=\((start + 2) * 60 - 1)&count=2")
    // One too many is left out: the next part has it.
    try answer(harness, [row(start), row(start + 1), row(start + 2)])
    try answer(harness, [row(start + 2, "0.5")])
    let candles = harness.candles
    #expect(candles.map(\.open_ns) == (0..<3).map { (start + $0) * Self.minute })
    let last = try #require(candles.last)
    #expect((last.open, last.high, last.low, last.close) == (10, 20, 5, 5), "in steps of the exponent")
    #expect(last.base_volume.mantissa == 7 && last.quote_volume.mantissa == 825 && last.trades == 4)
    #expect(last.flags == UInt32(PB_CANDLE_CLOSED | PB_CANDLE_TRADES) && last.interval_ns == Self.minute)
    #expect(harness.completed.last?.partial == false && harness.replies.last?.outcome == .done)
  }

  @Test func theNewestAreAskedForFromTheEnd() throws {
    let (harness, now) = try ready()
    ask(harness, limit: 2)
    let target = try #require(harness.requests.last).url
    #expect(target.contains("&from=\((now - 1) * 60)&to=\((now + 1) * 60 - 1)&"))
    try answer(harness, [row(now), row(now - 1)])
    let open = harness.candles.filter { $0.flags & UInt32(PB_CANDLE_CLOSED) == 0 }
    #expect(open.map(\.open_ns) == [now * Self.minute], "the one at hand is not closed")
    #expect(harness.completed.last?.partial == false)
  }

  @Test func whatIsTooLongIsPartialAndWhatIsOldIsAskedForElsewhere() throws {
    let (harness, now) = try ready()
    let start = now - 500
    ask(harness, since: start, until: start + 50, limit: 50)
    for part in 0..<3 {
      #expect(harness.requests.last?.url.contains("/old?") == true)
      try answer(harness, [row(start + 2 * Int64(part))])
    }
    #expect(harness.candles.count == 3)
    #expect(harness.completed.last?.partial == true)
  }

  @Test func theNewestAloneAreWholeOrSaidToBePartial() throws {
    let (harness, now) = try ready(#"{"give":"newest"}"#)
    ask(harness, since: now - 1)
    #expect(harness.requests.last?.url.hasSuffix("interval=one&count=2") == true)
    try answer(harness, [row(now - 2), row(now - 1), row(now)])
    #expect(harness.candles.map(\.open_ns) == [(now - 1) * Self.minute, now * Self.minute])
    #expect(harness.completed.last?.partial == false)
    ask(harness, since: now - 9)
    try answer(harness, [row(now - 2), row(now - 1), row(now)])
    #expect(harness.completed.last?.partial == true)
  }

  @Test func whatCannotBeReadOrIsNotOfferedIsSaid() throws {
    let (harness, now) = try ready()
    ask(harness, minutes: 7)
    #expect(harness.replies.last?.failure == .unsupported)
    ask(harness, since: now - 9, until: now - 7)
    // A price that does not fit the exponent, and a row that is too short.
    try answer(harness, ["[\((now - 9) * 60),\"1.25\",\"2\",\"0.5\",\"1\",\"7\",\"8\",4]", "[1]", row(now - 8)])
    #expect(harness.candles.count == 1 && harness.completed.last?.partial == true)
    ask(harness, since: now - 9, until: now - 7)
    harness.reply(try #require(harness.requests.last).id, #"{"data":7}"#)
    #expect(harness.replies.last?.outcome == .unknown)
    ask(harness, since: now - 9, until: now - 7)
    harness.reply(try #require(harness.requests.last).id, status: 429, #"{"code":"7","text":"slow"}"#)
    #expect(harness.replies.last?.failure == .rateLimit)
  }
}
