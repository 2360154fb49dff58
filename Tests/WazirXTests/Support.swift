import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import WazirXConnector

/// A connector with one instrument, btcinr.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(WazirXSpot.self, config: "{}")
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, symbols) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.map(\.symbol) == ["btcinr"])
  harness.forget()
  return harness
}

private let symbols = """
  {"timezone":"UTC","symbols":[{"symbol":"btcinr","status":"trading","baseAsset":"btc","quoteAsset":"inr",\
  "baseAssetPrecision":5,"quoteAssetPrecision":0,"orderTypes":["limit","stop_limit"],"isSpotTradingAllowed":true,\
  "filters":[{"filterType":"PRICE_FILTER","minPrice":"1","tickSize":"0.5"}]},\
  {"symbol":"xyzinr","status":"trading","baseAsset":"xyz","quoteAsset":"inr","isSpotTradingAllowed":false}]}
  """

let connected = #"{"data":{"timeout_duration":1800},"event":"connected"}"#

/// Account 7 with its stream, whose token has come and whose streams are confirmed.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  let stream = try asked(harness)
  harness.frame(
    stream, #"{"data":{"streams":["outboundAccountPosition","orderUpdate","ownTrade"]},"event":"subscribed","id":0}"#)
  #expect(harness.states.last?.state == .live && harness.faults.isEmpty)
  harness.forget()
  return stream
}

/// The same, whose streams have been asked for.
func asked(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, connected)
  let token = try #require(harness.requests.last { $0.url.hasSuffix("/create_auth_token") })
  harness.sent(token.id)
  harness.reply(token.id, #"{"auth_key":"Xx-dM","timeout_duration":900}"#)
  return stream
}
