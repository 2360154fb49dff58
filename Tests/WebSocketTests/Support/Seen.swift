import WebSocket

/// An event with its bytes copied, for comparing.
enum Seen: Equatable {
  case text([UInt8]), binary([UInt8]), ping([UInt8]), pong([UInt8])
  case closed(UInt16, [UInt8])
  case failed(WebSocketFault)

  init(_ event: WebSocketEvent) {
    switch event {
    case .text(let bytes): self = .text(Array(bytes))
    case .binary(let bytes): self = .binary(Array(bytes))
    case .ping(let bytes): self = .ping(Array(bytes))
    case .pong(let bytes): self = .pong(Array(bytes))
    case .closed(let code, let reason): self = .closed(code, Array(reason))
    case .failed(let fault): self = .failed(fault)
    }
  }
}

/// SplitMix64: the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

extension WebSocketMachine {
  static func make(
    _ role: Role, deflate: DeflateAgreement? = nil, limits: WebSocketLimits = WebSocketLimits(), seed: UInt64 = 1
  ) -> WebSocketMachine {
    var random = Seeded(state: seed)
    return WebSocketMachine(role: role, deflate: deflate, limits: limits) { UInt32(truncatingIfNeeded: random.next()) }
  }

  /// Everything that the bytes mean.
  mutating func events(_ bytes: [UInt8]) -> [Seen] {
    bytes.withUnsafeBytes { receive($0) }
    var seen: [Seen] = []
    while let event = next() { seen.append(Seen(event)) }
    return seen
  }

  mutating func send(_ opcode: WebSocketOpcode, _ bytes: [UInt8], compressed: Bool = false) {
    bytes.withUnsafeBytes { send(opcode, $0, compressed: compressed) }
  }

  mutating func takeOutput() -> [UInt8] {
    defer { output.removeAll() }
    return Array(output.bytes)
  }
}
