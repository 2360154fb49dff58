import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DYDXConnector

@Suite struct AccountTests {
  private func order(_ status: String, _ more: String = "") -> String {
    #"{"id":"0fde3f6a","clientId":"1010","clobPairId":"0","side":"BUY","size":"1","price":"43210","type":"LIMIT","#
      + #""status":"\#(status)","timeInForce":"GTT","orderFlags":"64","goodTilBlockTime":"2025-11-29T00:00:00.200Z","#
      + #""updatedAt":"2025-11-28T00:00:00.200Z"\#(more)}"#
  }

  @Test func theAccountIsNamedAndProvesNothing() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last)
    #expect(stream.url == "wss://indexer.dydx.trade/v4/ws" && stream.account == 0)
    harness.opened(stream.stream)
    let frame = try #require(harness.requests.last { $0.permission == "subscribe_account" })
    #expect(frame.account == 7 && frame.body.hasPrefix(#"{"type":"subscribe","channel":"v4_subaccounts","id":""#))
  }

  /// What was executed comes before what became of the order, whatever their order in the message.
  @Test func fillsComeBeforeTheirOrder() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      message(
        2, "v4_subaccounts",
        #"{"orders":[\#(order("FILLED", #","totalFilled":"1","ticker":"BTC-USD""#))],"fills":[{"id":"f1","side":"BUY","#
          + #""liquidity":"MAKER","type":"LIMIT","market":"BTC-USD","price":"43210","size":"1","fee":"-0.5","#
          + #""createdAt":"2025-11-28T00:00:00.300Z","orderId":"0fde3f6a","ticker":"BTC-USD"}]}"#))
    let kinds = harness.emitted.map(\.kind).filter { $0 == PB_EV_FILL || $0 == PB_EV_ORDER }
    #expect(kinds == [PB_EV_FILL, PB_EV_ORDER])
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.fields.fee.value?.plain == "-0.5" && fill.record.text(fill.fields.fee_asset) == "USDC")
    #expect(fill.fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    #expect(fill.record.text(fill.fields.venue_order) == "0fde3f6a")
  }

  /// What one node opened or cancelled may still be filled; what ended by its date says so.
  @Test(arguments: [
    ("BEST_EFFORT_OPENED", "", OrderState.open), ("BEST_EFFORT_CANCELED", "", .open),
    ("OPEN", #","totalFilled":"0.5""#, .partial),
    ("UNTRIGGERED", #","type":"STOP_LIMIT","triggerPrice":"4""#, .untriggered),
    ("CANCELED", #","removalReason":"USER_CANCELED""#, .cancelled),
    ("CANCELED", #","removalReason":"EXPIRED""#, .expired),
    ("ERROR", "", .rejected),
  ])
  func states(status: String, more: String, state: OrderState) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    // The instrument is named by the number of its book alone.
    harness.frame(stream, message(2, "v4_subaccounts", #"{"orders":[\#(order(status, more))]}"#))
    let report = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(report.fields.state == state.rawValue && report.fields.instrument == 1)
    #expect(report.fields.time_in_force == TimeInForce.goodTilDate.rawValue && report.fields.expiry_ns > 0)
    #expect(report.record.text(report.fields.client_order) == "1010")
  }

  @Test func whatIsOwedIsBelowZeroAndWhatIsClosedIsNothing() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      message(
        2, "v4_subaccounts",
        #"{"assetPositions":[{"symbol":"USDC","side":"SHORT","size":"12.5"}],"perpetualPositions":["#
          + #"{"market":"BTC-USD","side":"SHORT","status":"OPEN","size":"-0.407","#
          + #""entryPrice":"118692.04840909090909090909"},"#
          + #"{"market":"ETH-USD","side":"LONG","status":"CLOSED","size":"3","entryPrice":"1"}]}"#))
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).first)
    #expect(balance.fields.total.value?.plain == "-12.5")
    #expect(harness.positionFacts.map { $0.quantity.value?.plain } == ["-0.407", "0"])
    #expect(harness.faults.isEmpty)
  }

  @Test func aFillAgainstTheWillIsALiquidation() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      message(
        2, "v4_subaccounts",
        #"{"fills":[{"id":"f1","side":"SELL","liquidity":"TAKER","type":"LIQUIDATED","market":"BTC-USD","price":"4","#
          + #""size":"1","fee":"0","createdAt":"2025-11-28T00:00:00.300Z","ticker":"BTC-USD"}]}"#))
    #expect(harness.liquidationFacts.count == 1 && harness.all(PB_EV_FILL, pb_fill.self).count == 1)
  }

  @Test func aMissingNumberOpensTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, message(4, "v4_subaccounts", #"{"orders":[]}"#))
    #expect(harness.closes == [stream])
  }

  @Test func anOrderThatTheIndexerDoesNotKnowIsUnknown() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(.order, venue: "0fde3f6a") { ($0.account, $0.instrument) = (7, 1) }
    let first = try #require(harness.requests.last)
    #expect(first.url == "https://indexer.dydx.trade/v4/orders/0fde3f6a")
    harness.reply(first.id, status: 404, #"{"errors":[{"msg":"Unable to find order id 0fde3f6a"}]}"#)
    let second = try #require(harness.requests.last)
    #expect(second.url.hasPrefix("https://indexer.dydx.trade/v4/orders?ticker=BTC-USD&limit=1000&address="))
    harness.reply(second.id, "[]")
    #expect(harness.refusal(command) == .unknownOrder)
  }

  @Test func openOrdersAreOfEveryStateThatMayBeFilled() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.openOrders) { $0.account = 7 }
    let url = try #require(harness.requests.last).url
    #expect(url.contains("status=OPEN%2CBEST_EFFORT_OPENED%2CBEST_EFFORT_CANCELED%2CUNTRIGGERED"), "\(url)")
  }

  @Test func ordersAreNotOffered() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    for verb in [Verb.place, .cancel, .amend, .cancelMany] {
      #expect(harness.send(verb.rawValue) { ($0.account, $0.instrument) = (7, 1) } == .unsupported)
    }
    #expect(harness.requests.isEmpty)
  }
}
