/// What happens in a simulation, in the order of time; at one time in the order in which it was asked for.
struct EventQueue {
  private struct Entry {
    let time: Int64
    let number: UInt64
    let body: () -> Void

    func isBefore(_ other: Entry) -> Bool { time != other.time ? time < other.time : number < other.number }
  }

  /// A binary heap.
  private var heap: [Entry] = []
  private var count: UInt64 = 0

  /// When the next event is due.
  var next: Int64? { heap.first?.time }

  mutating func add(at time: Int64, _ body: @escaping () -> Void) {
    count += 1
    heap.append(Entry(time: time, number: count, body: body))
    var child = heap.count - 1
    while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes out the next event that is due at `time`.
  mutating func take(at time: Int64) -> (() -> Void)? {
    guard let first = heap.first, first.time <= time else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least]) {
        least = child
      }
      if least == parent { return first.body }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
