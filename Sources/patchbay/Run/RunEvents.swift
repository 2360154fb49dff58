import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// Something that a person should see, from an instance.
struct RunEvent: Sendable {
  /// `warning`, `error`, `fault`, `gap`, `instrument`, `order`.
  var kind: String
  var connector: String
  var text: String
}

/// Takes what happens on the lanes to the thread that prints. Bounded: when nobody takes it away, the newest is counted
/// and dropped. Its lock is not on the path of books, trades and tickers.
final class RunEvents: SessionObserver, @unchecked Sendable {
  private static let mostWaiting = 4096
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Guarded by `mutex`.
  private var waiting: [RunEvent] = []
  private var dropped = 0

  init() { pthread_mutex_init(mutex, nil) }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .log(let level, let text): if level >= .warning { put(session, "\(level)", text) }
    case .fault(let text): put(session, "fault", text)
    // The host's own refresh is no news.
    case .gap(_, .resyncRequested), .instrument, .book, .trade, .ticker, .funding: break
    case .gap(let market, let reason): put(session, "gap", "\(market.instrument.symbol): \(reason)")
    case .instrumentRefused(let symbol, let fault): put(session, "instrument", "\(symbol): \(fault)")
    case .order(let change): put(session, "order", "\(change.order.rawValue): \(change.after)")
    }
  }

  private func put(_ session: Session, _ kind: String, _ text: String) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if waiting.count < Self.mostWaiting {
      waiting.append(RunEvent(kind: kind, connector: session.name, text: text))
    } else {
      dropped += 1
    }
  }

  /// What has come since the last call, in order, and how many more there were. From any thread.
  func take() -> (events: [RunEvent], dropped: Int) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    defer { (waiting, dropped) = ([], 0) }
    return (waiting, dropped)
  }
}
