import CPatchbay
import ConnectorKit

/// A market, and the prices of its book: some changes take away all that are beyond one.
final class PriceMarket: Market {
  @exclusivity(unchecked) var bids: Set<Int64> = []
  @exclusivity(unchecked) var asks: Set<Int64> = []
  /// Of the last message whose prices stand here.
  @exclusivity(unchecked) var last: UInt64 = 0
  /// A side had 20 levels at most; a peer cannot make it grow further.
  static let most = 1000
}

/// Public frames: books of 20 levels a side, and trades.
extension BeaxySpot {
  private struct Event {
    var (kind, symbol) = (JSONText(), JSONText())
    var (time, number) = (Int64(0), UInt64(0))
    var entries: JSONMark?
    var isTrade = false

    mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
      switch key {
      case "type": kind = json.scalar()
      case "security", "symbol": symbol = json.string()
      case "timestamp": time = json.milliseconds()
      case "sequenceNumber": number = json.unsigned()
      case "entries": entries = json.passed()
      case "price":
        isTrade = true
        return false
      default: return false
      }
      return true
    }
  }

  /// `{"type": "SNAPSHOT_FULL_REFRESH", "security": "BTCUSDC", "timestamp": 1, "sequenceNumber": 1, "entries": []}`,
  /// the same as `INCREMENTAL_UPDATE`, or a trade: `{"symbol": "BTCUSDC", "price": 1, "size": 1, "side": "BUY",
  /// "timestamp": 1}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var event = Event()
    json.members { event.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    if let entries = event.entries {
      guard let market = market(named: event.symbol) as? PriceMarket else { return .unsupported }
      guard market.wantsBook else { return .ok }
      return book(market, event, entries, frame)
    }
    if event.kind == "keep_alive" { return .ok }
    guard event.isTrade else { return .unsupported }
    var entry = JSONScanner(frame)
    return trade(&entry, Self.trade, stream)
  }

  private static let trade = FieldTable<TradeField>([
    "symbol": .symbol, "matchId": .id, "price": .price, "size": .quantity, "side": .side, "timestamp": .time,
  ])

  private func book(_ market: PriceMarket, _ event: Event, _ entries: JSONMark, _ frame: Body) -> Status {
    guard event.kind == "SNAPSHOT_FULL_REFRESH" || event.kind == "INCREMENTAL_UPDATE" else { return .unsupported }
    let isSnapshot = event.kind == "SNAPSHOT_FULL_REFRESH"
    // What does not follow changes nothing here: it is dropped, or has the book asked for anew.
    let follows = isSnapshot || event.number == market.last &+ 1
    var (bids, asks) = isSnapshot ? ([], []) : (market.bids, market.asks)
    out.beginBook()
    guard let below = side("BID", entries, market, &bids), let above = side("ASK", entries, market, &asks) else {
      return misread(market, .book)
    }
    if follows { (market.bids, market.asks, market.last) = (bids, asks, event.number) }
    return book(
      market, isSnapshot: isSnapshot, last: event.number, time: event.time, bids: below, asks: above, frame: frame)
  }

  /// Reads what is of one side: `{"action": "INSERT", "side": "ASK", "price": 1, "quantity": 1}`. `DELETE_THROUGH`
  /// takes away the prices below one and `DELETE_FROM` those above, on both sides, which is how Hummingbot read them.
  private func side(
    _ word: StaticString, _ entries: JSONMark, _ market: Market, _ prices: inout Set<Int64>
  ) -> pb_list? {
    var json = entries.scanner()
    var list = pb_list()
    json.elements { json in
      var (action, isOurs) = (JSONText(), false)
      var (price, quantity): (JSONMark?, JSONMark?)
      json.members { key, json in
        switch key {
        case "action": action = json.string()
        case "side":
          let side = json.string()
          if side != "BID" && side != "ASK" { json.fail() }
          isOurs = side == word
        case "price": price = json.passed()
        case "quantity": quantity = json.passed()
        default: return false
        }
        return true
      }
      guard json.isValid, isOurs else { return }
      let at = json.fixed(at: price, market.priceExponent)
      guard at > 0 else { return json.fail() }
      switch action {
      case "INSERT", "UPDATE":
        let size = json.fixed(at: quantity, market.quantityExponent)
        guard size > 0, prices.count < PriceMarket.most else { return json.fail() }
        prices.insert(at)
        out.merge(price: at, quantity: size, into: &list)
      case "DELETE":
        prices.remove(at)
        out.merge(price: at, quantity: 0, into: &list)
      case "DELETE_THROUGH", "DELETE_FROM":
        for gone in prices.sorted() where action == "DELETE_THROUGH" ? gone < at : gone > at {
          prices.remove(gone)
          out.merge(price: gone, quantity: 0, into: &list)
        }
      default: json.fail()
      }
    }
    return json.isValid ? list : nil
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(names: ("price", "quantity"))).words(message)
  }
}
