import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import LiquidConnector

@Suite struct FeedTests {
  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(LiquidSpot.self)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"id":"1","product_type":"CurrencyPair","code":"CASH","currency_pair_code":"BTCUSD","base_currency":"BTC",
      "quoted_currency":"USD","disabled":false,"taker_fee":"0.0012","maker_fee":"0.0","tick_size":"0.01"},
      {"id":"604","product_type":"Perpetual","code":"CASH","currency_pair_code":"P-BTCUSD","base_currency":"P-BTC",
      "quoted_currency":"USD","disabled":false,"tick_size":"0.5"}]
      """)
    #expect(harness.instruments.map(\.symbol) == ["BTCUSD"])
    return harness
  }

  private static let greeting =
    #"{"event":"pusher:connection_established","data":"{\"socket_id\": \"1.2\", \"activity_timeout\": 120}"}"#

  private func side(_ side: String, _ levels: String) -> String {
    #"{"channel":"price_ladders_cash_btcusd_\#(side)","data":\#(jsonQuoted(levels)),"event":"updated"}"#
  }

  private func subscribed(_ harness: ConnectorHarness, _ channel: Channels) throws -> pb_id {
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channel.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, Self.greeting)
    for request in harness.requests where request.stream == stream { harness.sent(request.id) }
    return stream
  }

  /// A book is two channels, each of which pushes its side whole.
  @Test func aBookIsShownWhenBothSidesHaveCome() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    let channels = ["buy", "sell"].map { "price_ladders_cash_btcusd_\($0)" }
    #expect(
      harness.requests.filter { $0.stream == stream }.map(\.body)
        == channels.map { #"{"event":"pusher:subscribe","data":{"channel":"\#($0)"}}"# })
    harness.frame(stream, side("buy", #"[["100.0", "1"], ["99.5", "2"]]"#))
    #expect(harness.books.isEmpty)
    harness.frame(stream, side("sell", #"[["101.0", "3"]]"#))
    harness.frame(stream, side("buy", "[]"))
    #expect(harness.books.map { [$0.bids.count, $0.asks.count] } == [[2, 1], [0, 1]])
    #expect(harness.books.map(\.isSnapshot) == [true, true])
  }

  /// One side is pushed before the other: a bid at the ask waits for the new asks.
  @Test func aBookIsNeverCrossed() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    harness.frame(stream, side("buy", #"[["100.0", "1"]]"#))
    harness.frame(stream, side("sell", #"[["101.0", "3"]]"#))
    harness.frame(stream, side("buy", #"[["101.0", "1"]]"#))
    #expect(harness.books.count == 1)
    harness.frame(stream, side("sell", #"[["102.0", "3"]]"#))
    #expect(harness.books.count == 2)
  }

  /// What a stream pushed says nothing on the next one.
  @Test func sidesOfAnOlderStreamAreForgotten() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    harness.frame(stream, side("buy", #"[["100.0", "1"]]"#))
    harness.frame(stream, side("sell", #"[["101.0", "3"]]"#))
    harness.closed(stream)
    let next = try #require(harness.opens.last).stream
    harness.opened(next)
    harness.frame(next, Self.greeting)
    harness.frame(next, side("sell", #"[["105.0", "3"]]"#))
    #expect(harness.books.count == 1 && harness.gaps.map(\.reason) == [.closed])
  }

  private func order(_ filled: String, _ fee: String, _ status: String) -> String {
    let order = """
      {"id":77,"client_order_id":"a1","currency_pair_code":"BTCUSD","side":"buy","order_type":"limit","price":100.0,
      "quantity":1.0,"filled_quantity":\(filled),"average_price":100.0,"order_fee":\(fee),"status":"\(status)",
      "created_at":1764288000,"updated_at":1764288001}
      """
    return #"{"channel":"user_account_usd_orders","data":\#(jsonQuoted(order)),"event":"updated"}"#
  }

  /// A token in a frame, a channel for each currency that markets are quoted in, and fills by what orders grow.
  @Test func fillsAreWhatAnOrderGrows() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last, "\(harness.logs)").stream
    harness.opened(stream)
    #expect(harness.requests.allSatisfy { $0.stream == 0 }, "the greeting is awaited")
    harness.frame(stream, Self.greeting)
    let login = try #require(harness.requests.last)
    #expect(login.permission == "login" && login.body.contains(#""path":"/realtime","headers":{"X-Quoine-Auth":"#))
    harness.sent(login.id)
    harness.frame(stream, #"{"event":"quoine:auth_success","data":"{}"}"#)
    #expect(
      harness.requests.last?.body == #"{"event":"pusher:subscribe","data":{"channel":"user_account_usd_orders"}}"#)
    harness.sent(try #require(harness.requests.last).id)
    harness.frame(
      stream, #"{"channel":"user_account_usd_orders","data":"{}","event":"pusher_internal:subscription_succeeded"}"#)
    #expect(harness.states.last?.state == .live)
    harness.frame(stream, order("0.25", "0.1", "live"))
    var fills: [pb_fill] { harness.all(PB_EV_FILL, pb_fill.self).map(\.fields) }
    #expect(fills.isEmpty, "what was filled before is the order's")
    harness.frame(stream, order("0.75", "0.3", "live"))
    harness.frame(stream, order("0.75", "0.3", "live"))
    harness.frame(stream, order("1.0", "0.4", "filled"))
    #expect(fills.map { $0.quantity.value?.plain } == ["0.5", "0.25"])
    #expect(fills.map { $0.fee.value?.plain } == ["0.2", "0.1"])
    #expect(fills.allSatisfy { $0.price.value?.plain == "100" })
    let states = harness.all(PB_EV_ORDER, pb_order.self).map { OrderState(rawValue: $0.fields.state) }
    #expect(states == [.partial, .partial, .partial, .filled])
  }
}
