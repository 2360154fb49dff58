import Catalog
import Decimals
import Foundation
import JSONTree
import Testing

@testable import Gateway

/// What outlives a restart: money on paper, positions, orders, the names of orders.
@Suite(.serialized) struct KeptTests {
  private func order(
    _ host: PaperHost, _ connector: String, _ id: String, _ side: String, _ quantity: String, price: String? = nil,
    opens: Bool? = nil
  ) throws -> HTTPReply {
    var members: [JSONMember] = [
      JSONMember("connector", JSONValue(.string(connector))), JSONMember("pair", "BTC-USDT"),
      JSONMember("side", JSONValue(.string(side))), JSONMember("quantity", JSONValue(.string(quantity))),
      JSONMember("client_order_id", JSONValue(.string(id))),
    ]
    if let price { members.append(JSONMember("price", JSONValue(.string(price)))) }
    if let opens { members.append(JSONMember("position", opens ? "open" : "close")) }
    return try host.ask("POST", "/v1/orders", JSONValue(.object(members)))
  }

  /// By asset; waited for until the exchange has reported them.
  private func totals(_ host: PaperHost, _ connector: String) throws -> [String: String] {
    let rows = try host.ask("GET", "/v1/balances?connector=\(connector)").body["balances"]?.array ?? []
    return Dictionary(
      rows.map { ($0["asset"]?.string ?? "", $0["total"]?.string ?? "") }, uniquingKeysWith: { $1 })
  }

  private func positions(_ host: PaperHost) throws -> [JSONValue] {
    try host.ask("GET", "/v1/positions?connector=paper_perpetual").body["positions"]?.array ?? []
  }

  @Test func thePaperExchangeKeepsBalancesAndPositions() throws {
    let host = try PaperHost(paper: #""config": { "funding_interval_s": 604800 },"#)
    #expect(try order(host, "paper", "a", "buy", "0.02").status == 201)
    #expect(try order(host, "paper", "b", "sell", "0.005").status == 201)
    #expect(try order(host, "paper_perpetual", "c", "buy", "0.03", opens: true).status == 201)
    #expect(try order(host, "paper_perpetual", "d", "sell", "0.01", opens: false).status == 201)
    let before = (try totals(host, "paper"), try totals(host, "paper_perpetual"))
    #expect(before.0["BTC"] != "1" && before.0["USDT"] != "100000" && before.1["USDT"] != "100000")
    let position = try #require(try positions(host).first { $0["quantity"]?.string != "0" })
    for _ in 0..<2 {
      try host.restart()
      #expect(try totals(host, "paper") == before.0)
      let after = try totals(host, "paper_perpetual")
      let (old, new) = (Decimal64(before.1["USDT"] ?? ""), Decimal64(after["USDT"] ?? ""))
      let difference = old.flatMap { old in new.flatMap { $0.subtracting(old) } }?.absolute
      #expect(difference.map { $0 <= Decimal64(mantissa: 1, exponent: -7) } == true, "\(before.1) \(after)")
      let again = try #require(try positions(host).first)
      #expect(again["quantity"] == position["quantity"] && again["quantity"]?.string == "0.02")
      let entries = [position, again].map { $0["entry"]?.string?.prefix(9) }
      #expect(entries[0] == entries[1])
    }
    // What is there can be closed.
    #expect(try order(host, "paper_perpetual", "e", "sell", "0.02", opens: false).status == 201)
    #expect(try positions(host).allSatisfy { $0["quantity"]?.string == "0" })
  }

  @Test func thePaperExchangeKeepsOrdersAndModes() throws {
    let host = try PaperHost(paper: #""config": { "funding_interval_s": 604800 },"#)
    let on = ["connector": "paper_perpetual", "pair": "BTC-USDT"] as JSONValue
    func with(_ members: JSONValue) -> JSONValue {
      JSONValue(.object((on.object ?? []) + (members.object ?? [])))
    }
    #expect(try host.ask("PUT", "/v1/margin-mode", with(["mode": "isolated"])).status == 200)
    #expect(try host.ask("PUT", "/v1/leverage", with(["leverage": "7"])).status == 200)
    #expect(try order(host, "paper_perpetual", "c", "buy", "0.03", opens: true).status == 201)
    let wish: JSONValue = [
      "side": "sell", "quantity": "0.02", "stop": "30000", "stop_by_mark": true, "position": "close",
      "client_order_id": "stop",
    ]
    #expect(try host.ask("POST", "/v1/orders", with(wish)).body["order"]?["waits_for_trigger"] == true)
    #expect(try order(host, "paper", "rests", "buy", "0.1", price: "1000").body["order"]?["state"]?.string == "open")
    #expect(try host.ask("PATCH", "/v1/orders/rests", ["quantity": "0.2"]).status == 200)
    let margin = try #require(try positions(host).first?["margin"]?.string)
    for _ in 0..<2 {
      try host.restart()
      let rests = try host.ask("GET", "/v1/orders/rests").body
      #expect(rests["state"]?.string == "open" && rests["quantity"]?.string == "0.2")
      let stop = try host.ask("GET", "/v1/orders/stop").body
      #expect(stop["waits_for_trigger"] == true && stop["type"]?.string == "stop_market", "\(stop)")
      #expect(stop["flags"] == ["reduce_only", "stop_by_mark"] && stop["stop"]?.string == "30000")
      let position = try #require(try positions(host).first)
      #expect(position["leverage"]?.string == "7" && position["margin"]?.string == margin)
      let mode = try host.ask("GET", "/v1/margin-mode?connector=paper_perpetual&pair=BTC-USDT").body
      #expect(mode["mode"]?.string == "isolated")
    }
    for name in ["rests", "stop"] {
      let gone = try host.ask("DELETE", "/v1/orders/\(name)").body["orders"]?.array?.first
      #expect(gone?["state"]?.string == "cancelled")
    }
  }

  @Test func anAccountOnPaperKeepsItsOrdersToo() throws {
    let paper = #""paper": { "balances": { "USDT": "10000", "BTC": "1" }, "latency_ms": 0 },"#
    let host = try PaperHost(paper: paper)
    #expect(try order(host, "paper", "taken", "buy", "0.02").body["order"]?["state"]?.string == "filled")
    #expect(try order(host, "paper", "rests", "buy", "0.1", price: "1000").body["order"]?["state"]?.string == "open")
    let before = try totals(host, "paper")
    #expect(before["BTC"] == "1.02" && before["USDT"] != "10000")
    for _ in 0..<2 {
      try host.restart()
      #expect(try totals(host, "paper") == before)
      let kept = try host.ask("GET", "/v1/orders/rests").body
      #expect(kept["state"]?.string == "open" && kept["price"]?.string == "1000" && kept["filled"]?.string == "0")
      let rows = try host.ask("GET", "/v1/balances?connector=paper").body["balances"]?.array ?? []
      let usdt = rows.first { $0["asset"]?.string == "USDT" }
      let held = Decimal64(usdt?["total"]?.string ?? "").flatMap { total in
        Decimal64(usdt?["available"]?.string ?? "").flatMap { total.subtracting($0) }
      }
      #expect(held == 100, "what the order holds is held again")
    }
    #expect(try host.ask("DELETE", "/v1/orders/rests").body["orders"]?.array?.first?["state"]?.string == "cancelled")
    #expect(try order(host, "paper", "after", "sell", "0.02").body["order"]?["state"]?.string == "filled")
  }

  /// The exchange and an account on paper count from the clock: an id stands in the journal once.
  @Test(arguments: ["", #""paper": { "balances": { "USDT": "10000" }, "latency_ms": 0 },"#])
  func noIDComesTwiceOverRestarts(paper: String) throws {
    let host = try PaperHost(paper: paper)
    for name in ["a", "b", "c"] {
      #expect(try order(host, "paper", name, "buy", "0.01").body["order"]?["state"]?.string == "filled")
      try host.restart()
    }
    let fills = try host.ask("GET", "/v1/history/fills").body["rows"]?.array ?? []
    let trades = fills.compactMap { $0["trade_id"]?.string }
    #expect(Set(fills.compactMap { $0["own_client_order_id"]?.string }).count == 3)
    #expect(trades.count >= 3 && Set(trades).count == trades.count, "\(trades)")
    let venue = Set(fills.compactMap { $0["venue_order_id"]?.string })
    #expect(venue.count == 3, "\(venue)")
  }

  @Test func whoTradesOnPaperIsSaidToTrade() throws {
    let host = try PaperHost(paper: #""paper": { "balances": { "USDT": "10000" } },"#)
    let seats = try host.ask("GET", "/v1/connectors").body["connectors"]?.array ?? []
    #expect(seats.count == 2 && seats.allSatisfy { $0["trading"]?.bool == true && $0["real_money"]?.bool == false })
  }

  @Test func feesAndTypesAreTheConnectorsOwn() throws {
    let host = try PaperHost()
    let fees = try host.ask("GET", "/v1/fees?connector=paper_perpetual&pair=btc-usdt").body["fees"]?.array ?? []
    let wanted: JSONValue = [
      "connector": "paper_perpetual", "account": "main", "pair": "BTC-USDT", "maker": "0.0002", "taker": "0.0005",
      "from": "exchange",
    ]
    #expect(fees == [wanted])
    #expect(try host.ask("GET", "/v1/fees").body["fees"]?.array?.count == 3, "of all that is subscribed to")
    let nobody = try host.ask("GET", "/v1/fees?account=mian")
    #expect(nobody.status == 404 && nobody.code == "unknown_account" && nobody.text.contains("main"))
    #expect(try host.ask("GET", "/v1/fees?account=MAIN").body["fees"]?.array?.count == 3)
    let seats = try host.ask("GET", "/v1/connectors").body["connectors"]?.array ?? []
    let types: JSONValue = ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"]
    #expect(seats.count == 2 && seats.allSatisfy { $0["order_types"] == types }, "\(seats)")
    let leverage: JSONValue = ["connector": "paper", "pair": "BTC-USDT", "leverage": "2"]
    let refused = try host.ask("PUT", "/v1/leverage", leverage)
    #expect(refused.status == 422 && refused.code == "unsupported", "\(refused.text)")
  }

  @Test func feesOnPaperAreThoseOfTheConfiguration() throws {
    let host = try PaperHost(
      paper: #""paper": { "balances": { "USDT": "10000" }, "taker_fee": "0.003", "latency_ms": 0 },"#)
    let fee = try host.ask("GET", "/v1/fees?connector=paper&pair=BTC-USDT").body["fees"]?[0]
    #expect(fee?["taker"] == "0.003" && fee?["maker"] == "0.001" && fee?["from"] == "configuration")
  }

  @Test func toHeadItIsAnsweredAsToGetWithoutABody() throws {
    let host = try PaperHost()
    for path in ["/v1/host", "/healthz", "/v1/instruments?connector=paper"] {
      let (head, got) = (try host.ask("HEAD", path), try host.ask("GET", path))
      #expect(head.status == 200 && head.text == "" && got.text != "")
      let types = [head, got].map { $0.headers.lowercased().contains("content-type: application/json") }
      #expect(types == [true, true] && head.headers.lowercased().contains("content-length:"))
    }
    #expect(try host.ask("HEAD", "/v1/nothing").status == 404)
    let other = try host.ask("HEAD", "/v1/halt")
    #expect(other.status == 405 && other.headers.contains("Allow: POST"))
  }

  @Test func rowsOfTheJournalHaveTheProgramsIDs() throws {
    let host = try PaperHost()
    #expect(try order(host, "paper", "mine", "buy", "0.01").status == 201)
    let placed = try host.ask("GET", "/v1/orders/mine").body
    let (created, changed) = (placed["created_ns"]?.int ?? 0, placed["changed_ns"]?.int ?? 0)
    #expect(created > 1_700_000_000_000_000_000 && changed >= created)
    try host.restart()
    for table in ["orders", "events", "fills"] {
      for name in ["mine", placed["exchange_client_order_id"]?.string ?? ""] {
        let rows = try host.ask("GET", "/v1/history/\(table)?order=\(name)").body["rows"]?.array ?? []
        #expect(!rows.isEmpty && rows.allSatisfy { $0["own_client_order_id"]?.string == "mine" }, "\(table) \(name)")
      }
    }
    #expect(try host.ask("GET", "/v1/history/balances").body["rows"]?.array?.first?["own_client_order_id"] == nil)
  }

  @Test func rowsOfTheJournalAreChosenByNamesWithoutCaseThatMustExist() throws {
    let host = try PaperHost()
    #expect(try order(host, "paper", "mine", "buy", "0.01").status == 201)
    // The fill may come into the journal a moment later: with its end the host has written all.
    try host.restart()
    for filter in ["pair=btc-usdt", "account=MAIN", "exchange=Paper", "order=mine", "exchange=PAPER&pair=Btc-Usdt"] {
      for path in ["history/orders", "fills"] {
        let reply = try host.ask("GET", "/v1/\(path)?\(filter)")
        #expect(reply.status == 200 && reply.body["rows"]?.array?.isEmpty == false, "\(path) \(filter): \(reply.text)")
      }
    }
    for (field, name) in [("pair", "FOO-BAR"), ("account", "bob"), ("exchange", "papier"), ("order", "other")] {
      let reply = try host.ask("GET", "/v1/history/orders?\(field)=\(name)")
      #expect(reply.status == 404 && reply.field == field && reply.code == "unknown_\(field)", "\(reply.text)")
      #expect(reply.text.contains(name))
    }
  }

  @Test func marginModesAndDatesGoThrough() throws {
    let host = try PaperHost()
    let query = "/v1/margin-mode?connector=paper_perpetual&pair=BTC-USDT"
    let wish = { (mode: String) -> JSONValue in
      ["connector": "paper_perpetual", "pair": "BTC-USDT", "mode": JSONValue(.string(mode))]
    }
    #expect(try host.ask("PUT", "/v1/margin-mode", wish("cross")).body["mode"]?.string == "cross")
    #expect(try host.ask("GET", query).body["mode"]?.string == "cross")
    #expect(try host.ask("PUT", "/v1/margin-mode", wish("isolated")).body["mode"]?.string == "isolated")
    #expect(try host.ask("PUT", "/v1/margin-mode", wish("both")).field == "mode")
    let end = (Int(Date().timeIntervalSince1970) + 3600) * 1_000_000_000
    var members: [JSONMember] = [
      JSONMember("connector", "paper"), JSONMember("pair", "BTC-USDT"), JSONMember("side", "buy"),
      JSONMember("quantity", "0.1"), JSONMember("price", "1000"), JSONMember("client_order_id", "dated"),
    ]
    members.append(JSONMember("expiry_ns", JSONValue(.number("\(end)"))))
    let dated = try host.ask("POST", "/v1/orders", JSONValue(.object(members))).body["order"]
    #expect(dated?["time_in_force"]?.string == "gtd" && dated?["expiry_ns"]?.int == end)
  }
}
