import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import FTXConnector

@Suite struct FeedTests {
  /// A connector with one instrument, X/BTC, whose steps are small; a future of the list is left out.
  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(FTXSpot.self)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      {"success":true,"result":[{"name":"X/BTC","enabled":true,"postOnly":false,"priceIncrement":5e-07,
      "sizeIncrement":1.0,"minProvideSize":1.0,"type":"spot","baseCurrency":"X","quoteCurrency":"BTC"},
      {"name":"X-PERP","enabled":true,"postOnly":false,"priceIncrement":0.5,"sizeIncrement":1.0,"type":"future",
      "baseCurrency":null,"quoteCurrency":null,"underlying":"X"}]}
      """)
    #expect(harness.instruments.map(\.symbol) == ["X/BTC"])
    harness.forget()
    return harness
  }

  private func book(_ kind: String, _ bids: String, _ checksum: UInt32) -> String {
    """
    {"channel": "orderbook", "market": "X/BTC", "type": "\(kind)", "data": {"time": 1626993904.1557314, \
    "checksum": \(checksum), "bids": [\(bids)], "asks": [[0.002, 3.0]], "action": "\(kind)"}}
    """
  }

  /// Numbers stand under the checksum as they are written, an exponent too. CRC-32 by Python's zlib of
  /// `1e-05:7.0:0.002:3.0` and `1.25e-05:2.0:0.002:3.0:1e-05:7.0`.
  @Test func smallPricesAreWrittenWithAnExponent() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, book("partial", "[1e-05, 7.0]", 0x8D38_C1BF))
    #expect(harness.books.map(\.isSnapshot) == [true], "\(harness.logs)")
    harness.frame(stream, book("update", "[1.25e-05, 2.0]", 0xB537_1B4E))
    #expect(harness.books.count == 2 && harness.gaps.isEmpty)
    harness.frame(stream, book("update", "[1e-05, 0.0]", 1))
    #expect(harness.gaps.map(\.reason) == [.checksum])
  }

  /// Times end with `+00:00`.
  @Test func tradesAreTimedInUTC() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    harness.frame(
      stream,
      """
      {"channel": "trades", "market": "X/BTC", "type": "update", "data": [{"id": 1473821769, "price": 0.0015, "size": \
      22.0, "side": "sell", "liquidation": false, "time": "2021-07-22T22:45:25.101992+00:00"}]}
      """)
    let trade = try #require(harness.trades.first, "\(harness.logs)")
    #expect(trade.time == 1_626_993_925_101_992_000 && trade.taker == .sell)
  }

  /// A login is answered only where it fails: the channels are subscribed to right behind it.
  @Test func aLoginIsSilent() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let said = harness.requests.filter { $0.stream == stream }
    #expect(said.map(\.permission) == ["login", "subscribe_private", "subscribe_private"])
    #expect(said.first?.body.hasPrefix(#"{"op":"login","args":{"key":"<field(api_key)"#) == true, "\(said)")
    for request in said { harness.sent(request.id) }
    for channel in ["orders", "fills"] { harness.frame(stream, #"{"type": "subscribed", "channel": "\#(channel)"}"#) }
    #expect(harness.states.last?.state == .live)
  }

  /// What is filled says how a closed order ended.
  @Test(arguments: [
    ("new", 0.0, OrderState.open), ("open", 0.5, .partial), ("closed", 0.5, .cancelled), ("closed", 1.0, .filled),
    ("closed", 0.0, .cancelled),
  ])
  func aClosedOrderWasFilledOrCancelled(_ word: String, _ filled: Double, _ state: OrderState) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(
      stream,
      """
      {"channel": "orders", "type": "update", "data": {"id": 24852229, "clientId": "a1", "market": "X/BTC", "type": \
      "limit", "side": "buy", "size": 1.0, "price": 0.001, "reduceOnly": false, "ioc": false, "postOnly": false, \
      "status": "\(word)", "filledSize": \(filled), "remainingSize": 0.0, "avgFillPrice": null}}
      """)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first, "\(harness.logs)")
    #expect(order.fields.state == state.rawValue)
  }
}
