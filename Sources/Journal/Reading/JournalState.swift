import Decimals
import MarketModel

/// What a host needs to go on where an earlier one stopped.
public struct JournalState: Equatable, Sendable {
  /// Orders that have not ended, as far as the journal knows, and those that ended lately; oldest first.
  public var orders: [RestoredOrder]
  /// The first value of each counter that has not been used.
  public var counters: [String: UInt64]
  /// Greater than every number of an order in the journal. A host that counts on from here gives no number twice.
  public var nextOrder: OrderID
  /// Greater than every number of a command in the journal.
  public var nextCommand: CommandID
  public var marks: [JournalMark]
  /// The latest of each, closed ones included.
  public var positions: [PositionEntry]
  public var modes: [ModeEntry]
  public var balances: [BalanceEntry]
  /// Lately received, and the last ones of each account; a payment of one of these ids is not new.
  public var funding: [FundingEntry]
  /// The last start of a host; `nil` in a new journal.
  public var lastRun: RunEntry?

  /// The time of a mark; `nil` when there is none.
  public func time(_ topic: String, exchange: String, account: String, instrument: String = "") -> Int64? {
    marks.first {
      $0.topic == topic && $0.exchange == exchange && $0.account == account && $0.instrument == instrument
    }?.time
  }
}

/// An order from the journal, with everything that has happened to it.
public struct RestoredOrder: Equatable, Sendable {
  public struct Event: Equatable, Sendable {
    /// `nil` where the journal was given the state alone.
    public var event: OrderEvent?
    /// The venue's id of the order, where the event named one.
    public var venueOrderID: String
    /// Where the order stood after it.
    public var state: OrderState
    public var time: Int64
  }

  public var entry: OrderEntry
  /// Where it stood last.
  public var state: OrderState
  /// How much was filled, in base.
  public var filled: Decimal64
  /// In the order of entering.
  public var events: [Event]

  /// Its fills, each once, in the order of entering.
  public var fills: [Fill] {
    var seen: Set<String> = []
    return events.compactMap { item in
      guard case .fill(let fill)? = item.event, seen.insert(fill.trade).inserted else { return nil }
      return fill
    }
  }

  /// Every id that the venue has given to it, in the order of entering.
  public var venueOrderIDs: [String] {
    var seen: Set<String> = [""]
    return events.map(\.venueOrderID).filter { seen.insert($0).inserted }
  }

  /// Whether a cancel was asked for, whatever became of it.
  public var isCancelRequested: Bool {
    events.contains { item in
      if case .cancelRequested? = item.event { return true }
      return item.state == .pendingCancel
    }
  }

  /// Tracks the order again under its number, and lets everything happen to it once more, so that it stands where it
  /// stood; what was entered as a state alone has to be judged by the caller. For this the numbers of orders and
  /// commands go on rising from run to run: see `JournalState.nextOrder`.
  /// - Parameters:
  ///   - account: what this run calls the account.
  ///   - instrument: what this run calls the instrument.
  ///   - now: becomes the time of the order's last change, in nanoseconds of the host's clock.
  /// - Returns: `false` when the tracker has an order of its number, client order id or command already.
  public func restore(
    into tracker: inout OrderTracker, account: AccountID, instrument: InstrumentID, now: Int64
  ) -> Bool {
    let order = TrackedOrder(
      id: entry.order, account: account, instrument: instrument, clientOrderID: entry.name.clientOrderID,
      draft: entry.draft, createCommand: entry.createCommand, time: now)
    guard tracker.track(order) else { return false }
    for item in events {
      if let event = item.event { tracker.replay(event, of: entry.order, now: now) }
      tracker.know(entry.order, as: item.venueOrderID)
    }
    return true
  }
}
