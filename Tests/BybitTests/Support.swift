import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BybitConnector

/// A spot connector with two instruments: 1 is BTCUSDT, 2 is ETHUSDT.
func ready(trading: Bool = false, config: String = "{}") throws -> ConnectorHarness {
  let harness = try ConnectorHarness(BybitSpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  func entry(_ base: String, _ status: String, tick: String) -> String {
    """
    {"symbol":"\(base)USDT","baseCoin":"\(base)","quoteCoin":"USDT","innovation":"0","status":"\(status)",
    "lotSizeFilter":{"basePrecision":"0.000001","quotePrecision":"0.0000001","minOrderQty":"0.000048",
    "maxOrderQty":"71.7","minOrderAmt":"5","maxOrderAmt":"2000000","maxLimitOrderQty":"230"},
    "priceFilter":{"tickSize":"\(tick)"}}
    """
  }
  let list = [entry("BTC", "Trading", tick: "0.1"), entry("ETH", "Trading", tick: "0.01"), entry("ODD", "?", tick: "x")]
  harness.reply(request.id, #"{"retCode":0,"result":{"category":"spot","list":[\#(list.joined(separator: ","))]}}"#)
  return harness
}

/// Subscribes to channels of an instrument on a stream that is open, whose messages have left; gives the stream.
func subscribed(
  _ harness: ConnectorHarness, _ channels: Channels, of instrument: pb_id = 1, depth: UInt32 = 50
) throws -> pb_id {
  try harness.subscribed(channels, of: instrument, depth: depth)
}

/// The exchange's answer to a message on a public stream.
func answer(_ request: pb_id, _ words: String = "", op: String = "subscribe") -> String {
  #"{"success":\#(words.isEmpty),"ret_msg":"\#(words)","conn_id":"c","req_id":"\#(request)","op":"\#(op)"}"#
}

func book(_ type: String, _ number: Int, depth: Int = 50, bids: String, asks: String) -> String {
  """
  {"topic":"orderbook.\(depth).BTCUSDT","ts":1672304484978,"type":"\(type)","data":{"s":"BTCUSDT","b":[\(bids)],
  "a":[\(asks)],"u":\(number),"seq":7961638724},"cts":1672304484976}
  """
}

/// An account whose private stream is logged in and subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, #"{"success":true,"ret_msg":"","op":"auth","conn_id":"c"}"#)
  for _ in 0..<3 { harness.frame(stream, #"{"success":true,"ret_msg":"","op":"subscribe","conn_id":"c"}"#) }
  return stream
}
