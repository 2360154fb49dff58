import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import GateIOConnector

/// A connector with two instruments: 1 is BTC_USDT, 2 is ETH_USDT, which can only be sold.
func ready(trading: Bool = false, config: String = "{}") throws -> ConnectorHarness {
  let harness = try ConnectorHarness(GateSpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let body = """
    [{"id":"BTC_USDT","base":"BTC","quote":"USDT","fee":"0.2","min_base_amount":"0.00001","min_quote_amount":"1",
    "max_quote_amount":"5000000","amount_precision":6,"precision":1,"trade_status":"tradable","sell_start":0},
    {"id":"ODD_USDT","base":"ODD","quote":"USDT","fee":"0.2","amount_precision":6,"trade_status":"tradable"},
    {"id":"ETH_USDT","base":"ETH","quote":"USDT","fee":"0.2","min_base_amount":null,"min_quote_amount":"1",
    "amount_precision":4,"precision":2,"trade_status":"sellable"}]
    """
  #expect(harness.reply(try #require(harness.requests.last).id, body) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

/// Subscribes to channels of BTC_USDT on an open stream, whose messages have left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels, depth: UInt32 = 0) throws -> pb_id {
  try harness.subscribed(channels, depth: depth)
}

/// The answer to a subscription.
func answer(_ channel: String, id: pb_id? = nil, event: String = "subscribe", error: String = "null") -> String {
  let number = id.map { "\($0)" } ?? "null"
  return """
    {"time":1764288000,"time_ms":1764288000100,"id":\(number),"conn_id":"a","channel":"\(channel)","event":"\(event)",\
    "error":\(error),"result":{"status":"success"}}
    """
}

func update(_ channel: String, _ result: String) -> String {
  #"{"time":1764288000,"time_ms":1764288000100,"channel":"\#(channel)","event":"update","result":\#(result)}"#
}

func book(_ first: Int, _ last: Int, bids: String, asks: String = "", full: Bool = false) -> String {
  update(
    "spot.order_book_update",
    """
    {"t":1764288000050,"full":\(full),"l":"100","e":"depthUpdate","E":1764288000,"s":"BTC_USDT","U":\(first),\
    "u":\(last),"b":[\(bids)],"a":[\(asks)]}
    """)
}

/// A book by request, of one bid and one ask.
func snapshot(_ id: Int) -> String {
  #"{"id":\#(id),"current":1764288000000,"update":1764288000000,"asks":[["50001","2"]],"bids":[["50000","1"]]}"#
}

/// An account whose private stream is subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for channel in ["spot.orders", "spot.usertrades", "spot.balances", "spot.priceorders"] {
    harness.frame(stream, answer(channel))
  }
  return stream
}
