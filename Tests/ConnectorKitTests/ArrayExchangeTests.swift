import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

/// An exchange that writes everything as arrays: errors, histories, and names with colons in paths.
private final class Reef: ExchangeConnector, ExchangeDialect {
  let rest = "https://reef.example"
  let errors = ErrorPlan(
    .array("error"), [.init("10", containing: "no such", .unknownOrder), .init("SLOW", .rateLimit)])
  let feeds = FeedPlan(["wss://reef.example"], [.trades: "trades"])
  let bookRules = BookPlan(.unnumbered, .pushes)

  required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(PermittedAct("list", .get, "/list")), at: "") { _, json in
      var rules = InstrumentRules()
      (rules.symbol, rules.base, rules.quote) = (json.string().text, "A", "B")
      (rules.priceDecimals, rules.quantityDecimals, rules.priceDigits) = (1, 0, 5)
      return rules
    }
    var pages = Pages(Endpoint(PermittedAct("fills", .get, "/fills")), at: "", .after("end", id: "1"), full: 2)
    (pages.since, pages.until, pages.endsNow) = ("start", "end", true)
    pages.alone = Endpoint(PermittedAct("fills_of", .get, "/fills/*"))
    fills(pages) { _, json in
      var report = OrderReport()
      var place = 0
      json.elements { json in
        switch place {
        case 0: report.fillID = json.words()
        case 1: report.time = json.milliseconds()
        default: json.skip()
        }
        place += 1
      }
      (report.symbol, report.venue, report.side) = ("A:B", "9", .buy)
      (report.fillPrice, report.fillQuantity) = (.one, .one)
      return report
    }
  }

  override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    reopen(stream, "the exchange restarts")
    return .ok
  }
  func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText { "trades" }
}

@Suite struct ArrayExchangeTests {
  private func ready() throws -> ConnectorHarness {
    let harness = try ConnectorHarness(Reef.self)
    harness.start()
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, #"["A:B"]"#)
    harness.account(7)
    #expect(harness.instruments.first?.fields.price_digits == 5)
    harness.forget()
    return harness
  }

  @Test(arguments: [
    (500, #"["error",10,"no such order"]"#, Failure.unknownOrder, "10"),
    (200, #"{"error":"SLOW"}"#, .rateLimit, "SLOW"), (500, #"["error",99,"odd"]"#, .other, "99"),
    (502, "<html>", .transient, "502"),
  ])
  func errorsAreArrays(status: Int, body: String, failure: Failure, code: String) throws {
    let harness = try ready()
    let command = harness.command(.fills) { $0.account = 7 }
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    let reply = try #require(harness.replies(command).first)
    #expect(reply.failure == failure && reply.code == code, "\(reply)")
  }

  @Test func aListIsNoErrorAndGoesOnAtThePlaceOfItsTime() throws {
    let harness = try ready()
    let command = harness.command(.fills) { ($0.account, $0.instrument, $0.since_ns) = (7, 1, 1_000_000) }
    let first = try #require(harness.requests.last)
    #expect(first.url.hasPrefix("https://reef.example/fills/A:B?start=1&end=1"))
    harness.reply(first.id, #"[["error",30],["b",20]]"#)
    #expect(try #require(harness.requests.last).url == "https://reef.example/fills/A:B?start=1&end=20")
    harness.reply(try #require(harness.requests.last).id, #"[["c",10]]"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.all(PB_EV_FILL, pb_fill.self).map { $0.record.text($0.fields.trade) } == ["error", "b", "c"])
  }

  @Test func aStreamThatIsGivenUpIsAskedForAnew() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, "{}")
    #expect(harness.closes == [stream] && harness.opens.count == 2)
    harness.frame(stream, "{}")
    #expect(harness.closes == [stream], "once")
  }
}
