import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import CryptoComConnector

@Suite struct OrderTests {
  private func trading() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.run(for: 1_100_000_000)
    let login = try #require(harness.requests.last { $0.permission == "login" })
    harness.frame(stream, #"{"id":\#(login.id),"method":"public/auth","code":0}"#)
    for frame in harness.requests.filter({ $0.permission == "subscribe" }) {
      harness.frame(stream, #"{"id":\#(frame.id),"method":"subscribe","code":0}"#)
    }
    #expect(harness.states.last?.state == .live && harness.faults.isEmpty)
    harness.forget()
    return (harness, stream)
  }

  /// Names in their order, values behind them; lists are their elements, objects the same again.
  @Test func parametersAreSignedInTheOrderOfTheirNames() {
    var call = Call(Endpoint(.placeBatch, .json))
    call.set("contingency_type", "LIST")
    call.set(
      "order_list",
      json: #"[{"side":"BUY","price":"1","exec_inst":["POST_ONLY"]},{"side":"SELL","a":null,"b":true,"c":2}]"#)
    call.set("a", Int64(5))
    #expect(
      CryptoComSpot.signedParameters(call)
        == "a5contingency_typeLISTorder_listexec_instPOST_ONLYprice1sideBUYanullbtruec2sideSELL")
  }

  @Test func anOrderIsWrittenAsTheExchangeWantsIt() throws {
    let (harness, _) = try trading()
    _ = harness.placeLimit(client: "a1") { $0.flags = OrderFlags.postOnly.rawValue }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.crypto.com/exchange/v1/private/create-order" && request.permission == "place")
    #expect(request.body.contains(#""method":"private/create-order""#))
    #expect(request.body.contains(#""client_oid":"a1","exec_inst":["POST_ONLY"],"time_in_force":"GOOD_TILL_CANCEL""#))
    #expect(request.body.contains(#""spot_margin":"SPOT"}"#))
  }

  /// An order that waits for a price goes to a service of its own, and so does its cancel.
  @Test func triggersAreOrdersOfAnotherService() throws {
    let (harness, stream) = try trading()
    let command = harness.placeLimit(client: "a1") {
      $0.type = OrderType.stopLimit.rawValue
      $0.stop = pb_dec(Decimal64(49_000))
    }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/private/advanced/create-order") && request.permission == "place_trigger")
    #expect(request.body.contains(#""type":"STOP_LIMIT""#) && request.body.contains(#""ref_price":"49000""#))
    harness.reply(
      request.id, #"{"id":"1","method":"x","code":"0","result":{"client_oid":"a1","order_id":"5755"}}"#)
    let waits = harness.all(PB_EV_ORDER, pb_order.self).last?.fields.state
    #expect(harness.refusal(command) == nil && waits == OrderState.untriggered.rawValue)
    // It goes on as another order.
    harness.forget()
    harness.frame(
      stream,
      push(
        "user.advance.order",
        #"{"order_id":"5755","client_oid":"a1","order_type":"STOP_LIMIT","side":"BUY","quantity":"0.012","#
          + #""limit_price":"50000","ref_price":"49000","status":"FILLED","instrument_name":"BTC_USDT","#
          + #""exchange_order_id":"99","update_time":1}"#))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(order.record.text(order.fields.venue_order) == "99" && order.record.text(order.fields.continues) == "5755")
  }

  /// Reports of triggers can be done without, those of orders cannot.
  @Test(arguments: [("user.advance.order", ChannelState.live), ("user.order", .down)])
  func aRefusedChannelEndsTheStreamUnlessItIsOfTriggers(_ refused: String, _ state: ChannelState) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.run(for: 1_100_000_000)
    let login = try #require(harness.requests.last { $0.permission == "login" })
    harness.frame(stream, #"{"id":\#(login.id),"method":"public/auth","code":0}"#)
    for frame in harness.requests.filter({ $0.permission == "subscribe" }) {
      let code = frame.body.contains("\"\(refused)\"") ? 40004 : 0
      harness.frame(stream, #"{"id":\#(frame.id),"method":"subscribe","code":\#(code),"message":"x"}"#)
    }
    #expect(harness.states.last?.state == state)
  }

  /// A rejection comes with status 500, which then proves nothing else.
  @Test func aRejectionWithStatus500IsARefusal() throws {
    let (harness, _) = try trading()
    let command = harness.placeLimit(client: "a1") { _ in }
    let request = try #require(harness.requests.last)
    harness.reply(
      request.id, status: 500, #"{"id":1,"method":"x","code":306,"message":"INSUFFICIENT_AVAILABLE_BALANCE"}"#)
    #expect(harness.refusal(command) == .funds)
    let second = harness.placeLimit(client: "a2") { _ in }
    let repeated = try #require(harness.requests.last)
    harness.reply(repeated.id, status: 400, #"{"id":1,"method":"x","code":204,"message":"DUPLICATE_CLORDID"}"#)
    #expect(harness.replies(second).last?.outcome == .unknown)
  }

  /// Fees are below zero where they are paid.
  @Test func fillsAreReportedWithTheirFees() throws {
    let (harness, stream) = try trading()
    harness.frame(
      stream,
      push(
        "user.trade.BTC_USDT",
        #"{"journal_type":"TRADING","side":"BUY","instrument_name":"BTC_USDT","fees":"-0.0000000525","trade_id":"61","#
          + #""create_time":1686941992887,"traded_price":"26347.16","traded_quantity":"0.00021","#
          + #""fee_instrument_name":"BTC","client_oid":"a1","taker_side":"TAKER","order_id":"614"}"#))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).last?.fields)
    #expect(fill.fee.value == Decimal64("0.0000000525") && fill.liquidity == UInt32(PB_LIQUIDITY_TAKER))
  }
}
