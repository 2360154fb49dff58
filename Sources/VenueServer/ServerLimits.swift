/// What a venue server bears: sizes in bytes, times in nanoseconds. One place, each with its reason.
public struct ServerLimits: Sendable {
  static let second: Int64 = 1_000_000_000

  /// Largest head of a request.
  public var head = 32 << 10
  /// Largest body of a request; orders come in hundreds of bytes, batches in some KiB.
  public var body = 1 << 20
  /// Requests of one connection that wait for their answers.
  public var pipeline = 64
  /// What may wait to be read by one socket before it is cut: venues end the connections of slow readers.
  public var slowReader = 16 << 20
  /// A venue that waits for its readers goes on when none of them has more than this waiting.
  public var highWater = 64 << 10
  /// What the kernel takes for one connection before the client does: with more, a client's snapshot would be far ahead
  /// of its stream.
  public var sendBuffer = 64 << 10
  /// From the accept to the end of the TLS handshake.
  public var handshake = 10 * second
  /// The peer's answer to our close frame, and its reading of a last answer.
  public var closing = 3 * second
  /// A connection on which nothing came or went.
  public var idle = 600 * second
  /// Messages of at least this size are compressed where the client agreed to it.
  public var compressed = 512

  public init() {}
}
