import CPatchbay
import Records

/// Reads every byte that an accepted record names, through the reader alone. Written out by hand, not from the shapes:
/// a field missing there would be read here unchecked.
struct ReadEverything {
  /// A checksum of what was read, so that no read is optimised away.
  private(set) var sum: UInt64 = 14_695_981_039_346_656_037

  static func input(_ record: UnsafeRawPointer) -> UInt64 {
    var everything = ReadEverything()
    everything.input(RecordReader(checked: record))
    return everything.sum
  }

  static func output(_ record: UnsafeRawPointer) -> UInt64 {
    var everything = ReadEverything()
    let reader = RecordReader(checked: record)
    everything.request(reader)
    everything.marketFact(reader)
    everything.accountFact(reader)
    return everything.sum
  }

  private mutating func input(_ reader: RecordReader) {
    add(reader.bytes)
    switch reader.kind {
    case PB_IN_START: _ = reader.head(as: pb_in_start.self)
    case PB_IN_STOP: _ = reader.head(as: pb_in_stop.self)
    case PB_IN_ACCOUNT:
      let account = reader.head(as: pb_in_account.self)
      refs(reader, [account.label])
      pairs(reader, account.public_fields)
    case PB_IN_OPENED, PB_IN_FRAME, PB_IN_CLOSED:
      let stream = reader.head(as: pb_in_stream.self)
      refs(reader, [stream.reason])
      for value in reader.published(stream.published) { refs(reader, [value.value]) }
    case PB_IN_SENT, PB_IN_REPLY:
      let reply = reader.head(as: pb_in_reply.self)
      refs(reader, [reply.reason])
      pairs(reader, reply.headers)
      for value in reader.published(reply.published) { refs(reader, [value.value]) }
    case PB_IN_TIMER: _ = reader.head(as: pb_in_timer.self)
    case PB_IN_COMMAND:
      let command = reader.head(as: pb_in_command.self)
      refs(reader, [command.symbol, command.client_order, command.venue_order])
      for nested in reader.nested(command.items) { input(nested) }
    default: break
    }
  }

  private mutating func request(_ reader: RecordReader) {
    add(reader.bytes)
    switch reader.kind {
    case PB_OUT_OPEN:
      let open = reader.head(as: pb_out_open.self)
      refs(reader, [open.permission])
      text(reader, open.url)
      headers(reader, open.headers)
      for charge in reader.charges(open.charges) { add(charge.weight) }
    case PB_OUT_CLOSE: refs(reader, [reader.head(as: pb_out_close.self).reason])
    case PB_OUT_REQUEST:
      let request = reader.head(as: pb_out_request.self)
      refs(reader, [request.permission])
      text(reader, request.url)
      text(reader, request.body)
      headers(reader, request.headers)
      for charge in reader.charges(request.charges) { add(charge.weight) }
      for capture in reader.captures(request.captures) { refs(reader, [capture.path]) }
    case PB_OUT_ABORT: _ = reader.head(as: pb_out_abort.self)
    case PB_OUT_TIMER: _ = reader.head(as: pb_out_timer.self)
    case PB_OUT_LOG: refs(reader, [reader.head(as: pb_out_log.self).text])
    case PB_OUT_FAULT: refs(reader, [reader.head(as: pb_out_fault.self).text])
    default: break
    }
  }

  private mutating func marketFact(_ reader: RecordReader) {
    switch reader.kind {
    case PB_EV_STATE: refs(reader, [reader.head(as: pb_state.self).text])
    case PB_EV_LIMITS:
      let limits = reader.head(as: pb_limits.self)
      for limit in reader.limits(limits.limits) {
        refs(reader, [limit.name, limit.used_header, limit.remaining_header])
      }
    case PB_EV_INSTRUMENT:
      let instrument = reader.head(as: pb_instrument.self)
      refs(reader, [instrument.symbol, instrument.base, instrument.quote, instrument.settle, instrument.reason])
    case PB_EV_BOOK:
      let book = reader.head(as: pb_book.self)
      for level in reader.levels(book.bids) { add(UInt32(truncatingIfNeeded: level.price)) }
      for level in reader.levels(book.asks) { add(UInt32(truncatingIfNeeded: level.quantity)) }
    case PB_EV_TRADE: refs(reader, [reader.head(as: pb_trade.self).trade])
    case PB_EV_TICKER: add(UInt32(bitPattern: reader.head(as: pb_ticker.self).quote_volume.exponent))
    case PB_EV_QUOTE: refs(reader, [reader.head(as: pb_quote.self).route])
    default: break
    }
  }

  private mutating func accountFact(_ reader: RecordReader) {
    switch reader.kind {
    case PB_EV_ORDER:
      let order = reader.head(as: pb_order.self)
      refs(reader, [order.client_order, order.venue_order, order.reason])
    case PB_EV_FILL:
      let fill = reader.head(as: pb_fill.self)
      refs(reader, [fill.trade, fill.client_order, fill.venue_order, fill.fee_asset])
    case PB_EV_BALANCE: refs(reader, [reader.head(as: pb_balance.self).asset])
    case PB_EV_REPLY:
      let reply = reader.head(as: pb_reply.self)
      refs(reader, [reply.code, reply.text])
    case PB_EV_FUNDING_PAYMENT:
      let payment = reader.head(as: pb_funding_payment.self)
      refs(reader, [payment.asset, payment.payment])
    case PB_EV_TRANSACTION:
      let transaction = reader.head(as: pb_transaction.self)
      refs(reader, [transaction.hash, transaction.reason])
    default: break
    }
  }

  private mutating func text(_ reader: RecordReader, _ text: pb_text) {
    for part in reader.parts(text) {
      refs(reader, [part.literal])
      for operation in reader.operations(part.ops) { refs(reader, [operation.bytes]) }
    }
  }

  private mutating func headers(_ reader: RecordReader, _ list: pb_list) {
    for header in reader.headers(list) {
      refs(reader, [header.name])
      text(reader, header.value)
    }
  }

  private mutating func pairs(_ reader: RecordReader, _ list: pb_list) {
    for pair in reader.pairs(list) { refs(reader, [pair.name, pair.value]) }
  }

  private mutating func refs(_ reader: RecordReader, _ refs: [pb_ref]) {
    for ref in refs { add(reader.bytes(ref)) }
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes { sum = (sum ^ UInt64(byte)) &* 1_099_511_628_211 }
  }

  private mutating func add(_ value: UInt32) { sum = (sum ^ UInt64(value)) &* 1_099_511_628_211 }
}
