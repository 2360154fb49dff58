import CPatchbay
import Decimals
import Records

/// Facts off the hot path. Where a record has many fields, the caller fills in the C struct and the texts go beside it.
extension Output {
  /// A line for the operator.
  public func log(_ level: LogLevel, _ message: String) {
    begin(pb_out_log.self)
    var record = pb_out_log()
    record.level = level.rawValue
    record.text = text(message)
    emit(record, kind: PB_OUT_LOG)
  }

  /// The connector cannot go on.
  public func fault(_ failure: Failure, _ message: String) {
    begin(pb_out_fault.self)
    var record = pb_out_fault()
    record.error = failure.rawValue
    record.text = text(message)
    emit(record, kind: PB_OUT_FAULT)
  }

  /// Asks for a timer input after so long; 0 cancels.
  public func timer(_ id: pb_id, after nanoseconds: Int64) {
    begin(pb_out_timer.self)
    var record = pb_out_timer()
    record.timer = id
    record.after_ns = nanoseconds
    emit(record, kind: PB_OUT_TIMER)
  }

  /// The state of a subscription, or of an account's private stream.
  public func state(
    _ state: ChannelState, _ channels: Channels, instrument: pb_id = 0, account: pb_id = 0, error: Failure = .none,
    _ why: String = "", retryAfter: Int64 = 0
  ) {
    begin(pb_state.self)
    var record = pb_state()
    record.instrument = instrument
    record.account = account
    record.channel = channels.rawValue
    record.state = state.rawValue
    record.error = error.rawValue
    record.text = text(why)
    record.retry_after_ns = retryAfter
    emit(record, kind: PB_EV_STATE)
  }

  /// The venue's time as read from the reply to `request`.
  /// - Parameter resolution: nanoseconds by which the venue's time steps; 0 where it is finer than a network's delay.
  public func clock(request: pb_id, venue nanoseconds: Int64, resolution: Int64 = 0) {
    begin(pb_clock.self)
    var record = pb_clock()
    record.request = request
    record.venue_ns = nanoseconds
    record.resolution_ns = resolution
    emit(record, kind: PB_EV_CLOCK)
  }

  /// The end of a command that succeeded.
  public func done(_ command: pb_id) { reply(command, .done) }

  /// The end of a command that did not.
  public func refuse(_ command: pb_id, _ failure: Failure, code: String = "", _ message: String) {
    reply(command, .refused, failure, code: code, message)
  }

  /// The end of a command. `code` and `message` are the venue's own words where it gave some.
  public func reply(
    _ command: pb_id, _ outcome: Outcome, _ failure: Failure = .none, retryAfter: Int64 = 0, code: String = "",
    _ message: String = ""
  ) {
    guard command != 0 else { return }
    begin(pb_reply.self)
    var record = pb_reply()
    record.command = command
    record.outcome = outcome.rawValue
    record.error = failure.rawValue
    record.retry_after_ns = retryAfter
    record.code = text(code)
    record.text = text(message)
    emit(record, kind: PB_EV_REPLY)
  }

  /// A set of facts that answers `command` is whole. `what` is the set's `PB_EV_` kind.
  public func complete(
    _ what: Int, command: pb_id, account: pb_id = 0, instrument: pb_id = 0, partial: Bool = false
  ) {
    begin(pb_complete.self)
    var record = pb_complete()
    record.command = command
    record.account = account
    record.instrument = instrument
    record.what = UInt32(what)
    record.flags = partial ? UInt32(PB_COMPLETE_PARTIAL) : 0
    emit(record, kind: PB_EV_COMPLETE)
  }

  /// An instrument with its rules; `fields` holds everything but the texts.
  public func instrument(
    _ fields: pb_instrument, symbol: String, base: String, quote: String, settle: String = "", reason: String = ""
  ) {
    begin(pb_instrument.self)
    var record = fields
    record.symbol = text(symbol)
    record.base = text(base)
    record.quote = text(quote)
    record.settle = text(settle)
    record.reason = text(reason)
    emit(record, kind: PB_EV_INSTRUMENT)
  }

  /// An order's state; `fields` holds everything but the texts. `continues`: the venue order whose place it has taken.
  public func order(
    _ fields: pb_order, client: String, venue: String, continues: String = "", reason: String = ""
  ) {
    begin(pb_order.self)
    var record = fields
    record.client_order = text(client)
    record.venue_order = text(venue)
    record.reason = text(reason)
    record.continues = text(continues)
    emit(record, kind: PB_EV_ORDER)
  }

  /// An execution of an own order; `fields` holds everything but the texts.
  public func fill(_ fields: pb_fill, trade: String, client: String, venue: String, feeAsset: String) {
    begin(pb_fill.self)
    var record = fields
    record.trade = text(trade)
    record.client_order = text(client)
    record.venue_order = text(venue)
    record.fee_asset = text(feeAsset)
    emit(record, kind: PB_EV_FILL)
  }

  /// An account's balance of one asset; `available` is `nil` where the venue does not say it. What has more digits
  /// than fit is cut and marked.
  public func balance(
    account: pb_id, asset: String, total: WideDecimal, available: WideDecimal?, time: Int64 = 0, command: pb_id = 0
  ) {
    begin(pb_balance.self)
    var record = pb_balance()
    record.account = account
    record.command = command
    record.venue_ns = time
    record.total = pb_dec(wide: total)
    record.available = available.map { pb_dec(wide: $0) } ?? pb_dec()
    record.asset = text(asset)
    emit(record, kind: PB_EV_BALANCE)
  }

  /// As above, of numbers that fit.
  public func balance(
    account: pb_id, asset: String, total: Decimal64, available: Decimal64?, time: Int64 = 0, command: pb_id = 0
  ) {
    balance(
      account: account, asset: asset, total: WideDecimal(total), available: available.map { WideDecimal($0) },
      time: time, command: command)
  }

  /// An account's fee rates; instrument 0 means all without their own.
  public func fees(account: pb_id, instrument: pb_id = 0, maker: Decimal64, taker: Decimal64, command: pb_id) {
    begin(pb_fees.self)
    var record = pb_fees()
    record.account = account
    record.instrument = instrument
    record.command = command
    record.maker = pb_dec(maker)
    record.taker = pb_dec(taker)
    emit(record, kind: PB_EV_FEES)
  }

  /// A funding payment; `fields` holds everything but the texts.
  public func fundingPayment(_ fields: pb_funding_payment, asset: String, id: String) {
    begin(pb_funding_payment.self)
    var record = fields
    record.asset = text(asset)
    record.payment = text(id)
    emit(record, kind: PB_EV_FUNDING_PAYMENT)
  }

  public func candle(_ fields: pb_candle) { plain(fields, PB_EV_CANDLE) }
  public func position(_ fields: pb_position) { plain(fields, PB_EV_POSITION) }
  public func fundingRate(_ fields: pb_funding_rate) { plain(fields, PB_EV_FUNDING_RATE) }
  public func mark(_ fields: pb_mark) { plain(fields, PB_EV_MARK) }
  public func liquidation(_ fields: pb_liquidation) { plain(fields, PB_EV_LIQUIDATION) }
  public func mode(_ fields: pb_mode) { plain(fields, PB_EV_MODE) }

  /// A record without variable parts.
  private func plain<R: BitwiseCopyable>(_ record: R, _ kind: Int) {
    begin(R.self)
    emit(record, kind: kind)
  }
}
