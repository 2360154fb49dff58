import Glibc
import Synchronization

/// The bytes of a library that were read, hashed and checked, in a memory file that nobody can change: what is loaded
/// from it is what was checked, here as in any number of workers, whatever happens to the file on disk.
final class LibraryImage: Sendable {
  let file: String
  let sha256: String
  let count: Int
  let descriptor: Int32
  private let isKept = Mutex(false)

  init(file: String, sha256: String, count: Int, descriptor: Int32) {
    (self.file, self.sha256, self.count, self.descriptor) = (file, sha256, count, descriptor)
  }

  deinit { if !isKept.withLock({ $0 }) { close(descriptor) } }

  /// It stays open for as long as the process lives.
  func keepOpen() { isKept.withLock { $0 = true } }
}
