import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BTCMarketsConnector

@Suite struct AccountTests {
  private func orders(_ harness: ConnectorHarness) -> [pb_order] {
    harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
  }

  @Test func oneSignedMessageSubscribesToAllOfTheAccount() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last)
    #expect(stream.url == "wss://socket.btcmarkets.net/v2" && stream.account == 7)
    harness.opened(stream.stream)
    let frame = try #require(harness.requests.last)
    #expect(frame.permission == "subscribe_private" && frame.account == 7)
    #expect(frame.body.contains(#""channels":["orderChange","fundChange","heartbeat"]"#))
    harness.sent(frame.id)
    harness.frame(stream.stream, #"{"messageType":"heartbeat","channels":[{"name":"heartbeat"}]}"#)
    #expect(harness.states.last?.state == .pending)
    harness.frame(stream.stream, carried)
    #expect(harness.states.last?.state == .live)
  }

  @Test func anAccountThatIsNotLetInWaits() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, #"{"messageType":"error","code":1,"message":"authentication failed"}"#)
    #expect(harness.closes == [stream])
    #expect(harness.states.last?.state == .down)
    #expect(harness.all(PB_EV_STATE, pb_state.self).last?.fields.error == Failure.authentication.rawValue)
  }

  /// Reports have no quantity: it is what was open before anything was filled.
  @Test func whatWasOpenFirstIsTheQuantity() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, change(79, "Placed", open: "1", more: #""clientOrderId":"a1","#))
    harness.frame(stream, change(79, "Partially Matched", open: "0.6", trades: trade(1, "0.4", fee: "20")))
    harness.frame(stream, change(79, "Partially Cancelled", open: "0.6"))
    let facts = orders(harness)
    #expect(facts.map(\.state) == [OrderState.open, .partial, .cancelled].map(\.rawValue))
    #expect(facts.allSatisfy { $0.quantity.value == Decimal64(1) })
    #expect(facts.map { $0.filled.value?.plain } == ["0", "0.4", "0.4"])
    #expect(harness.all(PB_EV_ORDER, pb_order.self).allSatisfy { $0.record.text($0.fields.client_order) == "a1" })
  }

  @Test func ofAnOrderThatWasFilledBeforeTheQuantityIsNotGuessed() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, change(80, "Partially Matched", open: "0.6", trades: trade(1, "0.4", fee: "20")))
    harness.frame(stream, change(80, "Fully Matched", open: "0", trades: trade(2, "0.6", fee: "30")))
    let facts = orders(harness)
    #expect(facts.map(\.state) == [OrderState.partial, .filled].map(\.rawValue))
    #expect(facts.allSatisfy { $0.quantity.value == nil && $0.filled.value == nil })
    #expect(harness.all(PB_EV_FILL, pb_fill.self).count == 2)
  }

  @Test(arguments: [("20", "AUD"), ("170", "AUD"), ("-10", "AUD"), ("0", "AUD"), ("0.0004", "BTC"), ("-0.002", "BTC")])
  func aFeeIsOfTheAssetOfWhichItIsASmallShare(_ fee: String, _ asset: String) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, change(81, "Fully Matched", open: "0", trades: trade(3, "0.4", fee: fee)))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.record.text(fill.fields.fee_asset) == asset && fill.fields.fee.value == Decimal64(fee))
  }

  @Test func aStopWaitsUntilItIsTriggered() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    let placed = change(82, "Placed", open: "1.2", type: "Stop Limit")
    harness.frame(stream, placed)
    harness.frame(stream, placed.replacing(#""triggerStatus":"""#, with: #""triggerStatus":"Triggered""#))
    let traded = trade(4, "0.2", fee: "10")
    harness.frame(stream, change(82, "Partially Matched", open: "1", trades: traded, type: "Stop Limit"))
    #expect(orders(harness).map(\.state) == [OrderState.untriggered, .open, .partial].map(\.rawValue))
  }

  @Test func balancesAreAskedForWhenTheStreamSaysThatTheyChanged() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      #"{"fundtransferId":276811,"type":"Deposit","status":"Complete","timestamp":"2019-04-16T01:38:02.931Z","#
        + #""amount":"0.001","currency":"BTC","fee":"0","messageType":"fundChange"}"#)
    #expect(harness.requests.map(\.permission) == ["balances"])
  }

  @Test(arguments: [
    change(83, "Perhaps", open: "1"), change(84, "Placed", open: "1").replacing("\"orderId\":84,", with: ""), "{",
    change(85, "Partially Matched", open: "1", trades: #"{"tradeId":5}"#),
  ]) func aReportThatCannotBeReadStartsTheStreamAnew(_ frame: String) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, frame)
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
  }

  @Test func feesAreOfTheMarketThatIsAskedFor() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(.fees) { ($0.account, $0.instrument) = (7, 2) }
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"volume30Day":"0.0098275","feeByMarkets":[{"makerFeeRate":"0.002","takerFeeRate":"0.005","marketId":"#
        + #""BTC-AUD"},{"makerFeeRate":"-0.0005","takerFeeRate":"0.0085","marketId":"LTC-AUD"}]}"#)
    let facts = harness.all(PB_EV_FEES, pb_fees.self).map(\.fields)
    #expect(facts.map(\.instrument) == [2] && facts.first?.maker.value?.plain == "-0.0005")
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }
}
