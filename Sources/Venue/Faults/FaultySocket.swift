/// A socket as the line treats it.
struct FaultySocket {
  let path: String
  /// Nothing passes before.
  var mutedUntil = Int64.min
  /// Messages wait until then, in their order.
  var heldUntil = Int64.min
  var held: [VenueFrame] = []
  /// Messages that let the next one pass first.
  var overtaken: [VenueFrame] = []

  init(path: String) { self.path = path }
}

extension FaultyVenue {
  /// Does an action later. What is to be done at the same time keeps its order.
  func wait(_ action: VenueAction, until time: Int64) {
    let place = waiting.firstIndex { $0.time > time } ?? waiting.count
    waiting.insert((time, action), at: place)
  }

  /// Lets go what has waited long enough.
  func release(_ now: VenueTime, _ actions: inout [VenueAction]) {
    while let first = waiting.first, first.time <= now.mono {
      waiting.removeFirst()
      actions.append(first.action)
    }
    for id in sockets.keys.sorted() {
      guard let socket = sockets[id], !socket.held.isEmpty, socket.heldUntil <= now.mono else { continue }
      sockets[id]?.held = []
      for frame in socket.held { actions.append(.send(socket: id, frame)) }
    }
  }

  /// When messages that are held may go.
  var nextRelease: Int64? { sockets.values.filter { !$0.held.isEmpty }.map(\.heldUntil).min() }

  /// Forgets a socket; whether it was there.
  func forget(_ id: UInt64) -> Bool { sockets.removeValue(forKey: id) != nil }
}
