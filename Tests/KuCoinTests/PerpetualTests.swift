import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import KuCoinConnector

@Suite struct PerpetualTests {
  private func contract(_ symbol: String, _ more: String) -> String {
    """
    {"symbol":"\(symbol)","rootSymbol":"USDT","type":"FFWCSX","baseCurrency":"XBT","quoteCurrency":"USDT",
    "settleCurrency":"USDT","maxOrderQty":1000000,"maxPrice":1000000.0,"lotSize":1,"tickSize":0.1,"multiplier":0.001,
    "makerFeeRate":2.0e-4,"takerFeeRate":6.0E-4,"isInverse":false,"status":"Open","fundingFeeRate":3.8e-5,
    "fundingRateGranularity":28800000,"nextFundingRateDateTime":1764302400000,"markPrice":43210.5,
    "indexPrice":43211.25,"maxLeverage":125\(more)}
    """
  }

  private func ready(trading: Bool = false, config: String = "{}") throws -> ConnectorHarness {
    let harness = try ConnectorHarness(KuCoinPerpetual.self, config: config)
    harness.start(trading: trading)
    try list(harness, .instruments)
    #expect(harness.faults.isEmpty && harness.instruments.count == 1)
    return harness
  }

  private func list(_ harness: ConnectorHarness, _ verb: Verb) throws {
    harness.command(verb)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api-futures.kucoin.com/api/v1/contracts/active")
    let all = [
      contract("XBTUSDTM", ""), contract("XBTUSDM", #","isInverse":true,"settleCurrency":"XBT","quoteCurrency":"USD""#),
      contract("XBTMZ26", #","type":"FFICSX""#),
      contract("ETHUSDCM", #","settleCurrency":"USDC","quoteCurrency":"USDC""#),
    ]
    #expect(harness.reply(request.id, #"{"code":"200000","data":[\#(all.joined(separator: ","))]}"#) == .ok)
  }

  @Test func onlyPerpetualsInUSDTAreListedAndCountBase() throws {
    let harness = try ready()
    let (fields, symbol) = (harness.instruments[0].fields, harness.instruments[0].symbol)
    #expect(symbol == "XBTUSDTM" && harness.instruments[0].base == "BTC")
    #expect(fields.kind == InstrumentKind.perpetual.rawValue)
    #expect(fields.lot.value == Decimal64(mantissa: 1, exponent: -3) && fields.multiplier.value == fields.lot.value)
    #expect(fields.max_quantity.value == Decimal64(1000))
    #expect(fields.taker_fee.value == Decimal64(mantissa: 6, exponent: -4))
    #expect(!harness.logs.contains { $0.contains("could not be read") })
  }

  private func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = channels.rawValue
    }
    #expect(harness.requests.last?.url == "https://api-futures.kucoin.com/api/v1/bullet-public")
    let stream = try opened(harness, address("wss://ws-api-futures.kucoin.com/"))
    for request in harness.requests where request.stream == stream {
      harness.sent(request.id)
      harness.frame(stream, #"{"id":"\#(request.id)","type":"ack"}"#)
    }
    return stream
  }

  private func change(_ sequence: Int, _ text: String) -> String {
    """
    {"topic":"/contractMarket/level2:XBTUSDTM","type":"message","subject":"level2","sn":\(sequence),
    "data":{"sequence":\(sequence),"change":"\(text)","timestamp":1764288000000}}
    """
  }

  @Test func aBookFollowsSingleChangesByTheirNumber() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    let question = try #require(harness.requests.last { $0.url.contains("/level2/") })
    #expect(question.url == "https://api-futures.kucoin.com/api/v1/level2/snapshot?symbol=XBTUSDTM")
    harness.frame(stream, change(101, "43210.5,buy,30"))
    harness.reply(
      question.id,
      #"""
      {"code":"200000","data":{"symbol":"XBTUSDTM","sequence":100,"asks":[[43211.0,1000]],"bids":[["43210",20]],
      "ts":1764288000000000000}}
      """#)
    harness.frame(stream, change(102, "43211,sell,0"))
    #expect(harness.books.map(\.last) == [100, 101, 102])
    #expect(harness.books[0].asks == [[432_110, 1000]] && harness.books[1].bids == [[432_105, 30]])
    #expect(harness.books[2].asks == [[432_110, 0]] && harness.books[2].bids.isEmpty)
    harness.frame(stream, change(104, "43211,sell,5"))
    #expect(harness.gaps.map(\.expected) == [103])
  }

  @Test(arguments: ["43211,sell", "43211,both,5", "43211.05,sell,5", "43211,sell,x", ""])
  func aChangeThatCannotBeReadLosesItsBook(_ text: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    let question = try #require(harness.requests.last { $0.url.contains("/level2/") })
    harness.reply(
      question.id, #"{"code":"200000","data":{"sequence":100,"asks":[],"bids":[],"ts":1764288000000000000}}"#)
    #expect(harness.frame(stream, change(101, text)) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func pricesAndTheRateThatWillBePaidComeOnOneChannel() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.mark])
    func instrument(_ subject: String, _ data: String) -> String {
      #"{"topic":"/contract/instrument:XBTUSDTM","type":"message","subject":"\#(subject)","data":{\#(data)}}"#
    }
    harness.frame(
      stream,
      instrument(
        "mark.index.price", #""markPrice":43210.11,"indexPrice":43215.44,"granularity":1000,"#
          + #""timestamp":1764288001000"#))
    harness.frame(
      stream, instrument("funding.rate", #""granularity":60000,"fundingRate":0.5,"timestamp":1764288000000"#))
    harness.frame(
      stream, instrument("funding.rate", #""granularity":28800000,"fundingRate":-3.8E-5,"timestamp":1764288000000"#))
    let mark = try #require(harness.all(PB_EV_MARK, pb_mark.self).first).fields
    #expect(mark.index.value == Decimal64(mantissa: 4_321_544, exponent: -2))
    let rates = harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).map(\.fields)
    #expect(rates.map(\.rate.value) == [Decimal64(mantissa: -38, exponent: -6)], "a minute's rate is still averaged")
    #expect(rates[0].interval_ns == 28_800_000_000_000)
  }

  @Test func fundingIsAskedForWithThePrices() throws {
    let harness = try ready()
    try list(harness, .funding)
    let rate = try #require(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).first).fields
    #expect(rate.next_ns == 1_764_302_400_000_000_000 && rate.rate.value == Decimal64(mantissa: 38, exponent: -6))
  }

  // MARK: Accounts

  private func trading(_ harness: ConnectorHarness) throws -> pb_id {
    harness.account(7)
    let stream = try opened(harness, address("wss://ws-api-futures.kucoin.com/", token: "*****"))
    for request in harness.requests where request.stream == stream {
      harness.frame(stream, #"{"id":"\#(request.id)","type":"ack"}"#)
    }
    harness.forget()
    return stream
  }

  private func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void) {
    harness.command(.place, client: "a-1") {
      $0.account = 7
      $0.instrument = 1
      $0.side = Side.sell.rawValue
      $0.type = OrderType.limit.rawValue
      $0.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      $0.price = pb_dec(Decimal64(43_211))
      change(&$0)
    }
  }

  @Test func anOrderCountsContractsAndUsesTheWholeAccountsMargin() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    place(harness) { $0.flags = OrderFlags.reduceOnly.rawValue }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api-futures.kucoin.com/api/v1/orders" && request.permission == "perp_place")
    #expect(
      request.body == #"{"clientOid":"a-1","side":"sell","symbol":"XBTUSDTM","type":"limit","marginMode":"CROSS","#
        + #""size":12,"price":"43211","reduceOnly":true}"#)
    place(harness) { $0.quantity = pb_dec(Decimal64(mantissa: 125, exponent: -4)) }
    #expect(harness.replies.map(\.failure) == [.invalidOrder], "half a contract is none")
    place(harness) {
      $0.flags = OrderFlags.close.rawValue
      $0.type = OrderType.market.rawValue
      $0.position = PositionLeg.long.rawValue
      ($0.quantity, $0.price) = (pb_dec(), pb_dec())
    }
    #expect(
      harness.requests.last?.body.hasSuffix(
        #""type":"market","marginMode":"CROSS","positionSide":"LONG","closeOrder":true}"#) == true)
  }

  /// The guard binds both settings; what opens a position says its leverage, what reduces does not.
  @Test func anOrderWithIsolatedMarginSaysItsLeverage() throws {
    let harness = try ready(trading: true, config: #"{"margin_mode":"ISOLATED","isolated_leverage":"5"}"#)
    _ = try trading(harness)
    place(harness) { _ in }
    #expect(
      harness.requests.last?.body == #"{"clientOid":"a-1","side":"sell","symbol":"XBTUSDTM","type":"limit","#
        + #""marginMode":"ISOLATED","size":12,"price":"43211","leverage":5}"#)
    place(harness) { $0.flags = OrderFlags.reduceOnly.rawValue }
    #expect(
      harness.requests.last?.body.hasSuffix(
        #""marginMode":"ISOLATED","size":12,"price":"43211","reduceOnly":true}"#) == true)
    let command = harness.command(.leverage) {
      ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64(5)))
    }
    #expect(harness.replies(command).map(\.failure) == [.unsupported], "that of the whole account is another")
    harness.forget()
    harness.command(.modes) { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, #"{"code":"200000","data":{"positionMode":0}}"#)
    #expect(!harness.requests.contains { $0.url.contains("Leverage") })
    #expect(harness.requests.contains { $0.url.contains("/api/v2/position/getMarginMode?symbol=XBTUSDTM") })
  }

  @Test(arguments: [#"{"margin_mode":"isolated"}"#, #"{"isolated_leverage":"126"}"#])
  func aMarginThatTheExchangeDoesNotHaveIsRefused(_ config: String) {
    #expect(throws: (any Error).self) { try ConnectorHarness(KuCoinPerpetual.self, config: config) }
  }

  @Test func aMatchIsAFillInBaseAndAnOrderOfTheExchangesOwnIsALiquidation() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      """
      {"type":"message","topic":"/contractMarket/tradeOrders","subject":"symbolOrderChange","channelType":"private",
      "data":{"orderId":"160","symbol":"XBTUSDTM","type":"match","status":"match","orderType":"market","side":"sell",
      "price":"0","size":"800","remainSize":"500","filledSize":"300","canceledSize":"0","clientOid":"",
      "tradeType":"liquid","orderTime":1764288000650000128,"ts":1764288000900000000,
      "matchPrice":"43642.1","matchSize":"300","tradeId":"9",
      "liquidity":"taker"}}
      """)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first).fields
    #expect(fill.quantity.value == Decimal64(mantissa: 3, exponent: -1))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.partial.rawValue && order.quantity.value == Decimal64(mantissa: 8, exponent: -1))
    let forced = try #require(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).first).fields
    #expect(forced.what == LiquidationKind.forced.rawValue)
  }

  @Test func aPositionIsSignedAndAChangeOfPriceAloneIsNone() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    func change(_ data: String) -> String {
      """
      {"type":"message","channelType":"private","topic":"/contract/positionAll","subject":"position.change","data":{
      \(data),"currentTimestamp":1764288000600,"settleCurrency":"USDT"}}
      """
    }
    harness.frame(stream, change(#""markPrice":7947.83,"unrealisedPnl":-0.1,"changeReason":"markPriceChange""#))
    harness.frame(
      stream,
      change(
        #""symbol":"XBTUSDTM","crossMode":true,"avgEntryPrice":43210.0,"currentQty":-400,"markPrice":43211.0,"#
          + #""liquidationPrice":0.0,"unrealisedPnl":-0.4"#))
    let positions = harness.all(PB_EV_POSITION, pb_position.self).map(\.fields)
    #expect(positions.map(\.quantity.value) == [Decimal64(mantissa: -4, exponent: -1)])
    #expect(positions[0].margin_mode == MarginMode.cross.rawValue && positions[0].liquidation.value == nil)
  }

  @Test func whatTheWalletHoldsIsReportedOrAskedFor() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    func wallet(_ subject: String, _ data: String) -> String {
      """
      {"topic":"/contractAccount/wallet","subject":"\(subject)","channelType":"private","type":"message",
      "data":{\(data),"currency":"USDT","timestamp":"1764288001050"}}
      """
    }
    harness.frame(stream, wallet("walletBalance.change", #""walletBalance":"100.5","availableBalance":"90""#))
    harness.frame(stream, wallet("availableBalance.change", #""availableBalance":80,"holdBalance":15"#))
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/api/v1/account-overview?currency=USDT"))
    harness.reply(
      question.id,
      #"{"code":"200000","data":{"accountEquity":99,"marginBalance":98,"availableBalance":80,"currency":"USDT"}}"#)
    let totals = harness.all(PB_EV_BALANCE, pb_balance.self).map(\.fields.total.value)
    #expect(totals == [Decimal64(mantissa: 1005, exponent: -1), Decimal64(98)])
  }

  @Test(arguments: [
    (Verb.leverage, "/api/v2/changeCrossUserLeverage", #"{"symbol":"XBTUSDTM","leverage":"5"}"#),
    (.marginMode, "/api/v2/position/changeMarginMode", #"{"symbol":"XBTUSDTM","marginMode":"ISOLATED"}"#),
    (.positionMode, "/api/v2/position/switchPositionMode", #"{"positionMode":"1"}"#),
  ])
  func modesAreSet(_ verb: Verb, _ path: String, _ body: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(verb) {
      $0.account = 7
      $0.instrument = verb == .positionMode ? 0 : 1
      $0.value = pb_dec(Decimal64(5))
      $0.mode = verb == .marginMode ? MarginMode.isolated.rawValue : PositionMode.hedge.rawValue
    }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix(path) && request.body == body)
    harness.reply(request.id, #"{"code":"200000","data":true}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func aCancelByTheClientsIdNamesTheSymbol() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(.cancel, client: "a-1") {
      $0.account = 7
      $0.instrument = 1
    }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/api/v1/orders/client-order/a-1?symbol=XBTUSDTM"))
    harness.reply(request.id, #"{"code":"100004","msg":"The order cannot be canceled."}"#)
    #expect(harness.refusal(command) == .unknownOrder)
  }

  @Test(arguments: [
    (OrderType.stopMarket, Side.sell, "perp_place_stop", "down"), (.stopLimit, .buy, "perp_place_stop", "up"),
    (.takeMarket, .sell, "perp_place_take", "up"), (.takeLimit, .buy, "perp_place_take", "down"),
  ])
  func aStopOrderSaysWhereThePriceComesFrom(_ type: OrderType, _ side: Side, _ act: String, _ stop: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    place(harness) {
      ($0.type, $0.side) = (type.rawValue, side.rawValue)
      if !type.hasLimit { $0.price = pb_dec() }
      $0.stop = pb_dec(Decimal64(43_000))
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == act && request.url == "https://api-futures.kucoin.com/api/v1/orders")
    #expect(request.body.contains(#""type":"\#(type.hasLimit ? "limit" : "market")","marginMode":"CROSS","size":12"#))
    #expect(request.body.hasSuffix(#""stop":"\#(stop)","stopPriceType":"TP","stopPrice":"43000"}"#))
    harness.reply(request.id, #"{"code":"200000","data":{"orderId":"160","clientOid":"a-1"}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last).fields
    #expect(order.state == OrderState.untriggered.rawValue && order.type == type.rawValue)
  }

  @Test func aStopOrderThatWaitsStandsInAListOfItsOwn() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.openOrders) { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, #"{"code":"200000","data":{"totalNum":0,"items":[]}}"#)
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/api/v1/stopOrders?symbol=XBTUSDTM&pageSize=100&currentPage=1"))
    harness.reply(
      request.id,
      #"""
      {"code":"200000","data":{"currentPage":1,"pageSize":100,"totalNum":1,"totalPage":1,"items":[{"id":"622",
      "symbol":"XBTUSDTM","type":"limit","side":"sell","price":"32000","size":2,"dealSize":0,"stop":"down",
      "stopPriceType":"TP","stopTriggered":null,"stopPrice":"33000","timeInForce":"GTC","postOnly":false,
      "closeOrder":false,"clientOid":null,"isActive":true,"cancelExist":false,"createdAt":1646294759000,
      "updatedAt":1646294759000,"status":"open","filledValue":"0","filledSize":0,"reduceOnly":false}]}}
      """#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last).fields
    #expect(order.state == OrderState.untriggered.rawValue && order.type == OrderType.stopLimit.rawValue)
    #expect(order.stop.value == Decimal64(33_000) && order.quantity.value == Decimal64(mantissa: 2, exponent: -3))
  }

  @Test func aStopOrdersPushesSayWhatBecameOfIt() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    func push(_ type: String, _ more: String = "") -> String {
      """
      {"topic":"/contractMarket/advancedOrders","type":"message","subject":"stopOrder","channelType":"private",
      "data":{"orderId":"622","symbol":"XBTUSDTM","type":"\(type)","orderType":"stop","side":"buy","size":"2",
      "orderPrice":"0","stop":"up","stopPrice":"44000","stopPriceType":"TP"\(more),"createdAt":1764288000000,
      "ts":1764288000000000000}}
      """
    }
    for frame in [
      push("open"), push("triggered", #","triggerSuccess":true"#), push("cancel"),
      push("triggered", #","triggerSuccess":false,"error":"balance""#),
    ] { #expect(harness.frame(stream, frame) == .ok) }
    let orders = harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
    #expect(orders.map(\.state) == [OrderState.untriggered, .cancelled, .rejected].map(\.rawValue))
    #expect(orders.allSatisfy { $0.type == OrderType.stopMarket.rawValue })
  }

  @Test func severalAreCancelledByOneKindOfIdAtATime() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(
      .cancelMany,
      items: [
        .init(venue: "11") { $0.instrument = 1 }, .init(venue: "12") { $0.instrument = 1 },
        .init(client: "c1") { $0.instrument = 1 }, .init(client: "c2") { $0.instrument = 1 },
      ]
    ) { $0.account = 7 }
    #expect(
      harness.requests.map(\.body) == [
        #"{"orderIdsList":["11","12"]}"#,
        #"{"clientOidsList":[{"symbol":"XBTUSDTM","clientOid":"c1"},{"symbol":"XBTUSDTM","clientOid":"c2"}]}"#,
      ])
    #expect(harness.requests.allSatisfy { $0.permission == "perp_cancel_batch" })
    harness.reply(
      harness.requests[0].id,
      #"{"code":"200000","data":[{"orderId":"12","clientOid":null,"code":"200","msg":"success"},"#
        + #"{"orderId":"11","clientOid":null,"code":"100004","msg":"The order cannot be canceled."}]}"#)
    harness.reply(
      harness.requests[1].id,
      #"{"code":"200000","data":[{"orderId":"","clientOid":"c1","code":"200","msg":"success"},"#
        + #"{"orderId":"","clientOid":"c2","code":"200","msg":"success"}]}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.replies(command).first?.text.hasPrefix("1 of 4 refused") == true)
  }
}
