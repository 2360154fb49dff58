/// What goes wrong with a connection below the messages, where a venue cannot do it.
public enum LineFault: Equatable, Sendable {
  /// What is to be sent leaves slowly, in small pieces, until the connection ends.
  case drip(bytesPerSecond: Int)
  /// Nothing is read or written, and nothing is closed, for so many nanoseconds; then the connection is gone.
  case halfOpen(nanoseconds: Int64)
  /// Nothing is written for so many nanoseconds; then everything comes at once.
  case stall(nanoseconds: Int64)
  /// Bytes that are neither HTTP nor WebSocket stand in the stream.
  case garbage
  /// A WebSocket frame is announced that is larger than anybody takes. Nothing to a connection without a WebSocket.
  case oversizedFrame
  /// The connection is closed in the middle of what is being sent.
  case cut
  /// The same with a TCP reset.
  case reset
}

/// What goes wrong with a TLS handshake.
public enum HandshakeFlaw: CaseIterable, Equatable, Sendable {
  /// The certificate is for another name.
  case wrongName
  /// The certificate has expired.
  case expired
  /// The certificate is signed by an authority that nobody trusts.
  case untrusted
  /// The connection ends after the client's first message.
  case abort
}
