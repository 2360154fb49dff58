/// What requests have in common that wait behind each other: if the first cannot leave, none can.
struct LineKey: Hashable, Sendable {
  let priority: RequestPriority
  /// The account of ordered requests.
  let ordered: AccountID?
  let places: SIMD8<UInt32>
  /// The door of the account, which a lockout closes; `nil` without one.
  let accountDoor: UInt32?

  /// The places as one number: feeding each of them to the hasher costs more than all the rest of a look-up.
  func hash(into hasher: inout Hasher) {
    hasher.combine(priority.rawValue)
    hasher.combine((ordered?.rawValue ?? 0) ^ UInt64(accountDoor ?? 0) << 32)
    hasher.combine((places &* SIMD8(1, 0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D, 0x27D4_EB2F, 7, 31, 127)).wrappedSum())
  }
}

/// Requests of one class that charge the same buckets, oldest first. Those that were dropped stay until they come to
/// the front or outnumber the others.
struct RequestLine: Sendable {
  private var tickets: [RequestTicket] = []
  private var front = 0
  /// Requests that have not been dropped.
  private(set) var live = 0

  mutating func append(_ ticket: RequestTicket) {
    tickets.append(ticket)
    live += 1
  }

  /// The oldest that is still waiting; drops what is before it.
  mutating func first(_ isWaiting: (RequestTicket) -> Bool) -> RequestTicket? {
    while front < tickets.count, !isWaiting(tickets[front]) { front += 1 }
    return front < tickets.count ? tickets[front] : nil
  }

  /// One of the requests no longer waits. Amortised O(1).
  mutating func dropOne(_ isWaiting: (RequestTicket) -> Bool) {
    live -= 1
    guard tickets.count > 2 * live + 16 else { return }
    tickets.removeSubrange(..<front)
    front = 0
    tickets.removeAll { !isWaiting($0) }
  }
}

/// The waiting requests by deadline: a binary heap, in which requests that no longer wait stay until they come to the
/// top or outnumber the others.
struct DeadlineHeap: Sendable {
  private struct Entry {
    let deadline: Int64
    let ticket: RequestTicket
  }

  private var entries: [Entry] = []

  /// O(log n), amortised.
  mutating func insert(_ ticket: RequestTicket, deadline: Int64, waiting: Int, _ isWaiting: (RequestTicket) -> Bool) {
    if entries.count > 2 * waiting + 16 {
      entries.removeAll { !isWaiting($0.ticket) }
      // A sorted array is a heap.
      entries.sort { $0.deadline < $1.deadline }
    }
    entries.append(Entry(deadline: deadline, ticket: ticket))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].deadline < entries[parent].deadline else { break }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// The earliest deadline of those that wait.
  mutating func earliest(_ isWaiting: (RequestTicket) -> Bool) -> (deadline: Int64, ticket: RequestTicket)? {
    while let first = entries.first {
      if isWaiting(first.ticket) { return (first.deadline, first.ticket) }
      removeFirst()
    }
    return nil
  }

  private mutating func removeFirst() {
    let last = entries.removeLast()
    guard !entries.isEmpty else { return }
    entries[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < entries.count else { return }
      if child + 1 < entries.count, entries[child + 1].deadline < entries[child].deadline { child += 1 }
      guard entries[child].deadline < entries[parent].deadline else { return }
      entries.swapAt(child, parent)
      parent = child
    }
  }
}
