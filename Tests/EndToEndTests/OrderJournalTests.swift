import Decimals
import Foundation
import JSONTree
import Testing

/// Orders and what outlives the host: without a journal nothing leaves, and with it nothing is forgotten.
@Suite struct OrderJournalTests {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  private func paper() throws {
    try deployment.configure(#"{"paper": {"markets": {"spot": {"pairs": ["ETH-USDT"]}}, "permit": {"trading": true}}}"#)
  }

  @Test func withoutAJournalNothingTradesAndDataGoOn() throws {
    try paper()
    let path = try deployment.scratch.write("This is the text of another program.", "data/journal.sqlite")
    let program = try RunningProgram(deployment)
    try program.wait { try program.json("book", "ETH-USDT")["ready"] == true }
    let fault = "\(path): this is not a journal of Patchbay"
    #expect(program.errors.hasPrefix("nothing trades: \(fault)"), "\(program.errors)")
    #expect(try program.ask("status").output.contains("paper: waiting: trading: \(fault)"))
    let refused = try program.ask("order", "place", "ETH-USDT", "buy", "1")
    #expect(refused.status == 1 && refused.errors.hasPrefix("paper: no orders are taken here; "), "\(refused.errors)")
  }

  /// Another program's transaction keeps the journal from being written.
  @Test func whatTheJournalDoesNotHoldIsNotSent() throws {
    try paper()
    let program = try RunningProgram(deployment)
    try program.wait { try program.ask("status").status == 0 }
    let path = deployment.scratch.path("data/journal.sqlite")
    let code = "import signal,sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.isolation_level=None; "
      + "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); signal.pause()"
    let holder = try BackgroundProgram("exec python3 -c \"\(code)\" \(path)", in: deployment.scratch.folder)
    try holder.read { $0.contains("held") }
    let refused = try program.ask("order", "place", "ETH-USDT", "buy", "1", "--json")
    let order = try JSONDocument.parse(text: refused.output)["order"]
    #expect(refused.status == 1 && order?["state"] == "not_sent", "\(refused.output)")
    let words = "the journal does not hold it: \(path): another program has locked it; end its transaction"
    #expect(order?["reason"]?.string == words)
    holder.signal(SIGKILL)
    _ = holder.ended()
    let taken = try program.ask("order", "place", "ETH-USDT", "buy", "1")
    #expect(taken.status == 0 && taken.output.contains(" on paper: filled: buy 1 ETH-USDT, 1 filled at "), "\(taken)")
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
    let orders = try deployment.patchbay("history", "orders", "--config", deployment.configPath, "--json")
    #expect(try JSONDocument.parse(text: orders.output).array?.count == 1, "the first was not sent: \(orders.output)")
  }

  /// An exchange that does not answer: whether the order was cancelled is not known, and `stop` says so.
  @Test func anEndThatIsNotKnownIsSaid() throws {
    let venue = try venue(accounts: "alice")
    defer { venue.signal(SIGKILL) }
    let pin = try deployment.addKeys("alice")
    let program = try RunningProgram(deployment, "--password-file", pin)
    try program.wait { try program.ask("status").status == 0 }
    let placed = try program.json("order", "place", "BTC-USDT", "buy", "0.01", "--price", "50000")["order"]
    #expect(placed?["state"] == "open")
    venue.signal(SIGSTOP)
    let stopped = try program.ask("stop")
    #expect(stopped.status == 1 && stopped.output == "stopped, and not all is as it should be\n", "\(stopped)")
    #expect(stopped.errors.contains("look at the exchange") && stopped.errors.contains("order "), "\(stopped)")
    #expect(program.ended() == 1)
  }

  /// A local exchange that lives on, and a host that is killed with orders open.
  @Test func ordersComeBackAfterAKill() throws {
    let venue = try venue(accounts: "alice")
    defer { venue.signal(SIGKILL) }
    let pin = try deployment.addKeys("alice")
    let first = try RunningProgram(deployment, "--password-file", pin)
    try first.wait { try first.ask("status").status == 0 }
    var ids: [String] = []
    for price in ["50000", "50001"] {
      let order = try first.json("order", "place", "BTC-USDT", "buy", "0.01", "--price", price)["order"]
      #expect(order?["state"] == "open")
      ids.append(try #require(order?["order"]?.number))
    }
    let before = try first.json("order", "list")
    first.signal(SIGKILL)
    _ = first.ended()
    let second = try RunningProgram(deployment, "--password-file", pin)
    try second.wait { try second.ask("status").status == 0 }
    try second.wait { second.output.contains("binance: trading: 2 open orders came back from the journal") }
    // When the host last heard something new of it counts from its own start.
    func rows(_ list: JSONValue) throws -> [String] {
      try #require(list["orders"]?.array).map { order in
        JSONWriter.compact(JSONValue(.object((order.object ?? []).filter { $0.key != "changed_ns" })))
      }
    }
    #expect(try rows(second.json("order", "list")) == rows(before))
    // The venue is asked, and has the same: it cancels both under the names of the first run.
    let cancelled = try #require(second.json("order", "cancel", "all")["orders"]?.array)
    #expect(cancelled.compactMap { $0["order"]?.number } == ids)
    #expect(cancelled.allSatisfy { $0["state"] == "cancelled" })
    let next = try second.json("order", "place", "BTC-USDT", "buy", "0.01")["order"]
    #expect(next?["state"] == "filled")
    #expect(try #require(next?["order"]?.int) > (try #require(Int(ids[1]))), "no client order id comes twice")
    #expect(try second.ask("stop").status == 0 && second.ended() == 0)
  }

  @Test func accountsTradeApart() throws {
    let venue = try venue(accounts: "alice", "bob")
    defer { venue.signal(SIGKILL) }
    _ = try deployment.addKeys("alice")
    let program = try RunningProgram(deployment, "--password-file", try deployment.addKeys("bob"))
    try program.wait { try program.ask("status").status == 0 }
    let unclear = try program.ask("order", "place", "BTC-USDT", "buy", "0.01")
    #expect(unclear.errors == "binance has the accounts alice, bob; name one with --account\n")
    let order = try program.json("order", "place", "BTC-USDT", "buy", "0.01", "--account", "bob")["order"]
    #expect(order?["account"] == "bob" && order?["state"] == "filled")
    func held(_ account: String) throws -> Decimal64 {
      let rows = try #require(program.json("balances")["balances"]?.array)
      return try decimal(rows.first { $0["account"]?.string == account && $0["asset"] == "BTC" }?["total"])
    }
    try program.wait { try held("bob") > held("alice") }
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
  }

  /// Somebody else takes an order while its host is dead.
  @Test func whatHappensMeanwhileIsFoundAfterAKill() throws {
    let venue = try venue(accounts: "alice")
    defer { venue.signal(SIGKILL) }
    let pin = try deployment.addKeys("alice")
    let other = try Deployment()
    try configure(other, venue, accounts: ["bob"])
    let buyer = try RunningProgram(other, "--password-file", try other.addKeys("bob"))
    let first = try RunningProgram(deployment, "--password-file", pin)
    for program in [first, buyer] { try program.wait { try program.ask("status").status == 0 } }
    let ask = try decimal(first.json("book", "BTC-USDT")["asks"]?[0]?[0])
    let price = try #require(ask.adding(Decimal64(20))).plain
    let order = try first.json("order", "place", "BTC-USDT", "sell", "0.01", "--price", price)["order"]
    let id = try #require(order?["order"]?.number)
    #expect(order?["state"] == "open")
    first.signal(SIGKILL)
    _ = first.ended()
    // Far enough to meet it, behind everything that is cheaper.
    let limit = try #require(ask.adding(Decimal64(60))).plain
    let bought = try buyer.json("order", "place", "BTC-USDT", "buy", "1.5", "--price", limit, "--tif", "ioc")
    #expect(try decimal(bought["order"]?["filled"]).isPositive)
    let second = try RunningProgram(deployment, "--password-file", pin)
    try second.wait { second.output.contains("binance: order: order \(id) (sell 0.01 BTC-USDT at \(price)) is filled") }
    #expect(try second.ask("stop").status == 0 && second.ended() == 0)
    let history = try deployment.patchbay("history", "orders", "--config", deployment.configPath, "--json")
    let rows = try #require(JSONDocument.parse(text: history.output).array)
    #expect(rows.count == 1 && rows[0]["state"] == "filled", "\(history.output)")
    let fills = try deployment.patchbay("history", "fills", "--config", deployment.configPath, "--json")
    let quantities = try #require(JSONDocument.parse(text: fills.output).array).map { try decimal($0["quantity"]) }
    #expect(quantities.reduce(Decimal64.zero) { $0.adding($1) ?? $0 } == Decimal64("0.01"), "\(fills.output)")
  }

  /// A local exchange, and a configuration with accounts of it.
  private func venue(accounts: String...) throws -> BackgroundProgram {
    let scratch = deployment.scratch
    let venue = try BackgroundProgram(
      "exec \(buildFolder)/patchbay venue --dialects binance --authorities \(scratch.path("venue.pem"))",
      in: scratch.folder)
    try venue.read { $0.contains("account bob of binance") && $0.hasSuffix("}\n") }
    try configure(deployment, venue, accounts: accounts)
    return venue
  }

  /// Writes the configuration of a host that trades on a venue.
  private func configure(_ deployment: Deployment, _ venue: BackgroundProgram, accounts: [String]) throws {
    let lines = venue.text.split(separator: "\n").map(String.init)
    let advice = try #require(lines.first { $0.hasPrefix("  {\"endpoint\"") }).drop { $0 == " " }.dropFirst().dropLast()
    let named = accounts.map { #""\#($0)": {"connector": "binance"}"# }.joined(separator: ", ")
    try deployment.configure(#"""
      {"binance": {"markets": {"spot": {"pairs": ["BTC-USDT"]}}, "permit": {"trading": true}, \#(advice)}},
        "accounts": {\#(named)}
      """#)
  }
}
