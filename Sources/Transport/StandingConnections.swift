import Runtime

/// Connections to one server that stand ready for orders.
final class StandingRoute {
  /// Without the path.
  let url: VenueURL
  /// What every head has behind its first line.
  let lines: [UInt8]
  private unowned let owner: StandingConnections
  private var connections: [StandingConnection] = []
  /// What it answers cannot be read here; libcurl has to.
  var isUnfit = false
  /// When an order went there last.
  private var lastUse: Int64?
  /// Connections in a row that nothing went over.
  private var failures = 0
  private var notBefore = Int64.min

  init(_ url: VenueURL, _ owner: StandingConnections) {
    var url = url
    url.target = "/"
    (self.url, self.owner) = (url, owner)
    lines = Array("Host: \(url.authority)\r\nAccept-Encoding: identity\r\n".utf8)
  }

  func leads(to url: VenueURL) -> Bool {
    self.url.port == url.port && self.url.scheme == url.scheme && self.url.host == url.host
  }

  /// One that is ready; where there is none, one is begun for the next order.
  func take(now: Int64) -> StandingConnection? {
    guard !isUnfit else { return nil }
    lastUse = now
    // One that is found dead takes itself out.
    for connection in connections where connection.isReady(now: now) { return connection }
    begin(now: now)
    return nil
  }

  private func begin(now: Int64) {
    guard !isUnfit, now >= notBefore, connections.count < owner.loop.limits.standing,
      !connections.contains(where: \.isConnecting), let connection = StandingConnection(self, owner.loop, owner.options)
    else { return }
    connections.append(connection)
  }

  /// A connection has ended; another takes its place while orders are likely.
  func ended(_ connection: StandingConnection, isAged: Bool) {
    guard let index = connections.firstIndex(where: { $0 === connection }) else { return }
    connections.remove(at: index)
    let now = owner.loop.clock.now().mono
    let limits = owner.loop.limits
    if connection.isUsed {
      failures = 0
    } else if !isAged {
      let pause = limits.standingPause << min(failures, 20)
      notBefore = now + min(pause, limits.standingFor)
      failures += 1
    }
    if connections.isEmpty, let lastUse, now - lastUse < limits.standingFor { begin(now: now) }
  }

  func end() {
    let all = connections
    connections = []
    for connection in all { connection.drop() }
  }
}

/// The connections of one transport that stand ready for orders. An order that finds one free leaves over it at once;
/// every other request, and an order that finds none, goes through libcurl, which also waits, retries where that is
/// allowed, and speaks HTTP/2.
final class StandingConnections {
  let loop: EventLoop
  let options: ConnectionOptions
  private var routes: [StandingRoute] = []

  init(_ loop: EventLoop, _ options: ConnectionOptions) { (self.loop, self.options) = (loop, options) }

  deinit { end() }

  /// A connection to a URL's server that is ready, and its route.
  func take(_ url: VenueURL, now: Int64) -> (StandingConnection, StandingRoute)? {
    var route = routes.first { $0.leads(to: url) }
    if route == nil, routes.count < loop.limits.standingRoutes {
      route = StandingRoute(url, self)
      route.map { routes.append($0) }
    }
    guard let route, let connection = route.take(now: now) else { return nil }
    return (connection, route)
  }

  /// Ends all of them.
  func end() {
    let all = routes
    routes = []
    for route in all { route.end() }
  }
}
