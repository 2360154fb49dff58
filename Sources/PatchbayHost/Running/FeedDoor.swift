import CNet
import Control
import Runtime
import SharedFeed
import Synchronization
import Threads

#if canImport(Glibc)
  import Glibc
#endif

/// Where readers of the feed ask to be woken by a socket: `feed.bell.sock` in the data folder, for its owner alone. An
/// event loop that waits for sockets anyway needs no thread that sleeps on the feed's word.
///
/// A reader connects and sends 4 bytes, the bits that it follows, in the machine's byte order, and again when they
/// change. After each turn of a lane that published one of them it finds a byte; bytes that it has not read yet mean no
/// more than one. The connection ends with the host's feed. On a thread of its own.
package final class FeedDoor: @unchecked Sendable {
  /// Readers at once; more are turned away.
  package static let limit = 32
  static let name = "feed.bell.sock"

  private final class Reader {
    let descriptor: Int32
    var bits: UInt32 = 0
    /// Bytes of a number that came in part.
    var part: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Takes what has come; `false` when the connection is over.
    func read() -> Bool {
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
      for byte in bytes[..<count] {
        part.append(byte)
        guard part.count == 4 else { continue }
        bits = part.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
        part = []
      }
      return true
    }
  }

  /// Where it is; absolute, for programs elsewhere.
  package let path: String
  private let lanes: [LaneBells]
  private let listener: Int32
  private let poll: Int32
  private let alarm: Int32
  private let isOver = Atomic(false)
  private var thread: HostThread?
  // On its own thread alone.
  private var readers: [UInt64: Reader] = [:]
  private var nextToken = firstReader
  private static let firstReader: UInt64 = 2

  /// Listens, and serves until `stop`.
  /// - Parameter folder: the data folder, which the caller has locked.
  init(folder: String, lanes: [LaneBells]) throws(ControlFault) {
    let absolute = realpath(folder, nil)
    path = "\(absolute.map { String(cString: $0) } ?? folder)/\(Self.name)"
    free(absolute)
    self.lanes = lanes
    (poll, alarm) = (cnet_poll_create(), cnet_wake_create())
    listener = try ControlSocket.listen(in: folder, as: Self.name)
    guard poll >= 0, alarm >= 0, cnet_poll_set(poll, alarm, 0, 1, 0) == 0, cnet_poll_set(poll, listener, 1, 1, 0) == 0
    else { throw .socket(path, reason: "the system gives no more file descriptors; see ulimit -n") }
    thread = HostThread { [self] in serve() }
  }

  deinit {
    for descriptor in [listener, poll, alarm] where descriptor >= 0 { cnet_close(descriptor) }
  }

  /// Ends all connections, and takes the socket away. Once is enough.
  package func stop() {
    guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
    cnet_wake(alarm)
    thread?.join()
    unlink(path)
  }

  // MARK: The thread

  private func serve() {
    var ready = [cnet_ready](repeating: cnet_ready(), count: 8)
    while !isOver.load(ordering: .acquiring) {
      let count = cnet_poll_wait(poll, &ready, Int32(ready.count), 60_000_000_000)
      for index in 0..<max(0, Int(count)) { take(ready[index].token) }
    }
    for token in readers.keys { drop(token) }
  }

  private func take(_ token: UInt64) {
    switch token {
    case 0: cnet_wake_clear(alarm)
    case 1: accept()
    default:
      guard let reader = readers[token] else { return }
      guard reader.read() else { return drop(token) }
      publish()
    }
  }

  private func accept() {
    let descriptor = Glibc.accept(listener, nil, nil)
    guard descriptor >= 0 else { return }
    guard readers.count < Self.limit, cnet_poll_set(poll, descriptor, nextToken, 1, 0) == 0 else {
      return cnet_close(descriptor)
    }
    // One that never reads keeps few bytes of the kernel's memory.
    var room: Int32 = 4096
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    readers[nextToken] = Reader(descriptor)
    nextToken += 1
  }

  private func drop(_ token: UInt64) {
    guard let reader = readers.removeValue(forKey: token) else { return }
    // No lane rings it any more when it is closed.
    publish()
    cnet_poll_remove(poll, reader.descriptor)
    cnet_close(reader.descriptor)
  }

  private func publish() {
    let list = readers.values.map { LaneBells.Bell(descriptor: $0.descriptor, bits: $0.bits) }
    for lane in lanes { lane.set(list) }
  }
}
