import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BybitConnector

@Suite struct PerpetualTests {
  /// A perpetual connector with one instrument, BTCUSDT, from the second page of the list.
  private func ready() throws -> ConnectorHarness {
    let harness = try ConnectorHarness(BybitPerpetual.self, config: "{}")
    harness.start(trading: true)
    harness.command(.instruments)
    func entry(_ symbol: String, _ type: String) -> String {
      """
      {"symbol":"\(symbol)","contractType":"\(type)","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT",
      "settleCoin":"USDT","leverageFilter":{"minLeverage":"1","maxLeverage":"100.00","leverageStep":"0.01"},
      "priceFilter":{"minPrice":"0.1","maxPrice":"199999.8","tickSize":"0.1"},"lotSizeFilter":{"maxOrderQty":"100",
      "minOrderQty":"0.001","qtyStep":"0.001","minNotionalValue":"5"}}
      """
    }
    func page(_ list: String, _ cursor: String) throws {
      harness.reply(
        try #require(harness.requests.last).id,
        #"{"retCode":0,"result":{"category":"linear","nextPageCursor":"\#(cursor)","list":[\#(list)]}}"#)
    }
    let first = "https://api.bybit.com/v5/market/instruments-info?category=linear&limit=1000"
    #expect(harness.requests.last?.url == first)
    try page(entry("BTCUSDT-27MAR26", "LinearFutures"), "first%3DBTC")
    #expect(harness.instruments.isEmpty, "nothing is reported before all pages are there")
    #expect(harness.requests.last?.url == first + "&cursor=first%3DBTC")
    try page(entry("BTCUSDT", "LinearPerpetual"), "")
    #expect(harness.instruments.count == 1 && harness.faults.isEmpty)
    return harness
  }

  private func trading() throws -> ConnectorHarness {
    let harness = try ready()
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, #"{"success":true,"ret_msg":"","op":"auth","conn_id":"c"}"#)
    for _ in 0..<4 { harness.frame(stream, #"{"success":true,"ret_msg":"","op":"subscribe","conn_id":"c"}"#) }
    #expect(harness.states.last?.state == .live)
    harness.forget()
    return harness
  }

  private func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void) -> pb_id {
    harness.command(.place, client: "a-1") {
      $0.account = 7
      $0.instrument = 1
      $0.side = Side.buy.rawValue
      $0.type = OrderType.limit.rawValue
      $0.quantity = pb_dec(Decimal64(mantissa: 1, exponent: -2))
      $0.price = pb_dec(Decimal64(50_000))
      change(&$0)
    }
  }

  @Test func aContractIsAPerpetualWithItsSettlement() throws {
    let harness = try ready()
    let one = try #require(harness.instruments.first)
    #expect(one.symbol == "BTCUSDT" && one.fields.kind == InstrumentKind.perpetual.rawValue)
    #expect(one.fields.lot.value == Decimal64(mantissa: 1, exponent: -3))
  }

  @Test func tickersNameOnlyWhatChanged() throws {
    let harness = try ready()
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = ([.ticker, .mark] as Channels).rawValue
    }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    #expect(harness.requests.last?.body.contains(#""args":["tickers.BTCUSDT"]"#) == true)
    func ticker(_ type: String, _ members: String) {
      harness.frame(
        stream, #"{"topic":"tickers.BTCUSDT","type":"\#(type)","data":{"symbol":"BTCUSDT",\#(members)},"ts":5}"#)
    }
    ticker(
      "snapshot",
      #""lastPrice":"65114.30","prevPrice24h":"65008.70","highPrice24h":"65282.30","lowPrice24h":"64694.40","#
        + #""markPrice":"65117.44","indexPrice":"65137.76","volume24h":"17573.9","nextFundingTime":"1786320000000","#
        + #""fundingRate":"0.0001","fundingIntervalHour":"8","bid1Price":"65114.20","bid1Size":"5.954""#)
    harness.forget()
    ticker("delta", #""highPrice24h":"65300""#)
    ticker("delta", #""volume24h":"17574""#)
    ticker("delta", #""indexPrice":"65138""#)
    ticker("delta", #""fundingRate":"0.0002""#)
    #expect(harness.tickers.count == 2)
    let (high, volume) = (harness.tickers[0], harness.tickers[1])
    #expect(high.present == UInt64(PB_TICKER_DAY) && high.high_price == 653_000 && high.low_price == 646_944)
    #expect(high.venue_ns == 5_000_000)
    #expect(volume.present == 0 && volume.base_volume.value == Decimal64(17_574))
    let mark = try #require(harness.all(PB_EV_MARK, pb_mark.self).first).fields
    #expect(mark.mark.value == Decimal64(mantissa: 6_511_744, exponent: -2) && mark.index.value == Decimal64(65_138))
    let rate = try #require(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).first).fields
    #expect(rate.rate.value == Decimal64(mantissa: 2, exponent: -4) && rate.interval_ns == 8 * 3_600_000_000_000)
    #expect(rate.next_ns == 1_786_320_000_000_000_000)
  }

  @Test func aLiquidationNamesThePosition() throws {
    let harness = try ready()
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels.liquidations.rawValue
    }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(
      stream,
      #"{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":1,"data":[{"T":1739502302929,"s":"BTCUSDT","#
        + #""S":"Buy","v":"2","p":"60000"}]}"#)
    let one = try #require(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).first).fields
    #expect(one.side == Side.sell.rawValue && one.quantity.value == Decimal64(2), "a long position was sold")
  }

  @Test(arguments: [
    (OrderType.stopMarket, Side.buy, 1, "perp_stop"), (.stopLimit, .sell, 2, "perp_stop"),
    (.takeMarket, .buy, 2, "perp_take"), (.takeLimit, .sell, 1, "perp_take"),
  ])
  func anOrderWaitsForARiseOrAFall(_ type: OrderType, _ side: Side, _ direction: Int, _ act: String) throws {
    let harness = try trading()
    _ = place(harness) {
      ($0.type, $0.side, $0.stop) = (type.rawValue, side.rawValue, pb_dec(Decimal64(51_000)))
      if !type.hasLimit { $0.price = pb_dec() }
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == act && request.url.hasSuffix("/v5/order/create"))
    #expect(
      request.body.contains(#""triggerPrice":"51000","triggerDirection":\#(direction),"triggerBy":"LastPrice""#))
    #expect(request.body.contains(#""orderType":"\#(type.hasLimit ? "Limit" : "Market")""#))
  }

  @Test func aLegIsAnIndexAndMustFitWhatIsReduced() throws {
    let harness = try trading()
    _ = place(harness) {
      ($0.position, $0.side, $0.flags) = (PositionLeg.long.rawValue, Side.sell.rawValue, OrderFlags.reduceOnly.rawValue)
    }
    #expect(harness.requests.last?.body.contains(#""qty":"0.01","positionIdx":1,"reduceOnly":true"#) == true)
    let odd = place(harness) {
      ($0.position, $0.flags) = (PositionLeg.long.rawValue, OrderFlags.reduceOnly.rawValue)
    }
    #expect(harness.refusal(odd) == .invalidOrder)
  }

  @Test(arguments: [
    ("Sell", 2, "Untriggered", OrderType.stopMarket, OrderState.untriggered),
    ("Sell", 1, "New", .takeMarket, .open), ("Buy", 1, "Filled", .stopMarket, .filled),
  ])
  func whatAnOrderWaitsForIsRead(
    _ side: String, _ direction: Int, _ word: String, _ type: OrderType, _ state: OrderState
  ) throws {
    let harness = try ready()
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.forget()
    harness.frame(
      stream,
      """
      {"topic":"order.linear","creationTime":1,"data":[{"category":"linear","symbol":"BTCUSDT","orderId":"o-1",
      "orderLinkId":"a","side":"\(side)","orderType":"Market","price":"","qty":"0.5","timeInForce":"IOC",
      "orderStatus":"\(word)","cumExecQty":"0","avgPrice":"","stopOrderType":"Stop","triggerPrice":"45000",
      "triggerDirection":\(direction),"positionIdx":2,"reduceOnly":true,"updatedTime":"1764288000450"}]}
      """)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.type == type.rawValue && order.state == state.rawValue && order.stop.value == Decimal64(45_000))
    #expect(order.position == PositionLeg.short.rawValue && order.flags == OrderFlags.reduceOnly.rawValue)
  }

  @Test func leverageThatIsSoAlreadyIsASuccess() throws {
    let harness = try trading()
    func set(_ answer: String) throws -> pb_id {
      let command = harness.command(.leverage) {
        ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64(5)))
      }
      harness.reply(try #require(harness.requests.last).id, answer)
      return command
    }
    let first = try set(#"{"retCode":110043,"retMsg":"Set leverage has not been modified.","result":{}}"#)
    #expect(
      harness.requests.last?.body
        == #"{"category":"linear","symbol":"BTCUSDT","buyLeverage":"5","sellLeverage":"5"}"#)
    #expect(harness.replies(first).map(\.outcome) == [.done])
    #expect(harness.all(PB_EV_MODE, pb_mode.self).first?.fields.leverage.value == Decimal64(5))
    let second = try set(#"{"retCode":110013,"retMsg":"Cannot set leverage due to risk limit level.","result":{}}"#)
    #expect(harness.refusal(second) == .invalidOrder)
  }

  @Test func aPositionModeIsOfOneInstrumentOrOfAllInOneAsset() throws {
    let harness = try trading()
    for instrument in [1, 0] as [pb_id] {
      harness.command(.positionMode) { ($0.account, $0.instrument, $0.mode) = (7, instrument, 2) }
    }
    #expect(
      harness.requests.map(\.body) == [
        #"{"category":"linear","symbol":"BTCUSDT","mode":3}"#, #"{"category":"linear","coin":"USDT","mode":3}"#,
      ])
    #expect(harness.requests.map(\.permission) == ["switch_mode", "switch_mode_of_all"])
  }

  @Test func theMarginModeIsOfTheWholeAccount() throws {
    let harness = try trading()
    let named = harness.command(.marginMode) { ($0.account, $0.instrument, $0.mode) = (7, 1, 2) }
    #expect(harness.refusal(named) == .unsupported && harness.requests.isEmpty, "it would change others too")
    let command = harness.command(.marginMode) { ($0.account, $0.mode) = (7, UInt32(PB_MARGIN_ISOLATED)) }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "set_margin_mode" && request.body == #"{"setMarginMode":"ISOLATED_MARGIN"}"#)
    harness.reply(request.id, #"{"retCode":0,"retMsg":"Request accepted","result":{"reasons":[]}}"#)
    #expect(harness.replies(command).first?.outcome == .done)
    let mode = try #require(harness.modeFacts.last)
    #expect(mode.instrument == 0 && mode.margin_mode == UInt32(PB_MARGIN_ISOLATED))
  }

  @Test func positionsOfAllAreAskedForByWhatTheyAreSettledIn() throws {
    let harness = try trading()
    let command = harness.command(.positions) { $0.account = 7 }
    let list = "https://api.bybit.com/v5/position/list?category=linear&settleCoin="
    #expect(harness.requests.last?.url == list + "USDT&limit=200")
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"retCode":0,"result":{"nextPageCursor":"","list":[{"symbol":"BTCUSDT","positionIdx":0,"side":"Sell","#
        + #""size":"0.5","avgPrice":"50000","leverage":"10","unrealisedPnl":"-1","liqPrice":""}]}}"#)
    #expect(harness.requests.last?.url == list + "USDC&limit=200")
    harness.reply(try #require(harness.requests.last).id, #"{"retCode":0,"result":{"list":[]}}"#)
    let held = try #require(harness.all(PB_EV_POSITION, pb_position.self).first).fields
    #expect(held.quantity.value == Decimal64(mantissa: -5, exponent: -1) && held.entry.value == Decimal64(50_000))
    #expect(harness.completed.map(\.partial) == [false] && harness.refusal(command) == nil)
    harness.forget()
    harness.command(.positions) { ($0.account, $0.instrument) = (7, 1) }
    let one = "https://api.bybit.com/v5/position/list?symbol=BTCUSDT&category=linear&limit=200"
    #expect(harness.requests.last?.url == one)
    harness.reply(try #require(harness.requests.last).id, #"{"retCode":0,"result":{"list":[]}}"#)
    #expect(harness.requests.count == 1 && harness.completed.count == 1)
  }

  @Test func fundingIsASettlementOfTheTransactionLog() throws {
    let harness = try trading()
    let since = harness.epoch - 3_600_000_000_000
    harness.command(.fundingPayments) { ($0.account, $0.since_ns) = (7, since) }
    #expect(
      harness.requests.last?.url == "https://api.bybit.com/v5/account/transaction-log?accountType=UNIFIED"
        + "&category=linear&type=SETTLEMENT&limit=50&startTime=\(since / 1_000_000)")
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"retCode":0,"result":{"nextPageCursor":"","list":[{"id":"9_BTCUSDT","symbol":"BTCUSDT","side":"Sell","#
        + #""funding":"0.25","currency":"USDT","feeRate":"-0.0001","type":"SETTLEMENT","#
        + #""transactionTime":"\#(harness.epoch / 1_000_000)"},{"id":"8","symbol":"BTCUSDT","funding":"","#
        + #""currency":"USDT","transactionTime":"\#(harness.epoch / 1_000_000)"}]}}"#)
    let paid = harness.all(PB_EV_FUNDING_PAYMENT, pb_funding_payment.self).map(\.fields)
    #expect(paid.count == 1 && paid.first?.amount.value == Decimal64(mantissa: 25, exponent: -2))
    #expect(paid.first?.rate.value == Decimal64(mantissa: 1, exponent: -4), "the market's, whatever side is held")
  }
}
