/// The parts of the record being checked, as 64-bit keys that sort by offset: offset (24 bits), length (24), field
/// (16). Grows to the largest record seen and then never allocates. Not thread-safe.
struct PartTable {
  private var keys: UnsafeMutablePointer<UInt64>
  private var capacity: Int
  private(set) var count = 0
  private var isSorted = true

  init(capacity: Int = 64) {
    keys = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  func deallocate() { keys.deallocate() }

  mutating func removeAll() {
    count = 0
    isSorted = true
  }

  /// Offset and length must be below 2^24, which every part of a record that has a head is.
  @inline(__always)
  mutating func append(offset: Int, length: Int, field: Int) {
    if count == capacity { grow() }
    let key = UInt64(offset) << 40 | UInt64(length) << 16 | UInt64(field)
    if count > 0, key < keys[count - 1] { isSorted = false }
    keys[count] = key
    count += 1
  }

  subscript(index: Int) -> (offset: Int, length: Int, field: Int) {
    let key = keys[index]
    return (Int(key >> 40), Int(key >> 16 & 0xFF_FFFF), Int(key & 0xFFFF))
  }

  /// Sorts by offset in place. Linear where the parts were added in order; never worse than n log n, whatever a hostile
  /// record holds.
  mutating func sort() {
    guard !isSorted else { return }
    if count <= 32 { insertionSort() } else { heapSort() }
    isSorted = true
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
    larger.update(from: keys, count: count)
    keys.deallocate()
    keys = larger
    capacity *= 2
  }

  private func insertionSort() {
    for index in 1..<count {
      let key = keys[index]
      var hole = index
      while hole > 0, keys[hole - 1] > key {
        keys[hole] = keys[hole - 1]
        hole -= 1
      }
      keys[hole] = key
    }
  }

  private func heapSort() {
    for root in stride(from: count / 2 - 1, through: 0, by: -1) { siftDown(root, end: count) }
    for end in stride(from: count - 1, to: 0, by: -1) {
      swap(&keys[0], &keys[end])
      siftDown(0, end: end)
    }
  }

  private func siftDown(_ start: Int, end: Int) {
    var root = start
    while root * 2 + 1 < end {
      var child = root * 2 + 1
      if child + 1 < end, keys[child] < keys[child + 1] { child += 1 }
      guard keys[root] < keys[child] else { return }
      swap(&keys[root], &keys[child])
      root = child
    }
  }
}
