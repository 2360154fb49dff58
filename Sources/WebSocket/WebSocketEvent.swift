/// What a WebSocket connection received. Payloads are borrowed: they live until the machine is called again, and at
/// least 64 readable bytes follow them.
public enum WebSocketEvent {
  /// A whole message of valid UTF-8.
  case text(UnsafeBufferPointer<UInt8>)
  /// A whole message of bytes.
  case binary(UnsafeBufferPointer<UInt8>)
  /// The answer has been queued already.
  case ping(UnsafeBufferPointer<UInt8>)
  case pong(UnsafeBufferPointer<UInt8>)
  /// The peer closes; the answer has been queued. 1005 when it gave no code. Nothing follows.
  case closed(code: UInt16, reason: UnsafeBufferPointer<UInt8>)
  /// The peer broke the protocol; a close frame with the fault's code has been queued. Nothing follows.
  case failed(WebSocketFault)
}

/// How a peer broke the WebSocket protocol.
public enum WebSocketFault: Error, Equatable, Sendable {
  /// A reserved bit without an extension that uses it.
  case reservedBits
  /// An opcode that RFC 6455 does not define.
  case reservedOpcode
  /// A control frame in fragments or longer than 125 bytes.
  case badControlFrame
  /// A length written longer than needed, or beyond 63 bits.
  case badLength
  /// A frame to a server without a mask, or to a client with one.
  case badMask
  /// A continuation without a message, or a new message inside another.
  case badFragment
  /// A close frame with half a code, a code that must not be sent, or a reason that is no UTF-8.
  case badClose
  /// A text message that is no UTF-8.
  case badText
  /// A compressed message that does not decompress.
  case badCompression
  /// A message beyond `WebSocketLimits.message`.
  case tooLarge

  /// The close code that the peer is reported.
  public var closeCode: UInt16 {
    switch self {
    case .badText, .badCompression: 1007
    case .tooLarge: 1009
    default: 1002
    }
  }
}

extension WebSocketFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .reservedBits: "a reserved bit is set"
    case .reservedOpcode: "a frame has an opcode that is not defined"
    case .badControlFrame: "a control frame is fragmented or too long"
    case .badLength: "a frame's length is not written as it has to be"
    case .badMask: "a frame is masked that must not be, or is not that must be"
    case .badFragment: "the fragments of a message are not in order"
    case .badClose: "a close frame has a code or reason that must not be sent"
    case .badText: "a text message is not UTF-8"
    case .badCompression: "a compressed message cannot be unpacked"
    case .tooLarge: "a message is larger than the limit"
    }
  }
}

/// The kinds of frames of RFC 6455 11.8.
public enum WebSocketOpcode: UInt8, Sendable {
  case continuation = 0
  case text = 1
  case binary = 2
  case close = 8
  case ping = 9
  case pong = 10

  var isControl: Bool { rawValue >= 8 }
}
