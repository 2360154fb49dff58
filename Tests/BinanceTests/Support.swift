import BinanceConnector
import CPatchbay
import ConnectorKit
import ConnectorTestKit

/// A started connector that knows two markets: 1 is BTCUSDT (prices in cents), 2 is ETHBTC (eight places).
func startedConnector(config: String = "{}") throws -> ConnectorHarness {
  let harness = try ConnectorHarness(BinanceSpot.self, config: config)
  harness.start()
  harness.command(.instruments)
  let request = harness.requests.last?.id ?? 0
  harness.reply(request, exchangeInfo)
  harness.forget()
  return harness
}

let btcusdt: pb_id = 1
let ethbtc: pb_id = 2

let exchangeInfo = """
  {"timezone":"UTC","rateLimits":[
    {"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000},
    {"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":100},
    {"rateLimitType":"NEW_KIND","interval":"SECOND","intervalNum":10,"limit":100}],
  "symbols":[
    \(symbolEntry("BTCUSDT", "BTC", "USDT", tick: "0.01", lot: "0.001")),
    \(symbolEntry("ETHBTC", "ETH", "BTC", tick: "0.00000100", lot: "0.00010000"))]}
  """

func symbolEntry(
  _ symbol: String, _ base: String, _ quote: String, tick: String, lot: String, status: String = "TRADING",
  more: String = ""
) -> String {
  """
  {"symbol":"\(symbol)","status":"\(status)","baseAsset":"\(base)","quoteAsset":"\(quote)",
   "orderTypes":["LIMIT","LIMIT_MAKER","MARKET","STOP_LOSS_LIMIT","SOMETHING_NEW"],"isSpotTradingAllowed":true,
   "filters":[{"minPrice":"\(tick)","maxPrice":"1000000","tickSize":"\(tick)","filterType":"PRICE_FILTER"},
    {"filterType":"LOT_SIZE","minQty":"\(lot)","maxQty":"9000","stepSize":"\(lot)"},
    {"filterType":"PERCENT_PRICE","multiplierUp":"5","odd":[{"deep":[1,null]}]}\(more)]}
  """
}

func depth(
  _ first: UInt64, _ last: UInt64, bids: String = #"[["100.01","2.000"]]"#, asks: String = #"[["100.03","0.000"]]"#
) -> String {
  #"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000123,"s":"BTCUSDT","#
    + #""U":\#(first),"u":\#(last),"b":\#(bids),"a":\#(asks)}}"#
}

func snapshot(_ last: UInt64) -> String {
  #"{"lastUpdateId":\#(last),"bids":[["100.00","1.500"],["99.99","3"]],"asks":[["100.02","0.010"]]}"#
}

extension ConnectorHarness {
  /// Subscribes and opens the stream; gives the command and the id of the SUBSCRIBE frame, which is not yet sent.
  func subscribe(_ instrument: pb_id, _ channels: Channels, depth: UInt32 = 0) -> (command: pb_id, request: pb_id) {
    let command = command(.subscribe) {
      $0.instrument = instrument
      $0.channel = channels.rawValue
      $0.depth = depth
    }
    if let stream = opens.last?.stream { opened(stream) }
    return (command, requests.last { $0.stream != 0 }?.id ?? 0)
  }

  /// A SUBSCRIBE left, and the venue has confirmed it.
  func confirm(_ request: pb_id, on stream: pb_id = 1) {
    sent(request)
    frame(stream, #"{"result":null,"id":\#(request)}"#)
  }

  func unsubscribe(_ instrument: pb_id, _ channels: Channels) -> pb_id {
    command(.unsubscribe) {
      $0.instrument = instrument
      $0.channel = channels.rawValue
    }
  }

  /// The frames that went out on streams.
  var frames: [String] { requests.filter { $0.stream != 0 }.map(\.body) }

  /// The request for a snapshot that is not answered yet.
  var snapshotRequest: pb_id? { requests.last { $0.url.contains("/depth?") }?.id }

  /// A book of BTCUSDT that is live at update 160, behind a snapshot at 150; what led there is forgotten.
  func liveBook() -> pb_id {
    let (_, request) = subscribe(btcusdt, .book)
    let stream = opens[0].stream
    confirm(request, on: stream)
    frame(stream, BinanceTests.depth(141, 155))
    reply(snapshotRequest ?? 0, snapshot(150))
    frame(stream, BinanceTests.depth(156, 160))
    forget()
    return stream
  }
}
