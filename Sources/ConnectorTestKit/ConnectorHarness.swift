import CPatchbay
import ConnectorKit
import Records

/// A host for one connector instance in a test: delivers inputs through the C functions, keeps what comes out, and has
/// a clock that stands still until it is moved. Every record is checked as the real host checks it; a malformed one
/// goes to `faults` and is otherwise dropped.
///
/// For one test and one thread. `emitted` and the accessors on it tell everything since the last `forget`.
public final class ConnectorHarness {
  /// What create answers when it fails.
  public struct Refused: Error, Equatable, CustomStringConvertible {
    public let status: Status
    /// The fault that the connector emitted, as it does for a configuration that cannot be used.
    public let text: String
    public var description: String { "status \(status.rawValue): \(text)" }
  }

  public private(set) var emitted: [EmittedRecord] = []
  public private(set) var faults: [RecordFault] = []
  /// Timers that run.
  public private(set) var timers: [(id: pb_id, due: Int64)] = []
  /// Monotonic time in nanoseconds; wall and venue time are `epoch` ahead of it.
  public var now: Int64 = 0
  public var epoch: Int64 = 1_700_000_000_000_000_000

  let block = RecordBlock()
  let nestedBlock = RecordBlock()
  var nextCommand: pb_id = 1000
  /// The id that the next command will have.
  public var upcomingCommand: pb_id { nextCommand + 1 }
  private(set) var seq: UInt64 = 0
  private let table: UnsafePointer<pb_connector>
  private let host: UnsafeMutablePointer<pb_host>
  private var instance: UnsafeMutableRawPointer?
  private let checker = RecordChecker()
  /// All that was delivered, and how to begin anew; kept for `HarnessEcho` alone.
  private var inputs: [HarnessEcho.Input] = []
  private var again: (() -> ConnectorHarness?)?

  /// An instance of a connector as a library offers it.
  /// - Throws: `Refused`.
  public convenience init(_ table: UnsafePointer<pb_connector>, config: String = "{}") throws {
    try self.init(table, config) { table.pointee.create($0, $1, $2) }
  }

  /// An instance of a class, without a library.
  /// - Throws: `Refused`.
  public convenience init(_ type: Connector.Type, config: String = "{}") throws {
    try self.init(classTable, config) { makeConnector(type, $0, $1, $2) }
  }

  private init(
    _ table: UnsafePointer<pb_connector>, _ config: String,
    create: @escaping (UnsafePointer<pb_host>, pb_span, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> pb_status
  ) throws {
    self.table = table
    host = .allocate(capacity: 1)
    host.initialize(
      to: pb_host(size: UInt32(MemoryLayout<pb_host>.size), reserved: 0, ctx: nil) { host, record in
        guard let record, let context = host?.pointee.ctx else { return pb_status(PB_E_ARGUMENT) }
        return Unmanaged<ConnectorHarness>.fromOpaque(context).takeUnretainedValue().keep(record)
      })
    host.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
    let status = Array(config.utf8).withUnsafeBufferPointer {
      create(host, pb_span(ptr: $0.baseAddress, len: UInt64($0.count)), &instance)
    }
    guard status == PB_OK else {
      let fault = emitted.last { $0.kind == PB_OUT_FAULT }
      throw Refused(
        status: Status(rawValue: status) ?? .failed,
        text: fault.map { $0.text($0.fields(pb_out_fault.self).text) } ?? "")
    }
    guard HarnessEcho.shared != nil else { return }
    again = {
      let harness = try? ConnectorHarness(table, config, create: create)
      harness?.again = nil
      return harness
    }
  }

  deinit {
    if let again { HarnessEcho.shared?.run(inputs, again: again) }
    if instance != nil { table.pointee.destroy(instance) }
    host.deallocate()
    block.free()
    nestedBlock.free()
  }

  /// Forgets what came out so far; timers run on.
  public func forget() {
    emitted.removeAll()
    faults.removeAll()
  }

  /// Lets time pass and fires the timers that are due meanwhile, in the order of time and then of ids.
  public func run(for nanoseconds: Int64) {
    let end = now + nanoseconds
    while let next = timers.min(by: { ($0.due, $0.id) < ($1.due, $1.id) }), next.due <= end {
      timers.removeAll { $0.id == next.id }
      now = max(now, next.due)
      timer(next.id)
    }
    now = end
  }

  private func keep(_ record: UnsafePointer<pb_rec>) -> pb_status {
    if let fault = checker.checkOutput(record) {
      faults.append(fault)
      return pb_status(PB_E_ARGUMENT)
    }
    let copy = EmittedRecord(checked: record)
    emitted.append(copy)
    if copy.kind == PB_OUT_TIMER {
      let timer = copy.fields(pb_out_timer.self)
      timers.removeAll { $0.id == timer.timer }
      let (due, isOver) = now.addingReportingOverflow(timer.after_ns)
      if timer.after_ns > 0 { timers.append((timer.timer, isOver ? .max : due)) }
    }
    return pb_status(PB_OK)
  }

  /// Delivers the record begun in `block`. The payload stands alone in memory, followed by digits and quotes, so that
  /// reading on behind its end shows. Its 64 bytes are all that may be touched.
  @discardableResult
  func deliver<R: BitwiseCopyable>(_ record: R, kind: Int, payload: [UInt8] = []) -> Status {
    seq += 1
    let finished = block.finish(record, kind: kind, seq: seq)
    if let fault = checker.checkInput(finished) { faults.append(fault) }
    if again != nil {
      let words = UnsafeRawPointer(finished).assumingMemoryBound(to: UInt64.self)
      let record = Array(UnsafeBufferPointer(start: words, count: Int(finished.pointee.size) / 8))
      inputs.append(HarnessEcho.Input(record: record, payload: payload))
    }
    return enter(finished, payload)
  }

  /// Delivers an input as another harness delivered it.
  func deliver(echo input: HarnessEcho.Input) {
    input.record.withUnsafeBytes { bytes in
      if let record = bytes.bindMemory(to: pb_rec.self).baseAddress {
        seq = record.pointee.seq
        _ = enter(record, input.payload)
      }
    }
  }

  private func enter(_ record: UnsafePointer<pb_rec>, _ payload: [UInt8]) -> Status {
    let slack = (0..<Int(PB_PAYLOAD_SLACK)).map { $0 % 8 == 7 ? UInt8(ascii: "\"") : UInt8(ascii: "9") }
    return (payload + slack).withUnsafeBufferPointer { bytes in
      let span = pb_span(ptr: bytes.baseAddress, len: UInt64(payload.count))
      let input = UnsafeRawPointer(record).assumingMemoryBound(to: pb_input.self)
      return Status(rawValue: table.pointee.deliver(instance, input, span)) ?? .failed
    }
  }
}

/// Delivers to and ends an instance that `makeConnector` made.
nonisolated(unsafe) private let classTable = connectorTable(descriptor: "{}") { _, _, _ in Status.unsupported.rawValue }
