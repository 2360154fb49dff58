import CPatchbay
import ConnectorKit
import Decimals
import Matching

/// What happened in the exchange, as records.
extension PaperVenue {
  /// Reports the exchange's events and forgets them. Facts of `order` answer `command`; all others are pushes.
  func reportEvents(answering command: pb_id = 0, order: OrderID = 0) {
    let events = exchange.events
    exchange.events.removeAll(keepingCapacity: true)
    for event in events {
      switch event {
      case .trade(let trade): if feeds[trade.market].channels.contains(.trades) { report(trade) }
      case .fill(let fill): report(fill, command: fill.order == order ? command : 0)
      case .order(let changed): report(changed, command: changed.id == order ? command : 0)
      case .balance(let account, let asset): reportBalance(account, asset, command: 0)
      case .position(let account, let market): reportPosition(account, market, command: 0)
      case .mark(let market): if feeds[market].channels.contains(.mark) { reportMark(market) }
      case .fundingRate(let market): if feeds[market].channels.contains(.mark) { reportFundingRate(market, command: 0) }
      case .funding(let payment): report(payment, command: 0)
      case .liquidation(let liquidation): report(liquidation)
      }
    }
  }

  func report(_ trade: Trade) {
    out.begin(pb_trade.self)
    var record = pb_trade()
    record.instrument = instrument(trade.market)
    record.venue_ns = trade.time
    record.price = trade.price
    record.quantity = trade.quantity
    record.side = trade.side.rawValue
    record.trade = out.text(String(trade.id))
    out.emit(record, kind: PB_EV_TRADE)
  }

  func report(_ order: Order, command: pb_id) {
    let rules = exchange.markets[order.market].rules
    var record = fields(of: order.request)
    record.command = command
    record.venue_ns = order.time
    record.state = order.state.rawValue
    if !order.request.isMarket { record.price = rules.price(order.price) }
    if let trigger = order.request.trigger { record.stop = rules.price(trigger.price) }
    record.quantity = rules.quantity(order.quantity)
    record.filled = rules.quantity(order.filled)
    record.average = average(order.filledValue, over: Int128(order.filled), exponent: rules.priceExponent)
    out.order(record, client: order.request.clientOrder, venue: String(order.id), reason: order.reason)
  }

  /// An order that was refused before it became one.
  func reportRejected(_ request: OrderRequest, _ refusal: Refusal, command: pb_id) {
    let rules = exchange.markets[request.market].rules
    var record = fields(of: request)
    record.command = command
    record.venue_ns = now
    record.state = OrderState.rejected.rawValue
    record.error = refusal.kind.rawValue
    if !request.isMarket { record.price = rules.price(request.price) }
    if let trigger = request.trigger { record.stop = rules.price(trigger.price) }
    if request.value == nil { record.quantity = rules.quantity(request.quantity) }
    record.filled = rules.quantity(0)
    out.order(record, client: request.clientOrder, venue: "", reason: refusal.text)
  }

  private func fields(of request: OrderRequest) -> pb_order {
    var record = pb_order()
    record.account = accountID(request.account)
    record.instrument = instrument(request.market)
    record.order = request.hostOrder
    record.side = request.side.rawValue
    record.type = request.type.rawValue
    record.time_in_force = request.timeInForce.rawValue
    record.expiry_ns = request.expiry
    var flags: OrderFlags = []
    if request.postOnly { flags.insert(.postOnly) }
    if request.reduceOnly { flags.insert(.reduceOnly) }
    if request.value != nil { flags.insert(.byValue) }
    if request.trigger?.source == .mark { flags.insert(.stopByMark) }
    record.flags = flags.rawValue
    return record
  }

  func report(_ fill: Fill, command: pb_id) {
    let rules = exchange.markets[fill.market].rules
    var record = pb_fill()
    record.account = accountID(fill.account)
    record.instrument = instrument(fill.market)
    record.order = fill.hostOrder
    record.command = command
    record.venue_ns = fill.time
    record.side = fill.side.rawValue
    record.liquidity = (fill.isMaker ? Liquidity.maker : .taker).rawValue
    record.price = rules.price(fill.price)
    record.quantity = rules.quantity(fill.quantity)
    record.fee = decimal(fill.fee)
    if exchange.isPerpetual { record.realized = decimal(fill.realized) }
    out.fill(
      record, trade: String(fill.trade), client: fill.clientOrder, venue: String(fill.order),
      feeAsset: exchange.assets[fill.feeAsset])
  }

  func reportBalance(_ account: Participant, _ asset: Int, command: pb_id) {
    out.begin(pb_balance.self)
    var record = pb_balance()
    record.account = accountID(account)
    record.command = command
    record.venue_ns = now
    record.total = decimal(exchange.ledger.balance(account, asset).total)
    record.available = decimal(exchange.available(account, asset))
    record.asset = out.text(exchange.assets[asset])
    out.emit(record, kind: PB_EV_BALANCE)
  }
}
