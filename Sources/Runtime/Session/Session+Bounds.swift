import CPatchbay
import MarketModel

/// What an instance causes by itself, and how much of it happens at once: nobody owns the lane.
struct SelfMadeInputs {
  private let bounds: InstanceBounds
  private var refusals: Throttle
  private var firing: Throttle
  private var facts: Throttle
  private var lines: Throttle
  private var linesDropped: UInt64 = 0
  fileprivate var watch: WorkWatch
  /// Refusals that wait for their turn, oldest first.
  private var waiting: [PostedInput] = []
  /// Since when there has been no room for refusals.
  private var crowdedSince: Int64?
  /// Books that are to be asked for, by instrument.
  fileprivate var resyncs = TimerQueue()

  init(_ bounds: InstanceBounds) {
    self.bounds = bounds
    refusals = Throttle(burst: bounds.echoBurst, interval: bounds.echoInterval)
    firing = Throttle(burst: bounds.timerBurst, interval: bounds.timerInterval)
    facts = Throttle(burst: bounds.factBurst, interval: bounds.factInterval)
    lines = Throttle(burst: bounds.lineBurst, interval: bounds.lineInterval)
    watch = WorkWatch(bounds)
  }

  /// Whether a refusal may be delivered now. Otherwise it waits here.
  mutating func takes(_ input: PostedInput, now: Int64) -> Bool {
    if waiting.isEmpty, refusals.takes(now) { return true }
    crowdedSince = crowdedSince ?? now
    if !isFull { waiting.append(input) }
    return false
  }

  var isFull: Bool { waiting.count >= bounds.echoesWaiting }

  /// The refusals whose turn has come.
  mutating func release(now: Int64) -> ArraySlice<PostedInput> {
    if refusals.isEasy(now) { crowdedSince = nil }
    var count = 0
    while count < min(waiting.count, bounds.turn), refusals.takes(now) { count += 1 }
    defer { waiting.removeFirst(count) }
    return waiting.prefix(count)
  }

  /// Whether refusals have been too many for longer than is borne.
  func isCrowdedOut(now: Int64) -> Bool { crowdedSince.map { now &- $0 >= bounds.patience } ?? false }

  /// Whether a fact of an account may be taken: none is dropped in silence.
  mutating func takesFact(now: Int64) -> Bool { facts.takes(now) }

  /// How many lines were dropped before one that may be reported now; `nil` = it is dropped as well.
  mutating func takesLine(now: Int64) -> UInt64? {
    guard lines.takes(now) else {
      linesDropped &+= 1
      return nil
    }
    defer { linesDropped = 0 }
    return linesDropped
  }

  mutating func mayFire(now: Int64) -> Bool { firing.takes(now) }

  /// When something of this is due; `nil` = nothing.
  mutating func next(_ timer: Int64?, _ cost: UInt64, now: Int64) -> Int64? {
    var next = timer.map { max($0, firing.next(now)) }
    if !waiting.isEmpty { next = min(next ?? .max, refusals.next(now)) }
    if let pause = watch.pause(cost) { next = next.map { max($0, pause) } }
    if let due = resyncs.nextDue { next = min(next ?? .max, due) }
    return next
  }

  mutating func removeAll() {
    waiting = []
    resyncs.removeAll()
  }
}

extension PostedInput {
  /// The host's own answer to what the connector asked for: one that it causes by itself, as often as it likes.
  var isRefusal: Bool {
    switch self {
    case .closed, .sent(_, .notSent, _), .replied(_, .notSent, _): true
    case .opened, .frame, .sent, .replied, .command, .account: false
    }
  }
}

extension Session {
  /// Inputs and records so far, by what handling them costs.
  var cost: UInt64 {
    let counters = counters
    let handled = counters.inputs &+ counters.outputs &+ counters.malformed &+ counters.unknownKinds
    return counters.outputCost &+ handled &* UInt64(InstanceBounds.handling)
  }

  /// Notes that the instance cannot go on, and why; it is ended when its call has returned.
  func fault(_ why: String) {
    guard !isFaulted else { return }
    isFaulted = true
    faultText = why
    publish(.fault(text: why))
  }

  /// What is done for a record of the instance costs more than its bytes: `cost` counts as bytes would.
  public func charge(_ cost: Int) { running?._withUnsafeGuaranteedRef { $0.charge(cost) } }

  /// Whether one more line may be reported; says first how many could not be.
  public func takesLine() -> Bool {
    guard let dropped = selfMade.takesLine(now: times.mono) else { return false }
    if dropped > 0 { publish(.log(level: .warning, text: "\(dropped) lines were dropped: it says too much")) }
    return true
  }

  /// Does what the instance causes by itself, and bears it only for so long.
  func runSelfMade() {
    let now = times.mono
    if selfMade.watch.look(cost, now: now) {
      let words = "more than \(bounds.secondCost >> 20) MiB of records and inputs a second"
      return stopRunning("for \(bounds.patience / 1_000_000_000) s it makes \(words)")
    }
    if selfMade.isCrowdedOut(now: now) {
      return stopRunning("it asks again and again for what the host refuses")
    }
    for id in dueResyncs(now) { if let market = view[id], !market.book.isReady { sendResync(market) } }
    guard selfMade.watch.pause(cost) == nil else { return }
    var turn = bounds.turn
    while turn > 0, let due = timers.nextDue, due <= now {
      // What a worker is about to say may take the timer back, or set it anew.
      guard isSettled else {
        isHolding = true
        break
      }
      guard selfMade.mayFire(now: now) else { break }
      if let timer = timers.takeDue(now) { enter { $0.timer(timer) } }
      turn -= 1
    }
    let inputs = selfMade.release(now: now)
    if !inputs.isEmpty { release(inputs) }
  }

  private func stopRunning(_ why: String) {
    guard !isFaulted else { return }
    fault(why)
    giveUp()
  }

  private func dueResyncs(_ now: Int64) -> [UInt64] {
    var due: [UInt64] = []
    while let id = selfMade.resyncs.takeDue(now) { due.append(id) }
    return due
  }

  /// A book was refused: it is asked for at once, and ever later while that happens again and again.
  func askResync(_ market: MarketState) {
    let id = market.instrument.id.rawValue
    let due = market.resyncs.next(times.mono)
    if due <= times.mono { sendResync(market) } else { selfMade.resyncs.set(id, due: due) }
  }

  private func sendResync(_ market: MarketState) {
    var resync = CommandDraft(.resync)
    resync.instrument = market.instrument.id.rawValue
    resync.channels = .book
    send(resync) { _ in }
  }
}
