import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import FoxbitConnector

/// A connector with one instrument, btcbrl.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(FoxbitSpot.self, config: "{}")
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, markets) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.map(\.symbol) == ["btcbrl"])
  harness.forget()
  return harness
}

private let markets = """
  {"data":[{"symbol":"btcbrl","quantity_min":"0.00000236","quantity_increment":"0.00000001","price_min":"0.0001",\
  "price_increment":"0.01","default_fees":{"maker":"0.0025","taker":"0.005"},"base":{"symbol":"btc"},\
  "quote":{"symbol":"brl"}}]}
  """

/// A frame of the socket of version 3.
func frame(
  _ event: String, _ channel: String, _ data: String = "", market: String = "btcbrl", type: String = "subscribe"
) -> String {
  #"{"type":"\#(type)","event":"\#(event)","params":{"channel":"\#(channel)","market_symbol":"\#(market)"}"#
    + (data.isEmpty ? "}" : #","data":\#(data)}"#)
}

/// An event of the account.
func event(_ kind: String, _ data: String) -> String {
  #"{"type":"subscribe","event":"update","params":{"channel":"accounts","type":"\#(kind)"},"data":\#(data)}"#
}

/// Account 7 logged in and subscribed; gives its stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, #"{"type":"login","event":"success","params":{},"data":{"authenticated":true}}"#)
  for kind in ["BALANCE", "ORDER", "TRADE"] {
    harness.frame(stream, #"{"type":"subscribe","event":"success","params":{"channel":"accounts","type":"\#(kind)"}}"#)
  }
  #expect(harness.states.last?.state == .live)
  return stream
}
