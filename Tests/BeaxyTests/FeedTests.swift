import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BeaxyConnector

@Suite struct FeedTests {
  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(BeaxySpot.self)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"symbol":"BTCUSDC","name":"BTCUSDC","minimumQuantity":0.001,"maximumQuantity":25.0,"quantityIncrement":1E-4,
      "quantityPrecision":0,"tickSize":0.01,"baseCurrency":"BTC","termCurrency":"USDC","pricePrecision":2,
      "buyerTakerCommissionProgressive":0.25,"buyerMakerCommissionProgressive":0.15,"type":"crypto",
      "suspendedForTrading":false}]
      """)
    return harness
  }

  private func book(_ number: Int, _ entries: String, isSnapshot: Bool = false) -> String {
    let kind = isSnapshot ? "SNAPSHOT_FULL_REFRESH" : "INCREMENTAL_UPDATE"
    return
      #"{"type":"\#(kind)","security":"BTCUSDC","timestamp":1764288000150,"sequenceNumber":\#(number),"#
      + #""entries":[\#(entries)]}"#
  }

  private func entry(_ action: String, _ side: String, _ price: String, _ quantity: String = "1") -> String {
    #"{"action":"\#(action)","side":"\#(side)","level":0,"numberOfOrders":null,"quantity":\#(quantity),"#
      + #""price":\#(price)}"#
  }

  /// The address says all: nothing is sent, and what is not wanted any more is closed.
  @Test func theAddressNamesTheMarket() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    _ = try harness.subscribed(.trades)
    let urls = [
      "wss://services.beaxy.com/ws/v2/book/BTCUSDC@depth20", "wss://services.beaxy.com/ws/v2/trades/BTCUSDC",
    ]
    #expect(harness.opens.map(\.url) == urls)
    #expect(harness.requests.filter { $0.stream != 0 }.isEmpty)
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
    #expect(harness.closes == [stream])
    #expect(try harness.subscribed(.book) != stream)
    #expect(harness.opens.map(\.url) == urls + urls.prefix(1))
  }

  /// Levels beyond a price go at once.
  @Test func aRangeOfPricesIsTakenAway() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    let bids = ["99", "98", "97"].map { entry("INSERT", "BID", $0) }
    let asks = ["101", "102", "103"].map { entry("INSERT", "ASK", $0) }
    harness.frame(stream, book(7, (bids + asks).joined(separator: ","), isSnapshot: true))
    let ranges = [entry("DELETE_THROUGH", "BID", "98"), entry("DELETE_FROM", "ASK", "101")]
    harness.frame(stream, book(8, ranges.joined(separator: ",")))
    let change = try #require(harness.books.last)
    #expect(change.bids == [[9_700, 0]])
    #expect(change.asks == [[10_200, 0], [10_300, 0]])
    #expect(harness.gaps.isEmpty)
  }

  /// A message that is missing has the book asked for on a new stream.
  @Test func aGapOpensAnotherStream() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, book(7, entry("INSERT", "BID", "99"), isSnapshot: true))
    harness.frame(stream, book(9, entry("UPDATE", "BID", "99", "2")))
    #expect(harness.gaps.count == 1 && harness.books.count == 1)
    #expect(harness.closes.last == stream)
    let next = try #require(harness.opens.last).stream
    #expect(next != stream)
    harness.opened(next)
    harness.frame(next, book(12, entry("INSERT", "BID", "98"), isSnapshot: true))
    #expect(harness.books.last?.isSnapshot == true)
  }

  /// One token lets both of the account's streams in; a trade stands in its order's report.
  @Test func aTokenLetsBothStreamsIn() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let first = try #require(harness.requests.last)
    #expect(first.url == "https://tradewith.beaxy.com/api/v2/auth")
    harness.reply(first.id, #"{"type":"Bearer","access_token":"TK","expires_in":1800}"#)
    #expect(harness.opens.map(\.url).last?.hasPrefix("wss://tradewith.beaxy.com/ws/v2/orders?access_token=") == true)
    let orders = try #require(harness.opens.last).stream
    harness.opened(orders)
    let second = try #require(harness.requests.last)
    harness.reply(second.id, #"{"type":"Bearer","access_token":"TK","expires_in":1800}"#)
    let wallets = try #require(harness.opens.last).stream
    harness.opened(wallets)
    #expect(wallets != orders && harness.states.last?.state == .live)
    let order =
      #""order_id":"4d52","symbol":"BTCUSDC","comment":"c1","time_in_force":"good_till_cancel","order_type":"limit","#
      + #""side":"buy","size":"1","limit_price":"100","close_time":null"#
    for (word, size, filled) in [("partially_filled", "0.4", "0.4"), ("completely_filled", "0.6", "1")] {
      harness.frame(
        orders,
        #"{"type":"update","data":{\#(order),"order_status":"\#(word)","trade_size":"\#(size)","trade_price":"99.5","#
          + #""filled_size":"\#(filled)","commission":"0.01","commission_currency":"BTC","#
          + #""timestamp":"2022-11-28T00:00:00.300Z"}}"#)
    }
    harness.frame(wallets, #"{"type":"update","data":{"currency":"BTC","available_balance":"1","total_balance":"2"}}"#)
    harness.frame(wallets, #"{"type":"keep_alive"}"#)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map { $0.record.text($0.fields.trade) } == ["4d52-0.4", "4d52-1"])
    #expect(fills.map { $0.fields.quantity.value?.plain } == ["0.4", "0.6"])
    let filled = harness.all(PB_EV_ORDER, pb_order.self).map { $0.fields.filled.value?.plain }
    #expect(filled == ["0.4", "1"])
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).count == 1)
  }
}
