import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import DeriveConnector

/// A connector with two instruments: 1 is BTC-PERP, 2 is ETH-PERP, or of spot BTC-USDC and ETH-USDC.
func ready(
  _ type: DeriveConnector.Type = DerivePerpetual.self, config: String = "{}", trading: Bool = false
) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(type, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  let isPerpetual = type.product == .perpetual
  let entries = ["BTC", "ETH"].map { base in
    let name = base + (isPerpetual ? "-PERP" : "-USDC")
    return entry(name, base, isPerpetual ? "perp" : "erc20")
  }
  #expect(harness.reply(request.id, list(entries)) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

func list(_ entries: [String]) -> String {
  """
  {"id":"1","result":{"instruments":[\(entries.joined(separator: ","))],"pagination":{"num_pages":1,"count":2}}}
  """
}

func entry(
  _ name: String, _ base: String, _ type: String, address: String = "0x4200000000000000000000000000000000000042",
  part: String = "0"
) -> String {
  """
  {"instrument_type":"\(type)","instrument_name":"\(name)","is_active":true,"tick_size":"0.1","minimum_amount":"0.001",
   "maximum_amount":"1000","amount_step":"0.001","maker_fee_rate":"0.0001","taker_fee_rate":"0.0003","base_fee":"0.5",
   "base_currency":"\(base)","quote_currency":"USDC","perp_details":{"index":"BTC-USD",
   "srm_perp_margin_requirements":{"max_leverage":"15.15"}},"base_asset_address":"\(address)",
   "base_asset_sub_id":"\(part)"}
  """
}

/// Subscribes to channels of the first instrument on an open stream, whose messages have left; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
  try harness.subscribed(channels)
}

/// An account whose private stream is logged in and subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, #"{"id":1,"result":[37799]}"#)
  for channel in ["orders", "trades", "balances"] {
    harness.frame(stream, #"{"id":2,"result":{"status":{"37799.\#(channel)":"ok"},"current_subscriptions":[]}}"#)
  }
  return stream
}

func book(_ number: Int, bid: String, ask: String) -> String {
  """
  {"method":"subscription","params":{"channel":"orderbook.BTC-PERP.1.100","data":{"timestamp":1764288000200,\
  "instrument_name":"BTC-PERP","publish_id":\(number),"bids":[["\(bid)","0.927"]],"asks":[["\(ask)","1.391"]]}}}
  """
}
