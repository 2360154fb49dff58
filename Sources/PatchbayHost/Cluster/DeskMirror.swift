import Cluster
import JSONTree
import Journal
import Outbound
import Synchronization

/// Stands between a desk and the journal where orders have to be in the cluster before they leave: entries go to this
/// machine's disk, and from there into the chains of their accounts. What holds a new order is called durable when both
/// have it; anything else when the disk has it. Receipts come in the order of the tickets.
final class DeskMirror: @unchecked Sendable {
  private struct Parcel {
    let ticket: JournalTicket
    let entries: [LedgerEntry]
    /// Chains that have not said yet that they have it; 0 where nobody waits for them.
    var left = 0
    var receipt: JournalReceipt?
  }

  private struct State {
    var parcels: [Parcel] = []
    var port: JournalPort?

    mutating func change(_ ticket: JournalTicket, _ body: (inout Parcel) -> Void) {
      guard let index = parcels.firstIndex(where: { $0.ticket == ticket }) else { return }
      body(&parcels[index])
    }
  }

  private let state = Mutex(State())
  private let tenure: DeskTenure
  private let loop: ClusterLoop
  private let deliver: @Sendable ([JournalReceipt]) -> Void

  /// - Parameter deliver: gets the receipts, from any thread; must not wait.
  init(
    _ tenure: DeskTenure, _ journal: HostJournal, _ loop: ClusterLoop,
    deliver: @escaping @Sendable ([JournalReceipt]) -> Void
  ) {
    (self.tenure, self.loop, self.deliver) = (tenure, loop, deliver)
    let port = journal.port { [weak self] receipts in self?.received(receipts) }
    state.withLock { $0.port = port }
  }

  /// Takes entries that belong together. From the desk's lane.
  func append(_ entries: [LedgerEntry]) throws(JournalFault) -> JournalTicket {
    let result: Result<JournalTicket, JournalFault> = state.withLock { state in
      guard let port = state.port else { return .failure(.closed) }
      // Under the lock, so that its receipt finds it.
      do throws(JournalFault) {
        let ticket = try port.append(entries, .intent)
        state.parcels.append(Parcel(ticket: ticket, entries: entries))
        return .success(ticket)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// On the journal's thread.
  private func received(_ receipts: [JournalReceipt]) {
    var kept: [(JournalTicket, [LedgerEntry])] = []
    state.withLock { state in
      for receipt in receipts {
        guard let index = state.parcels.firstIndex(where: { $0.ticket == receipt.ticket }) else { continue }
        state.parcels[index].receipt = receipt
        guard receipt.isDurable else { continue }
        let entries = state.parcels[index].entries
        if entries.contains(where: \.isNewOrder) { state.parcels[index].left = 1 }
        kept.append((receipt.ticket, entries))
      }
    }
    let whole = kept
    if !whole.isEmpty {
      loop.submit { [self] in for (ticket, entries) in whole { chain(ticket, entries) } }
    }
    settle()
  }

  /// On the cluster's thread: what a chain has of a parcel is the entries of its account, and counters.
  private func chain(_ ticket: JournalTicket, _ entries: [LedgerEntry]) {
    let isAwaited = entries.contains(where: \.isNewOrder)
    let chains = tenure.chains.filter { chain in
      entries.contains { $0.account == nil || $0.account == chain.account }
    }
    if isAwaited { state.withLock { state in state.change(ticket) { $0.left = chains.count } } }
    for chain in chains {
      let own = entries.filter { $0.account == nil || $0.account == chain.account }.map(\.json)
      chain.add(own, done: isAwaited ? { [self] fault in chained(ticket, fault) } : nil)
    }
    if isAwaited, chains.isEmpty {
      chained(ticket, .inputOutput(file: "the cluster's journal", detail: "this host has no lease"))
    }
  }

  private func chained(_ ticket: JournalTicket, _ fault: JournalFault?) {
    state.withLock { state in
      state.change(ticket) { parcel in
        parcel.left = max(0, parcel.left - 1)
        if let fault { (parcel.left, parcel.receipt) = (0, JournalReceipt(ticket: ticket, fault: fault)) }
      }
    }
    settle()
  }

  private func settle() {
    state.withLock { state in
      var done = 0
      while done < state.parcels.count, state.parcels[done].receipt != nil, state.parcels[done].left == 0 { done += 1 }
      guard done > 0 else { return }
      let receipts = state.parcels[..<done].compactMap(\.receipt)
      state.parcels.removeFirst(done)
      // Under the lock, so that two threads do not change their order.
      deliver(receipts)
    }
  }
}

extension LedgerEntry {
  /// Whether something is to be sent once it is durable.
  fileprivate var isNewOrder: Bool { if case .order(let order) = self { !order.isAdopted } else { false } }

  /// Whose it is; `nil` = everybody's of the connector.
  fileprivate var account: String? {
    switch self {
    case .order(let entry): entry.name.account
    case .event(let entry): entry.name.account
    case .state(let entry): entry.name.account
    case .strayFill(let entry): entry.account
    case .funding(let entry): entry.account
    case .position(let entry): entry.account
    case .mode(let entry): entry.account
    case .balance(let entry): entry.account
    case .mark(let entry): entry.account
    case .run, .counter: nil
    }
  }
}
