import CPatchbay
import ConnectorKit
import Decimals

/// One of the exchange's tables of price levels.
enum LevelTable {
  /// `orderBookL2`, `orderBookL2_25`: rows that are inserted, updated and deleted by their ids.
  case all, best
  /// `orderBook10`: comes whole each time.
  case ten

  /// The table that a book of so many levels comes from; 0 = all.
  init(depth: Int) { self = depth == 0 ? .all : depth == 10 ? .ten : .best }

  init?(_ name: JSONText) {
    switch name {
    case "orderBookL2": self = .all
    case "orderBookL2_25": self = .best
    case "orderBook10": self = .ten
    default: return nil
    }
  }

  var name: String {
    switch self {
    case .all: "orderBookL2"
    case .best: "orderBookL2_25"
    case .ten: "orderBook10"
    }
  }

  var depth: Int {
    switch self {
    case .all: 0
    case .best: 25
    case .ten: 10
    }
  }
}

/// A market with the ids of its price levels: a change names its level by id, and until 2022 by nothing else.
final class TableMarket: Market {
  struct Level {
    let price: Int64
    var isBid: Bool
  }

  /// By the exchange's id; for look-ups alone.
  @exclusivity(unchecked) var levels: [UInt64: Level] = [:]
  /// The table that the book came from.
  @exclusivity(unchecked) var source = LevelTable.all
  /// More than any book has had; a peer cannot make it grow further.
  static let most = 100_000
}

/// A row of a table of levels, as far as it was said.
struct LevelRow {
  var id: UInt64 = 0
  var side = Side.none
  var price: Int64?
  var quantity: Int64?
  /// It puts the level on the other side: what it leaves is emptied.
  var leaves = Side.none
}

/// Books. Source: "WebSocket API: Subscriptions, Order Book L2". There is no number and no checksum. What can be
/// noticed is a change that does not fit: an update or delete of a level that is not there, an insert of one that is.
extension BitMEXExchange {
  /// `{"table": "orderBookL2", "action": "update", "data": [{"symbol": "XBTUSD", "id": 1, "side": "Sell", "size": 5}]}`
  func levels(_ table: LevelTable, _ head: TableHead, _ data: JSONMark, _ frame: Body, _ stream: pb_id) -> Status {
    guard let name = head.symbol(of: data) else {
      // A change of nothing is none; what is no list of rows may have been of any book of the stream.
      var list = data.scanner()
      list.enterArray()
      let isEmpty = !list.nextElement() && list.isValid
      return isEmpty && head.action != "partial" ? .ok : misread(stream: stream, .book)
    }
    let number = market(name, on: stream)
    guard number >= 0, let market = markets[number] as? TableMarket, market.wantsBook else { return .ok }
    guard table != .ten else { return ten(data, market) }
    let isWhole = head.action == "partial"
    // Of two tables of one market, the one whose whole came first is followed while it lasts.
    if market.sync.isLive, market.source != table { return .ok }
    guard isWhole || market.sync.isLive else { return .ok }
    rows.removeAll(keepingCapacity: true)
    var json = data.scanner()
    var time: Int64 = 0
    json.enterArray()
    while json.nextElement() { row(&json, market, name, &time) }
    guard json.isValid else { return misread(market, .book) }
    if isWhole { return whole(market, table, time) }
    switch head.action {
    case "insert": return changed(market, time, frame, Self.insert)
    case "update": return changed(market, time, frame, Self.update)
    case "delete": return changed(market, time, frame, Self.delete)
    default: return misread(market, .book)
    }
  }

  @inline(__always)
  private func row(_ json: inout JSONScanner, _ market: TableMarket, _ name: JSONText, _ time: inout Int64) {
    var row = LevelRow()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "id": row.id = json.unsigned()
      case "side":
        let word = json.string()
        row.side = word == "Buy" ? .buy : word == "Sell" ? .sell : .none
      case "size": row.quantity = json.optionalQuantity(market)
      case "price": row.price = json.optionalFixed(market.priceExponent)
      case "timestamp": if !json.skipNull() { time = json.timestamp() }
      // A message about another market's levels as well is none that is subscribed to.
      case "symbol": if !json.string().bytes.elementsEqual(name.bytes) { json.fail() }
      default: json.skip()
      }
    }
    if row.id == 0 || row.side == .none { json.fail() }
    rows.append(row)
  }

  /// The whole table.
  private func whole(_ market: TableMarket, _ table: LevelTable, _ time: Int64) -> Status {
    market.levels.removeAll(keepingCapacity: true)
    // Room for what comes to be later, so that changes allocate nothing.
    market.levels.reserveCapacity(min(max(rows.count * 2, 64), TableMarket.most))
    guard rows.count <= TableMarket.most else { return misread(market, .book) }
    for row in rows {
      guard let price = row.price, price > 0, let quantity = row.quantity, quantity >= 0 else {
        return misread(market, .book)
      }
      let level = TableMarket.Level(price: price, isBid: row.side == .buy)
      guard market.levels.updateValue(level, forKey: row.id) == nil else { return misread(market, .book) }
    }
    market.source = table
    market.depth = table.depth
    out.beginBook()
    let (bids, asks) = (written(.buy), written(.sell))
    snapshot(market, last: 0, time: time, bids: bids, asks: asks, isInBand: true)
    return .ok
  }

  /// Whether a row can be read, and fits the table.
  private enum Fit { case fits, misfits, unread }

  /// Rows that change the table. Nothing of a message is used before all of it has proved to fit.
  @inline(__always)
  private func changed(
    _ market: TableMarket, _ time: Int64, _ frame: Body, _ change: (inout LevelRow, TableMarket) -> Fit
  ) -> Status {
    for place in rows.indices {
      switch change(&rows[place], market) {
      case .fits: break
      case .misfits: return disproved(market, .sequence, time)
      case .unread: return misread(market, .book)
      }
    }
    guard market.levels.count <= TableMarket.most else { return disproved(market, .overflow, time) }
    out.beginBook()
    let (bids, asks) = (written(.buy), written(.sell))
    return book(market, last: 0, time: time, bids: bids, asks: asks, frame: frame)
  }

  private static func insert(_ row: inout LevelRow, _ market: TableMarket) -> Fit {
    guard let price = row.price, price > 0, let quantity = row.quantity, quantity >= 0 else { return .unread }
    let level = TableMarket.Level(price: price, isBid: row.side == .buy)
    return market.levels.updateValue(level, forKey: row.id) == nil ? .fits : .misfits
  }

  private static func update(_ row: inout LevelRow, _ market: TableMarket) -> Fit {
    guard let level = market.levels[row.id], row.price == nil || row.price == level.price else { return .misfits }
    guard let quantity = row.quantity, quantity >= 0 else { return .unread }
    row.price = level.price
    let isBid = row.side == .buy
    guard level.isBid != isBid else { return .fits }
    row.leaves = level.isBid ? .buy : .sell
    market.levels[row.id]?.isBid = isBid
    return .fits
  }

  private static func delete(_ row: inout LevelRow, _ market: TableMarket) -> Fit {
    guard let level = market.levels.removeValue(forKey: row.id) else { return .misfits }
    (row.price, row.quantity, row.side) = (level.price, 0, level.isBid ? .buy : .sell)
    return .fits
  }

  /// Writes the rows of one side into the record begun.
  @inline(__always)
  private func written(_ side: Side) -> pb_list {
    var list = pb_list()
    for row in rows {
      guard let price = row.price else { continue }
      if row.leaves == side {
        out.level(price: price, quantity: 0, to: &list)
      } else if row.side == side {
        out.level(price: price, quantity: row.quantity ?? 0, to: &list)
      }
    }
    return list
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(names: ("price", "size"))).words(message)
  }

  /// `{"symbol": "XBTUSD", "bids": [[price, size]], "asks": [...], "timestamp": "..."}`: the ten best, as a whole.
  private func ten(_ data: JSONMark, _ market: TableMarket) -> Status {
    if market.sync.isLive, market.source != .ten { return .ok }
    var json = data.scanner()
    var time: Int64 = 0
    var (bids, asks): (JSONMark?, JSONMark?)
    json.enterArray()
    guard json.nextElement() else { return .ok }
    json.members { key, json in
      switch key {
      case "bids": bids = json.passed()
      case "asks": asks = json.passed()
      case "timestamp": time = json.timestamp()
      default: return false
      }
      return true
    }
    // Further entries are of no other market: a subscription is of one.
    while json.nextElement() { json.fail() }
    guard json.isValid, let bids, let asks else { return misread(market, .book) }
    var bid = bids.scanner()
    var ask = asks.scanner()
    market.source = .ten
    market.depth = LevelTable.ten.depth
    out.beginBook()
    let bidLevels = out.levels(&bid, market)
    let askLevels = out.levels(&ask, market)
    guard bid.isValid, ask.isValid else { return misread(market, .book) }
    snapshot(market, last: 0, time: time, bids: bidLevels, asks: askLevels, isInBand: true)
    return .ok
  }
}
