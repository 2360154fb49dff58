import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Foundation
import Testing

@testable import BinanceConnector

/// Frames in every order of keys, cut short and changed: a fact is what the text says, or there is none.
struct FrameTests {
  @Test func keysMayComeInAnyOrder() throws {
    let parts = [
      #""e":"depthUpdate""#, #""s":"BTCUSDT""#, #""U":161"#, #""u":170"#, #""b":[["100.01","2"]]"#,
      #""a":[["1","0"],[ "2" ,"1"]]"#,
    ]
    for order in permutations(parts) {
      for isFirst in [true, false] {
        let harness = try startedConnector()
        let stream = harness.liveBook()
        let data = #""data":{\#(order.joined(separator: ","))}"#, name = #""stream":"btcusdt@depth@100ms""#
        #expect(harness.frame(stream, "{\(isFirst ? "\(name),\(data)" : "\(data),\(name)")}") == .ok)
        #expect(harness.books.map(\.last) == [170], "\(order)")
        #expect(
          harness.books.first?.bids == [[10001, 2000]] && harness.books.first?.asks == [[100, 0], [200, 1000]])
      }
    }
  }

  @Test func trades() throws {
    let harness = try startedConnector()
    _ = harness.subscribe(btcusdt, .trades)
    harness.frame(1, aggTrade)
    let trade = try #require(harness.trades.first)
    #expect(trade.instrument == btcusdt && trade.id == "5" && trade.price == 10050 && trade.quantity == 250)
    #expect(trade.taker == .sell && trade.time == 1_700_000_000_123_000_000)

    let single = try startedConnector(config: #"{"trades":"single"}"#)
    _ = single.subscribe(btcusdt, .trades)
    #expect(single.frames[0].contains("btcusdt@trade"))
    single.frame(
      1, #"{"stream":"btcusdt@trade","data":{"m":false,"t":9,"q":"1","p":"2","s":"BTCUSDT","T":1,"a":7,"b":8}}"#)
    #expect(single.trades.map(\.id) == ["9"] && single.trades.map(\.taker) == [.buy])
  }

  @Test func bestBidAndAsk() throws {
    let harness = try startedConnector()
    _ = harness.subscribe(btcusdt, .ticker)
    harness.frame(1, bookTicker)
    let ticker = try #require(harness.tickers.first)
    #expect(
      ticker.bid_price == 10001 && ticker.bid_quantity == 2000 && ticker.ask_price == 10002
        && ticker.ask_quantity == 3000)
    #expect(ticker.seq == 400 && ticker.present == UInt64(PB_TICKER_BID | PB_TICKER_ASK))
  }

  @Test func otherFrames() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    #expect(
      harness.frame(stream, #"{"stream":"xrpusdt@depth@100ms","data":{"s":"XRPUSDT","U":1,"u":2,"b":[],"a":[]}}"#)
        == .ok)
    #expect(harness.frame(stream, #"{"result":["a"],"id":77}"#) == .ok)
    #expect(harness.frame(stream, #"{"news":[{}]}"#) == .unsupported)
    #expect(harness.books.isEmpty && harness.gaps.isEmpty)
    #expect(harness.frame(stream, depth(180, 170)) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  // MARK: Broken frames

  private let depthFrame = depth(161, 170, bids: #"[["100.01","2.000"],["99","0.5"]]"#)
  private let aggTrade =
    #"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","s":"BTCUSDT","a":5,"p":"100.5","q":"0.25","#
    + #""T":1700000000123,"m":true}}"#
  private let bookTicker =
    #"{"stream":"btcusdt@bookTicker","data":{"u":400,"s":"BTCUSDT","b":"100.01","B":"2.000","a":"100.02","A":"3"}}"#

  @Test func framesCutShortGiveNothing() throws {
    for sample in [depthFrame, aggTrade, bookTicker] {
      let harness = try readyForAll()
      for count in 0..<sample.utf8.count {
        #expect(harness.frame(1, Array(sample.utf8.prefix(count))) == .parse, "\(count) of \(sample)")
      }
      #expect(harness.books.isEmpty && harness.trades.isEmpty && harness.tickers.isEmpty && harness.faults.isEmpty)
    }
  }

  /// What a changed frame gives is what another reader finds in it.
  @Test func changedFramesGiveWhatTheySay() throws {
    for sample in [depthFrame, aggTrade, bookTicker] {
      var (kept, refused) = (0, 0)
      for index in sample.utf8.indices {
        for byte in Array("\"{}[],:.0-9eaQ \\".utf8) + [0, 0xFF] {
          var bytes = Array(sample.utf8)
          bytes[sample.utf8.distance(from: sample.startIndex, to: index)] = byte
          let harness = try readyForAll()
          harness.frame(1, bytes)
          let facts = Facts(harness)
          #expect(harness.faults.isEmpty)
          if facts == Facts() { refused += 1; continue }
          kept += 1
          #expect(facts == Facts(reading: bytes), "\(String(decoding: bytes, as: UTF8.self))")
        }
      }
      #expect(kept > 50 && refused > 500)
    }
  }

  /// Every channel is live, and the book waits for update 161.
  private func readyForAll() throws -> ConnectorHarness {
    let harness = try startedConnector()
    _ = harness.liveBook()
    harness.command(.subscribe) {
      $0.instrument = btcusdt
      $0.channel = Channels([.trades, .ticker]).rawValue
    }
    harness.run(for: 1_000_000_000)
    harness.frame(1, #"{"result":null,"id":\#(harness.requests.last?.id ?? 0)}"#)
    harness.forget()
    return harness
  }

  private func permutations(_ items: [String]) -> [[String]] {
    guard let first = items.first else { return [[]] }
    return permutations(Array(items.dropFirst())).flatMap { rest in
      (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
    }
  }
}

/// The facts of one frame, as text.
private struct Facts: Equatable {
  var book: [String] = []
  var trade: [String] = []
  var ticker: [Int64] = []

  init() {}

  init(_ harness: ConnectorHarness) {
    if let fact = harness.books.first { book = ["\(fact.first)", "\(fact.last)", "\(fact.bids)", "\(fact.asks)"] }
    if let fact = harness.trades.first {
      trade = ["\(fact.id)", "\(fact.price)", "\(fact.quantity)", fact.taker == .sell ? "sell" : "buy"]
    }
    if let fact = harness.tickers.first {
      ticker = [fact.bid_price, fact.bid_quantity, fact.ask_price, fact.ask_quantity]
    }
  }

  /// By Foundation, for the market at hand: prices have two places, quantities three.
  init(reading bytes: [UInt8]) {
    // What no UTF-8 is stays in values that no fact shows.
    let text = Data(bytes.map { $0 == 0xFF ? UInt8(ascii: "?") : $0 })
    guard let frame = try? JSONSerialization.jsonObject(with: text) as? [String: Any],
      let data = frame["data"] as? [String: Any]
    else { return }
    func number(_ value: Any?, _ places: Int) -> Int64 {
      let text = (value as? String) ?? (value as? NSNumber).map { $0.stringValue } ?? ""
      let scaled = (Decimal(string: text) ?? .nan) * pow(Decimal(10), places)
      return NSDecimalNumber(decimal: scaled).int64Value
    }
    func levels(_ value: Any?) -> [[Int64]] {
      ((value as? [[Any]]) ?? []).map { [number($0.first, 2), number($0.dropFirst().first, 3)] }
    }
    switch (frame["stream"] as? String)?.split(separator: "@").dropFirst().first?.first {
    case "d":
      book = ["\(number(data["U"], 0))", "\(number(data["u"], 0))", "\(levels(data["b"]))", "\(levels(data["a"]))"]
    case "a":
      let isMaker = (data["m"] as? Bool) ?? false
      let id = (data["a"] as? String) ?? "\(data["a"] ?? "")"
      trade = [id, "\(number(data["p"], 2))", "\(number(data["q"], 3))", isMaker ? "sell" : "buy"]
    default:
      let bid = [number(data["b"], 2), number(data["B"], 3)], ask = [number(data["a"], 2), number(data["A"], 3)]
      // A side of zero is empty.
      ticker = (bid.contains(0) ? [0, 0] : bid) + (ask.contains(0) ? [0, 0] : ask)
    }
  }
}
