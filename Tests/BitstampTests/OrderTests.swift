import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitstampConnector

@Suite struct OrderTests {
  private static let user = "4848701"

  private func trading() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    harness.account(7)
    // Once for the number of the account, once for the token of the stream.
    for _ in 0..<2 {
      if let stream = harness.opens.last?.stream { harness.opened(stream) }
      let request = try #require(harness.requests.last { $0.url.hasSuffix("/websockets_token/") })
      harness.reply(request.id, #"{"valid_sec":60,"token":"siPaT4m6VGQCdsDCVbLBemiphHQs552e","user_id":4848701}"#)
    }
    let stream = try #require(harness.opens.last).stream
    let asked = harness.frames.filter { $0.permission == "private_subscribe" }
    #expect(asked.count == 4, "two channels of two markets")
    for market in ["btcusd", "ethusdt"] {
      for channel in ["my_orders", "my_trades"] {
        let name = "private-\(channel)_\(market)-\(Self.user)"
        #expect(asked.contains { $0.body.contains("\"\(name)\"") })
        harness.frame(stream, #"{"event":"bts:subscription_succeeded","channel":"\#(name)","data":{}}"#)
      }
    }
    #expect(harness.states.last?.state == .live && harness.faults.isEmpty)
    harness.forget()
    return (harness, stream)
  }

  private func event(_ kind: String, left: String, traded: String = "0", of quantity: String = "0.01000000") -> String {
    #"{"data":{"id":1658869033291777,"id_str":"1658869033291777","order_type":1,"order_subtype":0,"#
      + #""datetime":"1693832297","microtimestamp":"1693832297239000","amount":0.01,"amount_str":"\#(left)","#
      + #""amount_traded":"\#(traded)","amount_at_create":"\#(quantity)","price":25845,"price_str":"25845","#
      + #""trade_account_id":0,"client_order_id":"a1"},"channel":"private-my_orders_btcusd-4848701","#
      + #""event":"\#(kind)"}"#
  }

  private let trade = #"{"data":{"id":635698396,"amount":"0.004","price":"25845","microtimestamp":"1693832297239000","#
    + #""fee":"0.04936","order_id":"1658869033291777","trade_account_id":0,"client_order_id":"a1","side":"sell"},"#
    + #""channel":"private-my_trades_btcusd-4848701","event":"trade","trade_account_id":0}"#

  private func orders(_ harness: ConnectorHarness) -> [pb_order] {
    harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
  }

  // MARK: Writing

  @Test(arguments: [
    (TimeInForce.goodTilCancelled, OrderFlags(), "buy", ""),
    (.immediateOrCancel, OrderFlags(), "buy_now", "&ioc_order=True"),
    (.fillOrKill, OrderFlags(), "buy_whole", "&fok_order=True"),
    (.goodTilCancelled, .postOnly, "buy_post_only", "&moc_order=True"),
  ]) func aLimitOrderSaysHowLongItLasts(
    force: TimeInForce, flags: OrderFlags, act: String, ending: String
  ) throws {
    let (harness, _) = try trading()
    _ = harness.placeLimit(client: "a1") {
      ($0.time_in_force, $0.flags) = (force.rawValue, flags.rawValue)
    }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://www.bitstamp.net/api/v2/buy/btcusd/" && request.permission == act)
    #expect(request.body == "amount=0.012&client_order_id=a1&price=50000" + ending)
    #expect(request.headers.contains { $0.hasPrefix("X-Auth: BITSTAMP ") })
  }

  @Test func anOrderGoodTillADateNamesIt() throws {
    let (harness, _) = try trading()
    func place(_ expiry: Int64) -> pb_id {
      harness.placeLimit(client: "a1") {
        ($0.time_in_force, $0.expiry_ns) = (TimeInForce.goodTilDate.rawValue, expiry)
      }
    }
    _ = place(1_800_000_000_123_000_000)
    #expect(
      harness.requests.last?.body
        == "amount=0.012&client_order_id=a1&price=50000&gtd_order=True&expire_time=1800000000123")
    #expect(harness.refusal(place(1_800_000_000_123_000_001)) == .invalidOrder)
  }

  /// What is worth so much of the quote is an instant order; to sell it takes a word more.
  @Test func aMarketOrderCountsBaseOrQuote() throws {
    let (harness, _) = try trading()
    func place(_ side: Side, value: String?) throws -> ConnectorHarness.RequestFact {
      _ = harness.placeLimit(client: "") { command in
        (command.type, command.side, command.price) = (OrderType.market.rawValue, side.rawValue, pb_dec())
        guard let value else { return }
        (command.flags, command.quantity) = (OrderFlags.byValue.rawValue, pb_dec())
        command.value = pb_dec(Decimal64(value))
      }
      return try #require(harness.requests.last)
    }
    let plain = try place(.sell, value: nil)
    #expect(plain.url.hasSuffix("/api/v2/sell/market/btcusd/") && plain.body == "amount=0.012")
    let bought = try place(.buy, value: "600")
    #expect(bought.url.hasSuffix("/api/v2/buy/instant/btcusd/") && bought.body == "amount=600")
    let sold = try place(.sell, value: "600")
    #expect(sold.url.hasSuffix("/api/v2/sell/instant/btcusd/") && sold.body == "amount=600&amount_in_counter=True")
  }

  @Test(arguments: ["", "a b", "a&amount=9", String(repeating: "a", count: 33)])
  func anIdThatCouldSayMoreIsRefused(client: String) throws {
    let (harness, _) = try trading()
    let command = harness.placeLimit(client: client) { _ in }
    #expect(harness.replies(command).isEmpty == client.isEmpty)
    #expect(client.isEmpty || harness.refusal(command) == .invalidOrder)
  }

  /// Without parameters there is no body, and no word for its type.
  @Test func aQuestionWithoutParametersHasNoBody() throws {
    let (harness, _) = try trading()
    harness.command(.balances) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/account_balances/") && request.body.isEmpty)
    #expect(!request.headers.contains { $0.lowercased().hasPrefix("content-type") })
  }

  // MARK: Reading

  /// How much the event itself traded is not how much is filled: what is left says that.
  @Test func anOrderIsFilledByWhatIsLeftOfIt() throws {
    let (harness, stream) = try trading()
    harness.frame(stream, event("order_created", left: "0.01000000"))
    harness.frame(stream, event("order_changed", left: "0.00600000", traded: "0.00400000"))
    harness.frame(stream, event("order_changed", left: "0.00500000", traded: "0.00100000"))
    harness.frame(stream, event("order_deleted", left: "0.00500000"))
    #expect(
      orders(harness).map(\.state) == [OrderState.open, .partial, .partial, .cancelled].map(\.rawValue))
    #expect(orders(harness).compactMap { $0.filled.value }.map(\.plain) == ["0", "0.004", "0.005", "0.005"])
  }

  /// The order may leave the book before its last trade is reported.
  @Test func aTradeAfterTheEndOfItsOrderCounts() throws {
    let (harness, stream) = try trading()
    harness.frame(stream, event("order_deleted", left: "0", traded: "0.01000000"))
    #expect(orders(harness).last?.state == OrderState.filled.rawValue)
    harness.frame(stream, trade)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).last)
    #expect(fill.record.text(fill.fields.fee_asset) == "USD" && fill.fields.fee.value == Decimal64("0.04936"))
    #expect(fill.fields.quantity.value == Decimal64("0.004") && fill.fields.side == Side.sell.rawValue)
  }

  /// A market order is of nothing when it is made, and costs what it may.
  @Test func aMarketOrderDoesNotKnowItsSizeAtFirst() throws {
    let (harness, stream) = try trading()
    harness.frame(
      stream, event("order_created", left: "0", of: "0").replacing("25845", with: "999999999"))
    let order = try #require(orders(harness).last)
    #expect(order.state == OrderState.open.rawValue && order.price.value == nil && order.quantity.value == nil)
    #expect(order.filled.value == nil)
  }

  @Test func aReportThatCannotBeReadHasTheStreamOpenedAnew() throws {
    let (harness, stream) = try trading()
    harness.frame(stream, event("order_changed", left: "1e999"))
    #expect(harness.closes.last == stream)
  }

  @Test func anAccountThatIsNotLetInWaits() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    harness.reply(
      try #require(harness.requests.last).id, status: 403,
      #"{"status":"error","reason":"Invalid signature","code":"API0005"}"#)
    #expect(harness.states.last?.state == .down && harness.states.last?.text.contains("Invalid signature") == true)
    #expect(harness.opens.isEmpty)
  }

  @Test(arguments: [
    (404, #"{"status":"error","reason":"Order not found.","response_code":"404.002"}"#, Failure.unknownOrder),
    (200, #"{"status":"error","reason":"Order not found."}"#, .unknownOrder),
    (404, #"{"status":"error","reason":"Replace order functionality is not available","response_code":"404.001"}"#,
      .unsupported),
    (400, #"{"status":"error","reason":{"__all__":["You have only 1 BTC. Check your account balance for details."]}}"#,
      .funds),
    (400, #"{"response_code":"400.009","response_explanation":"Insufficient balance"}"#, .funds),
    (403, #"{"error":"No permission found"}"#, .authentication),
    (400, #"{"code":"validation-error","errors":[{"field":"amount","message":"too small"}]}"#, .invalidOrder),
    (429, "", .rateLimit), (400, #"{"response_code":"400.002"}"#, .rateLimit),
  ]) func refusalsAreTyped(status: Int, body: String, failure: Failure) throws {
    let (harness, _) = try trading()
    let command = harness.placeLimit(client: "a1") { _ in }
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.refusal(command) == failure)
  }

  /// It may be this very order, or nobody knows.
  @Test(arguments: [
    (400, #"{"status":"error","reason":"Provided client_order_id already exists","response_code":"400.019"}"#),
    (500, #"{"status":"error","reason":"Internal server error","response_code":"500.001"}"#),
    (200, #"{"status":"error","reason":"Something that nobody has heard of"}"#),
  ]) func whatProvesNothingLeavesTheOrderInDoubt(status: Int, body: String) throws {
    let (harness, _) = try trading()
    let command = harness.placeLimit(client: "a1") { _ in }
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).last?.outcome == .unknown)
  }

  // MARK: Lists

  @Test func anOrderIsAskedForWithItsTrades() throws {
    let (harness, _) = try trading()
    let command = harness.command(.order, venue: "1429545880227846") { ($0.account, $0.instrument) = (7, 2) }
    let request = try #require(harness.requests.last)
    #expect(request.body == "id=1429545880227846")
    harness.reply(
      request.id, #"{"status":"Canceled","id":1429545880227846,"market":"ETH/USDT","amount_remaining":"0.005","#
        + #""transactions":[{"fee":"0.11128","price":"4451.25000000","datetime":"2021-11-25 12:59:59.322000","#
        + #""usdt":"22.25625000","tid":209895701,"eth":"0.00500000","type":2}],"type":"0"}"#)
    #expect(harness.replies(command).last?.outcome == .done)
    #expect(orders(harness).last?.filled.value == Decimal64("0.005"))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).last)
    #expect(fill.fields.quantity.value == Decimal64("0.005") && fill.fields.side == Side.buy.rawValue)
    #expect(fill.record.text(fill.fields.fee_asset) == "USDT" && fill.fields.venue_ns == 1_637_845_199_322_000_000)
  }

  /// What a trade was in, the name of its price says; what the account gave has a minus sign.
  @Test func tradesStandAmongDeposits() throws {
    let (harness, _) = try trading()
    let command = harness.command(.fills) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/user_transactions/") && request.body == "limit=1000")
    harness.reply(
      request.id,
      #"[{"fee":"0.1","eth_usdt":4451.25,"datetime":"2021-11-25 12:59:59","usdt":"-22.26","order_id":14,"usd":0,"#
        + #""btc":0,"eth":"0.00500000","type":"2","id":3,"btc_usd":"0.00"},"#
        + #"{"usd":"11.37","btc":"-0.08650000","btc_usd":"131.50","order_id":6,"fee":"None","type":2,"id":2,"#
        + #""datetime":"2013-09-02 13:17:49"},"#
        + #"{"usd":"367.65","btc":"0.00000000","btc_usd":"0.00","order_id":null,"fee":"0.00","type":0,"id":1,"#
        + #""datetime":"2012-07-10 12:14:30"},"#
        + #"{"usd":"1","btc":"x","btc_usd":"131.50","order_id":6,"fee":"0","type":2,"id":4,"datetime":"x"}]"#)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map(\.fields.side) == [Side.buy.rawValue, Side.sell.rawValue])
    #expect(fills.compactMap { $0.fields.quantity.value } == [Decimal64("0.005"), Decimal64("0.0865")])
    #expect(fills.map { $0.record.text($0.fields.fee_asset) } == ["USDT", "USD"] && fills[1].fields.fee.value == nil)
    #expect(harness.replies(command).last?.outcome == .done)
    #expect(harness.completed.last?.partial == true, "one could not be read")
  }

  @Test func feeRatesAreInPercent() throws {
    let (harness, _) = try trading()
    harness.command(.fees) { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(
      try #require(harness.requests.last).id,
      #"[{"currency_pair":"btcusd","fees":{"maker":"0.15000","taker":"0.16000"},"market":"btcusd"},"#
        + #"{"currency_pair":"ethusdt","fees":{"maker":"9","taker":"9"},"market":"ethusdt"}]"#)
    let fees = harness.all(PB_EV_FEES, pb_fees.self).map(\.fields)
    #expect(fees.count == 1 && fees[0].maker.value == Decimal64("0.0015") && fees[0].taker.value == Decimal64("0.0016"))
  }

  /// A market that is listed later has channels of its own.
  @Test func aNewMarketHasTheStreamOpenedAnew() throws {
    let (harness, stream) = try trading()
    func list(_ more: String) throws {
      harness.command(.instruments)
      harness.reply(try #require(harness.requests.last).id, "[" + more + markets.dropFirst())
    }
    try list("")
    #expect(harness.closes.isEmpty)
    try list(
      #"{"trading":"Enabled","base_decimals":8,"url_symbol":"xrpusd","name":"XRP/USD","counter_decimals":5,"#
        + #""instant_and_market_orders":"Enabled","minimum_order":"10.0 USD"},"#)
    #expect(harness.closes.last == stream)
  }
}
