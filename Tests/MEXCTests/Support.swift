import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import MEXCConnector

/// A connector with two instruments: 1 is BTCUSDT, 2 is ETHUSDT.
func ready(trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(MEXCSpot.self, config: "{}")
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last { $0.url.contains("/exchangeInfo") })
  harness.sent(request.id)
  func symbol(_ base: String, _ more: String = "") -> String {
    """
    {"symbol":"\(base)USDT","status":"1","baseAsset":"\(base)","baseAssetPrecision":8,"quoteAsset":"USDT",
    "quotePrecision":2,"baseSizePrecision":"0.000001","quoteAmountPrecision":"1","maxQuoteAmount":"2000000",
    "orderTypes":["LIMIT","MARKET","LIMIT_MAKER"],"isSpotTradingAllowed":true,"makerCommission":"0",
    "takerCommission":"0.0005"\(more)}
    """
  }
  #expect(harness.reply(request.id, #"{"symbols":[\#(symbol("BTC")),\#(symbol("ETH"))]}"#) == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 2)
  harness.forget()
  return harness
}

/// Subscribes to channels of BTCUSDT on an open stream, whose messages have left and were answered; gives the stream.
func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
  try harness.subscribed(channels)
}

/// Writes messages of Protocol Buffers.
struct Proto {
  var bytes: [UInt8] = []

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest > 127 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  func number(_ field: Int, _ value: Int) -> Proto {
    var copy = self
    copy.varint(UInt64(field) << 3)
    copy.varint(UInt64(value))
    return copy
  }

  func text(_ field: Int, _ value: String) -> Proto { part(field, Array(value.utf8)) }
  func message(_ field: Int, _ value: Proto) -> Proto { part(field, value.bytes) }

  private func part(_ field: Int, _ value: [UInt8]) -> Proto {
    var copy = self
    copy.varint(UInt64(field) << 3 | 2)
    copy.varint(UInt64(value.count))
    copy.bytes += value
    return copy
  }
}

func push(_ channel: String, _ kind: Int, _ data: Proto, symbol: String = "BTCUSDT") -> [UInt8] {
  Proto().text(1, channel).text(3, symbol).number(6, 1_764_288_000_350).message(kind, data).bytes
}

/// A change of the book: asks and bids as price and quantity.
func depth(_ first: Int, _ last: Int, bids: [(String, String)] = [], asks: [(String, String)] = []) -> [UInt8] {
  var data = Proto()
  for level in asks { data = data.message(1, Proto().text(1, level.0).text(2, level.1)) }
  for level in bids { data = data.message(2, Proto().text(1, level.0).text(2, level.1)) }
  data = data.text(3, "spot@public.aggre.depth.v3.api.pb@100ms").text(4, "\(first)").text(5, "\(last)")
  return push("spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT", 313, data)
}

/// An account whose private stream is subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let key = try #require(harness.requests.last { $0.url.contains("/userDataStream") })
  harness.reply(key.id, #"{"listenKey":"********"}"#)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for channel in ["orders", "deals", "account"] {
    harness.frame(stream, #"{"id":1,"code":0,"msg":"spot@private.\#(channel).v3.api.pb"}"#)
  }
  #expect(harness.states.last?.state == .live)
  return stream
}
