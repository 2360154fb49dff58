/// Timers of one session: by id, due in the order of their time, then of their setting. A binary heap with lazy
/// removal.
package struct TimerQueue {
  private struct Entry {
    let due: Int64
    let order: UInt64
    let id: UInt64
  }

  private var heap: [Entry] = []
  /// The setting that counts for an id; older heap entries of it are dead.
  private var current: [UInt64: UInt64] = [:]
  private var nextOrder: UInt64 = 0

  package var count: Int { current.count }
  /// Entries that memory is held for, dead ones too.
  var entryCount: Int { heap.count }

  package init() {}

  /// Sets or moves a timer.
  package mutating func set(_ id: UInt64, due: Int64) {
    nextOrder += 1
    current[id] = nextOrder
    push(Entry(due: due, order: nextOrder, id: id))
    // Moving a timer leaves a dead entry: there are never many more of them than of live ones.
    if heap.count > 2 * current.count + 64 { compact() }
  }

  private mutating func compact() {
    let live = heap.filter { current[$0.id] == $0.order }
    heap.removeAll(keepingCapacity: true)
    for entry in live { push(entry) }
  }

  package mutating func cancel(_ id: UInt64) {
    current[id] = nil
    if heap.count > 2 * current.count + 64 { compact() }
  }

  package mutating func removeAll() {
    heap = []
    current = [:]
  }

  /// When the next timer is due.
  package var nextDue: Int64? {
    mutating get {
      while let first = heap.first, current[first.id] != first.order { pop() }
      return heap.first?.due
    }
  }

  /// Takes out the next timer that is due at `now`.
  package mutating func takeDue(_ now: Int64) -> UInt64? {
    guard let due = nextDue, due <= now, let first = heap.first else { return nil }
    pop()
    current[first.id] = nil
    return first.id
  }

  private static func before(_ a: Entry, _ b: Entry) -> Bool { a.due != b.due ? a.due < b.due : a.order < b.order }

  private mutating func push(_ entry: Entry) {
    heap.append(entry)
    var child = heap.count - 1
    while child > 0, Self.before(heap[child], heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private mutating func pop() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && Self.before(heap[child], heap[least]) {
        least = child
      }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
