import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BitrueConnector

/// A connector with two instruments: 1 is BTC-USDT, 2 is SHA-BTC.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(BitrueSpot.self)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, symbols) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

/// Assets are written small; a filter may say its step or the number of decimals.
let symbols = """
  {"timezone":"CTT","serverTime":1635464889117,"rateLimits":[],"exchangeFilters":[],"symbols":[
  {"symbol":"BTCUSDT","status":"TRADING","baseAsset":"btc","quoteAsset":"usdt","orderTypes":["MARKET","LIMIT"],
   "filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01","priceScale":2},
   {"filterType":"LOT_SIZE","minQty":"0.0001","minVal":"5","maxQty":"1000","stepSize":"0.0001","volumeScale":4}]},
  {"symbol":"SHABTC","status":"HALT","baseAsset":"sha","quoteAsset":"btc","filters":[
   {"filterType":"PRICE_FILTER","minPrice":"0.00000001349","maxPrice":"0.00000017537","priceScale":10},
   {"filterType":"LOT_SIZE","minQty":"1.0","minVal":"0.00020","maxQty":"1000000000","volumeScale":0}]}],
  "coins":[{"coin":"sbr","chains":["SOLANA"],"withdrawFee":"2.0"}]}
  """

/// Subscribes to one channel of BTC-USDT on an open stream, whose message has left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channel: Channels) throws -> pb_id {
  try harness.subscribed(channel)
}

/// An account whose private stream is live; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  harness.reply(try #require(harness.requests.last).id, #"{"msg":"succ","code":200,"data":{"listenKey":"****"}}"#)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  for channel in ["user_order_update", "user_balance_update"] { harness.frame(stream, answer("subed", channel)) }
  #expect(harness.states.last?.state == .live)
  return stream
}

func answer(_ event: String, _ channel: String, _ status: String = "ok") -> String {
  #"{"channel":"\#(channel)","cb_id":"btcusdt","event_rep":"\#(event)","status":"\#(status)","ts":1663815268584}"#
}

func push(_ channel: String, _ tick: String) -> String {
  #"{"channel":"market_btcusdt_\#(channel)","ts":1663815268584,"tick":\#(tick)}"#
}
