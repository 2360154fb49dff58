import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import CoinbaseConnector

@Suite struct PrivateTests {
  private func filledOrders(_ harness: ConnectorHarness) -> [pb_order] {
    harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
  }

  private func fills(_ harness: ConnectorHarness) -> [String] {
    harness.all(PB_EV_FILL, pb_fill.self).map { $0.record.text($0.fields.trade) }
  }

  private func answer(_ sizes: String...) -> String {
    let list = sizes.enumerated().map { place, size in
      #"{"trade_id":"t\#(place)","order_id":"77","product_id":"BTC-USD","side":"BUY","price":"50000","#
        + #""size":"\#(size)","commission":"3","trade_time":"2026-08-09T21:05:50Z","size_in_quote":false}"#
    }
    return #"{"fills":[\#(list.joined(separator: ","))],"cursor":""}"#
  }

  @Test func anOrderThatGrowsHasItsFillsAskedFor() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, orders(1, "snapshot", order("76", client: "a0", filled: "0.5", left: "0.5", fills: 1)))
    harness.forget()
    harness.frame(stream, orders(2, "update", order("77")))
    #expect(!harness.requests.contains { $0.url.contains("/fills") }, "the fills of before the host asks for")
    harness.frame(stream, orders(3, "update", order("77", filled: "0.4", left: "0.6", fills: 1)))
    let last = try #require(filledOrders(harness).last)
    #expect(last.state == OrderState.partial.rawValue && last.quantity.value == Decimal64.one)
    let request = try #require(harness.requests.last { $0.url.contains("/fills") })
    #expect(request.url.contains("order_ids=77"))
    harness.reply(request.id, answer("0.4"))
    #expect(fills(harness) == ["t0"])
    harness.run(for: 60_000_000_000)
    #expect(harness.requests.count { $0.url.contains("/fills") } == 1)
  }

  @Test func aListThatIsBehindTheStreamIsAskedForAgainWithPauses() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, orders(1, "update", order("77", status: "FILLED", filled: "1", left: "0", fills: 2)))
    func questions() -> [pb_id] { harness.requests.filter { $0.url.contains("/fills") }.map(\.id) }
    harness.reply(try #require(questions().last), answer("0.4"))
    #expect(questions().count == 1)
    harness.run(for: 200_000_000)
    #expect(questions().count == 2)
    harness.reply(try #require(questions().last), status: 500, "")
    harness.run(for: 500_000_000)
    harness.reply(try #require(questions().last), answer("0.4", "0.6"))
    #expect(fills(harness) == ["t0", "t0", "t1"])
    harness.run(for: 60_000_000_000)
    #expect(questions().count == 3)
  }

  @Test func anOrderThatHasEndedKeepsItsQuantity() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, orders(1, "update", order("77", filled: "0.3", left: "0.7", fills: 1)))
    harness.frame(
      stream,
      orders(
        2, "update", order("77", status: "CANCELLED", filled: "0.3", left: "0", fills: 1)
          .replacing(#""cancel_reason":"""#, with: #""cancel_reason":"User requested cancel""#)))
    let end = try #require(filledOrders(harness).last)
    #expect(end.state == OrderState.cancelled.rawValue && end.quantity.value == Decimal64.one)
    #expect(end.filled.value == Decimal64(mantissa: 3, exponent: -1))
  }

  @Test func aLostMessageOpensTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, orders(2, "update", order("77")))
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
    #expect(filledOrders(harness).isEmpty)
  }

  @Test func balancesComeInPages() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.balances) { $0.account = 7 }
    func account(_ asset: String) -> String {
      #"{"currency":"\#(asset)","available_balance":{"value":"1.23456789","currency":"\#(asset)"},"#
        + #""hold":{"value":"0.005","currency":"\#(asset)"}}"#
    }
    #expect(try #require(harness.requests.last).url.hasSuffix("/accounts?limit=250"))
    harness.reply(
      try #require(harness.requests.last).id, #"{"accounts":[\#(account("BTC"))],"has_next":true,"cursor":"c1"}"#)
    #expect(harness.replies(command).isEmpty && harness.completed.isEmpty)
    #expect(try #require(harness.requests.last).url.hasSuffix("/accounts?limit=250&cursor=c1"))
    harness.reply(
      try #require(harness.requests.last).id, #"{"accounts":[\#(account("USD"))],"has_next":false,"cursor":""}"#)
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).map { $0.record.text($0.fields.asset) } == ["BTC", "USD"])
    #expect(harness.completed.map(\.partial) == [false] && harness.replies(command).map(\.outcome) == [.done])
  }
}
