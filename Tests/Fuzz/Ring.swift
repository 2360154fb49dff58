import CPatchbay
import Records

/// The host's ends of both rings, beside a worker that writes to its memory whatever it likes, at any moment. The
/// address sanitizer ends the run at the first byte outside of the two files; what is taken passes the record checker
/// and is read to its last byte, as the host does.
///
/// The input is a list of steps: a kind in one byte, and what it needs behind it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRing(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var steps = Steps(UnsafeBufferPointer(start: bytes, count: count))
  // Blocks of just their sizes, so that the sanitizer sees their ends.
  let own = UnsafeMutableRawPointer.allocate(byteCount: WorkerShape.inputFile, alignment: 4096)
  let peer = UnsafeMutableRawPointer.allocate(byteCount: WorkerShape.outputFile, alignment: 4096)
  defer {
    own.deallocate()
    peer.deallocate()
  }
  own.initializeMemory(as: UInt8.self, repeating: 0, count: WorkerShape.inputFile)
  peer.initializeMemory(as: UInt8.self, repeating: 0, count: WorkerShape.outputFile)
  let outputs = OutputRing(own: own, peer: UnsafeRawPointer(peer))
  let inputs = InputRing(own: own, peer: UnsafeRawPointer(peer), wake: -1)
  var tail: UInt64 = 0, inputHead: UInt64 = 0
  while let step = steps.byte() {
    switch step % 8 {
    // The worker writes bytes where its outputs are.
    case 0, 1:
      let place = steps.number(3) % WorkerShape.outputBytes
      for offset in 0..<min(steps.number(1), 64) {
        (peer + WorkerShape.page + (place + offset) % WorkerShape.outputBytes)
          .storeBytes(of: steps.byte() ?? 0, as: UInt8.self)
      }
    // It writes a record's start behind what it has said.
    case 2:
      let start = pb_rec(
        size: UInt32(truncatingIfNeeded: steps.number(3)), kind: UInt16(truncatingIfNeeded: steps.number(2)),
        head: UInt16(truncatingIfNeeded: steps.number(1)), seq: UInt64(steps.number(1)))
      let offset = Int(tail % UInt64(WorkerShape.outputBytes)) & ~7
      if offset + 16 <= WorkerShape.outputBytes {
        (peer + WorkerShape.page + offset).storeBytes(of: start, as: pb_rec.self)
      }
    // It says that it has written so much more, or anything.
    case 3:
      tail &+= UInt64(steps.number(3)) & ~7
      peer.storeBytes(of: tail, toByteOffset: WorkerShape.outputTail, as: UInt64.self)
    case 4: peer.storeBytes(of: steps.word(8), toByteOffset: WorkerShape.outputTail, as: UInt64.self)
    // It says how far it has read.
    case 5:
      inputHead &+= UInt64(steps.number(3))
      peer.storeBytes(of: inputHead, toByteOffset: WorkerShape.inputHead, as: UInt64.self)
      peer.storeBytes(of: UInt64(steps.number(1)), toByteOffset: WorkerShape.workerSleeps, as: UInt64.self)
    // The host takes what has come.
    case 6:
      for _ in 0..<(1 + steps.number(1)) {
        guard let record = outputs.next() else { break }
        let size = Int(record.load(as: pb_rec.self).size)
        precondition(size >= MemoryLayout<pb_rec>.size && size <= PB_MAX_RECORD && size % 8 == 0)
        if checker.checkOutput(UnsafeRawPointer(record), available: size) == nil {
          sum &+= ReadEverything.output(UnsafeRawPointer(record))
        }
      }
      _ = outputs.arm()
    // The host writes an input.
    default: put(inputs, payload: steps.number(3))
    }
  }
  inputs.flush()
  return 0
}

private func put(_ inputs: InputRing, payload count: Int) {
  let record = UnsafeMutablePointer<pb_rec>.allocate(capacity: 1)
  record.initialize(to: pb_rec(size: 16, kind: UInt16(PB_IN_STOP), head: 16, seq: 1))
  defer { record.deallocate() }
  let payload = [UInt8](repeating: 0x5A, count: count % (600 << 10))
  payload.withUnsafeBufferPointer { inputs.put(UnsafePointer(record), $0) }
}

private struct Steps {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var next = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func byte() -> UInt8? {
    guard next < bytes.count else { return nil }
    defer { next += 1 }
    return bytes[next]
  }

  /// A number of so many bytes; what is not there counts as zero.
  mutating func word(_ count: Int) -> UInt64 {
    var word: UInt64 = 0
    for _ in 0..<count { word = word << 8 | UInt64(byte() ?? 0) }
    return word
  }

  /// The same of less than eight.
  mutating func number(_ count: Int) -> Int { Int(word(count)) }
}

/// libFuzzer calls from one thread. The sum keeps what was read alive.
nonisolated(unsafe) private let checker = RecordChecker()
nonisolated(unsafe) private var sum: UInt64 = 0

/// There is nobody to wake.
@_cdecl("chost_event_signal")
public func signalNobody(_ descriptor: Int32) {}
