/// The time as a venue is given it: nanoseconds, monotonic and since the Unix epoch. The venue's own clock may differ.
public struct VenueTime: Equatable, Sendable {
  public var mono: Int64
  public var wall: Int64

  public init(mono: Int64, wall: Int64) {
    self.mono = mono
    self.wall = wall
  }
}

/// A request that has come whole, or the request of a WebSocket's opening.
public struct VenueRequest: Equatable, Sendable {
  /// In upper case.
  public var method: String
  /// Behind the prefix under which the venue is served; begins with `/`, without the query, as it came (not decoded).
  public var path: String
  /// Behind the `?`, as it came; empty when there is none.
  public var query: String
  /// Names in lower case, in the order they came.
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]
  /// Names the other side: clients behind one address share its limits.
  public var address: String

  public init(
    method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
    body: [UInt8] = [], address: String = "127.0.0.1"
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.address = address
  }

  /// The first header of this name, which is in lower case.
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  public static func == (left: Self, right: Self) -> Bool {
    left.method == right.method && left.path == right.path && left.query == right.query && left.body == right.body
      && left.address == right.address && left.headers.elementsEqual(right.headers) { $0 == $1 }
  }
}

/// What a venue answers to a request.
public struct VenueReply: Equatable, Sendable {
  public var status: Int
  /// Beside those that every reply has (length, connection).
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]

  public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.status == right.status && left.body == right.body
      && left.headers.elementsEqual(right.headers) { $0 == $1 }
  }
}

/// A WebSocket message.
public enum VenueFrame: Equatable, Sendable {
  case text([UInt8])
  case binary([UInt8])
}

/// What a venue wants done. The network carries it out; a simulation, or faults in between, may do otherwise.
public enum VenueAction: Equatable, Sendable {
  /// Answers a request. Each request is answered once, now or later.
  case reply(request: UInt64, VenueReply)
  /// Takes the socket whose opening was asked for.
  case accept(socket: UInt64)
  /// Refuses it: the upgrade is answered with this instead.
  case refuse(socket: UInt64, VenueReply)
  /// Sends a message on an accepted socket.
  case send(socket: UInt64, VenueFrame)
  /// Closes a socket with a close frame.
  case close(socket: UInt64, code: UInt16, reason: String)
  /// Ends the connection of a socket without a word.
  case cut(socket: UInt64)
  /// Ends the connection of a request without an answer. The request counts as answered.
  case drop(request: UInt64)
}

/// A venue as those on the other side of the network see it, but without a network: requests and frames in, actions
/// out, on the time it is reported. Deterministic: the same inputs at the same times give the same actions. Requests
/// and sockets are numbered by whoever carries them; numbers never come twice. Belongs to one thread.
public protocol ServedVenue: AnyObject {
  func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction])
  /// A WebSocket is to be opened; answer with `accept` or `refuse`.
  func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction])
  func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction])
  /// The other side closed a socket, or it was cut. Not told after the venue's own `close` or `cut`.
  func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction])
  /// Does what is due.
  /// - Returns: the monotonic time at which there is more to do; `nil` = only after an input.
  func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64?
}
