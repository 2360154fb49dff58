import Decimals
import Matching
import Venue

/// A venue with a matching engine, without its dialect: time, sockets, faults. Subclasses read requests and write the
/// engine's events in the words of one exchange.
///
/// Deterministic: the options and the inputs with their times decide every action. Belongs to one thread.
public class EngineVenue: ServedVenue {
  let exchange: Exchange
  let options: VenueOptions
  private(set) var time = VenueTime(mono: 0, wall: 0)
  private var isStarted = false
  private var nextStep = Int64.max
  private var nextFlush = Int64.max

  /// The venue's clock stands so many nanoseconds before the wall clock that it is given.
  public var clockOffsetNanoseconds: Int64 = 0
  /// Refuses everything as an exchange under maintenance does.
  public var isInMaintenance = false
  /// So many of the next subscriptions are refused.
  public var subscriptionsToReject = 0
  /// So many of the next orders that would rest are accepted and then thrown out.
  public var acceptedToReject = 0
  /// Each so many-th signed request is refused for its timestamp or nonce, and carried out when it comes again; 0 =
  /// none.
  public var timeRefusalEvery = 0
  /// How many were.
  public private(set) var timeRefusals = 0
  private var signedRequests = 0
  /// The background market does nothing any more; accounts trade on.
  public var isStill = false

  /// What a request changes is published on sockets before the request is answered, as it may happen; else behind it.
  public var publishesBeforeReplying = false

  static let millisecond: Int64 = 1_000_000
  static let second: Int64 = 1_000_000_000
  static let minute: Int64 = 60 * second
  /// How often books are published, and the background market may be.
  private let flushInterval = 100 * EngineVenue.millisecond

  init(_ options: VenueOptions, _ style: Style, firstOrder: OrderID) throws(VenueFault) {
    self.options = options
    exchange = try Exchange(options, style, firstOrder: firstOrder)
  }

  /// Whether the signed request that has just come is refused for its time.
  func refusesTime() -> Bool {
    guard timeRefusalEvery > 0 else { return false }
    signedRequests += 1
    guard signedRequests % timeRefusalEvery == 0 else { return false }
    timeRefusals += 1
    return true
  }

  // MARK: Time

  /// Nanoseconds since the Unix epoch by the venue's clock, and milliseconds.
  var clock: Int64 { time.wall + clockOffsetNanoseconds }
  var milliseconds: Int64 { clock / Self.millisecond }

  private func begin(_ now: VenueTime) {
    time = now
    guard !isStarted else { return }
    isStarted = true
    exchange.scheduleFunding(at: clock)
    exchange.openMarkets(at: clock)
    exchange.events.removeAll()
    if options.stepNanoseconds > 0 { nextStep = now.mono + options.stepNanoseconds }
    nextFlush = now.mono + flushInterval
    started()
  }

  public func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? {
    begin(now)
    if exchange.style.isPerpetual {
      exchange.payFunding(at: clock)
      exchange.finish(at: clock)
    }
    while nextStep <= now.mono {
      if !isStill { exchange.step(at: clock) }
      nextStep += options.stepNanoseconds
    }
    publish(&actions)
    if nextFlush <= now.mono {
      flush(&actions)
      nextFlush += (now.mono - nextFlush) / flushInterval * flushInterval + flushInterval
    }
    expire(&actions)
    return min(nextStep, nextFlush)
  }

  // MARK: Inputs

  public func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    begin(now)
    let reply = VenueAction.reply(request: id, answer(request))
    throwOut()
    if !publishesBeforeReplying { actions.append(reply) }
    publish(&actions)
    if publishesBeforeReplying { actions.append(reply) }
  }

  public func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    begin(now)
    opened(socket, request, &actions)
    publish(&actions)
  }

  public func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    begin(now)
    guard case .text(let bytes) = frame else {
      actions.append(.close(socket: socket, code: 1003, reason: "text frames only"))
      forget(socket)
      return
    }
    received(socket, bytes, &actions)
    throwOut()
    publish(&actions)
  }

  public func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) {
    begin(now)
    forget(socket)
    publish(&actions)
  }

  /// Ends orders that were accepted to be thrown out.
  private func throwOut() {
    guard acceptedToReject > 0 else { return }
    for event in exchange.events {
      guard case .order(let order, .new) = event, acceptedToReject > 0 else { continue }
      acceptedToReject -= 1
      exchange.end(order.id, .rejected, "refused after it was accepted", clock)
    }
    exchange.finish(at: clock)
  }

  private func publish(_ actions: inout [VenueAction]) {
    repeat {
      let events = exchange.events
      exchange.events.removeAll(keepingCapacity: true)
      if !events.isEmpty { publish(events, &actions) }
      follow(&actions)
    } while !exchange.events.isEmpty
  }

  // MARK: The dialect

  /// The first input has come, the markets are open.
  func started() {}
  func answer(_ request: VenueRequest) -> VenueReply { VenueReply(status: 404, body: []) }
  func opened(_ socket: UInt64, _ request: VenueRequest, _ actions: inout [VenueAction]) {}
  func received(_ socket: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {}
  func forget(_ socket: UInt64) {}
  /// Writes what happened to those who listen.
  func publish(_ events: [Event], _ actions: inout [VenueAction]) {}
  /// Behind the events of an input: what the dialect does by itself. The events of that are published then.
  func follow(_ actions: inout [VenueAction]) {}
  /// Every 100 ms: what is published at intervals.
  func flush(_ actions: inout [VenueAction]) {}
  /// Ends what is too old: tokens.
  func expire(_ actions: inout [VenueAction]) {}
  /// The book as it was last published to clients; the book itself where every change is published at once.
  public func publishedBook(symbol: String) -> TruthBook? { book(symbol: symbol) }
  /// Whether the numbers of books are published to clients: `sequence` of `publishedBook` is one then.
  public var numbersBooks: Bool { false }
  /// Ends all tokens and what hangs on them, as if their time were over.
  public func expireTokens(now: VenueTime, _ actions: inout [VenueAction]) { time = now }
}
