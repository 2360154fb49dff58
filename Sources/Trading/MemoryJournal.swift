import Decimals
import MarketModel
import Runtime

extension JournalState {
  /// Takes in what became durable: what any journal must give back after these entries.
  public mutating func apply(_ entry: JournalEntry) {
    switch entry {
    case .counter(let value): counter = max(counter, value)
    case .order(let record):
      counter = max(counter, record.id.rawValue &+ 1)
      // One that was forgotten and is found again goes on as the order that it is.
      if record.isAdopted, orders.contains(where: { $0.record.id == record.id }) { return }
      orders.append(RestoredOrder(record: record))
    case .event(let record):
      // The order that is spoken of is nearly always one of the latest.
      guard let index = orders.lastIndex(where: { $0.record.id == record.id }) else { return }
      orders[index].events.append(RestoredOrder.Event(record.event, venueOrderID: record.venueOrderID))
    case .funding(let payment, let symbol):
      let id = "\(symbol)/\(payment.id)"
      funding[payment.account, default: FundingMark(time: payment.time)].add(payment.time, id)
    case .strayFill(let account, let stray):
      guard stray.kind == .own,
        let index = orders.lastIndex(where: {
          $0.record.account == account && $0.record.clientOrderID == stray.clientOrderID
        })
      else { return }
      orders[index].events.append(RestoredOrder.Event(.fill(stray.fill), venueOrderID: stray.venueOrderID))
    case .position, .mode: break
    case .seen(let account, let time): seen[account] = time
    }
  }
}

/// A journal in memory, for simulations and tests: durable when it has to be, and it can crash.
public final class MemoryJournal: OrderJournal {
  /// When entries become durable.
  public enum Durability: Sendable {
    /// At once, inside `append`.
    case immediate
    /// When `commit` is called.
    case onCommit
  }

  public var durability: Durability
  /// Called when entries begin to wait for `commit`.
  public var onWaiting: () -> Void = {}
  /// What the next appends fail with; `nil` = they do not.
  public var failure: JournalFailure?
  /// All entries that would survive a crash.
  public private(set) var kept: [JournalEntry] = []
  private var state = JournalState()
  private var waiting: [(entries: [JournalEntry], durable: (JournalFailure?) -> Void)] = []

  public init(_ durability: Durability = .immediate) { self.durability = durability }

  /// Whether entries wait for `commit`.
  public var isWaiting: Bool { !waiting.isEmpty }

  public func restore() throws(JournalFailure) -> JournalState {
    if let failure { throw failure }
    return state
  }

  public func append(_ entries: [JournalEntry], durable: @escaping (JournalFailure?) -> Void) {
    if let failure { return durable(failure) }
    if durability == .onCommit {
      waiting.append((entries, durable))
      if waiting.count == 1 { onWaiting() }
    } else {
      keep(entries)
      durable(nil)
    }
  }

  /// Makes durable what waits.
  public func commit() {
    let due = waiting
    waiting = []
    for (entries, durable) in due {
      if failure == nil { keep(entries) }
      durable(failure)
    }
  }

  /// What was not committed is gone; whoever waited for it is not informed.
  public func crash() { waiting = [] }

  private func keep(_ entries: [JournalEntry]) {
    kept += entries
    for entry in entries { state.apply(entry) }
  }
}
