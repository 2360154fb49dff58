import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import KuCoinConnector

/// A connector with two instruments: 1 is BTC-USDT, 2 is ETH-USDT.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(KuCoinSpot.self, config: "{}")
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  #expect(request.url == "https://api.kucoin.com/api/v2/symbols")
  func symbol(_ base: String, _ isTrading: Bool) -> String {
    """
    {"symbol":"\(base)-USDT","name":"\(base)-USDT","baseCurrency":"\(base)","quoteCurrency":"USDT",
    "baseMinSize":"0.00001","quoteMinSize":"0.1","baseMaxSize":"10000000000","baseIncrement":"0.0001",
    "quoteIncrement":"0.000001","priceIncrement":"0.1","minFunds":"0.1","enableTrading":\(isTrading)}
    """
  }
  #expect(
    harness.reply(request.id, #"{"code":"200000","data":[\#(symbol("BTC", true)),\#(symbol("ETH", false))]}"#) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

/// An answer that says where a stream is to be opened.
func address(
  _ endpoint: String = "wss://ws-api-spot.kucoin.com/", token: String = "t/1==", ping: Int = 18_000
) -> String {
  """
  {"code":"200000","data":{"token":"\(token)","instanceServers":[{"endpoint":"\(endpoint)","encrypt":true,
  "protocol":"websocket","pingInterval":\(ping),"pingTimeout":10000},{"endpoint":"wss://other.kucoin.com/"}]}}
  """
}

/// Answers the question where a stream is to be opened; gives the stream, which stands and has welcomed us.
func opened(_ harness: ConnectorHarness, _ answer: String = address()) throws -> pb_id {
  let request = try #require(harness.requests.last { $0.url.contains("/bullet-") })
  #expect(harness.reply(request.id, answer) == .ok)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  harness.frame(stream, #"{"id":"1","type":"welcome"}"#)
  return stream
}

/// Subscribes to channels of BTC-USDT on a stream whose messages have left and are answered; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
  harness.command(.subscribe) {
    $0.instrument = 1
    $0.channel = channels.rawValue
  }
  let stream = try opened(harness)
  for request in harness.requests where request.stream == stream {
    harness.sent(request.id)
    harness.frame(stream, #"{"id":"\#(request.id)","type":"ack"}"#)
  }
  return stream
}

/// An account whose private stream is subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try opened(harness, address(token: "*****"))
  for request in harness.requests where request.stream == stream {
    harness.frame(stream, #"{"id":"\#(request.id)","type":"ack"}"#)
  }
  return stream
}

func update(_ first: Int, _ last: Int, bids: String = "", asks: String = "") -> String {
  """
  {"data":{"changes":{"asks":[\(asks)],"bids":[\(bids)]},"sequenceStart":\(first),"sequenceEnd":\(last),
  "symbol":"BTC-USDT","time":1764288000000},"subject":"trade.l2update","topic":"/market/level2:BTC-USDT",
  "type":"message"}
  """
}

/// Levels from a price on, down or up by a tick of 0.1.
func levels(_ count: Int, from price: Int, by step: Int) -> String {
  (0..<count).map { place in
    let ticks = price * 10 + place * step
    return "[\"\(ticks / 10).\(ticks % 10)\",\"1\"]"
  }.joined(separator: ",")
}

func snapshot(_ sequence: Int, levels count: Int) -> String {
  """
  {"code":"200000","data":{"time":1764288000000,"sequence":"\(sequence)",
  "bids":[\(levels(count, from: 50_000, by: -1))],"asks":[\(levels(count, from: 50_001, by: 1))]}}
  """
}
