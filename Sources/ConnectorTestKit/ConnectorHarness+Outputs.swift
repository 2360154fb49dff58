import CPatchbay
import ConnectorKit

/// What came out since `forget`, by kind and in order.
extension ConnectorHarness {
  /// The fixed parts of one kind, with their records for the texts.
  public func all<T: BitwiseCopyable>(_ kind: Int, _ type: T.Type) -> [(fields: T, record: EmittedRecord)] {
    emitted.filter { $0.kind == kind }.map { ($0.fields(type), $0) }
  }

  public struct Book: Equatable, Sendable {
    public let instrument: pb_id
    public let isSnapshot: Bool
    public let first: UInt64
    public let last: UInt64
    public let time: Int64
    /// Price and quantity, at the instrument's exponents.
    public let bids: [[Int64]]
    public let asks: [[Int64]]
  }

  public var books: [Book] {
    all(PB_EV_BOOK, pb_book.self).map { fields, record in
      Book(
        instrument: fields.instrument, isSnapshot: fields.snapshot != 0, first: fields.first_seq, last: fields.last_seq,
        time: fields.venue_ns, bids: record.levels(fields.bids), asks: record.levels(fields.asks))
    }
  }

  public struct Trade: Equatable, Sendable {
    public let instrument: pb_id
    public let id: String
    public let price: Int64
    public let quantity: Int64
    public let taker: Side?
    public let time: Int64
  }

  public var trades: [Trade] {
    all(PB_EV_TRADE, pb_trade.self).map { fields, record in
      Trade(
        instrument: fields.instrument, id: record.text(fields.trade), price: fields.price, quantity: fields.quantity,
        taker: Side(rawValue: fields.side), time: fields.venue_ns)
    }
  }

  public var candles: [pb_candle] { all(PB_EV_CANDLE, pb_candle.self).map(\.fields) }

  public var tickers: [pb_ticker] { all(PB_EV_TICKER, pb_ticker.self).map { $0.fields } }

  public struct GapFact: Equatable, Sendable {
    public let instrument: pb_id
    public let reason: Gap?
    public let expected: UInt64
    public let got: UInt64
  }

  public var gaps: [GapFact] {
    all(PB_EV_GAP, pb_gap.self).map { fields, _ in
      GapFact(
        instrument: fields.instrument, reason: Gap(rawValue: fields.reason), expected: fields.expected_seq,
        got: fields.got_seq)
    }
  }

  public struct StateFact: Equatable, Sendable {
    public let instrument: pb_id
    public let channels: Channels
    public let state: ChannelState?
    public let text: String
  }

  public var states: [StateFact] {
    all(PB_EV_STATE, pb_state.self).map { fields, record in
      StateFact(
        instrument: fields.instrument, channels: Channels(rawValue: fields.channel),
        state: ChannelState(rawValue: fields.state),
        text: record.text(fields.text))
    }
  }

  public struct ReplyFact: Equatable, Sendable {
    public let command: pb_id
    public let outcome: Outcome?
    public let failure: Failure?
    public let retryAfter: Int64
    public let code: String
    public let text: String
  }

  public var replies: [ReplyFact] {
    all(PB_EV_REPLY, pb_reply.self).map { fields, record in
      ReplyFact(
        command: fields.command, outcome: Outcome(rawValue: fields.outcome), failure: Failure(rawValue: fields.error),
        retryAfter: fields.retry_after_ns, code: record.text(fields.code), text: record.text(fields.text))
    }
  }

  /// The answers to one command; there should be one.
  public func replies(_ command: pb_id) -> [ReplyFact] { replies.filter { $0.command == command } }

  /// Why a command was refused; `nil` when it is done, `.other` when it was not answered exactly once.
  public func refusal(_ command: pb_id) -> Failure? {
    let replies = replies(command)
    guard replies.count == 1 else { return .other }
    return replies[0].outcome == .done ? nil : replies[0].failure
  }

  public struct RequestFact: Equatable, Sendable {
    public let id: pb_id
    public let account: pb_id
    public let command: pb_id
    /// 0 for HTTP.
    public let stream: pb_id
    public let method: Method?
    /// Seals are written out; see `EmittedRecord.sealed`.
    public let url: String
    public let body: String
    /// `name: value`.
    public let headers: [String]
    /// Weights by bucket.
    public let charges: [UInt32: UInt32]
    public let permission: String
    public let deadline: Int64
  }

  public var requests: [RequestFact] {
    all(PB_OUT_REQUEST, pb_out_request.self).map { fields, record in
      RequestFact(
        id: fields.request, account: fields.account, command: fields.command, stream: fields.stream,
        method: Method(rawValue: fields.method), url: record.sealed(fields.url), body: record.sealed(fields.body),
        headers: headers(fields.headers, record), charges: charges(fields.charges, record),
        permission: record.text(fields.permission), deadline: fields.deadline_ns)
    }
  }

  public struct OpenFact: Equatable, Sendable {
    public let stream: pb_id
    public let account: pb_id
    public let permission: String
    public let url: String
    public let headers: [String]
  }

  /// Streams that it closed.
  public var closes: [pb_id] { all(PB_OUT_CLOSE, pb_out_close.self).map { fields, _ in fields.stream } }

  public var opens: [OpenFact] {
    all(PB_OUT_OPEN, pb_out_open.self).map { fields, record in
      OpenFact(
        stream: fields.stream, account: fields.account, permission: record.text(fields.permission),
        url: record.sealed(fields.url), headers: headers(fields.headers, record))
    }
  }

  /// Requests given up.
  public var aborts: [pb_id] { all(PB_OUT_ABORT, pb_out_abort.self).map { $0.fields.request } }

  public var logs: [String] { all(PB_OUT_LOG, pb_out_log.self).map { $0.record.text($0.fields.text) } }

  public struct InstrumentFact {
    public let fields: pb_instrument
    public let symbol: String
    public let base: String
    public let quote: String
    /// Why it is not traded.
    public let reason: String
  }

  public var instruments: [InstrumentFact] {
    all(PB_EV_INSTRUMENT, pb_instrument.self).map { fields, record in
      InstrumentFact(
        fields: fields, symbol: record.text(fields.symbol), base: record.text(fields.base),
        quote: record.text(fields.quote), reason: record.text(fields.reason))
    }
  }

  /// The kinds of the sets that were completed, by command.
  public var completed: [(command: pb_id, what: Int, partial: Bool)] {
    all(PB_EV_COMPLETE, pb_complete.self).map {
      ($0.fields.command, Int($0.fields.what), $0.fields.flags & UInt32(PB_COMPLETE_PARTIAL) != 0)
    }
  }

  private func headers(_ list: pb_list, _ record: EmittedRecord) -> [String] {
    record.elements(list, of: pb_header.self).map { "\(record.text($0.name)): \(record.sealed($0.value))" }
  }

  private func charges(_ list: pb_list, _ record: EmittedRecord) -> [UInt32: UInt32] {
    Dictionary(record.elements(list, of: pb_charge.self).map { ($0.bucket, $0.weight) }, uniquingKeysWith: &+)
  }
}
