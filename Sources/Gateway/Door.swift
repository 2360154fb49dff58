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
