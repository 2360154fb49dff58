import CPatchbay
import Records

/// Takes what an instance emits. Called inside `create` and `deliver`, on the lane; must not enter the instance.
///
/// A class and not a protocol, so that an instance can hold it unmanaged: counting references would cost more per
/// record than checking it does.
open class RecordSink {
  public init() {}

  /// A well-formed record of a known kind; borrowed for the call.
  open func receive(_ record: RecordReader) {}

  /// The connector answers one input with more than it may; what follows is not taken.
  open func exceeded() {}

  /// A record broke the contract, and was dropped.
  open func malformed() {}

  /// What is left of a report or a fill that was dropped for a number, a moment or a text that is none: a well-formed
  /// record in which those are absent; borrowed for the call.
  open func spoiled(_ record: RecordReader, _ fault: RecordFault) {}

  /// The connector does not know the verb of this command.
  open func unsupported(command: UInt64) {}

  /// Nothing more of the instance is wanted.
  open var hasGivenUp: Bool { false }
}

/// What an instance has done, for the operator. Counts never go down.
public struct InstanceCounters: Equatable, Sendable {
  public var inputs: UInt64 = 0
  public var outputs: UInt64 = 0
  /// Bytes of all records that were taken, and what handling them cost besides; see `InstanceBounds`.
  public var outputCost: UInt64 = 0
  /// Records that broke the contract; they were dropped.
  public var malformed: UInt64 = 0
  /// Records of kinds that this host does not know; they were ignored.
  public var unknownKinds: UInt64 = 0
  /// Inputs that the connector could not understand (`PB_E_PARSE`, `PB_E_VENUE`).
  public var unreadable: UInt64 = 0
  /// Inputs of a kind or topic the connector does not know (`PB_E_UNSUPPORTED`, `PB_E_STATE`).
  public var unsupported: UInt64 = 0
  /// Inputs after which the connector called itself broken (`PB_E_INTERNAL`): it is not to be entered again.
  public var failed: UInt64 = 0
}

extension InstanceCounters {
  /// What two instances have done together.
  static func + (left: InstanceCounters, right: InstanceCounters) -> InstanceCounters {
    var sum = left
    sum.inputs &+= right.inputs
    sum.outputs &+= right.outputs
    sum.outputCost &+= right.outputCost
    sum.malformed &+= right.malformed
    sum.unknownKinds &+= right.unknownKinds
    sum.unreadable &+= right.unreadable
    sum.unsupported &+= right.unsupported
    sum.failed &+= right.failed
    return sum
  }
}

/// Where the code of a connector is.
public enum ConnectorCode {
  /// In this process.
  case library(PeerConnector)
  /// In a process of its own.
  case worker(WorkerLink)
}

/// Why an instance could not be made.
public enum InstanceFault: Error, Equatable {
  /// `create` answered with this status; the text is what the connector reported.
  case refused(status: Int32, reason: String)
}

extension InstanceFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .refused(let status, let reason):
      "cannot be started (status \(status)): "
        + (!reason.isEmpty ? reason : status == 0 ? "it gave no instance" : "it gave no reason")
    }
  }
}

/// One instance of a connector, behind its C table or in a worker process: delivers inputs one at a time, checks
/// everything that comes out, and never lets the connector see the host. Lives on one lane; not thread-safe.
///
/// In a worker an input is on its way when `deliver` returns, and what it brings is taken by `takeOutputs`, in the
/// order of the inputs and with the same checks.
public final class ConnectorInstance {
  @exclusivity(unchecked) public private(set) var counters = InstanceCounters()
  /// The first record that broke the contract, for the report.
  public private(set) var firstFault: RecordFault?

  /// `nil` where it is in a worker.
  private let connector: PeerConnector?
  /// Where it is, if not in this process.
  @exclusivity(unchecked) let worker: WorkerLink?
  private let host: UnsafeMutablePointer<pb_host>
  private let checker = RecordChecker()
  @exclusivity(unchecked) private var sink: Unmanaged<RecordSink>
  private var state: UnsafeMutableRawPointer?
  @exclusivity(unchecked) private var seq: UInt64 = 0
  /// The input whose outputs are taken: the one that is delivered, or in a worker the first that is not answered, also
  /// when it has not been given yet; 0 for `create`.
  @exclusivity(unchecked) private var answering: UInt64 = 0
  /// Whether a worker has answered `create`.
  private var isMade = true
  /// By the number of the input: the commands that a worker has not answered yet.
  private var commandInputs: [UInt64: UInt64] = [:]
  /// The numbers of instruments in this host, so that those of an instance that was made anew do not mean what others
  /// meant before.
  private var numbers: InstrumentNumbers
  @exclusivity(unchecked) private var isRenumbered: Bool
  /// Where records of this process are renumbered: the connector's own are not the host's to change.
  @exclusivity(unchecked) private var copy = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var reasons: ReasonCatcher?
  /// Why a worker's instance could not be made.
  private(set) var refusal: InstanceFault?
  /// Is given what a worker answers to each input.
  package var onAnswer: ((pb_status) -> Void)?
  /// The connector is running: it may emit, and must not be entered.
  @exclusivity(unchecked) private var isInside = false
  /// What the records for this input may still cost.
  @exclusivity(unchecked) private var credit = 0
  private let inputCost: Int
  let block = RecordBlock()
  @exclusivity(unchecked) package var times = Times.zero
  /// Sees every input and output, when set.
  @exclusivity(unchecked) package var recorder: InstanceRecorder?

  /// Makes an instance with its configuration, a JSON object. `sink` must outlive the instance.
  /// - Throws: `InstanceFault.refused`, with what the connector said.
  public init(
    _ connector: PeerConnector, config: [UInt8], sink: RecordSink, bounds: InstanceBounds = InstanceBounds()
  ) throws(InstanceFault) {
    self.connector = connector
    (worker, numbers, isRenumbered) = (nil, InstrumentNumbers(), false)
    inputCost = bounds.inputCost
    credit = bounds.inputCost
    let reasons = ReasonCatcher(sink)
    self.sink = Unmanaged.passUnretained(reasons)
    host = .allocate(capacity: 1)
    host.initialize(
      to: pb_host(
        size: UInt32(MemoryLayout<pb_host>.size), reserved: 0, ctx: nil,
        emit: { host, record in ConnectorInstance.emit(host, record) }))
    host.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
    var made: UnsafeMutableRawPointer?
    isInside = true
    let status = withExtendedLifetime(reasons) {
      config.withUnsafeBufferPointer {
        connector.create(host, pb_span(ptr: $0.baseAddress, len: UInt64($0.count)), &made)
      }
    }
    isInside = false
    self.sink = Unmanaged.passUnretained(sink)
    guard status == PB_OK, let made else {
      throw .refused(status: status, reason: reasons.text)
    }
    state = made
  }

  /// Makes an instance of code wherever it is.
  /// - Parameter isAwaited: waits until that is done.
  package convenience init(
    _ code: ConnectorCode, config: [UInt8], sink: RecordSink, bounds: InstanceBounds = InstanceBounds(),
    isAwaited: Bool = true
  ) throws(InstanceFault) {
    switch code {
    case .library(let connector): try self.init(connector, config: config, sink: sink, bounds: bounds)
    case .worker(let link):
      self.init(link, config: config, sink: sink, bounds: bounds)
      if isAwaited { try awaitMade() }
    }
  }

  /// Makes an instance in a worker, whose library is loaded. What becomes of it is known when `takeOutputs` has taken
  /// the answer.
  init(
    _ worker: WorkerLink, config: [UInt8], sink: RecordSink, bounds: InstanceBounds, instrumentBase: UInt64 = 0
  ) {
    (connector, self.worker) = (nil, worker)
    (numbers, isRenumbered) = (InstrumentNumbers(base: instrumentBase), instrumentBase != 0)
    inputCost = bounds.inputCost
    credit = bounds.inputCost
    host = .allocate(capacity: 1)
    let reasons = ReasonCatcher(sink)
    self.reasons = reasons
    self.sink = Unmanaged.passUnretained(reasons)
    isMade = false
    worker.create(config)
  }

  deinit {
    if let state, let connector { connector.destroy(state) }
    worker?.kill()
    host.deallocate()
    block.free()
    copy.deallocate()
  }

  /// From now on its records go to another sink, with other numbers of instruments. Not to be called from inside the
  /// instance, nor while an answer of a worker is waited for.
  func move(to sink: RecordSink, _ numbers: InstrumentNumbers) {
    precondition(!isInside && isMade, "an instance is moved between two inputs")
    self.sink = Unmanaged.passUnretained(sink)
    self.numbers = numbers
    isRenumbered = !numbers.isPlain
  }

  /// Delivers one input whose fixed part is `input` and whose variable parts stand in `block`. The common fields are
  /// filled in here. `payload` must be followed by `PB_PAYLOAD_SLACK` readable bytes.
  @inline(__always)
  func deliver<Input: BitwiseCopyable>(_ input: Input, kind: Int, payload: UnsafeBufferPointer<UInt8>) -> pb_status {
    guard state != nil || worker != nil, !isInside else { return pb_status(PB_E_STATE) }
    seq &+= 1
    if worker == nil { (answering, credit) = (seq, inputCost) }
    counters.inputs &+= 1
    let record = block.finish(input, kind: kind, seq: seq)
    let start = block.start.assumingMemoryBound(to: pb_input.self)
    start.pointee.mono_ns = times.mono
    start.pointee.wall_ns = times.wall
    start.pointee.venue_ns = times.venue
    if let recorder { recorder.input(record, payload) }
    if let worker {
      worker.inputs.put(record, payload)
      return pb_status(PB_OK)
    }
    let status = enter(record, payload)
    if let recorder { recorder.answered(status) }
    if status != PB_OK { count(status) }
    return status
  }

  @inline(__always)
  private func enter(_ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>) -> pb_status {
    guard let connector, let state else { return pb_status(PB_E_STATE) }
    isInside = true
    let status = UnsafeRawPointer(record).withMemoryRebound(to: pb_input.self, capacity: 1) {
      connector.deliver(state, $0, pb_span(ptr: payload.baseAddress, len: UInt64(payload.count)))
    }
    isInside = false
    return status
  }

  /// Delivers an input of a recording as it is. The record has been checked.
  func deliver(recorded record: UnsafePointer<pb_rec>, payload: UnsafeBufferPointer<UInt8>) -> pb_status {
    guard state != nil || worker != nil, !isInside else { return pb_status(PB_E_STATE) }
    seq = record.pointee.seq
    counters.inputs &+= 1
    if let worker {
      worker.inputs.put(record, payload)
      return pb_status(PB_OK)
    }
    (answering, credit) = (seq, inputCost)
    let status = enter(record, payload)
    if status != PB_OK { count(status) }
    return status
  }

  private func count(_ status: pb_status) {
    switch Int(status) {
    case PB_E_PARSE, PB_E_VENUE: counters.unreadable &+= 1
    case PB_E_INTERNAL: counters.failed &+= 1
    default: counters.unsupported &+= 1
    }
  }

  /// The way out of every connector. Whatever comes here is checked before anyone looks at it.
  private static func emit(_ host: UnsafePointer<pb_host>?, _ record: UnsafePointer<pb_rec>?) -> pb_status {
    guard let context = host?.pointee.ctx else { return pb_status(PB_E_ARGUMENT) }
    return Unmanaged<ConnectorInstance>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.take(record) }
  }

  @inline(__always)
  private func take(_ record: UnsafePointer<pb_rec>?) -> pb_status {
    guard let record, isInside, UInt(bitPattern: record) & 7 == 0 else { return drop() }
    credit &-= InstanceBounds.handling
    guard credit > 0 else { return exceed() }
    if let fault = checker.checkOutput(record) { return refuse(record, fault) }
    let size = record.pointee.size
    if size > UInt32(InstanceBounds.instrumentBytes), Self.isTooLarge(record.pointee) { return refuse(.size(size)) }
    credit &-= Int(size)
    guard credit > 0 else { return exceed() }
    guard record.pointee.seq == answering else { return drop() }
    counters.outputs &+= 1
    counters.outputCost &+= UInt64(size)
    if let recorder, isMade { recorder.output(record) }
    // What is recorded is what the connector said.
    let said = isRenumbered ? renumbered(record) : record
    sink._withUnsafeGuaranteedRef { $0.receive(RecordReader(checked: said)) }
    return pb_status(PB_OK)
  }

  /// The record that is being handled costs more than its bytes, as it means more than one thing.
  func charge(_ cost: Int) {
    credit &-= cost
    counters.outputCost &+= UInt64(cost)
  }

  @inline(never)
  private func exceed() -> pb_status {
    counters.malformed &+= 1
    sink._withUnsafeGuaranteedRef { $0.exceeded() }
    return pb_status(PB_E_ARGUMENT)
  }

  /// Facts are small, so that what the host keeps of them is.
  static func isTooLarge(_ record: pb_rec) -> Bool {
    guard record.size > UInt32(InstanceBounds.instrumentBytes) else { return false }
    return switch Int(record.kind) {
    case PB_EV_BOOK, PB_EV_REPLY, PB_EV_LIMITS, PB_OUT_REQUEST, PB_OUT_LOG, PB_OUT_FAULT: false
    case PB_OUT_OPEN: record.size > UInt32(InstanceBounds.openBytes)
    case PB_EV_INSTRUMENT: true
    default: record.size > UInt32(InstanceBounds.factBytes)
    }
  }

  /// What concerns an order is not lost with the field that is wrong in it.
  @inline(never)
  private func refuse(_ record: UnsafePointer<pb_rec>, _ fault: RecordFault) -> pb_status {
    let status = refuse(fault)
    switch Int(record.pointee.kind) {
    case PB_EV_ORDER, PB_EV_FILL: break
    default: return status
    }
    let start = record.pointee
    guard start.size <= UInt32(InstanceBounds.factBytes), start.seq == answering else { return status }
    credit &-= Int(record.pointee.size)
    let sink = sink
    checker.withoutFaults(record, fault) { mended in
      let worst: RecordFault = mended.worst
      if isRenumbered { InstrumentPlaces.renumber(UnsafeMutableRawPointer(mutating: mended.record), numbers) }
      sink._withUnsafeGuaranteedRef { $0.spoiled(RecordReader(checked: mended.record), worst) }
    }
    return status
  }

  private func refuse(_ fault: RecordFault) -> pb_status {
    if case .unknownKind = fault {
      counters.unknownKinds &+= 1
      return pb_status(PB_OK)
    }
    if firstFault == nil { firstFault = fault }
    return drop()
  }

  private func drop() -> pb_status {
    counters.malformed &+= 1
    sink._withUnsafeGuaranteedRef { $0.malformed() }
    return pb_status(PB_E_ARGUMENT)
  }
}

// MARK: In a worker

extension ConnectorInstance {
  /// Whether every input has been answered.
  var isSettled: Bool { worker == nil || isMade && answering > seq }
  /// The input that is answered next; `nil` = none is waited for. When it stays the same for long, the worker hangs.
  var awaited: UInt64? { isSettled ? nil : answering }
  /// How many inputs are not answered.
  var unanswered: UInt64 { isSettled ? 0 : seq &- answering &+ 1 }

  /// Gives instruments their numbers in this host, in a copy that is the host's own: what came out of a worker is one.
  @inline(never)
  private func renumbered(_ record: UnsafePointer<pb_rec>) -> UnsafePointer<pb_rec> {
    let size = Int(record.pointee.size)
    var own = UnsafeMutableRawPointer(mutating: record)
    if worker == nil {
      if copy.count < size {
        copy.deallocate()
        copy = .allocate(byteCount: max(2 * size, 4096), alignment: 16)
      }
      if let start = copy.baseAddress { own = start }
      own.copyMemory(from: record, byteCount: size)
    }
    InstrumentPlaces.renumber(own, numbers)
    return UnsafePointer(own.assumingMemoryBound(to: pb_rec.self))
  }

  /// The number by which the connector knows an instrument.
  func peerInstrument(_ id: UInt64) -> UInt64 { numbers.peer(id) }

  /// Notes which command the next input is.
  func willDeliver(command: UInt64) { if worker != nil { commandInputs[seq &+ 1] = command } }

  /// Takes what the worker has said, at most so many bytes of it, with the checks of every connector. Not to be called
  /// from inside the sink.
  func takeOutputs(_ most: Int) {
    guard let worker, !isInside else { return }
    var left = most
    isInside = true
    defer { isInside = false }
    while left > 0, let place = worker.outputs.next() {
      let start = place.load(as: pb_rec.self)
      left -= Int(start.size)
      if start.kind < WorkerShape.Word.first {
        guard !isSettled else { return worker.doubt("it says something without having been asked") }
        _ = take(UnsafePointer(place.assumingMemoryBound(to: pb_rec.self)))
        continue
      }
      guard take(word: place, start) else { return worker.doubt("it answered what it was not asked") }
      if start.kind == WorkerShape.Word.answer, sink._withUnsafeGuaranteedRef({ $0.hasGivenUp }) { return }
    }
  }

  /// A word that is no output; whether it may come now.
  private func take(word place: UnsafeMutableRawPointer, _ start: pb_rec) -> Bool {
    guard start.size >= UInt32(WorkerShape.wordHead) else { return false }
    let number = place.load(fromByteOffset: 16, as: UInt32.self)
    switch start.kind {
    case WorkerShape.Word.answer: return answered(start.seq, pb_status(truncatingIfNeeded: number))
    case WorkerShape.Word.dropped: _ = number == 0 ? drop() : refuse(.size(number))
    case WorkerShape.Word.exceeded: _ = exceed()
    default: return false
    }
    return true
  }

  private func answered(_ number: UInt64, _ status: pb_status) -> Bool {
    guard !isSettled, number == answering else { return false }
    answering &+= 1
    credit = inputCost
    guard isMade else { return made(status) }
    if let recorder { recorder.answered(status) }
    onAnswer?(status)
    let command = commandInputs.isEmpty ? nil : commandInputs.removeValue(forKey: number)
    guard status != PB_OK else { return true }
    count(status)
    if Int(status) == PB_E_UNSUPPORTED, let command {
      sink._withUnsafeGuaranteedRef { $0.unsupported(command: command) }
    }
    return true
  }

  private func made(_ status: pb_status) -> Bool {
    guard let reasons else { return false }
    isMade = true
    sink = Unmanaged.passUnretained(reasons.next)
    if status != PB_OK { refusal = .refused(status: status, reason: reasons.text) }
    self.reasons = nil
    return true
  }
}

/// Keeps why a connector cannot be made, and passes everything on: `create` may emit as any other call.
private final class ReasonCatcher: RecordSink {
  var text = ""
  let next: RecordSink

  init(_ next: RecordSink) {
    self.next = next
    super.init()
  }

  override func receive(_ record: RecordReader) {
    switch record.kind {
    case PB_OUT_FAULT: text = record.text(record.head(as: pb_out_fault.self).text)
    case PB_OUT_LOG where text.isEmpty: text = record.text(record.head(as: pb_out_log.self).text)
    default: break
    }
    next.receive(record)
  }

  override func exceeded() { next.exceeded() }
  override func malformed() { next.malformed() }
  override func spoiled(_ record: RecordReader, _ fault: RecordFault) { next.spoiled(record, fault) }
}
