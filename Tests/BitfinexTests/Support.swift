import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BitfinexConnector

/// A connector with three instruments: 1 is tBTCUSD, 2 is tAVAX:UST, 3 is tETHBTC.
func ready(trading: Bool = false, config: String = "{}") throws -> ConnectorHarness {
  let harness = try ConnectorHarness(BitfinexSpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last { $0.url.hasSuffix("/v2/conf/pub:info:pair") })
  harness.sent(request.id)
  func pair(_ name: String) -> String { #"["\#(name)",[null,null,null,"0.00004","2000.0",null,null,null,0.2,0.1]]"# }
  let odd = #"["ODDNAME",[null,null,null,"1","2"]]"#
  let list = [pair("BTCUSD"), pair("AVAX:UST"), pair("ETHBTC"), pair("BTCF0:USTF0"), odd].joined(separator: ",")
  #expect(harness.reply(request.id, "[[\(list)]]") == .ok)
  #expect(harness.faults.isEmpty && harness.instruments.count == 3)
  harness.forget()
  return harness
}

/// Subscribes to channels of an instrument on an open stream, whose messages have left and were answered: the book's
/// number is 11, that of trades 12, the ticker's 13, and so on by tens for further instruments. Gives the stream.
@discardableResult
func subscribed(_ harness: ConnectorHarness, _ channels: Channels, instrument: pb_id = 1) throws -> pb_id {
  let before = harness.opens.count
  harness.command(.subscribe) {
    $0.instrument = instrument
    $0.channel = channels.rawValue
  }
  let stream = try #require(harness.opens.last).stream
  if harness.opens.count > before { harness.opened(stream) }
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  let symbol = ["tBTCUSD", "tAVAX:UST", "tETHBTC"][Int(instrument) - 1]
  for (place, one) in [Channels.book, .trades, .ticker].enumerated() where channels.contains(one) {
    let number = Int(instrument) * 10 + 1 + place
    harness.frame(stream, confirmation(["book", "trades", "ticker"][place], number, symbol))
  }
  return stream
}

func confirmation(_ channel: String, _ number: Int, _ symbol: String = "tBTCUSD", precision: String = "P0") -> String {
  let more = channel == "book" ? #","prec":"\#(precision)","freq":"F0","len":"250""# : ""
  return #"{"event":"subscribed","channel":"\#(channel)","chanId":\#(number),"symbol":"\#(symbol)"\#(more)}"#
}

/// The book that tests begin with, of the number 11: bids at 100 and 0.00000002, an ask at 101.
func snapshot(_ number: Int, channel: Int = 11) -> String {
  "[\(channel),[[100,1,1.5],[2e-8,2,3],[101,1,-2]],\(number),1764288000100]"
}

/// An account whose private stream is subscribed; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  harness.frame(stream, #"{"event":"info","version":2,"serverId":"a","platform":{"status":1}}"#)
  harness.frame(stream, #"{"event":"auth","status":"OK","chanId":0,"userId":1}"#)
  for request in harness.requests where request.stream == stream { harness.sent(request.id) }
  harness.frame(stream, #"{"event":"conf","status":"OK","flags":65536}"#)
  #expect(harness.states.last?.state == .live)
  return stream
}

/// An order as the exchange writes it: of 0.012 bitcoin, bought at 50000.
func order(
  _ id: Int, client: String = "7", left: String = "0.012", whole: String = "0.012", type: String = "EXCHANGE LIMIT",
  before: String = "null", flags: String = "0", status: String = "ACTIVE", price: String = "50000",
  limit: String = "0", symbol: String = "tBTCUSD"
) -> String {
  """
  [\(id),null,\(client),"\(symbol)",1764288000000,1764288000100,\(left),\(whole),"\(type)",\(before),null,null,\
  \(flags),"\(status)",null,null,\(price),0,0,\(limit),null,null,null,0,0,null,null,null,"API>BFX",null,null,{}]
  """
}

/// The answer to a request that changes something.
func notice(_ type: String, _ data: String, status: String = "SUCCESS", text: String = "") -> String {
  #"[1764288000,"\#(type)",null,null,\#(data),null,"\#(status)","\#(text)"]"#
}
