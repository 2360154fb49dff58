import CPatchbay
import ConnectorKit
import Decimals
import Matching

/// Instruments and their rules.
extension PaperVenue {
  func reportInstruments(_ command: OwnedCommand) {
    for market in exchange.markets.indices { reportInstrument(exchange.markets[market].rules) }
    out.complete(PB_EV_INSTRUMENT, command: command.id)
  }

  private func reportInstrument(_ rules: Market) {
    let isPerpetual = exchange.isPerpetual
    var record = pb_instrument()
    record.instrument = instrument(rules.index)
    record.kind = UInt32(isPerpetual ? PB_KIND_PERP : PB_KIND_SPOT)
    record.state = UInt32(PB_INSTRUMENT_TRADING)
    record.price_exp = rules.priceExponent
    record.quantity_exp = rules.quantityExponent
    record.order_types = OrderType.allCases.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    record.time_in_force = [TimeInForce.goodTilCancelled, .immediateOrCancel, .fillOrKill, .goodTilDate]
      .reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    let flags: OrderFlags =
      isPerpetual ? [.postOnly, .reduceOnly, .byValue, .stopByMark] : [.postOnly, .byValue]
    record.order_flags = UInt64(flags.rawValue)
    record.tick = rules.price(rules.tick)
    record.lot = rules.quantity(rules.lot)
    record.min_price = rules.price(rules.minPrice)
    record.max_price = rules.price(rules.maxPrice)
    record.min_quantity = rules.quantity(rules.minQuantity)
    record.max_quantity = rules.quantity(rules.maxQuantity)
    record.min_notional = decimal(rules.minNotional)
    record.multiplier = pb_dec(Decimal64.one)
    if isPerpetual { record.max_leverage = pb_dec(Decimal64(rules.maxLeverage)) }
    record.maker_fee = rate(rules.makerFee)
    record.taker_fee = rate(rules.takerFee)
    out.instrument(
      record, symbol: rules.symbol, base: rules.base, quote: rules.quote, settle: isPerpetual ? rules.quote : "")
  }
}
