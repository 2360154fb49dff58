import JSONTree
import Matching
import Testing
import Venue

@testable import VenueExchange

/// Nothing that a client can send ends the venue, or breaks its books: every parameter of every endpoint, with values
/// that are out of every range.
@Suite struct GarbageTests {
  private static let nasty = [
    "", "0", "1", "-1", "5", "-5", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
    "99999999999999999999",
    "0.00000001", "1e64", "1e-64", "1e400", "NaN", "true", "[]", "{}", "[1,\"a\"]", "null", "%", "%zz", "a b", "\u{0}",
    "é",
    "BTCUSDT", "ETHUSDT", "XBTUSD", "BTC/USD", "BUY", "SELL", "buy", "sell", "LIMIT", "MARKET", "limit", "market",
    "GTC", "IOC",
    "0.01", "0.5", "60000", "59999.9", "60000.01", "STOP_LOSS", "stop-loss", "LONG", "SHORT", "BOTH", "CONDITIONAL",
    "STOP_MARKET",
    "post", "viqc", "mine", "ISOLATED", "STOP_ON_FAILURE", "ALLOW_FAILURE",
  ]
  private static let names = [
    "symbol", "symbols", "side", "type", "timeInForce", "quantity", "quoteOrderQty", "price", "stopPrice",
    "newClientOrderId",
    "orderId", "origClientOrderId", "cancelReplaceMode", "cancelOrderId", "newQty", "limit", "fromId", "startTime",
    "endTime",
    "page", "leverage", "marginType", "dualSidePosition", "positionSide", "reduceOnly", "closePosition", "triggerPrice",
    "algoType", "clientAlgoId", "algoId", "batchOrders", "orderIdList", "listenKey", "incomeType", "recvWindow",
  ]
  private static let krakenNames = [
    "pair", "type", "ordertype", "volume", "price", "price2", "oflags", "timeinforce", "cl_ord_id", "userref",
    "validate",
    "txid", "order_qty", "limit_price", "trigger_price", "post_only", "ofs", "start", "end", "count", "since",
    "interval",
  ]
  private static let usual = [
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "60000",
    "pair": "XBTUSD", "ordertype": "limit", "volume": "0.01", "origClientOrderId": "mine", "newClientOrderId": "mine",
    "cl_ord_id": "mine", "triggerPrice": "61000", "algoType": "CONDITIONAL",
  ]

  private static func parameters(_ names: [String], _ random: inout Random) -> String {
    var parts: [String] = []
    for name in names {
      let draw = random.below(10)
      if draw < 5, let value = usual[name] {
        parts.append("\(name)=\(value == "LIMIT" && random.below(2) == 0 ? "MARKET" : value)")
      } else if draw < 7 {
        parts.append("\(name)=\(nasty[Int(random.below(Int64(nasty.count)))])")
      }
    }
    return parts.joined(separator: "&")
  }

  @Test(arguments: [false, true], 1...3) func binance(isPerpetual: Bool, seed: UInt64) throws {
    let options = isPerpetual ? FuturesVenue.usual(seed: seed) : SpotVenue.usual(seed: seed)
    let venue: BinanceVenue = isPerpetual ? try FuturesVenue(options) : try SpotVenue(options)
    let client = BinanceClient(venue, options.accounts[0])
    var random = Random(seed: seed)
    var accepted = 0
    for step in 0..<8 {
      for name in venue.endpoints.keys.sorted() {
        let parts = name.split(separator: " ").map(String.init)
        let reply = client.signed(
          parts[0], parts[1], Self.parameters(Self.names.filter { $0 != "recvWindow" }, &random),
          address: "\(step) \(name)")
        if reply.status == 200 { accepted += 1 }
        #expect(reply.status != 0)
      }
      client.advance(10_000_000_000)
      try #require(venue.checkInvariants())
    }
    #expect(accepted > 50)
    for time in [Int64.min, -1, 0, .max] { #expect(client.signed("GET", "/none", time: time).status == 404) }
    let path = isPerpetual ? "/fapi/v3/account" : "/api/v3/account"
    for time in [Int64.min, -1, 0, .max] { #expect(client.signed("GET", path, time: time).status == 400) }
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>) func kraken(seed: UInt64) throws {
    let options = KrakenVenue.usual(seed: seed)
    let venue = try KrakenVenue(options)
    let client = KrakenClient(venue, options.accounts[0])
    var random = Random(seed: seed)
    var accepted = 0
    for _ in 0..<12 {
      for name in venue.privateEndpoints.keys.sorted() {
        client.advance(3_000_000_000)
        let reply = client.call(name, Self.parameters(Self.krakenNames, &random))
        if reply["result"] != nil { accepted += 1 }
      }
      for name in venue.publicEndpoints.keys.sorted() {
        _ = client.get("/0/public/\(name)", Self.parameters(Self.krakenNames, &random))
      }
      try #require(venue.checkInvariants())
    }
    #expect(accepted > 50)
  }

  private static let okxNames = [
    "instId", "instIdCode", "tdMode", "side", "ordType", "sz", "px", "clOrdId", "ordId", "tgtCcy", "stpMode", "newSz",
    "newPx", "slTriggerPx", "slOrdPx", "tpTriggerPx", "tpOrdPx", "algoId", "algoClOrdId", "after", "before", "begin",
    "end", "limit", "state", "instType", "ccy", "lever", "mgnMode", "posMode", "posSide", "reduceOnly",
  ]
  private static let okxUsual = [
    "instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.01", "px": "60000",
    "clOrdId": "mine", "newSz": "0.02", "instType": "SPOT", "slTriggerPx": "61000", "slOrdPx": "-1",
  ]

  @Test(arguments: [false, true], 1...3 as ClosedRange<UInt64>) func okx(isPerpetual: Bool, seed: UInt64) throws {
    let options = isPerpetual ? OKXVenue.usualPerpetuals(seed: seed) : OKXVenue.usual(seed: seed)
    let venue = try OKXVenue(options, isPerpetual: isPerpetual)
    var usual = Self.okxUsual
    if isPerpetual { (usual["instId"], usual["tdMode"], usual["instType"]) = ("BTC-USDT-SWAP", "cross", "SWAP") }
    let client = OKXClient(venue, options.accounts[0])
    var random = Random(seed: seed)
    var accepted = 0
    for _ in 0..<20 {
      for name in venue.endpoints.keys.sorted() {
        let parts = name.split(separator: " ").map(String.init)
        let isPost = parts[0] == "POST"
        func members() -> [(String, String)] {
          Self.okxNames.compactMap { name in
            let draw = random.below(10)
            if draw < 6, let value = usual[name] { return (name, value) }
            return draw < 7 ? (name, Self.nasty[Int(random.below(Int64(Self.nasty.count)))]) : nil
          }
        }
        func item() -> String { JSONWriter.compact(.make(members().map { ($0.0, .s($0.1)) })) }
        let body = random.below(3) == 0 ? "[\(item()),\(item()),1]" : item()
        let query = members().map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        let reply = client.signed(parts[0], parts[1], query: isPost ? "" : query, body: isPost ? body : "")
        if Client.json(reply)["code"]?.string == "0" { accepted += 1 }
        #expect(reply.status != 0)
      }
      client.advance(2_000_000_000)
      try #require(venue.checkInvariants())
    }
    #expect(accepted > 50)
  }

  @Test(arguments: 1...3 as ClosedRange<UInt64>) func frames(seed: UInt64) throws {
    var random = Random(seed: seed)
    let options = KrakenVenue.usual(seed: seed)
    let venues: [(EngineVenue, [String])] = [
      (try SpotVenue(SpotVenue.usual(seed: seed)), ["/ws", "/stream", "/ws-api/v3"]),
      (try FuturesVenue(FuturesVenue.usual(seed: seed)), ["/market/ws", "/private/stream"]),
      (try KrakenVenue(options), ["/v2"]),
      (try OKXVenue(OKXVenue.usual(seed: seed)), ["/ws/v5/public", "/ws/v5/private"]),
    ]
    let words = [
      "{", "}", "[", "]", ",", ":", "\"method\"", "\"SUBSCRIBE\"", "\"subscribe\"", "\"params\"", "\"id\"", "1", "-1",
      "\"btcusdt@trade\"", "\"channel\"", "\"book\"", "\"symbol\"", "[\"BTC/USD\"]", "\"depth\"", "10", "null", "1e999",
      "\"token\"", "\"op\"", "\"login\"", "\"args\"", "\"instId\"", "\"books\"", "[{}]",
      "\"order.place\"", "\"add_order\"", "\u{0}", "é",
    ]
    let whole = [
      #"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":-1}}"#,
      #"{"method":"subscribe","params":{"channel":"book","symbol":"BTC/USD","depth":1e99}}"#,
      #"{"method":"subscribe","params":[]}"#, #"{"method":"add_order","params":null}"#,
      #"{"method":"SUBSCRIBE","params":{}}"#,
      #"{"method":"SUBSCRIBE","params":["@","btcusdt@","!","@@@"],"id":{}}"#,
      #"{"id":[],"method":"order.place","params":[1]}"#,
      #"{"id":1,"method":"userDataStream.unsubscribe","params":{"subscriptionId":-99999999999999999999}}"#, "[]", "1",
      "", #"{"op":"subscribe","args":{}}"#, #"{"op":"subscribe","args":[1,[],{"channel":7}]}"#,
      #"{"op":"login","args":[[]]}"#, #"{"op":"order","args":[{"instIdCode":-9223372036854775808}],"id":{}}"#,
      #"{"op":"login","args":[{"timestamp":"999999999999999"}]}"#, "ping",
    ]
    for (venue, paths) in venues {
      let client = Client(venue, options.accounts[0])
      for number in 0..<60 {
        let socket = client.open(
          paths[number % paths.count], query: number % 3 == 0 ? "streams=//@//btcusdt@depth" : "listenKey=%")
        for text in whole.indices.contains(number) ? [whole[number]] : [] { client.say(text, on: socket) }
        for _ in 0..<3 {
          let text = (0..<random.below(14)).map { _ in words[Int(random.below(Int64(words.count)))] }.joined()
          client.say(text, on: socket)
        }
        client.advance(200_000_000)
      }
      #expect(venue.checkInvariants())
    }
  }
}
