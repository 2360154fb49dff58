import Testing
import WebSocket

@Suite("WebSocket properties")
struct PropertyTests {
  private func agreement(_ random: inout Seeded) -> DeflateAgreement {
    var agreement = DeflateAgreement()
    agreement.clientNoContext = Bool.random(using: &random)
    agreement.serverNoContext = Bool.random(using: &random)
    agreement.serverWindowBits = Int32.random(in: 9...15, using: &random)
    return agreement
  }

  private func text(_ random: inout Seeded) -> [UInt8] {
    let letters = Array("abc{}\":0123456789,é€😀")
    let count = Int.random(in: 0...300, using: &random)
    return Array(String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" }).utf8)
  }

  /// A client's or server's side of a conversation, and what the other side must see.
  private func conversation(
    _ role: WebSocketMachine.Role, _ deflate: DeflateAgreement?, _ random: inout Seeded
  ) -> (bytes: [UInt8], seen: [Seen]) {
    var sender = WebSocketMachine.make(role, deflate: deflate, seed: random.next())
    var seen: [Seen] = []
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let payload = text(&random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0:
        sender.send(.text, payload, compressed: Bool.random(using: &random))
        seen.append(.text(payload))
      case 1:
        let large = [UInt8](
          repeating: UInt8.random(in: 0...255, using: &random), count: Int.random(in: 0...70_000, using: &random))
        sender.send(.binary, large, compressed: Bool.random(using: &random))
        seen.append(.binary(large))
      case 2:
        sender.send(.ping, Array(payload.prefix(125)))
        seen.append(.ping(Array(payload.prefix(125))))
      default:
        let cut = Int.random(in: 0...payload.count, using: &random)
        payload[..<cut].withUnsafeBytes { sender.sendFragment(.text, $0, isFinal: false) }
        sender.send(.pong, [1])
        payload[cut...].withUnsafeBytes { sender.sendFragment(.continuation, $0, isFinal: true) }
        seen += [.pong([1]), .text(payload)]
      }
    }
    if Bool.random(using: &random) {
      sender.close(code: 1001, reason: "done")
      seen.append(.closed(1001, Array("done".utf8)))
    }
    return (sender.takeOutput(), seen)
  }

  @Test(arguments: 0..<60)
  func splitsDoNotMatterAndNothingIsLost(seed: Int) {
    var random = Seeded(state: UInt64(seed))
    let role: WebSocketMachine.Role = seed % 2 == 0 ? .client : .server
    let deflate: DeflateAgreement? = seed % 3 == 0 ? agreement(&random) : nil
    let (bytes, expected) = conversation(role, deflate, &random)
    for _ in 0..<4 {
      var receiver = WebSocketMachine.make(role == .client ? .server : .client, deflate: deflate)
      var seen: [Seen] = []
      var rest = bytes[...]
      let longest = [1, 3, 100, 20_000].randomElement(using: &random) ?? 1
      while !rest.isEmpty {
        let piece = rest.prefix(Int.random(in: 1...longest, using: &random))
        seen += receiver.events(Array(piece))
        rest = rest.dropFirst(piece.count)
      }
      #expect(seen == expected)
    }
  }

  @Test(arguments: 0..<200)
  func damagedStreamsGiveTheSameHoweverTheyAreCut(seed: Int) {
    var random = Seeded(state: UInt64(seed) &* 77 &+ 5)
    let deflate: DeflateAgreement? = seed % 2 == 0 ? agreement(&random) : nil
    var bytes = conversation(.server, deflate, &random).bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
    }
    var whole = WebSocketMachine.make(.client, deflate: deflate)
    let expected = whole.events(bytes)
    var split = WebSocketMachine.make(.client, deflate: deflate)
    var seen: [Seen] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 1...50, using: &random))
      seen += split.events(Array(piece))
      rest = rest.dropFirst(piece.count)
    }
    #expect(seen == expected)
  }

  @Test func allOfUnicodeAndNothingElse() {
    for value in stride(from: UInt32(0), through: 0x10FFFF, by: 37) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let payload = Array("12345678\(Character(scalar))".utf8)
      var server = WebSocketMachine.make(.server)
      var client = WebSocketMachine.make(.client)
      server.send(.text, payload)
      #expect(client.events(server.takeOutput()) == [.text(payload)])
    }
    for bad in [
      [0xC1, 0x80], [0xE0, 0x9F, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0x80],
    ] as [[UInt8]] {
      var client = WebSocketMachine.make(.client)
      #expect(client.events([0x81, UInt8(bad.count)] + bad) == [.failed(.badText)])
    }
  }
}
