/// The updates that came before their snapshot: whole frames, in order, in one block of memory, bounded by number and
/// size.
///
/// Frames and not parsed updates, because then the same code reads them whether they came early or not.
public final class FrameQueue {
  public let maxFrames: Int
  public let maxBytes: Int
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// - Parameters: limits; the defaults are the thousand updates that connectors are expected to keep per book.
  public init(maxFrames: Int = 1000, maxBytes: Int = 4 << 20) {
    self.maxFrames = maxFrames
    self.maxBytes = maxBytes
  }

  public var count: Int { ends.count }
  public var isEmpty: Bool { ends.isEmpty }

  /// Keeps a copy of `frame`; `false`, and nothing kept, when the queue is full.
  public func append(_ frame: UnsafeBufferPointer<UInt8>) -> Bool {
    guard ends.count < maxFrames, bytes.count + frame.count <= maxBytes else { return false }
    bytes.append(contentsOf: frame)
    ends.append(bytes.count)
    return true
  }

  /// Forgets all; the memory is kept for the next time.
  public func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  /// Takes all frames out and hands them to `body` in order, each followed by 64 readable bytes, until it says `false`;
  /// frames that `body` appends meanwhile are kept.
  public func drain(_ body: (UnsafeBufferPointer<UInt8>) -> Bool) {
    var taken = bytes
    let limits = ends
    bytes = []
    ends = []
    taken.append(contentsOf: repeatElement(0, count: 64))
    taken.withUnsafeBufferPointer { buffer in
      var start = 0
      for end in limits {
        guard body(UnsafeBufferPointer(rebasing: buffer[start..<end])) else { break }
        start = end
      }
    }
  }
}
