import CPatchbay
import ConnectorKit
import Decimals

/// A market with the rows of its book: a change names its row by id, and one that is gone by nothing else.
final class RowMarket: Market {
  struct Row {
    let price: Int64
    let quantity: Int64
  }

  /// One side: its rows by id, and the sum of quantities at each price. For look-ups alone.
  struct Rows {
    var rows: [String: Row] = [:]
    var sums: [Int64: Int64] = [:]

    /// Puts a row in the place of what had its id, or takes it away. Gives the prices that it leaves and takes; `nil`
    /// where there is no such row, or the sum is too large.
    mutating func set(_ id: String, _ row: Row?) -> (left: Int64?, taken: Int64?)? {
      let old = rows.removeValue(forKey: id)
      guard old != nil || row != nil else { return nil }
      if let old { sums[old.price] = (sums[old.price] ?? 0).subtractingSaturated(old.quantity) }
      guard let row else { return (old?.price, nil) }
      let (sum, isTooLarge) = (sums[row.price] ?? 0).addingReportingOverflow(row.quantity)
      guard !isTooLarge, rows.count < RowMarket.most else { return nil }
      rows[id] = row
      sums[row.price] = sum
      return (old?.price, row.price)
    }
  }

  @exclusivity(unchecked) var bids = Rows()
  @exclusivity(unchecked) var asks = Rows()
  /// A whole book has come, and everything since could be read.
  @exclusivity(unchecked) var isKnown = false
  /// More than any book has had; a peer cannot make it grow further.
  static let most = 50_000
}

/// Books. Rows are `[id, price, quantity]`, and `[id]` where one is gone. Whether several may stand at one price is not
/// known: their quantities are added up.
extension CoinZoomSpot {
  /// `{"ob": "BTC/USDT", "b": [["1", 2345.66, 2.202]], "s": [...]}` is the whole book, `{"oi": ...}` what changed.
  func book(_ frame: Body, _ market: Market, isSnapshot: Bool) -> Status {
    guard let market = market as? RowMarket, market.wantsBook else { return .ok }
    if isSnapshot { (market.bids, market.asks, market.isKnown) = (RowMarket.Rows(), RowMarket.Rows(), true) }
    // What changes a book that is not there changes nothing.
    guard market.isKnown else { return .ok }
    var json = JSONScanner(frame)
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    out.beginBook()
    json.members { key, json in
      switch key {
      case "b": bids = rows(&json, market, &market.bids)
      case "s": asks = rows(&json, market, &market.asks)
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks else {
      market.isKnown = false
      return misread(market, .book)
    }
    return book(market, isSnapshot: isSnapshot, last: 0, time: 0, bids: bids, asks: asks, frame: frame)
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(price: 1, quantity: 2)).words(message)
  }

  /// Reads the rows of one side and writes the sums at their prices. A row that is gone and was not there fails: one
  /// before it was lost.
  private func rows(_ json: inout JSONScanner, _ market: Market, _ side: inout RowMarket.Rows) -> pb_list {
    var touched: [Int64] = []
    var seen: Set<Int64> = []
    json.elements { json in
      json.enterArray()
      guard json.nextElement() else { return json.fail() }
      let id = json.words()
      var row: RowMarket.Row?
      if json.nextElement() {
        let price = json.fixed(market.priceExponent)
        guard json.nextElement() else { return json.fail() }
        let quantity = json.fixed(market.quantityExponent)
        while json.nextElement() { json.skip() }
        guard price > 0, quantity >= 0 else { return json.fail() }
        row = RowMarket.Row(price: price, quantity: quantity)
      }
      guard json.isValid, let change = side.set(id, row) else { return json.fail() }
      for price in [change.left, change.taken] {
        if let price, seen.insert(price).inserted { touched.append(price) }
      }
    }
    var list = pb_list()
    for price in touched {
      let sum = side.sums[price] ?? 0
      if sum == 0 { side.sums[price] = nil }
      out.level(price: price, quantity: sum, to: &list)
    }
    return list
  }
}
