import Decimals
import Foundation
import JSONTree
import Testing

/// Orders on the paper exchange: the real program in two processes.
@Suite struct OrderCommandTests {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  private func paper(_ more: String = "", _ permit: String = #""trading": true"#) throws {
    try deployment.configure(#"""
      {"paper": {"markets": {"spot": {"pairs": ["BTC-USDT", "ETH-USDT"]}, "perp": {"pairs": ["BTC-USDT"]}},
        "permit": {\#(permit)}, "lane": 2}}\#(more)
      """#)
  }

  /// A host whose traders are ready.
  private func start() throws -> RunningProgram {
    let program = try RunningProgram(deployment)
    try program.wait { try program.ask("status").status == 0 }
    return program
  }

  private func open(_ program: RunningProgram) throws -> [JSONValue] {
    try #require(program.json("order", "list")["orders"]?.array)
  }

  @Test func ordersArePlacedChangedAndCancelled() throws {
    try paper()
    let program = try start()
    let filled = try program.json("order", "place", "ETH-USDT", "buy", "1")
    #expect(filled["known"] == true && filled["order"]?["state"] == "filled" && filled["order"]?["type"] == "market")
    #expect(try decimal(filled["order"]?["filled"]) == Decimal64(1))
    #expect(try decimal(filled["order"]?["fees"]?[0]?["amount"]) == Decimal64("0.001"))
    let resting = try program.json("order", "place", "eth-usdt", "sell", "0.5000", "--price", "4000.00")
    #expect(resting["order"]?["state"] == "open" && resting["order"]?["flags"] == [])
    let id = try #require(resting["order"]?["order"]?.number)
    let client = try #require(resting["order"]?["client_order_id"]?.string)
    #expect(client.hasPrefix("0s"), "the instance, the market, a counter")
    #expect(try open(program).compactMap { $0["order"]?.number } == [id])
    let changed = try program.json("order", "amend", id, "--price", "4100", "--quantity", "0.25")
    #expect(try decimal(changed["order"]?["price"]) == Decimal64(4100))
    #expect(try decimal(changed["order"]?["quantity"]) == Decimal64("0.25"))
    let cancelled = try program.json("order", "cancel", client)
    #expect(cancelled["orders"]?[0]?["state"] == "cancelled" && cancelled["known"] == true)
    #expect(try open(program).isEmpty && program.ask("order", "list").output == "no open orders\n")
    let all = try #require(program.json("order", "list", "--all")["orders"]?.array)
    #expect(all.compactMap { $0["state"]?.string } == ["filled", "cancelled"])
    for refused in [["place", "ETHUSDT", "buy", "1"], ["place", "ETH-USDT", "buy", "0.0000001"], ["cancel", "77"]] {
      let said = try program.ask(["order"] + refused + ["--json"])
      let error = try JSONDocument.parse(bytes: Array(said.output.utf8))["error"]
      #expect(said.status == 1 && error?["code"]?.string?.isEmpty == false, "\(said.output)")
      #expect(error?["message"]?.string.map { said.errors.contains($0) } == true, "\(said.errors)")
    }
    for price in ["4200", "4300"] {
      _ = try program.json("order", "place", "ETH-USDT", "sell", "0.1", "--price", price)
    }
    #expect(try program.json("order", "cancel", "all")["orders"]?.array?.count == 2)
    #expect(try program.ask("order", "cancel", "all").output == "no open orders\n")
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
    #expect(program.output.contains("paper: fill: order "))
    let table = try deployment.patchbay("export", "orders", "--csv", "-", "--config", deployment.configPath)
    let lines = table.output.utf8.split(separator: 10, omittingEmptySubsequences: false)
    #expect(lines.count > 2 && lines.dropLast().allSatisfy { $0.last == 13 } && lines.last?.isEmpty == true)
    #expect(!table.output.contains("\\r"), "\(table.output)")
    let history = try deployment.patchbay("history", "orders", "--config", deployment.configPath)
    #expect(history.output.split(separator: "\n").count == 5, "\(history.output)")
  }

  @Test func ordersOnPaperAreFilledFromPublicData() throws {
    try deployment.configure(#"""
      {"paper": {"markets": {"spot": {"pairs": ["ETH-USDT"]}}, "permit": {"run": "in_process"},
        "paper": {"balances": {"USDT": "100000", "ETH": "2"}, "latency_ms": 5, "taker_fee": "0.001"}}}
      """#)
    let program = try start()
    let filled = try program.json("order", "place", "ETH-USDT", "sell", "0.5")
    #expect(filled["order"]?["state"] == "filled" && filled["order"]?["account"] == "paper")
    let held = try #require(program.json("balances")["balances"]?.array)
    let ether = held.first { $0["asset"] == "ETH" }
    #expect(try decimal(ether?["total"]) == Decimal64("1.5"))
    let resting = try program.json("order", "place", "ETH-USDT", "sell", "0.5", "--price", "90000")
    #expect(resting["order"]?["state"] == "open")
    let more = try program.ask("order", "place", "ETH-USDT", "sell", "2")
    #expect(more.status == 1 && more.errors.contains("the order needs 2 ETH"), "\(more.errors)")
    #expect(try program.ask("stop").status == 0 && program.ended() == 0)
  }

  @Test func perpetualsSayWhatTheyDoToThePosition() throws {
    try paper(#", "instance": "a1""#)
    let program = try start()
    let refused = try program.ask("order", "place", "BTC-USDT", "buy", "0.01", "--connector", "paper_perpetual")
    #expect(refused.status == 1)
    #expect(
      refused.errors == "nothing was sent: an order on a perpetual must say whether it opens or closes; "
        + "add --open or --close\n")
    let opened = try program.ask(
      "order", "place", "BTC-USDT", "buy", "0.01", "--connector", "paper_perpetual", "--open")
    #expect(opened.status == 0 && opened.output.contains(" on paper_perpetual: filled: buy 0.01 BTC-USDT, 0.01 filled"))
    // Spot and perpetuals share accounts, not client order ids.
    let orders = try #require(program.json("order", "list", "--all")["orders"]?.array)
    #expect(orders.allSatisfy { $0["client_order_id"]?.string?.hasPrefix("a1p") == true } && orders.count == 1)
    let position = try #require(program.json("positions")["positions"]?.array?.first)
    #expect(try position["pair"] == "BTC-USDT" && decimal(position["quantity"]) == Decimal64("0.01"))
    let leverage = try program.ask("leverage", "BTC-USDT", "7", "--connector", "paper_perpetual")
    #expect(leverage.output == "paper_perpetual BTC-USDT: leverage 7\n")
    #expect(try program.json("leverage", "BTC-USDT", "--connector", "paper_perpetual")["leverage"] == "7")
    let closed = try program.json(
      "order", "place", "BTC-USDT", "sell", "0.02", "--connector", "paper_perpetual", "--close")
    #expect(try decimal(closed["order"]?["filled"]) == Decimal64("0.01"), "it never turns the position")
    #expect(try program.ask("positions").output == "no positions\n")
    let balances = try #require(program.json("balances")["balances"]?.array)
    #expect(balances.contains { $0["connector"] == "paper_perpetual" && $0["asset"] == "USDT" })
  }

  @Test func refusalsSayWhatToDo() throws {
    try paper("", #""trading": true, "notional_cap": "100""#)
    let program = try start()
    for (arguments, words) in [
      (["BTC-USDT", "buy", "0.01"], "BTC-USDT is on paper, paper_perpetual; name one with --connector"),
      (["XRP-USDT", "buy", "1"], "XRP-USDT is not on paper (listed at "),
      (["ETH-USDT", "hold", "1"], "\"side\" is one of buy, sell"),
      (["ETH-USDT", "buy", "1e999"], "\"quantity\" is a plain decimal above zero"),
      (["ETH-USDT", "buy", "0"], "\"quantity\" is a plain decimal above zero"),
      (["ETH-USDT", "buy", "1", "--price", "abc"], "\"price\" is a plain decimal above zero"),
      (["ETH-USDT", "buy", "1", "--price", "3", "--type", "market"], "a market order has no price"),
      (["ETH-USDT", "buy", "1", "--tif", "gtx"], "\"time_in_force\" is one of gtc, ioc, fok"),
      (["ETH-USDT", "buy", "1", "--type", "limit"], "nothing was sent: a limit order needs a price; add --price"),
      (["ETH-USDT", "buy", "1", "--price", "3000"], "nothing was sent: the order is worth 3000, notional_cap is 100"),
      (["ETH-USDT", "sell", "1", "--price", "1"], "nothing was sent: price times quantity is below 5"),
      (["ETH-USDT", "buy", "1", "--account", "second"], "paper does not trade on \"second\"; there are main"),
      (["ETH-USDT", "buy", "1", "--connector", "okx"], "no connector \"okx\" runs here"),
    ] {
      let result = try run(
        ["\(buildFolder)/patchbay", "order", "place"] + arguments + ["--config", deployment.configPath])
      #expect(result.status == 1 && result.output == "" && result.errors.hasPrefix(words), "\(result.errors)")
    }
    #expect(try program.ask("order", "cancel", "12").errors.hasPrefix("there is no order 12 in mind; patchbay order "))
    #expect(try program.ask("order", "place", "ETH-USDT", "buy", "1", "--open", "--close").status == 64)
    let unknown = try program.ask("order", "buy").errors
    #expect(unknown.hasPrefix("there is no \"buy\"; there are place, amend, cancel, list, watch\nusage: "))
    #expect(try open(program).isEmpty)
  }

  @Test func theKillSwitchStopsOrders() throws {
    try paper()
    let program = try start()
    _ = try program.json("order", "place", "ETH-USDT", "sell", "1", "--price", "4000")
    let halted = try program.ask("halt", "lunch")
    #expect(halted.output == """
      paper: orders are stopped: lunch; 1 open orders
      paper_perpetual: orders are stopped: lunch; 0 open orders

      """)
    let refused = try program.ask("order", "place", "ETH-USDT", "sell", "1", "--price", "4000")
    #expect(refused.errors == "nothing was sent: orders are stopped: lunch; patchbay resume takes orders again\n")
    #expect(try program.json("status", status: 2)["connectors"]?[0]?["missing"] == ["orders are stopped: lunch"])
    #expect(try program.json("resume")["connectors"]?[0]?["halted"] == false)
    #expect(try program.ask("order", "place", "ETH-USDT", "sell", "1", "--price", "4001").status == 0)
    #expect(try open(program).count == 2)
    #expect(try program.ask("halt", "--cancel").status == 0)
    try program.wait { try open(program).isEmpty }
  }

  @Test func theEndOfTheHostIsTheEndOfItsOrders() throws {
    try paper()
    let program = try start()
    let id = try #require(
      program.json("order", "place", "ETH-USDT", "sell", "1", "--price", "4000")["order"]?["order"]?.number)
    program.signal(SIGINT)
    #expect(program.ended() == 0, "\(program.output)\(program.errors)")
    #expect(program.output.contains("paper: order: order \(id) has ended: cancelled\n"))
    try paper(#", "orders": {"on_stop": "keep"}"#)
    let keeping = try start()
    let kept = try #require(
      keeping.json("order", "place", "ETH-USDT", "sell", "1", "--price", "4000")["order"]?["order"]?.number)
    #expect(try keeping.ask("stop").status == 0 && keeping.ended() == 0)
    #expect(keeping.output.contains("paper: order: order \(kept) stays at the venue: orders.on_stop is keep\n"))
    #expect(try #require(UInt64(kept)) > (try #require(UInt64(id))), "no number comes twice")
  }

  /// An address of this machine in a form that is not known as one: what cannot be known is real.
  @Test func realMoneyIsConfirmed() throws {
    let url = "https://[::ffff:127.0.0.1]:1"
    try deployment.configure(#"""
      {"binance": {"markets": {"spot": {"pairs": ["BTC-USDT"]}}, "permit": {"trading": true}, "endpoint": {"urls": {
        "api.binance.com:443": "\#(url)", "stream.binance.com:9443": "\#(url)", "ws-api.binance.com:443": "\#(url)"}}}},
        "accounts": {"alice": {"connector": "binance"}}
      """#)
    let program = try RunningProgram(deployment, "--password-file", try deployment.addKeys("alice"))
    #expect(program.output.contains("patchbay: trading: binance trades on alice with real money\n"))
    let asked = try program.ask("order", "place", "BTC-USDT", "buy", "0.01", "--price", "5")
    #expect(asked.status == 1 && asked.output == "")
    let words = "buy 0.01 BTC-USDT at 5: this is real money, and there is no terminal to ask at; --yes confirms it\n"
    #expect(asked.errors == words)
    let confirmed = try program.ask("order", "place", "BTC-USDT", "buy", "0.01", "--price", "5", "--yes")
    let sent = "binance: its instruments are not known yet; patchbay status says why"
    #expect(confirmed.errors == sent + "\n")
    for (typed, words) in [("yes", sent), ("no", "not confirmed; nothing was sent"), ("yess", "not confirmed")] {
      let asked = try atTerminal(["order", "place", "BTC-USDT", "buy", "0.01", "--price", "5"], typing: typed)
      let question = "Real money: buy 0.01 BTC-USDT at 5. Type yes to go on: "
      #expect(asked.hasPrefix(question) && asked.contains(words), "\(asked)")
    }
  }

  /// What a command shows at a terminal where somebody answers its question.
  private func atTerminal(_ arguments: [String], typing text: String) throws -> String {
    let script = try deployment.scratch.write("""
      import os, pty, sys
      child, terminal = pty.fork()
      if child == 0:
          os.execv(sys.argv[2], sys.argv[2:])
      shown = b""
      while b": " not in shown:
          shown += os.read(terminal, 1000)
      os.write(terminal, sys.argv[1].encode() + b"\\n")
      try:
          while True:
              part = os.read(terminal, 1000)
              if not part:
                  break
              shown += part
      except OSError:
          pass
      sys.stdout.write(shown.decode())
      """, "terminal.py")
    return try run(
      ["python3", script, text, "\(buildFolder)/patchbay"] + arguments + ["--config", deployment.configPath]).output
  }

  @Test func whatHappensIsToldToWhoWatches() throws {
    try paper()
    let program = try start()
    let watcher = try BackgroundProgram(
      "exec \(buildFolder)/patchbay order watch --json --config \(deployment.configPath)",
      in: deployment.scratch.folder)
    // A watch begins with what happens after it.
    var placed = 0
    try program.wait {
      _ = try program.ask("order", "place", "ETH-USDT", "buy", "0.1")
      placed += 1
      return placed == 3
    }
    try watcher.read { $0.contains("\"event\":\"fill\"") && $0.hasSuffix("\n") }
    let events = try watcher.text.split(separator: "\n").map { try JSONDocument.parse(text: String($0)) }
    let fill = try #require(events.first { $0["event"] == "fill" })
    #expect(try fill["connector"] == "paper" && fill["pair"] == "ETH-USDT" && decimal(fill["quantity"]).isPositive)
  }
}
