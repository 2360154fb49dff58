import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import KuCoinConnector

@Suite struct MarketTests {
  @Test func booksAreReadFinerThanTheStepOfOrders() throws {
    let harness = try ready()
    harness.command(.instruments)
    let body = #"""
      {"code":"200000","data":[{"symbol":"XRP-USDT","baseCurrency":"XRP","quoteCurrency":"USDT",
      "baseIncrement":"0.00000001","priceIncrement":"0.00001","enableTrading":true}]}
      """#
    harness.reply(try #require(harness.requests.last).id, body)
    let fields = try #require(harness.instruments.first).fields
    #expect(fields.quantity_exp == -12 && fields.price_exp == -5)
    #expect(fields.lot.value?.plain == "0.00000001")
  }

  /// Asks for a book without an account; gives the stream and the question.
  private func asked(_ harness: ConnectorHarness) throws -> (stream: pb_id, question: pb_id) {
    let stream = try subscribed(harness, [.book])
    let question = try #require(harness.requests.last { $0.url.contains("/orderbook/") })
    #expect(question.url == "https://api.kucoin.com/api/v1/market/orderbook/level2_100?symbol=BTC-USDT")
    return (stream, question.id)
  }

  @Test func updatesWaitForTheBookAndAGapBringsAnother() throws {
    let harness = try ready()
    let (stream, question) = try asked(harness)
    harness.frame(stream, update(8, 10, bids: #"["50000","2","9"]"#))
    harness.frame(stream, update(11, 12, bids: #"["0","0","11"],["49999.9","3","12"]"#))
    #expect(harness.books.isEmpty)
    harness.reply(question, snapshot(9, levels: 3))
    #expect(harness.books.map(\.last) == [9, 10, 12] && harness.gaps.isEmpty)
    #expect(harness.books[2].bids == [[499_999, 300_000_000]], "a price of zero moves on the number alone")
    harness.frame(stream, update(14, 14, bids: #"["50000","1","14"]"#))
    #expect(harness.gaps.map(\.got) == [14])
    #expect(harness.requests.last?.url.contains("/orderbook/") == true)
  }

  @Test func whatLiesBeyondTheShownLevelsIsLeftOut() throws {
    let harness = try ready()
    let (stream, question) = try asked(harness)
    harness.reply(question, snapshot(9, levels: 100))
    harness.forget()
    // Shown are bids down to 49990.1 and asks up to 50010.9.
    harness.frame(
      stream, update(10, 11, bids: #"["49990.1","2","10"],["49990","5","10"]"#, asks: #"["50011","1","11"]"#))
    #expect(harness.books.map(\.bids) == [[[499_901, 200_000_000]]] && harness.books[0].asks.isEmpty)
    #expect(harness.gaps.isEmpty)
  }

  @Test func aBookIsAskedForAgainWhenTheMarketNearsItsEnd() throws {
    let harness = try ready()
    let (stream, question) = try asked(harness)
    harness.reply(question, snapshot(9, levels: 100))
    harness.forget()
    harness.frame(stream, update(10, 10, asks: #"["49995.1","1","10"]"#))
    #expect(harness.gaps.isEmpty, "half of what was known is still there")
    harness.frame(stream, update(11, 11, asks: #"["49994.9","1","11"]"#))
    #expect(harness.gaps.map(\.reason) == [.command])
    #expect(harness.requests.last?.url.contains("/orderbook/") == true)
  }

  @Test func anAccountAsksForTheWholeBookAndElseForWhatIsShown() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    _ = try subscribed(harness, [.book])
    let whole = try #require(harness.requests.last { $0.url.contains("/orderbook/") })
    #expect(whole.url == "https://api.kucoin.com/api/v3/market/orderbook/level2?symbol=BTC-USDT")
    #expect(whole.permission == "full_book" && whole.account == 7)
    harness.reply(whole.id, status: 403, #"{"code":"400007","msg":"Access denied"}"#)
    harness.run(for: 10_000_000_000)
    let shown = try #require(harness.requests.last { $0.url.contains("/orderbook/") })
    #expect(shown.url.contains("level2_100") && shown.account == 0)
  }

  @Test(arguments: [
    update(11, 11, asks: #"["50001","x"]"#), update(11, 11, asks: #"["50001.05","1","11"]"#), update(11, 10),
    #"{"topic":"/market/level2:BTC-USDT","type":"message","data":{"sequenceStart":11,"sequenceEnd":11}}"#,
    #"{"topic":"/market/level2:BTC-USDT","type":"message"}"#,
  ])
  func anUpdateThatCannotBeReadLosesItsBook(_ frame: String) throws {
    let harness = try ready()
    let (stream, question) = try asked(harness)
    harness.reply(question, snapshot(10, levels: 3))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func aTradeHasNanosecondsAndTheTakersSide() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades, .ticker])
    harness.frame(
      stream,
      #"""
      {"type":"message","topic":"/market/match:BTC-USDT","subject":"trade.l3match","data":{"sequence":"1",
      "type":"match","symbol":"BTC-USDT","side":"sell","price":"50000.1","size":"0.25","tradeId":"5c24c5",
      "takerOrderId":"a","makerOrderId":"b","time":"1764288000099033203"}}
      """#)
    let trade = try #require(harness.trades.first)
    #expect(trade.time == 1_764_288_000_099_033_203 && trade.taker == .sell && trade.id == "5c24c5")
    harness.frame(
      stream,
      #"""
      {"type":"message","topic":"/market/ticker:BTC-USDT","subject":"trade.ticker","data":{"sequence":"1",
      "price":"50000","size":"0.011","bestAsk":"50000.1","bestAskSize":"0.18","bestBid":"0","bestBidSize":"0",
      "time":1764288000000}}
      """#)
    let ticker = try #require(harness.tickers.first)
    #expect(ticker.present == UInt64(PB_TICKER_NO_BID | PB_TICKER_ASK | PB_TICKER_LAST))
    #expect((ticker.instrument, ticker.ask_price, ticker.last_price) == (1, 500_001, 500_000))
  }
}
