import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import GateIOConnector

/// A connector with two instruments: 1 is BTC_USDT in contracts of 0.0001, 2 is QUICK_USDT in contracts of 10, which
/// can only be closed.
func readyPerpetual(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(GatePerpetual.self)
  harness.start(trading: trading)
  harness.command(.instruments)
  let body = """
    [{"name":"BTC_USDT","type":"direct","quanto_multiplier":"0.0001","order_price_round":"0.1","order_size_min":1,
    "order_size_max":1000000,"leverage_max":"100","maker_fee_rate":"-0.00025","taker_fee_rate":"0.00075",
    "status":"trading","in_delisting":false},
    {"name":"QUICK_USDT","type":"direct","quanto_multiplier":"10","order_price_round":"0.001","order_size_min":1,
    "status":"trading","in_delisting":true},
    {"name":"OLD_USDT","type":"inverse","quanto_multiplier":"0","order_price_round":"0.1","order_size_min":1}]
    """
  #expect(harness.reply(try #require(harness.requests.last).id, body) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  return harness
}

/// Subscribes to channels of BTC_USDT on an open stream, whose messages have left; gives the stream.
func subscribedPerpetual(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
  harness.forget()
  harness.command(.subscribe) {
    $0.instrument = 1
    $0.channel = channels.rawValue
  }
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  return stream
}

let perpetualChannels = [
  "futures.orders", "futures.usertrades", "futures.positions", "futures.balances", "futures.autoorders",
]

/// An account whose private stream is subscribed; gives the stream.
func tradingPerpetual(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  let question = try #require(harness.requests.last)
  harness.sent(question.id)
  harness.reply(question.id, #"{"user":1000001,"currency":"USDT","total":"10","available":"4","in_dual_mode":false}"#)
  for channel in perpetualChannels { harness.frame(stream, answer(channel)) }
  return stream
}
