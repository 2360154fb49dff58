import Decimals
import Foundation
import JSONTree
import Testing

/// A recording of a few lines in Binance's format, made for these tests: one symbol whose book is begun by a snapshot
/// and changed by six updates, and two trades.
private struct TinyCapture {
  static let exchangeInfo = """
    {"timezone": "UTC", "serverTime": 1767607200000, "rateLimits": [], "exchangeFilters": [], "symbols": [
      {"symbol": "SALTUSDT", "status": "TRADING", "baseAsset": "SALT", "baseAssetPrecision": 8, "quoteAsset": "USDT",
       "quotePrecision": 8, "quoteAssetPrecision": 8, "orderTypes": ["LIMIT", "MARKET"], "icebergAllowed": true,
       "isSpotTradingAllowed": true, "isMarginTradingAllowed": false, "permissions": ["SPOT"],
       "filters": [
         {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000.00000000",
          "tickSize": "0.01000000"},
         {"filterType": "LOT_SIZE", "minQty": "0.00100000", "maxQty": "9000.00000000", "stepSize": "0.00100000"},
         {"filterType": "MIN_NOTIONAL", "minNotional": "10.00000000", "applyToMarket": true, "avgPriceMins": 5}]}]}
    """

  private(set) var lines: [String] = []

  init() throws {
    try add("http_response", url: "https://api.binance.com/api/v3/exchangeInfo", Self.exchangeInfo)
    try add(
      "ws_open", url: "wss://stream.binance.com:9443/stream?streams=saltusdt@depth@100ms/saltusdt@aggTrade", nil)
    // One that the snapshot holds already, and one that reaches over it.
    try update(95, 98, bids: [("9.00", "1")], asks: [])
    try update(99, 102, bids: [("10.01", "0.500")], asks: [])
    try add(
      "http_response", url: "https://api.binance.com/api/v3/depth?symbol=SALTUSDT&limit=5000",
      """
      {"lastUpdateId": 100, "bids": [["10.00000000", "2.00000000"], ["9.99000000", "1.00000000"]],
       "asks": [["10.02000000", "1.00000000"], ["10.05000000", "3.00000000"]]}
      """)
    try update(103, 103, bids: [], asks: [("10.02", "0.250")])
    try trade(7, "10.02", "0.750", buyerIsMaker: false)
    try update(104, 107, bids: [("9.99", "0")], asks: [("10.03", "4")])
    try trade(8, "10.01", "0.100", buyerIsMaker: true)
    try update(108, 108, bids: [("10.01", "0.400")], asks: [])
    try update(109, 110, bids: [("10.00", "2.125")], asks: [("10.02", "0")])
  }

  private mutating func add(_ kind: String, url: String? = nil, _ data: String?) throws {
    var fields: [String: Any] = ["conn": "spot", "dir": "in", "kind": kind, "t": 1_767_607_200 + lines.count]
    fields["url"] = url
    fields["data"] = data
    let line = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
    lines.append(String(decoding: line, as: UTF8.self))
  }

  private mutating func update(_ first: Int, _ last: Int, bids: [(String, String)], asks: [(String, String)]) throws {
    func levels(_ side: [(String, String)]) -> String {
      "[" + side.map { "[\"\($0.0)000000\",\"\($0.1)\"]" }.joined(separator: ",") + "]"
    }
    try add(
      "ws_text",
      #"{"stream":"saltusdt@depth@100ms","data":{"e":"depthUpdate","E":1767607201000,"s":"SALTUSDT","U":\#(first),"#
        + #""u":\#(last),"b":\#(levels(bids)),"a":\#(levels(asks))}}"#)
  }

  private mutating func trade(_ id: Int, _ price: String, _ quantity: String, buyerIsMaker: Bool) throws {
    try add(
      "ws_text",
      #"{"stream":"saltusdt@aggTrade","data":{"e":"aggTrade","E":1767607202001,"s":"SALTUSDT","a":\#(id),"#
        + #""p":"\#(price)","q":"\#(quantity)","f":1,"l":1,"T":1767607202000,"m":\#(buyerIsMaker),"M":true}}"#)
  }
}

@Suite struct ReplayCommandTests {
  private let scratch: Scratch
  private let file: String

  init() throws {
    scratch = try Scratch()
    file = try scratch.write(TinyCapture().lines.joined(separator: "\n") + "\n", "binance-2026-01-05.jsonl")
  }

  private func replay(_ options: String...) throws -> String {
    let result = try run(["\(buildFolder)/patchbay", "replay", file, "--connector", "binance"] + options)
    #expect(result.status == 0 && result.errors == "", "\(result.errors)")
    return result.output
  }

  @Test func printsTheBookForPeople() throws {
    let text = try replay()
    #expect(text.contains("SALTUSDT  2 bids, 2 asks, sequence 110, 5 updates\n"))
    let rows = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      .filter { ["ask", "bid"].contains($0.first) }
    #expect(rows.map(\.first) == ["ask", "ask", "bid", "bid"])
    let printed = try levels(rows.map { Array($0.dropFirst()) })
    #expect(try printed == levels([["10.05", "3"], ["10.03", "4"], ["10.01", "0.4"], ["10", "2.125"]]))
    #expect(text.contains("\n  SALTUSDT  2\n") && text.contains("\nno gaps\n"))
    #expect(text.contains("11 lines, ") && text.contains(" 0 malformed, 0 unreadable\n"))
    #expect(try replay("--depth", "1").contains("10.05") == false)
  }

  @Test func printsTheSameAsJSON() throws {
    let found = try JSONDocument.parse(text: replay("--json", "--checkpoints", "5,7"))
    let book = try #require(found["books"]?["SALTUSDT"])
    #expect(book["ready"] == true && book["last_sequence"]?.number == "110" && book["updates"]?.number == "5")
    #expect(try levels(book["bids"]) == levels([["10.01", "0.4"], ["10", "2.125"]]))
    #expect(try levels(book["asks"]) == levels([["10.03", "4"], ["10.05", "3"]]))
    let trades = try #require(found["trades"]?["SALTUSDT"])
    #expect(trades["count"]?.number == "2")
    #expect(trades["first"]?["id"] == "7" && trades["first"]?["taker_side"] == "buy")
    #expect(try decimal(trades["last"]?["price"]) == Decimal64("10.01") && trades["last"]?["taker_side"] == "sell")
    #expect(trades["last"]?["time_ns"]?.number == "1767607202000000000")
    // Behind the snapshot the update that reaches over it has been joined already.
    let points = try #require(found["checkpoints"]?.array)
    let (first, last) = (points.first?["books"]?["SALTUSDT"]?.array, points.last?["books"]?["SALTUSDT"]?.array)
    #expect(try levels(first?.first) == levels([["10.01", "0.5"], ["10", "2"], ["9.99", "1"]]))
    #expect(try levels(first?.last) == levels([["10.02", "1"], ["10.05", "3"]]))
    #expect(try levels(last?.last) == levels([["10.02", "0.25"], ["10.05", "3"]]))
    #expect(found["gaps"] == [])
  }

  @Test func noticesALostLine() throws {
    for (dropped, noticed) in [(5, "7"), (7, "9"), (9, "10")] {
      let found = try JSONDocument.parse(text: replay("--json", "--drop", "\(dropped)"))
      #expect(found["gaps"]?.array?.map { $0["line"]?.number } == [noticed])
      #expect(found["gaps"]?.array?.first?["symbol"] == "SALTUSDT")
      #expect(found["books"]?["SALTUSDT"]?["ready"] == false && found["books"]?["SALTUSDT"]?["bids"] == [])
    }
    let text = try replay("--drop", "7")
    #expect(text.contains("\ngaps\n  line 9  SALTUSDT  ") && text.contains("SALTUSDT  not ready: "))
    // Trades are not numbered without gaps: one that is lost is only not counted.
    #expect(try replay("--drop", "6").contains("\n  SALTUSDT  1\n"))
  }

  @Test func tellsWhatIsWrongWithARecording() throws {
    var lines = try TinyCapture().lines
    lines[3] = #"{"t": "soon"}"#
    for (text, words) in [
      (lines.joined(separator: "\n"), ":4: \"t\" is not a time"), ("", "the recording has no lines"),
    ] {
      let broken = try scratch.write(text, "broken.jsonl")
      let result = try run("\(buildFolder)/patchbay", "replay", broken, "--connector", "binance")
      #expect(result.status == 1 && result.output == "")
      #expect(result.errors.contains(words) && result.errors.contains("broken.jsonl"), "\(result.errors)")
    }
  }
}

/// A recording of a few lines in Kraken's format, in either version of its protocol: one book, in mixed case.
private enum TinyKraken {
  static func lines(_ url: String, _ frames: [(isIncoming: Bool, text: String)]) throws -> [String] {
    let pairs = """
      {"error": [], "result": {"TSLAxUSD": {"altname": "TSLAxUSD", "wsname": "TSLAx/USD", "base": "TSLAx",
        "quote": "USD", "pair_decimals": 2, "lot_decimals": 8, "lot_multiplier": 1, "fees": [[0, 0.4]],
        "ordermin": "1", "costmin": "0.5", "tick_size": "0.01", "status": "online"}}}
      """
    func line(_ kind: String, _ fields: [String: Any]) throws -> String {
      var fields = fields
      fields["kind"] = kind
      fields["t"] = 1_790_000_000
      fields["dir"] = fields["dir"] ?? "in"
      let bytes = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
      return String(decoding: bytes, as: UTF8.self)
    }
    return [
      try line("http_response", ["conn": "rest", "url": "https://api.kraken.com/0/public/AssetPairs", "data": pairs]),
      try line("ws_open", ["conn": "ws", "url": url]),
    ] + (try frames.map { try line("ws_text", ["conn": "ws", "dir": $0.isIncoming ? "in" : "out", "data": $0.text]) })
  }

  static let second = [
    (false, #"{"method":"subscribe","params":{"channel":"book","symbol":["TSLAx/USD"],"depth":10},"req_id":1}"#),
    (
      true, #"{"channel":"book","type":"snapshot","data":[{"symbol":"TSLAx/USD","bids":[{"price":310.10,"#
        + #""qty":2.00000000}],"asks":[{"price":310.40,"qty":1.00000000}],"checksum":1956573383}]}"#
    ),
  ]
  static let first = [
    (false, #"{"event":"subscribe","pair":["TSLAx/USD"],"subscription":{"name":"book","depth":10}}"#),
    (
      true, #"[5,{"as":[["310.40","1.00000000","1790000000.1"]],"bs":[["310.10","2.00000000","1790000000.1"]]},"#
        + #""book-10","TSLAx/USD"]"#
    ),
  ]
}

/// Which protocol a recording speaks, and replays of which nothing came.
@Suite struct ReplayProtocolTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func replay(
    _ url: String, _ frames: [(Bool, String)], _ options: String..., connector: String = "kraken"
  ) throws -> (status: Int32, output: String, errors: String) {
    let lines = try TinyKraken.lines(url, frames.map { (isIncoming: $0.0, text: $0.1) })
    let file = try scratch.write(lines.joined(separator: "\n") + "\n", "kraken-2026-09-21.jsonl")
    return try run(["\(buildFolder)/patchbay", "replay", file, "--connector", connector] + options)
  }

  @Test func theStreamsOfARecordingSayWhichProtocolItSpeaks() throws {
    for (url, frames) in [("wss://ws.kraken.com/v2", TinyKraken.second), ("wss://ws.kraken.com/", TinyKraken.first)] {
      let result = try replay(url, frames)
      #expect(result.status == 0 && result.errors == "", "\(url): \(result)")
      #expect(result.output.contains("TSLAx/USD  1 bids, 1 asks") && result.output.contains("\nno gaps\n"))
      #expect(result.output.contains("310.40") && result.output.contains("310.10"))
    }
    // Connectors too are named in whatever case.
    #expect(try replay("wss://ws.kraken.com/v2", TinyKraken.second, connector: "Kraken").status == 0)
  }

  @Test func anotherProtocolCanBeNamed() throws {
    let elsewhere = try replay("wss://mirror.test/feed", TinyKraken.second)
    #expect(elsewhere.status == 1 && elsewhere.output == "")
    #expect(
      elsewhere.errors.hasPrefix(
        "the recording speaks no protocol that the connector knows: recorded are wss://mirror.test/feed; the connector "
          + "opens /v2 (v2), / (v1); name one with --protocol"))
    let wrong = try replay("wss://ws.kraken.com/v2", TinyKraken.second, "--protocol", "V1")
    #expect(wrong.status == 1 && !wrong.output.contains("no gaps"), "\(wrong)")
    #expect(
      wrong.errors.contains(
        "none of its 1 messages was taken: recorded are the streams wss://ws.kraken.com/v2; opened were "
          + "wss://ws.kraken.com\n"))
    #expect(wrong.errors.contains("no book was built of TSLAx/USD"))
    let unknown = try replay("wss://ws.kraken.com/v2", TinyKraken.second, "--protocol", "v3")
    #expect(unknown.status == 1 && unknown.errors.hasPrefix("there is no protocol \"v3\"; "), "\(unknown.errors)")
    // A configuration that is named goes before what the streams show.
    let config = try scratch.write(
      #"{"schema": 1, "registry": "\#(packageRoot)/registry.json", "connectors": {"kraken": {"config": "#
        + #"{"version": "v1"}}}}"#, "patchbay.json")
    #expect(try replay("wss://ws.kraken.com/v2", TinyKraken.second, "--config", config).status == 1)
    #expect(try replay("wss://ws.kraken.com/", TinyKraken.first, "--config", config).status == 0)
  }

  /// The exchange's list of instruments is not in every recording; a list can be lent.
  @Test func aRecordingWithoutInstrumentsIsLentThem() throws {
    let lines = try TinyKraken.lines("wss://ws.kraken.com/v2", TinyKraken.second)
    let file = try scratch.write(lines.dropFirst().joined(separator: "\n") + "\n", "kraken-2026-09-21.jsonl")
    let words = ["\(buildFolder)/patchbay", "replay", file, "--connector", "kraken"]
    let bare = try run(words)
    #expect(bare.status == 1 && !bare.output.contains("no gaps"))
    #expect(
      bare.errors.contains(
        "the question for instruments was not answered: asked was https://api.kraken.com/0/public/AssetPairs; recorded "
          + "are the answers of none\nlend a list of instruments with --instruments FILE"), "\(bare.errors)")
    let first = try JSONDocument.parse(text: lines[0])
    let list = try scratch.write(first["data"]?.string ?? "", "AssetPairs.json")
    let lent = try run(words + ["--instruments", list])
    #expect(lent.status == 0 && lent.output.contains("TSLAx/USD  1 bids, 1 asks"), "\(lent)")
    #expect(
      lent.output.contains(
        "the recording has no list of instruments: \(list) answers https://api.kraken.com/0/public/AssetPairs\n"))
    let missing = try run(words + ["--instruments", list + ".none"])
    #expect(missing.status == 1 && missing.errors.contains("AssetPairs.json.none: cannot be opened"))
    // One that has its own list does not need the other.
    let own = try scratch.write(lines.joined(separator: "\n") + "\n", "own.jsonl")
    let useless = try run(
      ["\(buildFolder)/patchbay", "replay", own, "--connector", "kraken", "--instruments", list])
    #expect(useless.status == 0 && !useless.output.contains("has no list of instruments"))
  }

  /// What was not taken stands beside what was opened, and what nothing maps is named.
  @Test func whatWasNotTakenIsShown() throws {
    let frames = TinyKraken.second + [
      (false, #"{"method":"subscribe","params":{"channel":"ohlc","symbol":["TSLAx/USD"],"interval":1},"req_id":2}"#),
      (true, #"{"channel":"book","type":"update","data":[{"symbol":"TSLAx/USD","bids":[{"pri"#),
    ]
    let slash = try replay("wss://ws.kraken.com/v2/", frames, "--protocol", "v2")
    #expect(slash.status == 1)
    #expect(
      slash.output.contains(
        "2 messages of streams that the connector did not open\n  recorded  wss://ws.kraken.com/v2/  2 messages\n"
          + "  opened    wss://ws.kraken.com/v2\n  they differ by a slash at the end; \"paths\": {\"/v2/\": \"/v2\"}"),
      "\(slash.output)")
    let result = try replay("wss://ws.kraken.com/v2", frames)
    #expect(result.output.contains("line 5: could not be read: {\"channel\":\"book\",\"type\":\"update\""))
    #expect(result.output.contains("recorded subscriptions name \"ohlc\", which \"channels\" of certification.json"))
    let json = try JSONDocument.parse(text: try replay("wss://ws.kraken.com/v2", frames, "--json").output)
    #expect(json["unreadable_lines"]?.array?.map(\.number) == ["5"] && json["protocol"] == "v2")
    #expect(json["unmapped_names"] == ["ohlc"] && json["not_taken"] == [])
  }

  @Test func anExpectedFileIsDrafted() throws {
    let lines = try TinyKraken.lines("wss://ws.kraken.com/v2", TinyKraken.second)
    let file = try scratch.write(lines.joined(separator: "\n") + "\n", "kraken-2026-09-21.jsonl")
    let result = try run(
      "\(buildFolder)/patchbay", "replay", file, "--connector", "kraken", "--draft", "-")
    #expect(result.status == 0 && result.errors == "", "\(result)")
    let draft = try JSONDocument.parse(text: result.output)
    #expect(draft["books"]?["TSLAx/USD"]?["levels_bid"]?.number == "1")
    #expect(try Decimal64(#require(draft["books"]?["TSLAx/USD"]?["asks"]?[0]?[0]?.string)) == Decimal64("310.4"))
    #expect(draft["capture"] == "kraken-2026-09-21" && draft["origin"]?.string?.contains("to be reviewed") == true)
  }

  @Test func aReplayOfWhichNothingCameIsNoGoodOne() throws {
    let other = try replay("wss://ws.kraken.com/v2", TinyKraken.second, connector: "binance")
    #expect(other.status == 1 && !other.output.contains("no gaps"))
    #expect(
      other.errors.contains(
        "the question for instruments was not answered: asked was https://api.binance.com/api/v3/exchangeInfo; "
          + "recorded are the answers of https://api.kraken.com/0/public/AssetPairs\n"), "\(other.errors)")
    let silent = try replay("wss://ws.kraken.com/v2", [])
    #expect(silent.status == 1 && silent.errors.contains("the recording has no messages of a stream"))
    let noBook = try replay("wss://ws.kraken.com/v2", [TinyKraken.second[0], (true, #"{"channel":"heartbeat"}"#)])
    #expect(noBook.status == 1 && noBook.errors.contains("no book was built of TSLAx/USD"), "\(noBook.errors)")
    let json = try replay("wss://ws.kraken.com/v2", [], "--json")
    #expect(json.status == 1)
    #expect(try JSONDocument.parse(text: json.output)["findings"]?.array?.count == 1)
  }
}
