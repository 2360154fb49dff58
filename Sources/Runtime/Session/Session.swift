import CPatchbay
import Decimals
import MarketModel
import Records

/// A connector instance at work: gives it inputs in order, keeps the picture of its markets, its timers and its
/// commands, and passes its requests to a transport.
///
/// The connector is never entered from inside itself: what a transport or an observer wants delivered meanwhile is
/// posted, and delivered when the call has returned. Lives on one lane; not thread-safe. Reads no clock: the owner sets
/// `times`.
public final class Session: RecordSink {
  public let name: String
  @exclusivity(unchecked) public let view: MarketView
  public let accounts = AccountView()
  /// Most that one order may be worth, in quote; `nil` = no cap.
  public var notionalCap: Decimal64?
  /// The connector gave up, and was ended.
  @exclusivity(unchecked) public internal(set) var isFaulted = false
  @exclusivity(unchecked) var instance: ConnectorInstance?
  /// The same without a count of references, for the hot path; `nil` once stopped.
  @exclusivity(unchecked) var running: Unmanaged<ConnectorInstance>?
  @exclusivity(unchecked) var transport: Transport
  /// The verbs that the connector's descriptor lists; `nil` when it is not known.
  var verbs: Set<String>?

  /// Whether the connector takes a command of this verb, as far as its descriptor says.
  public func offers(_ verb: Verb) -> Bool { verbs?.contains(verb.name) ?? true }

  /// Hears of every event; must outlive the session. A weak reference would cost two atomic steps per frame.
  @exclusivity(unchecked) public unowned(unsafe) var observer: SessionObserver?
  /// Handed every fact; must outlive the session. `nil` = nobody wants them as records.
  @exclusivity(unchecked) public unowned(unsafe) var tap: FactTap?
  /// Hears of what is said of accounts.
  public weak var accountObserver: AccountObserver?
  @exclusivity(unchecked) var timers = TimerQueue()
  /// Why it gave up, for people; empty where it did not.
  @exclusivity(unchecked) public internal(set) var faultText = ""
  let bounds: InstanceBounds
  /// What the instance causes by itself, and how much of it at once.
  @exclusivity(unchecked) var selfMade: SelfMadeInputs
  var refusals = RefusalCount()
  @exclusivity(unchecked) var posted: [PostedInput] = []
  @exclusivity(unchecked) var isDelivering = false
  /// What is left of an instance that has ended.
  var last: (counters: InstanceCounters, fault: RecordFault?) = (InstanceCounters(), nil)
  /// What the instances before it have done.
  var former = InstanceCounters()
  /// The instance is, or was, in a worker.
  @exclusivity(unchecked) var isRemote = false
  /// Inputs wait until a worker has answered all that it was given.
  @exclusivity(unchecked) var isHolding = false
  /// Bytes of frames that wait so.
  var heldBytes = 0
  /// What waits for that moment besides.
  var onSettled: [() -> Void] = []
  /// Is asked when the instance has ended for its faults: whether another takes its place.
  var willReturn: ((Session) -> Bool)?
  @exclusivity(unchecked) var commands: [UInt64: OpenCommand] = [:]
  /// The accounts that the connector was given: what it says of others is not kept.
  var knownAccounts: Set<UInt64> = []
  /// When the transport has something to do.
  private var transportDue: Int64?
  /// Begins at the clock, in microseconds: a journal keeps numbers of commands, and those of two runs must differ.
  @exclusivity(unchecked) var nextCommand: UInt64
  /// Commands that wait until it is decided which of two instances gets them; `nil` = none waits.
  @exclusivity(unchecked) var keptCommands: [KeptCommand]?
  /// Trades that an instance has reported which gave way to this one a moment ago.
  @exclusivity(unchecked) var doubles: TradeDoubles?
  /// Trading is stopped.
  private(set) var isHalted = false
  private var nextOrder: UInt64 = 1

  /// Makes the connector's instance. Commands with a verb outside `verbs` are refused without asking it.
  /// - Throws: `InstanceFault` when the connector refuses its configuration.
  public convenience init(
    name: String, connector: PeerConnector, config: [UInt8], transport: Transport, observer: SessionObserver?,
    times: Times, verbs: Set<String>? = nil, bookOptions: OrderBook.Options = OrderBook.Options(),
    bounds: InstanceBounds = InstanceBounds()
  ) throws(InstanceFault) {
    try self.init(
      name: name, code: .library(connector), config: config, transport: transport, observer: observer, times: times,
      verbs: verbs, bookOptions: bookOptions, bounds: bounds)
  }

  /// The same for code that may be in a worker, whose library is loaded.
  /// - Parameter isAwaited: a worker's answer to `create` is waited for; else a refusal is a fault of the session.
  public init(
    name: String, code: ConnectorCode, config: [UInt8], transport: Transport, observer: SessionObserver?,
    times: Times, verbs: Set<String>? = nil, bookOptions: OrderBook.Options = OrderBook.Options(),
    bounds: InstanceBounds = InstanceBounds(), isAwaited: Bool = true
  ) throws(InstanceFault) {
    self.name = name
    self.transport = transport
    self.verbs = verbs
    self.observer = observer
    self.bounds = bounds
    selfMade = SelfMadeInputs(bounds)
    view = MarketView(options: bookOptions, bounds: bounds)
    self.times = times
    nextCommand = UInt64(max(1, times.wall / 1000))
    super.init()
    // What create asks for is posted, and delivered after the first input.
    isDelivering = true
    defer { isDelivering = false }
    let made = try ConnectorInstance(code, config: config, sink: self, bounds: bounds, isAwaited: isAwaited)
    isRemote = made.worker != nil
    made.times = times
    instance = made
    running = Unmanaged.passUnretained(made)
  }

  /// The time of inputs from now on. The venue's clock follows the offset, once there is one.
  @exclusivity(unchecked) public var times: Times {
    didSet {
      if let venueOffset { times.venue = times.mono &+ venueOffset }
      instance?.times = times
    }
  }

  /// Streams whose frames are inflated, and what does it; nil as long as there was none.
  var inflating: Set<UInt64> = []
  @exclusivity(unchecked) var inflater: FrameInflater?
  /// The venue's clock less the monotonic one, in nanoseconds, as measured; `nil` = not measured.
  @exclusivity(unchecked) public var venueOffset: Int64?

  /// Sees every input and output from now on; set it before `start`.
  public var recorder: InstanceRecorder? {
    get { instance?.recorder }
    set { instance?.recorder = newValue }
  }

  public var counters: InstanceCounters { former + (instance?.counters ?? last.counters) }
  /// The inputs of this instance alone.
  var instanceInputs: UInt64 { (instance?.counters ?? last.counters).inputs }
  /// The first record that broke the contract.
  public var firstFault: RecordFault? { instance.map(\.firstFault) ?? last.fault }
  /// Commands that have not been answered.
  public var openCommands: [UInt64] { commands.keys.sorted() }
  /// The same by what they are, for people.
  var openVerbs: [(verb: Verb, count: Int)] {
    let verbs = commands.values.map(\.draft.verb)
    return Verb.allCases.map { verb in (verb, verbs.count { $0 == verb }) }.filter { $0.count > 0 }
  }

  // MARK: Inputs

  public func start(trading: Bool) { enter { $0.start(trading: trading) } }

  /// Ends the instance: it gets its last input and is destroyed. Commands that it has not answered end as unknown. Not
  /// to be called from inside an observer or a completion.
  public func stop() {
    precondition(!isDelivering, "a session cannot be stopped from inside its connector")
    enter { $0.stop() }
    takeFarewell()
    end()
    abandonCommands("stopped")
    accountObserver?.accountPathEnded("\(name) stopped")
  }

  func end() {
    (isHolding, heldBytes) = (false, 0)
    if let instance { last = (instance.counters, instance.firstFault) }
    timers.removeAll()
    selfMade.removeAll()
    running = nil
    instance = nil
    transport.ended(self)
    settled()
    releaseCommands()
  }

  /// Ends an instance that gave up, without asking it anything more. What was under way may have happened.
  func giveUp() {
    if !isFaulted {
      fault("the connector answered that it can no longer be trusted")
    }
    end()
    // Nothing keeps its books up to date any more.
    for market in view.all { market.book.invalidate(reason: .streamClosed) }
    abandonCommands("gave up")
    if willReturn?(self) == true { return loseAccounts("\(name) is being started again") }
    accountObserver?.accountPathEnded("\(name) gave up")
  }

  /// Trading is stopped, or goes on: nothing but cancels may leave then.
  public func halted(_ isHalted: Bool) {
    self.isHalted = isHalted
    if isHalted { releaseCommands() }
    transport.halted(isHalted, for: self)
  }

  func unsupported(_ command: UInt64, _ verb: Verb) {
    let error = UInt32(PB_ERR_UNSUPPORTED)
    finish(command, CommandResult(.refused, error: error, text: "\(name) does not offer \(verb.name)"))
  }

  private func abandonCommands(_ why: String) {
    for id in openCommands {
      finish(id, CommandResult(.unknown, error: UInt32(PB_ERR_OTHER), text: "\(name) \(why)"))
    }
  }

  public func account(_ account: PublicAccount, isPresent: Bool = true) {
    if isPresent { knownAccounts.insert(account.id) } else { knownAccounts.remove(account.id) }
    post(.account(account, isPresent: isPresent))
  }

  /// Sends a command; `completion` is called once, when the connector has answered it, inside the call that answered.
  /// - Returns: the command's id.
  @discardableResult
  public func send(_ draft: CommandDraft, completion: @escaping (CommandResult) -> Void) -> UInt64 {
    let id = reserveCommand()
    send(draft, as: id, completion: completion)
    return id.rawValue
  }

  /// Sends a command under an id that was reserved for it.
  public func send(_ draft: CommandDraft, as id: CommandID, completion: @escaping (CommandResult) -> Void) {
    if keptCommands != nil, keep(draft, id, completion) { return }
    commands[id.rawValue] = OpenCommand(draft, completion, malformed: counters.malformed)
    if let verbs, !verbs.contains(draft.verb.name) { return unsupported(id.rawValue, draft.verb) }
    accounts.begin(id, draft.verb)
    if draft.verb == .leverage, let leverage = draft.value {
      let instrument = InstrumentID(draft.instrument)
      accounts.begin(id, leverage: leverage, account: AccountID(draft.account), instrument: instrument)
    }
    transport.began(id, draft, for: self)
    post(.command(draft, id: id.rawValue))
  }

  /// An id for a command that will be given later; each comes once.
  public func reserveCommand() -> CommandID {
    defer { nextCommand += 1 }
    return CommandID(nextCommand)
  }

  /// No command gets this number or a lower one from now on: an earlier run had it. One beyond half of all is damage.
  public func skipCommands(through id: CommandID) {
    if id.rawValue < .max / 2 { nextCommand = max(nextCommand, id.rawValue + 1) }
  }

  func nextOrderID() -> OrderID {
    defer { nextOrder += 1 }
    return OrderID(nextOrder)
  }

  /// Delivers an input now, or after the one being delivered.
  public func post(_ input: PostedInput) {
    if isDelivering, input.isRefusal, !selfMade.takes(input, now: times.mono) {
      // They wait for their turn; there can be too many of them.
      if selfMade.isFull { fault("it asks again and again for what the host refuses") }
      return
    }
    posted.append(input)
    if !isDelivering { drain() }
  }

  /// Delivers a frame without copying it. At least `PB_PAYLOAD_SLACK` readable bytes follow `payload`. Hot path.
  @inline(__always)
  public func frame(_ stream: UInt64, _ payload: UnsafeBufferPointer<UInt8>, _ kind: FrameKind) {
    if isHolding { return hold(stream, payload, kind) }
    isDelivering = true
    let (payload, kind) = kind == .binary && inflater != nil ? inflated(stream, payload) : (payload, kind)
    let status = running?._withUnsafeGuaranteedRef { $0.frame(stream, payload, kind) }
    isDelivering = false
    if !posted.isEmpty || isFaulted || status == pb_status(PB_E_INTERNAL) { drain() }
  }

  /// When the next timer is due, on the monotonic clock.
  public var nextTimer: Int64? {
    // While it holds, the worker's answer brings the timers on.
    let own = selfMade.next(isHolding ? nil : timers.nextDue, cost, now: times.mono)
    guard let transportDue else { return own }
    return min(transportDue, own ?? transportDue)
  }

  /// Fires the timers that are due, and lets the transport do what is.
  public func fireTimers() {
    runSelfMade()
    transportDue = transport.advance(self)
  }

  func enter(_ body: (ConnectorInstance) -> Void) {
    guard let instance else { return }
    isDelivering = true
    body(instance)
    isDelivering = false
    drain()
  }

  func drain() {
    var next = 0
    while next < posted.count, !isHolding {
      let input = posted[next]
      next += 1
      isDelivering = true
      if let instance, !hasGivenUp { deliver(input, to: instance) } else { refuse(input) }
      isDelivering = false
    }
    if next == posted.count { posted.removeAll(keepingCapacity: true) } else { posted.removeFirst(next) }
    if instance != nil, hasGivenUp { giveUp() }
  }

  /// Delivers what had to wait.
  func release(_ inputs: ArraySlice<PostedInput>) {
    posted.append(contentsOf: inputs)
    drain()
  }

  public override var hasGivenUp: Bool { isFaulted || (instance?.counters.failed ?? 0) > 0 }

  /// Nobody is there to take an input any more: a command is reported so, all else is forgotten.
  private func refuse(_ input: PostedInput) {
    guard case .command(_, let id) = input else { return }
    finish(id, CommandResult(.refused, error: UInt32(PB_ERR_NOT_SENT), text: "\(name) does not run"))
  }

  private func deliver(_ input: PostedInput, to instance: ConnectorInstance) {
    switch input {
    case .opened(let stream, let published): instance.opened(stream, published: published)
    case .closed(let stream, let code, let reason):
      inflating.remove(stream)
      instance.closed(stream, code: code, reason: reason)
    case .frame(let stream, let kind, let bytes):
      withSlack(bytes) {
        let (payload, kind) = kind == .binary ? inflated(stream, $0) : ($0, kind)
        _ = instance.frame(stream, payload, kind)
      }
    case .sent(let request, let end, let published): instance.sent(request, end, published: published)
    case .replied(let request, let end, let body): withSlack(body) { _ = instance.replied(request, end, $0) }
    case .command(let draft, let id):
      let status = instance.command(draft, id: id)
      if Int(status) == PB_E_UNSUPPORTED { unsupported(id, draft.verb) }
    case .account(let account, let isPresent): instance.account(account, isPresent: isPresent)
    }
  }

  // MARK: Outputs

  public override func exceeded() {
    fault("it answers one input with more than \(bounds.inputCost >> 20) MiB of records")
  }

  public override func malformed() { countRefusal() }

  public override func unsupported(command: UInt64) {
    if let verb = commands[command]?.draft.verb { unsupported(command, verb) }
  }

  public override func spoiled(_ record: RecordReader, _ fault: RecordFault) { account(spoiled: record, fault) }

  public override func receive(_ record: RecordReader) {
    let kind = record.kind
    switch kind {
    case PB_EV_BOOK:
      let outcome = view.apply(book: record)
      if let tap { hand(outcome, record, to: tap) }
      settle(outcome, record)
    case PB_EV_TRADE:
      if doubles != nil, isDouble(record) { return }
      guard let trade = view.apply(trade: record) else { return }
      if let tap { tap.trade(record, times) }
      if observer != nil, let market = view[record.head(as: pb_trade.self).instrument] {
        publish(.trade(market, trade))
      }
    case PB_EV_TICKER:
      guard view.apply(ticker: record) else { return }
      if let tap { tap.fact(record, times) }
      if observer != nil, let market = view[record.head(as: pb_ticker.self).instrument] { publish(.ticker(market)) }
    case PB_EV_CANDLE: candle(record)
    case PB_EV_QUOTE: quote(record)
    default:
      receiveOther(record, kind)
      if kind >= PB_EV_STATE, let tap { tap.fact(record, times) }
    }
  }

  @inline(__always)
  private func hand(_ outcome: BookOutcome, _ record: RecordReader, to tap: FactTap) {
    switch outcome {
    case .applied, .aside: tap.book(record, times)
    case .refused(let fault):
      if fault != .notReady { tap.refused(record.head(as: pb_book.self).instrument, times) }
    // A book aside that was refused is as good as never begun, and of an unknown instrument nothing can be known.
    case .refusedAside, .unknownInstrument: break
    }
  }

  @inline(__always)
  func publish(_ event: SessionEvent) { observer?.session(self, event) }

  @inline(__always)
  private func settle(_ outcome: BookOutcome, _ record: RecordReader) {
    if case .applied = outcome, observer == nil { return }
    let id = record.head(as: pb_book.self).instrument
    switch outcome {
    case .applied: if let market = view[id] { publish(.book(market)) }
    case .aside: break
    case .refusedAside(let fault):
      if let market = view[id], takesLine() { publish(.log(level: .warning, text: asideWords(market, fault))) }
    case .refused(let fault): if let market = view[id] { refused(market, fault) }
    case .unknownInstrument: if takesLine() { publish(.log(level: .error, text: "a book of unknown instrument \(id)")) }
    }
  }

  private func asideWords(_ market: MarketState, _ fault: BookFault) -> String {
    "\(market.instrument.symbol): the book that was built anew cannot be true (\(fault)); the old one stays"
  }

  /// The book itself found what the connector had not: it is lost, and has to be built anew.
  private func refused(_ market: MarketState, _ fault: BookFault) {
    if fault == .notReady { return }
    publish(.gap(market, .rejected(fault)))
    askResync(market)
  }

  private func receiveOther(_ record: RecordReader, _ kind: Int) {
    switch kind {
    case PB_EV_GAP:
      let before = view[record.head(as: pb_gap.self).instrument]?.book.state
      // The connector's word on what the book itself has refused is no second gap.
      if let market = view.apply(gap: record), before?.isRefusal != true,
        case .notReady(let reason) = market.book.state
      {
        publish(.gap(market, reason))
      }
    case PB_EV_INSTRUMENT:
      do throws(InstrumentFault) {
        let (market, replaced) = try view.apply(instrument: record)
        if let replaced { self.replaced(replaced, by: market) }
        publish(.instrument(market))
      } catch {
        if takesLine() {
          publish(.instrumentRefused(symbol: record.text(record.head(as: pb_instrument.self).symbol), error))
        }
      }
    case PB_EV_MARK: view.apply(mark: record)
    case PB_EV_FUNDING_RATE: view.apply(fundingRate: record)
    case PB_EV_STATE:
      channelState(record)
      account(record)
    case PB_EV_LIMITS: transport.limits(record, for: self)
    case PB_EV_CLOCK: transport.clock(record, for: self)
    case PB_EV_REPLY: reply(record)
    case PB_EV_COMPLETE:
      noteCandles(record.head(as: pb_complete.self))
      account(record)
    case PB_EV_ORDER, PB_EV_FILL, PB_EV_BALANCE, PB_EV_FEES, PB_EV_POSITION, PB_EV_FUNDING_PAYMENT, PB_EV_LIQUIDATION,
      PB_EV_MODE:
      account(record)
    case PB_OUT_OPEN:
      noteInflating(record.head(as: pb_out_open.self))
      transport.open(record, for: self)
    case PB_OUT_CLOSE: transport.close(record, for: self)
    case PB_OUT_REQUEST: transport.request(record, for: self)
    case PB_OUT_ABORT: transport.abort(record, for: self)
    case PB_OUT_TIMER: timer(record.head(as: pb_out_timer.self))
    case PB_OUT_LOG:
      guard takesLine() else { return }
      let log = record.head(as: pb_out_log.self)
      publish(.log(level: LogLevel(rawValue: log.level) ?? .info, text: record.prose(log.text)))
    case PB_OUT_FAULT:
      let words = record.prose(record.head(as: pb_out_fault.self).text)
      fault(RefusalWords.text(words, error: UInt32(PB_ERR_OTHER)))
    default: break
    }
  }

  private func timer(_ fact: pb_out_timer) {
    if fact.after_ns > 0 {
      let (due, overflow) = times.mono.addingReportingOverflow(fact.after_ns)
      timers.set(fact.timer, due: overflow ? .max : due)
      if timers.count > bounds.timers { self.fault("it has set more than \(bounds.timers) timers") }
    } else {
      timers.cancel(fact.timer)
    }
  }

  /// What keeps its requests from leaving, for people.
  public var hindrances: [Hindrance] { transport.hindrances }

  /// Connections, round trips and limits; `nil` where there is no network.
  public var wire: WireStatus? { transport.wire }

  /// Why nothing of a command has left yet, for people; `nil` when something has.
  public func wait(of command: CommandID) -> String? { transport.wait(of: command) }

  private func channelState(_ record: RecordReader) {
    let fact = record.head(as: pb_state.self)
    let reason = record.prose(fact.text, most: InstanceBounds.reasonBytes)
    if fact.account != 0 {
      guard fact.retry_after_ns > 0, knownAccounts.contains(fact.account) else { return }
      let silence = min(fact.retry_after_ns, InstanceBounds.longestSilence)
      return transport.silenced(account: fact.account, for: silence, because: reason)
    }
    let channels = Channels(rawValue: fact.channel)
    let markets = fact.instrument == 0 ? view.all : view[fact.instrument].map { [$0] } ?? []
    if fact.instrument == 0 { charge(view.breadth * InstanceBounds.marketCost) }
    for market in markets { market.note(Int(fact.state), of: channels, reason) }
    // Nothing keeps the best prices of a channel up to date that is not live.
    guard Int(fact.state) != PB_STATE_LIVE, channels.contains(.ticker) else { return }
    for market in markets { market.ticker?.forgetSides() }
  }

  private func reply(_ record: RecordReader) {
    let fact = record.head(as: pb_reply.self)
    var result = CommandResult(
      CommandResult.Outcome(rawValue: fact.outcome) ?? .unknown, error: fact.error, code: record.prose(fact.code),
      text: record.prose(fact.text),
      retryAfter: min(fact.retry_after_ns, InstanceBounds.longestSilence))
    if result.outcome != .done {
      result.text = RefusalWords.text(result.text, error: result.error, code: result.code)
    }
    if result.outcome == .refused {
      if Int(result.error) == PB_ERR_CLOCK, retry(fact.command, result) { return }
      if result.retryAfter > 0 { silence(fact.command, result) }
    }
    finish(fact.command, result)
  }

  /// A venue that has had too many requests wants none from anybody; one that has locked an account out, none of it.
  private func silence(_ command: UInt64, _ result: CommandResult) {
    switch Int(result.error) {
    case PB_ERR_RATE_LIMIT: transport.silenced(account: 0, for: result.retryAfter, because: result.text)
    case PB_ERR_AUTH:
      guard let account = commands[command]?.draft.account, account != 0 else { return }
      transport.silenced(account: account, for: result.retryAfter, because: result.text)
    default: break
    }
  }

  /// A timestamp that was refused says that nothing has happened: the command is given once more, under its own id, as
  /// soon as the venue's clock is known.
  private func retry(_ id: UInt64, _ result: CommandResult) -> Bool {
    guard let command = commands[id], !command.attempt.hasHappened else { return false }
    let answer = transport.skewed(CommandID(id), isRetry: command.isRetry, for: self)
    guard answer != .giveUp else { return false }
    commands[id]?.isRetry = true
    if answer == .retryNow {
      giveAgain(id)
    } else {
      send(CommandDraft(.clock)) { [unowned self] clock in
        if clock.outcome == .done { giveAgain(id) } else { finish(id, result) }
      }
    }
    return true
  }

  func giveAgain(_ id: UInt64) {
    guard let command = commands[id] else { return }
    commands[id]?.attempt = CommandAttempt(command.draft)
    commands[id]?.isCut = false
    transport.began(CommandID(id), command.draft, for: self)
    post(.command(command.draft, id: id))
  }

  private func finish(_ id: UInt64, _ result: CommandResult) {
    guard let command = commands.removeValue(forKey: id) else { return }
    for fact in command.attempt.held { apply(fact) }
    transport.ended(CommandID(id), for: self)
    if let change = accounts.ended(CommandID(id), result.known, now: times.mono) { publish(.order(change)) }
    var result = result
    if command.draft.verb == .candles { result.candles = command.candles.sorted }
    result.quote = command.quote
    command.completion(result)
  }
}

/// Hands bytes with the promised readable slack behind them to `body`.
private func withSlack(_ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
  var padded = bytes
  padded.append(contentsOf: repeatElement(0, count: Int(PB_PAYLOAD_SLACK)))
  padded.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[..<bytes.count])) }
}
