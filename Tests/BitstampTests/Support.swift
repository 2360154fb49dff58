import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BitstampConnector

/// A connector with two instruments, btcusd and ethusdt, beside a perpetual.
func ready(trading: Bool = false, config: String = "{}") throws -> ConnectorHarness {
  let harness = try ConnectorHarness(BitstampSpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, markets) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.map(\.symbol) == ["btcusd", "ethusdt"])
  harness.forget()
  return harness
}

let markets = """
  [{"name":"BTC/USD","market_symbol":"btcusd","base_currency":"BTC","base_decimals":8,"counter_currency":"USD",\
  "counter_decimals":2,"minimum_order_value":"10","trading":"Enabled","instant_order_counter_decimals":2,\
  "instant_and_market_orders":"Enabled","description":"Bitcoin / U.S. dollar","market_type":"SPOT"},\
  {"trading":"Enabled","base_decimals":8,"url_symbol":"ethusdt","name":"ETH/USDT","counter_decimals":2,\
  "instant_and_market_orders":"Disabled","minimum_order":"20.0 USDT","description":"Ether / Tether"},\
  {"name":"BTC/USD-PERP","market_symbol":"btcusd-perp","base_currency":"BTC","base_decimals":5,\
  "counter_currency":"USD","counter_decimals":0,"minimum_order_value":"10","trading":"Enabled",\
  "instant_and_market_orders":"Enabled","market_type":"PERPETUAL"}]
  """

extension ConnectorHarness {
  /// What was sent on streams.
  var frames: [RequestFact] { requests.filter { $0.stream != 0 } }
}
