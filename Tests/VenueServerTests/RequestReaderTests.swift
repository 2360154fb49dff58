import Testing

@testable import VenueServer

@Suite struct RequestReaderTests {
  private func read(_ text: String, piece: Int = .max, limits: ServerLimits = ServerLimits()) throws -> [String] {
    var reader = RequestReader(limits: limits)
    var found: [String] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(piece))
      rest = rest.dropFirst(part.count)
      part.withUnsafeBytes { reader.input.append($0) }
      while let item = try reader.next(acceptsDeflate: false) {
        switch item {
        case .request(let request, let closes):
          let body = String(decoding: request.body, as: UTF8.self)
          found.append("\(request.method) \(request.path)?\(request.query) \(body)\(closes ? " closes" : "")")
        case .upgrade(let request, _): found.append("upgrade \(request.path)")
        }
      }
    }
    return found
  }

  private let several =
    "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz"
    + "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    + "4;x=y\r\nabcd\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"
    + "DELETE /d HTTP/1.1\r\nConnection: close\r\n\r\n"

  @Test(arguments: [1, 2, 7, 40, Int.max]) func requestsFollowEachOther(piece: Int) throws {
    let wanted = ["GET /a?b=c ", "POST /b? xyz", "POST /c? abcd0123456789", "DELETE /d?  closes"]
    #expect(try read(several, piece: piece) == wanted)
  }

  @Test func anUpgradeIsFound() throws {
    let text =
      "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    #expect(try read(text) == ["upgrade /ws"])
  }

  @Test(arguments: [
    "GET /a HTTP/2\r\n\r\n", "GET a HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n",
    "POST /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "POST /a HTTP/1.1\r\nContent-Length: 1x\r\n\r\n",
    "POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",
  ]) func whatIsNoRequestIsRefused(text: String) {
    #expect(throws: RequestFault.malformed) { try read(text) }
  }

  @Test func limitsHold() {
    var limits = ServerLimits()
    (limits.body, limits.head) = (10, 200)
    let body = "POST /a HTTP/1.1\r\nContent-Length: 11\r\n\r\n"
    #expect(throws: RequestFault.tooLarge) { try read(body, limits: limits) }
    let chunks = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n"
    #expect(throws: RequestFault.tooLarge) { try read(chunks, limits: limits) }
    let head = "GET /a HTTP/1.1\r\nX: " + String(repeating: "x", count: 300)
    #expect(throws: RequestFault.tooLarge) { try read(head, limits: limits) }
  }
}
