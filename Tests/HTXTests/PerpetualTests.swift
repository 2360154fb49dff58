import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HTXConnector

@Suite struct PerpetualTests {
  private func ready(trading: Bool = false, config: String = "{}") throws -> ConnectorHarness {
    let harness = try ConnectorHarness(HTXPerpetual.self, config: config)
    harness.start(trading: trading)
    harness.command(.instruments)
    let request = try #require(harness.requests.last)
    func contract(_ name: String, _ more: String = "") -> String {
      #"{"contract_code":"\#(name)","contract_size":0.001,"price_tick":0.1,"contract_status":1\#(more)}"#
    }
    let list = [
      contract("BTC-USDT"), contract("ETH-USDT", #","support_margin_mode":"isolated""#),
      contract("SOL-USDT", #","support_margin_mode":"cross""#),
      contract("BTC-USDT-211231", #","business_type":"futures""#),
    ]
    harness.reply(request.id, #"{"status":"ok","data":[\#(list.joined(separator: ","))]}"#)
    #expect(harness.faults.isEmpty)
    return harness
  }

  func traded(isIsolated: Bool = false) throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true, config: isIsolated ? #"{"margin_mode":"isolated"}"# : "{}")
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, #"{"op":"auth","type":"api","ts":1,"err-code":0,"data":{"user-id":"1"}}"#)
    for channel in ["orders", "accounts", "positions", "trigger_order"] {
      let topic = channel + (isIsolated ? ".*" : "_cross.*")
      #expect(harness.requests.contains { $0.body.hasSuffix("\"topic\":\"\(topic)\"}") })
      harness.frame(stream, #"{"op":"sub","cid":"1","topic":"\#(topic)","ts":1,"err-code":0}"#)
    }
    #expect(harness.states.last?.state == .live)
    harness.forget()
    return (harness, stream)
  }

  @discardableResult
  func place(
    _ harness: ConnectorHarness, client: String = "57", _ change: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    harness.command(.place, client: client) {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (Side.buy.rawValue, OrderType.limit.rawValue)
      ($0.quantity, $0.price) = (pb_dec(Decimal64(mantissa: 10, exponent: -3)), pb_dec(Decimal64(30_000)))
      change(&$0)
    }
  }

  func answerAccount(_ harness: ConnectorHarness, leverage: Int) throws {
    let question = try #require(harness.requests.last)
    #expect(question.permission == "swap_account")
    harness.reply(
      question.id,
      #"{"status":"ok","data":[{"margin_asset":"USDT","position_mode":"single_side","#
        + #""contract_detail":[{"contract_code":"BTC-USDT","lever_rate":\#(leverage)}]}]}"#)
  }

  @Test func onlySwapsWithCrossMarginTrade() throws {
    let harness = try ready()
    #expect(harness.instruments.map(\.symbol) == ["BTC-USDT", "ETH-USDT", "SOL-USDT"])
    let fields = harness.instruments[0].fields
    #expect(fields.kind == InstrumentKind.perpetual.rawValue)
    #expect(fields.lot.value == Decimal64(mantissa: 1, exponent: -3))
    let (trading, halted) = (InstrumentState.trading.rawValue, InstrumentState.halted.rawValue)
    #expect(harness.instruments.map(\.fields.state) == [trading, halted, trading])
    let isolated = try ready(config: #"{"margin_mode":"isolated"}"#)
    #expect(isolated.instruments.map(\.fields.state) == [trading, trading, halted])
  }

  /// Each instrument has an account of its own, with its leverage and its mode; requests and topics are others.
  @Test func isolatedMarginHasRequestsOfItsOwn() throws {
    let (harness, stream) = try traded(isIsolated: true)
    func account(_ code: String, _ sum: String, _ free: String, _ leverage: Int) -> String {
      #"{"symbol":"BTC","contract_code":"\#(code)","margin_asset":"USDT","margin_static":\#(sum),"#
        + #""withdraw_available":\#(free),"lever_rate":\#(leverage),"margin_mode":"isolated","#
        + #""margin_account":"\#(code)","position_mode":"dual_side"}"#
    }
    let accounts = [account("BTC-USDT", "10.5", "9", 5), account("ETH-USDT", "2", "1.25", 20)].joined(separator: ",")
    let balances = harness.command(.balances) { $0.account = 7 }
    for _ in 0..<2 {
      let question = try #require(harness.requests.last)
      #expect(question.url.contains("/linear-swap-api/v1/swap_account_info?"))
      harness.reply(question.id, #"{"status":"ok","data":[\#(accounts)]}"#)
    }
    let sums = harness.all(PB_EV_BALANCE, pb_balance.self).map(\.fields)
    #expect(sums.map(\.total.value) == [Decimal64(mantissa: 125, exponent: -1)] && harness.refusal(balances) == nil)
    #expect(sums.map(\.available.value) == [Decimal64(mantissa: 1025, exponent: -2)])
    place(harness)
    let order = try #require(harness.requests.last)
    #expect(order.permission == "isolated_place" && order.url.contains("/linear-swap-api/v1/swap_order?"))
    #expect(order.body.contains(#""lever_rate":5,"#))
    place(harness) { $0.position = PositionLeg.short.rawValue }
    #expect(harness.refusal(harness.command(.positionMode) { ($0.account, $0.mode) = (7, 1) }) == .unsupported)
    harness.command(.positionMode) { ($0.account, $0.instrument, $0.mode) = (7, 1, PositionMode.hedge.rawValue) }
    let mode = try #require(harness.requests.last)
    #expect(mode.url.contains("/swap_switch_position_mode?"))
    #expect(mode.body == #"{"margin_account":"BTC-USDT","position_mode":"dual_side"}"#)
    // A push is of one of the accounts: their sum is asked for.
    harness.forget()
    harness.frame(
      stream,
      #"{"op":"notify","topic":"accounts.btc-usdt","ts":1,"event":"order.match","data":["#
        + account("BTC-USDT", "11", "10", 3) + "]}")
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).isEmpty)
    harness.run(for: 4_000_000_000)
    #expect(harness.requests.last?.permission == "isolated_account")
    place(harness, client: "58")
    #expect(harness.requests.last?.body.contains(#""lever_rate":3,"#) == true && harness.faults.isEmpty)
  }

  /// Every order says the leverage of its instrument: it is asked for once, and again when it was changed.
  @Test func anOrderSaysTheLeverageThatIs() throws {
    let (harness, stream) = try traded()
    place(harness)
    try answerAccount(harness, leverage: 5)
    let request = try #require(harness.requests.last)
    #expect(request.permission == "swap_place" && request.url.contains("/linear-swap-api/v1/swap_cross_order?"))
    #expect(
      request.body == #"{"contract_code":"BTC-USDT","client_order_id":57,"price":30000,"volume":10,"direction":"buy","#
        + #""lever_rate":5,"order_price_type":"limit"}"#)
    // The host lets none leave with another one than it was reported.
    func told() -> [String?] {
      defer { harness.forget() }
      return harness.all(PB_EV_MODE, pb_mode.self).map { $0.fields.leverage.value?.plain }
    }
    #expect(told() == ["5"])
    harness.frame(
      stream,
      #"{"op":"notify","topic":"accounts_cross.USDT","ts":1,"event":"switch_lever_rate","data":[{"margin_asset":"#
        + #""USDT","margin_static":10,"withdraw_available":9,"contract_detail":[{"contract_code":"BTC-USDT","#
        + #""lever_rate":7}]}]}"#)
    place(harness)
    #expect(try #require(harness.requests.last).body.contains(#""lever_rate":7"#))
    #expect(told() == ["7"])
    let change = harness.command(.leverage) { ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64(9))) }
    let setting = try #require(harness.requests.last)
    let early = place(harness)
    #expect(harness.refusal(early) == .transient, "it would set the old leverage again")
    harness.reply(
      setting.id, #"{"status":"ok","data":{"contract_code":"BTC-USDT","lever_rate":9}}"#)
    #expect(harness.replies(change).map(\.outcome) == [.done])
    place(harness)
    try answerAccount(harness, leverage: 9)
    #expect(try #require(harness.requests.last).body.contains(#""lever_rate":9"#))
  }

  @Test func aLegIsOpenedOrClosed() throws {
    let (harness, _) = try traded()
    place(harness)
    try answerAccount(harness, leverage: 5)
    for (leg, side, flags, act, offset) in [
      (PositionLeg.long, Side.buy, OrderFlags(), "swap_place_long", "open"),
      (.short, .buy, .reduceOnly, "swap_place_short", "close"),
    ] {
      place(harness) { ($0.position, $0.side, $0.flags) = (leg.rawValue, side.rawValue, flags.rawValue) }
      let request = try #require(harness.requests.last)
      #expect(request.permission == act && request.body.contains(#""offset":"\#(offset)""#))
      #expect(!request.body.contains("reduce_only"))
    }
    let wrong = place(harness) { ($0.position, $0.side) = (PositionLeg.long.rawValue, Side.sell.rawValue) }
    #expect(harness.refusal(wrong) == .invalidOrder, "it closes and does not say so")
    #expect(harness.refusal(place(harness, client: "057")) == .invalidOrder, "it would come back as 57")
    let part = place(harness) { $0.quantity = pb_dec(Decimal64(mantissa: 15, exponent: -4)) }
    #expect(harness.refusal(part) == .invalidOrder, "half a contract")
  }

  /// Answers to several are counted from 1, and what is not among them is in doubt.
  @Test func answersToSeveralAreNumbered() throws {
    let (harness, _) = try traded()
    place(harness)
    try answerAccount(harness, leverage: 5)
    let command = harness.command(
      .place,
      items: ["61", "62", "63"].map { client in
        .init(client: client) {
          ($0.instrument, $0.order, $0.side) = (1, pb_id(client) ?? 0, Side.sell.rawValue)
          ($0.type, $0.quantity) = (OrderType.market.rawValue, pb_dec(Decimal64(1)))
        }
      }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "swap_place_batch" && request.body.hasPrefix(#"{"orders_data":[{"contract_code""#))
    harness.forget()
    harness.reply(
      request.id,
      #"{"status":"ok","data":{"errors":[{"index":1,"err_code":1047,"err_msg":"Insufficient margin available."}],"#
        + #""success":[{"order_id":9,"index":2,"order_id_str":"9","client_order_id":62}]},"ts":1}"#)
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(orders.contains { $0.record.text($0.fields.venue_order) == "9" })
    #expect(orders.contains { $0.fields.state == OrderState.rejected.rawValue })
    #expect(harness.replies(command).map(\.outcome) == [.unknown], "nothing is said of the third")
  }

  /// One match may be with several orders; what an execution costs stands negative.
  @Test func executionsOfOneMatchAreSeveral() throws {
    let (harness, stream) = try traded()
    func trade(_ number: Int) -> String {
      #"{"trade_id":74,"id":"74-2442-\#(number)","trade_volume":4,"trade_price":43210.5,"trade_fee":-8.6,"#
        + #""fee_asset":"USDT","real_profit":0,"created_at":1764288000550,"role":"taker"}"#
    }
    harness.frame(
      stream,
      #"{"op":"notify","topic":"orders_cross.btc-usdt","ts":1764288000550,"contract_code":"BTC-USDT","volume":10,"#
        + #""price":43210.5,"order_price_type":"optimal_5_ioc","direction":"sell","offset":"close","status":5,"#
        + #""order_id":1,"order_id_str":"2442","client_order_id":55,"order_type":3,"trade_volume":8,"#
        + #""trade_avg_price":43210.5,"canceled_at":0,"trade":[\#(trade(1)),\#(trade(2))]}"#)
    #expect(harness.faults.isEmpty)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last).fields
    #expect(order.state == OrderState.cancelled.rawValue && order.filled.value == Decimal64(mantissa: 8, exponent: -3))
    #expect(order.position == PositionLeg.long.rawValue && order.type == OrderType.limit.rawValue)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map { $0.record.text($0.fields.trade) } == ["74", "74-2"])
    #expect(fills.allSatisfy { $0.fields.fee.value == Decimal64(mantissa: 86, exponent: -1) })
    #expect(fills.allSatisfy { $0.fields.flags == UInt32(PB_FILL_FORCED) })
  }

  @Test func aBookIsGivenUpAsItWasAskedFor() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels([.book, .trades]).rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let book = #"{"sub":"market.BTC-USDT.depth.size_150.high_freq","data_type":"incremental","id":"#
    #expect(harness.requests.contains { $0.body.hasPrefix(book) })
    for request in harness.requests where request.stream == stream { harness.sent(request.id) }
    func change(_ event: String, _ version: Int) -> String {
      #"{"ch":"market.BTC-USDT.depth.size_150.high_freq","ts":1,"tick":{"bids":[[30000,2]],"asks":[[30001,1]],"#
        + #""event":"\#(event)","version":\#(version),"ts":1}}"#
    }
    harness.frame(stream, change("snapshot", 7))
    harness.frame(stream, change("update", 8))
    #expect(harness.books.count == 2 && harness.gaps.isEmpty)
    harness.frame(stream, change("update", 10))
    #expect(harness.gaps.count == 1)
    // Of the second one nobody says who took it.
    func trade(_ amount: Int, _ direction: String) -> String {
      #"{"ch":"market.BTC-USDT.trade.detail","ts":1,"tick":{"id":1,"ts":1,"data":[{"amount":\#(amount),"#
        + #""ts":1666114554480,"id":1186558919990000,"price":19425,"direction":"\#(direction)"}]}}"#
    }
    harness.frame(stream, trade(40, "sell"))
    harness.frame(stream, trade(2, ""))
    let trades = harness.all(PB_EV_TRADE, pb_trade.self).map(\.fields)
    #expect(trades.map(\.quantity) == [40, 2] && trades.map(\.side) == [Side.sell.rawValue, 0])
    #expect(harness.faults.isEmpty && harness.frame(stream, trade(2, "sideways")) == .parse)
    // Amounts count both sides of a trade.
    let halved = try ready(config: #"{"trade_sizes":"one_side"}"#)
    halved.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    let other = try #require(halved.opens.last).stream
    halved.opened(other)
    halved.frame(other, trade(40, "sell"))
    #expect(halved.all(PB_EV_TRADE, pb_trade.self).map(\.fields.quantity) == [20])
    harness.run(for: 10_000_000_000)
    #expect(harness.requests.contains { $0.body.hasPrefix(book.replacing(#""sub""#, with: #""unsub""#)) })
  }

  /// Rates and liquidations need no login, and are at the address of the account's stream.
  @Test func ratesAndLiquidationsArePushed() throws {
    let harness = try ready()
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels([.mark, .liquidations]).rawValue
    }
    let notices = try #require(harness.opens.first { $0.url == "wss://api.hbdm.com/linear-swap-notification" })
    let index = try #require(harness.opens.first { $0.url.hasSuffix("/ws_index") })
    for open in [notices, index] { harness.opened(open.stream) }
    let wishes = harness.requests.filter { $0.stream == notices.stream }
    #expect(
      wishes.map(\.body) == ["funding_rate", "liquidation_orders"].enumerated().map {
        #"{"op":"sub","cid":"\#(wishes[$0].id)","topic":"public.BTC-USDT.\#($1)"}"#
      })
    for name in ["funding_rate", "liquidation_orders"] {
      harness.frame(notices.stream, #"{"op":"sub","cid":"1","topic":"public.BTC-USDT.\#(name)","ts":1,"err-code":0}"#)
    }
    #expect(harness.states.last?.state == .live)
    harness.frame(
      notices.stream,
      #"{"op":"notify","topic":"public.BTC-USDT.funding_rate","ts":1,"data":[{"symbol":"BTC","#
        + #""contract_code":"BTC-USDT","fee_asset":"USDT","funding_time":"1603778748167","funding_rate":"-0.00022","#
        + #""estimated_rate":null,"settlement_time":"1603785600000"}]}"#)
    let rate = try #require(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).last).fields
    #expect(rate.rate.value == Decimal64(mantissa: -22, exponent: -5) && rate.next_ns == 1_603_785_600_000_000_000)
    harness.frame(
      notices.stream,
      #"{"op":"notify","topic":"public.BTC-USDT.liquidation_orders","ts":1,"data":[{"contract_code":"BTC-USDT","#
        + #""symbol":"BTC","direction":"sell","offset":"close","volume":26,"amount":0.026,"price":13540.2,"#
        + #""created_at":1603859330000}]}"#)
    let liquidation = try #require(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).last).fields
    #expect(liquidation.side == Side.sell.rawValue && liquidation.what == LiquidationKind.forced.rawValue)
    #expect(liquidation.quantity.value == Decimal64(mantissa: 26, exponent: -3) && liquidation.account == 0)
    harness.frame(notices.stream, #"{"op":"ping","ts":"1492420473058"}"#)
    #expect(harness.requests.last?.body == #"{"op":"pong","ts":"1492420473058"}"# && harness.faults.isEmpty)
  }

  /// An order of the exchange's own is a liquidation of the account's.
  @Test func aForcedFillIsALiquidation() throws {
    let (harness, stream) = try traded()
    harness.frame(
      stream,
      #"{"op":"notify","topic":"orders_cross.btc-usdt","ts":1,"contract_code":"BTC-USDT","order_id_str":"9","#
        + #""client_order_id":null,"direction":"sell","offset":"both","status":6,"order_type":3,"volume":10,"#
        + #""trade_volume":10,"price":30000,"order_price_type":"limit","created_at":1,"trade":[{"id":"1-9-1","#
        + #""trade_id":77,"trade_volume":10,"trade_price":30000,"trade_fee":-0.1,"fee_asset":"USDT","role":"taker","#
        + #""created_at":1603859330000}]}"#)
    let forced = try #require(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).last).fields
    #expect(forced.account == 7 && forced.what == LiquidationKind.forced.rawValue)
    #expect(forced.side == Side.sell.rawValue && forced.quantity.value == Decimal64(mantissa: 10, exponent: -3))
  }

  /// In hedge mode the direction is the leg; futures that expire stand in the list as well.
  @Test func positionsAreOfTheirLeg() throws {
    let (harness, _) = try traded()
    harness.command(.positions) { $0.account = 7 }
    func position(_ direction: String, _ mode: String, _ type: String = "swap") -> String {
      #"{"contract_code":"BTC-USDT","volume":3,"cost_open":48945.9,"direction":"\#(direction)","lever_rate":5,"#
        + #""margin_mode":"cross","contract_type":"\#(type)","position_mode":"\#(mode)"}"#
    }
    let list = [
      position("sell", "dual_side"), position("sell", "single_side"), position("buy", "dual_side", "quarter"),
    ]
    harness.reply(
      try #require(harness.requests.last).id, #"{"status":"ok","data":[\#(list.joined(separator: ","))]}"#)
    let positions = harness.positionFacts
    #expect(positions.map(\.position) == [PositionLeg.short, .net].map(\.rawValue))
    #expect(positions.allSatisfy { $0.quantity.value == Decimal64(mantissa: -3, exponent: -3) })
  }

  @Test(arguments: [
    (#"{"status":"error","err_code":1047,"err_msg":"Insufficient margin available."}"#, Failure.funds),
    (#"{"status":"error","err_code":1084,"err_msg":"Your contract API is disabled"}"#, .authentication),
    (#"{"status":"error","err_code":1064,"err_msg":"The order price is invalid"}"#, .invalidOrder),
    (#"{"status":"error","err-code":"invalid-parameter","err-msg":"request limit"}"#, .rateLimit),
    (#"{"status":"error","err-code":"invalid-parameter","err-msg":"invalid symbol"}"#, .unknownInstrument),
    (#"{"status":"error","err-code":"invalid-parameter","err-msg":"Timestamp is wrong"}"#, .clock),
  ])
  func codesAndWordsSayWhatFailed(_ answer: String, _ failure: Failure) throws {
    let harness = try ready()
    let command = harness.command(.clock)
    let request = try #require(harness.requests.last)
    harness.reply(request.id, answer)
    #expect(harness.replies(command).map(\.failure) == [failure])
  }
}
