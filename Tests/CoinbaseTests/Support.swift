import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import CoinbaseConnector

/// A connector with three instruments: 1 is BTC-USD, 2 is BTC-USDC, which shares its book, 3 is ETH-USD.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(CoinbaseSpot.self, config: "{}")
  harness.start(trading: trading)
  try list(harness)
  #expect(harness.faults.isEmpty && harness.instruments.count == 3)
  harness.forget()
  return harness
}

func list(_ harness: ConnectorHarness) throws {
  harness.command(.instruments)
  let request = try #require(harness.requests.last { $0.url.contains("/market/products") })
  harness.sent(request.id)
  func product(_ id: String, _ more: String = "") -> String {
    let parts = id.split(separator: "-")
    return """
      {"product_id":"\(id)","base_currency_id":"\(parts[0])","quote_currency_id":"\(parts[1])","product_type":"SPOT",
      "price_increment":"0.01","quote_increment":"0.01","base_increment":"0.00000001","base_min_size":"0.00000001",
      "base_max_size":"3400","quote_min_size":"1","status":"online"\(more)}
      """
  }
  let body = """
    {"products":[\(product("BTC-USD", #","alias":"","alias_to":["BTC-USDC"]"#)),
    \(product("BTC-USDC", #","alias":"BTC-USD""#)),
    \(product("ETH-USD", #","post_only":true"#).replacing("3400", with: "267187147.2296694735908216")),
    {"product_id":"BIT-24APR26-CDE","product_type":"FUTURE","base_increment":"1","price_increment":"5"},
    {"product_id":"ODD-USD","base_currency_id":"ODD","quote_currency_id":"USD","product_type":"SPOT",
    "price_increment":"one","base_increment":"1"}],"num_products":5}
    """
  #expect(harness.reply(request.id, body) == .ok)
}

/// Subscribes to channels of an instrument on an open stream, whose messages have left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels, instrument: pb_id = 1) throws -> pb_id {
  try harness.subscribed(channels, of: instrument)
}

/// A message of the market's stream.
func message(_ number: Int, _ channel: String, _ events: String) -> String {
  """
  {"channel":"\(channel)","client_id":"","timestamp":"2026-08-09T21:05:48.483587501Z","sequence_num":\(number),
  "events":[\(events)]}
  """
}

func level(_ side: String, _ price: String, _ quantity: String) -> String {
  """
  {"side":"\(side)","event_time":"2026-08-09T21:05:48.170326Z","price_level":"\(price)","new_quantity":"\(quantity)"}
  """
}

func book(_ number: Int, _ type: String, _ levels: String..., product: String = "BTC-USD") -> String {
  message(
    number, "l2_data",
    #"{"type":"\#(type)","product_id":"\#(product)","updates":[\#(levels.joined(separator: ","))]}"#)
}

/// The book of one bid and one ask that tests begin with.
func snapshot(_ number: Int, product: String = "BTC-USD") -> String {
  book(
    number, "snapshot", level("bid", "65083.66", "0.2"), level("offer", "65083.67", "0.24290402"), product: product)
}

/// An account whose private stream is subscribed; gives the stream.
func trading(_ harness: ConnectorHarness, algorithm: Int = PB_ALGORITHM_P256) throws -> pb_id {
  harness.account(7, algorithm: algorithm)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  harness.frame(stream, message(0, "subscriptions", #"{"subscriptions":{"user":["u1"]}}"#))
  #expect(harness.states.last?.state == .live)
  return stream
}

/// An order as the user channel says it.
func order(
  _ id: String, client: String = "a1", status: String = "OPEN", filled: String = "0", left: String = "1",
  fills: Int = 0, more: String = ""
) -> String {
  """
  {"order_id":"\(id)","client_order_id":"\(client)","cumulative_quantity":"\(filled)","leaves_quantity":"\(left)",
  "avg_price":"50000","filled_value":"0","total_fees":"0","status":"\(status)","product_id":"BTC-USD",
  "creation_time":"2026-08-09T21:05:40Z","order_side":"BUY","order_type":"Limit","limit_price":"50000",
  "number_of_fills":"\(fills)","time_in_force":"GOOD_UNTIL_CANCELLED","trigger_status":"INVALID_ORDER_TYPE",
  "cancel_reason":"","reject_reason":"","post_only":"false"\(more)}
  """
}

func orders(_ number: Int, _ type: String, _ orders: String...) -> String {
  message(number, "user", #"{"type":"\#(type)","orders":[\#(orders.joined(separator: ","))]}"#)
}
