import CPatchbay
import ConnectorTestKit
import Decimals
import Testing

@testable import ConnectorKit

/// Forms, error tables, tallies and the life of tokens.
struct RequestPartsTests {
  @Test func formsEncodeValuesAndKeepTheirOrder() {
    var form = Form()
    #expect(form.isEmpty)
    form.add("symbol", "A B/ü")
    form.add("price", Decimal64("30000.50") ?? .zero)
    form.add("limit", Int64(5))
    form.add("reduce", true)
    #expect(form.text == SealedText("symbol=A%20B%2F%C3%BC&price=30000.5&limit=5&reduce=true"))
    form.add("timestamp", .milliseconds)
    #expect(!form.text.isLiteral && form.text.parts.count == 2)
    #expect(percentEncoded("a-Z_0.9~") == "a-Z_0.9~" && percentEncoded("[\"x\"]") == "%5B%22x%22%5D")
  }

  @Test func aCallIsSortedAndReadBeforeItIsEncoded() {
    var call = Call(Endpoint(PermittedAct("a", .get, "/a")))
    call.set("b", "[1]")
    call.set("time", .milliseconds)
    call.set("B", true)
    call.sort()
    #expect(call.fields.map(\.name) == ["B", "b", "time"])
    #expect(call.form == "B=true&b=%5B1%5D&time=\(.milliseconds)" as SealedText)
    #expect(call.plainForm == "B=true&b=[1]&time=\(.milliseconds)" as SealedText)
    #expect(call.without("time").form.plain == "B=true&b=%5B1%5D" && call.form.plain == nil)
  }

  @Test func theFirstRuleThatFitsDecides() {
    let table: ErrorTable = [
      .init("-1", containing: "too little", .funds), .init("-1", .invalidOrder),
      .init("-2", .transient, mayHaveHappened: true),
    ]
    let more = table + [.init("-1", .other), .init("-3", .clock)]
    #expect(more.rule(code: "-1", text: "There is Too Little of it")?.failure == .funds)
    #expect(more.rule(code: "-1", text: "?")?.failure == .invalidOrder)
    #expect(more.rule(code: "-2", text: "")?.mayHaveHappened == true)
    #expect(more.rule(code: "-3", text: "")?.failure == .clock && more.rule(code: "-4", text: "") == nil)
    #expect("abc".contains(fragment: "bc") && "abc".contains(fragment: "") && !"abc".contains(fragment: "abcd"))
  }

  @Test func aListOfCodesMayGoOnInTheNextLine() {
    let table = ErrorTable(codes: [
      .funds: """
        1047 order-accountbalance-error
        1055
        """,
      .clock: "1",
    ])
    let found = ["1047", "order-accountbalance-error", "1055", "1"].map { table.rule(code: $0, text: "")?.failure }
    #expect(found == [.funds, .funds, .funds, .clock] && table.rules.count == 4)
  }

  /// A connector that says how many parts its command has, and how they end, by the command's numbers.
  private final class Parts: Connector {
    override func command(_ command: Command) -> Status {
      let tally = Tally(command.id, of: 3, out: out)
      for outcome in [command.depth, command.limit, Int(command.fields.mode)] {
        tally.end(outcome == 1 ? .done : Tally.End(outcome == 2 ? .refused : .unknown, .funds, code: "7", "no"))
      }
      tally.end(.done)
      return .ok
    }
  }

  @Test(arguments: [
    ((1, 1, 1), Outcome.done, ""), ((1, 2, 1), .done, "1 of 3 refused, the first: no"),
    ((2, 2, 2), .refused, "of 3, the first: no"), ((2, 3, 1), .unknown, "of 3, the first: no"),
  ])
  func commandsOfSeveralPartsAreAnsweredOnce(parts: (Int, Int, Int), outcome: Outcome, text: String) throws {
    let harness = try ConnectorHarness(Parts.self)
    let command = harness.command(.place) {
      $0.depth = UInt32(parts.0)
      $0.limit = UInt32(parts.1)
      $0.mode = UInt32(parts.2)
    }
    let replies = harness.replies(command)
    #expect(replies.map(\.outcome) == [outcome] && replies.map(\.text) == [text])
    #expect(replies[0].code == (outcome == .done && text.isEmpty ? "" : "7"))
  }

  @Test func tokensAreObtainedKeptAndObtainedAnew() {
    var life = TokenLife(keepAlive: 100, firstRetry: 2, lastRetry: 5)
    #expect(life.wanted() == .obtain && life.wanted() == .none, "one request is enough")
    #expect(life.notObtained() == .wait(2) && life.notObtained(minimum: 50) == .wait(50) && !life.isHeld)
    #expect(life.wanted() == .none, "it waits")
    #expect(life.timerFired() == .obtain && life.timerFired() == .none)
    #expect(life.obtained() == [.open, .wait(100)] && life.isHeld)
    #expect(life.timerFired() == .keepAlive && life.keptAlive() == .wait(100))
    #expect(life.notKeptAlive(isGone: false) == .wait(2) && life.notKeptAlive(isGone: false) == .wait(4))
    #expect(life.notKeptAlive(isGone: false) == .wait(5) && life.keptAlive() == .wait(100))
    #expect(life.notKeptAlive(isGone: true) == .obtain && !life.isHeld)
    #expect(life.notKeptAlive(isGone: true) == .none)
    _ = life.obtained()
    #expect(life.wanted() == .obtain, "the stream was cut")
    life.end()
    #expect(life.timerFired() == .none)
    var single = TokenLife(keepAlive: 0)
    _ = single.wanted()
    #expect(single.obtained() == [.open], "a token that is used once needs no keepalive")
  }

  /// A connector that keeps its commands.
  private final class Keeper: Connector {
    var kept: [OwnedCommand] = []
    override func command(_ command: Command) -> Status {
      kept = OwnedCommand(command).parts
      for part in kept { out.log(.info,
        "\(part.id) \(part.account) \(part.instrument) \(part.clientOrder) \(part.side)") }
      return .ok
    }
  }

  @Test func itemsTakeFromTheBatchWhatTheyLeaveOut() throws {
    let harness = try ConnectorHarness(Keeper.self)
    let command = harness.command(.place, items: [.init(client: "a"),
      .init(client: "b") { $0.instrument = 9; $0.side = 2 }]) {
      $0.account = 7
      $0.instrument = 3
    }
    #expect(harness.logs == ["\(command) 7 3 a none", "\(command) 7 9 b sell"])
    let single = harness.command(.cancel, client: "c")
    #expect(harness.logs.last == "\(single) 0 0 c none")
  }
}

@Suite struct PermittedActs {
  @Test func aRequestSaysWhatItsActSays() {
    let act = PermittedAct("cancel_order", .delete, "/api/order", priority: .cancel)
    let request = act.request(at: "https://venue.test", query: "id=7", account: 3)
    #expect(request.method == .delete && request.url == "https://venue.test/api/order?id=7")
    #expect(request.permission == "cancel_order" && request.priority == .cancel && request.account == 3)
    #expect(act.request(at: "https://venue.test", account: 1).url == "https://venue.test/api/order")
  }
}
