import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import GateIOConnector

@Suite struct PerpetualAccountTests {
  @Test func subscriptionsNameTheUser() throws {
    let harness = try readyPerpetual(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/futures/usdt/accounts") && question.stream == 0)
    harness.sent(question.id)
    harness.reply(question.id, #"{"user":1000001,"currency":"USDT","total":"10","available":"4"}"#)
    let frames = harness.requests.filter { $0.stream == stream }
    #expect(frames.count == 5 && frames.allSatisfy { $0.permission == "futures_subscribe" })
    #expect(frames.first?.body.contains(#""payload":["<slot(1)>","!all"],"auth":{"#) == true)
    #expect(
      frames[3].body.contains(#""channel":"futures.balances","event":"subscribe","payload":["<slot(1)>"]"#))
    for channel in perpetualChannels { harness.frame(stream, answer(channel)) }
    #expect(harness.states.last?.state == .live)
  }

  @Test(arguments: [
    ("_new", "open", -8000, OrderState.open, "0"), ("_update", "open", -5000, .partial, "0.3"),
    ("cancelled", "finished", -5000, .cancelled, "0.3"), ("filled", "finished", 0, .filled, "0.8"),
    ("ioc", "finished", -1000, .cancelled, "0.7"), ("reduce_only", "finished", -8000, .cancelled, "0"),
  ])
  func howAnOrderEndedIsAWord(
    _ finish: String, _ status: String, _ left: Int, _ state: OrderState, _ filled: String
  ) throws {
    let harness = try readyPerpetual(trading: true)
    let stream = try tradingPerpetual(harness)
    harness.forget()
    harness.frame(
      stream,
      update(
        "futures.orders",
        """
        [{"contract":"BTC_USDT","create_time":1764288000,"create_time_ms":1764288000500,"fill_price":0.0,
        "finish_as":"\(finish)","finish_time":1764288000,"finish_time_ms":1764288000650,"iceberg":0,"id":244272511,
        "is_close":false,"is_liq":false,"is_reduce_only":true,"left":\(left),"price":43642.6,"size":-8000,
        "status":"\(status)","text":"t-a1","tif":"gtc","user":"1000001"}]
        """))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == state.rawValue && order.fields.side == Side.sell.rawValue)
    #expect(order.fields.quantity.value == Decimal64("0.8") && order.fields.filled.value == Decimal64(filled))
    #expect(order.fields.flags == OrderFlags.reduceOnly.rawValue)
    #expect(order.fields.venue_ns == 1_764_288_000_650_000_000)
  }

  @Test func fillsAndPositionsAreCountedInBase() throws {
    let harness = try readyPerpetual(trading: true)
    let stream = try tradingPerpetual(harness)
    harness.forget()
    harness.frame(
      stream,
      update(
        "futures.usertrades",
        """
        [{"id":"7519502","create_time":1764288000,"create_time_ms":1764288000600,"contract":"BTC_USDT",
        "order_id":"244272509","size":-4000,"price":"43210.5","role":"taker","text":"t-a1","fee":8.6421,"point_fee":0}]
        """))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.fields.quantity.value == Decimal64("0.4") && fill.fields.side == Side.sell.rawValue)
    #expect(fill.fields.fee.value == Decimal64("8.6421") && fill.record.text(fill.fields.fee_asset) == "USDT")
    for (mode, size, leg, quantity) in [
      ("single", -4000, PositionLeg.net, "-0.4"), ("dual_short", -4000, .short, "-0.4"), ("dual_long", 0, .long, "0"),
    ] {
      harness.forget()
      harness.frame(
        stream,
        update(
          "futures.positions",
          """
          [{"contract":"BTC_USDT","cross_leverage_limit":5,"entry_price":40000.36666661111,"leverage":0,
          "leverage_max":100,"liq_price":0.1,"margin":49.9,"mode":"\(mode)","realised_pnl":-1.25e-8,"size":\(size),
          "time":1764288000,"time_ms":1764288000321,"user":"1000001"}]
          """))
      let position = try #require(harness.positionFacts.first)
      #expect(position.position == leg.rawValue && position.quantity.value == Decimal64(quantity))
      #expect(position.margin_mode == MarginMode.cross.rawValue && position.leverage.value == Decimal64(5))
      #expect(position.venue_ns == 1_764_288_000_321_000_000)
    }
  }

  @Test func aLiquidationIsAnOrderOfTheExchange() throws {
    let harness = try readyPerpetual(trading: true)
    let stream = try tradingPerpetual(harness)
    for (text, origin) in [("liq-1234", FillOrigin.forced), ("auto_deleveraging", .deleveraged)] {
      harness.forget()
      harness.frame(
        stream,
        update(
          "futures.usertrades",
          """
          [{"id":"1","create_time_ms":1764288000600,"contract":"BTC_USDT","order_id":"2","size":5,"price":"43210.5",
          "role":"taker","text":"\(text)","fee":0.1,"point_fee":0}]
          """))
      let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
      #expect(fill.fields.flags == origin.rawValue && fill.record.text(fill.fields.client_order).isEmpty)
      let forced = try #require(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).last).fields
      let kind = origin == .forced ? LiquidationKind.forced : .deleveraged
      #expect(forced.account == 7 && forced.what == kind.rawValue && forced.side == Side.buy.rawValue)
      #expect(forced.quantity.value == fill.fields.quantity.value && forced.quantity.value?.isPositive == true)
    }
  }

  @Test func modesAreSetAndRead() throws {
    let harness = try readyPerpetual(trading: true)
    _ = try tradingPerpetual(harness)
    harness.command(.leverage) { ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64(10))) }
    #expect(try #require(harness.requests.last).url.hasSuffix("/futures/usdt/positions/BTC_USDT/leverage?leverage=10"))
    harness.command(.leverage) {
      ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64(10)))
      $0.position = PositionLeg.long.rawValue
    }
    let dual = try #require(harness.requests.last)
    #expect(dual.permission == "dual_leverage" && dual.method == .post)
    #expect(dual.url.hasSuffix("/futures/usdt/dual_comp/positions/BTC_USDT/leverage?leverage=10"))
    harness.command(.marginMode) {
      ($0.account, $0.instrument, $0.mode) = (7, 1, MarginMode.isolated.rawValue)
    }
    #expect(try #require(harness.requests.last).body == #"{"mode":"ISOLATED","contract":"BTC_USDT"}"#)
    let mode = harness.command(.positionMode) { ($0.account, $0.mode) = (7, PositionMode.hedge.rawValue) }
    let set = try #require(harness.requests.last)
    #expect(set.url.hasSuffix("/futures/usdt/dual_mode?dual_mode=true"))
    harness.sent(set.id)
    harness.reply(set.id, status: 400, #"{"label":"NO_CHANGE","message":"no change"}"#)
    #expect(harness.refusal(mode) == nil)
    harness.forget()
    harness.command(.modes) { $0.account = 7 }
    let account = try #require(harness.requests.last)
    harness.sent(account.id)
    harness.reply(account.id, #"{"user":1000001,"currency":"USDT","total":"10","in_dual_mode":true}"#)
    let list = try #require(harness.requests.last)
    harness.sent(list.id)
    harness.reply(
      list.id,
      """
      [{"contract":"BTC_USDT","leverage":"0","cross_leverage_limit":"25","size":0,"mode":"dual_long"},
      {"contract":"QUICK_USDT","leverage":"5","cross_leverage_limit":"0","size":0,"mode":"dual_long"}]
      """)
    #expect(harness.modeFacts.map(\.position_mode) == [PositionMode.hedge.rawValue, 0, 0])
    #expect(harness.modeFacts.map(\.margin_mode) == [0, MarginMode.cross.rawValue, MarginMode.isolated.rawValue])
    #expect(harness.modeFacts.map(\.leverage.value) == [nil, Decimal64(25), Decimal64(5)])
  }

  @Test func fundingIsPaidByTheAccountBook() throws {
    let harness = try readyPerpetual(trading: true)
    _ = try tradingPerpetual(harness)
    harness.forget()
    let command = harness.command(.fundingPayments) {
      ($0.account, $0.since_ns) = (7, 1_764_000_000_000_000_000)
    }
    let question = try #require(harness.requests.last)
    #expect(question.url.contains("/futures/usdt/account_book?") && question.url.contains("type=fund"))
    #expect(question.url.contains("from=1764000000"))
    harness.sent(question.id)
    harness.reply(
      question.id,
      """
      [{"time":1764288000.123,"change":"-0.000010152188","balance":"4.59316525194","text":"BTC_USDT:6086261",
      "type":"fund","contract":"BTC_USDT","trade_id":"1","id":"1"},
      {"time":1764259200,"change":"0.5","balance":"4.6","text":"QUICK_USDT:5","type":"fund","id":"2"}]
      """)
    #expect(harness.paymentFacts.map(\.fields.instrument) == [1, 2] && harness.paymentFacts.map(\.id) == ["1", "2"])
    #expect(harness.paymentFacts.first?.fields.amount.value == Decimal64("-0.000010152188"))
    #expect(harness.paymentFacts.first?.asset == "USDT" && harness.refusal(command) == nil)
  }

  @Test func balancesThatChangedAreAskedFor() throws {
    let harness = try readyPerpetual(trading: true)
    let stream = try tradingPerpetual(harness)
    harness.forget()
    harness.frame(
      stream,
      update(
        "futures.balances",
        """
        [{"balance":100101.47985925,"change":-1.0,"text":"BTC_USDT:1","time":1764288001,"time_ms":1764288001200,
        "type":"fee","user":"1000001","currency":"usdt"}]
        """))
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/futures/usdt/accounts"))
    harness.sent(question.id)
    harness.reply(question.id, #"{"user":1,"currency":"USDT","total":"100101","available":"4","in_dual_mode":false}"#)
    let balances = harness.all(PB_EV_BALANCE, pb_balance.self)
    #expect(balances.map { $0.record.text($0.fields.asset) } == ["USDT", "USDT"])
    #expect(balances.last?.fields.available.value == Decimal64(4))
  }

  @Test func fundingOfOneContractIsAskedForByItsName() throws {
    let harness = try readyPerpetual()
    let command = harness.command(.funding) { $0.instrument = 1 }
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/futures/usdt/contracts/BTC_USDT"))
    harness.reply(
      question.id,
      """
      {"name":"BTC_USDT","mark_price":"37985.6","index_price":"37954.92","funding_rate":"0.002053",
      "funding_next_apply":1764316800,"funding_interval":28800}
      """)
    let rate = try #require(harness.fundingFacts.first)
    #expect(rate.next_ns == 1_764_316_800_000_000_000 && rate.interval_ns == 28_800_000_000_000)
    #expect(rate.rate.value == Decimal64("0.002053") && harness.refusal(command) == nil)
  }
}
