import Decimals
import JSONTree
import Testing
import Venue

@testable import VenueExchange

/// Perpetuals of OKX, which count contracts.
@Suite struct OKXPerpetualTests {
  private static let second: Int64 = 1_000_000_000

  private static func order(_ more: String, side: String = "buy", type: String = "market") -> String {
    #"{"instId":"BTC-USDT-SWAP","tdMode":"cross","side":"\#(side)","ordType":"\#(type)"\#(more)}"#
  }

  @Test func contractsAndPositions() throws {
    let (alice, _, venue) = try Quiet.okxPerpetual()
    let socket = alice.open("/ws/v5/private")
    alice.say(alice.login(), on: socket)
    alice.say(#"{"op":"subscribe","args":[{"channel":"positions","instType":"SWAP"}]}"#, on: socket)
    #expect(alice.frames.last?.text["data"]?.array?.isEmpty == true)
    let rules = alice.get("/api/v5/public/instruments", "instType=SWAP")["data"]?[0]
    #expect(rules?["ctVal"]?.string == "0.01" && rules?["lotSz"]?.string == "0.01")
    #expect(rules?["ctType"]?.string == "linear" && rules?["baseCcy"]?.string == "")
    #expect(alice.post("trade/order", Self.order(#","sz":"0.001""#))["data"]?[0]?["sCode"]?.string == "51121")
    #expect(alice.post("trade/order", Self.order(#","sz":"3""#))["code"]?.string == "0")
    #expect(venue.positions(account: "alice").map(\.quantity) == [Decimal64("0.03")])
    let held = alice.ask("account/positions", "instType=SWAP")["data"]?[0]
    #expect(held?["pos"]?.string == "3" && held?["posSide"]?.string == "net" && held?["mgnMode"]?.string == "cross")
    let push = alice.frames.last { $0.text["arg"]?["channel"]?.string == "positions" }?.text
    #expect(push?["data"]?[0]?["pos"]?.string == "3" && push?["eventType"]?.string == "event_update")
    let money = alice.ask("account/balance")["data"]?[0]?["details"]?[0]
    let wallet = venue.balances(account: "alice").first { $0.asset == "USDT" }?.total
    #expect(money?["cashBal"]?.string.flatMap { Decimal64($0) } == wallet && money?["eq"] != money?["cashBal"])
    let reduce = Self.order(#","sz":"5","reduceOnly":true"#, side: "sell")
    #expect(alice.post("trade/order", reduce)["code"]?.string == "0" && venue.positions(account: "alice").isEmpty)
    #expect(alice.post("trade/order", reduce)["data"]?[0]?["sCode"]?.string == "51169")
    #expect(alice.ask("account/positions")["data"]?.array?.isEmpty == true)
    #expect(venue.checkInvariants())
  }

  @Test func leverageAndModes() throws {
    let (alice, _, _) = try Quiet.okxPerpetual()
    func set(_ leverage: String) -> String? {
      alice.post(
        "account/set-leverage", #"{"instId":"BTC-USDT-SWAP","lever":"\#(leverage)","mgnMode":"cross"}"#)["code"]?.string
    }
    #expect(set("10") == "0" && set("101") == "59102" && set("x") == "51000")
    let told = alice.ask("account/leverage-info", "instId=BTC-USDT-SWAP&mgnMode=cross")["data"]?[0]
    #expect(told?["lever"]?.string == "10")
    let hedge = #"{"posMode":"long_short_mode"}"#
    _ = alice.post("trade/order", Self.order(#","sz":"1","px":"50000""#, type: "limit"))
    #expect(alice.post("account/set-position-mode", hedge)["code"]?.string == "59000")
    let id = alice.ask("trade/orders-pending")["data"]?[0]?["ordId"]?.string ?? ""
    _ = alice.post("trade/cancel-order", #"{"instId":"BTC-USDT-SWAP","ordId":"\#(id)"}"#)
    #expect(alice.post("account/set-position-mode", hedge)["code"]?.string == "0")
    #expect(alice.ask("account/config")["data"]?[0]?["posMode"]?.string == "long_short_mode")
    #expect(alice.post("trade/order", Self.order(#","sz":"1""#))["data"]?[0]?["sCode"]?.string == "50014")
    #expect(alice.post("trade/order", Self.order(#","sz":"1","posSide":"short""#, side: "sell"))["code"]?.string == "0")
    let held = alice.ask("account/positions")["data"]?[0]
    #expect(held?["pos"]?.string == "1" && held?["posSide"]?.string == "short")
  }

  @Test func fundingIsPaid() throws {
    let (alice, _, venue) = try Quiet.okxPerpetual()
    _ = alice.post("trade/order", Self.order(#","sz":"10""#))
    let rate = try #require(alice.get("/api/v5/public/funding-rate", "instId=BTC-USDT-SWAP")["data"]?[0])
    #expect(rate["fundingRate"]?.string != nil && rate["fundingTime"]?.string != rate["nextFundingTime"]?.string)
    alice.advance(8 * 3600 * Self.second)
    let paid = try #require(venue.fundings(account: "alice").first)
    let bill = alice.ask("account/bills-archive", "instType=SWAP&type=8")["data"]?[0]
    #expect(bill?["balChg"]?.string == paid.amount.plain && bill?["ccy"]?.string == "USDT")
    #expect(alice.ask("account/bills-archive", "type=2")["data"]?.array?.isEmpty == true)
    #expect(alice.get("/api/v5/market/index-tickers", "instId=BTC-USDT")["data"]?[0]?["idxPx"] != nil)
    #expect(alice.get("/api/v5/public/mark-price", "instType=SWAP")["data"]?.array?.count == 2)
  }
}
