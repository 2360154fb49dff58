import Glibc

/// Memory in which bytes are followed at once by a page that cannot be read: a read behind them ends the test.
final class EndOfPage {
  struct NoMemory: Error {}

  private let start: UnsafeMutablePointer<UInt8>
  private let size = 1 << 20
  private let page = 4096

  init() throws {
    let mapped = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED, mprotect(mapped + size, page, PROT_NONE) == 0 else { throw NoMemory() }
    start = mapped.assumingMemoryBound(to: UInt8.self)
  }

  deinit { munmap(start, size + page) }

  func place(_ bytes: [UInt8]) -> UnsafeBufferPointer<UInt8> {
    precondition(bytes.count <= size)
    let target = start + (size - bytes.count)
    target.update(from: bytes, count: bytes.count)
    return UnsafeBufferPointer(start: target, count: bytes.count)
  }
}
