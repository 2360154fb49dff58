import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import GateIOConnector

@Suite struct PerpetualTests {
  private func place(
    _ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void = { _ in }
  ) throws -> ConnectorHarness.RequestFact {
    let quantity = Decimal64(mantissa: 12, exponent: -3)
    harness.forget()
    harness.command(.place, client: "t-a1") {
      ($0.account, $0.order, $0.instrument) = (7, 5, 1)
      $0.side = Side.buy.rawValue
      $0.type = OrderType.limit.rawValue
      $0.quantity = pb_dec(quantity)
      $0.price = pb_dec(Decimal64(50_000))
      change(&$0)
    }
    return try #require(harness.requests.last)
  }

  // MARK: Market data

  @Test func contractsAreMultipliedOut() throws {
    let harness = try readyPerpetual()
    let (bitcoin, quick) = (try #require(harness.instruments.first), try #require(harness.instruments.last))
    #expect(bitcoin.fields.multiplier.value == Decimal64("0.0001"))
    #expect(bitcoin.fields.min_quantity.value == Decimal64("0.0001"))
    #expect(bitcoin.fields.max_quantity.value == Decimal64(100))
    #expect(quick.fields.min_quantity.value == Decimal64(10))
    #expect(quick.fields.state == InstrumentState.reduceOnly.rawValue)
  }

  @Test func aBookOfContractsIsJoinedToItsSnapshot() throws {
    let harness = try readyPerpetual()
    let stream = try subscribedPerpetual(harness, .book)
    let frame = try #require(harness.requests.first { $0.stream == stream })
    #expect(frame.body.contains(#""channel":"futures.order_book_update","event":"subscribe","payload":["BTC_USDT","#))
    #expect(frame.body.contains(#"["BTC_USDT","100ms","100"]"#))
    harness.frame(stream, answer("futures.order_book_update", id: frame.id))
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/futures/usdt/order_book?contract=BTC_USDT&limit=100&with_id=true"))
    harness.frame(
      stream,
      update(
        "futures.order_book_update",
        """
        {"t":1764288000050,"s":"BTC_USDT","U":101,"u":102,"b":[{"p":"50000","s":0},{"s":"12","p":"49999.9"}],
        "a":[{"p":"50001","s":7}]}
        """))
    harness.forget()
    harness.reply(
      question.id,
      """
      {"id":100,"current":1764288000.1,"update":1764288000.05,"asks":[{"p":"50002","s":3}],
      "bids":[{"p":"50000","s":58794}]}
      """)
    let books = harness.books
    #expect(books.count == 2 && books.first?.bids == [[500_000, 58_794]])
    #expect(books.last?.bids == [[500_000, 0], [499_999, 12]] && books.last?.asks == [[500_010, 7]])
  }

  @Test func theSignOfATradeIsItsTakersSide() throws {
    let harness = try readyPerpetual()
    let stream = try subscribedPerpetual(harness, .trades)
    harness.forget()
    harness.frame(
      stream,
      update(
        "futures.trades",
        """
        [{"size":-108,"id":27753479,"create_time":1764288000,"create_time_ms":1764288000123,"price":"96.4",
        "contract":"BTC_USDT"},{"size":"3","id":27753480,"create_time_ms":1764288000124,"price":"96.5",
        "contract":"BTC_USDT"}]
        """))
    #expect(harness.trades.map(\.quantity) == [108, 3] && harness.trades.map(\.taker) == [.sell, .buy])
    #expect(harness.trades.first?.time == 1_764_288_000_123_000_000)
  }

  @Test func oneChannelHasPricesAndFunding() throws {
    let harness = try readyPerpetual()
    let stream = try subscribedPerpetual(harness, [.ticker, .mark, .liquidations])
    harness.forget()
    harness.frame(
      stream,
      update(
        "futures.tickers",
        """
        [{"contract":"BTC_USDT","last":"118.4","change_percentage":"0.77","funding_rate":"-0.000114",
        "funding_rate_indicative":"0.01875","mark_price":"118.35","index_price":"118.36","total_size":"73648",
        "volume_24h":"745487577","volume_24h_base":"5526","volume_24h_quote":"1665006",
        "low_24h":"110","high_24h":"120"}]
        """))
    #expect(harness.markFacts.first?.mark.value == Decimal64("118.35"))
    #expect(harness.markFacts.first?.index.value == Decimal64("118.36"))
    #expect(harness.fundingFacts.first?.rate.value == Decimal64("-0.000114"))
    harness.frame(
      stream,
      update(
        "futures.public_liquidates",
        #"[{"price":215.1,"size":-124,"time_ms":1764288000123,"contract":"BTC_USDT"}]"#))
    let forced = try #require(harness.liquidationFacts.first)
    #expect(forced.side == Side.sell.rawValue && forced.quantity.value == Decimal64("0.0124"))
  }

  // MARK: Orders

  @Test func anOrderIsASignedNumberOfContracts() throws {
    let harness = try readyPerpetual(trading: true)
    _ = try tradingPerpetual(harness)
    let buy = try place(harness)
    #expect(buy.url == "https://api.gateio.ws/api/v4/futures/usdt/orders" && buy.permission == "futures_place")
    #expect(buy.body == #"{"text":"t-a1","contract":"BTC_USDT","size":120,"price":"50000","tif":"gtc"}"#)
    let sell = try place(harness) {
      $0.side = Side.sell.rawValue
      $0.flags = OrderFlags([.postOnly, .reduceOnly]).rawValue
    }
    #expect(
      sell.body
        == #"{"text":"t-a1","contract":"BTC_USDT","size":-120,"reduce_only":true,"price":"50000","tif":"poc"}"#)
    let market = try place(harness) {
      $0.type = OrderType.market.rawValue
      $0.price = pb_dec()
    }
    #expect(market.body == #"{"text":"t-a1","contract":"BTC_USDT","size":120,"price":"0","tif":"ioc"}"#)
  }

  @Test(arguments: [
    (PositionLeg.net, Side.sell, #""size":0,"close":true,"#),
    (.long, .sell, #""size":0,"auto_size":"close_long","reduce_only":true,"#),
    (.short, .buy, #""size":0,"auto_size":"close_short","reduce_only":true,"#),
  ])
  func aWholePositionIsClosed(_ leg: PositionLeg, _ side: Side, _ words: String) throws {
    let harness = try readyPerpetual(trading: true)
    _ = try tradingPerpetual(harness)
    let request = try place(harness) {
      ($0.side, $0.type) = (side.rawValue, OrderType.market.rawValue)
      ($0.price, $0.quantity) = (pb_dec(), pb_dec())
      ($0.flags, $0.position) = (OrderFlags.close.rawValue, leg.rawValue)
    }
    #expect(request.body.contains(words) && request.body.hasSuffix(#""price":"0","tif":"ioc"}"#))
  }

  /// In dual mode the exchange tells legs apart by what an order does to them.
  @Test func anOrderAgainstItsLegMustReduceIt() throws {
    let harness = try readyPerpetual(trading: true)
    _ = try tradingPerpetual(harness)
    for (leg, side, flags, isSent) in [
      (PositionLeg.long, Side.buy, OrderFlags(), true), (.long, .sell, .reduceOnly, true),
      (.short, .sell, OrderFlags(), true), (.long, .sell, OrderFlags(), false),
      (.short, .buy, OrderFlags(), false), (.long, .buy, .reduceOnly, false),
    ] {
      harness.forget()
      let quantity = Decimal64(mantissa: 12, exponent: -3)
      let command = harness.command(.place, client: "t-a1") {
        ($0.account, $0.instrument, $0.side, $0.type) = (7, 1, side.rawValue, OrderType.limit.rawValue)
        ($0.quantity, $0.price) = (pb_dec(quantity), pb_dec(Decimal64(50_000)))
        ($0.flags, $0.position) = (flags.rawValue, leg.rawValue)
      }
      #expect(harness.requests.isEmpty != isSent)
      if !isSent { #expect(harness.refusal(command) == .invalidOrder) }
    }
  }

  /// The size of an amendment says the side as well: where the command does not, the order is asked for.
  @Test func anAmendmentIsWrittenWhole() throws {
    let harness = try readyPerpetual(trading: true)
    _ = try tradingPerpetual(harness)
    harness.forget()
    harness.command(.amend, venue: "15675394") {
      ($0.account, $0.order, $0.instrument, $0.price) = (7, 5, 1, pb_dec(Decimal64(51_000)))
    }
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/futures/usdt/orders/15675394") && question.method == .get)
    harness.sent(question.id)
    harness.reply(
      question.id,
      """
      {"id":15675394,"contract":"BTC_USDT","create_time":1764288000.1,"size":-6024,"left":-6000,"price":"50000",
      "fill_price":"0","tif":"gtc","text":"t-a1","status":"open","is_reduce_only":false,"is_close":false}
      """)
    let change = try #require(harness.requests.last)
    #expect(change.permission == "futures_amend" && change.method == .put)
    #expect(change.body == #"{"size":-6024,"price":"51000"}"#)
  }

  @Test func severalCancelsAreAListOfIDs() throws {
    let harness = try readyPerpetual(trading: true)
    _ = try tradingPerpetual(harness)
    harness.forget()
    let command = harness.command(
      .cancelMany,
      items: [
        ConnectorHarness.Item(venue: "1") { $0.instrument = 1 },
        ConnectorHarness.Item(venue: "2") { $0.instrument = 1 },
      ]
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "futures_cancel_batch" && request.body == #"["1","2"]"#)
    harness.sent(request.id)
    harness.reply(
      request.id,
      """
      [{"user_id":1,"id":"1","succeeded":true,"message":""},
      {"user_id":1,"id":"2","succeeded":false,"message":"ORDER_NOT_FOUND"}]
      """)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.replies(command)[0].code == "ORDER_NOT_FOUND")
  }
}
