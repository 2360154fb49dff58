import CPatchbay
import Catalog
import MarketModel
import Records
import Runtime
import Transport
import Vault

/// How cautiously one connector instance sends.
public struct DispatcherOptions: Sendable {
  /// A request without a deadline of its own gets this one, in nanoseconds.
  public var deadline = TransportLimits().request
  /// How rate limits are used.
  public var limits = RateLimiterSettings(tradePercent: 20)
  public var queue = RequestQueueSettings()
  /// How the venue's clock is followed.
  public var clock = VenueClockSettings(staleAfterNanoseconds: 300_000_000_000)
  /// A command's requests may leave for so long after it was given, in nanoseconds.
  public var licence: Int64 = 30_000_000_000
  /// Between the first samples of the clock, in nanoseconds; ten times as long after one that failed.
  public var sampleInterval: Int64 = 1_000_000_000
  /// Bytes of the largest request with its seals; a larger one is refused.
  public var requestBytes = 2 << 20
  /// Bytes of all requests that wait or are under way. Of it, as of the queue's places, questions may fill three
  /// quarters, orders seven eighths, cancels all.
  public var keptBytes = 32 << 20

  public init() {}
}

/// Stands between one connector instance and what carries its requests: lets each one go when the rate limits have room
/// and its turn has come, and only then has its text made, so that nothing that was signed waits.
///
/// Times, nonces and permitted acts are those of the moment of sending. What replies say of limits and of the venue's
/// clock is heard here. Belongs to its session's lane.
public final class Dispatcher: Transport {
  struct Pending {
    let record: KeptRecord
    let ticket: RequestTicket
    let caller: LimitCaller
    let isFrame: Bool
    let isOrdered: Bool
    let command: UInt64
    let deadline: Int64
    /// It creates or changes an order.
    let isOrder: Bool
    /// When it left; monotonic.
    var left: Int64?
    /// What it was judged as, where it trades.
    var trade: JudgedTrade?

    var bytes: Int { record.byteCount }
  }

  let carrier: Carrier
  let gate: SendGuard
  let clock: HostClock
  let options: DispatcherOptions
  /// One instance, one group: nobody else speaks of its buckets.
  private let group = HostGroup(1)
  /// What is used of the venue's limits; of two instances while one is on trial.
  @exclusivity(unchecked) private var share: LimitShare
  var limiter: RateLimiter {
    @inline(__always) _read { yield share.limiter }
    @inline(__always) _modify { yield &share.limiter }
  }
  @exclusivity(unchecked) var queue: RequestQueue
  @exclusivity(unchecked) private var pass = QueuePass()
  @exclusivity(unchecked) private var isPumping = false
  @exclusivity(unchecked) var pending: [UInt64: Pending] = [:]
  /// Transactions that are signed and not handed over yet, by their requests: what keeps them has not answered.
  @exclusivity(unchecked) var signed: [UInt64: OutgoingRequest] = [:]
  /// Bytes of those and of the openings that wait.
  private var keptBytes = 0
  @exclusivity(unchecked) private var requests: [RequestTicket: UInt64] = [:]
  @exclusivity(unchecked) private var submitted: UInt64 = 0
  /// Streams under numbers that never come twice.
  @exclusivity(unchecked) private(set) var streams: [UInt64: UInt64] = [:]
  var opened: UInt64 { share.opened }
  private(set) var endedStreams: UInt64 = 0
  var roundTrips = RoundTrips()
  /// Openings that wait for a limit.
  private var openings: [RequestTicket: (stream: UInt64, record: KeptRecord)] = [:]
  @exclusivity(unchecked) var time: ClockKeeper
  private(set) var accounts: Set<UInt64> = []
  /// Its instance has not taken the place of the one that runs, and uses no account.
  private var isOnTrial = false
  /// Limits that it declares otherwise than the one that runs: they count once it has taken over.
  private var setAside: [MarketModel.RateLimit] = []
  /// It says that the exchange wants nothing of it up to this moment; counts on trial alone.
  private var silentUntil = Int64.min
  /// What the connector calls its limits; the limiter bounds how many there are.
  private(set) var limitNames: [UInt32: String] = [:]
  /// Why silence is kept, by account, 0 for everybody; shown while it lasts.
  var silences: [UInt64: String] = [:]
  /// A door was closed: what waits behind it is to be looked at.
  @exclusivity(unchecked) var hasNewSilence = false
  /// Why the venue's clock cannot be used; empty when it can.
  var clockTrouble = ""
  /// Why the last question for the venue's time brought none; empty when it did.
  var clockFailure = ""

  /// - Parameters:
  ///   - carrier: informs this dispatcher of what leaves and ends; see `NetworkTransport.control`.
  ///   - gate: judges and evaluates what leaves.
  public init(
    carrier: Carrier, gate: SendGuard, clock: HostClock, options: DispatcherOptions = DispatcherOptions()
  ) {
    self.carrier = carrier
    self.gate = gate
    self.clock = clock
    self.options = options
    share = LimitShare(RateLimiter(settings: options.limits))
    queue = RequestQueue(settings: options.queue)
    time = ClockKeeper(options, start: clock.now())
  }

  /// Requests may use the account from now on, under the id that the connector knows.
  public func add(account id: UInt64, _ account: LoadedAccount) {
    gate.add(account: id, account)
    accounts.insert(id)
  }

  /// Requests that wait for a limit or for their turn.
  public var waitingCount: Int { queue.waitingCount }
  /// The venue's clock less the monotonic one in nanoseconds; `nil` = not measured.
  public var venueOffset: Int64? { time.clock.offset }
  /// Every limit in use.
  public var limitStatus: [BucketStatus] { limiter.status(clock.now().mono) }

  // MARK: Streams

  public func open(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_open.self)
    guard knows(fact.account) else {
      session.countRefusal()
      return closed(fact.stream, PB_CLOSED_REFUSED, Self.unknownAccount(fact.account), session)
    }
    guard fact.charges.count > 0 else { return opening(record, session) }
    guard hasRoom(record, .query) else {
      return closed(fact.stream, PB_CLOSED_REFUSED, Self.noRoom, session)
    }
    submitted += 1
    let ticket = RequestTicket(submitted)
    let account = fact.account == 0 ? nil : AccountID(fact.account)
    let wanted = QueuedRequest(
      ticket: ticket, caller: LimitCaller(group: group, address: 0, account: account), priority: .query,
      charges: charges(record, fact.charges))
    do throws(QueueRefusal) {
      try queue.submit(wanted, limiter: &limiter, now: clock.now().mono)
    } catch {
      return closed(fact.stream, PB_CLOSED_REFUSED, "the queue refuses it: \(error)", session)
    }
    openings[ticket] = (fact.stream, KeptRecord(record))
    keptBytes += record.bytes.count
    pump(session)
  }

  private func opening(_ record: RecordReader, _ session: Session) {
    let stream = record.head(as: pb_out_open.self).stream
    // One that is open already is refused, and keeps what its limits have counted.
    if streams[stream] == nil {
      share.opened += 1
      streams[stream] = share.opened
    }
    carrier.open(record, for: session)
  }

  /// Takes an opening out of those that wait.
  private func takeOpening(_ ticket: RequestTicket) -> (stream: UInt64, record: KeptRecord)? {
    guard let opening = openings.removeValue(forKey: ticket) else { return nil }
    keptBytes -= opening.record.byteCount
    return opening
  }

  // MARK: What is kept

  /// Whether an account, or none, may be meant: limits are counted for those alone that exist.
  private func knows(_ account: UInt64) -> Bool { account == 0 || !isOnTrial && accounts.contains(account) }

  private func hasRoom(_ record: RecordReader, _ priority: RequestPriority) -> Bool {
    keptBytes + record.bytes.count <= options.queue.share(of: options.keptBytes, for: priority)
  }

  private static func unknownAccount(_ account: UInt64) -> String { "there is no account \(account)" }
  private static let silent = "the exchange wants no requests for a while"
  private static let noRoom = "too many bytes of requests wait already"

  private func closed(_ stream: UInt64, _ code: Int, _ reason: String, _ session: Session) {
    session.post(.closed(stream: stream, code: UInt32(code), reason: reason))
  }

  public func close(_ record: RecordReader, for session: Session) {
    let stream = record.head(as: pb_out_close.self).stream
    guard let ticket = openings.first(where: { $0.value.stream == stream })?.key else {
      return carrier.close(record, for: session)
    }
    _ = takeOpening(ticket)
    _ = queue.abort(ticket, limiter: &limiter)
    closed(stream, 1000, "closed by the connector", session)
  }

  public func ended(stream: UInt64, for session: Session) {
    gate.streamClosed(stream)
    guard let number = streams.removeValue(forKey: stream) else { return }
    endedStreams &+= 1
    limiter.close(stream: number)
  }

  // MARK: Requests

  public func request(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_out_request.self)
    let now = clock.now().mono
    guard pending[fact.request] == nil else {
      let reason = "the request \(fact.request) is under way already"
      session.countRefusal()
      return refuse(fact.request, isFrame: fact.stream != 0, PB_REFUSAL_LIMIT, reason, session)
    }
    let priority = RequestPriority(rawValue: fact.priority) ?? .query
    if let refusal = refusal(of: record, fact, priority) {
      if refusal.isMisuse { session.countRefusal() }
      return refuse(fact.request, isFrame: fact.stream != 0, refusal.code, refusal.reason, session)
    }
    let (end, isOver) = now.addingReportingOverflow(fact.deadline_ns > 0 ? fact.deadline_ns : options.deadline)
    submitted += 1
    let one = Pending(
      record: KeptRecord(record), ticket: RequestTicket(submitted), caller: caller(fact), isFrame: fact.stream != 0,
      isOrdered: fact.flags & UInt32(PB_FLAG_ORDERED) != 0, command: fact.command, deadline: isOver ? .max : end,
      isOrder: priority == .order)
    if let reason = hopeless(one, now) {
      return refuse(fact.request, isFrame: one.isFrame, PB_REFUSAL_LIMIT, reason, session)
    }
    let wanted = QueuedRequest(
      ticket: one.ticket, caller: one.caller, priority: priority, charges: charges(record, fact.charges),
      deadline: one.deadline, isOrdered: one.isOrdered)
    var hasLeft = false
    do throws(QueueRefusal) {
      // What is being let go already, or given up, has its turn first.
      if isPumping || hasNewSilence {
        try queue.submit(wanted, limiter: &limiter, now: now)
      } else {
        hasLeft = try queue.leaveOrSubmit(wanted, limiter: &limiter, now: now)
      }
    } catch {
      let code = error == .expired ? PB_REFUSAL_EXPIRED : PB_REFUSAL_LIMIT
      return refuse(fact.request, isFrame: one.isFrame, code, "the queue refuses it: \(error)", session)
    }
    keptBytes += one.bytes
    if hasLeft {
      session.charge(64)
      isPumping = true
      send(one, fact.request, session)
      isPumping = false
      // What was asked for meanwhile.
      if queue.waitingCount == 0 { return }
    } else {
      pending[fact.request] = one
      requests[one.ticket] = fact.request
    }
    pump(session)
  }

  /// Hands a request to the carrier.
  private func send(_ one: Pending, _ id: UInt64, _ session: Session) {
    let left = clock.now().mono
    var one = one
    one.left = left
    pending[id] = one
    // It may have been allowed to wait for long; on its way an ordered one keeps the account's orders waiting.
    let deadline = one.isOrdered ? min(one.deadline, left + options.deadline) : one.deadline
    guard !gate.namesTransaction(one.record.reader) else {
      return keepAndSend(id, one, deadline: deadline, session)
    }
    carrier.request(one.record.reader, deadline: deadline, for: session)
  }

  /// Why a request is not even let into the queue.
  private func refusal(
    of record: RecordReader, _ fact: pb_out_request, _ priority: RequestPriority
  ) -> (code: Int, reason: String, isMisuse: Bool)? {
    guard knows(fact.account) else { return (PB_REFUSAL_ACCOUNT, Self.unknownAccount(fact.account), true) }
    if clock.now().mono < silentUntil { return (PB_REFUSAL_LIMIT, Self.silent, false) }
    guard record.bytes.count <= options.requestBytes else {
      return (PB_REFUSAL_LIMIT, "a request larger than \(options.requestBytes) bytes with its seals", true)
    }
    return hasRoom(record, priority) ? nil : (PB_REFUSAL_LIMIT, Self.noRoom, false)
  }

  private func charges(_ record: RecordReader, _ list: pb_list) -> [LimitCharge] {
    record.charges(list).map { LimitCharge(bucket: $0.bucket, weight: $0.weight) }
  }

  private func caller(_ fact: pb_out_request) -> LimitCaller {
    LimitCaller(
      group: group, address: 0, account: fact.account == 0 ? nil : AccountID(fact.account),
      stream: fact.stream == 0 ? nil : streams[fact.stream])
  }

  func refuse(_ request: UInt64, isFrame: Bool, _ code: Int, _ reason: String, _ session: Session) {
    let end = RequestEnd.notSent(code: UInt32(code), reason: reason)
    session.post(isFrame ? .sent(request: request, end: end) : .replied(request: request, end: end, body: []))
  }

  public func abort(_ record: RecordReader, for session: Session) {
    let id = record.head(as: pb_out_abort.self).request
    guard let one = pending[id], queue.abort(one.ticket, limiter: &limiter) else {
      // One that is being kept leaves all the same: its connector hears of it.
      return carrier.abort(record, for: session)
    }
    forget(id, one)
    refuse(id, isFrame: one.isFrame, PB_REFUSAL_ABORTED, "aborted", session)
    pump(session)
  }

  func forget(_ id: UInt64, _ one: Pending) {
    if !signed.isEmpty { signed[id] = nil }
    if pending.removeValue(forKey: id) != nil { keptBytes -= one.bytes }
    requests[one.ticket] = nil
  }

  /// Lets go what may leave now. What the carrier refuses at once comes back in here.
  func pump(_ session: Session) {
    guard !isPumping else { return }
    isPumping = true
    defer { isPumping = false }
    if hasNewSilence { dropHopeless(session) }
    repeat {
      // Each line of the queue is looked at, and a connector can make many.
      session.charge(queue.lineCount * 64)
      queue.next(&pass, limiter: &limiter, now: clock.now().mono)
      for drop in pass.dropped { dropped(drop, session) }
      for ticket in pass.leaving {
        if let (_, record) = takeOpening(ticket) {
          // Whether and when it connects is the carrier's; it counts from now.
          queue.finish(ticket, as: .unanswered, limiter: &limiter, now: clock.now().mono)
          opening(record.reader, session)
          continue
        }
        guard let id = requests[ticket], let one = pending[id] else { continue }
        send(one, id, session)
      }
    } while !pass.leaving.isEmpty && queue.waitingCount > 0
  }

  private func dropped(_ drop: DroppedRequest, _ session: Session) {
    if let (stream, _) = takeOpening(drop.ticket) {
      return closed(stream, PB_CLOSED_REFUSED, "no longer within a limit: \(drop.reason)", session)
    }
    guard let id = requests[drop.ticket], let one = pending[id] else { return }
    forget(id, one)
    switch drop.reason {
    case .expired:
      refuse(id, isFrame: one.isFrame, PB_REFUSAL_EXPIRED, "its deadline passed while it waited", session)
    case .limit(let refusal):
      refuse(id, isFrame: one.isFrame, PB_REFUSAL_LIMIT, "no longer within a limit: \(refusal)", session)
    }
  }

  public func ended(_ session: Session) {
    for (id, one) in pending {
      if !queue.abort(one.ticket, limiter: &limiter) {
        queue.finish(one.ticket, as: .unanswered, limiter: &limiter, now: clock.now().mono)
      }
      forget(id, one)
    }
    for ticket in Array(openings.keys) where takeOpening(ticket) != nil {
      _ = queue.abort(ticket, limiter: &limiter)
    }
    carrier.ended(session)
    for stream in streams.keys.sorted() { ended(stream: stream, for: session) }
  }

  // MARK: Taking another's place

  public func move(to session: Session) { carrier.move(to: session) }

  public func beginTrial(beside running: Transport) {
    isOnTrial = true
    guard let running = running as? Dispatcher else { return }
    (share, limitNames, silences) = (running.share, running.limitNames, running.silences)
  }

  public func endTrial() {
    (isOnTrial, silentUntil) = (false, .min)
    for limit in setAside { declare(limit, now: clock.now().mono) { _ in } }
    setAside = []
  }

  public func isUntouched(_ command: CommandID) -> Bool {
    !time.hasLeft(command.rawValue) && !pending.values.contains { $0.command == command.rawValue && $0.left != nil }
  }

  // MARK: Commands

  public func began(_ command: CommandID, _ draft: CommandDraft, for session: Session) {
    gate.commands.begin(command.rawValue, licence(draft, session))
    time.began(command.rawValue)
  }

  public func ended(_ command: CommandID, for session: Session) {
    gate.commands.end(command.rawValue)
    time.ended(command.rawValue)
  }

  public func halted(_ isHalted: Bool, for session: Session) { gate.commands.isHalted = isHalted }

  // MARK: Limits and clock

  func limitName(_ bucket: UInt32) -> String { limitNames[bucket] ?? "\(bucket)" }

  public func limits(_ record: RecordReader, for session: Session) {
    let now = clock.now().mono
    for limit in record.limits(record.head(as: pb_limits.self).limits) {
      guard let scope = LimitScope(rawValue: limit.scope), let kind = LimitKind(rawValue: limit.kind) else { continue }
      let name = record.prose(limit.name, most: InstanceBounds.reasonBytes)
      let wanted = MarketModel.RateLimit(
        bucket: limit.bucket, scope: scope, kind: kind, capacity: limit.capacity,
        intervalNanoseconds: limit.interval_ns, name: name,
        usedHeader: record.prose(limit.used_header, most: InstanceBounds.reasonBytes),
        remainingHeader: record.prose(limit.remaining_header, most: InstanceBounds.reasonBytes))
      if isOnTrial, let known = limiter.declared(limit.bucket, group: group), known != wanted {
        setAside.removeAll { $0.bucket == wanted.bucket }
        setAside.append(wanted)
        continue
      }
      declare(wanted, now: now) { error in
        guard session.takesLine() else { return }
        session.observer?.session(session, .log(level: .error, text: "the limit \(name) is not usable: \(error)"))
      }
    }
  }

  private func declare(_ limit: MarketModel.RateLimit, now: Int64, _ refused: (RateLimitFault) -> Void) {
    do throws(RateLimitFault) {
      try limiter.declare(limit, group: group, now: now)
      limitNames[limit.bucket] = limit.name
    } catch {
      refused(error)
    }
  }

  public func silenced(account: UInt64, for nanoseconds: Int64, because reason: String) {
    let now = clock.now().mono
    let (until, isOver) = now.addingReportingOverflow(nanoseconds)
    // The word of a version on trial does not keep the running one's orders from leaving.
    if isOnTrial { return silentUntil = max(silentUntil, isOver ? .max : until) }
    let caller = LimitCaller(group: group, address: 0, account: account == 0 ? nil : AccountID(account))
    // A door that cannot be made is one that nothing waits behind.
    guard (try? limiter.close(caller, until: isOver ? .max : until, now: now)) != nil else { return }
    silences[account] = reason
    hasNewSilence = true
  }

  public func skewed(_ command: CommandID, isRetry: Bool, for session: Session) -> SkewAnswer {
    let isUnderWay = pending.values.contains { $0.command == command.rawValue && $0.left != nil }
    let answer = time.skewed(command.rawValue, isRetry: isRetry, isUnderWay: isUnderWay, now: clock.now().mono)
    session.venueOffset = time.clock.offset
    // That it was refused for its time is the connector's word: the host must have read it, or nothing have left.
    guard answer != .giveUp, gate.commands.hasDoneNothing(command.rawValue) else { return .giveUp }
    gate.commands.suspend(command.rawValue)
    return answer
  }

  public func advance(_ session: Session) -> Int64? {
    pump(session)
    let now = clock.now().mono
    askClock(session, now: now)
    let sample = accounts.isEmpty ? nil : time.due(now)
    guard let next = pass.lookAgain else { return sample }
    return min(next, sample ?? next)
  }
}

/// What is used of a venue's limits, and the number of streams that were opened: while an instance is on trial beside
/// another, both count here.
private final class LimitShare {
  @exclusivity(unchecked) var limiter: RateLimiter
  var opened: UInt64 = 0

  init(_ limiter: RateLimiter) { self.limiter = limiter }
}
