import CPatchbay
import MarketModel
import Records
import Runtime
import Transport
import Vault

/// What the carrier asks and says.
extension Dispatcher: SendControl {
  public func evaluate(_ record: RecordReader, for session: Session) throws(RequestRefusal) -> OutgoingRequest {
    if !signed.isEmpty, record.kind == PB_OUT_REQUEST,
      let ready = signed.removeValue(forKey: record.head(as: pb_out_request.self).request)
    {
      return ready
    }
    return try evaluateNow(record, for: session).outgoing
  }

  /// - Returns: also what its transaction is known by, if it signs one whose id is published.
  func evaluateNow(
    _ record: RecordReader, for session: Session
  ) throws(RequestRefusal) -> (outgoing: OutgoingRequest, transaction: String?) {
    let now = clock.now()
    if record.kind == PB_OUT_REQUEST {
      let command = record.head(as: pb_out_request.self).command
      if gate.ordersSayLeverage {
        gate.commands.know(command) { session.accounts.leverages[AccountID($0), InstrumentID($1)] }
      }
      gate.commands.know(command) { order in
        session.accounts.orders[OrderID(order)].map { ($0.quantity, $0.price, $0.draft.stop) }
      }
    }
    let resolved: ResolvedSend
    do throws(SendRefusal) {
      resolved = try gate.resolve(record, venueTime: time.clock.time(mono: now.mono, wall: now.wall), now: now.mono)
    } catch {
      throw RequestRefusal(Int(error.code), error.description, isMisuse: error.isMisuse)
    }
    var outgoing = OutgoingRequest()
    outgoing.url = resolved.request.url
    outgoing.body = resolved.request.body
    outgoing.headers = resolved.request.headers.map { ($0.name, $0.value) }
    if !resolved.request.published.isEmpty {
      outgoing.published = resolved.request.published.sorted { $0.key < $1.key }
        .map { PublishedValue(index: $0.key, value: $0.value) }
    }
    outgoing.hidden = resolved.request.hidden
    outgoing.slack = resolved.request.slack.all
    note(what: resolved, in: &outgoing, isStream: record.kind == PB_OUT_OPEN || resolved.method == nil)
    outgoing.hidesTokens = resolved.hidesTokens
    outgoing.trade = resolved.trade
    if record.kind == PB_OUT_REQUEST, outgoing.trade != nil {
      pending[record.head(as: pb_out_request.self).request]?.trade = resolved.trade
    }
    if resolved.readsReply { outgoing.capture = { resolved.capture(&$0) } }
    return (outgoing, resolved.transaction)
  }

  /// A value that its connector has written itself, beside the one that depends on a secret, is not hidden: of many
  /// guesses that come back the one with asterisks would be the right one.
  private func note(what resolved: ResolvedSend, in outgoing: inout OutgoingRequest, isStream: Bool) {
    let shape = resolved.shape
    if isStream { outgoing.written = record(of: shape) }
    func isWritten(_ value: [UInt8]) -> Bool {
      EchoMask.stands(value, in: shape.url) || EchoMask.stands(value, in: shape.body)
        || shape.headers.contains { EchoMask.stands(value, in: $0.value) }
    }
    if outgoing.hidden.contains(where: isWritten) { outgoing.hidden.removeAll(where: isWritten) }
  }

  private func record(of shape: EvaluatedRequest) -> [UInt8] {
    shape.url.isEmpty ? shape.body : shape.headers.reduce(shape.url) { $0 + [0x20] + $1.value }
  }

  public func mayLeave(_ trade: JudgedTrade, for session: Session) -> Bool {
    gate.commands.permits(trade, now: clock.now().mono)
  }

  public func left(_ request: UInt64, for session: Session) {
    // The time on the way begins here, not where it waited for a connection.
    pending[request]?.left = clock.now().mono
  }

  public func ended(_ request: UInt64, _ end: RequestEnd, _ body: [UInt8], for session: Session) {
    guard let one = pending[request] else { return }
    if let trade = one.trade { note(end, body, of: trade) }
    let now = clock.now().mono
    forget(request, one)
    let outcome = RequestOutcome(end)
    queue.finish(one.ticket, as: outcome, limiter: &limiter, now: now)
    if case .banned = outcome {
      note(ban: "the exchange has banned this address")
      hasNewSilence = true
    }
    if case .noAnswer = end { time.lost(one.command) }
    if case .notSent = end {} else if let left = one.left {
      time.passed(request, command: one.command, sent: left, received: now)
      if case .replied(_, let headers) = end {
        roundTrips.add(now &- left)
        hear(headers, one.caller, sent: left, now: now)
      }
    }
    pump(session)
  }

  /// What a trade has come to, by what this host has read itself.
  private func note(_ end: RequestEnd, _ body: [UInt8], of trade: JudgedTrade) {
    if hasDoneNothing(end, body) { return gate.commands.undo(trade) }
    if case .replied(let status, _) = end, 200..<300 ~= status { gate.commands.took(trade) }
  }

  /// Whether a trade that has ended so has certainly changed nothing, by what this host has read itself.
  private func hasDoneNothing(_ end: RequestEnd, _ body: [UInt8]) -> Bool {
    switch end {
    case .notSent: true
    case .replied: gate.isTimeRefusal(body)
    case .sent, .noAnswer: false
    }
  }

  /// Headers that tell how much of a limit is used or left.
  private func hear(_ headers: [(name: String, value: String)], _ caller: LimitCaller, sent: Int64, now: Int64) {
    for (name, value) in headers {
      guard let value = UInt32(value) else { continue }
      limiter.correct(caller, header: name, value: value, sent: sent, now: now)
    }
  }
}

extension RequestOutcome {
  /// How an ended request counts.
  init(_ end: RequestEnd) {
    switch end {
    case .notSent: self = .notSent
    case .sent, .noAnswer: self = .unanswered
    case .replied(429, let headers): self = .limited(retryAfter: Self.retryAfter(headers))
    case .replied(418, let headers): self = .banned(retryAfter: Self.retryAfter(headers))
    case .replied: self = .answered
    }
  }

  /// Nanoseconds; `nil` when the venue does not say, or says it as a date.
  private static func retryAfter(_ headers: [(name: String, value: String)]) -> Int64? {
    guard let text = headers.first(where: { $0.name == "retry-after" })?.value, let seconds = Int64(text), seconds >= 0
    else { return nil }
    let (time, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return isOver ? .max : time
  }
}
