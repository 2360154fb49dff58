import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BitMartConnector

let symbols = """
  {"message":"OK","code":1000,"trace":"1","data":{"symbols":[
  {"symbol":"BTC_USDT","symbol_id":53,"base_currency":"BTC","quote_currency":"USDT","quote_increment":"0.0001",
   "base_min_size":"0.0002","base_max_size":"1000","price_min_precision":2,"price_max_precision":2,"expiration":"NA",
   "min_buy_amount":"5","min_sell_amount":"6","trade_status":"trading"},
  {"symbol":"ETH_BTC","symbol_id":54,"base_currency":"ETH","quote_currency":"BTC","quote_increment":"0.001",
   "base_min_size":"0.001","base_max_size":"1000","price_min_precision":4,"price_max_precision":6,"expiration":"NA",
   "min_buy_amount":"0.0001","min_sell_amount":"0.0001","trade_status":"pre-trade"}]}}
  """

/// A connector with two instruments: 1 is BTC-USDT, 2 is ETH-BTC.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(BitMartSpot.self)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, symbols) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  return harness
}

func done(_ data: String) -> String { #"{"message":"OK","code":1000,"trace":"1","data":\#(data)}"# }

/// An account whose private stream is live; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  harness.frame(stream, #"{"event":"login"}"#)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  for topic in ["spot/user/orders:ALL_SYMBOLS", "spot/user/balance:BALANCE_UPDATE"] {
    harness.frame(stream, #"{"event":"subscribe","topic":"\#(topic)"}"#)
  }
  #expect(harness.states.last?.state == .live)
  return stream
}
