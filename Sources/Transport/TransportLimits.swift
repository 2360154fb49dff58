import WebSocket

/// Everything that bounds a network transport: times in nanoseconds, sizes in bytes. One place, each with its reason.
public struct TransportLimits: Sendable {
  public static let second: Int64 = 1_000_000_000

  // MARK: Streams
  /// From asking for a connection to the end of the WebSocket handshake: DNS, TCP, TLS through a slow proxy.
  public var connect = 15 * second
  /// Nothing received for so long ends a stream whose connector named no time of its own. Pongs count, so a quiet
  /// market does not end it; only a peer that is gone does.
  public var idle = 60 * second
  /// A stream is pinged as often as this: half-open connections are found, home routers keep their tables, and what is
  /// late is known to be.
  public var ping = 20 * second
  /// The first ping, after the handshake.
  public var firstPing = 2 * second
  /// After a ping, something has to come within this time.
  public var pong = 10 * second
  /// Where pings are answered at all, the answer has to come within this time, for it comes behind everything that was
  /// sent before it: a line that lags further shows a market that is gone, and is opened anew.
  public var lag = 30 * second
  /// A message that has begun has to be whole within this time: a peer that drips bytes holds memory and no news.
  public var stall = 30 * second
  /// The peer's answer to our close frame; then the connection is cut.
  public var closing = 3 * second
  /// Messages of one connection: see there.
  public var webSocket = WebSocketLimits()
  /// Streams of one connector instance. The widest venues need some dozens of sockets; more is a loop that opens.
  public var streams = 256
  /// Hosts and accounts of one connector instance whose failures are counted apart; see `ConnectRoute`.
  public var routes = 256
  /// Frames of one stream that wait because the socket takes no more. A venue that does not read gets no further
  /// orders: they are refused, as not sent.
  public var waitingFrames = 256
  /// Bytes of those frames.
  public var waitingBytes = 1 << 20
  /// Bytes read from one socket before the others have their turn.
  public var readTurn = 256 << 10
  /// What the messages of one socket may cost before the others have their turn: their bytes, unpacked, and
  /// `messageCost` each. A few compressed bytes can be many messages of many bytes.
  public var messageTurn = 2 << 20
  /// The same of all sockets of a lane before its jobs, among them those of the control socket, have theirs.
  public var laneTurn = 32 << 20
  static let messageCost = 128

  // MARK: Both
  /// Bytes of replies and messages that have begun and are not whole, of one connector instance. Each has its own
  /// limit; many at once must not take all memory. What goes beyond it is ended.
  public var unfinished = 256 << 20

  // MARK: HTTP
  /// A request without a deadline of its own gets this one.
  public var request = 10 * second
  /// Requests of one connector instance that wait or are under way; more are refused, as not sent.
  public var requests = 256
  /// Connections to one host. HTTP/2 needs one; for HTTP/1.1 it is what browsers open.
  public var connectionsPerHost = 6
  /// One reply's body, decompressed: lists of all instruments of the largest venues have some 20 MiB.
  public var replyBody = 64 << 20
  /// All headers of one reply.
  public var replyHeaders = 64 << 10
  /// URL and headers of one request, and its body: what venues take at most is far below.
  public var requestText = 1 << 20
  /// Idle connections are not used again after so many seconds: what a load balancer has forgotten costs a request.
  public var connectionAge = 50
  /// Connections that stand ready for orders to one server; what finds none of them free goes through libcurl.
  public var standing = 4
  /// Servers that connections stand ready for, of one connector instance.
  public var standingRoutes = 8
  /// For so long after the last order one connection is made ready anew when it has ended.
  public var standingFor = 900 * second
  /// After a connection that nothing went over, the next one is made so much later at least, and twice as long each
  /// time, at most `standingFor`.
  public var standingPause = second

  public init() {}
}
