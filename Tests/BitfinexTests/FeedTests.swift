import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitfinexConnector

@Suite struct FeedTests {
  private func sent(_ harness: ConnectorHarness, on stream: pb_id) -> [String] {
    harness.requests.filter { $0.stream == stream }.map(\.body)
  }

  @Test func pairsCarryTheirRulesAndPerpetualsAreLeftOut() throws {
    let harness = try ConnectorHarness(BitfinexSpot.self, config: "{}")
    harness.start()
    harness.command(.instruments)
    let request = try #require(harness.requests.last)
    harness.reply(
      request.id,
      #"[[["BTCUSD",[null,null,null,"0.00004","2000.0"]],["AVAX:UST",[null,null,null,"0.2","5000"]],"#
        + #"["BTCF0:USTF0",[null,null,null,"1","2"]],["a/b?c",[null,null,null,"1","2"]]]]"#)
    #expect(harness.instruments.map(\.symbol) == ["tBTCUSD", "tAVAX:UST"])
    let first = harness.instruments[0].fields
    #expect(first.price_exp == -8 && first.quantity_exp == -8 && first.price_digits == 5)
    #expect(first.min_quantity.value == Decimal64(mantissa: 4, exponent: -5))
    #expect(harness.instruments.map { "\($0.base)-\($0.quote)" } == ["BTC-USD", "AVAX-USDT"])
    #expect(harness.logs.contains { $0.hasPrefix("1 instruments could not be read") })
  }

  @Test func flagsAreAskedForFirstAndEachTopicIsOneMessage() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades, .ticker])
    #expect(
      sent(harness, on: stream) == [
        #"{"event":"conf","flags":229376}"#,
        #"{"event":"subscribe","channel":"book","symbol":"tBTCUSD","prec":"P0","freq":"F0","len":"250"}"#,
        #"{"event":"subscribe","channel":"trades","symbol":"tBTCUSD"}"#,
        #"{"event":"subscribe","channel":"ticker","symbol":"tBTCUSD"}"#,
      ])
    #expect(harness.replies.map(\.outcome) == [.done])
  }

  @Test func aTopicIsGivenUpByItsNumber() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.forget()
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    #expect(sent(harness, on: stream) == [#"{"event":"unsubscribe","chanId":12}"#])
    harness.frame(stream, #"{"event":"unsubscribed","status":"OK","chanId":12}"#)
    #expect(harness.frame(stream, #"[12,"te",[5,1764288000000,1,100],1]"#) == .unsupported)
    #expect(harness.trades.isEmpty)
  }

  @Test func whatIsGivenUpBeforeItHasANumberIsGivenUpThen() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    for request in harness.requests { harness.sent(request.id) }
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    harness.forget()
    harness.frame(stream, confirmation("trades", 12))
    #expect(sent(harness, on: stream) == [#"{"event":"unsubscribe","chanId":12}"#])
  }

  @Test func aRefusalNamesItsTopic() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.ticker.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    for request in harness.requests { harness.sent(request.id) }
    harness.frame(
      stream, #"{"event":"error","msg":"symbol: invalid","code":10300,"channel":"ticker","symbol":"tBTCUSD"}"#)
    #expect(harness.replies.map(\.outcome) == [.refused] && harness.states.last?.state == .rejected)
    #expect(harness.replies.first?.failure == .unknownInstrument)
  }

  @Test func aBookFollowsWhileTheConnectionCounts() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(1))
    harness.frame(stream, #"[11,"hb",2,1764288000150]"#)
    harness.frame(stream, "[11,[100,2,0.25],3,1764288000200]")
    harness.frame(stream, "[11,[101,0,-1],4,1764288000300]")
    #expect(harness.books.map(\.isSnapshot) == [true, false, false] && harness.gaps.isEmpty)
    #expect(harness.books[0].bids == [[10_000_000_000, 150_000_000], [2, 300_000_000]])
    #expect(harness.books[0].asks == [[10_100_000_000, 200_000_000]])
    #expect(harness.books[1].bids == [[10_000_000_000, 25_000_000]])
    #expect(harness.books[1].time == 1_764_288_000_200_000_000)
    #expect(harness.books[2].asks == [[10_100_000_000, 0]] && harness.books[2].last == 4)
  }

  @Test func aLostMessageLosesWhateverItsConnectionCarries() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    try subscribed(harness, [.book], instrument: 3)
    harness.frame(stream, snapshot(1))
    harness.frame(stream, snapshot(2, channel: 31))
    harness.forget()
    harness.frame(stream, #"[31,"hb",4]"#)
    #expect(harness.gaps.map(\.reason) == [.sequence, .sequence])
    #expect(harness.closes == [stream] && harness.opens.count == 1)
    let anew = try #require(harness.opens.last).stream
    harness.opened(anew)
    #expect(sent(harness, on: anew).count { $0.contains(#""channel":"book""#) } == 2)
    // Numbers of channels are those of their connection.
    harness.forget()
    #expect(harness.frame(anew, snapshot(1)) == .unsupported && harness.books.isEmpty)
  }

  @Test func aTradeBehindALostMessageIsReportedAllTheSame() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, "[12,[[5,1764288000000,1,100]],1,1764288000100]")
    harness.frame(stream, #"[12,"te",[7,1764288000050,-0.5,100.00000001],9,1764288000100]"#)
    #expect(harness.trades.map(\.id) == ["5", "7"] && harness.closes == [stream])
  }

  @Test func aChecksumIsOverTheTextsAsTheyCame() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(1))
    #expect(harness.frame(stream, #"[11,"cs",\#(Self.first),2,1764288000100]"#) == .ok)
    harness.frame(stream, "[11,[100.5,1,-0.25],3]")
    #expect(harness.frame(stream, #"[11,"cs",\#(Self.second),4]"#) == .ok)
    #expect(harness.gaps.isEmpty)
    harness.forget()
    harness.frame(stream, #"[11,"cs",\#(Self.first),5]"#)
    #expect(harness.gaps.map(\.reason) == [.checksum])
    // The book alone is asked for again.
    #expect(sent(harness, on: stream) == [#"{"event":"unsubscribe","chanId":11}"#] && harness.closes.isEmpty)
    harness.frame(stream, "[11,[100,1,1],6]")
    #expect(harness.books.isEmpty)
    harness.frame(stream, #"{"event":"unsubscribed","status":"OK","chanId":11}"#)
    #expect(sent(harness, on: stream).last?.contains(#""channel":"book""#) == true)
    harness.frame(stream, confirmation("book", 14))
    harness.frame(stream, snapshot(7, channel: 14))
    #expect(harness.books.map(\.isSnapshot) == [true])
  }
  /// CRC-32 of `100:1.5:101:-2:2e-8:3`, and of `100:1.5:100.5:-0.25:2e-8:3:101:-2`, computed with zlib.
  private static let (first, second) = (-1177950331, 1342831107)

  @Test func aRawBookIsNotTakenForOne() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.forget()
    #expect(harness.frame(stream, confirmation("book", 15, precision: "R0")) == .ok)
    #expect(harness.frame(stream, "[15,[[34753002978,100,1.5]],1]") == .unsupported && harness.books.isEmpty)
  }

  @Test func anExecutionIsReportedOnceAndTheSignIsItsSide() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, "[12,[[6,1764288000001,-2,100],[5,1764288000000,1,100]],1]")
    harness.frame(stream, #"[12,"te",[7,1764288000002,0.5,101],2]"#)
    harness.frame(stream, #"[12,"tu",[7,1764288000002,0.5,101],3]"#)
    #expect(harness.trades.map(\.id) == ["5", "6", "7"])
    #expect(harness.trades.map(\.taker) == [.buy, .sell, .buy] && harness.trades.map(\.quantity)[1] == 200_000_000)
  }

  @Test func sizesOfATickerAreSumsOfTwentyFiveLevelsAndAreNotReported() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker])
    harness.frame(stream, "[13,[100,76.16686512,101,86.2067634199999,-1292,-0.0209,100.5,10.05,104,98],1]")
    let ticker = try #require(harness.tickers.first)
    #expect(ticker.bid_price == 10_000_000_000 && ticker.ask_price == 10_100_000_000 && ticker.bid_quantity == 0)
  }

  @Test(arguments: [20051, 20061]) func theExchangeAsksForANewConnection(code: Int) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(1))
    harness.forget()
    harness.frame(stream, #"{"event":"info","code":\#(code),"msg":"words"}"#)
    #expect(harness.closes == [stream] && harness.gaps.map(\.reason) == [.closed] && harness.opens.count == 1)
  }

  @Test func aMaintenanceIsLogged() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, #"{"event":"info","version":2,"platform":{"status":0}}"#)
    harness.frame(stream, #"{"event":"info","code":20060,"msg":"Entering in Maintenance mode"}"#)
    #expect(harness.logs.suffix(2).allSatisfy { $0.contains("maintenance") } && harness.closes.isEmpty)
  }
}
