import Foundation
import JSONTree
import Testing

@testable import Gateway

/// Requests over real sockets, on a host with the paper exchange.
@Suite(.serialized) struct RequestTests {
  private func order(_ id: String?, _ quantity: String, price: String? = nil) -> JSONValue {
    var members = [
      JSONMember("connector", "paper"), JSONMember("pair", "BTC-USDT"), JSONMember("side", "buy"),
      JSONMember("quantity", JSONValue(.string(quantity))),
    ]
    if let id { members.append(JSONMember("client_order_id", JSONValue(.string(id)))) }
    if let price { members.append(JSONMember("price", JSONValue(.string(price)))) }
    return JSONValue(.object(members))
  }

  @Test func anOrderIsPlacedOnce() throws {
    let host = try PaperHost()
    let first = try host.ask("POST", "/v1/orders", order("one", "0.01"))
    #expect(first.status == 201 && first.body["known"]?.bool == true)
    let placed = try #require(first.body["order"])
    #expect(placed["state"]?.string == "filled" && placed["filled"]?.string == "0.01")
    #expect(placed["client_order_id"]?.string == "one")
    // The same again, written in another order and waiting otherwise.
    var members = try #require(order("one", "0.01").object)
    members.reverse()
    members.append(JSONMember("wait_ms", 5))
    let again = try host.ask("POST", "/v1/orders", JSONValue(.object(members)))
    #expect(again.status == 200 && again.body["order"]?["order"] == placed["order"])
    let other = try host.ask("POST", "/v1/orders", order("one", "0.02"))
    #expect(other.status == 409 && other.code == "client_order_id_in_use" && other.field == "client_order_id")
    // Over a restart too, when only the journal has it.
    try host.restart()
    let later = try host.ask("POST", "/v1/orders", order("one", "0.01"))
    #expect(later.status == 200 && later.body["order"]?["order"] == placed["order"])
    #expect(later.body["order"]?["exchange_client_order_id"] == placed["exchange_client_order_id"])
    let fills = try host.ask("GET", "/v1/fills").body["rows"]?.array ?? []
    #expect(fills.count == 1, "it was bought once")
  }

  @Test func theNearestPairIsNamed() throws {
    let host = try PaperHost()
    for pair in ["BTCUSDT", "BTC/USDT", "btc_usdt"] {
      let wish: JSONValue = [
        "connector": "paper", "pair": JSONValue(.string(pair)), "side": "buy", "quantity": "0.01",
      ]
      let refused = try host.ask("POST", "/v1/orders", wish)
      #expect(refused.code == "unknown_pair" && refused.field == "pair", "\(refused)")
      let message = refused.body["error"]?["message"]?.string ?? ""
      #expect(message.contains("did you mean BTC-USDT?"), "\(message)")
    }
    let book = try host.ask("GET", "/v1/book?pair=BTC/USDT&connector=paper")
    #expect(book.code == "unknown_pair" && book.body["error"]?["message"]?.string?.contains("BTC-USDT") == true)
    #expect(try host.ask("GET", "/v1/book?pair=BTC%00USDT").code == "bad_field")
  }

  @Test func whatWasNotSentFreesItsID() throws {
    let host = try PaperHost()
    #expect(try host.ask("POST", "/v1/halt", [:]).status == 200)
    let halted = try host.ask("POST", "/v1/orders", order("free", "0.01"))
    #expect(halted.status == 409 && halted.code == "halted")
    #expect(try host.ask("POST", "/v1/resume", [:]).status == 200)
    #expect(try host.ask("POST", "/v1/orders", order("free", "0.02")).status == 201, "the id may be another's now")
  }

  @Test func anOrderIsChangedAndCancelledByItsOwnID() throws {
    let host = try PaperHost()
    #expect(try host.ask("POST", "/v1/orders", order("rest", "0.02", price: "1000")).status == 201)
    #expect(try host.ask("GET", "/v1/orders/rest").body["state"]?.string == "open")
    let open = try host.ask("GET", "/v1/orders?pair=btc-usdt").body["orders"]?.array ?? []
    #expect(open.count == 1 && open[0]["client_order_id"]?.string == "rest")
    let amended = try host.ask("PATCH", "/v1/orders/rest", ["price": "1001"])
    #expect(amended.status == 200 && amended.body["order"]?["price"]?.string == "1001")
    let cancelled = try host.ask("DELETE", "/v1/orders/rest")
    #expect(cancelled.body["orders"]?[0]?["state"]?.string == "cancelled")
    let again = try host.ask("DELETE", "/v1/orders/rest")
    #expect(again.status == 422 && again.code == "order_ended")
    let rich = try host.ask("POST", "/v1/orders", order("rich", "40", price: "50000"))
    #expect(rich.status == 422 && rich.code == "insufficient_funds")
    #expect(try host.ask("DELETE", "/v1/orders/all").code == "unknown_order")
  }

  @Test func aBatchIsJudgedOneByOne() throws {
    let host = try PaperHost()
    let batch: JSONValue = [
      "orders": [order("b1", "0.01"), order("b2", "1000000"), order("b3", "0.02", price: "900")]
    ]
    let reply = try host.ask("POST", "/v1/orders/batch", batch)
    let results = try #require(reply.body["results"]?.array)
    #expect(reply.status == 200 && results.count == 3)
    #expect(results[0]["order"]?["state"]?.string == "filled" && results[2]["order"]?["state"]?.string == "open")
    #expect(results[1]["error"]?["code"]?.string == "refused")
    // The same id twice in one batch is one order.
    let twice: JSONValue = ["orders": [order("b6", "0.01"), order("b6", "0.01"), order("b6", "0.02")]]
    let same = try #require(try host.ask("POST", "/v1/orders/batch", twice).body["results"]?.array)
    #expect(same[0]["order"]?["order"] == same[1]["order"]?["order"] && same[0]["order"] != nil)
    #expect(same[2]["error"]?["code"]?.string == "client_order_id_in_use")
    let wrong = try host.ask("POST", "/v1/orders/batch", ["orders": [order("b4", "0.01"), order("b5", "-1")]])
    #expect(wrong.status == 400 && wrong.field == "orders[1].quantity")
    #expect(try host.ask("GET", "/v1/orders/b4").status == 404, "nothing of it was placed")
    let all = try host.ask("DELETE", "/v1/orders")
    #expect(all.body["orders"]?.array?.count == 1 && all.body["known"]?.bool == true)
  }

  @Test func whoMayNotAskIsRefused() throws {
    let readOnly = hex(digest("a reader".utf8))
    let host = try PaperHost(members: #""tokens": {"reader": {"sha256": "\#(readOnly)", "scope": "read"}}"#)
    #expect(try host.ask("GET", "/v1/host", headers: ["Authorization": ""]).status == 401)
    #expect(try host.ask("GET", "/v1/host", headers: ["Authorization": "Bearer x"]).status == 401)
    #expect(try host.ask("GET", "/healthz", headers: ["Authorization": ""]).status == 200)
    let reader = ["Authorization": "Bearer a reader"]
    #expect(try host.ask("GET", "/v1/host", headers: reader).body["scopes"]?.array?.count == 1)
    let placed = try host.ask("POST", "/v1/orders", order(nil, "0.01"), headers: reader)
    #expect(placed.status == 403 && placed.code == "forbidden")
    #expect(try host.ask("GET", "/v1/host", headers: ["Host": "attacker.example"]).status == 403)
    #expect(try host.ask("GET", "/v1/host", headers: ["Host": "127.0.0.1.attacker.example"]).status == 403)
    #expect(try host.ask("GET", "/v1/host", headers: ["Origin": "http://localhost"]).status == 403)
    #expect(try host.ask("PUT", "/v1/orders").headers.contains("Allow: GET, HEAD, POST, DELETE"))
    let token = "\(host.folder)/data/api.token"
    let mode = try FileManager.default.attributesOfItem(atPath: token)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    host.gateway.stop()
    #expect(!FileManager.default.fileExists(atPath: token), "it goes with the host")
  }

  @Test(arguments: [
    ("GET", "/v1/book?pair=BTC-USDT&connector=paper&depth=0", nil, 400, "depth"),
    ("GET", "/v1/book?connector=paper", nil, 400, "pair"), ("GET", "/v1/book?pair=BTC-USDT", nil, 400, "connector"),
    ("GET", "/v1/book?pair=BTC-USDT&pair=ETH-USDT", nil, 400, "pair"),
    ("GET", "/v1/book?pair=%FF%FE-X", nil, 400, nil), ("GET", "/v1/tickers?par=BTC-USDT", nil, 400, "par"),
    ("GET", "/v1/book?pair=NO-PAIR&connector=paper", nil, 404, "pair"),
    ("GET", "/v1/book?pair=BTC-USDT&connector=nowhere", nil, 404, "connector"),
    ("POST", "/v1/orders", #"{"pair":"BTC-USDT","side":"buy","quantity":0.1}"#, 400, "quantity"),
    ("POST", "/v1/orders", #"{"pair":"BTC-USDT","side":"up","quantity":"1"}"#, 400, "side"),
    ("POST", "/v1/orders", #"{"pair":"BTC-USDT","side":"buy","quantity":"1","qty":"1"}"#, 400, "qty"),
    ("POST", "/v1/orders", #"{"pair":"BTC-USDT","side":"buy","quantity":"0.000"}"#, 400, "quantity"),
    ("POST", "/v1/orders", "[1]", 400, nil), ("POST", "/v1/orders", "{", 400, nil),
    ("PUT", "/v1/leverage", #"{"pair":"BTC-USDT","leverage":"1e2"}"#, 400, "leverage"),
    ("GET", "/v1/history/secrets", nil, 404, "table"), ("GET", "/v1/history/balances?pair=A-B", nil, 400, "pair"),
    ("GET", "/v1/nothing", nil, 404, nil),
  ] as [(String, String, String?, Int, String?)])
  func aMistakeIsNamed(row: (method: String, path: String, body: String?, status: Int, field: String?)) throws {
    let host = try SharedHost.get()
    let reply: HTTPReply
    if let body = row.body {
      let connection = try Connection(port: host.port)
      connection.write(
        "\(row.method) \(row.path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(host.token)\r\n"
          + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
      reply = try HTTPReply(connection.readAll())
    } else {
      reply = try host.ask(row.method, row.path)
    }
    #expect(reply.status == row.status && reply.field == row.field, "\(row.path): \(reply.text)")
    #expect(reply.code != nil && reply.body["error"]?["message"]?.string != nil)
  }

  /// A host that ends answers what is under way, and leaves nothing behind.
  @Test func theEndAnswersWhatIsUnderWay() throws {
    let host = try PaperHost()
    for lane in host.host.running.lanes { lane.perform { _ in usleep(1_000_000) } }
    let (quick, slow) = (try Connection(port: host.port), try Connection(port: host.port))
    let head = "HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(host.token)\r\nConnection: close\r\n\r\n"
    slow.write("GET /readyz \(head)")
    quick.write("GET /v1/host \(head)")
    #expect(try HTTPReply(quick.readAll()).status == 200, "the gateway has the other one by now")
    host.gateway.stop()
    let reply = try HTTPReply(slow.readAll())
    #expect(reply.status == 503 && reply.code == "busy")
    #expect(!FileManager.default.fileExists(atPath: "\(host.folder)/data/api.sock"))
  }

  @Test func theSocketNeedsNoToken() throws {
    let host = try SharedHost.get()
    let mode = try FileManager.default.attributesOfItem(atPath: "\(host.folder)/data/api.sock")[.posixPermissions]
    #expect(mode as? Int == 0o600)
    let reply = try host.askSocket("/v1/host")
    #expect(reply.status == 200 && reply.body["scopes"]?.array?.count == 3)
  }

  @Test func aBodyIsBounded() throws {
    var limits = GatewayLimits()
    limits.bodyBytes = 1000
    let host = try PaperHost(limits)
    let long = String(repeating: " ", count: 1001)
    let reply = try host.ask("POST", "/v1/halt", JSONValue(.string(long)))
    #expect(reply.status == 413 && reply.code == "too_long")
  }

  @Test func requestsAreCountedByClient() throws {
    var bucket = RateBucket(perSecond: 10, burst: 3)
    #expect((0..<5).map { _ in bucket.take(now: 1_000_000_000) } == [true, true, true, false, false])
    #expect(bucket.take(now: 1_100_000_000) && !bucket.take(now: 1_100_000_000))
  }

  @Test func marketsAreThere() throws {
    let host = try SharedHost.get()
    let instruments = try host.ask("GET", "/v1/instruments?connector=paper&pair=btc-usdt").body
    #expect(instruments["total"]?.int == 1 && instruments["instruments"]?[0]?["tick"]?.string == "0.01")
    let book = try host.ask("GET", "/v1/book?connector=paper&pair=btc-usdt&depth=3").body
    #expect(book["pair"]?.string == "BTC-USDT" && book["bids"]?.array?.count == 3 && book["ready"]?.bool == true)
    let rate = try host.ask("GET", "/v1/rate?from=eth&to=btc").body
    #expect(rate["path"]?.array?.count == 2 && rate["to"]?.string == "BTC")
    let none = try host.ask("GET", "/v1/rate?from=ETH&to=USTD")
    #expect(none.status == 404 && none.code == "no_rate" && none.field == "to" && none.text.contains("\\\"USDT\\\""))
    for path in ["/v1/instruments?pair=btc-usdd", "/v1/fees?pair=btc-usdd", "/v1/orders?pair=btc-usdd"] {
      let reply = try host.ask("GET", path)
      #expect(reply.status == 404 && reply.code == "unknown_pair" && reply.field == "pair", "\(path): \(reply.text)")
      #expect(reply.text.contains("BTC-USDT"), "\(path): \(reply.text)")
    }
    let tickers = try host.ask("GET", "/v1/tickers?connector=paper_perpetual").body
    #expect(tickers["tickers"]?[0]?["funding_rate"]?.string != nil)
    #expect(try host.ask("GET", "/v1/position-mode?connector=paper_perpetual").body["mode"]?.string == "one_way")
    let metrics = try host.ask("GET", "/metrics")
    #expect(metrics.text.contains("patchbay_connector_ready{connector=\"paper\"} 1\n"))
  }

  /// Every kind of request stands in the document, and the document has no other.
  @Test func theDocumentIsComplete() throws {
    let text = try String(contentsOfFile: "\(packageRoot)/docs/api/openapi.yaml", encoding: .utf8)
    var path = ""
    var documented: Set<String> = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("  /"), line.hasSuffix(":") { path = String(line.dropFirst(2).dropLast()) }
      if line.hasPrefix("components:") { break }
      let word = line.dropFirst(4)
      if line.hasPrefix("    "), ["get:", "post:", "put:", "patch:", "delete:"].contains(String(word)) {
        let parts = path.split(separator: "/").map { $0.hasPrefix("{") ? "*" : String($0) }
        documented.insert("\(word.dropLast().uppercased()) /\(parts.joined(separator: "/"))")
      }
    }
    let routes = Set(Route.all.map { "\($0.method) /\($0.path.joined(separator: "/"))" })
    #expect(routes.subtracting(["GET /v1/stream"]) == documented, "streams have a document of their own")
  }
}

/// One host for the questions that change nothing.
enum SharedHost {
  nonisolated(unsafe) private static let shared = Result { try PaperHost() }
  static func get() throws -> PaperHost { try shared.get() }
}
