import CNet
import Glibc
import JSONTree
import PatchbayHost
import Runtime
import Synchronization

/// The file of an `OrderLedger`, which only grows by whole lines. Any thread: a lane writes what an order is called
/// before the order can leave it.
final class LedgerFile: Sendable {
  private struct State {
    var descriptor: Int32 = -1
    /// Bytes of whole lines.
    var size: off_t = 0
    /// A part of a line stands at the end and cannot be taken away: the next one would be damaged by it.
    var isTorn = false
  }

  private let state = Mutex(State())
  private let write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int

  /// - Parameter write: as the system's call.
  init(write: @escaping @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { Glibc.write($0, $1, $2) }) {
    self.write = write
  }

  deinit { state.withLock { if $0.descriptor >= 0 { cnet_close($0.descriptor) } } }

  /// Whether the line is written: it then outlives this process, and after `sync` the machine. A line that the disk
  /// took a part of is taken away again.
  func append(_ value: JSONValue) -> Bool {
    let line = Array(LedgerRecord.sealed(value).utf8)
    return state.withLock { state in
      if state.isTorn { state.isTorn = ftruncate(state.descriptor, state.size) != 0 }
      guard !state.isTorn else { return false }
      let count = write(state.descriptor, line, line.count)
      if count == line.count {
        state.size &+= off_t(count)
        return true
      }
      let reason = count < 0 ? errno : ENOSPC
      if count > 0 { state.isTorn = ftruncate(state.descriptor, state.size) != 0 }
      errno = reason
      return false
    }
  }

  func sync() -> Bool { state.withLock { fdatasync($0.descriptor) == 0 } }

  /// Goes on with another file.
  func replace(by made: Int32) {
    state.withLock { state in
      if state.descriptor >= 0 { cnet_close(state.descriptor) }
      state.descriptor = made
      state.size = lseek(made, 0, SEEK_END)
      state.isTorn = false
    }
  }
}
