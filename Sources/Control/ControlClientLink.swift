import CNet
import Glibc
import JSONTree

/// One client as the server sees it: bytes that came and are no line yet, bytes that wait to be read, what is open.
final class ControlClientLink {
  /// A request that is answered again and again.
  struct Watch {
    let id: JSONValue
    let interval: Int64
    let poll: @Sendable () -> Void
    var due: Int64
    var isBusy = false
  }

  let token: UInt64
  let descriptor: Int32
  /// Has one of the reserved places.
  let isReserved: Bool
  /// When it sent something last, or was answered; monotonic.
  var active: Int64
  private var incoming: [UInt8] = []
  private var outgoing: [UInt8] = []
  private var sent = 0
  var openRequests = 0
  var watches: [Watch] = []
  /// The other side sends no more.
  private(set) var isEnded = false

  init(token: UInt64, descriptor: Int32, isReserved: Bool, now: Int64) {
    self.isReserved = isReserved
    active = now
    self.token = token
    self.descriptor = descriptor
  }

  deinit { cnet_close(descriptor) }

  var backlog: Int { outgoing.count - sent }
  /// It waits for nothing, and nothing of it is being done.
  var isIdle: Bool { openRequests == 0 }
  var wantsToWrite: Bool { backlog > 0 }

  /// Reads what is there; `false` when the connection is broken. Never more than a line's limit is held.
  func read(limit: Int) -> Bool {
    var part = [UInt8](repeating: 0, count: 16 << 10)
    while incoming.count <= limit {
      let count = recv(descriptor, &part, part.count, Int32(MSG_DONTWAIT))
      if count > 0 { incoming += part[..<count] } else {
        if count == 0 { isEnded = true }
        return count == 0 || errno == EAGAIN || errno == EINTR
      }
    }
    return true
  }

  /// The next whole line, without its end; `nil` = there is none yet.
  func nextLine() -> [UInt8]? {
    guard let end = incoming.firstIndex(of: 0x0a) else { return nil }
    defer { incoming.removeFirst(end + 1) }
    return Array(incoming[..<end])
  }

  /// Whether what came without an end is longer than a line may be.
  func hasTooLongLine(limit: Int) -> Bool { incoming.count > limit && !incoming.contains(0x0a) }

  func put(_ message: JSONValue) {
    outgoing += Array(JSONWriter.compact(message).utf8)
    outgoing.append(0x0a)
  }

  /// Writes what the kernel takes; `false` when the connection is broken.
  func flush() -> Bool {
    while backlog > 0 {
      let count = outgoing[sent...].withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return errno == EAGAIN || errno == EINTR }
      sent += count
    }
    outgoing.removeAll(keepingCapacity: backlog < 1 << 16)
    sent = 0
    return true
  }
}
