import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import OKXConnector

/// A connector with two instruments: 1 is BTC-USDT, 2 is ETH-USDT.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(OKXSpot.self, config: "{}")
  harness.start(trading: trading)
  try list(harness, tick: "0.1")
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

/// Asks for the instruments and answers with this tick of BTC-USDT.
func list(_ harness: ConnectorHarness, tick: String) throws {
  harness.command(.instruments)
  let request = try #require(harness.requests.last { $0.url.contains("/public/instruments") })
  harness.sent(request.id)
  let body = """
    {"code":"0","msg":"","data":[
    {"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","tickSz":"\(tick)","lotSz":"0.00000001",
     "minSz":"0.00001","maxLmtSz":"0","state":"live"},
    {"instType":"SPOT","instId":"ODD-USDT","baseCcy":"ODD","quoteCcy":"USDT","tickSz":"one","lotSz":"1","state":"live"},
    {"instType":"SPOT","instId":"ETH-USDT","baseCcy":"ETH","quoteCcy":"USDT","tickSz":"0.01","lotSz":"0.000001",
     "minSz":"0.001","state":"suspend"}]}
    """
  #expect(harness.reply(request.id, body) == .ok)
}

/// Subscribes to channels of BTC-USDT on an open stream, whose messages have left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
  try harness.subscribed(channels)
}

func book(_ action: String, _ sequence: Int, after previous: Int, bids: String, asks: String) -> String {
  """
  {"arg":{"channel":"books","instId":"BTC-USDT"},"action":"\(action)","data":[{"asks":[\(asks)],"bids":[\(bids)],\
  "ts":"1764288000000","checksum":0,"seqId":\(sequence),"prevSeqId":\(previous)}]}
  """
}

/// An account whose private streams are logged in and subscribed; gives the first.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, #"{"event":"login","code":"0","msg":""}"#)
  harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"orders","instType":"SPOT"}}"#)
  harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"account"}}"#)
  _ = try business(harness)
  return stream
}

/// Lets the account in on its second stream, that of conditional orders; gives the stream.
func business(_ harness: ConnectorHarness) throws -> pb_id {
  let open = try #require(harness.opens.last)
  try #require(open.url.hasSuffix("/ws/v5/business"))
  harness.opened(open.stream)
  harness.frame(open.stream, #"{"event":"login","code":"0","msg":""}"#)
  harness.frame(open.stream, #"{"event":"subscribe","arg":{"channel":"orders-algo","instType":"SPOT"}}"#)
  return open.stream
}

/// The book of one bid and one ask that tests begin with.
func snapshot(_ sequence: Int) -> String {
  book("snapshot", sequence, after: -1, bids: #"["50000","1","0","1"]"#, asks: #"["50001","2","0","1"]"#)
}
