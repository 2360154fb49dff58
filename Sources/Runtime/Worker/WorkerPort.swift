import CHost
import CPatchbay

/// The worker's end of both rings: reads inputs where they stand, and writes what the connector emits. What is here
/// lies in the connector's own process; that it could be changed by it is the host's premise.
final class WorkerPort {
  /// An input where it stands; valid until the next one is asked for.
  struct Input {
    let record: UnsafeRawPointer
    let payload: UnsafeRawPointer
    let payloadBytes: Int
  }

  private let host: UnsafeRawPointer
  private let inputs: UnsafeRawPointer
  private let words: UnsafeMutableRawPointer
  private let outputs: UnsafeMutableRawPointer
  private var inputHead: UInt64 = 0
  /// How far the input that is being answered reaches.
  private var inputEnd: UInt64 = 0
  private var outputTail: UInt64 = 0
  /// As far as the host was seen to have read.
  private var outputHead: UInt64 = 0
  private var sleeps: UInt64 = 0
  /// The host's sleep that it was last woken from.
  private var wokenFrom: UInt64 = 0
  /// How long an input is waited for without sleeping; adapts to how often that pays.
  private var patience = WorkerPort.mostPatience
  private static let mostPatience = 400
  /// Answers that the host, if it sleeps, does not know of.
  private var untold = 0
  private static let mostUntold = 64
  /// An input that comes in pieces.
  private var whole: UnsafeMutableRawPointer?
  private var wholeBytes = 0

  /// Maps what the host has left open; `nil` where that cannot be.
  init?() {
    guard let own = chost_ring_map(Int32(CHOST_WORKER_OUTPUTS), WorkerShape.outputFile, 1),
      let peer = chost_ring_map(Int32(CHOST_WORKER_INPUTS), WorkerShape.inputFile, 0)
    else { return nil }
    (words, outputs) = (own, own + WorkerShape.page)
    (host, inputs) = (UnsafeRawPointer(peer), UnsafeRawPointer(peer) + WorkerShape.page)
  }

  // MARK: Inputs

  /// The next input; waits for it.
  func next() -> Input {
    finish()
    while true {
      let tail = chost_word_load(host + WorkerShape.inputTail)
      if tail == inputHead {
        wait { chost_word_load(self.host + WorkerShape.inputTail) != self.inputHead }
        continue
      }
      let place = inputs + Int(inputHead % UInt64(WorkerShape.inputBytes))
      let total = place.load(as: UInt32.self)
      let record = place.load(fromByteOffset: 4, as: UInt32.self)
      inputEnd = inputHead &+ UInt64(total)
      if record == WorkerShape.skip {
        finish()
      } else if record == WorkerShape.piece {
        if let input = join(place, Int(total)) { return input }
        finish()
      } else {
        return input(place)
      }
    }
  }

  private func input(_ place: UnsafeRawPointer) -> Input {
    let size = Int(place.load(fromByteOffset: 4, as: UInt32.self))
    let record = place + WorkerShape.header
    return Input(
      record: record, payload: record + size, payloadBytes: Int(place.load(fromByteOffset: 8, as: UInt64.self)))
  }

  /// Adds a piece; gives the input when that was the last.
  private func join(_ place: UnsafeRawPointer, _ total: Int) -> Input? {
    let all = Int(place.load(fromByteOffset: 8, as: UInt64.self))
    let whole = self.whole ?? .allocate(byteCount: all + Int(PB_PAYLOAD_SLACK), alignment: 16)
    self.whole = whole
    let count = total - WorkerShape.header
    (whole + wholeBytes).copyMemory(from: place + WorkerShape.header, byteCount: count)
    wholeBytes += count
    guard wholeBytes >= all else { return nil }
    (whole + wholeBytes).initializeMemory(as: UInt8.self, repeating: 0, count: Int(PB_PAYLOAD_SLACK))
    return input(UnsafeRawPointer(whole))
  }

  /// Gives the room of the last input back.
  private func finish() {
    if wholeBytes > 0, let whole, UnsafeRawPointer(whole).load(as: UInt32.self) == UInt32(wholeBytes) {
      whole.deallocate()
      (self.whole, wholeBytes) = (nil, 0)
    }
    guard inputEnd != inputHead else { return }
    inputHead = inputEnd
    chost_word_store(words + WorkerShape.inputHead, inputHead)
  }

  // MARK: Outputs

  /// Writes bytes of a multiple of 8; waits for room where there is none.
  @inline(__always)
  func put(_ bytes: UnsafeRawPointer, _ count: Int) {
    var done = 0
    while done < count {
      var room = WorkerShape.outputBytes - Int(outputTail &- outputHead)
      if room < count - done {
        outputHead = chost_word_load(host + WorkerShape.outputHead)
        room = WorkerShape.outputBytes - Int(outputTail &- outputHead)
      }
      if room == 0 {
        publish()
        tell()
        wait { chost_word_load(self.host + WorkerShape.outputHead) != self.outputHead }
        continue
      }
      let offset = Int(outputTail % UInt64(WorkerShape.outputBytes))
      let some = min(count - done, min(room, WorkerShape.outputBytes - offset))
      (outputs + offset).copyMemory(from: bytes + done, byteCount: some)
      outputTail &+= UInt64(some)
      done += some
    }
  }

  /// Writes a word that is between worker and host.
  func put(word kind: UInt16, seq: UInt64 = 0, number: UInt32 = 0, bytes: UnsafeRawBufferPointer = .init(_empty: ())) {
    let size = (WorkerShape.wordHead + bytes.count + 7) & ~7
    let start = pb_rec(
      size: UInt32(truncatingIfNeeded: size), kind: kind, head: UInt16(WorkerShape.wordHead), seq: seq)
    withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { word in
      guard let place = word.baseAddress else { return }
      place.initializeMemory(as: UInt8.self, repeating: 0, count: size)
      place.storeBytes(of: start, as: pb_rec.self)
      place.storeBytes(of: number, toByteOffset: 16, as: UInt32.self)
      place.storeBytes(of: UInt32(bytes.count), toByteOffset: 20, as: UInt32.self)
      if let source = bytes.baseAddress {
        (place + WorkerShape.wordHead).copyMemory(from: source, byteCount: bytes.count)
      }
      put(place, size)
    }
  }

  /// An input has been answered: the host may see it, and is woken for many of them at once.
  @inline(__always)
  func answered(_ seq: UInt64, _ status: pb_status) {
    var word = (
      pb_rec(size: 24, kind: WorkerShape.Word.answer, head: 24, seq: seq), status, UInt32(0)
    )
    withUnsafeBytes(of: &word) { if let start = $0.baseAddress { put(start, 24) } }
    publish()
    untold += 1
    if untold >= Self.mostUntold { tell() }
  }

  @inline(__always)
  func publish() { chost_word_store(words + WorkerShape.outputTail, outputTail) }

  /// Wakes the host where it sleeps.
  func tell() {
    untold = 0
    chost_fence()
    let sleeps = chost_word_load(host + WorkerShape.hostSleeps)
    guard sleeps != wokenFrom else { return }
    wokenFrom = sleeps
    chost_event_signal(Int32(CHOST_WORKER_SIGNAL))
  }

  // MARK: Waiting

  /// Waits until something is so: for a while without sleeping, then asleep.
  private func wait(until isSo: () -> Bool) {
    tell()
    for _ in 0..<patience {
      if isSo() {
        patience = min(Self.mostPatience, patience * 2)
        return
      }
      chost_rest()
    }
    patience = max(8, patience / 2)
    while !isSo() {
      sleeps &+= 1
      chost_word_store(words + WorkerShape.workerSleeps, sleeps)
      chost_fence()
      if isSo() { return }
      chost_event_take(Int32(CHOST_WORKER_WAKE))
    }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate init(_empty: ()) { self.init(start: nil, count: 0) }
}
