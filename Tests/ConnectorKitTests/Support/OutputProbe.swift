import CPatchbay
import Records

@testable import ConnectorKit
@testable import ConnectorTestKit

/// An `Output` without a connector: keeps what the checker accepts, and the faults of what it does not.
final class OutputProbe {
  private(set) var emitted: [EmittedRecord] = []
  private(set) var faults: [RecordFault] = []
  private let host: UnsafeMutablePointer<pb_host>
  private let checker = RecordChecker()
  let out: Output

  init() {
    host = .allocate(capacity: 1)
    host.initialize(
      to: pb_host(size: UInt32(MemoryLayout<pb_host>.size), reserved: 0, ctx: nil) { host, record in
        guard let record, let context = host?.pointee.ctx else { return pb_status(PB_E_ARGUMENT) }
        return Unmanaged<OutputProbe>.fromOpaque(context).takeUnretainedValue().keep(record)
      })
    out = Output(host: host)
    host.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    out.free()
    host.deallocate()
  }

  private func keep(_ record: UnsafePointer<pb_rec>) -> pb_status {
    if let fault = checker.checkOutput(record) {
      faults.append(fault)
      return pb_status(PB_E_ARGUMENT)
    }
    emitted.append(EmittedRecord(checked: record))
    return pb_status(PB_OK)
  }
}
