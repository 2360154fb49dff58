import Glibc

/// Memory whose end touches a page that cannot be read: a read behind a record placed here ends the test at once.
final class GuardedBlock {
  private let start: UnsafeMutableRawPointer
  private let size: Int
  private let page = 4096

  init(size: Int) throws {
    self.size = (size + page - 1) & ~(page - 1)
    let mapped = mmap(nil, self.size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { throw GuardedBlockError() }
    start = mapped
    guard mprotect(mapped + self.size, page, PROT_NONE) == 0 else { throw GuardedBlockError() }
  }

  deinit { munmap(start, size + page) }

  /// Copies the bytes so that the last one is the last readable one.
  func place(_ bytes: some Collection<UInt8>) throws -> UnsafeRawPointer {
    guard bytes.count <= size else { throw GuardedBlockError() }
    let target = start + (size - bytes.count)
    UnsafeMutableRawBufferPointer(start: target, count: bytes.count).copyBytes(from: bytes)
    return UnsafeRawPointer(target)
  }
}

struct GuardedBlockError: Error {}
