import WebSocket

/// Hashes what a machine sees of a stream, so that two ways of cutting it can be compared.
private struct Digest: Equatable {
  var hash: UInt64 = 14_695_981_039_346_656_037
  var events = 0

  mutating func add(_ event: WebSocketEvent) {
    events += 1
    switch event {
    case .text(let bytes): add(1, bytes)
    case .binary(let bytes): add(2, bytes)
    case .ping(let bytes): add(3, bytes)
    case .pong(let bytes): add(4, bytes)
    case .closed(let code, let reason): add(UInt64(code) << 8 | 5, reason)
    case .failed(let fault): add(UInt64(fault.closeCode) << 8 | 6, UnsafeBufferPointer(start: nil, count: 0))
    }
  }

  private mutating func add(_ what: UInt64, _ bytes: UnsafeBufferPointer<UInt8>) {
    hash = (hash ^ what) &* 1_099_511_628_211
    // All bytes of the promised slack must be readable.
    if let base = bytes.baseAddress { for index in 0..<64 { _ = base[bytes.count + index] } }
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
  }
}

private func digest(
  _ bytes: UnsafeRawBufferPointer, _ role: WebSocketMachine.Role, _ deflate: DeflateAgreement?, piece: Int
) -> Digest {
  var limits = WebSocketLimits()
  limits.message = 1 << 16
  var machine = WebSocketMachine(role: role, deflate: deflate, limits: limits) { 0x1234_5678 }
  var digest = Digest()
  var start = 0
  while start < bytes.count {
    let end = min(bytes.count, start + piece)
    machine.receive(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
    while let event = machine.next() { digest.add(event) }
    start = end
  }
  return digest
}

/// The first byte chooses role and compression, the second how the stream is cut; the rest is the stream. Handshakes
/// read the whole input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  _ = try? ServerHandshake.read(input, acceptsDeflate: true)
  let client = ClientHandshake(
    host: "h", target: "/", headers: [], key: [UInt8](repeating: 0, count: 16), offersDeflate: true)
  _ = try? client.check(input)
  guard count > 2 else { return 0 }
  let role: WebSocketMachine.Role = input[0] & 1 == 0 ? .client : .server
  var deflate: DeflateAgreement?
  if input[0] & 2 != 0 {
    deflate = DeflateAgreement()
    deflate?.clientNoContext = input[0] & 4 != 0
    deflate?.serverNoContext = input[0] & 8 != 0
  }
  let stream = UnsafeRawBufferPointer(rebasing: input[2...])
  let whole = digest(stream, role, deflate, piece: stream.count)
  let cut = digest(stream, role, deflate, piece: Int(input[1] % 32) + 1)
  precondition(whole == cut, "a stream means the same however it is cut")
  return 0
}
