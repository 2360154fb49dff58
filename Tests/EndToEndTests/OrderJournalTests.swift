import Catalog
import Foundation
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

  /// A local exchange that lives on, and a host that is killed with orders open.
  @Test func ordersComeBackAfterAKill() throws {
    let scratch = deployment.scratch
    let venue = try BackgroundProgram(
      "exec \(buildFolder)/patchbay venue --dialects binance --authorities \(scratch.path("venue.pem"))",
      in: scratch.folder)
    try venue.read { $0.contains("account bob of binance") && $0.hasSuffix("}\n") }
    let lines = venue.text.split(separator: "\n").map(String.init)
    let advice = try #require(lines.first { $0.hasPrefix("  {\"endpoint\"") }).drop { $0 == " " }.dropFirst().dropLast()
    try deployment.configure(#"""
      {"binance": {"markets": {"spot": {"pairs": ["BTC-USDT"]}}, "permit": {"trading": true}, \#(advice)}},
        "accounts": {"alice": {"connector": "binance"}}
      """#)
    let pin = try deployment.addAlice()
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
    #expect(try JSONWriter.compact(second.json("order", "list")) == JSONWriter.compact(before))
    // The venue is asked, and has the same: it cancels both under the names of the first run.
    let cancelled = try #require(second.json("order", "cancel", "all")["orders"]?.array)
    #expect(cancelled.compactMap { $0["order"]?.number } == ids)
    #expect(cancelled.allSatisfy { $0["state"] == "cancelled" })
    let next = try second.json("order", "place", "BTC-USDT", "buy", "0.01")["order"]
    #expect(next?["state"] == "filled")
    #expect(try #require(next?["order"]?.int) > (try #require(Int(ids[1]))), "no client order id comes twice")
    #expect(try second.ask("stop").status == 0 && second.ended() == 0)
  }
}
