import CHost
import Glibc

/// Bytes of a secret in memory of their own: wiped when they are let go, kept out of core dumps and, where the system
/// lets us, out of swap. Nothing prints them: description, debugger and `dump` see a mask.
///
/// Immutable, so it may be used from several threads. Whoever copies the bytes into an array keeps the copy.
public final class SecretBytes: @unchecked Sendable {
  private let storage: UnsafeMutableRawBufferPointer

  /// Copies the bytes; the source stays as it is. Nil when there is no memory.
  public init?(_ bytes: some Collection<UInt8>) {
    guard let memory = chost_secret_allocate(bytes.count) else { return nil }
    storage = UnsafeMutableRawBufferPointer(start: memory, count: bytes.count)
    storage.copyBytes(from: bytes)
  }

  deinit { chost_secret_free(storage.baseAddress, storage.count) }

  public var count: Int { storage.count }

  /// Lends the bytes for the time of the call.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try body(UnsafeRawBufferPointer(storage))
  }

  /// The same for what throws faults of one type.
  func lend<Fault: Error>(_ body: (UnsafeRawBufferPointer) throws(Fault) -> Void) throws(Fault) {
    try body(UnsafeRawBufferPointer(storage))
  }

  /// A copy, which the caller should wipe when it is done.
  public func copy() -> [UInt8] { Array(storage) }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "<secret>" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .class) }
}

extension SecretBytes: Equatable {
  /// Takes as long for equal as for different bytes of one length.
  public static func == (left: SecretBytes, right: SecretBytes) -> Bool {
    left.count == right.count && zip(left.storage, right.storage).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

extension [UInt8] {
  /// Overwrites the bytes with zeros and empties the array. Bytes that another array shares are left to it.
  mutating func wipe() {
    withUnsafeMutableBytes { chost_wipe($0.baseAddress, $0.count) }
    removeAll()
  }
}

/// What a process does before it opens a store.
public enum ProcessGuard {
  /// Turns core dumps off and keeps debuggers out, for the life of the process. False when the system refuses.
  public static func close() -> Bool { chost_guard_process() == 0 }

  /// What stands in `PATCHBAY_PASSWORD`, which is overwritten and removed; nil = there is no such variable. To be
  /// called before other threads start, and before anything else copies the environment.
  public static func takePassword() -> SecretBytes? {
    defer { chost_forget_password() }
    guard let text = getenv(CHOST_PASSWORD) else { return nil }
    return SecretBytes(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }
}
