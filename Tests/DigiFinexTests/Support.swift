import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import DigiFinexConnector

/// Two markets: 1 is BTC-USDT, 2 is ETH-BTC.
let markets = """
  {"data":[{"volume_precision":4,"price_precision":2,"market":"btc_usdt","min_amount":2,"min_volume":0.0001},
  {"volume_precision":3,"price_precision":6,"market":"eth_btc","min_amount":0.0002,"min_volume":0.001}],
  "date":1564507456,"code":0}
  """

func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(DigiFinexSpot.self)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, markets) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

func answer(_ id: pb_id) -> String { #"{"error":null,"result":{"status":"success"},"id":\#(id)}"# }

/// An account whose private stream is live; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for round in 0..<3 {
    for request in harness.requests where request.stream == stream {
      harness.sent(request.id)
      if round < 2 { harness.frame(stream, answer(request.id)) }
    }
  }
  #expect(harness.states.last?.state == .live)
  return stream
}
