import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DeriveConnector

@Suite struct PrivateTests {
  @Test func theStreamIsLiveWhenLoginAndAllChannelsAreAnswered() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    #expect(harness.states.map(\.state) == [.pending, .live])
    let login = try #require(harness.requests.first { $0.permission == "login" })
    #expect(login.body.contains(#""method":"public/login","params":{"wallet":"<field(wallet_address)>","timestamp":"#))
  }

  @Test func aRefusedLoginIsToldInTheExchangesWords() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, #"{"id":1,"error":{"code":14030,"message":"Session key expired","data":null}}"#)
    #expect(harness.states.last?.state == .down)
    #expect(harness.logs.contains { $0.contains("Session key expired") })
  }

  @Test func aChannelThatIsRefusedEndsTheStream() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, #"{"id":1,"result":[37799]}"#)
    harness.frame(
      stream, #"{"id":2,"result":{"status":{"5.orders":"not your subaccount"},"current_subscriptions":[]}}"#)
    #expect(harness.states.last?.state == .down && harness.closes == [stream])
  }

  /// Numbers may have exponents; a market order's worst price is no price of the order.
  @Test func ordersAndTradesAreReported() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      #"{"method":"subscription","params":{"channel":"37799.orders","data":[{"order_id":"244","instrument_name":"#
        + #""BTC-PERP","direction":"buy","label":"a1","creation_timestamp":1764288000250,"#
        + #""last_update_timestamp":1764288000400,"limit_price":"55000","amount":"1","filled_amount":"0E-18","#
        + #""average_price":"4.321E+4","order_type":"market","time_in_force":"ioc","order_status":"open","#
        + #""cancel_reason":"","replaced_order_id":null,"trigger_type":null,"trigger_price":"10"}]}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first?.fields)
    #expect(order.average.value == Decimal64(43_210) && order.price.value == nil && order.stop.value == nil)
    #expect(order.filled.value == .zero && order.type == OrderType.market.rawValue)
    let trade = #"{"order_id":"244","instrument_name":"BTC-PERP","direction":"buy","label":"a1","trade_id":"75","#
      + #""timestamp":1764288000350,"trade_price":"43210","trade_amount":"0.4","liquidity_role":"maker","#
      + #""realized_pnl":"1.5","is_transfer":false,"batch_status":null,"trade_fee":"5.1852"}"#
    let moved = trade.replacing("false", with: "true").replacing(#""75""#, with: #""76""#)
    harness.frame(
      stream, #"{"method":"subscription","params":{"channel":"37799.trades","data":[\#(trade),\#(moved)]}}"#)
    let fills = harness.all(PB_EV_FILL, pb_fill.self).map(\.fields)
    // What moves between subaccounts is no trade.
    #expect(fills.count == 1 && fills[0].liquidity == UInt32(PB_LIQUIDITY_MAKER))
    #expect(fills.first?.realized.value == Decimal64("1.5"))
  }

  /// A stop that waits has the kind that its trigger says, and what it becomes goes on under its id.
  @Test func aTriggerSaysTheKindOfAnOrder() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    for (state, trigger) in [("untriggered", "stoploss"), ("open", "takeprofit")] {
      harness.frame(
        stream,
        #"{"method":"subscription","params":{"channel":"37799.orders","data":[{"order_id":"9","instrument_name":"#
          + #""BTC-PERP","direction":"sell","label":"","amount":"1","filled_amount":"0","limit_price":"900","#
          + #""order_type":"limit","time_in_force":"gtc","order_status":"\#(state)","#
          + #""last_update_timestamp":1,"trigger_type":"\#(trigger)","trigger_price":"1000"}]}}"#)
    }
    let orders = harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
    #expect(orders.map(\.type) == [OrderType.stopLimit.rawValue, OrderType.takeLimit.rawValue])
    #expect(orders.map(\.state) == [OrderState.untriggered.rawValue, OrderState.open.rawValue])
    #expect(orders.first?.stop.value == Decimal64(1000))
  }

  @Test func balancesOfAssetsAreReportedAndPositionsAreNoBalances() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      #"{"method":"subscription","params":{"channel":"37799.balances","data":[{"name":"USDC","new_balance":"90.5","#
        + #""previous_balance":"100","update_type":"trade"},{"name":"BTC-PERP","new_balance":"1","#
        + #""previous_balance":"0","update_type":"trade"}]}}"#)
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).map { $0.record.text($0.fields.asset) } == ["USDC"])
  }

  @Test func positionsAreSignedAndOptionsAreLeftOut() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.positions) { $0.account = 7 }
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"result":{"subaccount_id":1,"positions":[{"instrument_type":"perp","instrument_name":"BTC-PERP","#
        + #""amount":"-2","average_price":"3500","mark_price":"3504","leverage":"5.0","liquidation_price":null,"#
        + #""unrealized_pnl":"8","realized_pnl":"0"},{"instrument_type":"option","instrument_name":"X-1-2-C","#
        + #""amount":"1"}]}}"#)
    let positions = harness.positionFacts
    #expect(positions.count == 1 && positions[0].quantity.value == Decimal64(-2))
    #expect(harness.refusal(command) == nil && harness.completed.last?.partial == false)
  }

  /// What settles a profit alone is no funding.
  @Test func fundingIsWhatWasPaid() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    harness.command(.fundingPayments) { $0.account = 7 }
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"result":{"events":[{"funding":"0","instrument_name":"BTC-PERP","pnl":"-0.02","timestamp":1790874586000},"#
        + #"{"funding":"-0.000131801001","instrument_name":"BTC-PERP","pnl":"-0.12","timestamp":1790874586000}],"#
        + #""pagination":{"num_pages":1,"count":2}}}"#)
    #expect(harness.paymentFacts.map(\.asset) == ["USDC"])
  }

  @Test func spotHasNoPerpetualsAndNoMarks() throws {
    let harness = try ready(DeriveSpot.self, trading: true)
    #expect(harness.command(.positions) { $0.account = 7 } > 0)
    let stream = try subscribed(harness, .ticker)
    harness.frame(
      stream,
      #"{"method":"subscription","params":{"channel":"ticker_slim.BTC-USDC.100","data":{"timestamp":1,"#
        + #""instrument_ticker":{"t":1,"A":"1","a":"2","B":"1","b":"1","f":null,"I":"2","M":"2"}}}}"#)
    #expect(harness.tickers.count == 1 && harness.markFacts.isEmpty)
  }
}
