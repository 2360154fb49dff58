import CPatchbay
import ConnectorKit
import Decimals
import Matching

/// The extension patchbay.perp/1: positions, leverage, modes, mark prices and funding.
extension PaperVenue {
  // MARK: Facts

  func reportPosition(_ account: Participant, _ market: Int, command: pb_id) {
    let state = exchange.markets[market]
    let position = exchange.positions[account][market]
    var record = pb_position()
    record.account = accountID(account)
    record.instrument = instrument(market)
    record.command = command
    record.venue_ns = now
    record.position = UInt32(PB_POSITION_NET)
    record.margin_mode = UInt32(position.isIsolated ? PB_MARGIN_ISOLATED : PB_MARGIN_CROSS)
    if position.isIsolated { record.margin = decimal(position.margin) }
    record.quantity = state.rules.quantity(position.quantity)
    record.mark = state.rules.price(state.funding.mark)
    record.leverage = pb_dec(Decimal64(position.leverage))
    record.realized = decimal(position.realized)
    record.unrealized = decimal(exchange.markValue(account, market) - position.cost)
    if position.quantity != 0 {
      record.entry = average(
        position.cost, over: Int128(position.quantity) * state.rules.valueScale, exponent: state.rules.priceExponent)
      if let price = exchange.liquidationPrice(account, market) { record.liquidation = state.rules.price(price) }
    }
    out.position(record)
  }

  func reportMark(_ market: Int) {
    let state = exchange.markets[market]
    var record = pb_mark()
    record.instrument = instrument(market)
    record.venue_ns = now
    record.mark = state.rules.price(state.funding.mark)
    record.index = state.rules.price(state.funding.index)
    out.mark(record)
  }

  func reportFundingRate(_ market: Int, command: pb_id) {
    let state = exchange.markets[market]
    var record = pb_funding_rate()
    record.instrument = instrument(market)
    record.command = command
    record.venue_ns = now
    record.next_ns = state.funding.next
    record.interval_ns = exchange.fundingInterval
    record.rate = rate(state.funding.rate(interval: exchange.fundingInterval))
    out.fundingRate(record)
  }

  func report(_ payment: FundingPayment, command: pb_id) {
    var record = pb_funding_payment()
    record.account = accountID(payment.account)
    record.instrument = instrument(payment.market)
    record.command = command
    record.venue_ns = payment.time
    record.rate = rate(payment.rate)
    record.amount = decimal(payment.amount)
    out.fundingPayment(record, asset: exchange.markets[payment.market].rules.quote, id: String(payment.id))
  }

  /// Reports the account, and whoever subscribed to the market's liquidations.
  func report(_ liquidation: Liquidation) {
    let rules = exchange.markets[liquidation.market].rules
    var record = pb_liquidation()
    record.account = accountID(liquidation.account)
    record.instrument = instrument(liquidation.market)
    record.venue_ns = liquidation.time
    record.side = liquidation.side.rawValue
    record.what = UInt32(PB_LIQUIDATION_FORCED)
    record.price = rules.price(liquidation.price)
    record.quantity = rules.quantity(liquidation.quantity)
    out.liquidation(record)
    guard feeds[liquidation.market].channels.contains(.liquidations) else { return }
    record.account = 0
    out.liquidation(record)
  }

  // MARK: Commands

  /// PB_CMD_POSITIONS: those that are not closed.
  func reportPositions(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let asked = try optionalMarket(command)
    for market in exchange.markets.indices where asked == nil || market == asked {
      guard exchange.positions[holder.participant][market].quantity != 0 else { continue }
      reportPosition(holder.participant, market, command: command.id)
    }
    out.complete(PB_EV_POSITION, command: command.id, account: holder.id, instrument: asked.map(instrument) ?? 0)
  }

  /// PB_CMD_LEVERAGE: whole numbers up to the instrument's maximum.
  func setLeverage(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let market = try market(command)
    guard let leverage = command.fields.value.value?.mantissa(at: 0) else {
      throw Refusal(.invalidOrder, "leverage must be a whole number")
    }
    try exchange.setLeverage(holder.participant, market, leverage)
    reportMode(holder, market, command: command.id)
  }

  /// PB_CMD_MARGIN_MODE: of one instrument; cross is what it begins with.
  func setMarginMode(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let market = try market(command)
    switch Int(command.fields.mode) {
    case PB_MARGIN_CROSS: try exchange.setIsolated(holder.participant, market, false)
    case PB_MARGIN_ISOLATED: try exchange.setIsolated(holder.participant, market, true)
    default: throw Refusal(.invalidOrder, "the margin mode is cross or isolated")
    }
    reportMode(holder, market, command: command.id)
  }

  /// PB_CMD_POSITION_MODE: one-way is what every account has.
  func setPositionMode(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let market = try optionalMarket(command)
    guard command.fields.mode == UInt32(PB_POSITION_MODE_ONE_WAY) else {
      throw Refusal(.unsupported, "only one-way positions are offered")
    }
    reportMode(holder, market, command: command.id)
  }

  /// PB_CMD_MODES.
  func reportModes(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    for market in exchange.markets.indices { reportMode(holder, market, command: command.id) }
    out.complete(PB_EV_MODE, command: command.id, account: holder.id)
  }

  private func reportMode(_ holder: Holder, _ market: Int?, command: pb_id) {
    var record = pb_mode()
    record.account = holder.id
    record.instrument = market.map(instrument) ?? 0
    record.command = command
    record.position_mode = UInt32(PB_POSITION_MODE_ONE_WAY)
    if let market {
      let position = exchange.positions[holder.participant][market]
      record.margin_mode = UInt32(position.isIsolated ? PB_MARGIN_ISOLATED : PB_MARGIN_CROSS)
      record.leverage = pb_dec(Decimal64(position.leverage))
    }
    out.mode(record)
  }

  /// PB_CMD_FUNDING: rate and mark price of one instrument or all.
  func reportFunding(_ command: OwnedCommand) throws(Refusal) {
    let asked = try optionalMarket(command)
    for market in exchange.markets.indices where asked == nil || market == asked {
      reportFundingRate(market, command: command.id)
      reportMark(market)
    }
  }

  /// PB_CMD_FUNDING_PAYMENTS.
  func reportFundingPayments(_ command: OwnedCommand) throws(Refusal) {
    let holder = try holder(command.fields.account)
    let payments = try select(
      command, from: exchange.accounts[holder.participant].payments, of: holder.participant, time: { $0.time },
      market: { $0.market })
    for payment in payments.part { report(payment, command: command.id) }
    out.complete(
      PB_EV_FUNDING_PAYMENT, command: command.id, account: holder.id,
      instrument: try optionalMarket(command).map(instrument) ?? 0, partial: payments.isPartial)
  }
}
