import CHost
import CPatchbay

/// The host's end of the ring that inputs go through. What does not fit waits here, bounded. Never waits; belongs to
/// the instance's lane.
///
/// Of what the worker writes it reads one word, how far it has read, and believes it only within what was written.
final class InputRing {
  /// Bytes that may wait for room: a reply may have 64 MiB.
  static let mostWaiting = 160 << 20

  private let words: UnsafeMutableRawPointer
  private let peer: UnsafeRawPointer
  private let bytes: UnsafeMutableRawPointer
  @exclusivity(unchecked) private var tail: UInt64 = 0
  /// As far as the worker has said that it has read.
  @exclusivity(unchecked) private var head: UInt64 = 0
  /// The worker's sleep that it was last woken from.
  @exclusivity(unchecked) private var wokenFrom: UInt64 = 0
  private let wake: Int32
  /// Inputs that wait, in the ring's own form; the first may be written in part.
  @exclusivity(unchecked) private var waiting: [[UInt8]] = []
  private var waitingBytes = 0
  private var firstWritten = 0
  /// Why the worker can no longer be believed, or kept.
  @exclusivity(unchecked) private(set) var fault: String?

  /// - Parameters:
  ///   - own: the host's file, mapped.
  ///   - peer: the worker's file, mapped.
  ///   - wake: the event that the worker waits for.
  init(own: UnsafeMutableRawPointer, peer: UnsafeRawPointer, wake: Int32) {
    words = own
    bytes = own + WorkerShape.page
    (self.peer, self.wake) = (peer, wake)
  }

  /// Whether everything has been read by the worker, as it says.
  var isDrained: Bool { waiting.isEmpty && tail == head }

  @inline(__always)
  func put(_ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>) {
    let size = Int(record.pointee.size)
    let total = Self.total(size, payload.count)
    guard waiting.isEmpty, total <= WorkerShape.largestWhole, let place = place(total) else {
      return keep(record, payload, total)
    }
    Self.write(place, total, record, payload)
    publish(total)
  }

  private static func total(_ record: Int, _ payload: Int) -> Int {
    (WorkerShape.header + record + payload + WorkerShape.grain - 1) & ~(WorkerShape.grain - 1)
  }

  @inline(__always)
  private static func write(
    _ place: UnsafeMutableRawPointer, _ total: Int, _ record: UnsafePointer<pb_rec>,
    _ payload: UnsafeBufferPointer<UInt8>
  ) {
    let size = Int(record.pointee.size)
    place.storeBytes(of: UInt32(truncatingIfNeeded: total), as: UInt32.self)
    place.storeBytes(of: record.pointee.size, toByteOffset: 4, as: UInt32.self)
    place.storeBytes(of: UInt64(payload.count), toByteOffset: 8, as: UInt64.self)
    (place + WorkerShape.header).copyMemory(from: record, byteCount: size)
    if let start = payload.baseAddress {
      (place + WorkerShape.header + size).copyMemory(from: start, byteCount: payload.count)
    }
  }

  /// Where so many bytes can be written in one piece; `nil` = there is no room yet.
  @inline(__always)
  private func place(_ total: Int) -> UnsafeMutableRawPointer? {
    let offset = Int(tail % UInt64(WorkerShape.inputBytes))
    let rest = WorkerShape.inputBytes - offset
    let needed = total <= rest ? total : rest + total
    guard free() >= needed || look() && free() >= needed else { return nil }
    guard total > rest else { return bytes + offset }
    let place = bytes + offset
    place.storeBytes(of: UInt32(truncatingIfNeeded: rest), as: UInt32.self)
    place.storeBytes(of: WorkerShape.skip, toByteOffset: 4, as: UInt32.self)
    tail &+= UInt64(rest)
    return bytes
  }

  @inline(__always)
  private func free() -> Int { WorkerShape.inputBytes - Int(tail &- head) }

  /// Learns how far the worker has read.
  /// - Returns: whether that can be.
  @discardableResult
  func look() -> Bool {
    let said = chost_word_load(peer + WorkerShape.inputHead)
    guard said &- head <= tail &- head, said % UInt64(WorkerShape.grain) == 0 else {
      fault = fault ?? "it claims to have read inputs that were never written"
      return false
    }
    head = said
    return true
  }

  @inline(__always)
  private func publish(_ total: Int) {
    tail &+= UInt64(total)
    chost_word_store(words + WorkerShape.inputTail, tail)
    let sleeps = chost_word_load(peer + WorkerShape.workerSleeps)
    if sleeps != wokenFrom { signal(sleeps) }
  }

  private func signal(_ sleeps: UInt64) {
    wokenFrom = sleeps
    chost_event_signal(wake)
  }

  /// Writes what has waited, as far as there is room, and wakes a worker that went to sleep meanwhile. Once in each
  /// turn of the lane, and whenever the worker may wait for room for what it says.
  func flush() {
    if !waiting.isEmpty, look() { writeWaiting() }
    chost_fence()
    let sleeps = chost_word_load(peer + WorkerShape.workerSleeps)
    if sleeps != wokenFrom { signal(sleeps) }
  }

  // MARK: What waits

  @inline(never)
  private func keep(_ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>, _ total: Int) {
    guard waitingBytes + total <= Self.mostWaiting else {
      fault = fault ?? "more than \(Self.mostWaiting >> 20) MiB of inputs wait for it"
      return
    }
    waitingBytes += total
    waiting.append(
      [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
        if let place = UnsafeMutableRawPointer(buffer.baseAddress) { Self.write(place, total, record, payload) }
        count = total
      })
    flush()
  }

  private func writeWaiting() {
    var done = 0
    while done < waiting.count, write(waiting[done]) { done += 1 }
    waitingBytes -= waiting[..<done].reduce(0) { $0 + $1.count }
    waiting.removeFirst(done)
  }

  /// Writes the next input that waits, whole or in pieces; whether all of it is written.
  private func write(_ input: [UInt8]) -> Bool {
    if input.count <= WorkerShape.largestWhole {
      guard let place = place(input.count) else { return false }
      input.withUnsafeBytes { if let start = $0.baseAddress { place.copyMemory(from: start, byteCount: $0.count) } }
      publish(input.count)
      return true
    }
    while firstWritten < input.count {
      let count = min(input.count - firstWritten, WorkerShape.largestWhole - WorkerShape.header)
      let total = WorkerShape.header + count
      guard let place = place(total) else { return false }
      place.storeBytes(of: UInt32(truncatingIfNeeded: total), as: UInt32.self)
      place.storeBytes(of: WorkerShape.piece, toByteOffset: 4, as: UInt32.self)
      place.storeBytes(of: UInt64(input.count), toByteOffset: 8, as: UInt64.self)
      input.withUnsafeBytes { whole in
        (place + WorkerShape.header).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: whole[firstWritten..<(firstWritten + count)]))
      }
      firstWritten += count
      publish(total)
    }
    firstWritten = 0
    return true
  }
}

extension UnsafeMutableRawPointer {
  fileprivate func copyMemory(from source: UnsafeRawBufferPointer) {
    if let start = source.baseAddress { copyMemory(from: start, byteCount: source.count) }
  }
}
