import Catalog
import MarketModel
import Runtime
import Trading

#if canImport(Glibc)
  import Glibc
#endif

/// Something that a person should see, from an instance.
package struct RunEvent: Sendable {
  /// `warning`, `error`, `fault`, `gap`, `instrument`, `order`, `fill`, `funding`, `position`, `trading`.
  package var kind: String
  package var connector: String
  package var text: String
  /// The same for programs.
  package var members: [JSONMember] = []

  package init(kind: String, connector: String, text: String, members: [JSONMember] = []) {
    self.kind = kind
    self.connector = connector
    self.text = text
    self.members = members
  }

  package var json: JSONValue {
    JSONValue(
      .object(
        [
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
package final class RunEvents: SessionObserver, @unchecked Sendable {
  private static let mostWaiting = 4096
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Guarded by `mutex`.
  private var waiting: [RunEvent] = []
  private var dropped = 0
  /// The latest, for who watches; oldest first.
  private var recent: [RunEvent] = []
  private var total: UInt64 = 0
  /// How often the latest event came again.
  private var repeats = 0
  private static let mostRecent = 1024
  private var listeners: [(number: Int, hear: @Sendable (DeskEvent) -> Void)] = []
  private var nextListener = 0

  package init() { pthread_mutex_init(mutex, nil) }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  package func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .log(let level, let text): if level >= .warning { put(session, "\(level)", text) }
    case .fault(let text): put(session, "fault", text)
    // The host's own refresh is no news.
    case .gap(_, .resyncRequested), .instrument, .instrumentReplaced, .book, .trade, .ticker, .funding: break
    case .gap(let market, let reason):
      // As a line of the connector: it may say so as often as it likes.
      guard session.takesLine() else { break }
      let words = reason.words(priceExponent: market.instrument.priceExponent)
      put(session, "gap", "\(market.instrument.symbol): \(words)")
    case .instrumentRefused(let symbol, let fault): put(session, "instrument", "\(symbol): \(fault)")
    // Traders tell what becomes of orders.
    case .order: break
    }
  }

  private func put(_ session: Session, _ kind: String, _ text: String) {
    put(RunEvent(kind: kind, connector: session.name, text: text))
  }

  /// From any thread.
  package func put(_ event: RunEvent) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    // What is said again and again is said once, with a count.
    if let last = waiting.last, last.kind == event.kind, last.connector == event.connector, last.text == event.text {
      return repeats += 1
    }
    foldRepeats()
    // Dropped in blocks, so that one costs little.
    if recent.count == 2 * Self.mostRecent { recent.removeFirst(Self.mostRecent) }
    recent.append(event)
    total += 1
    if waiting.count < Self.mostWaiting { waiting.append(event) } else { dropped += 1 }
  }

  /// Puts the count of its repeats behind the latest event.
  private func foldRepeats() {
    guard repeats > 0, let last = waiting.indices.last else { return }
    waiting[last].text += " (\(repeats) more times)"
    repeats = 0
  }

  /// The events after the first `mark`, how many of them are gone, and the next mark. From any thread.
  package func since(_ mark: UInt64) -> (events: [RunEvent], missed: UInt64, mark: UInt64) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let new = total - min(mark, total)
    let events = recent.suffix(Int(min(new, UInt64(recent.count))))
    return (Array(events), new - UInt64(events.count), total)
  }

  // MARK: Listeners

  /// From now on `hear` is given every event of every trader, on its lane: it must return soon. From any thread.
  /// - Returns: what `forget` takes.
  package func listen(_ hear: @escaping @Sendable (DeskEvent) -> Void) -> Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    nextListener += 1
    listeners.append((nextListener, hear))
    return nextListener
  }

  /// From any thread. What was under way may still come.
  package func forget(_ listener: Int) {
    pthread_mutex_lock(mutex)
    listeners.removeAll { $0.number == listener }
    pthread_mutex_unlock(mutex)
  }

  package var listenerCount: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return listeners.count
  }

  /// On the desk's lane.
  func tellListeners(_ event: TraderEvent, _ desk: TradeDesk) {
    pthread_mutex_lock(mutex)
    let listeners = listeners
    pthread_mutex_unlock(mutex)
    guard !listeners.isEmpty else { return }
    let order = event.order.flatMap { desk.trader.orders[$0] }
    let heard = DeskEvent(desk: desk, event: event, number: desk.eventCount, order: order)
    for listener in listeners { listener.hear(heard) }
  }

  /// How many there have been.
  package var count: UInt64 { since(0).mark }

  /// What has come since the last call, in order, and how many more there were. From any thread.
  package func take() -> (events: [RunEvent], dropped: Int) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    foldRepeats()
    defer { (waiting, dropped) = ([], 0) }
    return (waiting, dropped)
  }
}
