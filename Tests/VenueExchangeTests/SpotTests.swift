import Catalog
import Decimals
import Testing
import Venue

@testable import VenueExchange

/// Spot as its documentation says: who is let in, what is refused and how, what is counted.
@Suite struct SpotTests {
  private let account = "/api/v3/account"
  private let order = "/api/v3/order"

  @Test func whoIsLetIn() throws {
    let (alice, _, _) = try Quiet.spot()
    #expect(Client.json(alice.signed("GET", account))["accountType"]?.string == "SPOT")
    #expect(Client.json(alice.signed("GET", account, key: ""))["code"]?.int == -2014)
    let unknown = alice.signed("GET", account, key: "somebody")
    #expect(unknown.status == 401 && Client.json(unknown)["code"]?.int == -2015)
    let spoilt: [(String) -> String] = [
      { $0.dropLast(2) + "zz" }, { "a=1&" + $0 }, { $0.replacing("recvWindow=5000", with: "recvWindow=5001") },
    ]
    for change in spoilt {
      #expect(Client.json(alice.signed("GET", account, change: change))["code"]?.int == -1022)
    }
    let bare = alice.signed("GET", account) { $0.split(separator: "&").dropLast().joined(separator: "&") }
    #expect(Client.json(bare)["code"]?.int == -1102)
    #expect(Client.json(alice.signed("GET", account, window: 60_001))["code"]?.int == -1131)
  }

  @Test func timeMustFit() throws {
    let (alice, _, venue) = try Quiet.spot()
    func code(_ time: Int64, _ window: Int64 = 5000) -> Int? {
      Client.json(alice.signed("GET", account, time: alice.milliseconds + time, window: window))["code"]?.int
    }
    #expect(code(0) == nil && code(999) == nil && code(-5000) == nil)
    #expect(code(1000) == -1021 && code(-5001) == -1021)
    #expect(code(-5001, 6000) == nil)
    venue.clockOffsetNanoseconds = 7_000_000_000
    #expect(code(0) == -1021 && code(7000) == nil)
    #expect(alice.get("/api/v3/time")["serverTime"]?.int == Int(alice.milliseconds) + 7000)
  }

  private static let base = "symbol=BTCUSDT&side=BUY"

  @Test(arguments: [
    ("symbol=BTCEUR&side=BUY&type=MARKET&quantity=1", -1121), ("side=BUY&type=MARKET&quantity=1", -1102),
    ("symbol=BTCUSDT&side=UP&type=MARKET&quantity=1", -1117), (base + "&type=WISH&quantity=1", -1116),
    (base + "&type=LIMIT&quantity=1&price=60000", -1102),
    (base + "&type=LIMIT&timeInForce=GTD&quantity=1&price=60000", -1115),
    (base + "&type=MARKET&timeInForce=GTC&quantity=1", -1106), (base + "&type=MARKET&quantity=1&price=1", -1106),
    (base + "&type=MARKET&quantity=1&quoteOrderQty=10", -1128), (base + "&type=MARKET&quantity=x", -1100),
    (base + "&type=MARKET&quantity=0.0000000001", -1111), (base + "&type=MARKET&quantity=0.000001", -1013),
    (base + "&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000.001", -1013),
    (base + "&type=LIMIT&timeInForce=GTC&quantity=0.00001&price=50000", -1013),
    (base + "&type=LIMIT&timeInForce=GTC&quantity=0.01&price=5000", -1013),
    (base + "&type=LIMIT&timeInForce=GTC&quantity=9&price=50000", -2010),
    (base + "&type=LIMIT_MAKER&quantity=0.01&price=65000", -2010),
    (base + "&type=STOP_LOSS&quantity=0.01&stopPrice=50000", -2010),
    (base + "&type=MARKET&quantity=0.01&newClientOrderId=a%20b", -1100),
  ])
  func ordersAreRefused(parameters: String, code: Int) throws {
    let (alice, _, venue) = try Quiet.spot()
    #expect(alice.code("POST", order, parameters) == code)
    #expect(venue.orders(account: "alice").isEmpty)
    #expect(venue.balances(account: "alice").allSatisfy { $0.total == $0.available })
  }

  @Test func anOrdersLife() throws {
    let (alice, _, venue) = try Quiet.spot()
    let placed = alice.call(
      "POST", order, Self.base + "&type=LIMIT&timeInForce=GTC&quantity=0.5&price=50000&newClientOrderId=mine")
    #expect(placed["status"]?.string == "NEW" && placed["fills"]?.array?.isEmpty == true)
    #expect(venue.balances(account: "alice")[1].available == Decimal64("75000"))
    #expect(
      alice.code(
        "POST", order, Self.base + "&type=LIMIT&timeInForce=GTC&quantity=0.5&price=50000&newClientOrderId=mine")
        == -2010)
    #expect(alice.call("GET", order, "symbol=BTCUSDT&origClientOrderId=mine")["origQty"]?.string == "0.50000000")
    #expect(alice.code("GET", order, "symbol=BTCUSDT&origClientOrderId=other") == -2013)
    #expect(alice.code("GET", order, "symbol=ETHUSDT&origClientOrderId=mine") == -2013)
    let less = alice.call(
      "PUT", order + "/amend/keepPriority", "symbol=BTCUSDT&origClientOrderId=mine&newQty=0.2&newClientOrderId=mine")
    #expect(less["amendedOrder"]?["qty"]?.string == "0.20000000")
    #expect(
      alice.code("PUT", order + "/amend/keepPriority", "symbol=BTCUSDT&origClientOrderId=mine&newQty=0.3") == -2038)
    #expect(alice.call("GET", "/api/v3/openOrders", "symbol=BTCUSDT").array?.count == 1)
    let cancelled = alice.call("DELETE", order, "symbol=BTCUSDT&origClientOrderId=mine&newClientOrderId=bye")
    #expect(cancelled["status"]?.string == "CANCELED" && cancelled["clientOrderId"]?.string == "bye")
    #expect(alice.code("DELETE", order, "symbol=BTCUSDT&origClientOrderId=mine") == -2011)
    #expect(venue.balances(account: "alice").allSatisfy { $0.total == $0.available })
    #expect(alice.call("GET", "/api/v3/allOrders", "symbol=BTCUSDT").array?.count == 1)
  }

  @Test func twoAccountsTrade() throws {
    let (alice, bob, venue) = try Quiet.spot()
    _ = alice.call(
      "POST", order,
      "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.3&price=60000.01&newClientOrderId=ask")
    let best = alice.get("/api/v3/ticker/bookTicker", "symbol=BTCUSDT")["askPrice"]?.string
    #expect(best == "60000.01000000")
    let taken = bob.call(
      "POST", order, Self.base + "&type=LIMIT&timeInForce=IOC&quantity=0.5&price=60000.01&newClientOrderId=bid")
    #expect(taken["status"]?.string == "EXPIRED" && taken["executedQty"]?.string == "0.30000000")
    #expect(taken["fills"]?[0]?["commission"]?.string == "0.00030000")
    #expect(taken["fills"]?[0]?["commissionAsset"]?.string == "BTC")
    let ask = try #require(venue.order(account: "alice", client: "ask"))
    #expect(ask.state == .filled && ask.fills.map(\.isMaker) == [true] && ask.fills[0].fee == Decimal64("18.000003"))
    #expect(bob.call("GET", "/api/v3/myTrades", "symbol=BTCUSDT")[0]?["isMaker"]?.bool == false)
    #expect(venue.balances(account: "bob")[0].total == Decimal64("2.2997"))
    let killed = bob.call("POST", order, Self.base + "&type=LIMIT&timeInForce=FOK&quantity=500&price=61000")
    #expect(killed["status"]?.string == "EXPIRED" && killed["executedQty"]?.string == "0.00000000")
  }

  @Test func replacing() throws {
    let (alice, _, venue) = try Quiet.spot()
    let replace = order + "/cancelReplace"
    let new = Self.base + "&type=LIMIT&timeInForce=GTC&price=51000&cancelReplaceMode="
    let none = alice.signed("POST", replace, new + "STOP_ON_FAILURE&quantity=0.1&cancelOrigClientOrderId=absent")
    #expect(none.status == 400 && Client.json(none)["code"]?.int == -2022)
    #expect(venue.orders(account: "alice").isEmpty)
    let partly = alice.signed(
      "POST", replace, new + "ALLOW_FAILURE&quantity=0.1&cancelOrigClientOrderId=absent&newClientOrderId=a")
    #expect(partly.status == 409 && Client.json(partly)["data"]?["newOrderResult"]?.string == "SUCCESS")
    let both = alice.call(
      "POST", replace, new + "STOP_ON_FAILURE&quantity=0.2&cancelOrigClientOrderId=a&newClientOrderId=b")
    #expect(both["cancelResult"]?.string == "SUCCESS" && both["newOrderResult"]?.string == "SUCCESS")
    #expect(venue.orders(account: "alice").map(\.state) == [.cancelled, .open])
    let short = alice.call("POST", replace, new + "STOP_ON_FAILURE&quantity=50&cancelOrigClientOrderId=b")
    #expect(short["code"]?.int == -2021 && short["data"]?["newOrderResponse"]?["code"]?.int == -2010)
    #expect(venue.orders(account: "alice").map(\.state) == [.cancelled, .cancelled])
  }

  @Test func anAccountDoesNotTradeWithItself() throws {
    let (alice, _, venue) = try Quiet.spot()
    func place(_ side: String, _ client: String, _ more: String = "") {
      _ = alice.call(
        "POST", order,
        "symbol=BTCUSDT&type=LIMIT&timeInForce=GTC&quantity=0.01&price=60000.02&side=\(side)"
          + "&newClientOrderId=\(client)\(more)")
    }
    place("SELL", "maker")
    place("BUY", "taker", "&selfTradePreventionMode=EXPIRE_TAKER")
    #expect(venue.order(account: "alice", client: "taker")?.state == .expired)
    #expect(venue.order(account: "alice", client: "maker")?.state == .open)
    place("BUY", "second")
    #expect(venue.order(account: "alice", client: "maker")?.state == .expired)
    #expect(venue.order(account: "alice", client: "second")?.state == .open)
    #expect(venue.orders(account: "alice").allSatisfy { $0.fills.isEmpty })
  }

  @Test func stopsWaitForTheirPrice() throws {
    let (alice, bob, venue) = try Quiet.spot()
    let stop =
      Self.base
      + "&type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=0.01&price=62000&stopPrice=60000.03&newClientOrderId=stop"
    #expect(alice.call("POST", order, stop)["orderId"] != nil)
    #expect(alice.call("GET", order, "symbol=BTCUSDT&origClientOrderId=stop")["isWorking"]?.bool == false)
    #expect(venue.order(account: "alice", client: "stop")?.state == .untriggered)
    _ = bob.call("POST", order, "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=60000.03")
    _ = alice.call("POST", order, Self.base + "&type=MARKET&quantity=0.01")
    #expect(venue.order(account: "alice", client: "stop")?.state == .filled)
    #expect(venue.checkInvariants())
  }

  @Test func byValue() throws {
    let (alice, _, venue) = try Quiet.spot()
    let bought = alice.call("POST", order, Self.base + "&type=MARKET&quoteOrderQty=300&newClientOrderId=v")
    #expect(bought["status"]?.string == "FILLED")
    let spent = try #require(bought["cummulativeQuoteQty"]?.string.flatMap { Decimal64($0) })
    #expect(spent <= 300 && spent > 298)
    #expect(venue.balances(account: "alice")[1].total == Decimal64(100_000).subtracting(spent))
  }
}
