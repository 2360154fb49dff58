import CHost
import CPatchbay
import Glibc
import Records

/// `patchbay worker`: one connector instance in a process of its own, of which nothing but its rings leads anywhere.
/// docs/workers.md says what is taken from it and when.
public enum WorkerMain {
  static let command = "worker"

  /// Is the worker and never returns, where the arguments are those that a host starts one with: its name for people,
  /// the host's process, and how many bytes of memory it may have. To be called first thing in `patchbay`: nothing of
  /// this process may be open or running that a connector has no use for.
  public static func runIfAsked(_ arguments: [String]) {
    guard arguments.count == 5, arguments[1] == command, let parent = Int32(arguments[3]),
      let memory = UInt64(arguments[4])
    else { return }
    guard let port = WorkerPort() else { _exit(1) }
    // From here on the rings are memory and nothing that could be opened again.
    for descriptor in [CHOST_WORKER_INPUTS, CHOST_WORKER_OUTPUTS] { close(Int32(descriptor)) }
    run(port, load(port, parent, memory))
  }

  /// Gives up what can be given up, loads the library, and gives up the rest.
  private static func load(_ port: WorkerPort, _ parent: Int32, _ memory: UInt64) -> [PeerConnector] {
    var layers = [Int32](repeating: -1, count: Int(CHOST_LAYER_COUNT))
    let failure = chost_worker_confine(parent, memory, &layers)
    port.put(word: WorkerShape.Word.layers, layers)
    guard failure == 0 else { refuse(port, .unconfined, String(cString: strerror(-failure))) }
    var message: UnsafePointer<CChar>?
    guard let library = chost_load(Int32(CHOST_WORKER_LIBRARY), &message) else {
      refuse(port, .linker, message.map(LibraryLoader.reason) ?? "unknown reason")
    }
    close(Int32(CHOST_WORKER_LIBRARY))
    let sealing = chost_worker_seal(&layers)
    port.put(word: WorkerShape.Word.layers, layers)
    guard sealing == 0 else { refuse(port, .unconfined, String(cString: strerror(-sealing))) }
    return connectors(port, library)
  }

  private static func connectors(_ port: WorkerPort, _ library: UnsafeMutableRawPointer) -> [PeerConnector] {
    do throws(PeerFault) {
      guard let table = try LibraryLoader.table(of: library) else { refuse(port, .noEntry, "") }
      for connector in table {
        let length = min(strlen(connector.descriptor), WorkerShape.longestText)
        let text = UnsafeRawBufferPointer(start: connector.descriptor, count: length)
        port.put(word: WorkerShape.Word.descriptor, bytes: text)
      }
      port.put(word: WorkerShape.Word.loaded, number: UInt32(table.count))
      port.publish()
      port.tell()
      return table
    } catch {
      refuse(port, .badTable, "\(error)")
    }
  }

  /// Says why, and ends; the host sees the end.
  private static func refuse(_ port: WorkerPort, _ refusal: WorkerShape.Refusal, _ reason: String) -> Never {
    port.put(word: WorkerShape.Word.refused, number: refusal.rawValue, Array(reason.utf8))
    port.publish()
    _exit(0)
  }

  private static func run(_ port: WorkerPort, _ connectors: [PeerConnector]) -> Never {
    var instance: WorkerInstance?
    while true {
      let input = port.next()
      let start = input.record.load(as: pb_rec.self)
      let payload = pb_span(
        ptr: input.payload.assumingMemoryBound(to: UInt8.self), len: UInt64(input.payloadBytes))
      var status = pb_status(PB_E_STATE)
      if let instance {
        status = instance.deliver(input.record.assumingMemoryBound(to: pb_input.self), payload)
      } else if start.kind == WorkerShape.Word.create {
        let place = Int(input.record.load(fromByteOffset: 16, as: UInt32.self))
        if connectors.indices.contains(place) {
          let made = WorkerInstance(connectors[place], port)
          status = made.create(payload)
          instance = made
        }
      }
      port.answered(start.seq, status)
      if Int(start.kind) == PB_IN_STOP, let instance { end(port, instance) }
    }
  }

  private static func end(_ port: WorkerPort, _ instance: WorkerInstance) -> Never {
    port.tell()
    instance.destroy()
    _exit(0)
  }
}

extension WorkerPort {
  fileprivate func put<Item: BitwiseCopyable>(word kind: UInt16, number: UInt32 = 0, _ items: [Item]) {
    items.withUnsafeBytes { put(word: kind, number: number, bytes: $0) }
  }
}

/// The instance, entered and left as `ConnectorInstance` does it inside a host: `emit` answers the same, and everything
/// that was emitted goes to the host, whose own check is the one that counts.
private final class WorkerInstance {
  private let connector: PeerConnector
  private let port: WorkerPort
  private let host = UnsafeMutablePointer<pb_host>.allocate(capacity: 1)
  private let checker = RecordChecker()
  private var state: UnsafeMutableRawPointer?
  @exclusivity(unchecked) private var seq: UInt64 = 0
  @exclusivity(unchecked) private var isInside = false
  @exclusivity(unchecked) private var credit = 0
  private let inputCost = InstanceBounds().inputCost

  init(_ connector: PeerConnector, _ port: WorkerPort) {
    (self.connector, self.port) = (connector, port)
    host.initialize(
      to: pb_host(
        size: UInt32(MemoryLayout<pb_host>.size), reserved: 0, ctx: nil,
        emit: { host, record in
          guard let context = host?.pointee.ctx else { return pb_status(PB_E_ARGUMENT) }
          return Unmanaged<WorkerInstance>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.take(record) }
        }))
    host.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
  }

  func create(_ config: pb_span) -> pb_status {
    (isInside, credit) = (true, inputCost)
    let status = connector.create(host, config, &state)
    isInside = false
    return status == PB_OK && state == nil ? pb_status(PB_E_STATE) : status
  }

  @inline(__always)
  func deliver(_ input: UnsafePointer<pb_input>, _ payload: pb_span) -> pb_status {
    guard let state else { return pb_status(PB_E_STATE) }
    (seq, credit) = (input.pointee.rec.seq, inputCost)
    isInside = true
    let status = connector.deliver(state, input, payload)
    isInside = false
    return status
  }

  func destroy() { if let state { connector.destroy(state) } }

  @inline(__always)
  private func take(_ record: UnsafePointer<pb_rec>?) -> pb_status {
    guard let record, isInside, UInt(bitPattern: record) & 7 == 0 else { return drop() }
    credit -= InstanceBounds.handling
    guard credit > 0 else { return exceed() }
    let fault = checker.checkOutput(record)
    let start = record.pointee
    // Of such a record nothing but its size can be passed on.
    if case .size = fault { return drop(start.size) }
    guard start.size >= UInt32(MemoryLayout<pb_rec>.size) else { return drop(start.size) }
    credit -= Int(start.size)
    guard credit > 0 else { return exceed() }
    port.put(record, Int(start.size))
    if case .unknownKind = fault { return pb_status(PB_OK) }
    let isTaken = fault == nil && start.seq == seq && !ConnectorInstance.isTooLarge(start)
    return pb_status(isTaken ? PB_OK : PB_E_ARGUMENT)
  }

  private func drop(_ size: UInt32 = 0) -> pb_status {
    port.put(word: WorkerShape.Word.dropped, seq: seq, number: size)
    return pb_status(PB_E_ARGUMENT)
  }

  /// Once for an input: who does not stop is not heard any more.
  private func exceed() -> pb_status {
    if credit > -(1 << 40) {
      port.put(word: WorkerShape.Word.exceeded, seq: seq)
      // It may never come back from this call.
      port.publish()
      port.tell()
    }
    credit = -(1 << 41)
    return pb_status(PB_E_ARGUMENT)
  }
}
