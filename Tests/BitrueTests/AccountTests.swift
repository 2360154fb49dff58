import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitrueConnector

@Suite struct AccountTests {
  @Test func theListenKeyComesFromAServiceOfItsOwn() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let request = try #require(harness.requests.last)
    #expect(request.method == .post && request.permission == "listen_key")
    #expect(request.url == "https://open.bitrue.com/poseidon/api/v1/listenKey")
    #expect(request.headers.contains("X-MBX-APIKEY: <field(api_key)>") && request.body.isEmpty)
    harness.reply(request.id, #"{"msg":"succ","code":200,"data":{"listenKey":"****"}}"#)
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://wsapi.bitrue.com/stream?listenKey=<slot(1)>" && open.account == 7)
  }

  @Test func theKeyIsAskedForAgainBeforeItEnds() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.run(for: 1_800_000_000_000)
    let again = try #require(harness.requests.last { $0.permission == "listen_key" })
    harness.reply(again.id, #"{"msg":"succ","code":200,"data":{"listenKey":"****"}}"#)
    #expect(again.method == .post && harness.closes.isEmpty)
    #expect(!harness.opens.contains { $0.stream != stream })
  }

  @Test func heartbeatsOfBothKindsAreAnswered() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(stream, #"{"event":"ping","ts":"1663815268584"}"#)
    harness.frame(stream, #"{"ping":1663815268584}"#)
    #expect(harness.requests.map(\.body) == [#"{"event":"pong","ts":"1663815268584"}"#, #"{"pong":"1663815268584"}"#])
    #expect(harness.requests.map(\.permission) == ["pong_event", "pong"])
    #expect(harness.requests.allSatisfy { $0.stream == stream })
  }

  private func report(_ state: Int, filled: String, trade: String = #""t":0,"l":"0","L":"0","n":"0""#) -> String {
    """
    {"e":"ORDER","i":16122802798,"E":1657882521876,"I":"302623154710888464","u":1814396,"s":"btcusdt","S":2,"o":1,\
    "q":"0.01","C":"a1","p":"60000","X":\(state),"x":1,"z":"\(filled)","N":"usdt","O":1657882521876,"Y":"0",\(trade)}
    """
  }

  @Test(arguments: [
    (0, "0", OrderState.open), (1, "0", .open), (1, "0.004", .partial), (3, "0.004", .partial), (2, "0.01", .filled),
    (4, "0.004", .cancelled),
  ])
  func numbersAreStates(_ number: Int, _ filled: String, _ state: OrderState) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    #expect(harness.frame(stream, report(number, filled: filled)) == .ok)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == state.rawValue && order.fields.side == Side.sell.rawValue)
    #expect(order.record.text(order.fields.venue_order) == "16122802798")
    #expect(harness.emitted.map(\.kind) == [PB_EV_ORDER])
  }

  @Test func aTradeIsAFillWithItsFee() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    let trade = #""t":901,"l":"0.004","L":"60000","n":"0.24","T":1657882521999"#
    harness.frame(stream, report(3, filled: "0.004", trade: trade))
    #expect(harness.emitted.map(\.kind) == [PB_EV_FILL, PB_EV_ORDER])
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.fields.quantity.value == Decimal64(mantissa: 4, exponent: -3))
    #expect(fill.fields.fee.value == Decimal64(mantissa: 24, exponent: -2))
    #expect(fill.record.text(fill.fields.fee_asset) == "USDT")
    #expect(fill.fields.venue_ns == 1_657_882_521_999_000_000)
  }

  @Test func aReportThatCannotBeReadStartsTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, #"{"e":"ORDER","s":"btcusdt"}"#)
    #expect(harness.closes == [stream])
  }

  @Test func halfABalanceIsAskedForAgain() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    let whole = #"{"a":"eth","F":"0.0400","T":1,"f":"-0.01","L":"0.0100","l":"0.01","t":1}"#
    harness.frame(stream, #"{"e":"BALANCE","E":1670051332478,"B":[\#(whole)]}"#)
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).first)
    #expect(balance.record.text(balance.fields.asset) == "ETH")
    #expect(balance.fields.total.value == Decimal64(mantissa: 5, exponent: -2))
    harness.forget()
    harness.frame(stream, #"{"e":"BALANCE","E":1670051332478,"B":[{"a":"btc","F":"0.0006","f":"0.0006","T":1,"t":0}]}"#)
    harness.run(for: 5_000_000_000)
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).isEmpty)
    #expect(harness.requests.contains { $0.permission == "account" })
  }
}
