/// What one WebSocket connection may cost. Every limit is here, with its reason.
public struct WebSocketLimits: Sendable {
  /// Largest payload of one message in bytes, after decompression, whatever the number of its frames. Snapshots of all
  /// instruments of a large exchange are a few MiB; four times that is not market data any more. It also bounds what a
  /// compressed message may expand to.
  public var message = 16 << 20
  /// Largest head of a handshake in bytes. Cookies and policy headers of content networks reach some KiB.
  public var handshake = 16 << 10
  /// Answers to pings that wait to be written, in bytes. A peer that pings and does not read gets no more of them: RFC
  /// 6455 5.5.3 allows leaving pings out.
  public var unsentPongs = 4 << 10
  /// Receive buffers larger than this are given back once they are empty.
  public var keptBuffer = 256 << 10

  public init() {}

  /// Largest payload of a control frame (RFC 6455 5.5).
  static let control = 125
  /// Where a buffer starts: the size of one TLS record.
  public static let firstBuffer = 16 << 10
  /// Bytes that can be read behind every payload (`PB_PAYLOAD_SLACK` of the contract).
  static let slack = 64
}
