import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BingXConnector

/// Spot orders that wait for a price: the exchange does not say from which side it comes, so the price at hand is
/// looked at first. Answers are written after the documentation.
@Suite struct SpotTriggerTests {
  private func asked(_ type: OrderType, _ side: Side) throws -> (ConnectorHarness, command: pb_id) {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.place, client: "a1") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.type, $0.side) = (type.rawValue, side.rawValue)
      ($0.quantity, $0.stop) = (pb_dec(Decimal64(mantissa: 12, exponent: -3)), pb_dec(Decimal64(50_000)))
      if type.hasLimit { $0.price = pb_dec(Decimal64(50_010)) }
    }
    return (harness, command)
  }

  private func price(_ harness: ConnectorHarness, _ last: String) throws {
    let question = try #require(harness.requests.last)
    #expect(question.url.contains("/openApi/spot/v1/ticker/24hr?symbol=BTC-USDT") && question.account == 0)
    harness.sent(question.id)
    harness.reply(question.id, #"{"code":0,"data":[{"symbol":"BTC-USDT","lastPrice":\#(last)}]}"#)
  }

  @Test(arguments: [
    (OrderType.stopLimit, Side.buy, "49999", "TRIGGER_LIMIT"), (.stopMarket, .sell, "50001", "TRIGGER_MARKET"),
    (.takeLimit, .buy, "50001", "TAKE_STOP_LIMIT"), (.takeMarket, .sell, "49999", "TAKE_STOP_MARKET"),
  ])
  func eachTypeHasItsWord(type: OrderType, side: Side, last: String, word: String) throws {
    let (harness, command) = try asked(type, side)
    try price(harness, last)
    let request = try #require(harness.requests.last)
    #expect(request.permission == "place_trigger" && request.url.contains("newClientOrderId=a1"))
    #expect(request.url.contains("stopPrice=50000") && request.url.contains("type=\(word)"))
    #expect(request.url.contains("price=50010") == type.hasLimit)
    harness.reply(
      request.id,
      #"{"code":0,"msg":"","data":{"symbol":"BTC-USDT","orderId":1719980066923872256,"transactTime":1698910178296,"#
        + #""price":"50010","stopPrice":"50000","origQty":"0.012","executedQty":"0","cummulativeQuoteQty":"0","#
        + #""status":"PENDING","type":"\#(word)","side":"\#(side == .buy ? "BUY" : "SELL")","clientOrderID":"a1"}}"#)
    let placed = try #require(harness.all(PB_EV_ORDER, pb_order.self).last?.fields)
    #expect(placed.state == OrderState.untriggered.rawValue && placed.type == type.rawValue)
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test(arguments: [
    (OrderType.stopLimit, Side.buy, "50000"), (.stopMarket, .sell, "49999"), (.takeLimit, .buy, "49000"),
    (.takeMarket, .sell, "50000"),
  ])
  func oneWhosePriceWasReachedIsRefused(type: OrderType, side: Side, last: String) throws {
    let (harness, command) = try asked(type, side)
    try price(harness, last)
    #expect(harness.refusal(command) == .invalidOrder && harness.requests.count == 1)
  }
}
