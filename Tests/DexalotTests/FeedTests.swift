import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DexalotConnector

@Suite struct FeedTests {
  private static func pair(_ name: String, _ more: String = #""auctionmode":0,"status":"deployed""#) -> String {
    let tokens = name.split(separator: "/")
    return """
      {"env":"production-multi-subnet","pair":"\(name)","base":"\(tokens[0])","quote":"\(tokens[1])",
      "basedisplaydecimals":2,"quotedisplaydecimals":3,"mintrade_amnt":"5.000000000000000000",
      "maxtrade_amnt":"50000.000000000000000000","base_evmdecimals":18,"quote_evmdecimals":6,"maker_rate_bps":10,
      "taker_rate_bps":12,\(more)}
      """
  }

  private func listed(_ pairs: String...) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(DexalotSpot.self)
    harness.start()
    harness.command(.instruments)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.dexalot.com/privapi/trading/pairs")
    harness.reply(request.id, "[\(pairs.joined(separator: ","))]")
    return harness
  }

  private func ready() throws -> ConnectorHarness {
    let harness = try listed(Self.pair("AVAX/USDC"))
    harness.forget()
    return harness
  }

  private func book(_ bids: (String, String), _ asks: (String, String), pair: String = "AVAX/USDC") -> String {
    func side(_ levels: (String, String)) -> String {
      #"[{"prices":"\#(levels.0)","quantities":"\#(levels.1)","quoteTotals":"0","baseTotals":"1"}]"#
    }
    return #"{"data":{"buyBook":\#(side(bids)),"sellBook":\#(side(asks))},"pair":"\#(pair)","type":"orderBooks","#
      + #""decimal":3}"#
  }

  private func trades(_ numbers: Int...) -> String {
    let list = numbers.map {
      #"{"execId":"\#($0)","price":"22.479","quantity":"0.87","takerSide":1,"ts":"2025-11-28T00:00:00.350Z"}"#
    }
    return #"{"data":[\#(list.joined(separator: ","))],"type":"lastTrade","pair":"AVAX/USDC","cap":50}"#
  }

  @Test func pairsSayTheirDecimalsFeesAndAuctions() throws {
    let harness = try listed(
      Self.pair("AVAX/USDC"), Self.pair("ALOT/USDC", #""auctionmode":2,"status":"deployed""#),
      Self.pair("ETH/USDC", #""auctionmode":1,"status":"deployed""#),
      Self.pair("BTC/USDC", #""auctionmode":null,"status":"removed""#),
      Self.pair("GUN/USDC").replacing(#""base_evmdecimals":18,"#, with: ""))
    #expect(harness.instruments.map(\.symbol) == ["AVAX/USDC", "ALOT/USDC", "ETH/USDC", "BTC/USDC"])
    let rules = harness.all(PB_EV_INSTRUMENT, pb_instrument.self).map(\.fields)
    #expect(
      rules.map(\.state) == [InstrumentState.trading, .halted, .trading, .halted].map(\.rawValue))
    let first = try #require(rules.first)
    #expect(first.price_exp == -3 && first.quantity_exp == -2)
    #expect(first.maker_fee.value == Decimal64(mantissa: 1, exponent: -3))
    #expect(first.taker_fee.value == Decimal64(mantissa: 12, exponent: -4))
    #expect(harness.logs.contains { $0.contains("GUN/USDC") })
  }

  @Test func oneSubscriptionBringsBookAndTrades() throws {
    let harness = try ready()
    let stream = try harness.subscribed([.book, .trades])
    #expect(
      harness.requests.map(\.body) == [
        #"{"data":"AVAX/USDC","pair":"AVAX/USDC","type":"subscribe","decimal":3}"#
      ])
    harness.frame(stream, #"{"data":"2024-08-28T01:00:05.000Z","type":"APP_VERSION"}"#)
    let bids = ("22479000,22476000", "22020000000000000000,81180000000000000000")
    harness.frame(stream, book(bids, ("22481000", "41800000000000000000")))
    let whole = try #require(harness.books.first)
    #expect(whole.isSnapshot && whole.bids == [[22_479, 2202], [22_476, 8118]] && whole.asks == [[22_481, 4180]])
    harness.frame(stream, book(("", ""), ("22482000", "10000000000000000")))
    #expect(harness.books.last?.bids.isEmpty == true && harness.books.last?.asks == [[22_482, 1]])
    #expect(harness.gaps.isEmpty)
  }

  @Test(arguments: [
    ("22479000", "22020000000000000001"), ("22479000", "220200000000000000000000000000000000000000"),
    ("22479000", ""), ("22479000,22478000", "22020000000000000000"), ("22479000", "1,2"), ("22479000", "x"),
    ("22479000", "-10000000000000000"), ("22479000,", "22020000000000000000,"), ("22479001", "22020000000000000000"),
  ])
  func aBookThatCannotBeReadIsLost(_ prices: String, _ quantities: String) throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, book(("22479000", "10000000000000000"), ("22481000", "10000000000000000")))
    #expect(harness.books.count == 1)
    #expect(harness.frame(stream, book((prices, quantities), ("22481000", "10000000000000000"))) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
    harness.frame(stream, book(("22479000", "10000000000000000"), ("22481000", "10000000000000000")))
    #expect(harness.books.count == 2 && harness.books.last?.isSnapshot == true)
  }

  @Test func aListThatComesFirstIsOfTradesThatWereBefore() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    harness.frame(stream, trades(8, 7))
    harness.frame(stream, trades(9, 10))
    #expect(harness.trades.map(\.id) == ["7", "8", "9", "10"] && harness.trades.last?.taker == .sell)
    let flags = harness.all(PB_EV_TRADE, pb_trade.self).map(\.fields.flags)
    #expect(flags == [UInt32(PB_TRADE_BACKFILL), UInt32(PB_TRADE_BACKFILL), 0, 0])
  }

  @Test(arguments: ["7", "[7]", #"{"type":"orderBooks"}"#, #"{"type":"orderBooks","pair":"A/B","data":{}}"#, "{"])
  func framesOfNobodySpoilNothing(_ frame: String) throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    #expect(harness.frame(stream, frame) != .ok)
    #expect(harness.faults.isEmpty && harness.books.isEmpty)
  }

  private static let written: [(Int, String, [Int64]?)] = [
    (16, "22020000000000000000,10000000000000000", [2202, 1]), (0, "7,0,12", [7, 0, 12]), (-2, "7", [700]),
    (3, "12", nil), (3, "0", [0]), (0, "9223372036854775808", nil), (-1, "9223372036854775807", nil), (0, ",", nil),
  ]

  @Test(arguments: written)
  func wholeNumbersAreBroughtToTheirPlaces(_ places: Int, _ text: String, _ wanted: [Int64]?) {
    var text = text
    let found = text.withUTF8 { bytes -> [Int64]? in
      var (numbers, found) = (WholeNumbers(bytes, dropping: places), [Int64]())
      while !numbers.isAtEnd {
        guard let number = numbers.next() else { return nil }
        found.append(number)
      }
      return found
    }
    #expect(found == wanted)
  }
}
