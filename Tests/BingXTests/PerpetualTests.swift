import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BingXConnector

@Suite struct PerpetualTests {
  private func contract(_ symbol: String, _ more: String = "") -> String {
    let asset = symbol.split(separator: "-").first ?? ""
    return """
      {"contractId":"100","symbol":"\(symbol)","quantityPrecision":4,"pricePrecision":1,"takerFeeRate":0.0005,
      "makerFeeRate":0.0002,"tradeMinQuantity":0.0001,"tradeMinUSDT":2,"currency":"USDT","asset":"\(asset)","status":1,
      "apiStateOpen":"true","apiStateClose":"true"\(more)}
      """
  }

  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(BingXPerpetual.self, config: "{}")
    harness.start(trading: trading)
    harness.command(.instruments)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://open-api.bingx.com/openApi/swap/v2/quote/contracts")
    let list = [
      contract("BTC-USDT"), contract("ETH-USDT", #","apiStateOpen":"false""#),
      contract("SOL-USDC", #","currency":"USDT""#),
    ]
    #expect(harness.reply(request.id, #"{"code":0,"msg":"","data":[\#(list.joined(separator: ","))]}"#) == .ok)
    return harness
  }

  @Test func stepsAreToldAsDecimals() throws {
    let harness = try ready()
    #expect(harness.instruments.map(\.symbol) == ["BTC-USDT", "ETH-USDT"], "settled in what they are quoted in")
    let fields = harness.instruments[0].fields
    #expect(fields.kind == InstrumentKind.perpetual.rawValue && harness.instruments[0].base == "BTC")
    #expect(fields.tick.value == Decimal64(mantissa: 1, exponent: -1))
    #expect(fields.lot.value == Decimal64(mantissa: 1, exponent: -4))
    #expect(harness.instruments.map(\.fields.state) == [InstrumentState.trading, .reduceOnly].map(\.rawValue))
  }

  func traded() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    harness.account(7)
    harness.reply(try #require(harness.requests.last).id, #"{"listenKey":"********"}"#)
    let open = try #require(harness.opens.last)
    #expect(open.permission == "perp_private_stream")
    #expect(open.url.hasPrefix("wss://open-api-swap.bingx.com/swap-market?listenKey="))
    harness.opened(open.stream)
    #expect(harness.states.last?.state == .live, "nothing is subscribed to")
    harness.forget()
    return (harness, open.stream)
  }

  func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void = { _ in }) -> pb_id {
    harness.command(.place, client: "a1") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (Side.buy.rawValue, OrderType.limit.rawValue)
      ($0.quantity, $0.price) = (pb_dec(Decimal64(mantissa: 1, exponent: -2)), pb_dec(Decimal64(30_000)))
      change(&$0)
    }
  }

  @Test func anOrderIsOfTheOnePositionOrOfALeg() throws {
    let (harness, _) = try traded()
    let command = place(harness)
    let request = try #require(harness.requests.last)
    #expect(request.permission == "perp_place" && request.method == .post)
    #expect(
      request.url.hasPrefix(
        "https://open-api.bingx.com/openApi/swap/v2/trade/order?clientOrderID=a1&positionSide=BOTH&price=30000"
          + "&quantity=0.01&side=BUY&symbol=BTC-USDT&timestamp="))
    harness.reply(
      request.id,
      #"{"code":0,"msg":"","data":{"order":{"symbol":"BTC-USDT","orderId":1735950529123455000,"side":"BUY","#
        + #""positionSide":"BOTH","type":"LIMIT","clientOrderID":"a1"}}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(order.record.text(order.fields.venue_order) == "1735950529123455000")
    #expect(order.fields.state == OrderState.open.rawValue && harness.replies(command).map(\.outcome) == [.done])
    _ = place(harness) {
      ($0.position, $0.side, $0.flags) = (PositionLeg.long.rawValue, Side.sell.rawValue, OrderFlags.reduceOnly.rawValue)
      $0.time_in_force = TimeInForce.immediateOrCancel.rawValue
    }
    let other = try #require(harness.requests.last).url
    #expect(other.contains("positionSide=LONG&") && other.contains("timeInForce=IOC&") && !other.contains("reduceOnly"))
    let wrong = place(harness) {
      ($0.position, $0.flags) = (PositionLeg.long.rawValue, OrderFlags.reduceOnly.rawValue)
    }
    #expect(harness.refusal(wrong) == .invalidOrder)
    let capital = harness.command(.place, client: "A1") {
      ($0.account, $0.instrument, $0.side) = (7, 1, Side.buy.rawValue)
      ($0.type, $0.quantity) = (OrderType.market.rawValue, pb_dec(Decimal64.one))
    }
    #expect(harness.refusal(capital) == .invalidOrder, "capitals would come back as others")
  }

  @Test func severalAreCancelledTogether() throws {
    let (harness, _) = try traded()
    let command = harness.command(
      .cancelMany, items: ["11", "12", "13"].map { venue in .init(venue: venue) { $0.instrument = 1 } }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "perp_cancel_batch" && request.method == .delete)
    #expect(request.url.contains("orderIdList=%5B11%2C12%2C13%5D&symbol=BTC-USDT&"))
    harness.reply(
      request.id,
      #"{"code":0,"msg":"","data":{"success":[{"symbol":"BTC-USDT","orderId":11,"side":"BUY","type":"LIMIT","#
        + #""status":"CANCELLED","origQty":"1","executedQty":"0","price":"1"}],"#
        + #""failed":[{"orderId":12,"errorCode":80018,"errorMessage":"order is already filled"}]}}"#)
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(orders.map { $0.record.text($0.fields.venue_order) } == ["11"])
    #expect(harness.replies(command).map(\.outcome) == [.unknown], "of one nothing is said")
  }

  @Test func onlyTheQuantityIsChanged() throws {
    let (harness, _) = try traded()
    let command = harness.command(.amend, venue: "11") {
      ($0.account, $0.instrument, $0.quantity) = (7, 1, pb_dec(Decimal64(2)))
    }
    let request = try #require(harness.requests.last)
    #expect(request.url.contains("/openApi/swap/v1/trade/amend?orderId=11&quantity=2&symbol=BTC-USDT&"))
    harness.reply(request.id, #"{"code":0,"msg":"","data":{"orderId":11,"clientOrderId":"","symbol":"BTC-USDT"}}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    let price = harness.command(.amend, venue: "11") {
      ($0.account, $0.instrument, $0.price) = (7, 1, pb_dec(Decimal64(2)))
    }
    #expect(harness.refusal(price) == .unsupported)
  }

  @Test func fillsAreAskedForFromAndTo() throws {
    let (harness, _) = try traded()
    harness.command(.fills) { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    let now = (harness.epoch + harness.now) / 1_000_000
    #expect(
      request.url.contains(
        "/trade/fillHistory?endTs=\(now)&pageIndex=1&pageSize=1000&startTs=\(now - 604_800_000)&symbol=BTC-USDT&"))
    harness.reply(
      request.id,
      #"{"code":0,"msg":"","data":{"fill_history_orders":[{"symbol":"BTC-USDT","qty":"0.01","price":"30000","#
        + #""quoteQty":"300","commission":"-0.15","commissionAsset":"USDT","orderId":"11","tradeId":"9","#
        + #""filledTime":"2023-11-14T22:13:20.000+0800","side":"SELL","positionSide":"LONG","role":"maker","#
        + #""total":1}]}}"#)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first).fields
    #expect(fill.venue_ns == 1_699_971_200_000_000_000, "eight hours ahead")
    #expect(fill.fee.value == Decimal64(mantissa: 15, exponent: -2) && fill.position == PositionLeg.long.rawValue)
    #expect(fill.liquidity == UInt32(PB_LIQUIDITY_MAKER) && harness.completed.last?.partial == false)
  }

  @Test(arguments: [
    (Verb.leverage, "POST /openApi/swap/v2/trade/leverage?leverage=5&side=BOTH&symbol=BTC-USDT&", "set_leverage"),
    (.marginMode, "POST /openApi/swap/v2/trade/marginType?marginType=ISOLATED&symbol=BTC-USDT&", "set_margin_type"),
    (.positionMode, "POST /openApi/swap/v1/positionSide/dual?dualSidePosition=true&", "set_position_mode"),
  ])
  func modesAreSet(_ verb: Verb, _ line: String, _ act: String) throws {
    let (harness, _) = try traded()
    let command = harness.command(verb) {
      ($0.account, $0.instrument) = (7, verb == .positionMode ? 0 : 1)
      $0.value = pb_dec(Decimal64(5))
      $0.mode = verb == .marginMode ? MarginMode.isolated.rawValue : PositionMode.hedge.rawValue
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == act)
    #expect(request.method == .post && request.url.contains(line.dropFirst(5)))
    harness.reply(request.id, #"{"code":0,"msg":"","data":{"leverage":5,"symbol":"BTC-USDT"}}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func positionsAreOfTheirLegOrSigned() throws {
    let (harness, stream) = try traded()
    harness.command(.positions) { $0.account = 7 }
    func position(_ amount: String, _ side: String, _ single: Bool) -> String {
      #"{"positionId":"1","symbol":"BTC-USDT","currency":"USDT","positionAmt":"\#(amount)","positionSide":"\#(side)","#
        + #""isolated":true,"avgPrice":"246.43","leverage":5,"onlyOnePosition":\#(single),"markPrice":"250"}"#
    }
    let list = [position("0.2", "SHORT", true), position("0.3", "LONG", false)]
    harness.reply(
      try #require(harness.requests.last).id, #"{"code":0,"msg":"","data":[\#(list.joined(separator: ","))]}"#)
    let positions = harness.all(PB_EV_POSITION, pb_position.self).map(\.fields)
    let amounts = [Decimal64(mantissa: -2, exponent: -1), Decimal64(mantissa: 3, exponent: -1)]
    #expect(positions.map(\.quantity.value) == amounts)
    #expect(positions.map(\.position) == [PositionLeg.net, .long].map(\.rawValue))
    #expect(positions.allSatisfy { $0.margin_mode == MarginMode.isolated.rawValue })
    harness.frame(
      stream,
      #"{"e":"ACCOUNT_UPDATE","E":1700000000000,"a":{"m":"ORDER","B":[{"a":"USDT","bc":"0","cw":"5","wb":"86.5"}],"#
        + #""P":[{"s":"BTC-USDT","pa":"0.1","ep":"246","up":"0.5","mt":"isolated","iw":"50","ps":"SHORT"}]}}"#)
    let short = try #require(harness.all(PB_EV_POSITION, pb_position.self).last).fields
    #expect(short.quantity.value == Decimal64(mantissa: -1, exponent: -1))
    #expect(short.position == PositionLeg.short.rawValue)
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last).fields
    #expect(balance.total.value == Decimal64(mantissa: 865, exponent: -1))
    #expect(harness.requests.last?.permission == "perp_balance", "what is free is asked for")
  }

  @Test func anOrdersPushSaysHowMuchIsFilled() throws {
    let (harness, stream) = try traded()
    harness.frame(
      stream,
      #"{"e":"ORDER_TRADE_UPDATE","E":1696843635475,"o":{"s":"BTC-USDT","c":"a1","i":"1711312357852147712","S":"BUY","#
        + #""o":"LIMIT","q":"0.1","p":"64.35","ap":"64.36","x":"TRADE","X":"PARTIALLY_FILLED","N":"USDT","#
        + #""n":"-0.0032","T":0,"wt":"MARK_PRICE","ps":"BOTH","rp":"0","z":"0.04","ro":true}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last).fields
    #expect(order.state == OrderState.partial.rawValue && order.filled.value == Decimal64(mantissa: 4, exponent: -2))
    #expect(order.flags == OrderFlags.reduceOnly.rawValue && order.venue_ns == 1_696_843_635_475_000_000)
    #expect(harness.all(PB_EV_FILL, pb_fill.self).isEmpty, "executions have no ids there")
  }

  @Test func anOrderOfTheExchangesOwnIsALiquidation() throws {
    let (harness, stream) = try traded()
    func push(_ event: String) -> String {
      #"{"e":"ORDER_TRADE_UPDATE","E":1696843635475,"o":{"s":"BTC-USDT","c":"","i":"9","S":"SELL","o":"MARKET","#
        + #""q":"0.1","p":"0","ap":"64.36","x":"\#(event)","X":"FILLED","ps":"BOTH","z":"0.1"}}"#
    }
    harness.frame(stream, push("TRADE"))
    #expect(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).isEmpty)
    harness.frame(stream, push("CALCULATED"))
    let forced = try #require(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).last).fields
    #expect(forced.account == 7 && forced.what == LiquidationKind.forced.rawValue)
    #expect(forced.side == Side.sell.rawValue && forced.quantity.value == Decimal64(mantissa: 1, exponent: -1))
    #expect(forced.price.value == Decimal64(mantissa: 6436, exponent: -2))
  }

  @Test func aBookFollowsTheNumbersOfItsChanges() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels([.book, .trades]).rawValue) }
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://open-api-swap.bingx.com/swap-market")
    harness.opened(open.stream)
    for request in harness.requests where request.stream == open.stream { harness.sent(request.id) }
    func changes(_ action: String, _ number: Int, _ bids: String) -> String {
      #"{"code":0,"dataType":"BTC-USDT@incrDepth","ts":1700000000000,"data":{"action":"\#(action)","#
        + #""lastUpdateId":\#(number),"bids":[\#(bids)],"asks":[["30001","1"]]}}"#
    }
    harness.frame(open.stream, changes("all", 7, #"["30000","1"]"#))
    harness.frame(open.stream, changes("update", 8, #"["29999","2"]"#))
    #expect(harness.faults.isEmpty)
    harness.frame(
      open.stream,
      #"{"code":0,"dataType":"BTC-USDT@trade","data":[{"q":"0.0421","p":"29023.5","T":1690221401344,"m":false,"#
        + #""s":"BTC-USDT"}]}"#)
    let trade = try #require(harness.all(PB_EV_TRADE, pb_trade.self).last).fields
    #expect(trade.side == Side.buy.rawValue)
  }
}
