import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BingXConnector

/// A connector with two instruments: 1 is BTC-USDT, 2 is ETH-USDT.
func ready(_ config: String = "{}", trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(BingXSpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last { $0.url.contains("/common/symbols") })
  harness.sent(request.id)
  #expect(harness.reply(request.id, symbols) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

/// Numbers as the exchange writes them, one entry without a pair.
let symbols = """
  {"code":0,"msg":"","debugMsg":"","data":{"symbols":[
  {"symbol":"BTC-USDT","minQty":0.0001826,"maxQty":18.26,"minNotional":5,"maxNotional":500000,"status":1,
   "tickSize":0.01,"stepSize":1e-05,"apiStateBuy":true,"apiStateSell":true},
  {"symbol":"AURAUSDT","minNotional":5,"status":1,"tickSize":0.01,"stepSize":1e-05},
  {"symbol":"ETH-USDT","minNotional":5,"maxNotional":500000,"status":1,"tickSize":0.1,"stepSize":0.001,
   "apiStateBuy":false,"apiStateSell":false}]}}
  """

/// Subscribes to channels of BTC-USDT on an open stream, whose messages have left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
  try harness.subscribed(channels)
}

/// An account whose private stream is subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  harness.reply(try #require(harness.requests.last).id, #"{"listenKey":"********"}"#)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for request in harness.requests where request.stream == stream {
    harness.sent(request.id)
    harness.frame(stream, #"{"code":0,"id":"\#(request.id)","msg":"SUCCESS","timestamp":1764288000150}"#)
  }
  return stream
}

func changes(_ action: String, _ number: Int, bids: String, asks: String) -> String {
  """
  {"code":0,"dataType":"BTC-USDT@incrDepth","success":true,"timestamp":1764288000300,"data":{"action":"\(action)",\
  "lastUpdateId":\(number),"bids":{\(bids)},"asks":{\(asks)}}}
  """
}

func best(_ levels: Int, bids: String, asks: String) -> String {
  """
  {"code":0,"data":{"asks":[\(asks)],"bids":[\(bids)]},"dataType":"BTC-USDT@depth\(levels)","success":true,\
  "timestamp":1764288000300}
  """
}
