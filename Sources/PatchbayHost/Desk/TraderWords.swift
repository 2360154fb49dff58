import Decimals
import JSONTree
import MarketModel
import Runtime
import Trading

/// What happens to orders and accounts, as a person reads it and as a program does.
package enum TraderWords {
  /// `nil` for what is no news.
  package static func event(_ event: TraderEvent, of desk: TradeDesk) -> RunEvent? {
    var told = RunEvent(kind: "order", connector: desk.name, text: "")
    switch event {
    case .created(let id): told.text = "\(text(id, desk)) is open"
    case .completed(let id): told.text = "\(text(id, desk)) is filled"
    case .cancelled(let id, let reason): told.text = "\(text(id, desk)) is cancelled\(why(reason))"
    case .expired(let id, let reason): told.text = "\(text(id, desk)) has expired\(why(reason))"
    case .failed(let id, .notSent(let reason)): told.text = "\(text(id, desk)) was not sent\(why(reason))"
    case .failed(let id, .refused(_, let reason)): told.text = "\(text(id, desk)) was refused\(why(reason))"
    case .lost(let id):
      told.text = "\(text(id, desk)): the venue does not know it; it is asked for on, look at the exchange"
    case .adopted(let id): told.text = "\(text(id, desk)) was found at the venue, and is looked after from now on"
    case .amended(let id): told.text = "\(text(id, desk)) was changed"
    case .amendFailed(let id, _, let reason): told.text = "\(text(id, desk)) was not changed\(why(reason))"
    case .filled(let id, let fill): return filled(id, fill, desk)
    case .anomaly(let id, let anomaly):
      told.kind = "warning"
      told.text = id == OrderID(0) ? "\(words(anomaly, desk))" : "\(text(id, desk)): \(words(anomaly, desk))"
    case .ready, .halted, .funding, .position, .liquidation: return account(event, of: desk)
    }
    if let id = event.order { told.members = members(id, desk) }
    return told
  }

  private static func account(_ event: TraderEvent, of desk: TradeDesk) -> RunEvent? {
    var told = RunEvent(kind: "trading", connector: desk.name, text: "")
    switch event {
    case .ready(true): told.text = "orders are taken"
    // What stopped them is reported.
    case .ready(false) where desk.trader.haltReason != nil: return nil
    case .ready(false): told.text = "no orders are taken: \(desk.missing.joined(separator: "; "))"
    case .halted(let reason): told.text = "orders are stopped: \(reason)"
    case .funding(let payment):
      let sign = payment.amount.isPositive ? "received" : "paid"
      told.kind = "funding"
      told.text = "\(pair(payment.instrument, desk)) funding \(sign): \(payment.amount.plain) \(payment.asset)"
    case .position(let key, let position):
      let leg = key.leg == .net ? "" : " \(key.leg)"
      let entry = position?.entry.map { " at \($0.plain)" } ?? ""
      told.kind = "position"
      told.text = "\(pair(key.instrument, desk))\(leg): \(position?.quantity.plain ?? "0")\(entry)"
    case .liquidation(let fact):
      told.kind = "warning"
      told.text = "\(pair(fact.instrument, desk)): \(words(fact))"
    default: return nil
    }
    return told
  }

  /// What the exchange does to a position against its holder's will.
  package static func words(_ fact: LiquidationFact) -> String {
    let side = fact.side.map { $0 == .buy ? "buys" : "sells" } ?? "trades"
    let price = fact.price.map { " at \($0.plain)" } ?? ""
    let what = fact.quantity.map { ": it \(side) \($0.plain)\(price)" } ?? ""
    return switch fact.kind {
    case .forced: "the exchange liquidates the position\(what)"
    case .deleveraged: "the exchange reduces the position against another account's loss (ADL)\(what)"
    case .marginCall: "the exchange warns that the position is near its liquidation"
    }
  }

  private static func filled(_ id: OrderID, _ fill: Fill, _ desk: TradeDesk) -> RunEvent {
    let fee = fill.fee.map { ", fee \($0.plain) \(fill.feeAsset)" } ?? ""
    var told = RunEvent(
      kind: "fill", connector: desk.name,
      text: "\(text(id, desk)): \(fill.quantity.plain) at \(fill.price.plain)\(fee)")
    told.members = members(id, desk) + [
      JSONMember("trade", JSONValue(.string(fill.trade))), JSONMember("price", StatusText.decimal(fill.price)),
      JSONMember("quantity", StatusText.decimal(fill.quantity)),
      JSONMember("fee", fill.fee.map(StatusText.decimal) ?? nil),
      JSONMember("fee_asset", JSONValue(.string(fill.feeAsset))),
    ]
    return told
  }

  private static func members(_ id: OrderID, _ desk: TradeDesk) -> [JSONMember] {
    guard let order = desk.trader.orders[id] else { return [JSONMember("order", StatusText.number(id.rawValue))] }
    return [
      JSONMember("order", StatusText.number(id.rawValue)),
      JSONMember("client_order_id", JSONValue(.string(order.clientOrderID))),
      JSONMember("pair", JSONValue(.string(pair(order.instrument, desk)))),
      JSONMember("state", JSONValue(.string(order.state.description))),
      JSONMember("filled", StatusText.decimal(order.filled)),
    ]
  }

  /// `order 58012345 (buy 0.1 BTC-USDT at 100)`.
  private static func text(_ id: OrderID, _ desk: TradeDesk) -> String {
    guard let order = desk.trader.orders[id] else { return "order \(id.rawValue)" }
    let pair = pair(order.instrument, desk)
    let price = order.price.map { " at \($0.plain)" } ?? ""
    let what = order.quantity.map { "\($0.plain) \(pair)\(price)" } ?? "\(pair) for \(order.draft.quantity.plain)"
    return "order \(id.rawValue) (\(order.draft.side) \(what))"
  }

  private static func pair(_ instrument: InstrumentID, _ desk: TradeDesk) -> String {
    desk.session.instrument(instrument)?.pair ?? "instrument \(instrument.rawValue)"
  }

  private static func why(_ reason: String) -> String { reason.isEmpty ? "" : ": \(reason)" }

  private static func words(_ anomaly: TraderAnomaly, _ desk: TradeDesk) -> String {
    switch anomaly {
    case .order(let anomaly): words(anomaly, desk)
    case .fillsMissing(let seen, let told): "the venue speaks of \(told.plain) filled, its fills make \(seen.plain)"
    case .lateFill: "a fill came after the end"
    case .farFromMarket(let price, let touch):
      "a fill at \(price.plain) is far from the market, where \(touch.plain) is the best price; it counts, and the "
        + "venue is asked"
    case .cancelRefused(_, let reason): "the venue refuses to cancel it; it is tried again\(why(reason))"
    case .journal(let text): "the journal does not take what has happened; it is tried again: \(text)"
    case .strayFillsDropped(let account):
      "account \(desk.account(account)): more fills of other orders than the journal takes "
        + "(\(desk.trader.policy.strayFillsAtOnce) at once, \(desk.trader.policy.strayFillsPerSecond) a second); "
        + "the exchange's own history has the rest"
    }
  }

  private static func words(_ anomaly: OrderAnomaly, _ desk: TradeDesk) -> String {
    switch anomaly {
    case .misfit(let misfit): "\(words(misfit, desk)); it does not count, and the venue is asked"
    case .widened(.widerLimit(let price)):
      "the venue, asked, says that its limit is \(price.plain), looser than was ordered here; that counts from now on"
    case .widened(let misfit):
      "the venue, asked, says that it is of \(misfit.figure), more than was ordered here; that counts from now on"
    case .reduced(let quantity):
      "the venue says that it is of \(quantity.plain), less than was ordered here; that counts from now on"
    case .tightened(let price):
      "the venue says that its limit is \(price.plain), which was not ordered here; that counts from now on"
    case .reopened: "the venue shows it alive after its end; it is open again, and the venue is asked"
    case .doubted: "what the venue says of it does not agree; the venue is asked"
    case .aliveAfterRefusal: "the venue has it although it was refused or not sent; it is open, and the venue is asked"
    case .overfilled: "more was filled than was ordered"
    case .fillConflict(let trade): "trade \(trade) came again with another price or quantity; the first counts"
    case .malformedFill: "a fill without a trade id or a quantity; it does not count"
    case .outOfRange: "the sum of its fills is out of range"
    case .feesOutOfRange(let asset): "the sum of its fees in \(asset) is out of range and not known"
    case .filledShrank: "the venue says that less was filled than before; the larger number counts"
    case .conflictingEnds: "the venue names two different ends"
    case .strangeCommand(let command): "command \(command.rawValue) is none of its own"
    }
  }

  private static func words(_ misfit: OrderMisfit, _ desk: TradeDesk) -> String {
    switch misfit {
    case .account(let account): "a fill or report of account \(desk.account(account)) names it"
    case .instrument(let instrument): "a fill or report of \(pair(instrument, desk)) names it"
    case .side(let side): "a fill or report of the other side (\(side)) names it"
    case .price(let price): "a fill or report at \(price.plain) is outside of its limit"
    case .quantity(let quantity): "a fill or report of \(quantity.plain) goes beyond its quantity"
    case .negativeQuantity(let quantity): "a fill or report of the negative quantity \(quantity.plain) names it"
    case .widerLimit(let price): "a report of the limit \(price.plain) is looser than was ordered"
    case .widerQuantity(let quantity): "a report of the size \(quantity.plain) is more than was ordered"
    case .nothingFilled: "a report calls it filled, and says that nothing was"
    case .unreadable: "a fill or report with a number out of range, or a word that is none, names it"
    case .tooManyFills: "more fills are reported than are kept"
    }
  }
}

extension TraderEvent {
  /// The order that it is about.
  package var order: OrderID? {
    switch self {
    case .created(let id), .completed(let id), .cancelled(let id, _), .expired(let id, _), .failed(let id, _),
      .lost(let id), .adopted(let id), .amended(let id), .amendFailed(let id, _, _), .filled(let id, _):
      id
    case .anomaly(let id, _): id == OrderID(0) ? nil : id
    case .ready, .halted, .funding, .position, .liquidation: nil
    }
  }
}
