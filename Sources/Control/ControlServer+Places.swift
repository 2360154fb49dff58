import CNet
import Glibc

/// Who has a place. Nobody can keep the owner from `halt` and `stop` by connecting and saying nothing.
extension ControlServer {
  func accept() {
    while true {
      let descriptor = Glibc.accept(socket.descriptor, nil, nil)
      guard descriptor >= 0 else { return }
      // The socket's mode lets nobody else in; a folder that was open for a moment might have.
      let user = cnet_peer_user(descriptor)
      guard user == Int64(geteuid()) || user == 0, let isReserved = makePlace() else {
        cnet_close(descriptor)
        continue
      }
      let client = ControlClientLink(token: nextToken, descriptor: descriptor, isReserved: isReserved, now: clock())
      nextToken += 1
      guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0,
        cnet_poll_set(poll, descriptor, client.token, 1, 0) == 0
      else { continue }
      clients[client.token] = client
      client.put(greeting)
    }
  }

  /// Finds a place for a client: a free one, that of the one that has been idle longest, or a reserved one.
  /// - Returns: whether it is reserved; `nil` when every place is busy.
  private func makePlace() -> Bool? {
    let usual = clients.values.filter { !$0.isReserved }
    if usual.count < limits.clients { return false }
    if let idle = longestIdle(usual) {
      drop(idle)
      return false
    }
    let reserved = clients.values.filter(\.isReserved)
    if reserved.count < limits.reserved { return true }
    guard let idle = longestIdle(reserved) else { return nil }
    drop(idle)
    return true
  }

  private func longestIdle(_ clients: [ControlClientLink]) -> ControlClientLink? {
    clients.filter(\.isIdle).min { ($0.active, $0.token) < ($1.active, $1.token) }
  }

  /// Cuts off those that have said nothing for long. What waits for an answer or watches is not idle.
  func dropIdle(now: Int64) {
    for client in Array(clients.values) where client.isIdle && now - client.active >= limits.idle { drop(client) }
  }
}
