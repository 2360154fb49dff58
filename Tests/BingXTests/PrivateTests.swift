import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BingXConnector

@Suite struct PrivateTests {
  @Test func theStreamHasItsKeyInItsAddressAndIsInflated() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let request = try #require(harness.requests.last)
    #expect(request.method == .post && request.permission == "listen_key" && request.url.contains("&signature="))
    harness.reply(request.id, #"{"code":0,"msg":"","data":{"listenKey":"****"}}"#)
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://open-api-ws.bingx.com/market?listenKey=<slot(1)>" && open.account == 7)
    #expect(harness.all(PB_OUT_OPEN, pb_out_open.self).map(\.fields.flags) == [UInt32(PB_OPEN_INFLATE)])
    harness.opened(open.stream)
    let frames = harness.requests.filter { $0.stream == open.stream }
    #expect(frames.map { $0.body.contains("spot.executionReport") } == [true, false])
    #expect(frames.allSatisfy { $0.permission == "subscribe" && $0.account == 7 })
    for frame in frames { harness.frame(open.stream, #"{"code":0,"id":"\#(frame.id)","msg":"SUCCESS"}"#) }
    #expect(harness.states.map(\.state) == [.pending, .live])
  }

  @Test func theKeyIsProlongedUnsignedUntilItIsGone() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.run(for: 1_800_000_000_000)
    let keep = try #require(harness.requests.last)
    #expect(keep.method == .put && keep.permission == "keep_listen_key")
    #expect(keep.url == "https://open-api.bingx.com/openApi/user/auth/userDataStream?listenKey=<slot(1)>")
    harness.reply(keep.id, "")
    #expect(harness.closes.isEmpty)
    harness.run(for: 1_800_000_000_000)
    harness.reply(try #require(harness.requests.last).id, status: 404, "")
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
  }

  @Test(arguments: [#"{"e":"listenKeyExpired","E":1676964520421,"listenKey":"****"}"#, "{", #"{"e":"ACCOUNT_UPDATE"}"#])
  func aKeyThatExpiresAndAReportThatCannotBeReadStartTheStreamAnew(_ frame: String) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, frame)
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
    harness.closed(stream, code: 1000)
    harness.run(for: 1_000_000_000)
    #expect(harness.requests.last?.permission == "listen_key")
  }

  @Test func heartbeatsAreAnsweredOnTheStreamOfTheAccount() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(stream, "Ping")
    harness.frame(stream, #"{"ping":"a","time":"b"}"#)
    #expect(harness.requests.map(\.body) == ["Pong", #"{"pong":"a","time":"b"}"#])
    #expect(harness.requests.map(\.stream) == [stream, stream])
  }

  private func report(_ what: String, _ state: String, last: String, filled: String, fee: String) -> String {
    """
    {"code":0,"dataType":"spot.executionReport","data":{"e":"executionReport","E":1764288000400,"s":"BTC-USDT",\
    "S":"BUY","o":"LIMIT","q":"1","p":"43210.5","x":"\(what)","X":"\(state)","i":244272509,"l":"\(last)",\
    "z":"\(filled)","L":"43210.5","n":"\(fee)","N":"BTC","T":1764288000300,"t":"7519502","O":1764288000300,\
    "Z":"17284.20","Y":"17284.20","Q":"0","m":true,"C":"a1"}}
    """
  }

  @Test func onlyATradeIsAFill() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(stream, report("TRADE", "PARTIALLY_FILLED", last: "0.4", filled: "0.4", fee: "-0.0004"))
    #expect(harness.emitted.map(\.kind) == [PB_EV_FILL, PB_EV_ORDER])
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first).fields
    #expect(fill.fee.value == Decimal64(mantissa: 4, exponent: -4) && fill.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    #expect(fill.venue_ns == 1_764_288_000_300_000_000)
    harness.forget()
    // What was filled last may be repeated when the rest is cancelled.
    harness.frame(stream, report("CANCELED", "CANCELED", last: "0.4", filled: "0.4", fee: "0"))
    #expect(harness.emitted.map(\.kind) == [PB_EV_ORDER])
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.cancelled.rawValue)
    #expect(order.filled.value == Decimal64(mantissa: 4, exponent: -1))
    #expect(order.average.value == Decimal64(mantissa: 432_105, exponent: -1))
  }

  @Test func aTradeWithoutItsQuantityStartsTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, report("TRADE", "PARTIALLY_FILLED", last: "0", filled: "0.4", fee: "0"))
    #expect(harness.closes == [stream])
  }

  @Test func whatOrdersHoldIsPartOfABalance() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      #"{"e":"ACCOUNT_UPDATE","E":1764288000700,"T":1764288000700,"a":{"B":[{"a":"USDT","bc":"-1","cw":"69","wb":"69","#
        + #""lk":"31"},{"a":"ODD","wb":"many"},{"a":"BTC","wb":"5.699"}],"m":"ORDER"}}"#)
    let balances = harness.all(PB_EV_BALANCE, pb_balance.self)
    #expect(balances.map { $0.record.text($0.fields.asset) } == ["USDT", "BTC"])
    #expect(balances[0].fields.total.value == Decimal64(100) && balances[0].fields.available.value == Decimal64(69))
    #expect(balances[1].fields.total.value == Decimal64(mantissa: 5699, exponent: -3))
    #expect(harness.logs.contains { $0.contains("ODD") })
  }
}
