import Decimals
import MarketModel

/// What a host needs to go on where an earlier one stopped.
public struct JournalState: Equatable, Sendable {
  /// Orders that have not ended, as far as the journal knows, and those that ended lately; oldest first.
  public var orders: [RestoredOrder]
  /// The first value of each counter that has not been used.
  public var counters: [String: UInt64]
  public var marks: [JournalMark]
  /// The latest of each, closed ones included.
  public var positions: [PositionEntry]
  public var balances: [BalanceEntry]
  /// Lately received; a payment of one of these ids is not new.
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
    public var event: OrderEvent
    /// The venue's id of the order, where the event named one.
    public var venueOrderID: String
    public var time: Int64
  }

  /// Its numbers for the order and the command are those of the run that sent it.
  public var entry: OrderEntry
  /// In the order of entering.
  public var events: [Event]

  /// Tracks the order again and lets everything happen to it once more, so that it stands where it stood.
  ///
  /// The numbers of an earlier run mean nothing in this one, so the host gives new ones.
  /// - Parameters:
  ///   - command: what to call a command of the earlier run, the create command among them; asked once for each.
  ///   - now: becomes the time of the order's last change, in nanoseconds of the host's clock.
  /// - Returns: `false` when the tracker has such an order already.
  public func restore(
    into tracker: inout OrderTracker, id: OrderID, account: AccountID, instrument: InstrumentID, now: Int64,
    command: (CommandID) -> CommandID
  ) -> Bool {
    var commands = [entry.createCommand: command(entry.createCommand)]
    func renamed(_ old: CommandID) -> CommandID {
      if let known = commands[old] { return known }
      let new = command(old)
      commands[old] = new
      return new
    }
    let order = TrackedOrder(
      id: id, account: account, instrument: instrument, clientOrderID: entry.name.clientOrderID, draft: entry.draft,
      createCommand: renamed(entry.createCommand), time: now)
    guard tracker.track(order) else { return false }
    for item in events {
      let reference = OrderReference(
        account: account, instrument: instrument, order: id, venueOrderID: item.venueOrderID)
      switch item.event {
      case .report(let report): _ = tracker.receive(report, of: reference, now: now)
      case .fill(let fill): _ = tracker.receive(fill, of: reference, now: now)
      case .cancelRequested(let old): _ = tracker.cancelRequested(id, command: renamed(old), now: now)
      case .outcome(let old, let outcome): _ = tracker.commandEnded(renamed(old), outcome, now: now)
      }
    }
    return true
  }
}
