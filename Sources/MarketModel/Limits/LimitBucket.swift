/// When a bucket will take a weight.
enum LimitRoom: Equatable {
  case now
  /// Not before this time.
  case at(Int64)
  /// Not before something in flight has ended, or an earlier request has left.
  case later
}

/// One rate limit as used by one address, account or stream.
///
/// A venue counts a request at some moment between its departure and its reply. So a weight is **in flight** from its
/// departure until the reply and does not recover in that time; then it is **settled** and recovers from the time of
/// the reply. This bounds what the venue can count, however long requests travel. What a reply's header says beyond
/// both is **foreign**: other processes behind the same address or account.
struct LimitBucket: Sendable {
  let key: LimitKey
  private(set) var kind: LimitKind?
  private(set) var capacity: Int64
  private var window: WindowUsage?
  private var tokens: TokenUsage?
  private(set) var inFlight: Int64 = 0
  private var foreign: Int64 = 0
  private var foreignUntil: Int64 = 0
  /// Departure of the request whose reply gave the newest header reading.
  private var readingSent = Int64.min
  private(set) var heldUntil: Int64 = 0
  private var strikes = 0
  /// Requests that wait or are in flight and refer to this bucket.
  var users = 0
  /// Its stream was closed, or its limit has another scope now: it goes with its last user.
  var isRetired = false
  /// Weight set aside for requests that wait, and the queue pass that did it.
  private var reserved: Int64 = 0
  private var reservedIn: UInt64 = 0

  /// The door of a host group: no limit of its own, but it can be held.
  init(door key: LimitKey) {
    self.key = key
    capacity = .max
  }

  init(_ key: LimitKey, _ limit: RateLimit, capacity: Int64, now: Int64) {
    self.key = key
    self.capacity = capacity
    kind = limit.kind
    switch limit.kind {
    case .window: window = WindowUsage(interval: limit.intervalNanoseconds, now: now)
    case .tokens: tokens = TokenUsage(capacity: capacity, interval: limit.intervalNanoseconds, now: now)
    }
  }

  private var interval: Int64 { window?.interval ?? tokens?.interval ?? 0 }

  /// `advance` came before, here and below.
  private var settled: Int64 { window?.total ?? tokens?.total ?? 0 }

  private func foreign(_ now: Int64) -> Int64 { foreignUntil > now ? foreign : 0 }

  /// The weight that counts now.
  func used(_ now: Int64) -> Int64 { inFlight + settled + foreign(now) }

  func isIdle(_ now: Int64) -> Bool { users == 0 && heldUntil <= now && used(now) == 0 }

  mutating func advance(to now: Int64) {
    window?.advance(to: now)
    tokens?.advance(to: now)
  }

  /// Takes the place of an older declaration and keeps what is used.
  mutating func redeclare(_ limit: RateLimit, capacity: Int64, now: Int64) {
    advance(to: now)
    let used = settled
    let interval = limit.intervalNanoseconds
    switch limit.kind {
    case .window:
      if let old = window {
        if old.interval != interval { window = old.over(interval: interval, now: now) }
      } else {
        window = WindowUsage(interval: interval, now: now)
        window?.add(used)
      }
      tokens = nil
    case .tokens:
      tokens = TokenUsage(capacity: capacity, interval: interval, now: now)
      tokens?.add(used)
      window = nil
    }
    if foreignUntil > now { foreignUntil = now + interval }
    kind = limit.kind
    self.capacity = capacity
  }

  // MARK: Requests

  /// When the weight fits beyond what this pass of the queue has set aside.
  /// - Parameter percent: so much of the bucket stays free, unless the weight alone is more than the rest.
  func room(for weight: Int64, leaving percent: Int = 0, pass: UInt64, now: Int64) -> LimitRoom {
    if heldUntil > now { return .at(heldUntil) }
    guard kind != nil else { return .now }
    let free = min(capacity * Int64(percent) / 100, max(0, capacity - weight))
    let needed = inFlight + weight + (reservedIn == pass ? reserved : 0) + free
    if needed > capacity { return .later }
    let foreign = foreign(now)
    if needed + foreign > capacity { return .at(foreignUntil) }
    let level = capacity - needed - foreign
    let start = tokens?.time(whenAtMost: level) ?? window?.time(whenAtMost: level) ?? now
    return start > now ? .at(start) : .now
  }

  func isReserved(in pass: UInt64) -> Bool { reservedIn == pass }

  mutating func reserve(_ weight: Int64, pass: UInt64) {
    guard kind != nil else { return }
    reserved = (reservedIn == pass ? reserved : 0) + weight
    reservedIn = pass
  }

  mutating func start(_ weight: Int64) { inFlight += weight }

  /// Ends a request in flight; one that never left gives its weight back.
  mutating func finish(_ weight: Int64, wasSent: Bool) {
    inFlight = max(0, inFlight - weight)
    guard wasSent, weight > 0 else { return }
    window?.add(weight)
    tokens?.add(weight)
  }

  // MARK: What replies tell

  /// A header told the weight that the venue counts. Never below what this process knows of; a reading older than the
  /// newest one (its request left earlier) can only raise.
  mutating func correct(used: Int64, sent: Int64, now: Int64) {
    guard kind != nil else { return }
    let excess = max(0, used - inFlight - settled)
    if sent < readingSent {
      guard excess > foreign(now) else { return }
    } else {
      readingSent = sent
    }
    foreign = excess
    foreignUntil = now + interval
  }

  /// Stops the bucket; a hold is never shortened. `first` doubles with each refusal that follows the end of a hold.
  mutating func hold(retryAfter: Int64?, first: Int64, longest: Int64, now: Int64) {
    if heldUntil <= now { strikes = min(strikes + 1, 40) }
    let doublings = max(0, strikes - 1)
    let backoff = first <= longest >> doublings ? first << doublings : longest
    heldUntil = max(heldUntil, now + min(max(0, retryAfter ?? backoff), longest))
  }

  /// A request was answered normally.
  mutating func forgive(_ now: Int64) {
    if heldUntil <= now { strikes = 0 }
  }
}

/// Names a bucket in the process. Without a number it is the door of its host group.
struct LimitKey: Hashable, Sendable {
  let group: HostGroup
  let owner: LimitOwner
  let bucket: UInt32?
}
