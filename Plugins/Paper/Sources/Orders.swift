import CPatchbay
import ConnectorKit
import Decimals
import Matching

/// Commands that place, change and cancel orders.
extension PaperVenue {
  /// Carries out a command or each item of a batch. A batch is refused when all of its items are; else it is done, the
  /// facts tell what became of each, and the reply's text counts the refused ones.
  func each(_ command: OwnedCommand, _ act: (OwnedCommand) throws(Refusal) -> Void) throws(Refusal) -> String {
    let parts = command.parts
    var refused = 0
    var first: Refusal?
    for part in parts {
      do {
        try act(part)
      } catch {
        refused += 1
        first = first ?? error
      }
    }
    guard let first else { return "" }
    if refused == parts.count { throw first }
    return "\(refused) of \(parts.count) refused, the first: \(first.text)"
  }

  /// PB_CMD_PLACE. A refused order is reported as rejected.
  func place(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let market = try market(command)
    guard let side = Side(rawValue: command.fields.side) else {
      throw Refusal(.invalidOrder, "side must be buy or sell")
    }
    var request = OrderRequest(account: holder.participant, market: market, side: side)
    request.hostOrder = command.fields.order
    request.clientOrder = command.clientOrder
    do {
      try fill(&request, from: command)
      let id = try exchange.place(request, at: now)
      if request.expiry != 0 { armExpiry() }
      reportEvents(answering: command.id, order: id)
    } catch {
      reportRejected(request, error, command: command.id)
      throw error
    }
  }

  /// Translates type, flags and numbers of a command.
  private func fill(_ request: inout OrderRequest, from command: OwnedCommand) throws(Refusal) {
    let rules = exchange.markets[request.market].rules
    let fields = command.fields
    let flags = OrderFlags(rawValue: fields.flags)
    guard let type = OrderType(rawValue: fields.type) else {
      throw Refusal(.unsupported, "this type of order is not offered")
    }
    request.isMarket = type == .market || type == .stopMarket || type == .takeMarket
    if type != .limit, type != .market {
      request.trigger = Trigger(
        price: try mantissa(fields.stop, rules.priceExponent, "stop"),
        isStop: type == .stopLimit || type == .stopMarket, source: flags.contains(.stopByMark) ? .mark : .last)
    } else if flags.contains(.stopByMark) {
      throw Refusal(.invalidOrder, "only an order with a stop waits for the mark price")
    }
    switch fields.time_in_force {
    case 0: request.timeInForce = request.isMarket ? .immediateOrCancel : .goodTilCancelled
    default:
      guard let force = TimeInForce(rawValue: fields.time_in_force) else {
        throw Refusal(.unsupported, "this time in force is not offered")
      }
      request.timeInForce = force
    }
    let isDated = request.timeInForce == .goodTilDate
    guard isDated ? command.expiry > now && !request.isMarket : command.expiry == 0 else {
      throw Refusal(.invalidOrder, "a limit order good till a date has one that lies ahead, and no other order has one")
    }
    request.expiry = command.expiry
    guard fields.position == UInt32(PB_POSITION_NET), !flags.contains(.close) else {
      throw Refusal(.unsupported, "there are no legs: positions are one-way")
    }
    request.postOnly = flags.contains(.postOnly)
    request.reduceOnly = flags.contains(.reduceOnly)
    guard isClientOrder(command.clientOrder) else {
      throw Refusal(.invalidOrder, "a client order id has at most 36 letters, digits, dashes and underscores")
    }
    if !request.isMarket { request.price = try mantissa(fields.price, rules.priceExponent, "price") }
    if flags.contains(.byValue) {
      guard let value = fields.value.value?.mantissa(at: -8), Amount(value) <= rules.largestValue else {
        throw Refusal(.invalidOrder, "the value is absent, too large or has more than 8 decimal places")
      }
      request.value = Amount(value)
    } else {
      request.quantity = try mantissa(fields.quantity, rules.quantityExponent, "quantity")
    }
  }

  private func mantissa(_ number: pb_dec, _ exponent: Int32, _ name: String) throws(Refusal) -> Int64 {
    guard let mantissa = number.value?.mantissa(at: exponent) else {
      throw Refusal(.invalidOrder, "\(name) is absent, or no multiple of its increment")
    }
    return mantissa
  }

  /// The order that a command names, living or not.
  private func named(_ command: OwnedCommand) throws(Refusal) -> Order {
    let holder = try holder(command.fields.account)
    let id = command.venueOrder.isEmpty ? nil : OrderID(command.venueOrder) ?? 0
    let found = exchange.find(
      holder.participant, id: id, clientOrder: command.clientOrder, hostOrder: command.fields.order)
    guard let found else { throw Refusal(.unknownOrder, "no such order") }
    return found
  }

  /// The living order that a command names. Of one that has ended, the end is reported.
  private func live(_ command: OwnedCommand) throws(Refusal) -> Order {
    let order = try named(command)
    guard order.state.isLive else {
      report(order, command: command.id)
      throw Refusal(.unknownOrder, "the order is not open any more")
    }
    return order
  }

  /// PB_CMD_AMEND.
  func amend(_ command: OwnedCommand) throws(Refusal) {
    let order = try live(command)
    let rules = exchange.markets[order.market].rules
    let fields = command.fields
    let isAbsent = { (number: pb_dec) in number.state == UInt32(PB_DEC_ABSENT) }
    let price = isAbsent(fields.price) ? nil : try mantissa(fields.price, rules.priceExponent, "price")
    let quantity = isAbsent(fields.quantity) ? nil : try mantissa(fields.quantity, rules.quantityExponent, "quantity")
    try exchange.amend(order.id, price: price, quantity: quantity, at: now)
    reportEvents(answering: command.id, order: order.id)
  }

  /// PB_CMD_CANCEL, and each item of PB_CMD_CANCEL_MANY.
  func cancel(_ command: OwnedCommand) throws(Refusal) {
    let order = try live(command)
    try exchange.cancel(order.id, at: now)
    reportEvents(answering: command.id, order: order.id)
  }

  /// PB_CMD_ORDER.
  func reportOrder(_ command: OwnedCommand) throws(Refusal) { report(try named(command), command: command.id) }

  /// PB_CMD_OPEN_ORDERS.
  func reportOpenOrders(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let market = try optionalMarket(command)
    for id in exchange.accounts[holder.participant].live {
      guard let order = exchange.orders[id], market == nil || order.market == market else { continue }
      report(order, command: command.id)
    }
    out.complete(PB_EV_ORDER, command: command.id, account: holder.id, instrument: market.map(instrument) ?? 0)
  }
}

/// Whether the descriptor's rule for client order ids is kept; an order needs none.
private func isClientOrder(_ text: String) -> Bool {
  text.utf8.count <= 36
    && text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
      default: false
      }
    }
}

extension Market {
  /// The largest value of one order.
  var largestValue: Amount { value(price: maxPrice, quantity: maxQuantity) }
}
