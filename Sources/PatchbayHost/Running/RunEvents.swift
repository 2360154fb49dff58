import JSONTree
import MarketModel
import Runtime
import Synchronization
import Trading

/// Something that a person should see, from an instance.
package struct RunEvent: Sendable {
  /// `warning`, `error`, `fault`, `gap`, `instrument`, `order`, `fill`, `funding`, `position`, `trading`; of the host
  /// itself, under the name `patchbay`, `journal` and `recording`.
  package var kind: String
  package var connector: String
  package var text: String
  /// The same for programs.
  package var members: [JSONMember] = []
  /// Nanoseconds since 1970; 0 = it is set when the event is put.
  package var time: Int64 = 0

  package init(kind: String, connector: String, text: String, members: [JSONMember] = []) {
    self.kind = kind
    self.connector = connector
    self.text = text
    self.members = members
  }

  /// How much it matters.
  package var level: LogLevel {
    switch kind {
    case "error", "fault": .error
    case "warning", "gap", "instrument": .warning
    case "debug": .debug
    default: .info
    }
  }

  package var json: JSONValue {
    JSONValue(
      .object(
        [
          JSONMember("time_ns", time == 0 ? nil : JSONValue(.number("\(time)"))),
          JSONMember("level", JSONValue(.string("\(level)"))),
          JSONMember("event", JSONValue(.string(kind))), JSONMember("connector", JSONValue(.string(connector))),
          JSONMember("text", JSONValue(.string(text))),
        ] + members))
  }
}

/// An event of a trader with the order as it stood then.
package struct DeskEvent: Sendable {
  package let desk: TradeDesk
  package let event: TraderEvent
  /// Which one it is of its desk, from 1.
  package let number: UInt64
  /// The order that the event is about; `nil` for events of accounts, and for an order that is not in mind any more.
  package let order: TrackedOrder?
}

/// Takes what happens on the lanes to the thread that prints. Bounded: when nobody takes it away, the newest is counted
/// and dropped. Its lock is not on the path of books, trades and tickers.
package final class RunEvents: SessionObserver, Sendable {
  private static let mostWaiting = 4096
  private static let mostRecent = 1024

  private struct State {
    var waiting: [RunEvent] = []
    var dropped = 0
    /// The latest, for who watches; oldest first.
    var recent: [RunEvent] = []
    var total: UInt64 = 0
    /// How often the latest event came again.
    var repeats = 0
    var listeners: [(number: Int, hear: @Sendable (DeskEvent) -> Void)] = []
    var nextListener = 0
    /// From which level on messages of a connector are kept; others from `warning` on.
    var levels: [String: LogLevel] = [:]

    /// Puts the count of its repeats behind the latest event.
    mutating func foldRepeats() {
      guard repeats > 0, let last = waiting.indices.last else { return }
      waiting[last].text += " (\(repeats) more times)"
      repeats = 0
    }
  }

  private let state = Mutex(State())
  private let wall: @Sendable () -> Int64

  /// - Parameter wall: gives nanoseconds since 1970.
  package init(wall: @escaping @Sendable () -> Int64 = { 0 }) { self.wall = wall }

  package func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .log(let level, let text): if level >= self.level(of: session.name) { put(session, "\(level)", text) }
    case .fault(let text): put(session, "fault", text)
    // The host's own refresh is no news.
    case .gap(_, .resyncRequested), .instrument, .instrumentReplaced, .book, .trade, .ticker, .funding: break
    case .gap(let market, let reason):
      // As a line of the connector: it may say so as often as it likes.
      guard level(of: session.name) <= .warning, session.takesLine() else { break }
      let words = reason.words(priceExponent: market.instrument.priceExponent)
      put(session, "gap", "\(market.instrument.symbol): \(words)")
    case .instrumentRefused(let symbol, let fault):
      if level(of: session.name) <= .warning { put(session, "instrument", "\(symbol): \(fault)") }
    // Traders tell what becomes of orders.
    case .order: break
    }
  }

  private func put(_ session: Session, _ kind: String, _ text: String) {
    put(RunEvent(kind: kind, connector: session.name, text: text))
  }

  // MARK: Levels

  /// From which level on the messages of a connector are kept. From any thread.
  package func level(of connector: String) -> LogLevel {
    state.withLock { $0.levels[connector] ?? .warning }
  }

  package func set(_ level: LogLevel, of connector: String) {
    state.withLock { $0.levels[connector] = level }
  }

  /// From any thread.
  package func put(_ event: RunEvent) {
    var event = event
    if event.time == 0 { event.time = wall() }
    keep(event)
  }

  private func keep(_ event: RunEvent) {
    state.withLock { state in
      // What is said again and again is said once, with a count.
      if let last = state.waiting.last, last.kind == event.kind, last.connector == event.connector,
        last.text == event.text
      {
        return state.repeats += 1
      }
      state.foldRepeats()
      // Dropped in blocks, so that one costs little.
      if state.recent.count == 2 * Self.mostRecent { state.recent.removeFirst(Self.mostRecent) }
      state.recent.append(event)
      state.total += 1
      if state.waiting.count < Self.mostWaiting { state.waiting.append(event) } else { state.dropped += 1 }
    }
  }

  /// The events after the first `mark`, how many of them are gone, and the next mark. From any thread.
  package func since(_ mark: UInt64) -> (events: [RunEvent], missed: UInt64, mark: UInt64) {
    state.withLock { state in
      let new = state.total - min(mark, state.total)
      let events = state.recent.suffix(Int(min(new, UInt64(state.recent.count))))
      return (Array(events), new - UInt64(events.count), state.total)
    }
  }

  // MARK: Listeners

  /// From now on `hear` is given every event of every trader, on its lane: it must return soon. From any thread.
  /// - Returns: what `forget` takes.
  package func listen(_ hear: @escaping @Sendable (DeskEvent) -> Void) -> Int {
    state.withLock { state in
      state.nextListener += 1
      state.listeners.append((state.nextListener, hear))
      return state.nextListener
    }
  }

  /// From any thread. What was under way may still come.
  package func forget(_ listener: Int) {
    state.withLock { $0.listeners.removeAll { $0.number == listener } }
  }

  package var listenerCount: Int { state.withLock { $0.listeners.count } }

  /// On the desk's lane.
  func tellListeners(_ event: TraderEvent, _ desk: TradeDesk) {
    let listeners = state.withLock { $0.listeners }
    guard !listeners.isEmpty else { return }
    let order = event.order.flatMap { desk.trader.orders[$0] }
    let heard = DeskEvent(desk: desk, event: event, number: desk.eventCount, order: order)
    for listener in listeners { listener.hear(heard) }
  }

  /// How many there have been.
  package var count: UInt64 { since(0).mark }

  /// What has come since the last call, in order, and how many more there were. From any thread.
  package func take() -> (events: [RunEvent], dropped: Int) {
    state.withLock { state in
      state.foldRepeats()
      defer { (state.waiting, state.dropped) = ([], 0) }
      return (state.waiting, state.dropped)
    }
  }
}
