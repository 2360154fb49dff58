import CPatchbay
import ConnectorKit

/// How far back an account's orders are told, and at what price.
struct HistoryReach {
  let path: String
  let act: String
  let weight: UInt32
  /// A question reaches so far back at most.
  let farthest: Int64
  /// What was ordered longer ago may be left out of an answer.
  let whole: Int64
  /// Most orders in an answer ("limit: max 1000"). Without an order id the newest are told: a full answer lacks the
  /// older ones.
  static let largest = 1000
}

/// Orders since a time, open and ended: `GET allOrders`. Sources: "All orders" of the spot documentation, "All Orders"
/// and "Query All Algo Orders" of the USDⓈ-M futures documentation.
extension BinanceConnector {
  /// Asks for a list of orders of one market, and hands each to `read`, which gives whether it was one. Then `next`
  /// goes on, told whether orders may be missing; an answer that is no success ends the command.
  func askHistory(
    _ command: OwnedCommand, _ account: AccountState, _ market: Market, _ reach: HistoryReach,
    _ read: @escaping (inout JSONScanner) -> Bool, next: @escaping (_ isPartial: Bool) -> Void
  ) {
    let now = out.now.venue
    let start = max(command.since, now - reach.farthest)
    let limit = command.limit > 0 ? min(command.limit, HistoryReach.largest) : HistoryReach.largest
    var form = Form()
    form.add("symbol", market.symbol)
    if command.since > 0 { form.add("startTime", start / 1_000_000) }
    form.add("limit", Int64(limit))
    let isCut = command.since < now - reach.whole
    askSigned(
      .get, reach.path, form, act: reach.act, account, command: command.id, charges: venue.cost(reach.weight)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var count = 0
      var isCut = isCut
      let isList = eachElement(body) { json in
        count += 1
        if !read(&json) { isCut = true }
      }
      guard isList else { return unreadable(command.id, "list at \(reach.path)") }
      next(isCut || count >= limit)
      return .ok
    }
  }

  /// The market that a history of `what` is asked of; `nil` after refusing the command.
  func historyMarket(_ command: OwnedCommand, of what: String) -> Market? {
    if let market = market(command.instrument) { return market }
    out.refuse(
      command.id, command.instrument == 0 ? .unsupported : .unknownInstrument,
      "the venue tells \(what) of one instrument at a time")
    return nil
  }

  func endHistory(_ command: OwnedCommand, _ account: AccountState, _ market: Market, isPartial: Bool) {
    out.complete(PB_EV_ORDER, command: command.id, account: account.id, instrument: market.id, partial: isPartial)
    out.done(command.id)
  }
}

extension BinanceSpot {
  /// PB_CMD_ORDER_HISTORY. A question reaches over 24 hours.
  ///
  /// An order that was changed by replacement is there more than once under its client order id, cancelled but for the
  /// newest: only that one is told.
  func queryHistory(_ command: OwnedCommand, _ account: AccountState) {
    guard let market = historyMarket(command, of: "orders") else { return }
    let day = 1440 * Venue.minute
    let reach = HistoryReach(
      path: venue.prefix + "/allOrders", act: "all_orders", weight: weights.allOrders, farthest: day, whole: day)
    var orders: [OrderFacts] = []
    askHistory(command, account, market, reach) { json in
      let facts = OrderFacts(&json)
      guard json.isValid, facts.isWhole else { return false }
      orders.append(facts)
      return true
    } next: { [unowned self] isPartial in
      var newest: [String: UInt64] = [:]
      for order in orders { newest[order.client] = max(newest[order.client] ?? 0, UInt64(order.venue) ?? 0) }
      var isPartial = isPartial
      for order in orders where UInt64(order.venue) ?? 0 == newest[order.client] {
        if !tellListed(adjusted(order), account.id, command: command.id) { isPartial = true }
      }
      endHistory(command, account, market, isPartial: isPartial)
    }
  }
}

extension BinancePerpetual {
  /// PB_CMD_ORDER_HISTORY: the ordinary orders, then those of the algo service. A question reaches over less than seven
  /// days; orders that ended without a fill are told for three.
  func queryHistory(_ command: OwnedCommand, _ account: AccountState) {
    guard let market = historyMarket(command, of: "orders") else { return }
    let day = 1440 * Venue.minute
    var told: Set<String> = []
    askHistory(command, account, market, reach("allOrders", "all_orders", day)) { [unowned self] json in
      let facts = OrderFacts(&json)
      guard json.isValid, facts.isWhole else { return false }
      told.insert(facts.venue)
      return tellListed(facts, account.id, command: command.id, client: client(of: facts, account.id))
    } next: { [unowned self] isPartial in
      askHistory(command, account, market, reach("allAlgoOrders", "all_orders_algo", day)) { [unowned self] json in
        let facts = AlgoFacts(&json)
        guard json.isValid, facts.isWhole else { return false }
        learn(facts, account.id)
        // One that was triggered lives on as an ordinary order, which the first list tells under the same name; if that
        // was asked for before it was triggered, neither does.
        if !facts.actual.isEmpty { return told.contains(facts.actual) }
        return tellListed(facts.order, account.id, command: command.id)
      } next: { [unowned self] in
        endHistory(command, account, market, isPartial: $0 || isPartial)
      }
    }
  }

  private func reach(_ list: String, _ act: String, _ day: Int64) -> HistoryReach {
    HistoryReach(
      path: venue.prefix + "/" + list, act: act, weight: weights.allOrders, farthest: 7 * day - Venue.minute,
      whole: 3 * day)
  }
}
