import CPatchbay
import ConnectorKit
import Decimals

/// Placing, changing and cancelling. Sources: Kraken API Center, "Add Order", "Add Order Batch", "Amend Order", "Cancel
/// Order", "Cancel Order Batch".
extension KrakenSpot {
  func offerOrders() {
    serve(
      .place, by: Endpoint(.addOrder, .form),
      batch: Batch(Endpoint(.addOrderBatch, .json), most: 15, isOfOneMarket: true),
      WriteAnswer(at: "result/orders", or: "result", Self.placed))
    // `{"amend_id": "TEZA4R-DSDGT-IJBOJK"}`. What became of the order, the private stream reports.
    serve(.amend, by: Endpoint(.amendOrder, .form), WriteAnswer { _, parts, _ in parts.map { _ in OrderReport() } })
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancelOrder, .form),
      batch: Batch(Endpoint(.cancelOrderBatch, .json), most: 50),
      WriteAnswer { body, parts, _ in Self.cancelled(body, parts.count) })
    offerQuestions()
  }

  /// For triggered orders "price" is the trigger and "price2" the limit. Volume in quote currency is offered for market
  /// orders.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let isByValue = order.flags.contains(.byValue)
    let force = order.timeInForce ?? .goodTilCancelled
    if force == .fillOrKill, order.type != .limit {
      throw CommandRefusal(.unsupported, "only limit orders can be fill-or-kill")
    }
    call.set("pair", market.name)
    call.set("type", vocabulary.word(order.side))
    call.set("ordertype", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("volume", isByValue ? order.value : order.quantity)
    if !order.clientOrder.isEmpty { call.set("cl_ord_id", order.clientOrder) }
    call.set("price", order.stop ?? order.price)
    if order.stop != nil { call.set("price2", order.price) }
    if order.flags.contains(.postOnly) { call.set("oflags", "post") }
    if isByValue { call.set("oflags", "viqc") }
    // A market order ends at once in any case.
    if force != .goodTilCancelled, order.type != .market { call.set("timeinforce", vocabulary.word(force) ?? "") }
  }

  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try name(order, market, &call)
    call.set("order_qty", order.quantity)
    call.set("limit_price", order.price)
    call.set("trigger_price", order.stop)
    if order.flags.contains(.postOnly) { call.set("post_only", "true") }
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try call.name(order, venue: "txid", client: "cl_ord_id")
  }

  /// `{"pair": "XXBTZUSD", "orders": [{...}]}`, or of cancels `{"orders": ["OA"], "cl_ord_ids": ["b"]}`.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    guard parts[0].verb != .place else {
      call.set("pair", parts[0].market.name)
      return call.set("orders", json: jsonList(parts.map { $0.call.without("pair").json }))
    }
    let commands = parts.map { $0.command }
    call.set("orders", list: commands.map { $0.venueOrder }.filter { !$0.isEmpty })
    call.set("cl_ord_ids", list: commands.filter { $0.venueOrder.isEmpty }.map { $0.clientOrder })
  }

  /// The trading engine counts transactions per pair, young orders more; a pair's counter is declared when it is first
  /// needed.
  public func charges(_ part: OrderPart) -> [Charge]? {
    let bucket = Venue.firstPairBucket + UInt32(truncatingIfNeeded: part.market.id)
    declare(bucket) { venue.orderLimit(part.market, bucket) }
    if part.verb == .place { return [Charge(bucket, 1)] }
    let (weights, age) = (part.verb == .amend ? Venue.amendWeights : Venue.cancelWeights, age(part) / Venue.second)
    return [Charge(bucket, weights.first { age < $0.seconds }?.weight ?? 1)]
  }

  /// `{"result": {"txid": ["OUF4EM-FRGI2-MQMWZD"], "descr": {...}}}`, or of a batch `{"result": {"orders": [{"txid":
  /// "...", "descr"}, {"error": "..."}]}}`.
  private static let placed = FieldTable<OrderField>(["txid": .venueList, "error": .errorText])

  /// `{"result": {"count": 1}}`, with `"pending": true` while the engine still works on it. Which orders were not there
  /// when the count is short, the venue does not say; the stream reports the end of those that were.
  private static func cancelled(_ body: Body, _ wanted: Int) -> [OrderReport]? {
    guard var result = JSONObject(body, at: "result") else { return nil }
    let (count, isPending) = (result.integer("count") ?? -1, result.flag("pending") == true)
    guard result.isValid, count >= 0 else { return nil }
    return (0..<wanted).map { place in
      var report = OrderReport()
      if count >= wanted {
        report.state = isPending ? nil : .cancelled
      } else if place >= count {
        (report.error, report.reason) = ("EOrder:Unknown order", "\(count) of \(wanted) orders were open")
      }
      return report
    }
  }
}
