import Decimals
import JSONTree
import MarketModel
import PatchbayHost

/// What a stream's client follows. On the gateway's thread.
final class Subscription {
  enum Channel: String, CaseIterable { case book, trades, ticker, orders, fills, balances, positions, connectors }

  let number: Int
  let channel: Channel
  /// Of a market: where it is, and what feeds it.
  var place: RunningHost.Place?
  var pair = ""
  var feed: Feed?
  var isTop = false
  var depth = 0
  /// Least nanoseconds between two messages.
  var interval: Int64 = 0
  /// Of accounts: connectors that are meant.
  var connectors: Set<String> = []

  /// Something is there that was not sent.
  var isDirty = false
  var due = Int64.min
  /// Counts messages of a book.
  var sequence: UInt64 = 0
  /// The book as the client has it; `nil` = it has none.
  var sent: BookCopy?
  var saidMissing: String?
  var trades: TradeCopies?
  /// Of orders: events that came before the orders themselves; `nil` = they have come.
  var early: [DeskEvent]? = []
  var earlyOrders: [JSONValue] = []
  /// Of balances, positions and connectors: what was sent, by key, and of which connectors.
  private var rows: [String: (text: String, row: JSONValue, connector: String)] = [:]
  var told: Set<String> = []

  init(_ number: Int, _ channel: Channel) { (self.number, self.channel) = (number, channel) }
}

/// One followed market, for everybody who follows it.
final class Feed {
  struct Key: Hashable {
    var kind: FeedKind
    var connector: String
    var pair: String
  }

  let number: UInt64
  let key: Key
  let place: RunningHost.Place
  var depth = 0
  var interval = Int64.max
  var latest: FeedNews?
  /// Streams' tokens and numbers of subscriptions.
  var followers: [(client: UInt64, subscription: Int)] = []

  init(_ number: UInt64, _ key: Key, _ place: RunningHost.Place) {
    (self.number, self.key, self.place) = (number, key, place)
  }
}

/// The changes that make one side of a book out of another. Pure.
enum BookChange {
  /// - Parameters:
  ///   - old: best first, as the client has it.
  ///   - isBid: prices fall.
  /// - Returns: levels with their new quantity, 0 for those that are gone.
  static func levels(from old: ArraySlice<Level>, to new: ArraySlice<Level>, isBid: Bool) -> [Level] {
    var changes: [Level] = []
    var (left, right) = (old.startIndex, new.startIndex)
    while left < old.endIndex || right < new.endIndex {
      let order = Self.order(left < old.endIndex ? old[left] : nil, right < new.endIndex ? new[right] : nil, isBid)
      if order == 0 {
        if old[left].quantity != new[right].quantity { changes.append(new[right]) }
        left += 1
        right += 1
      } else if order < 0 {
        changes.append(Level(price: old[left].price, quantity: 0))
        left += 1
      } else {
        changes.append(new[right])
        right += 1
      }
    }
    return changes
  }

  /// Below 0 = the old one stands before, above 0 = the new one, 0 = they are of one price.
  private static func order(_ old: Level?, _ new: Level?, _ isBid: Bool) -> Int {
    guard let old else { return 1 }
    guard let new else { return -1 }
    if old.price == new.price { return 0 }
    return (old.price > new.price) == isBid ? -1 : 1
  }
}

extension Subscription {
  /// The message that brings the client's book to the newest, or `nil` where it has it.
  func bookMessage(_ book: BookCopy) -> String? {
    if let missing = book.missing {
      guard saidMissing != missing || sent != nil || sequence == 0 else { return nil }
      (saidMissing, sent) = (missing, nil)
      return text(book, kind: "gap", bids: [], asks: [], reason: missing)
    }
    let (bids, asks) = (book.bids.prefix(depth), book.asks.prefix(depth))
    defer { (sent, saidMissing) = (book, nil) }
    guard !isTop, let old = sent, old.priceExponent == book.priceExponent,
      old.quantityExponent == book.quantityExponent
    else { return text(book, kind: "snapshot", bids: Array(bids), asks: Array(asks), reason: nil) }
    let changedBids = BookChange.levels(from: old.bids.prefix(depth), to: bids, isBid: true)
    let changedAsks = BookChange.levels(from: old.asks.prefix(depth), to: asks, isBid: false)
    guard !changedBids.isEmpty || !changedAsks.isEmpty else { return nil }
    return text(book, kind: "delta", bids: changedBids, asks: changedAsks, reason: nil)
  }

  private func text(_ book: BookCopy, kind: String, bids: [Level], asks: [Level], reason: String?) -> String {
    sequence += 1
    func side(_ levels: [Level]) -> String {
      levels.map { "[\"\(book.price($0).plain)\",\"\(book.quantity($0).plain)\"]" }.joined(separator: ",")
    }
    var text = "{\"type\":\"book\",\"subscription\":\(number),\"kind\":\"\(kind)\",\"sequence\":\(sequence),"
    text += "\"connector\":\(quoted(place?.name ?? "")),\"pair\":\(quoted(pair)),"
    text += "\"exchange_sequence\":\(book.sequence),\"time_ns\":\(book.time),"
    text += "\"bids\":[\(side(bids))],\"asks\":[\(side(asks))]"
    if let reason { text += ",\"reason\":\(quoted(reason))" }
    return text + "}"
  }

  func tradesMessage(_ copies: TradeCopies) -> JSONValue {
    [
      "type": "trades", "subscription": StatusText.number(number), "connector": JSONValue(.string(place?.name ?? "")),
      "pair": JSONValue(.string(pair)), "total": StatusText.number(copies.total),
      "missed": StatusText.number(copies.missed),
      "trades": JSONValue(
        .array(
          copies.trades.map {
            MarketCopies.trade($0, priceExponent: copies.priceExponent, quantityExponent: copies.quantityExponent)
          })),
    ]
  }
}

private func quoted(_ text: String) -> String { JSONWriter.compact(JSONValue(.string(text))) }

extension Subscription {
  /// The rows of a connector that are new or not as they were sent. A row that is gone comes once more, with nothing in
  /// it.
  func changed(_ all: [JSONValue], _ keys: [String], _ connector: String, _ channel: Channel) -> [JSONValue] {
    var changed: [JSONValue] = []
    var seen: Set<String> = []
    for row in all {
      let key = connector + "/" + keys.map { row[$0]?.string ?? "" }.joined(separator: "/")
      seen.insert(key)
      let text = JSONWriter.compact(row)
      guard rows[key]?.text != text else { continue }
      rows[key] = (text, row, connector)
      changed.append(row)
    }
    for (key, gone) in rows where gone.connector == connector && !seen.contains(key) {
      rows[key] = nil
      changed.append(Self.empty(gone.row))
    }
    return changed
  }

  private static func empty(_ row: JSONValue) -> JSONValue {
    JSONValue(
      .object(
        (row.object ?? []).map { member in
          ["quantity", "total", "available"].contains(member.key) ? JSONMember(member.key, "0") : member
        }))
  }

  /// Adds public trades to those that wait.
  func add(_ copies: TradeCopies) {
    guard var waiting = trades else { return trades = copies }
    waiting.append(copies)
    trades = waiting
  }
}
