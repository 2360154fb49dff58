import CPatchbay
import Records
import SeededNumbers
import Testing

@testable import Runtime

/// The host's ends of the rings, with memory that is written as a hostile worker would.
@Suite struct RingTests {
  /// Both files in plain memory.
  private final class Memory {
    let own = UnsafeMutableRawPointer.allocate(byteCount: WorkerShape.inputFile, alignment: 4096)
    let peer = UnsafeMutableRawPointer.allocate(byteCount: WorkerShape.outputFile, alignment: 4096)

    init() {
      own.initializeMemory(as: UInt8.self, repeating: 0, count: WorkerShape.inputFile)
      peer.initializeMemory(as: UInt8.self, repeating: 0, count: WorkerShape.outputFile)
    }

    deinit {
      own.deallocate()
      peer.deallocate()
    }

    var outputs: OutputRing { OutputRing(own: own, peer: UnsafeRawPointer(peer)) }
    var inputs: InputRing { InputRing(own: own, peer: UnsafeRawPointer(peer), wake: -1) }

    func set(_ place: Int, _ value: UInt64) { peer.storeBytes(of: value, toByteOffset: place, as: UInt64.self) }

    /// Writes a record's start where the ring's bytes are.
    func put(_ size: UInt32, at offset: Int) {
      let start = pb_rec(size: size, kind: UInt16(PB_OUT_LOG), head: 16, seq: 7)
      (peer + WorkerShape.page + offset % WorkerShape.outputBytes).storeBytes(of: start, as: pb_rec.self)
    }
  }

  @Test(arguments: [
    UInt64.max, 1 << 63, UInt64(bitPattern: -8), UInt64(WorkerShape.outputBytes) + 8, 4, 1, 1 << 40,
  ]) func aTailThatCannotBeIsNotFollowed(tail: UInt64) {
    let memory = Memory()
    let ring = memory.outputs
    memory.set(WorkerShape.outputTail, tail)
    #expect(ring.next() == nil && ring.fault != nil)
  }

  @Test(arguments: [UInt32.max, 8, 0, 12, 17, UInt32(PB_MAX_RECORD) + 8, 1 << 31])
  func aSizeThatCannotBeIsNotFollowed(size: UInt32) {
    let memory = Memory()
    let ring = memory.outputs
    memory.put(size, at: 0)
    memory.set(WorkerShape.outputTail, 64)
    #expect(ring.next() == nil && ring.fault != nil)
  }

  /// A tail that steps back after it was followed.
  @Test func aTailThatStepsBackIsNotFollowed() {
    let memory = Memory()
    let ring = memory.outputs
    memory.put(24, at: 0)
    memory.set(WorkerShape.outputTail, 24)
    #expect(ring.next() != nil && ring.next() == nil && ring.fault == nil)
    memory.set(WorkerShape.outputTail, 16)
    #expect(ring.next() == nil && ring.fault != nil)
  }

  /// What was taken stays as it was taken, whatever the worker writes there later.
  @Test func whatIsTakenIsACopy() throws {
    let memory = Memory()
    let ring = memory.outputs
    memory.put(24, at: 0)
    memory.set(WorkerShape.outputTail, 24)
    let record = try #require(ring.next())
    memory.put(UInt32.max, at: 0)
    #expect(record.load(as: pb_rec.self).size == 24)
  }

  /// A record that comes in parts, larger than the ring, and wraps.
  @Test func largeRecordsComeInParts() throws {
    let memory = Memory()
    let ring = memory.outputs
    let size = 3 * WorkerShape.outputBytes / 2
    memory.put(UInt32(size), at: 0)
    var tail = WorkerShape.outputBytes
    memory.set(WorkerShape.outputTail, UInt64(tail))
    #expect(ring.next() == nil && ring.fault == nil)
    tail = size
    memory.set(WorkerShape.outputTail, UInt64(tail))
    let record = try #require(ring.next())
    #expect(record.load(as: pb_rec.self).size == UInt32(size))
    for turn in 0..<5000 {
      memory.put(200, at: tail)
      tail += 200
      memory.set(WorkerShape.outputTail, UInt64(tail))
      let next = try #require(ring.next(), "record \(turn)")
      #expect(next.load(as: pb_rec.self).size == 200)
    }
    #expect(ring.fault == nil)
  }

  /// Words and bytes at random, again and again: the host answers, and reads nothing outside.
  @Test func noMemoryMisleadsIt() {
    for seed in UInt64(1)...300 {
      var random = SplitMix(state: seed)
      let memory = Memory()
      let ring = memory.outputs
      for place in stride(from: 0, to: WorkerShape.outputBytes, by: 8) where random.next() % 4 == 0 {
        let isStart = random.next() % 3 == 0
        memory.put(isStart ? UInt32(random.next() % 4096) & ~7 : UInt32(truncatingIfNeeded: random.next()), at: place)
      }
      var tail: UInt64 = 0
      for _ in 0..<20 where ring.fault == nil {
        tail = random.next() % 8 == 0 ? random.next() : tail &+ (random.next() % UInt64(WorkerShape.outputBytes)) & ~7
        memory.set(WorkerShape.outputTail, tail)
        while let record = ring.next() { #expect(record.load(as: pb_rec.self).size <= UInt32(PB_MAX_RECORD)) }
      }
    }
  }

  @Test(arguments: [UInt64.max, 1, 16, 1 << 40, 1 << 63])
  func aHeadThatCannotBeIsNotBelieved(head: UInt64) {
    let memory = Memory()
    let ring = memory.inputs
    memory.set(WorkerShape.inputHead, head)
    #expect(!ring.look() && ring.fault != nil)
  }

  /// A worker that never reads: what waits is bounded.
  @Test func inputsThatAreNotReadAreBounded() {
    let memory = Memory()
    let ring = memory.inputs
    let block = RecordBlock()
    defer { block.free() }
    block.begin(pb_in_stop.self)
    let record = block.finish(pb_in_stop(), kind: PB_IN_STOP, seq: 1)
    let payload = [UInt8](repeating: 1, count: 1 << 20)
    var count = 0
    while ring.fault == nil, count < 1000 {
      payload.withUnsafeBufferPointer { ring.put(record, $0) }
      count += 1
    }
    #expect(count > 100 && count < 200 && ring.fault?.contains("wait") == true, "\(count)")
  }
}
