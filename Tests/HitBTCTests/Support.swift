import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import HitBTCConnector

/// A connector with one instrument, BTCUSDT, beside a future.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(HitBTCSpot.self, config: "{}")
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, symbols) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.map(\.symbol) == ["BTCUSDT"])
  harness.forget()
  return harness
}

private let symbols = """
  {"BTCUSDT":{"type":"spot","base_currency":"BTC","quote_currency":"USDT","quantity_increment":"0.00001",\
  "tick_size":"0.01","take_rate":"0.0025","make_rate":"0.001","fee_currency":"USDT","status":"working"},\
  "BTCUSDT_PERP":{"type":"futures","contract_type":"perpetual","underlying":"BTC","quote_currency":"USDT",\
  "quantity_increment":"0.0001","tick_size":"0.01","status":"working"}}
  """

extension ConnectorHarness {
  /// What was sent on streams.
  var frames: [RequestFact] { requests.filter { $0.stream != 0 } }
}
