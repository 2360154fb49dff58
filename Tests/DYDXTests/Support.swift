import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import DYDXConnector

/// A connector with two instruments, BTC-USD and ETH-USD.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(DYDXPerpetual.self)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  #expect(request.url == "https://indexer.dydx.trade/v4/perpetualMarkets")
  harness.sent(request.id)
  #expect(harness.reply(request.id, markets) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.map(\.symbol) == ["BTC-USD", "ETH-USD"])
  return harness
}

private let markets = """
  {"markets":{"BTC-USD":{"clobPairId":"0","ticker":"BTC-USD","status":"ACTIVE","oraclePrice":"60387.51779",\
  "nextFundingRate":"0.00001351666666666667","initialMarginFraction":"0.05","tickSize":"1","stepSize":"0.0001"},\
  "ETH-USD":{"clobPairId":"1","ticker":"ETH-USD","status":"ACTIVE","oraclePrice":"2623.2521",\
  "nextFundingRate":"0.00001","initialMarginFraction":"0.03","tickSize":"0.1","stepSize":"0.001"}}}
  """

/// A message of the indexer.
func message(
  _ number: Int, _ channel: String, _ contents: String, kind: String = "channel_data", id: String = "BTC-USD",
  connection: String = "2ddf629d-ee78"
) -> String {
  #"{"type":"\#(kind)","connection_id":"\#(connection)","message_id":\#(number),"id":"\#(id)","#
    + #""channel":"\#(channel)","version":"1.0.0","contents":\#(contents)}"#
}

let wholeBook = #"{"bids":[{"price":"100","size":"1"}],"asks":[{"price":"101","size":"2"}]}"#

/// Account 7 with its stream, which is live.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, #"{"type":"connected","connection_id":"2ddf629d-ee78","message_id":0}"#)
  let frame = try #require(harness.requests.last { $0.permission == "subscribe_account" })
  harness.sent(frame.id)
  harness.frame(
    stream,
    message(
      1, "v4_subaccounts",
      #"{"subaccount":{"openPerpetualPositions":{},"assetPositions":{}},"orders":[],"blockHeight":"1"}"#,
      kind: "subscribed", id: "dydx1/0"))
  #expect(harness.states.last?.state == .live && harness.faults.isEmpty)
  harness.forget()
  return stream
}
