/// What the gateway bounds. docs/api.md has them for users.
package struct GatewayLimits: Sendable {
  /// Connections of one way in (TCP, the Unix socket), streams included.
  package var connections = 128
  /// Seconds without a request after which a connection is closed; streams and requests under way are not idle.
  package var idleSeconds: UInt32 = 60
  /// The same for a connection that has named no token.
  package var strangerSeconds: UInt32 = 5
  /// From the connection to the end of a request's headers, and from there to the end of its body; nanoseconds.
  package var headTime: Int64 = 10_000_000_000
  package var bodyTime: Int64 = 30_000_000_000
  /// Bytes of a request's line and headers.
  package var headBytes = 32 << 10
  /// Bytes of a request's body.
  package var bodyBytes = 256 << 10
  /// Requests of one client that are not answered yet.
  package var openRequests = 64
  /// Most requests at once, as a multiple of those of a second.
  package var burst = 2
  /// Streams in all, and of one client.
  package var streams = 64
  package var streamsOfClient = 16
  /// Subscriptions of one stream.
  package var subscriptions = 256
  /// Messages that a stream may send in a second, and at once.
  package var messagesPerSecond = 20
  package var messagesAtOnce = 100
  /// Bytes of a message from a stream's client.
  package var messageBytes = 64 << 10
  /// Bytes for a stream's client that the kernel keeps, before any wait here.
  package var kernelBytes: Int32 = 256 << 10
  /// While more bytes than this wait for a stream's client, what can be left out is.
  package var conflateBytes = 256 << 10
  /// A stream's client for which more bytes wait is cut off.
  package var backlogBytes = 8 << 20
  /// Between two pings, and until a client that has sent nothing is cut off; nanoseconds.
  package var ping: Int64 = 20_000_000_000
  package var silence: Int64 = 60_000_000_000
  /// Between two looks at balances and positions, and at connectors; nanoseconds.
  package var accounts: Int64 = 100_000_000
  package var connectors: Int64 = 500_000_000
  /// Questions to the journal that wait.
  package var historyQuestions = 32

  package init() {}
}

/// So many at once and so many a second. A value; given the time in monotonic nanoseconds.
struct RateBucket {
  private let capacity: Int64
  private let interval: Int64
  /// When it is full again.
  private var full: Int64 = 0

  init(perSecond: Int, burst: Int) {
    capacity = Int64(max(1, burst))
    interval = 1_000_000_000 / Int64(max(1, perSecond))
  }

  /// Whether one more may pass now.
  mutating func take(now: Int64) -> Bool {
    let next = max(full, now) + interval
    guard next - now <= capacity * interval else { return false }
    full = next
    return true
  }
}
