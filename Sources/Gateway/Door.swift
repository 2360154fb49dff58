import CGateway
import CMicroHTTP

/// A way in: what listens, and who has a place there. On the gateway's thread.
///
/// There are as many places as the limits say. When all are taken, whoever comes gets the place of somebody who waits
/// for nothing: first of those who have never named a token, so that nobody locks out who has one.
final class Door {
  let daemon: () -> OpaquePointer?
  /// Whoever may open the socket's file is the owner; names and origins prove nothing there.
  let isSocket: Bool
  unowned let server: GatewayServer

  init(isSocket: Bool, server: GatewayServer, daemon: @escaping () -> OpaquePointer?) {
    (self.isSocket, self.server, self.daemon) = (isSocket, server, daemon)
  }

  private var places = DoorPlaces<OpaquePointer>()
  private var nextLook: Int64 = 0

  func began(_ connection: OpaquePointer) {
    let (now, limits) = (server.now, server.limits)
    if places.count >= limits.connections {
      guard let given = places.giveAway() else { return cgateway_cut(connection) }
      cgateway_cut(given)
    }
    places.enter(connection, isKnown: isSocket, now: now, due: now &+ limits.headTime)
  }

  /// Its request is read; the body may follow.
  func headCame(_ connection: OpaquePointer) { places.wait(connection, until: server.now &+ server.limits.bodyTime) }

  /// Its request is there, and is being answered. Who is not known has to read the answer soon.
  func requestCame(_ connection: OpaquePointer) { places.begin(connection, due: server.now &+ server.limits.bodyTime) }

  /// It has named a token that is known.
  func named(_ connection: OpaquePointer) { places.know(connection) }

  /// The next request of the connection may take its time to begin.
  func requestOver(_ connection: OpaquePointer) {
    let (now, limits) = (server.now, server.limits)
    let idle = places.isKnown(connection) ? limits.idleSeconds : limits.strangerSeconds
    places.end(connection, now: now, due: now &+ Int64(idle) * 1_000_000_000 &+ limits.headTime)
  }

  func ended(_ connection: OpaquePointer) { places.leave(connection) }

  /// Cuts those that were too slow off; looks once a second.
  func cutSlow(_ time: Int64) {
    guard time >= nextLook else { return }
    nextLook = time &+ 1_000_000_000
    for connection in places.late(time) {
      places.leave(connection)
      cgateway_cut(connection)
    }
  }
}

/// Who has a place at a door. A value; told the time in monotonic nanoseconds.
struct DoorPlaces<Key: Hashable> {
  private struct Place {
    var isKnown: Bool
    /// A request of it is being answered, or it is a stream.
    var isBusy = false
    /// When it came, or its last request was over.
    var since: Int64
    /// By when what is awaited of it must have come. Whoever sends a byte now and then is not idle, and would keep its
    /// place for ever.
    var due: Int64?
    let number: UInt64
  }

  private var places: [Key: Place] = [:]
  private var nextNumber: UInt64 = 0

  var count: Int { places.count }

  mutating func enter(_ key: Key, isKnown: Bool, now: Int64, due: Int64) {
    places[key] = Place(isKnown: isKnown, since: now, due: due, number: nextNumber)
    nextNumber += 1
  }

  func isKnown(_ key: Key) -> Bool { places[key]?.isKnown ?? false }

  mutating func wait(_ key: Key, until due: Int64) { places[key]?.due = due }

  mutating func begin(_ key: Key, due: Int64) {
    let isKnown = isKnown(key)
    places[key]?.isBusy = true
    places[key]?.due = isKnown ? nil : due
  }

  mutating func know(_ key: Key) {
    places[key]?.isKnown = true
    if places[key]?.isBusy == true { places[key]?.due = nil }
  }

  mutating func end(_ key: Key, now: Int64, due: Int64) {
    places[key]?.isBusy = false
    places[key]?.since = now
    places[key]?.due = due
  }

  mutating func leave(_ key: Key) { places[key] = nil }

  /// Those from whom what was awaited has not come.
  func late(_ time: Int64) -> [Key] { places.filter { $0.value.due.map { $0 <= time } ?? false }.map(\.key) }

  /// Takes the place of the one that can miss it best: one that is not known, busy or not, else one that is idle; of
  /// these the one that has been so for longest.
  /// - Returns: whose it was; `nil` where nobody can miss it.
  mutating func giveAway() -> Key? {
    let idle = places.filter { !$0.value.isKnown || !$0.value.isBusy }
    func order(_ place: Place) -> (Int, Int64, UInt64) { (place.isKnown ? 1 : 0, place.since, place.number) }
    guard let (key, _) = idle.min(by: { order($0.value) < order($1.value) }) else { return nil }
    places[key] = nil
    return key
  }
}
