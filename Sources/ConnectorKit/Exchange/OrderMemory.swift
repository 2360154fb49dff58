/// Orders of an account that have not ended, for exchanges whose reports name only what changed.
public struct OrderMemory {
  /// By the exchange's id. For look-ups alone: the order means nothing.
  private var orders: [String: OrderReport] = [:]
  /// The exchange's ids by client order ids.
  private var venueOrders: [String: String] = [:]
  /// The orders that ended last: the stream may report an order's end before an answer reports its beginning.
  private var ended: [String] = []

  init() {}

  public subscript(venue: String) -> OrderReport? { orders[venue] }

  /// The exchange's id of an order; empty when it is not known.
  public func venueOrder(client: String) -> String { venueOrders[client] ?? "" }

  /// By the exchange's id or, where that is empty, the client's.
  public func find(venue: String, client: String) -> OrderReport? {
    orders[venue.isEmpty ? venueOrder(client: client) : venue]
  }

  public func hasEnded(_ venue: String) -> Bool { ended.contains(venue) }

  public mutating func remember(_ order: OrderReport) {
    orders[order.venue] = order
    if !order.client.isEmpty { venueOrders[order.client] = order.venue }
  }

  /// The order has ended.
  public mutating func forget(_ venue: String) {
    if ended.count >= 256 { ended.removeFirst(128) }
    ended.append(venue)
    guard let order = orders.removeValue(forKey: venue) else { return }
    if venueOrders[order.client] == venue { venueOrders[order.client] = nil }
  }

  /// What a snapshot does not hold has ended meanwhile.
  public mutating func forgetAll() {
    orders.removeAll(keepingCapacity: true)
    venueOrders.removeAll(keepingCapacity: true)
  }
}
