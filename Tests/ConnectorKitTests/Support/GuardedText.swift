import CPatchbay
import Glibc

/// Memory in which a text is followed by just the bytes that the contract promises, and then by a page that cannot be
/// read: a read beyond them ends the test at once. The promised bytes would go on with any number or string.
final class GuardedText {
  struct NoMemory: Error {}

  private let start: UnsafeMutablePointer<UInt8>
  private let size = 1 << 16
  private let page = 4096

  init() throws {
    let mapped = mmap(nil, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED, mprotect(mapped + size, page, PROT_NONE) == 0 else { throw NoMemory() }
    start = mapped.assumingMemoryBound(to: UInt8.self)
  }

  deinit { munmap(start, size + page) }

  /// The text at the end of the memory, before `PB_PAYLOAD_SLACK` bytes of `slack` over and over.
  func place(_ text: [UInt8], slack: String = "9999999\"") -> UnsafeBufferPointer<UInt8> {
    precondition(text.count + Int(PB_PAYLOAD_SLACK) <= size)
    let filler = Array(slack.utf8)
    let target = start + (size - Int(PB_PAYLOAD_SLACK) - text.count)
    for (index, byte) in text.enumerated() { target[index] = byte }
    for index in 0..<Int(PB_PAYLOAD_SLACK) { target[text.count + index] = filler[index % filler.count] }
    return UnsafeBufferPointer(start: target, count: text.count)
  }

  func place(_ text: String, slack: String = "9999999\"") -> UnsafeBufferPointer<UInt8> {
    place(Array(text.utf8), slack: slack)
  }
}
