import CNet
import Catalog
import Glibc
import PatchbayHost
import Runtime

/// The file of an `OrderLedger`, which only grows by whole lines. Any thread: a lane writes what an order is called
/// before the order can leave it.
final class LedgerFile: @unchecked Sendable {
  private let lock = Lock()
  /// Guarded by `lock`.
  private var descriptor: Int32 = -1

  deinit { if descriptor >= 0 { cnet_close(descriptor) } }

  /// Whether the line is written: it then outlives this process, and after `sync` the machine.
  func append(_ value: JSONValue) -> Bool {
    let line = Array("\(JSONWriter.compact(value))\n".utf8)
    return lock.with { write(descriptor, line, line.count) == line.count }
  }

  func sync() -> Bool { lock.with { fdatasync(descriptor) == 0 } }

  /// Goes on with another file.
  func replace(by made: Int32) {
    lock.with {
      if descriptor >= 0 { cnet_close(descriptor) }
      descriptor = made
    }
  }
}
