/// One side of an open WebSocket connection (RFC 6455), without the socket: bytes go in, events come out; messages go
/// in, bytes come out. The same for client and server; the handshake is `ClientHandshake` and `ServerHandshake`.
///
///     machine.receive(bytes)                       // or receive(atLeast:_:), straight from the socket
///     while let event = machine.next() { ... }
///     machine.send(.text, payload)
///     write(machine.output)
///
/// Pings and close frames are answered by the machine itself. The payload of an uncompressed message in one frame is
/// handed out where it was received, without a copy; others are put together in a second buffer. Text is checked as it
/// comes, so a bad byte fails before its frame is whole. Not thread-safe; reads no clock and no randomness.
public struct WebSocketMachine: ~Copyable {
  public enum Role: Sendable { case client, server }

  /// How far the connection is.
  public enum Phase: Sendable {
    case open
    /// We sent a close frame and wait for the peer's.
    case closing
    /// The peer closed, or broke the protocol: nothing is received or sent any more.
    case over
  }

  public let role: Role
  public private(set) var phase = Phase.open
  /// A frame or message has begun and is not whole.
  public var isInsideMessage: Bool { !input.isEmpty || kind != nil }
  /// Bytes of it that are held.
  public var unfinishedBytes: Int { isInsideMessage ? input.count &+ message.count : 0 }
  /// Bytes for the peer. The owner takes them from the front.
  public var output = ByteQueue(capacity: 1024)

  private let limits: WebSocketLimits
  private let nextMask: () -> UInt32
  private let inflater: Inflater?
  private let deflater: Deflater?

  private var input = ByteQueue()
  /// Bytes at the front of `input` that the last event may still point to.
  private var lent = 0
  private var frame: FrameHeader?
  /// Payload bytes of `frame` that have been unmasked and checked.
  private var seen = 0

  /// Parts of a message in fragments, or what a compressed one expands to.
  private var message = ByteQueue(capacity: 64)
  private var isMessageLent = false
  /// What the message that has begun is; `nil` between messages.
  private var kind: WebSocketOpcode?
  private var isMessageCompressed = false
  private var text = UTF8Check()

  /// - Parameters:
  ///   - deflate: what the handshake agreed on; `nil` = no compression. Costs about 300 KiB of memory.
  ///   - nextMask: a fresh unpredictable mask for each frame that a client sends (RFC 6455 5.3).
  public init(
    role: Role, deflate: DeflateAgreement? = nil, limits: WebSocketLimits = WebSocketLimits(),
    nextMask: @escaping () -> UInt32
  ) {
    self.role = role
    self.limits = limits
    self.nextMask = nextMask
    let isServer = role == .server
    inflater = deflate.flatMap { Inflater(resetsAfterMessage: isServer ? $0.clientNoContext : $0.serverNoContext) }
    deflater = deflate.flatMap {
      Deflater(
        windowBits: isServer ? $0.serverWindowBits : 15,
        resetsAfterMessage: isServer ? $0.serverNoContext : $0.clientNoContext)
    }
  }

  // MARK: Receiving

  /// Takes bytes from the peer; what the last event lent is gone.
  public mutating func receive(_ bytes: UnsafeRawBufferPointer) {
    release()
    if phase != .over { input.append(bytes) }
  }

  /// Lets `read` put bytes from the peer where they belong, into at least `room` bytes.
  /// - Returns: what `read` answered.
  public mutating func receive(atLeast room: Int, _ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
    release()
    input.shrink(to: limits.keptBuffer)
    return input.write(atLeast: room, read)
  }

  /// What has been received; `nil` when more bytes are needed, or nothing can follow.
  public mutating func next() -> WebSocketEvent? {
    release()
    while phase != .over {
      do throws(WebSocketFault) {
        guard let header = try header(), try payload(header) else { return nil }
        frame = nil
        seen = 0
        lent = header.size + header.length
        if let event = try whole(header) { return event }
        release()
      } catch {
        return fail(error)
      }
    }
    return nil
  }

  private mutating func release() {
    input.removeFirst(lent)
    lent = 0
    guard isMessageLent else { return }
    isMessageLent = false
    message.removeAll()
    message.shrink(to: limits.keptBuffer)
  }

  /// The head of the frame at the front, checked against what may come now.
  private mutating func header() throws(WebSocketFault) -> FrameHeader? {
    if let frame { return frame }
    guard let header = try FrameHeader.read(UnsafeRawBufferPointer(input.bytes)) else { return nil }
    if header.isCompressed, inflater == nil || header.opcode.isControl || header.opcode == .continuation {
      throw .reservedBits
    }
    if (header.mask != nil) != (role == .server) { throw .badMask }
    if !header.opcode.isControl {
      if (header.opcode == .continuation) != (kind != nil) { throw .badFragment }
      if header.length > limits.message || message.count + header.length > limits.message { throw .tooLarge }
      if header.opcode != .continuation {
        kind = header.opcode
        isMessageCompressed = header.isCompressed
        text = UTF8Check()
      }
    }
    frame = header
    return header
  }

  /// Unmasks and checks what has come of the payload; whether all of it has.
  private mutating func payload(_ header: FrameHeader) throws(WebSocketFault) -> Bool {
    let here = min(input.count - header.size, header.length)
    if here > seen {
      let fresh = UnsafeMutableRawBufferPointer(rebasing: input.bytes[(header.size + seen)..<(header.size + here)])
      if let mask = header.mask { applyMask(mask, fresh, position: seen) }
      if !header.opcode.isControl, kind == .text, !isMessageCompressed, !text.accept(UnsafeRawBufferPointer(fresh)) {
        throw .badText
      }
      seen = here
    }
    return here == header.length
  }

  /// What a whole frame means; `nil` when its message goes on.
  private mutating func whole(_ header: FrameHeader) throws(WebSocketFault) -> WebSocketEvent? {
    let payload = UnsafeRawBufferPointer(rebasing: input.bytes[header.size..<(header.size + header.length)])
    if header.opcode.isControl { return try control(header.opcode, payload) }
    guard let kind else { throw .badFragment }
    var body = payload
    if isMessageCompressed, let inflater {
      let start = message.count
      let fault = inflater.inflate(payload, isLast: header.isFinal, into: &message, limit: limits.message)
      if let fault { throw fault }
      let fresh = UnsafeRawBufferPointer(rebasing: message.bytes[start...])
      if kind == .text, !text.accept(fresh) { throw .badText }
    } else if !header.isFinal || header.opcode == .continuation {
      message.append(payload)
    }
    guard header.isFinal else { return nil }
    if kind == .text, !text.isWhole { throw .badText }
    if isMessageCompressed || header.opcode == .continuation {
      isMessageLent = true
      body = UnsafeRawBufferPointer(message.bytes)
    }
    self.kind = nil
    let bytes = body.bindMemory(to: UInt8.self)
    return kind == .text ? .text(bytes) : .binary(bytes)
  }

  private mutating func control(
    _ opcode: WebSocketOpcode, _ payload: UnsafeRawBufferPointer
  ) throws(WebSocketFault) -> WebSocketEvent {
    let bytes = payload.bindMemory(to: UInt8.self)
    switch opcode {
    case .ping:
      if phase == .open, output.count <= limits.unsentPongs { frame(.pong, payload) }
      return .ping(bytes)
    case .pong: return .pong(bytes)
    default:
      let code = try closeCode(payload)
      if phase == .open { frame(.close, UnsafeRawBufferPointer(rebasing: payload.prefix(2))) }
      phase = .over
      return .closed(code: code, reason: UnsafeBufferPointer(rebasing: bytes.dropFirst(2)))
    }
  }

  /// The code of a close frame (RFC 6455 7.4).
  private func closeCode(_ payload: UnsafeRawBufferPointer) throws(WebSocketFault) -> UInt16 {
    if payload.isEmpty { return 1005 }
    guard payload.count >= 2 else { throw .badClose }
    let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
    var check = UTF8Check()
    guard check.accept(UnsafeRawBufferPointer(rebasing: payload[2...])), check.isWhole else { throw .badClose }
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: return code
    default: throw .badClose
    }
  }

  private mutating func fail(_ fault: WebSocketFault) -> WebSocketEvent {
    if phase == .open { closeFrame(fault.closeCode, "") }
    phase = .over
    return .failed(fault)
  }

  // MARK: Sending

  /// Queues a message, a ping or a pong for the peer; nothing once the connection is closing.
  /// - Parameter compressed: compress it where the handshake agreed on that. Never for text with secrets in it: the
  ///   length of compressed text says about its content.
  public mutating func send(_ opcode: WebSocketOpcode, _ payload: UnsafeRawBufferPointer, compressed: Bool = false) {
    guard phase == .open else { return }
    if compressed, !opcode.isControl, let deflater {
      let packed = deflater.deflate(payload)
      frame(opcode, UnsafeRawBufferPointer(packed.bytes), isCompressed: true)
    } else {
      frame(opcode, payload)
    }
  }

  /// Queues one piece of a message: the first with the message's opcode, later ones as `.continuation`.
  public mutating func sendFragment(_ opcode: WebSocketOpcode, _ payload: UnsafeRawBufferPointer, isFinal: Bool) {
    if phase == .open { frame(opcode, payload, isFinal: isFinal) }
  }

  /// Queues a close frame. The connection is over when the peer has answered with `.closed`.
  /// - Parameter code: one that may be sent (RFC 6455 7.4); any other is sent as 1000.
  public mutating func close(code: UInt16 = 1000, reason: String = "") {
    guard phase == .open else { return }
    phase = .closing
    let isLegal = (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
    closeFrame(isLegal ? code : 1000, reason)
  }

  private mutating func closeFrame(_ code: UInt16, _ reason: String) {
    var cut = reason[...]
    while cut.utf8.count > WebSocketLimits.control - 2 { cut.removeLast() }
    let payload = [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + cut.utf8
    payload.withUnsafeBytes { frame(.close, $0) }
  }

  private mutating func frame(
    _ opcode: WebSocketOpcode, _ payload: UnsafeRawBufferPointer, isFinal: Bool = true, isCompressed: Bool = false
  ) {
    let mask = role == .client ? nextMask() : nil
    FrameHeader(
      isFinal: isFinal, isCompressed: isCompressed, opcode: opcode, mask: mask, length: payload.count, size: 0
    ).write(to: &output)
    let start = output.count
    output.append(payload)
    if let mask { applyMask(mask, UnsafeMutableRawBufferPointer(rebasing: output.bytes[start...]), position: 0) }
  }
}
