import Runtime
import Venue

@testable import VenueRecording

/// Recordings as the exchanges' would be, made up from a seed: for a checkout without any.
enum MadeRecording {
  static let start: Int64 = 1_628_000_000_000_000_000
  private static let changes = 150

  /// - Parameter symbols: pairs as `BASE-QUOTE`.
  static func capture(_ dialect: RecordedDialect, pairs: [String], seed: UInt64 = 7) -> Capture {
    var maker = Maker(dialect: dialect, pairs: pairs, dice: FaultDice(seed: seed))
    return Capture(name: "made-\(dialect.rawValue)", entries: maker.entries())
  }

  private struct Maker {
    let dialect: RecordedDialect
    let pairs: [String]
    var dice: FaultDice
    var books: [TrueBook] = []
    var numbers: [UInt64] = []

    mutating func entries() -> [CaptureEntry] {
      let isKraken = dialect == .krakenV1
      var entries = [entry(0, .response, instrumentsURL, instruments), entry(1, .open, "wss://made.test/", "")]
      for (index, pair) in pairs.enumerated() {
        var book = TrueBook(depth: isKraken ? Tape.krakenDepth : nil)
        book.apply(
          bids: (1...40).compactMap { level(1000 - $0) }, asks: (0..<40).compactMap { level(1000 + $0) })
        books.append(book)
        numbers.append(1_000_000 + UInt64(index) * 1000)
        entries.append(snapshot(index, pair))
      }
      for step in 0..<(MadeRecording.changes * pairs.count) { entries.append(change(step)) }
      return entries
    }

    private mutating func level(_ price: Int, quantity: UInt64? = nil) -> TrueLevel? {
      let amount = quantity ?? 1 + dice.below(900)
      let whole = dialect == .krakenV1 ? "\(amount).00000000" : dialect == .binanceSpot ? "\(amount).000" : "\(amount)"
      return TrueLevel("\(price / 100).\(price % 100 < 10 ? "0" : "")\(price % 100)", whole)
    }

    private func entry(_ time: Int64, _ kind: CaptureEntry.Kind, _ url: String, _ text: String) -> CaptureEntry {
      CaptureEntry(
        time: MadeRecording.start + time * 50_000_000, connection: "made", isIncoming: kind != .open, kind: kind,
        url: url, data: Array(text.utf8))
    }

    private func texts(_ levels: [TrueLevel]) -> String {
      let time = dialect == .krakenV1 ? ",\"1628000000.000000\"" : ""
      return "[" + levels.map { "[\"\($0.priceText)\",\"\($0.quantityText)\"\(time)]" }.joined(separator: ",") + "]"
    }

    private func snapshot(_ index: Int, _ pair: String) -> CaptureEntry {
      let book = books[index]
      guard dialect != .krakenV1 else {
        let text = "[1,{\"as\":\(texts(book.asks)),\"bs\":\(texts(book.bids))},\"book-1000\",\"\(name(pair))\"]"
        return entry(2, .text, "", text)
      }
      let text = "{\"lastUpdateId\":\(numbers[index]),\"bids\":\(texts(book.bids)),\"asks\":\(texts(book.asks))}"
      return entry(2, .response, "https://made.test/depth?symbol=\(name(pair))&limit=1000", text)
    }

    /// Some levels near the touch come, change or go; sides never cross.
    private mutating func change(_ step: Int) -> CaptureEntry {
      let index = Int(dice.below(UInt64(pairs.count)))
      let bid = level(999 - Int(dice.below(12)), quantity: dice.below(4) == 0 ? 0 : nil)
      let ask = level(1000 + Int(dice.below(12)), quantity: dice.below(4) == 0 ? 0 : nil)
      let (bids, asks) = ([bid].compactMap { $0 }, [ask].compactMap { $0 })
      books[index].apply(bids: bids, asks: asks)
      let name = name(pairs[index])
      let time = Int64(3 + step)
      guard dialect != .krakenV1 else {
        let sum = KrakenChecksum.of(books[index])
        let text = "[1,{\"a\":\(texts(asks))},{\"b\":\(texts(bids)),\"c\":\"\(sum)\"},\"book-1000\",\"\(name)\"]"
        return entry(time, .text, "", text)
      }
      let before = numbers[index]
      numbers[index] += 1 + dice.below(5)
      let previous = dialect == .binanceFutures ? "\"T\":1,\"pu\":\(before)," : ""
      let data =
        "{\"e\":\"depthUpdate\",\"E\":\(1_628_000_000_000 + time),\"s\":\"\(name)\",\"U\":\(before + 1),"
        + "\"u\":\(numbers[index]),\(previous)\"b\":\(texts(bids)),\"a\":\(texts(asks))}"
      return entry(time, .text, "", "{\"stream\":\"\(name.lowercased())@depth@100ms\",\"data\":\(data)}")
    }

    private func name(_ pair: String) -> String {
      let parts = pair.split(separator: "-").map { dialect == .krakenV1 && $0 == "BTC" ? "XBT" : String($0) }
      return parts.joined(separator: dialect == .krakenV1 ? "/" : "")
    }

    private var instrumentsURL: String {
      switch dialect {
      case .binanceSpot: "https://made.test/api/v3/exchangeInfo"
      case .binanceFutures: "https://made.test/fapi/v1/exchangeInfo"
      case .krakenV1: "https://made.test/0/public/AssetPairs"
      }
    }

    private var instruments: String {
      if dialect == .krakenV1 {
        let entries = pairs.map { pair in
          let parts = name(pair).split(separator: "/")
          return "\"\(parts.joined())\":{\"altname\":\"\(parts.joined())\",\"wsname\":\"\(name(pair))\","
            + "\"base\":\"\(parts[0])\",\"quote\":\"\(parts[1])\",\"pair_decimals\":2,\"lot_decimals\":8,"
            + "\"lot_multiplier\":1,\"fees\":[[0,0.26]],\"fees_maker\":[[0,0.16]],\"ordermin\":\"0.05\"}"
        }
        return "{\"error\":[],\"result\":{\(entries.joined(separator: ","))}}"
      }
      let entries = pairs.map { pair in
        let parts = pair.split(separator: "-")
        return "{\"symbol\":\"\(parts.joined())\",\"status\":\"TRADING\",\"baseAsset\":\"\(parts[0])\","
          + "\"quoteAsset\":\"\(parts[1])\",\"marginAsset\":\"\(parts[1])\",\"contractType\":\"PERPETUAL\","
          + "\"isSpotTradingAllowed\":true,\"pricePrecision\":2,\"quantityPrecision\":3,\"orderTypes\":[\"LIMIT\"],"
          + "\"filters\":[{\"filterType\":\"PRICE_FILTER\",\"minPrice\":\"0.01\",\"maxPrice\":\"1000\","
          + "\"tickSize\":\"0.01\"},"
          + "{\"filterType\":\"LOT_SIZE\",\"minQty\":\"0.001\",\"maxQty\":\"90000\",\"stepSize\":\"0.001\"}]}"
      }
      return "{\"timezone\":\"UTC\",\"serverTime\":1628000000000,\"rateLimits\":[],\"symbols\":"
        + "[\(entries.joined(separator: ","))]}"
    }
  }
}
