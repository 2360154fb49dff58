import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BitgetConnector

/// A connector with one instrument, 1 = BTCUSDT.
func ready(
  _ type: Connector.Type = BitgetSpot.self, trading: Bool = false, config: String = "{}"
) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(type, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, type == BitgetSpot.self ? symbols : contracts) == .ok)
  try #require(harness.faults.isEmpty && harness.instruments.count == 1, "\(harness.logs)")
  harness.forget()
  return harness
}

let symbols = """
  {"code":"00000","msg":"success","requestTime":1,"data":[
  {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","minTradeAmount":"0","maxTradeAmount":"0",
   "takerFeeRate":"0.002","makerFeeRate":"0.002","pricePrecision":"2","quantityPrecision":"6","status":"online",
   "minTradeUSDT":"1"}]}
  """
let contracts = """
  {"code":"00000","msg":"success","requestTime":1,"data":[
  {"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","makerFeeRate":"0.0002","takerFeeRate":"0.0006",
   "minTradeNum":"0.001","priceEndStep":"5","volumePlace":"3","pricePlace":"1","sizeMultiplier":"0.001",
   "symbolType":"perpetual","minTradeUSDT":"5","symbolStatus":"normal","maxLever":"125","maxOrderQty":"1200"},
  {"symbol":"BTCUSDTM26","baseCoin":"BTC","quoteCoin":"USDT","minTradeNum":"0.001","priceEndStep":"5",
   "volumePlace":"3","pricePlace":"1","sizeMultiplier":"0.001","symbolType":"delivery","symbolStatus":"normal"}]}
  """

/// Subscribes to channels of BTCUSDT on an open stream, whose messages have left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
  try harness.subscribed(channels)
}

/// An account whose private stream is logged in and subscribed; gives the stream.
func trading(_ harness: ConnectorHarness, _ type: String = "SPOT") throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, #"{"event":"login","code":0}"#)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  for channel in ["orders", "account", "orders-algo"] + (type == "SPOT" ? [] : ["positions"]) {
    let all = channel == "account" ? "coin" : "instId"
    harness.frame(
      stream, #"{"event":"subscribe","arg":{"instType":"\#(type)","channel":"\#(channel)","\#(all)":"default"}}"#)
  }
  harness.forget()
  return stream
}

/// The checksum of a book of one bid and one ask, as the exchange writes it.
func checksum(_ text: String) -> Int32 { Int32(bitPattern: Array(text.utf8).withUnsafeBufferPointer { CRC32.of($0) }) }

func book(_ action: String, bids: String, asks: String, checksum: Int32, seq: Int = 1) -> String {
  """
  {"action":"\(action)","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"},"data":[{"asks":[\(asks)],\
  "bids":[\(bids)],"checksum":\(checksum),"seq":\(seq),"ts":"1764288000000"}],"ts":1764288000001}
  """
}
