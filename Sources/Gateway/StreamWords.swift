import Decimals
import JSONTree
import MarketModel
import PatchbayHost
import Trading

/// Messages of orders and fills, as docs/api/streams.md has them.
enum StreamWords {
  /// Puts the number of a subscription into a message.
  static func of(_ subscription: Subscription, _ message: JSONValue) -> JSONValue {
    JSONValue(
      .object([JSONMember("subscription", StatusText.number(subscription.number))] + (message.object ?? [])))
  }

  /// - Parameter order: as it stood then, with the names of the interface.
  static func order(_ event: DeskEvent, _ order: JSONValue) -> JSONValue {
    let (name, reason) = words(event.event)
    var members = [
      JSONMember("type", "order"), JSONMember("event", JSONValue(.string(name))), JSONMember("order", order),
      JSONMember("reason", JSONValue(.string(reason))),
    ]
    if let fill = fill(event, order) { members.append(JSONMember("fill", fill)) }
    return JSONValue(.object(members))
  }

  /// `nil` for an event that is no fill.
  static func fill(_ event: DeskEvent, _ order: JSONValue) -> JSONValue? {
    guard case .filled(_, let fill) = event.event else { return nil }
    return [
      "connector": order["connector"] ?? nil, "account": order["account"] ?? nil, "order": order["order"] ?? nil,
      "client_order_id": order["client_order_id"] ?? nil,
      "exchange_client_order_id": order["exchange_client_order_id"] ?? nil, "pair": order["pair"] ?? nil,
      "side": order["side"] ?? nil, "trade_id": JSONValue(.string(fill.trade)),
      "price": StatusText.decimal(fill.price), "quantity": StatusText.decimal(fill.quantity),
      "fee": fill.fee.map(StatusText.decimal) ?? nil, "fee_asset": JSONValue(.string(fill.feeAsset)),
      "liquidity": fill.liquidity.map { $0 == .maker ? "maker" : "taker" } ?? nil,
      "time_ns": StatusText.number(fill.time),
    ]
  }

  private static func words(_ event: TraderEvent) -> (name: String, reason: String) {
    switch event {
    case .created: ("created", "")
    case .filled: ("filled", "")
    case .completed: ("completed", "")
    case .cancelled(_, let reason): ("cancelled", reason)
    case .expired(_, let reason): ("expired", reason)
    case .failed(_, .notSent(let reason)): ("failed", reason)
    case .failed(_, .refused(_, let reason)): ("failed", reason)
    case .lost: ("lost", "the exchange does not know it")
    case .adopted: ("adopted", "")
    case .amended: ("amended", "")
    case .amendFailed(_, _, let reason): ("amend_failed", reason)
    case .anomaly(_, let anomaly): ("anomaly", anomaly.text)
    case .ready, .halted, .funding, .position, .liquidation: ("", "")
    }
  }
}

extension TraderAnomaly {
  fileprivate var text: String {
    switch self {
    case .order(let anomaly): anomaly.description
    case .fillsMissing(let seen, let told): "\(told.plain) is said to be filled, the fills make \(seen.plain)"
    case .lateFill: "a fill came after the end"
    case .farFromMarket(let price, let touch): "a fill at \(price.plain), far from the best price of \(touch.plain)"
    case .cancelRefused(_, let reason): "the exchange refuses to cancel it, and is asked again: \(reason)"
    case .journal(let text): "the journal does not take it: \(text)"
    case .strayFillsDropped: "more fills of other orders than the journal takes"
    }
  }
}
