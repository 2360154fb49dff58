// Written by `swift run abitool generate` from patchbay.h; do not edit.

import CPatchbay

extension RecordShapes {
  /// List elements and fixed parts of records, by index.
  static let structs: [StructShape] = [
    // 0: pb_in_start
    StructShape(size: 48, leastHead: 40, firstField: 0, endField: 1, isExclusive: false),
    // 1: pb_in_stop
    StructShape(size: 40, leastHead: 40, firstField: 1, endField: 1, isExclusive: false),
    // 2: pb_pair
    StructShape(size: 16, leastHead: 0, firstField: 1, endField: 3, isExclusive: false),
    // 3: pb_in_account
    StructShape(size: 72, leastHead: 40, firstField: 3, endField: 5, isExclusive: false),
    // 4: pb_published
    StructShape(size: 16, leastHead: 0, firstField: 5, endField: 7, isExclusive: false),
    // 5: pb_in_stream
    StructShape(size: 72, leastHead: 40, firstField: 7, endField: 9, isExclusive: false),
    // 6: pb_in_reply
    StructShape(size: 80, leastHead: 40, firstField: 9, endField: 12, isExclusive: false),
    // 7: pb_in_timer
    StructShape(size: 48, leastHead: 40, firstField: 12, endField: 12, isExclusive: false),
    // 8: pb_in_command reference
    StructShape(size: 8, leastHead: 0, firstField: 12, endField: 13, isExclusive: false),
    // 9: pb_in_command
    StructShape(size: 264, leastHead: 40, firstField: 13, endField: 23, isExclusive: false),
    // 10: pb_op
    StructShape(size: 24, leastHead: 0, firstField: 23, endField: 24, isExclusive: false),
    // 11: pb_part
    StructShape(size: 16, leastHead: 0, firstField: 24, endField: 26, isExclusive: true),
    // 12: pb_header
    StructShape(size: 16, leastHead: 0, firstField: 26, endField: 28, isExclusive: false),
    // 13: pb_charge
    StructShape(size: 8, leastHead: 0, firstField: 28, endField: 28, isExclusive: false),
    // 14: pb_out_open
    StructShape(size: 88, leastHead: 16, firstField: 28, endField: 33, isExclusive: false),
    // 15: pb_out_close
    StructShape(size: 40, leastHead: 16, firstField: 33, endField: 35, isExclusive: false),
    // 16: pb_capture
    StructShape(size: 16, leastHead: 0, firstField: 35, endField: 37, isExclusive: false),
    // 17: pb_out_request
    StructShape(size: 120, leastHead: 16, firstField: 37, endField: 43, isExclusive: false),
    // 18: pb_out_abort
    StructShape(size: 24, leastHead: 16, firstField: 43, endField: 43, isExclusive: false),
    // 19: pb_out_timer
    StructShape(size: 32, leastHead: 16, firstField: 43, endField: 43, isExclusive: false),
    // 20: pb_out_log
    StructShape(size: 32, leastHead: 16, firstField: 43, endField: 45, isExclusive: false),
    // 21: pb_out_fault
    StructShape(size: 32, leastHead: 16, firstField: 45, endField: 47, isExclusive: false),
    // 22: pb_state
    StructShape(size: 64, leastHead: 16, firstField: 47, endField: 49, isExclusive: false),
    // 23: pb_limit
    StructShape(size: 48, leastHead: 0, firstField: 49, endField: 52, isExclusive: false),
    // 24: pb_limits
    StructShape(size: 24, leastHead: 16, firstField: 52, endField: 53, isExclusive: false),
    // 25: pb_clock
    StructShape(size: 40, leastHead: 16, firstField: 53, endField: 54, isExclusive: false),
    // 26: pb_instrument
    StructShape(size: 312, leastHead: 16, firstField: 54, endField: 72, isExclusive: false),
    // 27: pb_level
    StructShape(size: 16, leastHead: 0, firstField: 72, endField: 72, isExclusive: false),
    // 28: pb_book
    StructShape(size: 72, leastHead: 16, firstField: 72, endField: 75, isExclusive: false),
    // 29: pb_gap
    StructShape(size: 56, leastHead: 16, firstField: 75, endField: 77, isExclusive: false),
    // 30: pb_trade
    StructShape(size: 64, leastHead: 16, firstField: 77, endField: 79, isExclusive: false),
    // 31: pb_ticker
    StructShape(size: 152, leastHead: 16, firstField: 79, endField: 82, isExclusive: false),
    // 32: pb_order
    StructShape(size: 224, leastHead: 16, firstField: 82, endField: 95, isExclusive: false),
    // 33: pb_fill
    StructShape(size: 168, leastHead: 16, firstField: 95, endField: 104, isExclusive: false),
    // 34: pb_balance
    StructShape(size: 80, leastHead: 16, firstField: 104, endField: 108, isExclusive: false),
    // 35: pb_fees
    StructShape(size: 72, leastHead: 16, firstField: 108, endField: 110, isExclusive: false),
    // 36: pb_reply
    StructShape(size: 56, leastHead: 16, firstField: 110, endField: 112, isExclusive: false),
    // 37: pb_complete
    StructShape(size: 48, leastHead: 16, firstField: 112, endField: 112, isExclusive: false),
    // 38: pb_candle
    StructShape(size: 128, leastHead: 16, firstField: 112, endField: 115, isExclusive: false),
    // 39: pb_position
    StructShape(size: 184, leastHead: 16, firstField: 115, endField: 124, isExclusive: false),
    // 40: pb_funding_rate
    StructShape(size: 72, leastHead: 16, firstField: 124, endField: 127, isExclusive: false),
    // 41: pb_funding_payment
    StructShape(size: 96, leastHead: 16, firstField: 127, endField: 132, isExclusive: false),
    // 42: pb_mark
    StructShape(size: 64, leastHead: 16, firstField: 132, endField: 135, isExclusive: false),
    // 43: pb_liquidation
    StructShape(size: 80, leastHead: 16, firstField: 135, endField: 138, isExclusive: false),
    // 44: pb_mode
    StructShape(size: 64, leastHead: 16, firstField: 138, endField: 139, isExclusive: false),
    // 45: pb_pool
    StructShape(size: 144, leastHead: 16, firstField: 139, endField: 142, isExclusive: false),
    // 46: pb_quote
    StructShape(size: 192, leastHead: 16, firstField: 142, endField: 147, isExclusive: false),
    // 47: pb_transaction
    StructShape(size: 104, leastHead: 16, firstField: 147, endField: 151, isExclusive: false),
  ]

  /// The fields that a checker looks at, in the order of `structs` and inside one by offset.
  static let fields: [FieldShape] = [
    FieldShape(offset: 44, role: .reserved),
    FieldShape(offset: 0, role: .text),
    FieldShape(offset: 8, role: .text),
    FieldShape(offset: 56, role: .text),
    FieldShape(offset: 64, role: .list, element: 2),
    FieldShape(offset: 4, role: .reserved),
    FieldShape(offset: 8, role: .raw),
    FieldShape(offset: 56, role: .text),
    FieldShape(offset: 64, role: .list, element: 4),
    FieldShape(offset: 56, role: .text),
    FieldShape(offset: 64, role: .list, element: 2),
    FieldShape(offset: 72, role: .list, element: 4),
    FieldShape(offset: 0, role: .record, element: 9),
    FieldShape(offset: 112, role: .decimal),
    FieldShape(offset: 128, role: .decimal),
    FieldShape(offset: 144, role: .decimal),
    FieldShape(offset: 160, role: .decimal),
    FieldShape(offset: 192, role: .text),
    FieldShape(offset: 200, role: .text),
    FieldShape(offset: 208, role: .text),
    FieldShape(offset: 216, role: .list, element: 8),
    FieldShape(offset: 232, role: .decimal),
    FieldShape(offset: 260, role: .reserved),
    FieldShape(offset: 16, role: .raw),
    FieldShape(offset: 0, role: .raw),
    FieldShape(offset: 8, role: .list, element: 10),
    FieldShape(offset: 0, role: .text),
    FieldShape(offset: 8, role: .list, element: 11),
    FieldShape(offset: 40, role: .list, element: 11),
    FieldShape(offset: 48, role: .list, element: 12),
    FieldShape(offset: 56, role: .list, element: 13),
    FieldShape(offset: 64, role: .text),
    FieldShape(offset: 84, role: .reserved),
    FieldShape(offset: 28, role: .reserved),
    FieldShape(offset: 32, role: .text),
    FieldShape(offset: 0, role: .text),
    FieldShape(offset: 12, role: .reserved),
    FieldShape(offset: 72, role: .text),
    FieldShape(offset: 80, role: .list, element: 11),
    FieldShape(offset: 88, role: .list, element: 11),
    FieldShape(offset: 96, role: .list, element: 12),
    FieldShape(offset: 104, role: .list, element: 13),
    FieldShape(offset: 112, role: .list, element: 16),
    FieldShape(offset: 20, role: .reserved),
    FieldShape(offset: 24, role: .text),
    FieldShape(offset: 20, role: .reserved),
    FieldShape(offset: 24, role: .text),
    FieldShape(offset: 44, role: .reserved),
    FieldShape(offset: 48, role: .text),
    FieldShape(offset: 24, role: .text),
    FieldShape(offset: 32, role: .text),
    FieldShape(offset: 40, role: .text),
    FieldShape(offset: 16, role: .list, element: 23),
    FieldShape(offset: 24, role: .time),
    FieldShape(offset: 72, role: .time),
    FieldShape(offset: 80, role: .decimal),
    FieldShape(offset: 96, role: .decimal),
    FieldShape(offset: 112, role: .decimal),
    FieldShape(offset: 128, role: .decimal),
    FieldShape(offset: 144, role: .decimal),
    FieldShape(offset: 160, role: .decimal),
    FieldShape(offset: 176, role: .decimal),
    FieldShape(offset: 192, role: .decimal),
    FieldShape(offset: 208, role: .decimal),
    FieldShape(offset: 224, role: .decimal),
    FieldShape(offset: 240, role: .decimal),
    FieldShape(offset: 256, role: .decimal),
    FieldShape(offset: 272, role: .text),
    FieldShape(offset: 280, role: .text),
    FieldShape(offset: 288, role: .text),
    FieldShape(offset: 296, role: .text),
    FieldShape(offset: 304, role: .text),
    FieldShape(offset: 24, role: .time),
    FieldShape(offset: 56, role: .list, element: 27),
    FieldShape(offset: 64, role: .list, element: 27),
    FieldShape(offset: 24, role: .time),
    FieldShape(offset: 52, role: .reserved),
    FieldShape(offset: 24, role: .time),
    FieldShape(offset: 56, role: .text),
    FieldShape(offset: 24, role: .time),
    FieldShape(offset: 120, role: .decimal),
    FieldShape(offset: 136, role: .decimal),
    FieldShape(offset: 48, role: .time),
    FieldShape(offset: 84, role: .reserved),
    FieldShape(offset: 88, role: .decimal),
    FieldShape(offset: 104, role: .decimal),
    FieldShape(offset: 120, role: .decimal),
    FieldShape(offset: 136, role: .decimal),
    FieldShape(offset: 152, role: .decimal),
    FieldShape(offset: 168, role: .text),
    FieldShape(offset: 176, role: .text),
    FieldShape(offset: 184, role: .text),
    FieldShape(offset: 192, role: .decimal),
    FieldShape(offset: 208, role: .text),
    FieldShape(offset: 216, role: .time),
    FieldShape(offset: 48, role: .time),
    FieldShape(offset: 72, role: .decimal),
    FieldShape(offset: 88, role: .decimal),
    FieldShape(offset: 104, role: .decimal),
    FieldShape(offset: 120, role: .decimal),
    FieldShape(offset: 136, role: .text),
    FieldShape(offset: 144, role: .text),
    FieldShape(offset: 152, role: .text),
    FieldShape(offset: 160, role: .text),
    FieldShape(offset: 32, role: .time),
    FieldShape(offset: 40, role: .decimal),
    FieldShape(offset: 56, role: .decimal),
    FieldShape(offset: 72, role: .text),
    FieldShape(offset: 40, role: .decimal),
    FieldShape(offset: 56, role: .decimal),
    FieldShape(offset: 40, role: .text),
    FieldShape(offset: 48, role: .text),
    FieldShape(offset: 80, role: .decimal),
    FieldShape(offset: 96, role: .decimal),
    FieldShape(offset: 124, role: .reserved),
    FieldShape(offset: 40, role: .time),
    FieldShape(offset: 56, role: .decimal),
    FieldShape(offset: 72, role: .decimal),
    FieldShape(offset: 88, role: .decimal),
    FieldShape(offset: 104, role: .decimal),
    FieldShape(offset: 120, role: .decimal),
    FieldShape(offset: 136, role: .decimal),
    FieldShape(offset: 152, role: .decimal),
    FieldShape(offset: 168, role: .decimal),
    FieldShape(offset: 32, role: .time),
    FieldShape(offset: 40, role: .time),
    FieldShape(offset: 56, role: .decimal),
    FieldShape(offset: 40, role: .time),
    FieldShape(offset: 48, role: .decimal),
    FieldShape(offset: 64, role: .decimal),
    FieldShape(offset: 80, role: .text),
    FieldShape(offset: 88, role: .text),
    FieldShape(offset: 24, role: .time),
    FieldShape(offset: 32, role: .decimal),
    FieldShape(offset: 48, role: .decimal),
    FieldShape(offset: 32, role: .time),
    FieldShape(offset: 48, role: .decimal),
    FieldShape(offset: 64, role: .decimal),
    FieldShape(offset: 48, role: .decimal),
    FieldShape(offset: 24, role: .time),
    FieldShape(offset: 104, role: .decimal),
    FieldShape(offset: 120, role: .decimal),
    FieldShape(offset: 32, role: .time),
    FieldShape(offset: 44, role: .reserved),
    FieldShape(offset: 144, role: .decimal),
    FieldShape(offset: 160, role: .decimal),
    FieldShape(offset: 176, role: .text),
    FieldShape(offset: 32, role: .time),
    FieldShape(offset: 56, role: .decimal),
    FieldShape(offset: 72, role: .text),
    FieldShape(offset: 80, role: .text),
  ]

  /// The names of `fields`.
  static let fieldNames: [StaticString] = [
    "pb_in_start.reserved", "pb_pair.name", "pb_pair.value", "pb_in_account.label", "pb_in_account.public_fields",
    "pb_published.reserved", "pb_published.value", "pb_in_stream.reason", "pb_in_stream.published",
    "pb_in_reply.reason", "pb_in_reply.headers", "pb_in_reply.published", "pb_in_command.items[]",
    "pb_in_command.price", "pb_in_command.quantity", "pb_in_command.stop", "pb_in_command.value",
    "pb_in_command.symbol", "pb_in_command.client_order", "pb_in_command.venue_order", "pb_in_command.items",
    "pb_in_command.carried", "pb_in_command.reserved", "pb_op.bytes", "pb_part.literal", "pb_part.ops",
    "pb_header.name", "pb_header.value", "pb_out_open.url", "pb_out_open.headers", "pb_out_open.charges",
    "pb_out_open.permission", "pb_out_open.reserved", "pb_out_close.reserved", "pb_out_close.reason", "pb_capture.path",
    "pb_capture.reserved", "pb_out_request.permission", "pb_out_request.url", "pb_out_request.body",
    "pb_out_request.headers", "pb_out_request.charges", "pb_out_request.captures", "pb_out_log.reserved",
    "pb_out_log.text", "pb_out_fault.reserved", "pb_out_fault.text", "pb_state.reserved", "pb_state.text",
    "pb_limit.name", "pb_limit.used_header", "pb_limit.remaining_header", "pb_limits.limits", "pb_clock.venue_ns",
    "pb_instrument.expiry_ns", "pb_instrument.tick", "pb_instrument.lot", "pb_instrument.min_price",
    "pb_instrument.max_price", "pb_instrument.min_quantity", "pb_instrument.max_quantity", "pb_instrument.min_notional",
    "pb_instrument.max_notional", "pb_instrument.multiplier", "pb_instrument.max_leverage", "pb_instrument.maker_fee",
    "pb_instrument.taker_fee", "pb_instrument.symbol", "pb_instrument.base", "pb_instrument.quote",
    "pb_instrument.settle", "pb_instrument.reason", "pb_book.venue_ns", "pb_book.bids", "pb_book.asks",
    "pb_gap.venue_ns", "pb_gap.reserved", "pb_trade.venue_ns", "pb_trade.trade", "pb_ticker.venue_ns",
    "pb_ticker.base_volume", "pb_ticker.quote_volume", "pb_order.venue_ns", "pb_order.reserved", "pb_order.price",
    "pb_order.quantity", "pb_order.filled", "pb_order.average", "pb_order.stop", "pb_order.client_order",
    "pb_order.venue_order", "pb_order.reason", "pb_order.carried", "pb_order.continues", "pb_order.expiry_ns",
    "pb_fill.venue_ns", "pb_fill.price", "pb_fill.quantity", "pb_fill.fee", "pb_fill.realized", "pb_fill.trade",
    "pb_fill.client_order", "pb_fill.venue_order", "pb_fill.fee_asset", "pb_balance.venue_ns", "pb_balance.total",
    "pb_balance.available", "pb_balance.asset", "pb_fees.maker", "pb_fees.taker", "pb_reply.code", "pb_reply.text",
    "pb_candle.base_volume", "pb_candle.quote_volume", "pb_candle.reserved", "pb_position.venue_ns",
    "pb_position.quantity", "pb_position.entry", "pb_position.mark", "pb_position.liquidation",
    "pb_position.unrealized", "pb_position.realized", "pb_position.leverage", "pb_position.margin",
    "pb_funding_rate.venue_ns", "pb_funding_rate.next_ns", "pb_funding_rate.rate", "pb_funding_payment.venue_ns",
    "pb_funding_payment.rate", "pb_funding_payment.amount", "pb_funding_payment.asset", "pb_funding_payment.payment",
    "pb_mark.venue_ns", "pb_mark.mark", "pb_mark.index", "pb_liquidation.venue_ns", "pb_liquidation.price",
    "pb_liquidation.quantity", "pb_mode.leverage", "pb_pool.venue_ns", "pb_pool.price", "pb_pool.fee",
    "pb_quote.valid_until_ns", "pb_quote.reserved", "pb_quote.price", "pb_quote.gas", "pb_quote.route",
    "pb_transaction.venue_ns", "pb_transaction.gas", "pb_transaction.hash", "pb_transaction.reason",
  ]

  /// The index in `structs` of an output's fixed part; nil for a kind that this header does not know.
  static func output(_ kind: UInt16) -> Int? {
    switch kind {
    case 1: 14  // PB_OUT_OPEN
    case 2: 15  // PB_OUT_CLOSE
    case 3: 17  // PB_OUT_REQUEST
    case 4: 18  // PB_OUT_ABORT
    case 5: 19  // PB_OUT_TIMER
    case 6: 20  // PB_OUT_LOG
    case 7: 21  // PB_OUT_FAULT
    case 32: 22  // PB_EV_STATE
    case 33: 24  // PB_EV_LIMITS
    case 34: 25  // PB_EV_CLOCK
    case 35: 26  // PB_EV_INSTRUMENT
    case 36: 28  // PB_EV_BOOK
    case 37: 29  // PB_EV_GAP
    case 38: 30  // PB_EV_TRADE
    case 39: 31  // PB_EV_TICKER
    case 40: 32  // PB_EV_ORDER
    case 41: 33  // PB_EV_FILL
    case 42: 34  // PB_EV_BALANCE
    case 43: 35  // PB_EV_FEES
    case 44: 36  // PB_EV_REPLY
    case 45: 37  // PB_EV_COMPLETE
    case 46: 38  // PB_EV_CANDLE
    case 256: 39  // PB_EV_POSITION
    case 257: 40  // PB_EV_FUNDING_RATE
    case 258: 41  // PB_EV_FUNDING_PAYMENT
    case 259: 42  // PB_EV_MARK
    case 260: 43  // PB_EV_LIQUIDATION
    case 261: 44  // PB_EV_MODE
    case 512: 45  // PB_EV_POOL
    case 513: 46  // PB_EV_QUOTE
    case 514: 47  // PB_EV_TRANSACTION
    default: nil
    }
  }

  /// The index in `structs` of an input's fixed part; nil for a kind that this header does not know.
  static func input(_ kind: UInt16) -> Int? {
    switch kind {
    case 1: 0  // PB_IN_START
    case 2: 1  // PB_IN_STOP
    case 3: 3  // PB_IN_ACCOUNT
    case 4, 5, 6: 5  // PB_IN_OPENED, PB_IN_FRAME, PB_IN_CLOSED
    case 7, 8: 6  // PB_IN_SENT, PB_IN_REPLY
    case 9: 7  // PB_IN_TIMER
    case 10: 9  // PB_IN_COMMAND
    default: nil
    }
  }
}

extension pb_in_start: RecordBody {}
extension pb_in_stop: RecordBody {}
extension pb_in_account: RecordBody {}
extension pb_in_stream: RecordBody {}
extension pb_in_reply: RecordBody {}
extension pb_in_timer: RecordBody {}
extension pb_in_command: RecordBody {}
extension pb_out_open: RecordBody {}
extension pb_out_close: RecordBody {}
extension pb_out_request: RecordBody {}
extension pb_out_abort: RecordBody {}
extension pb_out_timer: RecordBody {}
extension pb_out_log: RecordBody {}
extension pb_out_fault: RecordBody {}
extension pb_state: RecordBody {}
extension pb_limits: RecordBody {}
extension pb_clock: RecordBody {}
extension pb_instrument: RecordBody {}
extension pb_book: RecordBody {}
extension pb_gap: RecordBody {}
extension pb_trade: RecordBody {}
extension pb_ticker: RecordBody {}
extension pb_order: RecordBody {}
extension pb_fill: RecordBody {}
extension pb_balance: RecordBody {}
extension pb_fees: RecordBody {}
extension pb_reply: RecordBody {}
extension pb_complete: RecordBody {}
extension pb_candle: RecordBody {}
extension pb_position: RecordBody {}
extension pb_funding_rate: RecordBody {}
extension pb_funding_payment: RecordBody {}
extension pb_mark: RecordBody {}
extension pb_liquidation: RecordBody {}
extension pb_mode: RecordBody {}
extension pb_pool: RecordBody {}
extension pb_quote: RecordBody {}
extension pb_transaction: RecordBody {}
