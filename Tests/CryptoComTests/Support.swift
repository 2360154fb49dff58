import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import CryptoComConnector

/// A connector with one instrument, BTC_USDT, among others that are no pairs.
func ready(config: String = "{}", trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(CryptoComSpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, instruments) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 1)
  harness.forget()
  return harness
}

let instruments = """
  {"id":1,"method":"public/get-instruments","code":0,"result":{"data":[\
  {"symbol":"BTC_USDT","inst_type":"CCY_PAIR","base_ccy":"BTC","quote_ccy":"USDT","quantity_decimals":5,\
  "price_tick_size":"0.01","qty_tick_size":"0.00001","tradable":true},\
  {"symbol":"BTCUSD-PERP","inst_type":"PERPETUAL_SWAP","base_ccy":"BTC","quote_ccy":"USD","price_tick_size":"0.1",\
  "qty_tick_size":"0.0001","tradable":true}]}}
  """

/// A push about BTC_USDT.
func push(_ channel: String, _ entries: String) -> String {
  """
  {"id":-1,"method":"subscribe","code":0,"result":{"instrument_name":"BTC_USDT","subscription":"x",\
  "channel":"\(channel)","data":[\(entries)]}}
  """
}

extension ConnectorHarness {
  /// What was sent on streams.
  var frames: [RequestFact] { requests.filter { $0.stream != 0 } }
}
