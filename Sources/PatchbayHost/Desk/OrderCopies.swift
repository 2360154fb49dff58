import CPatchbay
import Decimals
import JSONTree
import MarketModel
import Runtime
import Trading

/// Orders, balances and positions as JSON; every number that may have a fraction is a text with its exact digits.
package enum OrderCopies {
  /// On the desk's lane.
  package static func order(_ order: TrackedOrder, _ desk: TradeDesk) -> JSONValue {
    let instrument = desk.session.instrument(order.instrument)
    let isByValue = order.draft.flags.contains(.byValue)
    return [
      "connector": text(desk.name), "account": text(desk.account(order.account)),
      "order": StatusText.number(order.id.rawValue), "client_order_id": text(order.clientOrderID),
      "venue_order_id": text(order.venueOrderID), "pair": text(instrument?.pair ?? ""),
      "symbol": text(instrument?.symbol ?? ""), "side": text("\(order.draft.side)"),
      "type": text(order.draft.type.description),
      "time_in_force": order.timeInForce.map { text($0.description) } ?? nil,
      "expiry_ns": order.draft.expiry == 0 ? nil : StatusText.number(order.draft.expiry),
      "created_ns": desk.trader.created(order.id).map(StatusText.number) ?? nil,
      "changed_ns": StatusText.number(moment(order.changed, desk)),
      "flags": JSONValue(.array(order.draft.flags.words.map(text))), "price": decimal(order.price),
      "stop": decimal(order.draft.stop),
      "waits_for_trigger": order.draft.type.hasStop ? JSONValue(.bool(order.waitsForTrigger)) : nil,
      "quantity": decimal(order.quantity),
      "value": isByValue ? decimal(order.draft.quantity) : nil, "filled": decimal(order.filled),
      "average_price": decimal(order.averagePrice(places: 12)), "fees": fees(order),
      "state": text(order.state.description), "reason": text(desk.trader.reason(of: order)),
      "code": code(order, desk.trader).map(text) ?? nil,
      "waits": order.state == .pendingCreate ? desk.session.wait(of: order.createCommand).map(text) ?? nil : nil,
    ]
  }

  /// A word for programs of why an order never lived, or of the doubt in which it is; `nil` = neither.
  static func code(_ order: TrackedOrder, _ trader: Trader) -> String? {
    switch order.state {
    case .notSent: "not_sent"
    case .rejected: Int(trader.error(of: order)) == PB_ERR_FUNDS ? "insufficient_funds" : "refused"
    case .unknown: "outcome_unknown"
    case .lost: "unknown_order"
    default: nil
    }
  }

  /// A monotonic moment by the venue's clock.
  private static func moment(_ mono: Int64, _ desk: TradeDesk) -> Int64 {
    let times = desk.session.times
    return max(0, times.venue.subtractingSaturated(max(0, times.mono.subtractingSaturated(mono))))
  }

  /// The sums of the fees that are known, by asset; null where a sum is out of range.
  private static func fees(_ order: TrackedOrder) -> JSONValue {
    JSONValue(
      .array(order.fees.sorted { $0.key < $1.key }.map { ["asset": text($0.key), "amount": decimal($0.value)] }))
  }

  package static func balances(_ desk: TradeDesk) -> [JSONValue] {
    desk.accounts.flatMap { account in
      desk.trader.path.accounts.balances.all(of: account.id).map { asset, balance -> JSONValue in
        [
          "connector": text(desk.name), "account": text(account.name), "asset": text(asset),
          "total": decimal(balance.total), "available": decimal(balance.available),
          "rounded": JSONValue(.bool(balance.isRounded)),
        ]
      }
    }
  }

  package static func positions(_ desk: TradeDesk) -> [JSONValue] {
    desk.accounts.flatMap { account in
      desk.trader.path.accounts.positions.all(of: account.id).map { key, position -> JSONValue in
        [
          "connector": text(desk.name), "account": text(account.name),
          "pair": text(desk.session.instrument(key.instrument)?.pair ?? ""), "leg": text("\(key.leg)"),
          "quantity": decimal(position.quantity), "entry": decimal(position.entry), "mark": decimal(position.mark),
          "liquidation": decimal(position.liquidation), "unrealized": decimal(position.unrealized),
          "realized": decimal(position.realized), "leverage": decimal(position.leverage),
          "margin": decimal(position.margin),
        ]
      }
    }
  }

  package static func text(_ text: String) -> JSONValue { JSONValue(.string(text)) }
  package static func decimal(_ number: Decimal64?) -> JSONValue { number.map(StatusText.decimal) ?? nil }
}

/// How types, times in force, flags and states are written on command lines and in JSON.
package enum OrderNames {
  package static let types = OrderType.allCases.map { (name: $0.description, $0) }
  package static let times: [(name: String, TimeInForce)] = [
    TimeInForce.goodTillCancelled, .immediateOrCancel, .fillOrKill, .goodTillDate,
  ].map { ($0.description, $0) }
  /// Those that an order can be placed with; what closes a leg is said by its position.
  package static let flags = OrderFlags.names.filter { $0.flag != .close }
}
