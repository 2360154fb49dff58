import CPatchbay
import Records
import Testing

@testable import ConnectorKit
@testable import Vault

/// A connector's way out, behind which the guard stands: what is sent is resolved at once.
final class GuardedOutput {
  private let guarding: SendGuard
  private let time: Int64
  private let host: UnsafeMutablePointer<pb_host>
  private let out: Output
  private var result: Result<ResolvedSend, any Error>?

  /// - Parameter time: of the venue, in nanoseconds.
  init(_ guarding: SendGuard, time: Int64) {
    (self.guarding, self.time) = (guarding, time)
    host = .allocate(capacity: 1)
    host.initialize(
      to: pb_host(size: UInt32(MemoryLayout<pb_host>.size), reserved: 0, ctx: nil) { host, record in
        guard let record, let context = host?.pointee.ctx else { return pb_status(PB_E_ARGUMENT) }
        return Unmanaged<GuardedOutput>.fromOpaque(context).takeUnretainedValue().judge(record)
      })
    out = Output(host: host)
    host.pointee.ctx = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    out.free()
    host.deallocate()
  }

  private func judge(_ record: UnsafePointer<pb_rec>) -> pb_status {
    result = Result {
      if let fault = RecordChecker().checkOutput(record) { throw fault }
      return try guarding.resolve(RecordReader(checked: record), venueTime: time)
    }
    return pb_status(PB_OK)
  }

  /// Opens a stream for an account.
  func open(_ stream: pb_id, _ url: SealedText, account: pb_id, permission: String) throws {
    result = nil
    out.open(stream, url, account: account, permission: permission)
    _ = try #require(result).get()
  }

  /// What leaves of a request.
  /// - Throws: why it does not leave.
  func send(_ request: Request) throws -> ResolvedSend {
    result = nil
    out.send(request, id: 1)
    return try #require(result).get()
  }
}
