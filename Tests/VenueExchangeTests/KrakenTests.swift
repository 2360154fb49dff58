import Decimals
import JSONTree
import Testing
import Venue

@testable import VenueExchange

/// Kraken as its documentation says.
@Suite struct KrakenTests {
  private static let second: Int64 = 1_000_000_000

  @Test func whoIsLetIn() throws {
    let (alice, _, _) = try Quiet.kraken()
    #expect(alice.call("Balance")["result"]?["ZUSD"]?.string == "100000.00000000")
    #expect(alice.call("Balance", key: "somebody")["error"]?[0]?.string == "EAPI:Invalid key")
    #expect(alice.call("Balance", spoil: true)["error"]?[0]?.string == "EAPI:Invalid signature")
    #expect(alice.call("Balance", nonce: 5000)["error"]?.array?.isEmpty == true)
    #expect(alice.call("Balance", nonce: 5000)["error"]?[0]?.string == "EAPI:Invalid nonce")
    #expect(alice.call("Balance", nonce: 4999)["error"]?[0]?.string == "EAPI:Invalid nonce")
    #expect(alice.call("Wish", nonce: 5001)["error"]?[0]?.string == "EGeneral:Unknown method")
  }

  private static let buy = "pair=XBTUSD&type=buy&ordertype=limit"

  @Test(arguments: [
    ("pair=XBTEUR&type=buy&ordertype=market&volume=1", "EQuery:Unknown asset pair"),
    ("pair=XBTUSD&type=up&ordertype=market&volume=1", "EGeneral:Invalid arguments:type"),
    ("pair=XBTUSD&type=buy&ordertype=wish&volume=1", "EGeneral:Invalid arguments:ordertype"),
    (buy + "&volume=1", "EGeneral:Invalid arguments:price"),
    (buy + "&price=50000", "EGeneral:Invalid arguments:volume"),
    (buy + "&price=50000.01&volume=1", "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals."),
    (buy + "&price=50000&volume=0.00001", "EOrder:Order minimum not met"),
    (buy + "&price=50000&volume=10", "EOrder:Insufficient funds"),
    (buy + "&price=65000&volume=0.1&oflags=post", "EOrder:Post only order"),
    (buy + "&price=50000&volume=0.1&timeinforce=GTX", "EGeneral:Invalid arguments:timeinforce"),
  ])
  func ordersAreRefused(parameters: String, error: String) throws {
    let (alice, _, venue) = try Quiet.kraken()
    #expect(alice.error("AddOrder", parameters) == error)
    #expect(venue.orders(account: "alice").isEmpty)
    #expect(venue.balances(account: "alice").allSatisfy { $0.total == $0.available })
  }

  @Test func anOrdersLife() throws {
    let (alice, _, venue) = try Quiet.kraken()
    let placed = alice.call("AddOrder", Self.buy + "&price=50000&volume=0.1&cl_ord_id=mine")["result"]
    let id = try #require(placed?["txid"]?[0]?.string)
    #expect(placed?["descr"]?["order"]?.string == "buy 0.10000000 XBTUSD @ limit 50000.0")
    #expect(
      alice.error("AddOrder", Self.buy + "&price=50000&volume=0.1&cl_ord_id=mine")
        == "EGeneral:Invalid arguments:cl_ord_id")
    // The fee may come on top: 0.4 percent, and the slack of rounding.
    let free = try #require(venue.balances(account: "alice").first { $0.asset == "USD" }?.available)
    #expect(free < Decimal64(94_980) && free > Decimal64(94_979))
    #expect(alice.call("OpenOrders", "cl_ord_id=mine")["result"]?["open"]?[id]?["status"]?.string == "open")
    #expect(alice.call("AmendOrder", "txid=\(id)&order_qty=0.05")["result"]?["amend_id"] != nil)
    #expect(alice.call("QueryOrders", "txid=\(id)")["result"]?[id]?["vol"]?.string == "0.05000000")
    #expect(alice.call("CancelOrder", "cl_ord_id=mine")["result"]?["count"]?.int == 1)
    #expect(alice.error("CancelOrder", "txid=\(id)") == "EOrder:Unknown order")
    #expect(
      alice.call("ClosedOrders", "cl_ord_id=mine")["result"]?["closed"]?[id]?["reason"]?.string == "User requested")
    #expect(venue.balances(account: "alice").allSatisfy { $0.total == $0.available })
  }

  @Test func feesAreInQuoteAndRounded() throws {
    let (alice, bob, venue) = try Quiet.kraken()
    _ = bob.call("AddOrder", "pair=XBTUSD&type=sell&ordertype=limit&price=59999.9&volume=0.12345678")
    let best = try #require(alice.get("/0/public/Depth", "pair=XBTUSD&count=1")["result"]?["XXBTZUSD"]?["asks"]?[0])
    #expect(best[0]?.string == "59999.9" && best[1]?.string == "0.12345678")
    _ = alice.call("AddOrder", Self.buy + "&price=60000&volume=0.12345678&cl_ord_id=t")
    let order = try #require(venue.order(account: "alice", client: "t"))
    #expect(order.state == .filled && order.fills.count == 1)
    // 59999.9 * 0.12345678 = 7407.39445..., of which 0.4 %.
    #expect(order.fills[0].fee == Decimal64("29.62958") && order.fills[0].feeAsset == "USD")
    #expect(venue.balances(account: "alice").first { $0.asset == "BTC" }?.total == Decimal64("2.12345678"))
    let trades = alice.call("TradesHistory")["result"]
    #expect(trades?["count"]?.int == 1)
    #expect(trades?["trades"]?.object?.first?.value["maker"]?.bool == false)
    #expect(venue.checkInvariants())
  }

  @Test func callsAreCounted() throws {
    let (alice, _, _) = try Quiet.kraken()
    for _ in 0..<15 { #expect(alice.call("Balance")["error"]?.array?.isEmpty == true) }
    #expect(alice.error("Balance") == "EAPI:Rate limit exceeded")
    alice.advance(4 * Self.second)
    #expect(alice.call("Balance")["error"]?.array?.isEmpty == true)
    #expect(alice.error("Balance") == "EAPI:Rate limit exceeded")
    // Orders have a counter of their own, by pair; a cancel of a fresh order weighs eight.
    for number in 0..<6 {
      #expect(alice.call("AddOrder", Self.buy + "&price=50000&volume=0.001&userref=\(number)")["result"] != nil)
      #expect(alice.call("CancelOrder", "txid=\(number)")["result"]?["count"]?.int == 1)
    }
    for _ in 0..<6 { #expect(alice.call("AddOrder", Self.buy + "&price=50000&volume=0.001")["result"] != nil) }
    #expect(alice.error("AddOrder", Self.buy + "&price=50000&volume=0.001") == "EOrder:Rate limit exceeded")
    #expect(alice.call("AddOrder", "pair=ETHUSD&type=buy&ordertype=limit&price=2000&volume=0.01")["result"] != nil)
    alice.advance(2 * Self.second)
    #expect(alice.call("AddOrder", Self.buy + "&price=50000&volume=0.001")["result"] != nil)
  }

  @Test func batches() throws {
    let (alice, _, venue) = try Quiet.kraken()
    func item(_ client: String, _ volume: String) -> String {
      #"{"ordertype":"limit","type":"buy","price":"50000","volume":"\#(volume)","cl_ord_id":"\#(client)"}"#
    }
    let placed = alice.call(
      "AddOrderBatch",
      json: "\"pair\":\"XBTUSD\",\"orders\":[\(item("a", "0.01")),\(item("b", "10")),\(item("c", "0.01"))]")
    let orders = placed["result"]?["orders"]
    #expect(orders?[0]?["txid"] != nil && orders?[1]?["error"]?.string == "EOrder:Insufficient funds")
    let gone = alice.call("CancelOrderBatch", json: "\"cl_ord_ids\":[\"a\",\"x\",\"c\"]")
    #expect(gone["result"]?["count"]?.int == 2)
    #expect(venue.orders(account: "alice").map(\.state) == [.cancelled, .cancelled])
  }

  @Test func privateChannels() throws {
    let (alice, _, venue) = try Quiet.kraken()
    let token = try #require(alice.call("GetWebSocketsToken")["result"]?["token"]?.string)
    let socket = alice.open("/v2")
    #expect(alice.frames[0].text["channel"]?.string == "status")
    alice.forget()
    alice.say(
      "{\"method\":\"subscribe\",\"params\":{\"channel\":\"executions\",\"token\":\"no\"},\"req_id\":1}", on: socket)
    #expect(alice.frames[0].text["error"]?.string == "ESession:Invalid session")
    alice.forget()
    for channel in ["executions", "balances"] {
      alice.say(
        "{\"method\":\"subscribe\",\"params\":{\"channel\":\"\(channel)\",\"token\":\"\(token)\"},\"req_id\":2}",
        on: socket)
    }
    alice.forget()
    let text =
      "\"order_type\":\"market\",\"side\":\"buy\",\"order_qty\":0.01,\"symbol\":\"BTC/USD\",\"token\":\"\(token)\""
    alice.say("{\"method\":\"add_order\",\"params\":{\(text)},\"req_id\":3}", on: socket)
    #expect(alice.frames.contains { $0.text["method"]?.string == "add_order" && $0.text["success"]?.bool == true })
    let reports = alice.frames.filter { $0.text["channel"]?.string == "executions" }
    #expect(
      reports.compactMap { $0.text["data"]?[0]?["exec_type"]?.string } == ["pending_new", "new", "trade", "filled"])
    #expect(reports.compactMap { $0.text["sequence"]?.int } == [2, 3, 4, 5])
    #expect(alice.frames.contains { $0.text["channel"]?.string == "balances" && $0.text["sequence"]?.int == 2 })
    #expect(venue.orders(account: "alice").map(\.state) == [.filled])
  }

  @Test func tokensEnd() throws {
    let (alice, _, venue) = try Quiet.kraken()
    func subscribe(_ token: String) -> JSONValue? {
      let socket = alice.open("/v2")
      alice.forget()
      alice.say("{\"method\":\"subscribe\",\"params\":{\"channel\":\"balances\",\"token\":\"\(token)\"}}", on: socket)
      return alice.frames.first?.text
    }
    func token() -> String { alice.call("GetWebSocketsToken")["result"]?["token"]?.string ?? "" }
    let (old, used) = (token(), token())
    #expect(subscribe(used)?["success"]?.bool == true)
    alice.advance(901 * Self.second)
    #expect(subscribe(old)?["error"]?.string == "ESession:Invalid session")
    #expect(subscribe(used)?["success"]?.bool == true, "a token that was used stays")
    let fresh = token()
    var actions: [VenueAction] = []
    venue.expireTokens(now: alice.now, &actions)
    #expect(subscribe(fresh)?["success"]?.bool == false)
  }

  @Test func publicChannels() throws {
    let options = KrakenVenue.usual(seed: 4)
    let client = Client(try KrakenVenue(options), options.accounts[0])
    let socket = client.open("/v2")
    client.say(#"{"method":"ping","req_id":9}"#, on: socket)
    #expect(client.frames.last?.text["method"]?.string == "pong" && client.frames.last?.text["req_id"]?.int == 9)
    client.say(#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD","X/Y"],"depth":11}}"#, on: socket)
    #expect(
      client.frames.suffix(2).map { $0.text["error"]?.string ?? "" } == [
        "Subscription depth not supported", "Currency pair not supported X/Y",
      ])
    client.say(#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}"#, on: socket)
    #expect(client.frames.last?.text["type"]?.string == "snapshot")
    client.say(#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"]}}"#, on: socket)
    #expect(client.frames.last?.text["success"]?.bool == false)
    client.forget()
    for _ in 0..<30 { client.advance(100_000_000) }
    #expect(client.frames.count { $0.text["channel"]?.string == "heartbeat" } >= 2)
    #expect(client.frames.count { $0.text["channel"]?.string == "book" } > 10)
  }

  @Test func textsOfTimeAndSums() {
    #expect(CRC32.of(Array("123456789".utf8)) == 0xCBF4_3926)
    #expect(rfc3339(0) == "1970-01-01T00:00:00.000000Z")
    #expect(rfc3339(951_827_696_789_012_345) == "2000-02-29T12:34:56.789012Z")
    #expect(rfc3339(1_795_165_945_848_000_000) == "2026-11-20T09:12:25.848000Z")
  }
}
