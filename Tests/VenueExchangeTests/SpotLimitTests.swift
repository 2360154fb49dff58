import Catalog
import Decimals
import Testing
import Venue

@testable import VenueExchange

/// What spot counts, what ends by itself, and what a test can break.
@Suite struct SpotLimitTests {
  private static let second: Int64 = 1_000_000_000

  private func used(_ reply: VenueReply) -> Int? {
    reply.headers.first { $0.name == "x-mbx-used-weight-1m" }.flatMap { Int($0.value) }
  }

  @Test func weightsAreCountedByAddress() throws {
    let (alice, _, _) = try Quiet.spot()
    #expect(used(alice.send("GET", "/api/v3/ping")) == 1)
    #expect(used(alice.send("GET", "/api/v3/depth", query: "symbol=BTCUSDT&limit=5000")) == 251)
    #expect(used(alice.send("GET", "/api/v3/depth", query: "symbol=BTCUSDT&limit=100")) == 256)
    #expect(used(alice.signed("GET", "/api/v3/account")) == 276)
    #expect(used(alice.send("GET", "/api/v3/ping", address: "10.0.0.1")) == 1)
    alice.advance(60 * Self.second)
    #expect(used(alice.send("GET", "/api/v3/ping")) == 1)
  }

  @Test func tooMuchIsRefusedThenBanned() throws {
    let (alice, _, _) = try Quiet.spot()
    func depth() -> VenueReply { alice.send("GET", "/api/v3/depth", query: "symbol=BTCUSDT&limit=5000") }
    for _ in 0..<24 { #expect(depth().status == 200) }
    let refused = depth()
    #expect(refused.status == 429 && Client.json(refused)["code"]?.int == -1003)
    let wait = try #require(refused.headers.first { $0.name == "Retry-After" }.flatMap { Int64($0.value) })
    #expect((1...60).contains(wait))
    for _ in 0..<20 { _ = depth() }
    let banned = depth()
    #expect(banned.status == 418)
    let ban = try #require(banned.headers.first { $0.name == "Retry-After" }.flatMap { Int64($0.value) })
    alice.advance((ban - 1) * Self.second)
    #expect(depth().status == 418)
    alice.advance(2 * Self.second)
    #expect(depth().status == 200)
  }

  @Test func ordersAreCountedByAccount() throws {
    let (alice, bob, _) = try Quiet.spot()
    let text = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=50000"
    for number in 1...100 {
      let reply = alice.signed("POST", "/api/v3/order", text)
      #expect(reply.headers.first { $0.name == "x-mbx-order-count-10s" }?.value == "\(number)")
    }
    let refused = alice.signed("POST", "/api/v3/order", text)
    #expect(refused.status == 429 && Client.json(refused)["code"]?.int == -1015)
    #expect(bob.signed("POST", "/api/v3/order", text).status == 200)
    alice.advance(10 * Self.second)
    #expect(alice.signed("POST", "/api/v3/order", text).status == 200)
  }

  private func key(_ client: BinanceClient) -> String {
    let reply = client.send(
      "POST", "/api/v3/userDataStream", headers: [("x-mbx-apikey", client.account.key)])
    return Client.json(reply)["listenKey"]?.string ?? ""
  }

  @Test func aListenKeyLastsAnHour() throws {
    let (alice, _, _) = try Quiet.spot()
    let first = key(alice)
    #expect(first.utf8.count == 64 && key(alice) == first)
    let socket = alice.open("/ws/" + first)
    alice.advance(59 * 60 * Self.second)
    let keep = alice.send(
      "PUT", "/api/v3/userDataStream", query: "listenKey=\(first)", headers: [("x-mbx-apikey", alice.account.key)])
    #expect(keep.status == 200)
    alice.advance(59 * 60 * Self.second)
    #expect(alice.closed.isEmpty)
    alice.advance(2 * 60 * Self.second)
    #expect(alice.closed == [socket])
    #expect(alice.frames.last?.text["e"]?.string == "listenKeyExpired")
    let late = alice.send(
      "PUT", "/api/v3/userDataStream", query: "listenKey=\(first)", headers: [("x-mbx-apikey", alice.account.key)])
    #expect(Client.json(late)["code"]?.int == -1125)
    #expect(key(alice) != first)
  }

  @Test func tokensEndAtOnceWhenATestWantsIt() throws {
    let (alice, _, venue) = try Quiet.spot()
    let socket = alice.open("/ws/" + key(alice))
    var actions: [VenueAction] = []
    venue.expireTokens(now: alice.now, &actions)
    alice.take(actions)
    #expect(alice.closed == [socket])
  }

  @Test func maintenance() throws {
    let (alice, _, venue) = try Quiet.spot()
    venue.isInMaintenance = true
    #expect(alice.send("GET", "/api/v3/time").status == 503)
    let socket = alice.open("/ws")
    #expect(alice.refused == [socket])
    venue.isInMaintenance = false
    #expect(alice.send("GET", "/api/v3/time").status == 200)
  }

  @Test func refusedAfterAccepting() throws {
    let (alice, _, venue) = try Quiet.spot()
    _ = alice.open("/ws/" + key(alice))
    venue.acceptedToReject = 1
    let placed = alice.call(
      "POST", "/api/v3/order",
      "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000&newClientOrderId=x")
    #expect(placed["status"]?.string == "NEW")
    #expect(venue.order(account: "alice", client: "x")?.state == .rejected)
    #expect(alice.frames.compactMap { $0.text["X"]?.string } == ["NEW", "REJECTED"])
    #expect(venue.balances(account: "alice").allSatisfy { $0.total == $0.available })
  }

  // MARK: Sockets

  @Test func depthIsContinuous() throws {
    let options = SpotVenue.usual(seed: 3)
    let venue = try SpotVenue(options)
    let client = Client(venue, options.accounts[0])
    _ = client.open("/stream", query: "streams=btcusdt@depth@100ms/btcusdt@depth")
    var last: [String: Int] = [:]
    for _ in 0..<60 {
      client.advance(100_000_000)
      if last.count == 2 {
        let snapshot = client.get("/api/v3/depth", "symbol=BTCUSDT")["lastUpdateId"]?.int ?? 0
        #expect(snapshot >= last["btcusdt@depth@100ms"] ?? 0)
      }
      for frame in client.frames {
        let stream = frame.text["stream"]?.string ?? ""
        let (first, final) = (frame.text["data"]?["U"]?.int ?? 0, frame.text["data"]?["u"]?.int ?? 0)
        if let before = last[stream] { #expect(first == before + 1) }
        #expect(final >= first)
        last[stream] = final
      }
      client.forget()
    }
    #expect(last.count == 2)
    #expect(UInt64(last["btcusdt@depth"] ?? 0) == venue.publishedBook(symbol: "BTCUSDT")?.sequence)
  }

  @Test func subscriptionsAreAnswered() throws {
    let (alice, _, venue) = try Quiet.spot()
    let socket = alice.open("/ws")
    alice.say(#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":"a"}"#, on: socket)
    alice.say(#"{"method":"LIST_SUBSCRIPTIONS","id":2}"#, on: socket)
    #expect(alice.frames[0].text["id"]?.string == "a" && alice.frames[0].text["result"]?.isNull == true)
    #expect(alice.frames[1].text["result"]?[0]?.string == "btcusdt@trade")
    venue.subscriptionsToReject = 1
    alice.say(#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":3}"#, on: socket)
    #expect(alice.frames[2].text["error"]?["code"]?.int == 2)
    alice.say("nonsense", on: socket)
    #expect(alice.frames[3].text["error"]?["code"]?.int == 3)
    for _ in 0..<2 { alice.say(#"{"method":"LIST_SUBSCRIPTIONS","id":2}"#, on: socket) }
    #expect(alice.closed == [socket], "more than five messages in a second")
  }

  @Test func theWebSocketAPI() throws {
    let (alice, _, venue) = try Quiet.spot()
    let socket = alice.open("/ws-api/v3")
    func ask(_ method: String, _ parameters: [(String, String)]) {
      let all = parameters + [("apiKey", alice.account.key), ("timestamp", "\(alice.milliseconds)")]
      let text = all.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
      let mac = Signatures.hex(Signatures.hmac("SHA256", key: Array(alice.account.secret.utf8), Array(text.utf8)))
      let members = (all + [("signature", mac)]).map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",")
      alice.say("{\"id\":\"\(method)\",\"method\":\"\(method)\",\"params\":{\(members)}}", on: socket)
    }
    ask("userDataStream.subscribe.signature", [])
    #expect(alice.frames[0].text["result"]?["subscriptionId"]?.int == 0)
    ask(
      "order.place",
      [
        ("symbol", "BTCUSDT"), ("side", "BUY"), ("type", "LIMIT"), ("timeInForce", "GTC"), ("price", "50000"),
        ("quantity", "0.01"), ("newClientOrderId", "w"),
      ])
    #expect(alice.frames.contains { $0.text["result"]?["status"]?.string == "NEW" })
    #expect(alice.frames.contains { $0.text["event"]?["e"]?.string == "executionReport" })
    ask("order.cancel", [("symbol", "BTCUSDT"), ("origClientOrderId", "w")])
    #expect(venue.order(account: "alice", client: "w")?.state == .cancelled)
    ask("order.status", [("symbol", "BTCUSDT"), ("origClientOrderId", "v")])
    #expect(alice.frames.last?.text["error"]?["code"]?.int == -2013)
    alice.say(#"{"id":1,"method":"session.logon","params":{}}"#, on: socket)
    #expect(alice.frames.last?.text["status"]?.int == 400)
  }
}
