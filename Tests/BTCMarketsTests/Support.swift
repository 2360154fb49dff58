import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BTCMarketsConnector

/// A connector with two instruments: 1 is BTC-AUD, 2 is LTC-AUD.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(BTCMarketsSpot.self)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, markets) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

let markets = """
  [{"marketId":"BTC-AUD","baseAssetName":"BTC","quoteAssetName":"AUD","minOrderAmount":"0.0001",
    "maxOrderAmount":"1000000","amountDecimals":"8","priceDecimals":"2","status":"Online"},
   {"marketId":"LTC-AUD","baseAssetName":"LTC","quoteAssetName":"AUD","minOrderAmount":"0.001",
    "maxOrderAmount":"1000000","amountDecimals":"8","priceDecimals":"2","status":"Post Only"}]
  """

/// Subscribes to channels of LTC-AUD on an open stream, whose messages have left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
  try harness.subscribed(channels, of: 2)
}

/// An account whose private stream is live; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  harness.frame(stream, carried)
  #expect(harness.states.last?.state == .live)
  return stream
}

let carried = """
  {"messageType":"heartbeat","channels":[{"name":"orderChange"},{"name":"fundChange"},{"name":"heartbeat"}]}
  """

func heartbeat(_ channel: String, _ markets: String) -> String {
  #"{"messageType":"heartbeat","channels":[{"name":"\#(channel)","marketIds":[\#(markets)]},{"name":"heartbeat"}]}"#
}

func book(_ more: String, _ number: Int, bids: String, asks: String, checksum: String?) -> String {
  let sum = checksum.map { #","checksum":"\#($0)""# } ?? ""
  return """
    {"marketId":"LTC-AUD",\(more)"timestamp":"2020-01-08T19:47:13.986Z","snapshotId":\(number),"bids":[\(bids)],\
    "asks":[\(asks)],"messageType":"orderbookUpdate"\(sum)}
    """
}

func change(_ id: Int, _ status: String, open: String, trades: String = "", type: String = "Limit", more: String = "")
  -> String
{
  """
  {"orderId":\(id),"marketId":"BTC-AUD","side":"Bid","type":"\(type)","openVolume":"\(open)","status":"\(status)",\
  "triggerStatus":"","trades":[\(trades)],"timestamp":"2019-04-08T20:50:39.658Z",\(more)"messageType":"orderChange"}
  """
}

func trade(_ id: Int, _ volume: String, fee: String) -> String {
  #"{"tradeId":\#(id),"price":"50000","volume":"\#(volume)","fee":"\#(fee)","liquidityType":"Taker"}"#
}
