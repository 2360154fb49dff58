import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HashKeyConnector

@Suite struct FeedTests {
  @Test func theStricterOfTwoLeastValuesCounts() throws {
    let spot = try #require(try ready().instruments.first).fields
    #expect(spot.min_notional.value == Decimal64(5) && spot.max_notional.value == Decimal64(400_000))
    #expect(spot.price_exp == -2 && spot.quantity_exp == -5)
  }

  @Test func filtersOfPerpetualsCountBase() throws {
    let harness = try ready(perpetual: true)
    #expect(harness.instruments.map(\.symbol) == ["BTCUSDT-PERPETUAL"], "one has no size, one is inverse")
    let rules = try #require(harness.instruments.first)
    #expect((rules.base, rules.quote) == ("BTC", "USDT"))
    #expect(rules.fields.multiplier.value == Decimal64(mantissa: 1, exponent: -3))
    #expect(rules.fields.lot.value == Decimal64(mantissa: 1, exponent: -3))
    #expect(rules.fields.min_quantity.value == Decimal64(mantissa: 2, exponent: -3))
    #expect(rules.fields.max_quantity.value == Decimal64(10) && rules.fields.max_leverage.value == Decimal64(50))
  }

  @Test func theSandboxIsAnotherAddress() throws {
    let harness = try ready(config: #"{"domain":"sandbox"}"#)
    #expect(harness.requests.last?.url == "https://api-glb.sim.hashkeydev.com/api/v1/exchangeInfo")
    _ = try harness.subscribed(.book)
    #expect(harness.opens.last?.url == "wss://stream-glb.sim.hashkeydev.com/quote/ws/v1")
  }

  @Test func aSubscriptionIsAnsweredByItsData() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    #expect(
      harness.requests.last?.body
        == #"{"symbol":"BTCUSDT","topic":"depth","event":"sub","params":{"binary":false}}"#)
    #expect(harness.frame(stream, push("depth", #"[{"t":1,"v":"112801745_18","b":[],"a":[["2","1"]]}]"#)) == .ok)
    #expect(harness.states.last?.state == .live)
  }

  @Test func theClientSendsPingsAndAnswersThem() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.forget()
    harness.run(for: 10_000_000_000)
    let ping = try #require(harness.requests.first)
    #expect(ping.stream == stream && ping.body.hasPrefix("{\"ping\":1"))
    harness.forget()
    #expect(harness.frame(stream, #"{"pong":1691473283965}"#) == .ok)
    #expect(harness.frame(stream, #"{"ping":1691473283965,"channelId":"02ac"}"#) == .ok)
    #expect(harness.requests.map(\.body) == [#"{"pong":"1691473283965"}"#])
  }

  @Test func everyPushIsTheWholeBook() throws {
    let harness = try ready(perpetual: true)
    let stream = try harness.subscribed(.book)
    let data = #"[{"e":301,"s":"BTCUSDT-PERPETUAL","t":1565600357643,"v":"112801745_18","#
      + #""b":[["11371.5","14"],["11371","200"]],"a":[["11375.5","53"]],"o":0}]"#
    #expect(harness.frame(stream, push("depth", data, perpetual: true)) == .ok)
    let book = try #require(harness.books.first)
    #expect(book.isSnapshot && book.last == 112_801_745 && book.time == 1_565_600_357_643_000_000)
    // Prices have one place and quantities three: 14 contracts are 0.014.
    #expect(book.bids == [[113_715, 14], [113_710, 200]] && book.asks == [[113_755, 53]])
  }

  @Test(arguments: [
    #"[{"t":1,"v":"1","b":[["1","1"]]}]"#, #"[{"t":1,"v":"1","b":[],"b":[],"a":[]}]"#, "[1]", "7",
    #"[{"t":1,"v":"1","b":[["1","x"]],"a":[]}]"#,
  ])
  func aBookThatCannotBeReadIsLost(_ data: String) throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, push("depth", #"[{"t":1,"v":"1_18","b":[["1","1"]],"a":[["2","1"]]}]"#))
    #expect(harness.frame(stream, push("depth", data)) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test(arguments: [("99999999999999999999_18", UInt64(0)), ("x_18", 0), ("18", 18), ("7_18", 7)])
  func aVersionIsTheNumberBeforeTheUnderline(_ text: String, _ number: UInt64) throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, push("depth", #"[{"t":1,"v":"\#(text)","b":[["1","1"]],"a":[["2","1"]]}]"#))
    #expect(harness.books.map(\.last) == [number])
  }

  @Test func recentTradesComeFirstAndOnce() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    let first = #"{"v":"1745922896272048129","t":1722866228075,"p":"2340.41","q":"0.0132","m":true}"#
    let next = #"{"v":"1745922896272048130","t":1722866228076,"p":"2340.4","q":"0.01","m":false}"#
    #expect(harness.frame(stream, push("trade", "[\(next),\(first)]", first: true)) == .ok)
    #expect(harness.trades.map(\.taker) == [.buy, .sell])
    harness.frame(stream, push("trade", "[\(next),\(first)]", first: true))
    #expect(harness.trades.count == 2)
  }

  @Test func volumesOfPerpetualsCountContracts() throws {
    let harness = try ready(perpetual: true)
    let stream = try harness.subscribed(.ticker)
    let data = #"[{"t":1,"s":"BTCUSDT-PERPETUAL","c":"64000","h":"65000","l":"63000","o":"64500","v":"1500","qv":"9"}]"#
    #expect(harness.frame(stream, push("realtimes", data, perpetual: true)) == .ok)
    #expect(harness.tickers.first?.base_volume.value == Decimal64(mantissa: 15, exponent: -1))
  }

  @Test func aRefusalIsSaid() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    #expect(harness.frame(stream, #"{"code":"-100010","desc":"Invalid Symbols!"}"#) == .ok)
    #expect(harness.logs.contains { $0.contains("Invalid Symbols!") })
    #expect(harness.frame(stream, push("kline", "[]")) == .unsupported)
    #expect(harness.frame(stream, "[") == .parse)
  }
}
