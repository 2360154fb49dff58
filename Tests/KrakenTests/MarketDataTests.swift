import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import KrakenConnector

@Suite struct MarketDataTests {
  @Test func assetPairsBecomeInstruments() throws {
    let harness = try ConnectorHarness(KrakenSpot.self)
    harness.start(trading: false)
    #expect(harness.all(PB_EV_LIMITS, pb_limits.self).count == 1)
    let command = harness.command(.instruments)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.kraken.com/0/public/AssetPairs" && request.permission.isEmpty)
    harness.reply(request.id, assetPairs)
    #expect(harness.refusal(command) == nil && harness.completed.map(\.what) == [PB_EV_INSTRUMENT])
    let instruments = harness.instruments
    #expect(instruments.map(\.symbol) == ["BTC/USD", "DOGE/USD", "ETH/BTC"])
    #expect(instruments.map(\.base) == ["BTC", "DOGE", "ETH"] && instruments.map(\.quote) == ["USD", "USD", "BTC"])
    #expect(
      instruments.map { Int($0.fields.state) } == [
        PB_INSTRUMENT_TRADING, PB_INSTRUMENT_POST_ONLY, PB_INSTRUMENT_HALTED,
      ])
    let bitcoin = instruments[0].fields
    #expect(bitcoin.price_exp == -1 && bitcoin.quantity_exp == -8)
    #expect(bitcoin.tick.value == Decimal64("0.1") && bitcoin.lot.value == Decimal64("0.00000001"))
    #expect(bitcoin.min_quantity.value == Decimal64("0.00005") && bitcoin.min_notional.value == Decimal64("0.5"))
    #expect(bitcoin.taker_fee.value == Decimal64("0.004") && bitcoin.maker_fee.value == Decimal64("0.0025"))
    // Without a maker's schedule there is one rate for both.
    #expect(instruments[1].fields.maker_fee.value == Decimal64("0.004"))
    #expect(harness.logs.contains { $0.hasPrefix("1 instruments") } && harness.faults.isEmpty)
  }

  /// Exponents of an instrument never change: a pair with other decimals is another one, under the same symbol.
  @Test func otherDecimalsMakeAnotherInstrument() throws {
    let harness = try ready()
    harness.command(.instruments)
    harness.reply(harness.lastRequest, assetPairs.replacing("\"pair_decimals\":1,", with: "\"pair_decimals\":2,"))
    #expect(harness.instruments.map(\.fields.instrument) == [4, 2, 3])
    #expect(harness.instruments[0].symbol == "BTC/USD" && harness.instruments[0].fields.price_exp == -2)
    let old = harness.command(.subscribe) { $0.instrument = 1; $0.channel = Channels.trades.rawValue }
    #expect(harness.refusal(old) == .unknownInstrument)
    _ = try subscribed(harness, 4, .book)
    // Coarser decimals can be reported at the same exponents.
    harness.forget()
    harness.command(.instruments)
    harness.reply(harness.lastRequest, assetPairs)
    #expect(harness.instruments.map(\.fields.instrument) == [4, 2, 3])
    #expect(harness.instruments[0].fields.price_exp == -2 && harness.states.isEmpty)
    // Finer ones end what is subscribed to, and the host asks for it under the new id.
    harness.command(.instruments)
    harness.reply(harness.lastRequest, assetPairs.replacing("\"pair_decimals\":1,", with: "\"pair_decimals\":3,"))
    #expect(harness.instruments.map(\.fields.instrument).contains(5))
    #expect(harness.states.map(\.state) == [.ended] && harness.states.map(\.instrument) == [4])
  }

  /// A pair that the list no longer holds is closed.
  @Test func pairsThatAreNoLongerListedAreClosed() throws {
    let harness = try ready()
    func list(_ body: String) throws -> [String] {
      harness.forget()
      harness.command(.instruments)
      #expect(harness.reply(harness.lastRequest, body) == .ok)
      return harness.instruments.map { "\($0.symbol) \($0.fields.state)" }
    }
    let listed = ["BTC/USD \(PB_INSTRUMENT_TRADING)", "DOGE/USD \(PB_INSTRUMENT_POST_ONLY)"]
    let without = try #require(assetPairs.split(separator: ",\n \"XETHXXBT\"").first) + "}}"
    #expect(try list(String(without)) == listed + ["ETH/BTC \(PB_INSTRUMENT_CLOSED)"])
    #expect(try list(String(without)) == listed, "it is said once")
    #expect(try list(assetPairs) == listed + ["ETH/BTC \(PB_INSTRUMENT_HALTED)"])
  }

  /// A pair that is no longer listed is closed; one whose entry cannot be read is not said to be gone.
  @Test func pairsThatGoAndEntriesThatCannotBeReadAreToldApart() throws {
    let harness = try ready()
    harness.command(.instruments)
    let list = assetPairs.replacing("\"wsname\":\"XDG/USD\"", with: "\"wsname\":\"XDG/USD\",\"pair_decimals\":\"many\"")
      .replacing(
        "\"XETHXXBT\":{\"altname\":\"ETHXBT\",\"wsname\":\"ETH/XBT\"", with: "\"XETHXXBT.d\":{\"altname\":\"E\"")
    harness.reply(harness.lastRequest, list)
    let told = harness.instruments.map { ($0.symbol, Int($0.fields.state), $0.reason) }
    let unread = "its entry in the exchange's list cannot be read"
    #expect(told.contains { $0 == ("DOGE/USD", PB_INSTRUMENT_UNUSABLE, unread) })
    #expect(told.contains { $0 == ("ETH/BTC", PB_INSTRUMENT_CLOSED, "the exchange no longer lists it") })
    harness.forget()
    harness.command(.instruments)
    harness.reply(harness.lastRequest, assetPairs)
    #expect(harness.instruments.map(\.fields.instrument) == [1, 2, 3])
    #expect(harness.instruments.allSatisfy { $0.reason.isEmpty || $0.reason.hasPrefix("the exchange says") })
  }

  @Test func versionOneNamesPairsInItsOwnWay() throws {
    let harness = try ConnectorHarness(KrakenSpot.self, config: "{\"version\":\"v1\"}")
    harness.start(trading: false)
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, assetPairs)
    #expect(harness.instruments.map(\.symbol) == ["XBT/USD", "XDG/USD", "ETH/XBT"])
    #expect(harness.instruments.map(\.base) == ["BTC", "DOGE", "ETH"])
  }

  @Test(arguments: ["{\"version\":\"v3\"}", "{\"domain\":\"demo\"}", "{\"tier\":\"gold\"}", "{\"nonce\":\"s\"}"])
  func aConfigurationThatCannotBeUsedIsRefused(config: String) throws {
    #expect(throws: ConnectorHarness.Refused.self) { try ConnectorHarness(KrakenSpot.self, config: config) }
  }

  @Test func errorsComeWithStatus200() throws {
    let harness = try ready()
    let command = harness.command(.tickers)
    harness.reply(try #require(harness.requests.last).id, "{\"error\":[\"EGeneral:Temporary lockout\"]}")
    let reply = try #require(harness.replies(command).first)
    #expect(reply.outcome == .refused && reply.failure == .rateLimit && reply.retryAfter == 15 * Venue.minute)
    #expect(reply.code == "EGeneral:Temporary lockout")
    let clock = harness.command(.clock)
    harness.reply(try #require(harness.requests.last).id, "<html>")
    #expect(harness.replies(clock).first?.outcome == .refused && harness.replies.count == 2)
  }

  @Test func theClockIsRead() throws {
    let harness = try ready()
    let command = harness.command(.clock)
    let request = try #require(harness.requests.last)
    harness.reply(request.id, "{\"error\":[],\"result\":{\"unixtime\":1688669448,\"rfc1123\":\"Thu,"
      + " 06 Jul 23 18:50:48 +0000\"}}")
    let clock = try #require(harness.all(PB_EV_CLOCK, pb_clock.self).first).fields
    #expect(clock.request == request.id && clock.venue_ns == 1_688_669_448_000_000_000)
    #expect(clock.resolution_ns == 1_000_000_000)
    #expect(harness.refusal(command) == nil)
  }

  @Test func allTickersAtOnce() throws {
    let harness = try ready()
    let command = harness.command(.tickers)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      {"error":[],"result":{"XXBTZUSD":{"a":["30300.10000","1","1.000"],"b":["30300.00000","1","2.5"],
      "c":["30303.20000","0.00067643"],
      "v":["4083.67001100","4412.73601799"],"p":["30706.77771","30689.13205"],"t":[34619,38907],"l":["29868.30000",
      "29868.30000"],
      "h":["31631.00000","31631.00000"],"o":"30502.80000"},"NEWCOIN":{"a":["1","1","1"],"b":["1","1","1"],"c":["1",
      "1"]},
      "XDGUSD":{"a":["0.1","1","1"],"b":["oops"]}}}
      """)
    #expect(harness.refusal(command) == nil && harness.tickers.count == 1)
    let ticker = harness.tickers[0]
    #expect((ticker.ask_price, ticker.ask_quantity) == (303_001, 100_000_000))
    #expect((ticker.bid_price, ticker.bid_quantity, ticker.last_price) == (303_000, 250_000_000, 303_032))
    #expect(ticker.present == UInt64(PB_TICKER_BID | PB_TICKER_ASK | PB_TICKER_LAST))
    #expect(ticker.base_volume.value == Decimal64("4412.73601799"))
  }

  @Test func subscriptionsAreConfirmedRejectedAndEnded() throws {
    let harness = try ready()
    let command = harness.command(.subscribe) { $0.instrument = 1; $0.channel = Channels([.trades, .ticker]).rawValue }
    let stream = try #require(harness.opens.last).stream
    #expect(harness.opens[0].url == "wss://ws.kraken.com/v2")
    harness.opened(stream)
    let requests = harness.requests.filter { $0.stream == stream && !$0.body.contains("instrument") }
    #expect(requests.map(\.body) == [
      "{\"method\":\"subscribe\",\"params\":{\"channel\":\"trade\",\"symbol\":[\"BTC/USD\"],\"snapshot\":true},"
        + "\"req_id\":\(requests[0].id)}",
      "{\"method\":\"subscribe\",\"params\":{\"channel\":\"ticker\",\"symbol\":[\"BTC/USD\"],"
        + "\"event_trigger\":\"bbo\",\"snapshot\":true},\"req_id\":\(requests[1].id)}",
    ])
    harness.frame(stream, "{\"method\":\"subscribe\",\"result\":{\"channel\":\"trade\",\"snapshot\":true,"
      + "\"symbol\":\"BTC/USD\"},\"success\":true,\"time_in\":\"2023-09-25T09:04:31.742599Z\","
      + "\"req_id\":\(requests[0].id)}")
    #expect(harness.states.last?.state == .live && harness.replies(command).isEmpty)
    harness.frame(stream, "{\"error\":\"Currency pair not supported BTC/USD\",\"method\":\"subscribe\","
      + "\"req_id\":\(requests[1].id),\"success\":false,\"symbol\":\"BTC/USD\"}")
    #expect(harness.states.last?.state == .rejected && harness.replies(command).first?.outcome == .refused)
    harness.forget()
    let end = harness.command(.unsubscribe) { $0.instrument = 1; $0.channel = Channels.trades.rawValue }
    #expect(harness.refusal(end) == nil && harness.states.map(\.state) == [.ended])
    #expect(harness.requests.count == 1 && harness.requests[0].body.hasPrefix("{\"method\":\"unsubscribe\""))
    for frame in ["{\"channel\":\"heartbeat\"}", "{\"method\":\"pong\","
      + "\"req_id\":1}"] { #expect(harness.frame(stream, frame) == .ok) }
    #expect(harness.frame(stream, "{\"channel\":\"news\",\"type\":\"update\",\"data\":[]}") == .unsupported)
    #expect(harness.faults.isEmpty)
  }

  @Test func tradesAreToldOnceAndOldestFirst() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .trades)
    let trade = { (id: Int) in
      "{\"symbol\":\"BTC/USD\",\"side\":\"sell\",\"price\":30000.\(id % 10),\"qty\":0.5,\"ord_type\":\"market\","
        + "\"trade_id\":\(id),\"timestamp\":\"2023-09-25T07:49:37.708706Z\"}"
    }
    harness.forget()
    harness.frame(stream, "{\"channel\":\"trade\",\"type\":\"snapshot\",\"data\":[\(trade(12)),\(trade(11))]}")
    harness.frame(stream, "{\"channel\":\"trade\",\"type\":\"update\",\"data\":[\(trade(13))]}")
    #expect(harness.trades.map(\.id) == ["11", "12", "13"])
    #expect(harness.trades.allSatisfy { $0.taker == .sell && $0.quantity == 50_000_000 })
    #expect(harness.trades[0].price == 300_001 && harness.trades[0].time == 1_695_628_177_708_706_000)
    #expect(harness.all(PB_EV_TRADE, pb_trade.self).map { Int($0.fields.flags) } == [1, 1, 0])
    // After a reconnection the snapshot repeats what was reported already.
    harness.forget()
    harness.frame(stream, "{\"channel\":\"trade\",\"type\":\"snapshot\",\"data\":[\(trade(12)),\(trade(13)),"
      + "\(trade(14))]}")
    #expect(harness.trades.map(\.id) == ["14"])
  }

  /// One odd entry never hides the others, and says that something is missing.
  @Test(arguments: ["{\"price\":1}", "{\"symbol\":7}", "7", "{\"symbol\":\"BTC/USD\",\"price\":\"x\"}"])
  func anOddTradeSpoilsNoOther(odd: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .trades)
    let trade = { (id: Int) in
      "{\"symbol\":\"BTC/USD\",\"side\":\"buy\",\"price\":1,\"qty\":1,\"trade_id\":\(id),"
        + "\"timestamp\":\"2023-09-25T07:49:37Z\"}"
    }
    harness.frame(stream, "{\"channel\":\"trade\",\"type\":\"update\",\"data\":[\(trade(1))]}")
    harness.forget()
    let frame = "{\"channel\":\"trade\",\"type\":\"update\",\"data\":[\(trade(2)),\(odd),\(trade(3))]}"
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.trades.map(\.id) == ["2", "3"])
    #expect(harness.states.map(\.state) == [.down, .live])
    harness.forget()
    #expect(harness.frame(stream, "{\"channel\":\"trade\",\"type\":\"update\"}") == .parse)
    #expect(harness.states.map(\.state) == [.down, .live])
  }

  @Test func anOddPairHidesNoOtherPairsState() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .trades)
    harness.forget()
    let pair = { (name: String, status: String) in "{\"symbol\":\"\(name)\",\"status\":\(status)}" }
    let pairs = [pair("BTC/USD", "7"), pair("DOGE/USD", "\"delisted\""), "7"].joined(separator: ",")
    let frame = "{\"channel\":\"instrument\",\"type\":\"update\",\"data\":{\"pairs\":[\(pairs)]}}"
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.instruments.map(\.symbol) == ["DOGE/USD"])
    #expect(harness.instruments.map { Int($0.fields.state) } == [PB_INSTRUMENT_CLOSED])
    #expect(harness.logs.contains { $0.contains("the state of BTC/USD cannot be read") })
  }

  @Test(arguments: ["", ",\"data\":[{\"bid\":1}]", ",\"data\":[{\"symbol\":\"BTC/USD\",\"bid\":\"x\"}]"])
  func aTickerThatCannotBeReadIsDownUntilTheNext(data: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .ticker)
    let good = "{\"channel\":\"ticker\",\"type\":\"update\",\"data\":[{\"symbol\":\"BTC/USD\",\"bid\":1}]}"
    harness.frame(stream, good)
    harness.forget()
    #expect(harness.frame(stream, "{\"channel\":\"ticker\",\"type\":\"update\"\(data)}") == .parse)
    #expect(harness.states.map(\.state) == [.down])
    harness.frame(stream, good)
    #expect(harness.states.map(\.state) == [.down, .live])
  }

  @Test func theTickerTellsBestPricesAndTheDay() throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .ticker)
    harness.forget()
    harness.frame(
      stream,
      "{\"channel\":\"ticker\",\"type\":\"snapshot\",\"data\":[{\"symbol\":\"BTC/USD\",\"bid\":105944.20,"
        + "\"bid_qty\":2.5,\"ask\":105944.3,\"ask_qty\":3.2,\"last\":105899.4,\"volume\":163.28908096,"
        + "\"vwap\":105904.39279,\"low\":104711.0,\"high\":106613.1,\"change\":-250.0,\"change_pct\":-0.24}]}")
    let ticker = try #require(harness.tickers.first)
    #expect((ticker.bid_price, ticker.ask_price, ticker.last_price) == (1_059_442, 1_059_443, 1_058_994))
    #expect((ticker.open_price, ticker.high_price, ticker.low_price) == (1_061_494, 1_066_131, 1_047_110))
    #expect(ticker.present == UInt64(PB_TICKER_BID | PB_TICKER_ASK | PB_TICKER_LAST | PB_TICKER_DAY))
  }

  /// A side without orders is written as zero, with or without a quantity; the other one stands.
  @Test(arguments: ["\"bid\":0.0", "\"bid\":0.0,\"bid_qty\":0.0", "\"bid\":null", "\"bid\":5.0,\"bid_qty\":0"])
  func aTickerSaysThatASideIsEmpty(bid: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, 1, .ticker)
    harness.forget()
    let entry = "{\"symbol\":\"BTC/USD\",\(bid),\"ask\":2777.1,\"ask_qty\":1}"
    harness.frame(stream, "{\"channel\":\"ticker\",\"type\":\"update\",\"data\":[\(entry)]}")
    let ticker = try #require(harness.tickers.first)
    #expect(ticker.present == UInt64(PB_TICKER_NO_BID | PB_TICKER_ASK) && ticker.ask_price == 27771)
  }

  @Test func versionOneTradesTickersAndEvents() throws {
    let harness = try ready("{\"version\":\"v1\"}")
    let command = harness.command(.subscribe) { $0.instrument = 1; $0.channel = Channels([.trades, .ticker]).rawValue }
    let stream = try #require(harness.opens.last).stream
    #expect(harness.opens[0].url == "wss://ws.kraken.com")
    harness.opened(stream)
    let bodies = harness.requests.map(\.body).suffix(2)
    #expect(bodies.first?.hasSuffix("\"pair\":[\"XBT/USD\"],\"subscription\":{\"name\":\"trade\"}}") == true)
    harness.forget()
    #expect(harness.frame(stream, "{\"connectionID\":1784,\"event\":\"systemStatus\",\"status\":\"online\","
      + "\"version\":\"1.8.3\"}") == .ok)
    harness.frame(stream, "[0,[[\"5541.20000\",\"0.15850568\",\"1534614057.321597\",\"s\",\"l\",\"\"],[\"6060.00000\","
      + "\"0.02455000\",\"1534614057.324998\",\"b\",\"l\",\"\"]],\"trade\",\"XBT/USD\"]")
    #expect(harness.trades.map(\.taker) == [.sell, .buy] && harness.trades.map(\.price) == [55412, 60600])
    #expect(harness.trades.map(\.time) == [1_534_614_057_321_597_000, 1_534_614_057_324_998_000])
    harness.frame(stream, "[1,{\"a\":[\"5525.40000\",1,\"1.000\"],\"b\":[\"5525.10000\",1,\"1.500\"],"
      + "\"c\":[\"5525.10000\",\"0.00398963\"],\"v\":[\"2634.11501494\",\"3591.17907851\"],\"p\":[\"5631.44067\","
      + "\"5653.78939\"],\"t\":[11493,16267],\"l\":[\"5505.00000\",\"5505.00000\"],\"h\":[\"5783.00000\","
      + "\"5783.00000\"],\"o\":[\"5760.70000\",\"5763.40000\"]},\"ticker\",\"XBT/USD\"]")
    #expect(harness.tickers.first?.open_price == 57634 && harness.refusal(command) == nil)
    #expect(harness.frame(stream, "{\"event\":\"heartbeat\"}") == .ok)
    #expect(harness.faults.isEmpty)
  }

  @Test func versionOneRejections() throws {
    let harness = try ready("{\"version\":\"v1\"}")
    let stream = try subscribed(harness, 1, .book)
    let request = try #require(harness.requests.last).id
    harness.forget()
    harness.frame(stream, "{\"errorMessage\":\"Subscription depth not supported\",\"event\":\"subscriptionStatus\","
      + "\"pair\":\"XBT/USD\",\"status\":\"error\",\"reqid\":\(request),\"subscription\":{\"depth\":42,"
      + "\"name\":\"book\"}}")
    #expect(harness.states.map(\.state) == [.rejected] && harness.replies.map(\.outcome) == [.refused])
  }

  /// Depths that are not on offer become the next larger one.
  @Test(arguments: [(0, 1000), (1, 10), (10, 10), (11, 25), (101, 500), (2000, 1000)])
  func depths(wanted: UInt32, subscribed: Int) throws {
    let harness = try ready()
    _ = try KrakenTests.subscribed(harness, 1, .book, depth: wanted)
    #expect(harness.requests.contains { $0.body.contains("\"depth\":\(subscribed),") })
  }

  @Test(arguments: [
    ("XXBT", "BTC"), ("ZUSD", "USD"), ("XXDG.F", "DOGE.F"), ("XBT.M", "BTC.M"), ("ZETA", "ZETA"), ("XTZ", "XTZ"),
      ("USDT", "USDT"),
  ])
  func assetNames(venue: String, common: String) { #expect(Asset.common(venue) == common) }
}
