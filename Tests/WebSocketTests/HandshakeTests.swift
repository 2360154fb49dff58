import Testing
import WebSocket

@Suite("WebSocket handshakes")
struct HandshakeTests {
  /// RFC 6455 1.3.
  let key = Array("the sample nonce".utf8)
  let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

  private func check(
    _ answer: String, offersDeflate: Bool = false, headers: [(name: String, value: String)] = []
  ) throws -> (size: Int, deflate: DeflateAgreement?)? {
    let client = ClientHandshake(
      host: "example.com", target: "/chat", headers: headers, key: key, offersDeflate: offersDeflate)
    let bytes = Array(answer.utf8)
    return try bytes.withUnsafeBytes { try client.check($0) }.map { ($0.head.size, $0.deflate) }
  }

  private func answer(_ more: String = "") -> String {
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"
      + "Sec-WebSocket-Accept: \(accept)\r\n\(more)\r\n"
  }

  @Test func theExampleOfTheStandard() throws {
    let client = ClientHandshake(host: "h", target: "/", headers: [("X-A", "b")], key: key, offersDeflate: true)
    let request = String(decoding: client.request, as: UTF8.self)
    #expect(request.contains("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
    #expect(request.hasPrefix("GET / HTTP/1.1\r\nHost: h\r\n"))
    #expect(request.contains("\r\nX-A: b\r\n"))
    #expect(try check(answer())?.size == answer().utf8.count)
    #expect(try check(answer() + "rest")?.size == answer().utf8.count)
    #expect(try check(String(answer().dropLast())) == nil)
  }

  @Test func whatTheServerMustNotAnswer() {
    #expect(throws: HandshakeFault.status(403)) { try check("HTTP/1.1 403 Forbidden\r\n\r\n") }
    #expect(throws: HandshakeFault.malformed) { try check("SSH-2.0\r\n\r\n") }
    let wrong = answer().replacing("s3pP", with: "xxxx")
    #expect(throws: HandshakeFault.header("sec-websocket-accept")) { try check(wrong) }
    #expect(throws: HandshakeFault.header("upgrade")) {
      try check(answer().replacing("Upgrade: WebSocket", with: "Upgrade: h2c"))
    }
    let deflate = answer("Sec-WebSocket-Extensions: permessage-deflate\r\n")
    #expect(throws: HandshakeFault.notOffered("permessage-deflate")) { try check(deflate) }
    #expect(throws: HandshakeFault.notOffered("x")) { try check(answer("Sec-WebSocket-Protocol: x\r\n")) }
    #expect(throws: HandshakeFault.tooLarge) { try check(answer("A: \(String(repeating: "a", count: 1 << 15))\r\n")) }
    let small = answer("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=9\r\n")
    #expect(throws: HandshakeFault.notOffered("permessage-deflate; client_max_window_bits=9")) {
      try check(small, offersDeflate: true)
    }
  }

  @Test func compressionIsAgreedOn() throws {
    let text = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; server_max_window_bits=10\r\n"
    var expected = DeflateAgreement()
    expected.serverNoContext = true
    #expect(try check(answer(text), offersDeflate: true)?.deflate == expected)
    #expect(try check(answer("Sec-WebSocket-Protocol: x\r\n"), headers: [("Sec-WebSocket-Protocol", "y, x")]) != nil)
  }

  private func server(_ request: String) throws -> ServerHandshake? {
    try Array(request.utf8).withUnsafeBytes { raw in try ServerHandshake.read(raw, acceptsDeflate: true) }
  }

  @Test func clientAndServerAgree() throws {
    let client = ClientHandshake(host: "h", target: "/x?y=1", headers: [], key: key, offersDeflate: true)
    let server = try #require(try server(String(decoding: client.request, as: UTF8.self)))
    #expect(server.target == "/x?y=1")
    #expect(server.deflate == DeflateAgreement())
    let checked = try server.response.withUnsafeBytes { raw in try client.check(raw) }
    #expect(checked?.deflate == DeflateAgreement())
  }

  @Test(arguments: ["version", "key", "upgrade", "connection", "host"])
  func whatTheClientMustNotForget(header: String) throws {
    let client = ClientHandshake(host: "h", target: "/", headers: [], key: key, offersDeflate: false)
    let lines = String(decoding: client.request, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    let without = lines.filter { !$0.lowercased().contains("\(header):") }.joined(separator: "\r\n")
    #expect(throws: HandshakeFault.self) { try server(without) }
  }

  @Test func aWindowOfEightBitsIsDeclined() throws {
    let client = ClientHandshake(host: "h", target: "/", headers: [], key: key, offersDeflate: true)
    let request = String(decoding: client.request, as: UTF8.self)
    let offer = "permessage-deflate; server_max_window_bits=8"
    #expect(try server(request.replacing("permessage-deflate", with: offer))?.deflate == nil)
    var ten = DeflateAgreement()
    ten.serverWindowBits = 10
    let both = offer + ", permessage-deflate; server_max_window_bits=10"
    #expect(try server(request.replacing("permessage-deflate", with: both))?.deflate == ten)
  }
}
