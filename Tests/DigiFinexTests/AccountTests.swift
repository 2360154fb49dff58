import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DigiFinexConnector

@Suite struct AccountTests {
  private static let second: Int64 = 1_000_000_000

  private func live() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    return (harness, stream)
  }

  private func order(
    _ type: OrderType = .limit, side: Side = .buy, flags: OrderFlags = []
  ) -> (inout pb_in_command) -> Void {
    { command in
      (command.account, command.instrument, command.order) = (7, 1, 5)
      (command.side, command.type, command.flags) = (side.rawValue, type.rawValue, flags.rawValue)
      if flags.contains(.byValue) {
        command.value = pb_dec(Decimal64(500))
      } else {
        command.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      }
      command.price = pb_dec(type == .limit ? Decimal64(50_000) : nil)
      command.time_in_force = type == .limit ? TimeInForce.goodTilCancelled.rawValue : 0
    }
  }

  private func push(_ status: Int, filled: String, more: String = "") -> String {
    #"{"method":"order.update","params":[{"amount":"0.012","filled":"\#(filled)","id":"aa11","mode":1,"notional":"1","#
      + #""price":"50000","price_avg":"50000","side":"buy","status":\#(status),"symbol":"BTC_USDT","#
      + #""timestamp":1589272547000,"type":"limit"\#(more)}],"id":null}"#
  }

  @Test func theStreamNamesAllMarketsAndAssets() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    let sent = harness.requests.filter { $0.stream == stream }
    #expect(
      sent[0].body.hasPrefix(
        #"{"id":\#(sent[0].id),"method":"server.auth","params":["<field(api_key) json_escape>","<time_ms>","<"#))
    #expect(sent[1].body.hasSuffix(#""method":"order.subscribe","params":["BTC_USDT","ETH_BTC"]}"#))
    #expect(sent[2].body.hasSuffix(#""method":"balance.subscribe","params":["BTC","USDT","ETH"]}"#))
    #expect(sent.map(\.permission) == ["login", "subscribe_orders", "subscribe_balances"])
  }

  @Test func aNewMarketIsSubscribedToOnANewStream() throws {
    let (harness, stream) = try live()
    harness.command(.instruments)
    let more = markets.replacing(
      "}],", with: #"},{"volume_precision":1,"price_precision":1,"market":"new_usdt"}],"#)
    harness.reply(try #require(harness.requests.last).id, more)
    #expect(harness.closes == [stream])
  }

  @Test func anOrderIsASortedFormAndItsSignatureAHeader() throws {
    let (harness, _) = try live()
    harness.command(.place, client: "a1", order(flags: .postOnly))
    let request = try #require(harness.requests.last)
    #expect(request.method == .post && request.url == "https://openapi.digifinex.com/v3/spot/order/new")
    #expect(request.body == "amount=0.012&market=spot&post_only=1&price=50000&symbol=btc_usdt&type=buy")
    #expect(request.headers.contains("ACCESS-KEY: <field(api_key)>"))
    #expect(request.headers.contains("ACCESS-TIMESTAMP: <time_s>"))
    #expect(request.headers.contains { $0.hasPrefix("ACCESS-SIGN: <") })
  }

  @Test func marketOrdersBuyByValueAndSellByQuantity() throws {
    let (harness, _) = try live()
    harness.command(.place, client: "a1", order(.market, flags: .byValue))
    #expect(harness.requests.last?.body == "amount=500&market=spot&symbol=btc_usdt&type=buy_market")
    harness.command(.place, client: "a2", order(.market, side: .sell))
    #expect(harness.requests.last?.body == "amount=0.012&market=spot&symbol=btc_usdt&type=sell_market")
    harness.forget()
    for refused in [order(.market), order(.market, side: .sell, flags: .byValue)] {
      #expect(harness.refusal(harness.command(.place, client: "a3", refused)) == .unsupported)
    }
    #expect(harness.requests.isEmpty)
  }

  @Test func whatTheStreamSaidBeforeTheAnswerIsNotLost() throws {
    let (harness, stream) = try live()
    let command = harness.command(.place, client: "a1", order())
    let request = try #require(harness.requests.last)
    harness.frame(stream, push(2, filled: "0.012"))
    harness.reply(request.id, #"{"code":0,"order_id":"aa11"}"#)
    let reports = harness.all(PB_EV_ORDER, pb_order.self).filter { $0.fields.order == 5 }
    #expect(reports.map(\.fields.state) == [OrderState.open.rawValue, OrderState.filled.rawValue])
    #expect(reports.allSatisfy { $0.record.text($0.fields.client_order) == "a1" })
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func fillsAreAskedForByMarketAndTakenByOrder() throws {
    let (harness, stream) = try live()
    harness.frame(stream, push(1, filled: "0.004"))
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/v3/spot/mytrades?limit=500&market=spot&symbol=btc_usdt"), "\(request.url)")
    func trade(_ id: Int, _ order: String, _ amount: String) -> String {
      #"{"symbol":"BTC_USDT","order_id":"\#(order)","id":"\#(id)","price":50000,"amount":\#(amount),"fee":0.000004,"#
        + #""fee_currency":"BTC","timestamp":1589272547,"side":"buy","is_maker":true}"#
    }
    harness.reply(request.id, #"{"code":0,"list":[\#(trade(2, "bb22", "9")),\#(trade(1, "aa11", "0.004"))]}"#)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map { $0.record.text($0.fields.trade) } == ["1"])
    #expect(fills[0].fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    #expect(fills[0].record.text(fills[0].fields.fee_asset) == "BTC")
  }

  @Test func theMarginAccountIsAnother() throws {
    let (harness, stream) = try live()
    #expect(harness.frame(stream, push(0, filled: "0").replacing(#""mode":1"#, with: #""mode":2"#)) == .ok)
    #expect(harness.emitted.isEmpty)
  }

  @Test(arguments: [
    #"{"method":"order.update","params":[{"id":"","side":"buy","mode":1}],"id":null}"#,
    #"{"method":"order.update","params":{},"id":null}"#, "[",
  ])
  func aReportThatCannotBeReadStartsTheStreamAnew(_ frame: String) throws {
    let (harness, stream) = try live()
    harness.frame(stream, frame)
    #expect(harness.closes == [stream])
  }

  @Test(arguments: [
    (#"{"code":0,"date":1,"success":["aa11"],"error":[]}"#, Outcome.done),
    (#"{"code":0,"date":1,"success":[],"error":["aa11"]}"#, .refused),
    (#"{"code":0,"date":1,"success":[],"error":[]}"#, .unknown),
  ])
  func aCancelEndsAsTheListsSay(_ body: String, _ outcome: Outcome) throws {
    let (harness, _) = try live()
    let command = harness.command(.cancel, client: "a1", venue: "aa11") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
    }
    let request = try #require(harness.requests.last)
    #expect(request.body == "market=spot&order_id=aa11")
    harness.reply(request.id, body)
    #expect(harness.replies(command).map(\.outcome) == [outcome])
  }

  @Test(arguments: ["aa11,bb22", "", "a b"])
  func anIDIsOneID(_ id: String) throws {
    let (harness, _) = try live()
    let command = harness.command(.cancel, client: "a1", venue: id) {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
    }
    #expect(harness.refusal(command) == .unknownOrder && harness.requests.isEmpty)
  }

  // MARK: Orders that no id names

  private func ask(_ harness: ConnectorHarness, alike: UInt32 = 0) -> pb_id {
    harness.command(.order, client: "a1") {
      order()(&$0)
      // Made within 1589272547.4 and 1589272548.0.
      $0.since_ns = 1_589_272_547 * Self.second + 400_000_000
      $0.until_ns = 1_589_272_548 * Self.second
      $0.alike = alike
    }
  }

  private func row(_ id: String, made: Int = 1_589_272_547, price: Int = 50_000, side: String = "buy") -> String {
    #"{"symbol":"BTC_USDT","order_id":"\#(id)","created_date":\#(made),"finished_date":0,"price":\#(price),"#
      + #""amount":0.012,"cash_amount":0,"executed_amount":0,"avg_price":0,"status":0,"type":"\#(side)","kind":"spot"}"#
  }

  private func answer(_ harness: ConnectorHarness, _ active: [String], _ all: [String]) throws {
    for rows in [active, all] {
      harness.reply(try #require(harness.requests.last).id, #"{"code":0,"data":[\#(rows.joined(separator: ","))]}"#)
    }
  }

  @Test func theOnlyOrderOfItsShapeInItsSecondIsIt() throws {
    let (harness, _) = try live()
    let question = ask(harness)
    #expect(harness.requests.last?.url.contains("/v3/spot/order/current?market=spot&symbol=btc_usdt") == true)
    try answer(
      harness, [row("aa11")],
      [row("aa11"), row("old", made: 1_589_272_546), row("other", price: 49_999), row("sold", side: "sell")])
    let times = "end_time=1589272548&limit=100&market=spot&start_time=1589272547&symbol=btc_usdt"
    #expect(harness.requests.last?.url.hasSuffix("/v3/spot/order/history?\(times)") == true)
    #expect(harness.replies(question).map(\.outcome) == [.done])
    let found = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(found.record.text(found.fields.venue_order) == "aa11" && found.fields.order == 5)
  }

  @Test func twoOfAShapeAreNotToldApart() throws {
    let (harness, _) = try live()
    let two = ask(harness)
    try answer(harness, [], [row("aa11"), row("bb22")])
    #expect(harness.replies(two).map(\.outcome) == [.unknown])
    let alike = ask(harness, alike: 1)
    try answer(harness, [row("aa11")], [])
    #expect(harness.replies(alike).map(\.outcome) == [.unknown])
  }

  @Test func noneOfItsShapeIsAnAnswer() throws {
    let (harness, _) = try live()
    let none = ask(harness)
    try answer(harness, [row("next", made: 1_589_272_548)], [row("old", made: 1_589_272_546)])
    #expect(harness.refusal(none) == .unknownOrder)
  }

  @Test func aFillInTheSecondOfTheQuestionIsInTheList() throws {
    let (harness, _) = try live()
    harness.command(.fills) {
      ($0.account, $0.instrument) = (7, 1)
      $0.since_ns = harness.epoch - 3 * Self.second + 500_000_000
    }
    let request = try #require(harness.requests.last)
    let second = (harness.epoch - 3 * Self.second) / Self.second
    harness.reply(
      request.id,
      #"{"code":0,"list":[{"symbol":"BTC_USDT","order_id":"aa11","id":"1","price":1,"amount":1,"fee":0,"#
        + #""fee_currency":"BTC","timestamp":\#(second),"side":"sell_market","is_maker":false}]}"#)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.fields.side == Side.sell.rawValue)
  }
}
