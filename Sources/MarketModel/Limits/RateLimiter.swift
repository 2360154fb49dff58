/// The rate limits of all venues in a process: what is used, and when a request may leave.
///
/// Connectors declare limits per host group. A bucket comes into being when the first request charges it: one per limit
/// and address, account or stream, shared by every connector instance of that group. A request charges several buckets
/// and leaves when all have room; `RequestQueue` decides in which order. What a bucket guarantees: the weight that the
/// venue counts for this process never exceeds `usable(capacity)` in any window of the interval, whatever headers say;
/// times that requests travel are accounted for (see `LimitBucket`). A limit that is declared again counts all that
/// still counted at that moment; what had recovered under the old rule is not remembered. Window buckets may be up to
/// 1/64 of the interval too slow.
///
/// Besides its buckets every group has a door per address, which a ban (418) closes for all its requests, and one per
/// account, which a lockout closes for the requests of that account.
///
/// Times are monotonic nanoseconds, at least 0; a time before an earlier one counts as the earlier one. Not
/// synchronised: who shares a limiter between lanes guards it together with its queue.
public struct RateLimiter: Sendable {
  private struct DeclarationKey: Hashable {
    let group: HostGroup
    let bucket: UInt32
  }

  private struct KnownToll {
    let caller: LimitCaller
    let charges: [LimitCharge]
    let toll: Toll
    static let limit = 4
  }

  private struct Declaration {
    var limit: RateLimit
    /// Existing buckets of this limit.
    var places: [UInt32] = []
  }

  public let settings: RateLimiterSettings
  private var declarations: [DeclarationKey: Declaration] = [:]
  /// Limits that have a header, by group.
  private var withHeader: [HostGroup: [UInt32]] = [:]
  var buckets: [LimitBucket?] = []
  private var free: [UInt32] = []
  var placeOf: [LimitKey: UInt32] = [:]
  /// The buckets of each stream that has any.
  private var placesOfStream: [UInt64: [UInt32]] = [:]
  /// What the last requests charged. It stays the same as long as no limit is declared and no bucket goes.
  private var known: [KnownToll] = []
  /// No door is closed after it.
  private(set) var lastHold = Int64.min
  /// Before this time idle buckets are not looked for again.
  private var nextSweep = Int64.min
  private var latest: Int64 = 0
  private var passes: UInt64 = 0

  public init(settings: RateLimiterSettings = RateLimiterSettings()) { self.settings = settings }

  /// The time, which never goes back.
  mutating func tick(_ now: Int64) -> Int64 {
    latest = max(latest, now)
    return latest
  }

  // MARK: Limits

  /// Declares a limit, or replaces the one of the same number: what is used stays used, counted by the new rule. A
  /// limit whose scope changes starts with new buckets. O(existing buckets of the limit).
  public mutating func declare(_ limit: RateLimit, group: HostGroup, now: Int64) throws(RateLimitFault) {
    guard limit.capacity > 0 else { throw .noCapacity(bucket: limit.bucket) }
    guard (1...RateLimit.longestInterval).contains(limit.intervalNanoseconds) else {
      throw .intervalOutOfRange(bucket: limit.bucket, nanoseconds: limit.intervalNanoseconds)
    }
    let now = tick(now)
    known.removeAll()
    let key = DeclarationKey(group: group, bucket: limit.bucket)
    var declaration = declarations[key] ?? Declaration(limit: limit)
    if declarations[key] == nil, declarations.count >= settings.declarationLimit {
      throw .tooManyDeclarations(limit: settings.declarationLimit)
    }
    if declaration.limit.scope != limit.scope {
      for place in declaration.places { retire(place) }
      declaration.places = []
    }
    for place in declaration.places {
      buckets[Int(place)]?.redeclare(limit, capacity: settings.usable(limit.capacity), now: now)
    }
    declaration.limit = limit
    declarations[key] = declaration
    withHeader[group, default: []].removeAll { $0 == limit.bucket }
    if !limit.usedHeader.isEmpty || !limit.remainingHeader.isEmpty {
      withHeader[group, default: []].append(limit.bucket)
    }
  }

  /// A limit as it was declared last; `nil` = it was not.
  public func declared(_ bucket: UInt32, group: HostGroup) -> RateLimit? {
    declarations[DeclarationKey(group: group, bucket: bucket)]?.limit
  }

  /// Forgets the buckets of a stream that was closed; requests that still refer to them keep them until they end.
  /// O(buckets of the stream).
  public mutating func close(stream: UInt64) {
    for place in placesOfStream[stream] ?? [] { retire(place) }
  }

  // MARK: Requests

  /// Finds the buckets that a request charges. The toll must be given back by `finish` or `leave`, once. O(charges).
  public mutating func enter(
    _ charges: [LimitCharge], caller: LimitCaller, now: Int64
  ) throws(LimitRefusal) -> Toll {
    let now = tick(now)
    if let toll = known.first(where: { $0.caller == caller && $0.charges == charges })?.toll {
      for index in 0..<toll.count { buckets[Int(toll.places[index])]?.users += 1 }
      if let own = toll.accountDoor { buckets[Int(own)]?.users += 1 }
      return toll
    }
    let toll = try newToll(charges, caller, now)
    if known.count == KnownToll.limit { known.removeFirst() }
    known.append(KnownToll(caller: caller, charges: charges, toll: toll))
    return toll
  }

  private mutating func newToll(
    _ charges: [LimitCharge], _ caller: LimitCaller, _ now: Int64
  ) throws(LimitRefusal) -> Toll {
    let doorKey = LimitKey(group: caller.group, owner: .address(caller.address), bucket: nil)
    let door = try place(doorKey, now) { LimitBucket(door: doorKey) }
    // Each bucket is in use from here on: making the next one may clear out idle ones.
    buckets[Int(door)]?.users += 1
    var toll: Toll
    do throws(LimitRefusal) {
      toll = Toll(door: door, accountDoor: try accountDoor(of: caller, now))
    } catch {
      leave(Toll(door: door, accountDoor: nil))
      throw error
    }
    if let own = toll.accountDoor { buckets[Int(own)]?.users += 1 }
    do throws(LimitRefusal) {
      for charge in charges {
        let place = try place(of: charge.bucket, caller: caller, now)
        let known = toll.count
        guard toll.add(place: place, weight: max(1, charge.weight)) else {
          throw .tooManyCharges(limit: Toll.chargeLimit)
        }
        if toll.count > known { buckets[Int(place)]?.users += 1 }
      }
      if let refusal = refusal(of: toll) { throw refusal }
    } catch {
      leave(toll)
      throw error
    }
    return toll
  }

  /// Why the toll can never be paid, after limits were declared again; `nil` when it can.
  func refusal(of toll: Toll) -> LimitRefusal? {
    for index in 1..<max(1, toll.count) {
      guard let bucket = buckets[Int(toll.places[index])] else { continue }
      let weight = toll.weights[index]
      if Int64(weight) > bucket.capacity {
        return .tooHeavy(bucket: bucket.key.bucket ?? 0, weight: UInt64(weight), capacity: bucket.capacity)
      }
    }
    return nil
  }

  /// Begins a look at a queue, in which waiting requests set weight aside.
  mutating func beginPass() -> UInt64 {
    passes += 1
    return passes
  }

  /// When all buckets of the toll have room beyond what this pass has set aside.
  /// - Parameter isTrade: it may use what is left for cancels and orders.
  mutating func room(for toll: Toll, isTrade: Bool, pass: UInt64, now: Int64) -> LimitRoom {
    let percent = isTrade ? 0 : settings.tradePercent
    var start = now
    if let own = toll.accountDoor, let until = buckets[Int(own)]?.heldUntil { start = max(start, until) }
    for index in 0..<toll.count {
      let place = Int(toll.places[index])
      buckets[place]?.advance(to: now)
      switch buckets[place]?.room(for: Int64(toll.weights[index]), leaving: percent, pass: pass, now: now) ?? .now {
      case .now: break
      case .at(let time): start = max(start, time)
      case .later: return .later
      }
    }
    return start > now ? .at(start) : .now
  }

  /// Whether an earlier request of this pass has set aside weight in one of the toll's buckets.
  func isReserved(_ toll: Toll, pass: UInt64) -> Bool {
    for index in 1..<max(1, toll.count) where buckets[Int(toll.places[index])]?.isReserved(in: pass) == true {
      return true
    }
    return false
  }

  /// Sets the toll's weights aside for the rest of this pass.
  mutating func reserve(_ toll: Toll, pass: UInt64) {
    for index in 1..<max(1, toll.count) {
      buckets[Int(toll.places[index])]?.reserve(Int64(toll.weights[index]), pass: pass)
    }
  }

  /// Counts the toll as in flight.
  mutating func start(_ toll: Toll) {
    for index in 1..<max(1, toll.count) { buckets[Int(toll.places[index])]?.start(Int64(toll.weights[index])) }
  }

  /// Ends a request that was started.
  mutating func finish(_ toll: Toll, as outcome: RequestOutcome, now: Int64) {
    let now = tick(now)
    for index in 0..<toll.count {
      let place = Int(toll.places[index])
      buckets[place]?.advance(to: now)
      buckets[place]?.finish(Int64(toll.weights[index]), wasSent: outcome != .notSent)
      if outcome == .answered { buckets[place]?.forgive(now) }
    }
    switch outcome {
    case .limited(let retryAfter):
      // A request without charges cannot tell which limit was meant: the group's door is all there is to close.
      for index in (toll.count > 1 ? 1 : 0)..<toll.count {
        hold(toll.places[index], retryAfter, first: settings.firstHoldNanoseconds, now)
      }
    case .banned(let retryAfter): hold(toll.places[0], retryAfter, first: settings.firstBanNanoseconds, now)
    case .notSent, .unanswered, .answered: break
    }
    leave(toll)
  }

  /// Gives back the toll of a request that will not leave.
  mutating func leave(_ toll: Toll) {
    for index in 0..<toll.count {
      let place = toll.places[index]
      buckets[Int(place)]?.users -= 1
      if let bucket = buckets[Int(place)], bucket.isRetired, bucket.users <= 0 { remove(place) }
    }
    if let own = toll.accountDoor { buckets[Int(own)]?.users -= 1 }
  }

  private mutating func hold(_ place: UInt32, _ retryAfter: Int64?, first: Int64, _ now: Int64) {
    buckets[Int(place)]?.hold(
      retryAfter: retryAfter, first: first, longest: settings.longestHoldNanoseconds, now: now)
    lastHold = max(lastHold, buckets[Int(place)]?.heldUntil ?? .min)
  }

  // MARK: What replies tell

  /// A reply's header told how much weight the venue counts, or how much of a limit is left. It adds what others used
  /// to what is known here, and never takes away what this process has sent or has in flight. A header that no limit
  /// names is ignored.
  /// - Parameters:
  ///   - header: in lower case.
  ///   - sent: when the request of this reply left: a later reply may carry an older count.
  public mutating func correct(
    _ caller: LimitCaller, header: String, value: UInt32, sent: Int64, now: Int64
  ) {
    guard let named = withHeader[caller.group] else { return }
    let now = tick(now)
    for bucket in named {
      let key = DeclarationKey(group: caller.group, bucket: bucket)
      guard let limit = declarations[key]?.limit, let used = limit.used(value, by: header) else { continue }
      guard let place = try? place(of: bucket, caller: caller, now) else { continue }
      buckets[Int(place)]?.advance(to: now)
      buckets[Int(place)]?.correct(used: Int64(used), sent: sent, now: now)
    }
  }

  /// Closes a host group until a time, as when a venue announces a ban, a lockout or maintenance by other means than a
  /// status: for the caller's account where it has one, else for its address.
  public mutating func close(_ caller: LimitCaller, until: Int64, now: Int64) throws(LimitRefusal) {
    let now = tick(now)
    let key = LimitKey(group: caller.group, owner: .address(caller.address), bucket: nil)
    let own = try accountDoor(of: caller, now)
    let door: UInt32
    if let own { door = own } else { door = try place(key, now) { LimitBucket(door: key) } }
    hold(door, until > now ? until - now : 0, first: settings.firstBanNanoseconds, now)
  }

  // MARK: Buckets

  private mutating func accountDoor(of caller: LimitCaller, _ now: Int64) throws(LimitRefusal) -> UInt32? {
    guard let account = caller.account else { return nil }
    let key = LimitKey(group: caller.group, owner: .account(account), bucket: nil)
    return try place(key, now) { LimitBucket(door: key) }
  }

  private mutating func place(
    of bucket: UInt32, caller: LimitCaller, _ now: Int64
  ) throws(LimitRefusal) -> UInt32 {
    let declarationKey = DeclarationKey(group: caller.group, bucket: bucket)
    guard let limit = declarations[declarationKey]?.limit else { throw .undeclared(bucket: bucket) }
    let owner: LimitOwner? =
      switch limit.scope {
      case .address: .address(caller.address)
      case .account: caller.account.map { .account($0) }
      case .stream: caller.stream.map { .stream($0) }
      }
    guard let owner else { throw .ownerMissing(bucket: bucket, scope: limit.scope) }
    let key = LimitKey(group: caller.group, owner: owner, bucket: bucket)
    if let place = placeOf[key] { return place }
    let capacity = settings.usable(limit.capacity)
    let place = try place(key, now) { LimitBucket(key, limit, capacity: capacity, now: now) }
    declarations[declarationKey]?.places.append(place)
    return place
  }

  private mutating func place(
    _ key: LimitKey, _ now: Int64, _ make: () -> LimitBucket
  ) throws(LimitRefusal) -> UInt32 {
    if let place = placeOf[key] { return place }
    if placeOf.count >= settings.bucketLimit, now >= nextSweep { removeIdle(now) }
    guard placeOf.count < settings.bucketLimit else { throw .tooManyBuckets(limit: settings.bucketLimit) }
    let place: UInt32
    if let old = free.popLast() {
      place = old
      buckets[Int(place)] = make()
    } else {
      place = UInt32(buckets.count)
      buckets.append(make())
    }
    placeOf[key] = place
    if case .stream(let stream) = key.owner { placesOfStream[stream, default: []].append(place) }
    return place
  }

  /// Takes a bucket out of use; what still refers to it keeps it alive.
  private mutating func retire(_ place: UInt32) {
    guard let bucket = buckets[Int(place)] else { return }
    known.removeAll()
    placeOf[bucket.key] = nil
    if case .stream(let stream) = bucket.key.owner {
      placesOfStream[stream]?.removeAll { $0 == place }
      if placesOfStream[stream]?.isEmpty == true { placesOfStream[stream] = nil }
    }
    if let number = bucket.key.bucket {
      declarations[DeclarationKey(group: bucket.key.group, bucket: number)]?.places.removeAll { $0 == place }
    }
    if bucket.users > 0 { buckets[Int(place)]?.isRetired = true } else { remove(place) }
  }

  private mutating func remove(_ place: UInt32) {
    known.removeAll()
    buckets[Int(place)] = nil
    free.append(place)
  }

  /// Makes room, at most once a second: whoever fills all buckets must not make everything slow as well.
  private mutating func removeIdle(_ now: Int64) {
    nextSweep = now + 1_000_000_000
    for place in Array(placeOf.values) {
      buckets[Int(place)]?.advance(to: now)
      if buckets[Int(place)]?.isIdle(now) == true { retire(place) }
    }
  }
}
