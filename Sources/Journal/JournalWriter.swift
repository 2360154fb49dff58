import Glibc
import Threads

/// A journal with a thread of its own, for a host that trades.
///
/// Whatever was handed in while one commit ran goes into the next one together: the disk is flushed once for all of it,
/// and still nothing is called durable before it is. Each lane has a port, and gets its receipts by a closure of its
/// own. Safe from any thread.
public final class JournalWriter: @unchecked Sendable {
  /// Gets the receipts of a port, in the order of their tickets. Called on the writer's thread: it must hand them on
  /// without waiting, for instance as a job for its lane.
  public typealias Delivery = @Sendable ([JournalReceipt]) -> Void

  private struct Parcel {
    let ticket: JournalTicket
    let port: Int
    let entries: [JournalEntry]
    let purpose: JournalPurpose
  }

  private struct Pruning {
    var pruner: JournalPruner
    let done: @Sendable (JournalPruning, JournalFault?) -> Void
  }

  /// How a writer does.
  public struct Status: Equatable, Sendable {
    /// Groups of entries that were handed in and are neither durable nor given up.
    public var waiting: Int
    /// Why the last commit failed; `nil` when it did not.
    public var fault: JournalFault?
  }

  private let monitor = Monitor()
  private var thread = pthread_t()

  // Guarded by `monitor`.
  private var inbox: [Parcel] = []
  /// Of the inbox, what the thread has taken out of it, and the queue: all that waits.
  private var level = JournalBacklog.Level()
  private let backlog: JournalBacklog
  private var deliveries: [Delivery] = []
  private var lastTicket: UInt64 = 0
  private var lastTried: UInt64 = 0
  private var isRetryWanted = false
  private var pruningWanted: Pruning?
  private var isClosing = false
  private var isClosed = false
  private var state = Status(waiting: 0, fault: nil)

  // Of the writer's thread alone.
  private var queue: JournalQueue
  private var ports: [JournalTicket: Int] = [:]

  /// Takes a journal over, after what it has was restored.
  /// - Parameter backlog: most that waits for a disk that fails or hangs.
  /// - Throws: `inputOutput` when the system has no thread left.
  public init(
    _ journal: sending Journal, backlog: JournalBacklog = JournalBacklog()
  ) throws(JournalFault) {
    let file = journal.path
    self.backlog = backlog
    queue = JournalQueue(journal, backlog: backlog)
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = pthread_create(&thread, nil, { context in
      guard let context else { return nil }
      Unmanaged<JournalWriter>.fromOpaque(context).takeRetainedValue().work()
      return nil
    }, context)
    guard code == 0 else {
      Unmanaged<JournalWriter>.fromOpaque(context).release()
      throw .inputOutput(file: file, detail: "no thread can be started: \(String(cString: strerror(code)))")
    }
  }

  /// Where one lane hands its entries in.
  public func port(_ deliver: @escaping Delivery) -> JournalPort {
    monitor.locked {
      deliveries.append(deliver)
      return JournalPort(writer: self, index: deliveries.count - 1)
    }
  }

  public var status: Status { monitor.locked { state } }

  /// Tries again to write what waits, if anything does. New entries do so by themselves; a host calls this every few
  /// seconds while `status` has a fault.
  public func retry() {
    monitor.locked {
      isRetryWanted = true
      monitor.changed()
    }
  }

  /// Takes out what is not kept, a short transaction at a time, each only while nothing waits to be written. One
  /// pruning at a time: another one before it has ended changes nothing.
  /// - Parameter done: told what was taken out, and why no more, on the writer's thread; not when the writer closes
  ///   meanwhile.
  public func prune(_ keeps: JournalKeeping, done: @escaping @Sendable (JournalPruning, JournalFault?) -> Void) {
    monitor.locked {
      guard pruningWanted == nil else { return }
      pruningWanted = Pruning(pruner: JournalPruner(keeps), done: done)
      monitor.changed()
    }
  }

  /// Waits until everything that was handed in before has been tried, and its receipts were delivered.
  /// - Returns: why facts still wait, or `nil` when none do.
  @discardableResult
  public func flush() -> JournalFault? {
    monitor.locked {
      let target = lastTicket
      while lastTried < target, !isClosed { monitor.wait() }
      return state.fault
    }
  }

  /// Tries everything once more, gives up what cannot be written, and closes the file. Without it a writer lives on.
  /// - Returns: why not everything was written, or `nil` when it was.
  @discardableResult
  public func close() -> JournalFault? {
    let isFirst = monitor.locked {
      defer { isClosing = true }
      monitor.changed()
      return !isClosing
    }
    if isFirst { pthread_join(thread, nil) }
    return monitor.locked {
      while !isClosed { monitor.wait() }
      return state.fault
    }
  }

  fileprivate func append(
    _ entries: [JournalEntry], _ purpose: JournalPurpose, port: Int
  ) throws(JournalFault) -> JournalTicket {
    let size = entries.size
    return try monitor.locked { () throws(JournalFault) in
      if isClosing { throw .closed }
      guard backlog.fits(level, size) else { throw .backlogFull(level) }
      level.add(size)
      lastTicket += 1
      let ticket = JournalTicket(number: lastTicket)
      inbox.append(Parcel(ticket: ticket, port: port, entries: entries, purpose: purpose))
      state.waiting += 1
      monitor.changed()
      return ticket
    }
  }
}

// MARK: The thread

extension JournalWriter {
  private func work() {
    while true {
      let (parcels, isLast) = takeParcels()
      for parcel in parcels {
        ports[parcel.ticket] = parcel.port
        queue.append(parcel.entries, parcel.purpose, as: parcel.ticket)
      }
      var receipts = queue.commit()
      let fault = queue.fault
      if isLast { receipts += queue.abandon() }
      deliver(receipts)
      queue.rest()
      if isLast { queue.close() }
      monitor.locked {
        lastTried = max(lastTried, parcels.last?.ticket.number ?? 0)
        state.waiting = queue.count + inbox.count
        level = queue.level
        for parcel in inbox { level.add(parcel.entries.size) }
        state.fault = fault
        isClosed = isLast
        monitor.changed()
      }
      if isLast { return }
      if parcels.isEmpty, fault == nil { pruneSome() }
    }
  }

  /// One transaction of a pruning that is wanted.
  private func pruneSome() {
    guard var pruning = monitor.locked({ pruningWanted }) else { return }
    var fault: JournalFault?
    var isDone = true
    do throws(JournalFault) { isDone = try queue.prune(&pruning.pruner) } catch { fault = error }
    monitor.locked { pruningWanted = isDone ? nil : pruning }
    if isDone { pruning.done(pruning.pruner.pruned, fault) }
  }

  /// Sleeps until there is something to do. The last time is when the writer is closing and nothing is left.
  private func takeParcels() -> ([Parcel], isLast: Bool) {
    monitor.locked {
      while inbox.isEmpty, !isClosing, !isRetryWanted, pruningWanted == nil { monitor.wait() }
      isRetryWanted = false
      let parcels = inbox
      inbox = []
      return (parcels, isLast: isClosing)
    }
  }

  private func deliver(_ receipts: [JournalReceipt]) {
    guard !receipts.isEmpty else { return }
    var parts: [Int: [JournalReceipt]] = [:]
    for receipt in receipts {
      if let port = ports.removeValue(forKey: receipt.ticket) { parts[port, default: []].append(receipt) }
    }
    let deliveries = monitor.locked { self.deliveries }
    for (port, part) in parts.sorted(by: { $0.key < $1.key }) { deliveries[port](part) }
  }
}

/// Where one lane hands its entries in. From any thread; the order of one thread's calls is kept.
public struct JournalPort: Sendable {
  fileprivate let writer: JournalWriter
  fileprivate let index: Int

  /// Takes entries that belong together, without waiting for anything but other callers. Their receipt is delivered
  /// once they are durable or given up.
  /// - Throws: `closed` or `backlogFull`, and then there will be no receipt.
  @discardableResult
  public func append(
    _ entries: [JournalEntry], _ purpose: JournalPurpose
  ) throws(JournalFault) -> JournalTicket {
    try writer.append(entries, purpose, port: index)
  }
}
