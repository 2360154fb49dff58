import Catalog
import Decimals
import Testing
import Venue

@testable import VenueExchange

/// Futures as their documentation says.
@Suite struct FuturesTests {
  private let order = "/fapi/v1/order"
  private static let buy = "symbol=BTCUSDT&side=BUY&newOrderRespType=RESULT"
  private static let sell = "symbol=BTCUSDT&side=SELL&newOrderRespType=RESULT"

  @Test(arguments: [
    (buy + "&type=LIMIT&timeInForce=GTC&quantity=0.01&price=59000.05", -1111),
    (buy + "&type=LIMIT&timeInForce=GTC&quantity=0.0001&price=59000", -1111),
    (buy + "&type=LIMIT&timeInForce=GTC&quantity=0.001&price=59000", -4164),
    (buy + "&type=LIMIT&timeInForce=GTC&quantity=0.01&price=40000", -4131),
    (buy + "&type=LIMIT&timeInForce=GTC&quantity=900&price=59000", -2019),
    (buy + "&type=LIMIT&timeInForce=GTX&quantity=0.01&price=62000", -5022),
    (buy + "&type=STOP_MARKET&quantity=0.01&stopPrice=62000", -4120),
    (buy + "&type=MARKET&quantity=0.01&reduceOnly=true", -2022),
    (buy + "&type=MARKET&quantity=0.01&positionSide=LONG", -4061),
    (buy + "&type=MARKET&quantity=0.01&timeInForce=GTC", -1106), (buy + "&type=MARKET", -1102),
  ])
  func ordersAreRefused(parameters: String, code: Int) throws {
    let (alice, _, venue) = try Quiet.futures()
    #expect(alice.code("POST", order, parameters) == code)
    #expect(venue.orders(account: "alice").isEmpty && venue.positions(account: "alice").isEmpty)
  }

  @Test func aPositionsLife() throws {
    let (alice, _, venue) = try Quiet.futures()
    let opened = alice.call("POST", order, Self.buy + "&type=MARKET&quantity=0.02&newClientOrderId=in")
    #expect(opened["status"]?.string == "FILLED")
    #expect(venue.positions(account: "alice").map(\.quantity) == [Decimal64("0.02")])
    let risk = alice.call("GET", "/fapi/v3/positionRisk")[0]
    #expect(risk?["positionAmt"]?.string == "0.020" && risk?["positionSide"]?.string == "BOTH")
    let stand = alice.call(
      "POST", order,
      Self.sell + "&type=LIMIT&timeInForce=GTC&quantity=0.05&price=62000&reduceOnly=true&newClientOrderId=out")
    #expect(stand["origQty"]?.string == "0.020", "it cannot be larger than the position")
    let closed = alice.call("POST", order, Self.sell + "&type=MARKET&quantity=0.02&reduceOnly=true")
    #expect(closed["status"]?.string == "FILLED")
    #expect(venue.positions(account: "alice").isEmpty)
    #expect(venue.order(account: "alice", client: "out")?.state == .expired)
    let trades = alice.call("GET", "/fapi/v1/userTrades", "symbol=BTCUSDT").array ?? []
    let paid = trades.compactMap { Decimal64($0["commission"]?.string ?? "") }.reduce(Decimal64.zero) {
      $0.adding($1) ?? $0
    }
    let realized = trades.compactMap { Decimal64($0["realizedPnl"]?.string ?? "") }.reduce(Decimal64.zero) {
      $0.adding($1) ?? $0
    }
    let wallet = Decimal64(100_000).subtracting(paid)?.adding(realized)
    #expect(venue.balances(account: "alice").first { $0.asset == "USDT" }?.total == wallet)
    #expect(venue.checkInvariants())
  }

  @Test func hedgeMode() throws {
    let (alice, _, venue) = try Quiet.futures()
    let mode = "/fapi/v1/positionSide/dual"
    #expect(alice.code("POST", mode, "dualSidePosition=false") == -4059)
    #expect(alice.code("POST", mode, "dualSidePosition=true") == 200)
    #expect(alice.code("POST", order, Self.buy + "&type=MARKET&quantity=0.01") == -4061)
    _ = alice.call("POST", order, Self.buy + "&type=MARKET&quantity=0.01&positionSide=LONG")
    _ = alice.call("POST", order, Self.sell + "&type=MARKET&quantity=0.03&positionSide=SHORT")
    #expect(venue.positions(account: "alice").map(\.quantity) == [Decimal64("0.01"), Decimal64("-0.03")])
    #expect(alice.code("POST", mode, "dualSidePosition=false") == -4068)
    #expect(
      alice.code("POST", order, Self.sell + "&type=MARKET&quantity=0.01&positionSide=LONG&reduceOnly=true") == -1106)
    _ = alice.call("POST", order, Self.sell + "&type=MARKET&quantity=0.01&positionSide=LONG")
    _ = alice.call("POST", order, Self.buy + "&type=MARKET&quantity=0.03&positionSide=SHORT")
    #expect(venue.positions(account: "alice").isEmpty)
    #expect(alice.code("POST", order, Self.sell + "&type=MARKET&quantity=0.01&positionSide=LONG") == -2022)
  }

  @Test func leverageAndMargin() throws {
    let (alice, _, _) = try Quiet.futures()
    #expect(alice.call("POST", "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=5")["leverage"]?.int == 5)
    #expect(alice.code("POST", "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=500") == -4028)
    #expect(alice.code("POST", "/fapi/v1/marginType", "symbol=BTCUSDT&marginType=CROSSED") == -4046)
    #expect(alice.code("POST", "/fapi/v1/marginType", "symbol=BTCUSDT&marginType=ISOLATED") == -4168)
    let large = Self.buy + "&type=LIMIT&timeInForce=GTC&quantity=10&price=59000"
    #expect(alice.code("POST", order, large) == -2019)
    _ = alice.call("POST", "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=20")
    #expect(alice.call("POST", order, large)["status"]?.string == "NEW")
    #expect(alice.code("POST", "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=5") == -2028)
    #expect(alice.code("POST", "/fapi/v1/positionSide/dual", "dualSidePosition=true") == -4067)
  }

  @Test func batches() throws {
    let (alice, _, venue) = try Quiet.futures()
    func item(_ client: String, _ price: String) -> String {
      "{\"symbol\":\"BTCUSDT\",\"side\":\"BUY\",\"type\":\"LIMIT\",\"timeInForce\":\"GTC\",\"quantity\":\"0.01\","
        + "\"price\":\"\(price)\",\"newClientOrderId\":\"\(client)\"}"
    }
    let placed = alice.call(
      "POST", "/fapi/v1/batchOrders", "batchOrders=[\(item("a", "59000")),\(item("b", "1")),\(item("c", "58000"))]")
    #expect(placed.array?.count == 3 && placed[0]?["orderId"] != nil && placed[1]?["code"]?.int == -4131)
    let changed = alice.call("PUT", order, "symbol=BTCUSDT&side=BUY&origClientOrderId=a&quantity=0.02&price=59000.1")
    #expect(changed["origQty"]?.string == "0.020" && changed["price"]?.string == "59000.10")
    #expect(
      alice.code("PUT", order, "symbol=BTCUSDT&side=BUY&origClientOrderId=a&quantity=0.02&price=59000.1") == -5027)
    let gone = alice.call(
      "DELETE", "/fapi/v1/batchOrders", "symbol=BTCUSDT&origClientOrderIdList=[\"a\",\"x\"]")
    #expect(gone[0]?["status"]?.string == "CANCELED" && gone[1]?["code"]?.int == -2011)
    #expect(alice.code("DELETE", "/fapi/v1/allOpenOrders", "symbol=BTCUSDT") == 200)
    #expect(venue.orders(account: "alice").allSatisfy { $0.state == .cancelled })
  }

  @Test func fundingIsPaid() throws {
    let (alice, _, venue) = try Quiet.futures()
    _ = alice.call("POST", order, Self.buy + "&type=MARKET&quantity=1")
    let before = try #require(venue.balances(account: "alice").first { $0.asset == "USDT" }?.total)
    let next = try #require(alice.get("/fapi/v1/premiumIndex", "symbol=BTCUSDT")["nextFundingTime"]?.int)
    alice.advance((Int64(next) - alice.milliseconds) * 1_000_000 + 1)
    let income = alice.call("GET", "/fapi/v1/income", "incomeType=FUNDING_FEE")
    let paid = try #require(income[0]?["income"]?.string.flatMap { Decimal64($0) })
    #expect(paid.isNegative, "the rate is positive, so the long pays")
    #expect(venue.balances(account: "alice").first { $0.asset == "USDT" }?.total == before.adding(paid))
    #expect(venue.fundings(account: "alice").map(\.amount) == [paid])
    #expect(alice.call("GET", "/fapi/v1/fundingRate", "symbol=BTCUSDT").array?.count == 1)
  }

  @Test func conditionalOrders() throws {
    let (alice, bob, venue) = try Quiet.futures()
    let algo = "/fapi/v1/algoOrder"
    let stop = "algoType=CONDITIONAL&symbol=BTCUSDT&side=BUY&type=STOP_MARKET&quantity=0.01"
    #expect(alice.code("POST", algo, stop + "&triggerPrice=50000") == -2021)
    let placed = alice.call("POST", algo, stop + "&triggerPrice=60000.1&clientAlgoId=cond")
    #expect(placed["algoStatus"]?.string == "NEW")
    #expect(alice.code("POST", algo, stop + "&triggerPrice=60000.1&clientAlgoId=cond") == -4116)
    #expect(alice.call("GET", "/fapi/v1/openAlgoOrders").array?.count == 1)
    #expect(alice.code("GET", order, "symbol=BTCUSDT&origClientOrderId=cond") == -2013)
    _ = bob.call("POST", order, Self.sell + "&type=LIMIT&timeInForce=GTC&quantity=1&price=60000.1")
    _ = bob.call("POST", order, Self.buy + "&type=MARKET&quantity=0.01")
    _ = alice.call("POST", order, Self.buy + "&type=MARKET&quantity=0.01")
    let after = alice.call("GET", algo, "clientAlgoId=cond")
    #expect(after["algoStatus"]?.string == "FINISHED" && after["actualOrderId"]?.string?.isEmpty == false)
    #expect(venue.positions(account: "alice").map(\.quantity) == [Decimal64("0.02")])
    #expect(alice.code("DELETE", algo, "clientAlgoId=cond") == -2011)
  }

  @Test func anAccountWithoutMarginIsLiquidated() throws {
    let (alice, _, venue) = try Quiet.futures()
    let key = Client.json(alice.send("POST", "/fapi/v1/listenKey", headers: [("x-mbx-apikey", alice.account.key)]))
    _ = alice.open("/private/ws", query: "listenKey=\(key["listenKey"]?.string ?? "")")
    let forced = alice.open("/market/ws/btcusdt@forceOrder")
    // More than the book holds, and then hardly a thing left in the wallet.
    _ = alice.call("POST", order, Self.buy + "&type=MARKET&quantity=1")
    _ = alice.call("POST", order, Self.buy + "&type=LIMIT&timeInForce=GTC&quantity=0.1&price=58000")
    let wallet = venue.exchange.ledger.balance(3, venue.exchange.assets.firstIndex(of: "USDT") ?? 0).total
    venue.exchange.ledger.move(
      wallet - 100 * 100_000_000, of: venue.exchange.assets.firstIndex(of: "USDT") ?? 0, from: 3, to: 0)
    alice.forget()
    alice.advance(100_000_000)
    let updates = alice.frames.compactMap { $0.text["o"] }
    #expect(updates.contains { $0["x"]?.string == "EXPIRED" && $0["p"]?.string == "58000.00" })
    #expect(updates.contains { $0["x"]?.string == "CALCULATED" && $0["c"]?.string?.hasPrefix("autoclose-") == true })
    #expect(alice.frames.contains { $0.socket == forced && $0.text["e"]?.string == "forceOrder" })
    #expect(venue.positions(account: "alice").isEmpty)
    let left = try #require(venue.balances(account: "alice").first { $0.asset == "USDT" }?.total)
    #expect(!left.isNegative && left < 100)
    #expect(venue.checkInvariants())
  }

  @Test func aStreamAtTheWrongAddressIsSilent() throws {
    let options = FuturesVenue.usual(seed: 2)
    let client = Client(try FuturesVenue(options), options.accounts[0])
    let wrong = client.open("/market/stream")
    let right = client.open("/public/stream")
    for socket in [wrong, right] {
      client.say(#"{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":1}"#, on: socket)
    }
    #expect(client.frames.map(\.socket) == [wrong, right])
    client.forget()
    for _ in 0..<10 { client.advance(100_000_000) }
    #expect(client.frames.count > 5 && client.frames.allSatisfy { $0.socket == right })
    let events = client.frames.compactMap { $0.text["data"] }
    for (before, after) in zip(events, events.dropFirst()) { #expect(after["pu"]?.int == before["u"]?.int) }
  }
}
