import Testing
import WebSocket

@Suite("WebSocket frames as RFC 6455 has them")
struct FrameTests {
  /// RFC 6455 5.7.
  @Test func examplesOfTheStandard() {
    let hello = Array("Hello".utf8)
    var client = WebSocketMachine.make(.client)
    #expect(client.events([0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]) == [.text(hello)])
    #expect(client.events([0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]) == [.text(hello)])
    #expect(client.events([0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F]) == [.ping(hello)])
    var server = WebSocketMachine.make(.server)
    let masked: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
    #expect(server.events(masked) == [.text(hello)])
    #expect(client.events([0x82, 0x7E, 0x01, 0x00] + [UInt8](repeating: 7, count: 256)) == [
      .binary([UInt8](repeating: 7, count: 256))
    ])
  }

  /// RFC 7692 7.2.3: the same message compressed, with and without context, and a final block.
  @Test func compressedExamplesOfTheStandard() {
    var client = WebSocketMachine.make(.client, deflate: DeflateAgreement())
    let hello = Seen.text(Array("Hello".utf8))
    #expect(client.events([0xC1, 0x07, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]) == [hello])
    #expect(client.events([0xC1, 0x05, 0xF2, 0x00, 0x11, 0x00, 0x00]) == [hello])
    #expect(client.events([0x41, 0x03, 0xF2, 0x48, 0xCD, 0x80, 0x04, 0xC9, 0xC9, 0x07, 0x00]) == [hello])
    #expect(client.events([0xC1, 0x08, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]) == [hello])
    let stored: [UInt8] = [0xC1, 0x0B, 0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00]
    #expect(client.events(stored) == [hello])
  }

  @Test func controlFramesComeBetweenFragments() {
    var client = WebSocketMachine.make(.client)
    let bytes: [UInt8] = [0x01, 0x01, 0x61, 0x89, 0x01, 0x70, 0x00, 0x01, 0x62, 0x8A, 0x00, 0x80, 0x01, 0x63]
    #expect(client.events(bytes) == [.ping([0x70]), .pong([]), .text(Array("abc".utf8))])
    var server = WebSocketMachine.make(.server)
    #expect(server.events(client.takeOutput()) == [.pong([0x70])])
  }

  @Test(arguments: [
    ([0xA1, 0x00], WebSocketFault.reservedBits), ([0xC1, 0x00], .reservedBits), ([0x83, 0x00], .reservedOpcode),
    ([0x8B, 0x00], .reservedOpcode), ([0x09, 0x00], .badControlFrame), ([0x89, 0x7E], .badControlFrame),
    ([0x81, 0x7E, 0x00, 0x7D], .badLength), ([0x81, 0x7F, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], .badLength),
    ([0x81, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0], .badLength), ([0x81, 0x80, 1, 2, 3, 4], .badMask),
    ([0x80, 0x00], .badFragment), ([0x01, 0x00, 0x81, 0x00], .badFragment), ([0x88, 0x01, 0x03], .badClose),
    ([0x88, 0x02, 0x03, 0xED], .badClose), ([0x88, 0x02, 0x03, 0xE7], .badClose), ([0x88, 0x02, 0x03, 0xEE], .badClose),
    ([0x88, 0x03, 0x03, 0xE8, 0xFF], .badClose), ([0x81, 0x01, 0xFF], .badText), ([0x81, 0x02, 0xED, 0xA0], .badText),
    // At the first bad byte, before the frame is whole; and with a character cut at the end of the message.
    ([0x81, 0x05, 0xC0], .badText), ([0x81, 0x01, 0xC3], .badText),
    ([0x82, 0x7F, 0, 0, 0, 0, 0x01, 0x00, 0x00, 0x01], .tooLarge),
  ] as [([UInt8], WebSocketFault)])
  func brokenFramesEndTheConnection(bytes: [UInt8], fault: WebSocketFault) {
    var client = WebSocketMachine.make(.client)
    #expect(client.events(bytes) == [.failed(fault)])
    #expect(client.phase == .over)
    #expect(client.events([0x81, 0x01, 0x61]) == [])
    var server = WebSocketMachine.make(.server)
    #expect(server.events(client.takeOutput()) == [.closed(fault.closeCode, [])])
  }

  @Test func serverWantsMasks() {
    var server = WebSocketMachine.make(.server)
    #expect(server.events([0x81, 0x01, 0x61]) == [.failed(.badMask)])
  }

  @Test func closingFromBothEnds() {
    var client = WebSocketMachine.make(.client)
    var server = WebSocketMachine.make(.server)
    client.close(code: 4001, reason: "bye")
    #expect(client.phase == .closing)
    client.send(.text, Array("too late".utf8))
    #expect(server.events(client.takeOutput()) == [.closed(4001, Array("bye".utf8))])
    #expect(client.events(server.takeOutput()) == [.closed(4001, [])])
    #expect(client.phase == .over && server.phase == .over)
    #expect(client.output.isEmpty && server.output.isEmpty)
  }

  @Test func closeWithoutACode() {
    var client = WebSocketMachine.make(.client)
    #expect(client.events([0x88, 0x00]) == [.closed(1005, [])])
  }

  @Test func limitsHoldForFragmentsAndExpansion() {
    var limits = WebSocketLimits()
    limits.message = 100
    var client = WebSocketMachine.make(.client, limits: limits)
    let part = [UInt8](repeating: 1, count: 60)
    #expect(client.events([0x02, 60] + part + [0x80, 60]) == [.failed(.tooLarge)])

    var server = WebSocketMachine.make(.server, deflate: DeflateAgreement())
    var other = WebSocketMachine.make(.client, deflate: DeflateAgreement(), limits: limits)
    server.send(.binary, [UInt8](repeating: 0, count: 1 << 20), compressed: true)
    #expect(other.events(server.takeOutput()) == [.failed(.tooLarge)])
  }

  @Test func garbageInACompressedMessage() {
    var client = WebSocketMachine.make(.client, deflate: DeflateAgreement())
    #expect(client.events([0xC2, 0x02, 0xFF, 0xFF]) == [.failed(.badCompression)])
    var other = WebSocketMachine.make(.client, deflate: DeflateAgreement())
    #expect(other.events([0x89, 0x00, 0xC9, 0x00]) == [.ping([]), .failed(.reservedBits)])
  }

  @Test func aPeerThatOnlyPingsGetsBoundedAnswers() {
    var client = WebSocketMachine.make(.client)
    let ping = [0x89, 125] + [UInt8](repeating: 0, count: 125)
    for _ in 0..<1000 { _ = client.events(ping) }
    #expect(client.output.count < WebSocketLimits().unsentPongs + 200)
  }

  @Test func wholeFramesAreHandedOutWhereTheyLie() {
    var client = WebSocketMachine.make(.client)
    var start: UnsafeRawPointer?
    let frame: [UInt8] = [0x82, 0x03, 1, 2, 3]
    _ = client.receive(atLeast: 100) { room in
      start = UnsafeRawPointer(room.baseAddress)
      room.copyBytes(from: frame)
      return frame.count
    }
    guard case .binary(let payload)? = client.next(), let start else {
      Issue.record("no message")
      return
    }
    #expect(UnsafeRawPointer(payload.baseAddress) == start + 2)
  }
}
