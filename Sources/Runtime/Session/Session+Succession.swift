import CPatchbay
import Decimals
import MarketModel
import Records

/// A command that waits until it is decided which of two instances gets it.
struct KeptCommand {
  let draft: CommandDraft
  let id: CommandID
  let completion: (CommandResult) -> Void
}

/// The trades that an instance had reported when another took its place: what both hear of counts once.
struct TradeDoubles {
  /// Monotonic; after it nothing is looked for any more.
  let until: Int64
  fileprivate var ids: [UInt64: Set<TradeID>] = [:]
}

/// An instance takes the place of another while the session goes on: its books, orders and accounts, whoever follows
/// it, and its name in the world stay the same.
extension Session {
  private static let mostKept = 1024

  /// New commands wait from now on, those that cancel as well; not while trading is stopped, when what is open has to
  /// be cancelled at once.
  func keepCommands() { if keptCommands == nil, !isHalted { keptCommands = [] } }

  /// Gives the commands that have waited to the instance that is there now, in their order.
  func releaseCommands() {
    guard let kept = keptCommands else { return }
    keptCommands = nil
    for command in kept { send(command.draft, as: command.id, completion: command.completion) }
  }

  /// Keeps a command; `false` where too many wait: then none waits any more.
  func keep(_ draft: CommandDraft, _ id: CommandID, _ completion: @escaping (CommandResult) -> Void) -> Bool {
    guard let count = keptCommands?.count, count < Self.mostKept else {
      releaseCommands()
      return false
    }
    keptCommands?.append(KeptCommand(draft: draft, id: id, completion: completion))
    return true
  }

  /// Nothing is under way between the session and its instance.
  var isAtRest: Bool { commands.isEmpty && isBetweenInputs }

  /// Nothing is under way but commands that another instance can be given: of which nothing has left, and questions
  /// without an answer so far. An answer that never comes would else hold an upgrade up until its deadline.
  var mayGiveWay: Bool {
    isBetweenInputs
      && commands.allSatisfy { id, command in
        instance == nil || transport.isUntouched(CommandID(id)) || command.attempt.mayBeAskedAgain
      }
  }

  private var isBetweenInputs: Bool { posted.isEmpty && isSettled && !isHolding && !isDelivering }

  /// Ends an instance on trial. Nothing of it was ever anybody's.
  func discard() {
    commands.removeAll()
    end()
  }

  /// The instance of `candidate` takes the place of this session's own, which ends; nothing of it is asked any more.
  /// Both are between two inputs, and commands of which nothing has left, or that only ask, go with it. What the
  /// candidate knows of its markets is said here, as if it came this moment. Commands that are kept wait on.
  /// - Parameter isSameMarket: a trade that both have reported is one.
  func succeed(_ candidate: Session, _ memory: CandidateMemory, isSameMarket: Bool = true) {
    precondition(mayGiveWay && candidate.isAtRest, "instances change between two inputs")
    guard let next = candidate.instance else { return }
    let numbers = view.numbers(of: candidate.view)
    doubles = isSameMarket
      ? TradeDoubles(until: times.mono.addingSaturated(60_000_000_000), ids: reportedTrades()) : nil
    if !isSameMarket { memory.forgetTrades() }
    retire()
    take(next, of: candidate, numbers)
    isDelivering = true
    memory.say(to: self, numbers, candidate.view)
    for id in openCommands { giveAgain(id) }
    isDelivering = false
    drain()
  }

  /// The instance that runs ends without another input: its requests and streams end with it.
  private func retire() {
    if let instance {
      former = former + instance.counters
      last = (InstanceCounters(), instance.firstFault ?? last.fault)
    } else {
      former = former + last.counters
      last = (InstanceCounters(), last.fault)
    }
    transport.ended(self)
    timers.removeAll()
    selfMade.removeAll()
    (running, instance) = (nil, nil)
    (isFaulted, faultText) = (false, "")
  }

  private func take(_ next: ConnectorInstance, of candidate: Session, _ numbers: InstrumentNumbers) {
    (candidate.instance, candidate.running) = (nil, nil)
    next.move(to: self, numbers)
    next.times = times
    (instance, running) = (next, Unmanaged.passUnretained(next))
    (timers, selfMade, refusals) = (candidate.timers, candidate.selfMade, candidate.refusals)
    (inflating, inflater, isRemote) = (candidate.inflating, candidate.inflater, candidate.isRemote)
    (transport, verbs, venueOffset) = (candidate.transport, candidate.verbs, candidate.venueOffset)
    nextCommand = max(nextCommand, candidate.nextCommand)
    candidate.timers.removeAll()
    transport.move(to: self)
    transport.endTrial()
    transport.halted(isHalted, for: self)
  }

  // MARK: Trades

  private func reportedTrades() -> [UInt64: Set<TradeID>] {
    var ids: [UInt64: Set<TradeID>] = [:]
    for market in view.all where market.tape.count > 0 {
      ids[market.instrument.id.rawValue] = Set(market.tape.latest().map(\.id).filter { !$0.isEmpty })
    }
    return ids
  }

  /// Whether the instance before has reported this trade.
  @inline(never)
  func isDouble(_ record: RecordReader) -> Bool {
    guard let doubles else { return false }
    guard times.mono < doubles.until else {
      self.doubles = nil
      return false
    }
    let fact = record.head(as: pb_trade.self)
    let id = TradeID(record.bytes(fact.trade).bindMemory(to: UInt8.self))
    return doubles.ids[fact.instrument]?.contains(id) ?? false
  }

  /// Takes a record as if the instance had just said it.
  func repeating(_ record: UnsafePointer<pb_rec>) { receive(RecordReader(checked: record)) }
}

extension MarketView {
  /// The numbers here of what another view knows: an instrument that is the same on both sides keeps the one that it
  /// has here, and all others get numbers that nothing has.
  func numbers(of other: MarketView) -> InstrumentNumbers {
    var places: [(peer: UInt64, own: UInt64)] = []
    for market in other.all {
      let theirs = market.instrument
      guard let own = table.instrument(symbol: theirs.symbol, kind: theirs.kind),
        own.priceExponent == theirs.priceExponent, own.quantityExponent == theirs.quantityExponent,
        own.mayCross == theirs.mayCross
      else { continue }
      places.append((theirs.id.rawValue, own.id.rawValue))
    }
    // Where nothing could be mistaken, records go on as they are.
    let isSame = places.allSatisfy { $0.peer == $0.own } && places.count == other.all.count
    var numbers = InstrumentNumbers(base: isSame && all.count == places.count ? 0 : freeInstruments)
    if numbers.base != 0 { for place in places { numbers.map(place.peer, to: place.own) } }
    return numbers
  }
}
