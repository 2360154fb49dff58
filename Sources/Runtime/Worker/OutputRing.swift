import CHost
import CPatchbay

/// The host's end of the ring that outputs come through. The memory is the worker's, who may write to it at any time
/// and anything: one word of it is read, once a look, and what it names is copied; all else works on the copy. Never
/// waits; belongs to the instance's lane.
final class OutputRing {
  private let words: UnsafeMutableRawPointer
  private let peer: UnsafeRawPointer
  private let bytes: UnsafeRawPointer
  @exclusivity(unchecked) private var head: UInt64 = 0
  private var sleeps: UInt64 = 0
  /// The copy, and how much of it is not taken yet; it starts at `taken`.
  @exclusivity(unchecked) private var copy: UnsafeMutableRawPointer
  @exclusivity(unchecked) private var capacity = OutputRing.usual
  @exclusivity(unchecked) private var taken = 0
  @exclusivity(unchecked) private var held = 0
  /// Why the worker can no longer be believed.
  @exclusivity(unchecked) private(set) var fault: String?
  private static let usual = 64 << 10

  /// - Parameters:
  ///   - own: the host's file, mapped.
  ///   - peer: the worker's file, mapped.
  init(own: UnsafeMutableRawPointer, peer: UnsafeRawPointer) {
    words = own
    self.peer = peer
    bytes = peer + WorkerShape.page
    copy = .allocate(byteCount: Self.usual, alignment: 16)
  }

  deinit { copy.deallocate() }

  /// Whether something is there that has not been taken.
  var hasMore: Bool { held - taken > 0 && isWhole || chost_word_load(peer + WorkerShape.outputTail) != head }

  private var isWhole: Bool {
    held - taken >= 16 && held - taken >= Int((copy + taken).load(as: pb_rec.self).size)
  }

  /// Notes that the host is about to sleep, so that the worker wakes it.
  /// - Returns: whether it may: nothing has come meanwhile.
  func arm() -> Bool {
    sleeps &+= 1
    chost_word_store(words + WorkerShape.hostSleeps, sleeps)
    chost_fence()
    return !hasMore
  }

  /// The next whole record, in memory of the host; valid until the next call. `nil` = there is none yet, or the worker
  /// is not to be believed any more. Its size is within the contract, and nothing else of it was looked at.
  @inline(__always)
  func next() -> UnsafeMutableRawPointer? {
    while true {
      let left = held - taken
      if left >= MemoryLayout<pb_rec>.size {
        let start = (copy + taken).load(as: pb_rec.self)
        let size = Int(start.size)
        guard size & 7 == 0, size >= MemoryLayout<pb_rec>.size, size <= PB_MAX_RECORD else { return doubt() }
        if left >= size {
          defer { taken += size }
          return copy + taken
        }
        if !makeRoom(size) { return nil }
      }
      if !read() { return nil }
    }
  }

  private func doubt() -> UnsafeMutableRawPointer? {
    fault = fault ?? "it wrote a record of no possible size"
    return nil
  }

  /// Moves what is left to the copy's start, and makes it large enough for a record.
  private func makeRoom(_ size: Int) -> Bool {
    if taken > 0 {
      copy.copyMemory(from: copy + taken, byteCount: held - taken)
      (taken, held) = (0, held - taken)
    }
    if size > capacity { grow(size) }
    return true
  }

  private func grow(_ size: Int) {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    larger.copyMemory(from: copy, byteCount: held)
    copy.deallocate()
    (copy, capacity) = (larger, size)
  }

  /// Copies what has come; whether there was something.
  private func read() -> Bool {
    if taken == held {
      (taken, held) = (0, 0)
      if capacity > 1 << 20 {
        copy.deallocate()
        (copy, capacity) = (.allocate(byteCount: Self.usual, alignment: 16), Self.usual)
      }
    }
    let tail = chost_word_load(peer + WorkerShape.outputTail)
    let count = tail &- head
    if count == 0 { return false }
    guard count <= UInt64(WorkerShape.outputBytes), count & 7 == 0 else {
      fault = fault ?? "it claims to have written outputs that were never there"
      return false
    }
    if held == capacity { _ = makeRoom(0) }
    let some = min(Int(count), capacity - held)
    guard some > 0 else { return false }
    let offset = Int(head % UInt64(WorkerShape.outputBytes))
    let first = min(some, WorkerShape.outputBytes - offset)
    (copy + held).copyMemory(from: bytes + offset, byteCount: first)
    if first < some { (copy + held + first).copyMemory(from: bytes, byteCount: some - first) }
    held += some
    head &+= UInt64(some)
    chost_word_store(words + WorkerShape.outputHead, head)
    return true
  }
}
