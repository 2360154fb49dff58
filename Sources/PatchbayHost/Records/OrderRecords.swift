import CPatchbay
import Decimals
import MarketModel
import Records
import Trading

/// Orders and answers as records of patchbay.h.
enum OrderRecords {
  /// PB_EV_ORDER. Its state is 0 while it is not known. On the desk's lane.
  static func order(_ order: TrackedOrder, _ desk: TradeDesk, command: pb_id) -> [UInt8] {
    record(PB_EV_ORDER) { block in
      var fields = pb_order()
      fields.account = order.account.rawValue
      fields.instrument = order.instrument.rawValue
      (fields.order, fields.command) = (order.id.rawValue, command)
      fields.state = UInt32(state(order.state))
      fields.side = UInt32(order.draft.side == .buy ? PB_SIDE_BUY : PB_SIDE_SELL)
      fields.type = UInt32(order.draft.type.rawValue)
      fields.time_in_force = order.timeInForce.map { UInt32($0.rawValue) } ?? 0
      fields.flags = UInt32(truncatingIfNeeded: order.draft.flags.rawValue)
      fields.price = decimal(order.price)
      fields.quantity = decimal(order.quantity)
      fields.filled = decimal(order.filled)
      fields.average = decimal(order.averagePrice(places: 12))
      fields.stop = decimal(order.draft.stop)
      fields.expiry_ns = order.draft.expiry
      fields.client_order = block.text(order.clientOrderID)
      fields.venue_order = block.text(order.venueOrderID)
      fields.reason = block.text(desk.trader.reason(of: order))
      return fields
    }
  }

  /// An order that is not in mind any more: what it is called.
  static func forgotten(_ order: OrderID, _ sent: String, command: pb_id) -> [UInt8] {
    record(PB_EV_ORDER) { block in
      var fields = pb_order()
      (fields.order, fields.command) = (order.rawValue, command)
      fields.client_order = block.text(sent)
      return fields
    }
  }

  /// PB_EV_REPLY.
  static func reply(
    _ command: pb_id, _ outcome: Int, _ error: Int = 0, _ code: String = "", _ text: String = ""
  ) -> [UInt8] {
    record(PB_EV_REPLY) { block in
      var fields = pb_reply()
      (fields.command, fields.outcome, fields.error) = (command, UInt32(outcome), UInt32(error))
      fields.code = block.text(code)
      fields.text = block.text(text)
      return fields
    }
  }

  private static func record<Fields: BitwiseCopyable>(_ kind: Int, _ fill: (RecordBlock) -> Fields) -> [UInt8] {
    let block = RecordBlock()
    defer { block.free() }
    block.begin(Fields.self)
    let fields = fill(block)
    let record = block.finish(fields, kind: kind, seq: 0)
    return Array(UnsafeRawBufferPointer(start: record, count: Int(record.pointee.size)))
  }

  private static func decimal(_ number: Decimal64?) -> pb_dec {
    number.map { pb_dec(mantissa: $0.mantissa, exponent: $0.exponent, state: UInt32(PB_DEC_EXACT)) } ?? pb_dec()
  }

  private static func state(_ state: OrderState) -> Int {
    switch state {
    case .open, .pendingCancel: PB_ORDER_STATE_OPEN
    case .partiallyFilled: PB_ORDER_STATE_PARTIAL
    case .filled: PB_ORDER_STATE_FILLED
    case .cancelled: PB_ORDER_STATE_CANCELLED
    case .rejected, .notSent: PB_ORDER_STATE_REJECTED
    case .expired: PB_ORDER_STATE_EXPIRED
    case .pendingCreate, .unknown, .lost: 0
    }
  }
}
