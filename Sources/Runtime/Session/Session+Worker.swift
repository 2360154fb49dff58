import CHost
import Glibc
import MarketModel
import Records

/// An instance that is in a worker: its inputs are on their way when they are delivered, and what it says to them comes
/// later. Nothing here waits but `settle`, which is for replays and the end.
extension Session {
  /// Bytes of outputs that are taken before others of the lane have their turn.
  private static let turn = 2 << 20
  /// Bytes of frames that may wait for an answer.
  private static let mostHeld = 64 << 20

  /// The worker; `nil` where the instance is in this process, or there is none now.
  public var worker: WorkerLink? { instance?.worker }

  /// Whether the instance has answered all inputs.
  var isSettled: Bool { instance?.isSettled ?? true }

  /// Takes what the worker has said. In each turn of the lane.
  func takeOutputs() {
    guard let instance, let worker = instance.worker else { return }
    isDelivering = true
    instance.takeOutputs(Self.turn)
    isDelivering = false
    if let refusal = instance.refusal { fault("\(name) \(refusal)") }
    if !isFaulted, worker.mayHaveEnded || worker.suspicion != nil, !worker.outputs.hasMore, let why = worker.fault {
      fault(why)
    }
    if isSettled || isFaulted { settled() }
    drain()
  }

  /// The instance has answered everything, or is no more: what has waited for that goes on.
  func settled() {
    guard isHolding || !onSettled.isEmpty else { return }
    (isHolding, heldBytes) = (false, 0)
    let waiting = onSettled
    onSettled = []
    for body in waiting { body() }
    if !isFaulted, instance != nil { runSelfMade() }
  }

  /// Does `body` between two inputs, when everything before is answered: at once, where nothing is on its way.
  func whenSettled(_ body: @escaping () -> Void) {
    if isSettled { return body() }
    onSettled.append(body)
    isHolding = true
  }

  /// Keeps a frame until then.
  @inline(never)
  func hold(_ stream: UInt64, _ payload: UnsafeBufferPointer<UInt8>, _ kind: FrameKind) {
    heldBytes += payload.count + InstanceBounds.handling
    guard heldBytes <= Self.mostHeld else {
      fault("more than \(Self.mostHeld >> 20) MiB of messages wait for its answer")
      return drain()
    }
    posted.append(.frame(stream: stream, kind: kind, bytes: Array(payload)))
  }

  /// Writes what has waited for room, and wakes the worker where it sleeps. In each turn of the lane.
  func handOver(_ poller: LanePoller?) {
    guard let worker = instance?.worker else { return }
    worker.attach(to: poller)
    worker.inputs.flush()
    // Without one, as in tests and replays, a turn is over when everything is answered.
    if poller == nil { settle() }
  }

  /// Notes that the lane is about to sleep.
  /// - Returns: whether it may: the worker has said nothing meanwhile.
  func mayRest() -> Bool { instance?.worker?.outputs.arm() ?? true }

  /// What a turn of a lane does for a worker, for who has no lane.
  package func turn() {
    instance?.worker?.inputs.flush()
    takeOutputs()
  }

  /// Waits until the instance has answered everything, and what it asked for by it as well.
  /// - Parameter patience: in nanoseconds, a look without a sleep counting as ten microseconds, so that one who wakes
  ///   the host for nothing does not hold it; a worker that takes longer is at fault.
  package func settle(patience: Int64 = 10_000_000_000) {
    guard isRemote else { return }
    var left = patience
    while let worker = instance?.worker {
      takeOutputs()
      // After that, as it may wait for the room that this made.
      worker.inputs.flush()
      if instance == nil || isSettled && posted.isEmpty && !worker.outputs.hasMore { return }
      guard left > 0 else {
        fault("it did not answer an input within \(patience / 1_000_000_000) s")
        return drain()
      }
      left -= 10_000
      guard worker.outputs.arm() else { continue }
      if chost_wait_readable(worker.signal, worker.watch, 10) == 0 { left -= 10_000_000 }
      chost_event_take(worker.signal)
      if let why = worker.fault, !worker.outputs.hasMore {
        fault(why)
        return drain()
      }
    }
  }

  /// What a worker says to its last input is taken, as long as it comes at once: others wait.
  func takeFarewell() {
    guard isRemote, instance != nil else { return }
    let budgets = WorkerBudgets()
    settle(patience: budgets.farewell)
  }

  /// Another instance takes the place of one that has ended. What was known of markets and orders stays; the numbers of
  /// its instruments are others than before, whatever the connector calls them.
  /// - Parameter prepare: is called when the instance is there and has been given nothing.
  func revive(_ link: WorkerLink, config: [UInt8], trading: Bool, prepare: () -> Void) {
    precondition(instance == nil, "an instance is made anew when the one before has ended")
    former = former + last.counters
    last = (InstanceCounters(), last.fault)
    (isFaulted, faultText) = (false, "")
    refusals = RefusalCount()
    inflating = []
    selfMade = SelfMadeInputs(bounds)
    isDelivering = true
    let made = ConnectorInstance(
      link, config: config, sink: self, bounds: bounds, instrumentBase: view.freeInstruments)
    made.times = times
    instance = made
    running = Unmanaged.passUnretained(made)
    isDelivering = false
    prepare()
    start(trading: trading)
  }

  /// The input whose answer is waited for; `nil` = none is.
  var awaitedInput: UInt64? { instance?.awaited }

  /// Ends an instance for what its worker does.
  package func endWorker(_ why: String) {
    guard instance != nil, !isFaulted else { return }
    fault(why)
    giveUp()
  }

  /// No instance will take the place of the one that has ended.
  func abandonAccounts() { accountObserver?.accountPathEnded("\(name) gave up") }

  /// Nothing is heard of the accounts until the instance is there again: as when private streams are lost. One that
  /// never had such a stream has lost none, and nobody would say that it is back.
  func loseAccounts(_ why: String) {
    for account in knownAccounts.sorted() where accounts.streams[AccountID(account)] != nil {
      let fact = AccountFact.stream(AccountID(account), .down, reason: why)
      let changes = accounts.apply(fact, now: times.mono) ?? []
      accountObserver?.account(fact, changes)
    }
  }
}
