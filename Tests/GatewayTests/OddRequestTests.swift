import Foundation
import JSONTree
import Testing

@testable import Gateway

/// Requests that two readers could read differently, that never end, and ids whose order nobody has seen.
@Suite(.serialized) struct OddRequestTests {
  private func rest(_ host: PaperHost, _ id: String) throws -> HTTPReply {
    try host.ask(
      "POST", "/v1/orders",
      [
        "connector": "paper", "pair": "BTC-USDT", "side": "buy", "quantity": "0.02", "price": "1000",
        "client_order_id": JSONValue(.string(id)),
      ])
  }

  /// What comes back of raw bytes.
  private func raw(_ host: PaperHost, _ text: String) throws -> String {
    let connection = try Connection(port: host.port)
    connection.write(text)
    return String(decoding: connection.readAll(), as: UTF8.self)
  }

  @Test func aNulEndsNoPath() throws {
    let host = try PaperHost()
    #expect(try rest(host, "stays").status == 201)
    for path in ["/v1/orders%00", "/v1/orders%00/stays", "/v1/orders%00?connector=paper"] {
      #expect(try host.ask("DELETE", path).status != 200, "\(path)")
    }
    #expect(try host.ask("GET", "/v1/host%00x").status == 404)
    #expect(try host.ask("GET", "/v1/%6frders/stays").body["state"]?.string == "open", "others are read as they were")
  }

  @Test func aBodyWhereThereIsNoneIsRefused() throws {
    let host = try PaperHost()
    #expect(try rest(host, "stays").status == 201)
    let reply = try host.ask("DELETE", "/v1/orders", ["connector": "paper_perpetual"])
    #expect(reply.status == 400 && reply.code == "malformed")
    #expect(try host.ask("GET", "/v1/orders/stays").body["state"]?.string == "open")
  }

  @Test(arguments: [
    "Content-Length: 0\r\nContent-Length: 40", "Content-Length: 3\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: gzip", "Host: evil.example", "Authorization: Bearer x\r\nAuthorization: Bearer y",
  ])
  func headersThatContradictAreRefused(_ odd: String) throws {
    let host = try PaperHost()
    let head = "POST /v1/halt HTTP/1.1\r\nHost: 127.0.0.1\r\n\(odd)\r\n\r\n"
    let answer = try raw(host, head + "GET /v1/host HTTP/1.1\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("\"malformed\""))
    #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "what follows is no second request")
  }

  @Test func aHostIsANameAndAPort() throws {
    let host = try PaperHost()
    for name in ["127.0.0.1:80@evil.example", "127.0.0.1:", "[::1]x", "127.0.0.1:99999"] {
      #expect(try host.ask("GET", "/v1/host", headers: ["Host": name]).status == 403, "\(name)")
    }
    for name in ["127.0.0.1", "localhost:1", "[::1]:8765"] {
      #expect(try host.ask("GET", "/v1/host", headers: ["Host": name]).status == 200, "\(name)")
    }
  }

  /// Whoever sends a byte now and then keeps no place.
  @Test func aHeadThatDoesNotEndIsCutOff() throws {
    var limits = GatewayLimits()
    limits.headTime = 200_000_000
    let host = try PaperHost(limits)
    let answer = try raw(host, "GET /v1/host HTTP/1.1\r\nX-A: ")
    #expect(answer.isEmpty)
    #expect(try host.ask("GET", "/v1/host").status == 200)
  }

  @Test(arguments: ["batch", "all", ".", ".."]) func idsThatMeanSomethingElseAreRefused(_ id: String) throws {
    let host = try PaperHost()
    let reply = try rest(host, id)
    #expect(reply.status == 400 && reply.field == "client_order_id")
  }

  // MARK: Ids without an answer

  @Test func whatALaneWroteFindsTheOrder() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    var ledger = try OrderLedger(file: file, wall: 1_000)
    try ledger.begin("mine", digest: "d", wall: 1_000)
    let place = OrderLedger.Place(connector: "paper", order: 7, sent: "x7")
    #expect(ledger.lines.append(OrderLedger.line("mine", place)))
    // The process ends here.
    #expect(try OrderLedger(file: file, wall: 2_000)["mine"]?.place == place)
  }

  @Test func anIDOfWhichNothingIsKnownIsNotCalledUnknown() throws {
    let host = try PaperHost()
    host.stop()
    let file = "\(host.folder)/data/api-orders.log"
    var ledger = try OrderLedger(file: file, wall: 0)
    try ledger.begin("torn", digest: "d", wall: Int64(Date().timeIntervalSince1970) * 1_000_000_000)
    try host.restart(isStopped: true)
    for method in ["GET", "DELETE"] {
      let reply = try host.ask(method, "/v1/orders/torn")
      #expect(reply.status == 409 && reply.code == "outcome_unknown", "\(method)")
    }
    #expect(try host.ask("PATCH", "/v1/orders/torn", ["price": "1"]).code == "outcome_unknown")
  }
}
