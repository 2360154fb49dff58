import Decimals
import JSONTree
import Matching
import Venue

/// Private channels of WebSocket v2. Sources: "executions", "balances". Reports behind the first of an order name only
/// what changed.
extension KrakenVenue {
  func pushToSockets(_ events: [Event], _ actions: inout [VenueAction]) {
    var trades: [Trade] = []
    for event in events {
      switch event {
      case .trade(let trade): trades.append(trade)
      case .fill(let fill, let order):
        push(order.account, [execution(fill, order)], &actions)
        pushBalances(fill, &actions)
      case .order(let order, let change): push(order.account, reports(order, change), &actions)
      case .balances, .position, .mark, .funding, .liquidation: break
      }
    }
    if !trades.isEmpty { pushTrades(trades, &actions) }
  }

  private func push(_ account: Participant, _ reports: [JSONValue], _ actions: inout [VenueAction]) {
    for id in sockets.keys.sorted() {
      guard let listening = sockets[id]?.executions, listening.account == account else { continue }
      for report in reports {
        let sequence = (sockets[id]?.executions?.sequence ?? 0) + 1
        sockets[id]?.executions?.sequence = sequence
        let message = JSONValue.make([
          ("channel", "executions"), ("type", "update"), ("data", .list([report])), ("sequence", .n(sequence)),
        ])
        send(message, on: id, &actions)
      }
    }
  }

  // MARK: Reports

  private func symbol(_ order: Order) -> JSONValue { .s(exchange.markets[order.market].rules.market.symbol) }

  private func client(_ order: Order) -> [(String, JSONValue)] {
    order.client.isEmpty ? [] : [("cl_ord_id", .s(order.client))]
  }

  private func totals(_ order: Order) -> [(String, JSONValue)] {
    [
      ("cum_qty", .n(volume(order.market, order.filled))), ("cum_cost", .n(money(order.filledValue, places: 5))),
      ("avg_price", .n(average(order))), ("fee_usd_equiv", .n(money(order.feeQuote, places: 5))),
    ]
  }

  /// All that describes an order.
  private func whole(_ order: Order, _ kind: String, _ status: String) -> JSONValue {
    let request = order.request
    var members: [(String, JSONValue)] = [
      ("order_id", .s(name(order.id))), ("symbol", symbol(order)),
      ("order_qty", .n(request.value == nil ? volume(order.market, order.quantity) : "0.00000000")),
      ("time_in_force", .s(request.force == .immediateOrCancel ? "IOC" : request.force == .fillOrKill ? "FOK" : "GTC")),
      ("exec_type", .s(kind)), ("side", .s(order.side == .buy ? "buy" : "sell")),
      ("order_type", .s(request.words["type"] ?? "limit")), ("order_userref", .n(request.words["userref"] ?? "0")),
      ("limit_price_type", "static"), ("order_status", .s(status)), ("post_only", .b(request.isPostOnly)),
      ("fee_ccy_pref", "fciq"), ("timestamp", .s(rfc3339(order.updated))),
    ]
    if let value = request.value { members.append(("cash_order_qty", .n(money(value)))) }
    if order.price > 0 { members.append(("limit_price", .n(price(order.market, order.price)))) }
    if request.stop > 0 {
      members.append(("stop_price", .n(price(order.market, request.stop))))
      members.append(
        (
          "triggers",
          .make([
            ("reference", "last"), ("price", .n(price(order.market, request.stop))), ("price_type", "static"),
            ("status", .s(order.status == .untriggered ? "untriggered" : "triggered")),
          ])
        ))
    }
    return .make(members + client(order) + totals(order))
  }

  private func brief(_ order: Order, _ kind: String, _ status: String, _ more: [(String, JSONValue)]) -> JSONValue {
    .make(
      [
        ("timestamp", .s(rfc3339(order.updated))), ("order_status", .s(status)), ("exec_type", .s(kind)),
        ("order_userref", .n(order.request.words["userref"] ?? "0")), ("order_id", .s(name(order.id))),
      ] + client(order) + more)
  }

  private func reports(_ order: Order, _ change: OrderChange) -> [JSONValue] {
    let filled: String = order.filled > 0 ? "partially_filled" : "new"
    switch change {
    case .new: return [whole(order, "pending_new", "pending_new"), brief(order, "new", "new", [])]
    case .triggered:
      let status = JSONValue.make([
        ("reference", "last"), ("price", .n(price(order.market, order.request.stop))), ("status", "triggered"),
      ])
      return [brief(order, "status", filled, [("triggers", status)])]
    case .amended:
      return [
        brief(
          order, "amended", filled,
          [
            ("order_qty", .n(volume(order.market, order.quantity))),
            ("limit_price", .n(price(order.market, order.price))), ("reason", "User requested"),
          ] + totals(order))
      ]
    case .filled: return [brief(order, "filled", "filled", totals(order))]
    case .cancelled, .rejected:
      let reason = JSONValue.s(order.reason)
      return [brief(order, "canceled", "canceled", totals(order) + [("cancel_reason", reason), ("reason", reason)])]
    case .expired:
      // An order that may not rest, and one that met its owner's own, is cancelled by the engine.
      let isRest =
        order.status == .expiredInMatch || !order.request.type.hasPrice
        || order.request.force != .goodTilCancelled
      let reason = JSONValue.s(order.reason.isEmpty ? "Not enough liquidity" : order.reason)
      let word = isRest ? "canceled" : "expired"
      return [brief(order, word, word, totals(order) + [("reason", reason)])]
    }
  }

  private func execution(_ fill: Fill, _ order: Order) -> JSONValue {
    let fee = JSONValue.make([
      ("asset", .s(exchange.assets[fill.feeAsset])), ("qty", .n(money(fill.fee, places: 5))),
    ])
    return .make(
      [
        ("order_id", .s(name(order.id))), ("exec_id", .s(name(of: fill))), ("exec_type", "trade"),
        ("trade_id", .n(fill.trade)), ("symbol", symbol(order)), ("side", .s(fill.side == .buy ? "buy" : "sell")),
        ("last_qty", .n(volume(fill.market, fill.quantity))), ("last_price", .n(price(fill.market, fill.price))),
        ("liquidity_ind", .s(fill.isMaker ? "m" : "t")), ("cost", .n(money(fill.value, places: 5))),
        ("order_userref", .n(order.request.words["userref"] ?? "0")),
        ("order_status", .s(order.remaining == 0 ? "filled" : "partially_filled")),
        ("order_type", .s(order.request.words["type"] ?? "limit")), ("fees", .list([fee])),
        ("timestamp", .s(rfc3339(fill.time))),
      ] + client(order) + totals(order))
  }

  func executionsSnapshot(_ account: Participant, orders: Bool, trades: Bool) -> JSONValue {
    let state = exchange.state(account)
    var data: [JSONValue] = []
    if trades {
      data += state.fills.suffix(50).compactMap { fill in exchange.orders[fill.order].map { execution(fill, $0) } }
    }
    if orders {
      data += state.live.compactMap { exchange.orders[$0] }
        .map { whole($0, "new", $0.filled > 0 ? "partially_filled" : "new") }
    }
    return .make([
      ("channel", "executions"), ("type", "snapshot"), ("data", .list(data)), ("sequence", .n(1)),
    ])
  }

  // MARK: Balances

  func balancesSnapshot(_ account: Participant) -> JSONValue {
    let data = exchange.assets.indices.map { asset in
      let total = JSONValue.n(money(exchange.ledger.balance(account, asset).total))
      let wallet = JSONValue.make([("type", "spot"), ("id", "main"), ("balance", total)])
      return JSONValue.make([
        ("asset", .s(exchange.assets[asset])), ("asset_class", "currency"), ("balance", total),
        ("wallets", .list([wallet])),
      ])
    }
    return .make([("channel", "balances"), ("type", "snapshot"), ("data", .list(data)), ("sequence", .n(1))])
  }

  /// The two ledger entries of an execution.
  private func pushBalances(_ fill: Fill, _ actions: inout [VenueAction]) {
    let rules = exchange.markets[fill.market].rules
    let size = rules.amount(fill.quantity)
    let sign = Amount(fill.side.sign)
    let data = [(rules.baseAsset, size * sign, Amount(0)), (rules.quoteAsset, -fill.value * sign, fill.fee)].map {
      asset, amount, fee in
      JSONValue.make([
        ("asset", .s(exchange.assets[asset])), ("asset_class", "currency"), ("amount", .n(money(amount))),
        ("balance", .n(money(exchange.ledger.balance(fill.account, asset).total))), ("fee", .n(money(fee))),
        ("ledger_id", .s(entry("L"))), ("ref_id", .s(name(of: fill))), ("timestamp", .s(rfc3339(fill.time))),
        ("type", "trade"), ("subtype", ""), ("category", "trade"), ("wallet_type", "spot"), ("wallet_id", "main"),
      ])
    }
    for id in sockets.keys.sorted() {
      guard let listening = sockets[id]?.balances, listening.account == fill.account else { continue }
      sockets[id]?.balances?.sequence = listening.sequence + 1
      let message = JSONValue.make([
        ("channel", "balances"), ("type", "update"), ("data", .list(data)), ("sequence", .n(listening.sequence + 1)),
      ])
      send(message, on: id, &actions)
    }
  }
}
