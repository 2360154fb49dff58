import CPatchbay
import Records

/// Each kind of output. `write` gives the kind's name.
extension FactWriter {
  mutating func write() -> String {
    switch record.kind {
    case PB_OUT_OPEN...PB_OUT_FAULT: return writeRequest()
    case PB_EV_POSITION...PB_EV_MODE: return writePerpetual()
    case PB_EV_POOL: return "pool"
    case PB_EV_QUOTE: return "quote"
    case PB_EV_TRANSACTION: return "transaction"
    default: return writeFact()
    }
  }

  private mutating func writeRequest() -> String {
    switch record.kind {
    case PB_OUT_OPEN:
      let fact = record.head(as: pb_out_open.self)
      put("stream", id: fact.stream)
      put("account", id: fact.account)
      put("url", literal(fact.url))
      put("permission", fact.permission)
      return "open"
    case PB_OUT_CLOSE:
      put("stream", id: record.head(as: pb_out_close.self).stream)
      return "close"
    case PB_OUT_REQUEST:
      let fact = record.head(as: pb_out_request.self)
      put("request", id: fact.request)
      put("account", id: fact.account)
      put("command", id: fact.command)
      put("stream", id: fact.stream)
      put("method", fact.method, Names.method)
      put("permission", fact.permission)
      put("url", literal(fact.url))
      put("body", literal(fact.body))
      return "request"
    case PB_OUT_ABORT:
      put("request", id: record.head(as: pb_out_abort.self).request)
      return "abort"
    case PB_OUT_TIMER:
      let fact = record.head(as: pb_out_timer.self)
      put("timer", id: fact.timer)
      put("after", "\(fact.after_ns)")
      return "timer"
    case PB_OUT_LOG:
      let fact = record.head(as: pb_out_log.self)
      put("level", fact.level, Names.log)
      put("text", fact.text)
      return "log"
    default:
      let fact = record.head(as: pb_out_fault.self)
      put("error", fact.error, Names.error)
      put("text", fact.text)
      return "fault"
    }
  }

  /// The text with `<seal>` where the host computes.
  private func literal(_ text: pb_text) -> String {
    record.parts(text).map { $0.ops.count > 0 ? "<seal>" : record.text($0.literal) }.joined()
  }

  private mutating func writeFact() -> String {
    switch record.kind {
    case PB_EV_STATE:
      let fact = record.head(as: pb_state.self)
      symbol(fact.instrument)
      put("account", id: fact.account)
      put("channel", bits: fact.channel, Names.channels)
      put("state", fact.state, Names.state)
      put("error", fact.error, Names.error)
      put("text", fact.text)
      return "state"
    case PB_EV_LIMITS:
      put("limits", "\(record.head(as: pb_limits.self).limits.count)")
      return "limits"
    case PB_EV_CLOCK:
      let time = record.head(as: pb_clock.self).venue_ns
      put("time_ns", time: time)
      put("time_ms", time: time / 1_000_000)
      return "clock"
    case PB_EV_INSTRUMENT: return instrument(record.head(as: pb_instrument.self))
    case PB_EV_BOOK: return book(record.head(as: pb_book.self))
    case PB_EV_GAP:
      let fact = record.head(as: pb_gap.self)
      symbol(fact.instrument)
      put("reason", fact.reason, Names.gap)
      return "gap"
    case PB_EV_TRADE: return trade(record.head(as: pb_trade.self))
    case PB_EV_TICKER: return ticker(record.head(as: pb_ticker.self))
    case PB_EV_CANDLE: return candle(record.head(as: pb_candle.self))
    case PB_EV_ORDER: return order(record.head(as: pb_order.self))
    case PB_EV_FILL: return fill(record.head(as: pb_fill.self))
    default: return writeAccount()
    }
  }

  private mutating func writeAccount() -> String {
    switch record.kind {
    case PB_EV_BALANCE:
      let fact = record.head(as: pb_balance.self)
      put("asset", fact.asset)
      put("total", fact.total)
      put("available", fact.available)
      return "balance"
    case PB_EV_FEES:
      let fact = record.head(as: pb_fees.self)
      symbol(fact.instrument)
      put("maker", fact.maker)
      put("taker", fact.taker)
      return "fees"
    case PB_EV_REPLY:
      let fact = record.head(as: pb_reply.self)
      put("command", id: fact.command)
      put("outcome", fact.outcome, Names.outcome)
      put("error", fact.error, Names.error)
      put("retry_after", time: fact.retry_after_ns)
      put("code", fact.code)
      put("text", fact.text)
      return "reply"
    case PB_EV_COMPLETE:
      let fact = record.head(as: pb_complete.self)
      put("command", id: fact.command)
      put("what", "\(fact.what)")
      return "complete"
    default: return "kind \(record.kind)"
    }
  }

  private mutating func instrument(_ fact: pb_instrument) -> String {
    put("symbol", fact.symbol)
    put("kind", fact.kind, Names.instrumentKind)
    put("base", fact.base)
    put("quote", fact.quote)
    put("settle", fact.settle)
    put("state", fact.state, Names.instrumentState)
    put("tick", fact.tick)
    put("lot", fact.lot)
    put("min_price", fact.min_price)
    put("max_price", fact.max_price)
    put("min_quantity", fact.min_quantity)
    put("max_quantity", fact.max_quantity)
    put("min_notional", fact.min_notional)
    put("max_notional", fact.max_notional)
    put("multiplier", fact.multiplier)
    put("max_leverage", fact.max_leverage)
    put("maker_fee", fact.maker_fee)
    put("taker_fee", fact.taker_fee)
    put("types", bits: UInt32(truncatingIfNeeded: fact.order_types >> 1), Names.type)
    put("flags", bits: UInt32(truncatingIfNeeded: fact.order_flags), Names.orderFlags)
    put("reason", fact.reason)
    return "instrument"
  }

  private mutating func book(_ fact: pb_book) -> String {
    symbol(fact.instrument)
    let forms = ["no", "yes", "begin", "aside", "commit"]
    put("snapshot", forms.indices.contains(Int(fact.snapshot)) ? forms[Int(fact.snapshot)] : "\(fact.snapshot)")
    put("time_ns", time: fact.venue_ns)
    put("sequence", time: Int64(truncatingIfNeeded: fact.last_seq))
    let bids = record.levels(fact.bids), asks = record.levels(fact.asks)
    put("bids", "\(bids.count)")
    put("asks", "\(asks.count)")
    if let best = bids.max(by: { $0.price < $1.price }) {
      put("bid", price(fact.instrument, best.price))
      put("bid_quantity", quantity(fact.instrument, best.quantity))
    }
    if let best = asks.min(by: { $0.price < $1.price }) {
      put("ask", price(fact.instrument, best.price))
      put("ask_quantity", quantity(fact.instrument, best.quantity))
    }
    return "book"
  }

  private mutating func trade(_ fact: pb_trade) -> String {
    symbol(fact.instrument)
    put("trade", fact.trade)
    put("side", fact.side, Names.side)
    put("price", price(fact.instrument, fact.price))
    put("quantity", quantity(fact.instrument, fact.quantity))
    put("time_ns", time: fact.venue_ns)
    return "trade"
  }

  private mutating func candle(_ fact: pb_candle) -> String {
    symbol(fact.instrument)
    put("time_ns", time: fact.open_ns)
    put("interval_ns", time: fact.interval_ns)
    put("open", price(fact.instrument, fact.open))
    put("high", price(fact.instrument, fact.high))
    put("low", price(fact.instrument, fact.low))
    put("close", price(fact.instrument, fact.close))
    put("base_volume", fact.base_volume)
    put("quote_volume", fact.quote_volume)
    return "candle"
  }

  private mutating func ticker(_ fact: pb_ticker) -> String {
    symbol(fact.instrument)
    put("time_ns", time: fact.venue_ns)
    if fact.present & UInt64(PB_TICKER_BID) != 0 {
      put("bid", price(fact.instrument, fact.bid_price))
      put("bid_quantity", quantity(fact.instrument, fact.bid_quantity))
    }
    if fact.present & UInt64(PB_TICKER_NO_BID) != 0 { put("bid", "none") }
    if fact.present & UInt64(PB_TICKER_ASK) != 0 {
      put("ask", price(fact.instrument, fact.ask_price))
      put("ask_quantity", quantity(fact.instrument, fact.ask_quantity))
    }
    if fact.present & UInt64(PB_TICKER_NO_ASK) != 0 { put("ask", "none") }
    if fact.present & UInt64(PB_TICKER_LAST) != 0 { put("last", price(fact.instrument, fact.last_price)) }
    return "ticker"
  }

  private mutating func order(_ fact: pb_order) -> String {
    symbol(fact.instrument)
    put("venue_order", fact.venue_order)
    put("continues", fact.continues)
    put("client_order", fact.client_order)
    put("state", fact.state, Names.orderState)
    put("side", fact.side, Names.side)
    put("type", fact.type, Names.type)
    put("time_in_force", fact.time_in_force, Names.timeInForce)
    put("flags", bits: fact.flags, Names.orderFlags)
    put("leg", fact.position, Names.leg)
    put("price", fact.price)
    put("quantity", fact.quantity)
    put("filled", fact.filled)
    put("carried", fact.carried)
    put("average", fact.average)
    put("stop", fact.stop)
    put("expiry_ns", time: fact.expiry_ns)
    put("error", fact.error, Names.error)
    put("reason", fact.reason)
    put("time_ns", time: fact.venue_ns)
    return "order"
  }

  private mutating func fill(_ fact: pb_fill) -> String {
    symbol(fact.instrument)
    put("trade", fact.trade)
    put("venue_order", fact.venue_order)
    put("client_order", fact.client_order)
    put("side", fact.side, Names.side)
    put("liquidity", fact.liquidity, Names.liquidity)
    put("leg", fact.position, Names.leg)
    put("price", fact.price)
    put("quantity", fact.quantity)
    put("fee", fact.fee)
    put("fee_asset", fact.fee_asset)
    put("realized", fact.realized)
    put("time_ns", time: fact.venue_ns)
    return "fill"
  }
}

/// patchbay.perp/1.
extension FactWriter {
  fileprivate mutating func writePerpetual() -> String {
    switch record.kind {
    case PB_EV_POSITION: return position(record.head(as: pb_position.self))
    case PB_EV_FUNDING_RATE:
      let fact = record.head(as: pb_funding_rate.self)
      symbol(fact.instrument)
      put("rate", fact.rate)
      put("next_ms", time: fact.next_ns / 1_000_000)
      return "funding_rate"
    case PB_EV_FUNDING_PAYMENT:
      let fact = record.head(as: pb_funding_payment.self)
      symbol(fact.instrument)
      put("rate", fact.rate)
      put("amount", fact.amount)
      put("asset", fact.asset)
      put("payment", fact.payment)
      return "funding_payment"
    case PB_EV_MARK:
      let fact = record.head(as: pb_mark.self)
      symbol(fact.instrument)
      put("mark", fact.mark)
      put("index", fact.index)
      return "mark"
    case PB_EV_LIQUIDATION:
      let fact = record.head(as: pb_liquidation.self)
      symbol(fact.instrument)
      put("account", id: fact.account)
      put("side", fact.side, Names.side)
      put("what", fact.what, Names.liquidation)
      put("price", fact.price)
      put("quantity", fact.quantity)
      return "liquidation"
    default:
      let fact = record.head(as: pb_mode.self)
      symbol(fact.instrument)
      put("margin_mode", fact.margin_mode, Names.marginMode)
      put("position_mode", fact.position_mode, Names.positionMode)
      put("leverage", fact.leverage)
      return "mode"
    }
  }

  private mutating func position(_ fact: pb_position) -> String {
    symbol(fact.instrument)
    put("leg", fact.position, Names.leg)
    put("margin_mode", fact.margin_mode, Names.marginMode)
    put("quantity", fact.quantity)
    put("entry", fact.entry)
    put("mark", fact.mark)
    put("liquidation", fact.liquidation)
    put("unrealized", fact.unrealized)
    put("realized", fact.realized)
    put("leverage", fact.leverage)
    put("margin", fact.margin)
    return "position"
  }
}
