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

/// One instance of a connector behind its C table: delivers inputs one at a time, checks everything that comes out, and
/// never lets the connector see the host. Lives on one lane; not thread-safe.
public final class ConnectorInstance {
  @exclusivity(unchecked) public private(set) var counters = InstanceCounters()
  /// The first record that broke the contract, for the report.
  public private(set) var firstFault: RecordFault?

  private let connector: PeerConnector
  private let host: UnsafeMutablePointer<pb_host>
  private let checker = RecordChecker()
  @exclusivity(unchecked) private var sink: Unmanaged<RecordSink>
  private var state: UnsafeMutableRawPointer?
  @exclusivity(unchecked) private var seq: UInt64 = 0
  /// The connector is running: it may emit, and must not be entered.
  @exclusivity(unchecked) private var isInside = false
  /// What the records for this input may still cost.
  @exclusivity(unchecked) private var credit = 0
  private let inputCost: Int
  let block = RecordBlock()
  @exclusivity(unchecked) package var times = Times.zero
  /// Takes a copy of every input, when set.
  @exclusivity(unchecked) package var recorder: InputRecorder?

  /// Makes an instance with its configuration, a JSON object. `sink` must outlive the instance.
  /// - Throws: `InstanceFault.refused`, with what the connector said.
  public init(
    _ connector: PeerConnector, config: [UInt8], sink: RecordSink, bounds: InstanceBounds = InstanceBounds()
  ) throws(InstanceFault) {
    self.connector = connector
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

  deinit {
    if let state { connector.destroy(state) }
    host.deallocate()
    block.free()
  }

  /// Delivers one input whose fixed part is `input` and whose variable parts stand in `block`. The common fields are
  /// filled in here. `payload` must be followed by `PB_PAYLOAD_SLACK` readable bytes.
  @inline(__always)
  func deliver<Input: BitwiseCopyable>(_ input: Input, kind: Int, payload: UnsafeBufferPointer<UInt8>) -> pb_status {
    guard let state, !isInside else { return pb_status(PB_E_STATE) }
    seq &+= 1
    credit = inputCost
    counters.inputs &+= 1
    let record = block.finish(input, kind: kind, seq: seq)
    let start = block.start.assumingMemoryBound(to: pb_input.self)
    start.pointee.mono_ns = times.mono
    start.pointee.wall_ns = times.wall
    start.pointee.venue_ns = times.venue
    if let recorder { recorder.input(record, payload) }
    let status = enter(state, record, payload)
    if let recorder { recorder.answered(status) }
    if status != PB_OK { count(status) }
    return status
  }

  @inline(__always)
  private func enter(
    _ state: UnsafeMutableRawPointer, _ record: UnsafePointer<pb_rec>, _ payload: UnsafeBufferPointer<UInt8>
  ) -> pb_status {
    isInside = true
    let status = UnsafeRawPointer(record).withMemoryRebound(to: pb_input.self, capacity: 1) {
      connector.deliver(state, $0, pb_span(ptr: payload.baseAddress, len: UInt64(payload.count)))
    }
    isInside = false
    return status
  }

  /// Delivers an input of a recording as it is. The record has been checked.
  func deliver(recorded record: UnsafePointer<pb_rec>, payload: UnsafeBufferPointer<UInt8>) -> pb_status {
    guard let state, !isInside else { return pb_status(PB_E_STATE) }
    seq = record.pointee.seq
    credit = inputCost
    counters.inputs &+= 1
    let status = enter(state, record, payload)
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
    if size > UInt32(InstanceBounds.instrumentBytes), !mayBeLarge(record.pointee) { return refuse(.size(size)) }
    credit &-= Int(size)
    guard credit > 0 else { return exceed() }
    guard record.pointee.seq == seq else { return drop() }
    counters.outputs &+= 1
    counters.outputCost &+= UInt64(size)
    if let recorder { recorder.output(record) }
    sink._withUnsafeGuaranteedRef { $0.receive(RecordReader(checked: record)) }
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
  private func mayBeLarge(_ record: pb_rec) -> Bool {
    switch Int(record.kind) {
    case PB_EV_BOOK, PB_EV_REPLY, PB_EV_LIMITS, PB_OUT_REQUEST, PB_OUT_LOG, PB_OUT_FAULT: true
    case PB_OUT_OPEN: record.size <= UInt32(InstanceBounds.openBytes)
    case PB_EV_INSTRUMENT: false
    default: record.size <= UInt32(InstanceBounds.factBytes)
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
    guard record.pointee.size <= UInt32(InstanceBounds.factBytes), record.pointee.seq == seq else { return status }
    credit &-= Int(record.pointee.size)
    let sink = sink
    checker.withoutFaults(record, fault) { mended in
      let worst: RecordFault = mended.worst
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

/// Keeps why a connector cannot be made, and passes everything on: `create` may emit as any other call.
private final class ReasonCatcher: RecordSink {
  var text = ""
  private let next: RecordSink

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
