import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A host's claim on a folder that several hosts may use at once: each can see whether there are others. It ends with
/// the process. Any thread.
package final class FolderClaim: Sendable {
  private let folder: String
  private let opened = Mutex<Int32>(-1)
  /// Of fcntl.h, for locks of an open file, which hosts of one process have apart.
  private static let (getLock, setLock): (Int32, Int32) = (36, 37)
  static let file = ".hosts"

  package init(_ folder: String) { self.folder = folder }

  deinit { opened.withLock { if $0 >= 0 { close($0) } } }

  /// Makes the claim, as soon as the folder is there; once is enough.
  package func take() { _ = descriptor() }

  private func descriptor() -> Int32 {
    opened.withLock { opened in
      if opened >= 0 { return opened }
      opened = open("\(folder)/\(Self.file)", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard opened >= 0 else { return -1 }
      var lock = Self.lock(F_RDLCK)
      _ = fcntl(opened, Self.setLock, &lock)
      return opened
    }
  }

  /// Whether another host has a claim now. A folder that is not there has none.
  package var hasOthers: Bool {
    let descriptor = descriptor()
    guard descriptor >= 0 else { return false }
    var lock = Self.lock(F_WRLCK)
    return fcntl(descriptor, Self.getLock, &lock) != 0 || Int32(lock.l_type) != F_UNLCK
  }

  private static func lock(_ kind: Int32) -> flock {
    var lock = flock()
    (lock.l_type, lock.l_whence) = (Int16(kind), Int16(SEEK_SET))
    return lock
  }
}
