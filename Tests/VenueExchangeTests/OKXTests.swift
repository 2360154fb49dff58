import Decimals
import JSONTree
import Testing
import Venue

@testable import VenueExchange

/// OKX as its documentation says.
@Suite struct OKXTests {
  private static let second: Int64 = 1_000_000_000

  private static func code(_ reply: VenueReply) -> String {
    "\(reply.status) \(Client.json(reply)["code"]?.string ?? "")"
  }

  @Test func whoIsLetIn() throws {
    let (alice, _, venue) = try Quiet.okx()
    let path = "/api/v5/account/balance"
    func code(time: Int64? = nil, _ change: (inout [String: String]) -> Void = { _ in }) -> String {
      Self.code(alice.signed("GET", path, query: "ccy=BTC", time: time, change: change))
    }
    #expect(code() == "200 0")
    for (name, error) in [
      ("ok-access-key", "50103"), ("ok-access-passphrase", "50104"), ("ok-access-sign", "50106"),
      ("ok-access-timestamp", "50107"),
    ] {
      #expect(code { $0[name] = nil } == "401 \(error)")
    }
    #expect(code { $0["ok-access-key"] = "somebody" } == "401 50111")
    #expect(code { $0["ok-access-sign"] = "bm8=" } == "401 50113")
    #expect(code { $0["ok-access-passphrase"] = "no" } == "401 50105")
    #expect(code { $0["ok-access-timestamp"] = "soon" } == "401 50112")
    for away in [-31_000, 31_000] as [Int64] { #expect(code(time: alice.milliseconds + away) == "401 50102") }
    #expect(code(time: alice.milliseconds - 29_000) == "200 0")
    #expect(Self.code(alice.send("GET", path)) == "401 50103")
    #expect(Self.code(alice.send("POST", path)) == "405 50115" && Self.code(alice.send("GET", "/wish")) == "404 404")
    venue.isInMaintenance = true
    #expect(code() == "503 50001" && Self.code(alice.send("GET", "/api/v5/public/time")) == "200 0")
    let refused = alice.open("/ws/v5/public")
    #expect(alice.refused == [refused])
    venue.isInMaintenance = false
    venue.timeRefusalEvery = 1
    #expect(code() == "401 50102")
  }

  private static func order(_ more: String, side: String = "buy", type: String = "limit") -> String {
    #"{"instId":"BTC-USDT","tdMode":"cash","side":"\#(side)","ordType":"\#(type)"\#(more)}"#
  }

  private static func limit(_ size: String, _ price: String, client: String = "", type: String = "limit") -> String {
    order(#","sz":"\#(size)","px":"\#(price)","clOrdId":"\#(client)""#, type: type)
  }

  @Test(arguments: [
    (#"{"instId":"BTC-EUR","tdMode":"cash","side":"buy","ordType":"market","sz":"1"}"#, "51001"),
    (#"{"instId":"BTC-USDT","side":"buy","ordType":"market","sz":"1"}"#, "50014"),
    (#"{"instId":"BTC-USDT","tdMode":"cross","side":"buy","ordType":"market","sz":"1"}"#, "51000"),
    (order(#","sz":"1","px":"50000""#, side: "up"), "51000"),
    (order(#","sz":"1","px":"50000""#, type: "wish"), "51000"),
    (order(#","sz":"1""#), "50014"), (order(#","px":"50000""#), "50014"), (limit("0.1", "50000.01"), "51000"),
    (limit("0.000001", "50000"), "51020"), (limit("0.000000001", "50000"), "51121"), (limit("10", "50000"), "51008"),
    (limit("10000", "50000"), "51005"), (limit("0.001", "500000"), "51137"),
    (order(#","sz":"0.1","px":"1000""#, side: "sell"), "51138"),
    (limit("0.1", "50000", client: "not-one"), "51000"), ("[]", "51000"),
  ])
  func ordersAreRefused(body: String, code: String) throws {
    let (alice, _, venue) = try Quiet.okx()
    let reply = alice.post("trade/order", body)
    #expect((reply["data"]?[0]?["sCode"]?.string ?? reply["code"]?.string) == code, "\(reply)")
    #expect(reply["code"]?.string != "0" && venue.orders(account: "alice").isEmpty)
    #expect(venue.balances(account: "alice").allSatisfy { $0.total == $0.available })
  }

  /// Its price limit keeps an owner from giving too much away, and from nothing else.
  @Test func aBidFarBelowRests() throws {
    let (alice, _, venue) = try Quiet.okx()
    #expect(alice.post("trade/order", Self.limit("0.1", "1000"))["code"]?.string == "0")
    #expect(venue.orders(account: "alice").count == 1)
  }

  @Test func anOrdersLife() throws {
    let (alice, bob, venue) = try Quiet.okx()
    let placed = alice.post("trade/order", Self.limit("0.1", "50000", client: "mine"))
    #expect(placed["code"]?.string == "0" && placed["inTime"] != nil)
    let id = try #require(placed["data"]?[0]?["ordId"]?.string)
    let again = alice.post("trade/order", Self.limit("0.1", "50000", client: "mine"))
    #expect(again["code"]?.string == "1" && again["data"]?[0]?["sCode"]?.string == "51016")
    let free = venue.balances(account: "alice").first { $0.asset == "USDT" }?.available
    #expect(free == Decimal64(95_000), "fees are taken from what is received")
    #expect(alice.ask("trade/orders-pending", "instType=SPOT")["data"]?[0]?["ordId"]?.string == id)
    #expect(alice.ask("trade/orders-pending", "instType=SWAP")["data"]?.array?.isEmpty == true)
    let named = "\"instId\":\"BTC-USDT\",\"clOrdId\":\"mine\""
    #expect(alice.post("trade/amend-order", "{\(named),\"newSz\":\"0.05\"}")["code"]?.string == "0")
    let asked = alice.ask("trade/order", "instId=BTC-USDT&clOrdId=mine")["data"]?[0]
    #expect(asked?["sz"]?.string == "0.05" && asked?["state"]?.string == "live" && asked?["px"]?.string == "50000")
    #expect(alice.ask("trade/order", "instId=ETH-USDT&clOrdId=mine")["code"]?.string == "51603")
    #expect(bob.ask("trade/order", "instId=BTC-USDT&ordId=\(id)")["code"]?.string == "51603")
    #expect(alice.post("trade/cancel-order", "{\(named)}")["data"]?[0]?["ordId"]?.string == id)
    let gone = alice.post("trade/cancel-order", "{\(named)}")
    #expect(gone["code"]?.string == "1" && gone["data"]?[0]?["sCode"]?.string == "51400")
    #expect(alice.post("trade/amend-order", "{\(named),\"newSz\":\"0.05\"}")["data"]?[0]?["sCode"]?.string == "51503")
    let ended = alice.ask("trade/orders-history", "instType=SPOT")["data"]?[0]
    #expect(ended?["state"]?.string == "canceled" && ended?["cancelSource"]?.string == "1")
    // What was cancelled without an execution is kept for two hours.
    alice.advance(7201 * Self.second)
    #expect(alice.ask("trade/orders-history", "instType=SPOT")["data"]?.array?.isEmpty == true)
    #expect(alice.ask("trade/order", "instId=BTC-USDT&ordId=\(id)")["code"]?.string == "51603")
    #expect(venue.balances(account: "alice").allSatisfy { $0.total == $0.available })
  }

  @Test func deadlinesAndClients() throws {
    let (alice, _, venue) = try Quiet.okx()
    func place(_ deadline: Int64) -> JSONValue {
      Client.json(
        alice.signed("POST", "/api/v5/trade/order", body: Self.limit("0.1", "50000")) {
          $0["exptime"] = String(deadline)
        })
    }
    #expect(place(alice.milliseconds - 1)["code"]?.string == "50036")
    #expect(venue.orders(account: "alice").isEmpty)
    #expect(place(alice.milliseconds + 1)["code"]?.string == "0")
  }

  @Test func feesAndFills() throws {
    let (alice, bob, venue) = try Quiet.okx()
    _ = bob.post(
      "trade/order", Self.order(#","sz":"0.1234","px":"59999.9","clOrdId":"ask""#, side: "sell", type: "post_only"))
    let best = alice.get("/api/v5/market/books", "instId=BTC-USDT&sz=1")["data"]?[0]?["asks"]?[0]
    #expect(best == nil || best?[0]?.string != "59999.9", "books are told every 100 ms")
    alice.advance(200_000_000)
    let told = try #require(alice.get("/api/v5/market/books", "instId=BTC-USDT&sz=1")["data"]?[0]?["asks"]?[0])
    #expect(told[0]?.string == "59999.9" && told[1]?.string == "0.1234" && told[3]?.string == "1")
    // A buy at the market counts quote unless it says otherwise.
    let body = Self.order(#","sz":"600","clOrdId":"t""#, type: "market")
    #expect(alice.post("trade/order", body)["code"]?.string == "0")
    let order = try #require(venue.order(account: "alice", client: "t"))
    #expect(order.state == .filled && order.fills.count == 1 && order.filled == Decimal64("0.01000001"))
    #expect(order.fills[0].fee == Decimal64("0.00001") && order.fills[0].feeAsset == "BTC")
    let asked = alice.ask("trade/order", "instId=BTC-USDT&clOrdId=t")["data"]?[0]
    #expect(asked?["sz"]?.string == "600" && asked?["tgtCcy"]?.string == "quote_ccy")
    #expect(asked?["fee"]?.string == "-0.00001" && asked?["avgPx"]?.string == "59999.9")
    let fill = try #require(alice.ask("trade/fills-history", "instType=SPOT")["data"]?[0])
    #expect(fill["fee"]?.string == "-0.00001" && fill["execType"]?.string == "T" && fill["clOrdId"]?.string == "t")
    let maker = bob.ask("trade/fills", "")["data"]?[0]
    #expect(maker?["execType"]?.string == "M" && maker?["feeCcy"]?.string == "USDT")
    let rates = alice.ask("account/trade-fee", "instType=SPOT")["data"]?[0]
    #expect(rates?["taker"]?.string == "-0.001" && rates?["maker"]?.string == "-0.0008")
    #expect(venue.checkInvariants())
  }

  @Test func listsHavePages() throws {
    let (alice, _, _) = try Quiet.okx()
    var ids: [String] = []
    for number in 0..<7 {
      let placed = alice.post("trade/order", Self.limit("0.001", "5\(number)000"))
      ids.insert(try #require(placed["data"]?[0]?["ordId"]?.string), at: 0)
      alice.advance(Self.second)
    }
    func page(_ query: String) -> [String]? {
      alice.ask("trade/orders-pending", query)["data"]?.array?.compactMap { $0["ordId"]?.string }
    }
    #expect(page("") == ids && page("limit=3") == Array(ids[..<3]))
    #expect(page("limit=3&after=\(ids[2])") == Array(ids[3..<6]) && page("before=\(ids[2])") == Array(ids[..<2]))
    #expect(page("after=\(ids[6])") == [] && page("instId=ETH-USDT") == [])
    #expect(alice.ask("trade/orders-pending", "limit=x")["code"]?.string == "51000")
  }

  @Test func batches() throws {
    let (alice, _, venue) = try Quiet.okx()
    func item(_ client: String, _ size: String) -> String { Self.limit(size, "50000", client: client) }
    let some = alice.post("trade/batch-orders", "[\(item("a", "0.01")),\(item("b", "10")),\(item("c", "0.01"))]")
    #expect(some["code"]?.string == "2")
    #expect(some["data"]?.array?.map { $0["sCode"]?.string } == ["0", "51008", "0"])
    #expect(alice.post("trade/batch-orders", "[\(item("b", "10"))]")["code"]?.string == "1")
    let many = Array(repeating: item("", "0.01"), count: 21).joined(separator: ",")
    #expect(alice.post("trade/batch-orders", "[\(many)]")["code"]?.string == "51111")
    let names = ["a", "x", "c"].map { "{\"instId\":\"BTC-USDT\",\"clOrdId\":\"\($0)\"}" }.joined(separator: ",")
    let gone = alice.post("trade/cancel-batch-orders", "[\(names)]")
    #expect(gone["code"]?.string == "2" && gone["data"]?.array?.map { $0["sCode"]?.string } == ["0", "51400", "0"])
    #expect(venue.orders(account: "alice").map(\.state) == [.cancelled, .cancelled])
  }

  @Test func requestsAreCounted() throws {
    let (alice, bob, _) = try Quiet.okx()
    func codes(_ client: OKXClient, _ count: Int) -> [String] {
      (0..<count).map { _ in Self.code(client.signed("GET", "/api/v5/account/balance")) }
    }
    #expect(codes(alice, 11) == Array(repeating: "200 0", count: 10) + ["429 50011"])
    #expect(codes(bob, 1) == ["200 0"], "each account has its own")
    alice.advance(2 * Self.second)
    #expect(codes(alice, 1) == ["200 0"])
    // Orders are counted by instrument; a batch has its own limit, of orders.
    for _ in 0..<60 { #expect(alice.post("trade/order", Self.limit("0.00001", "50000"))["code"]?.string == "0") }
    #expect(alice.post("trade/order", Self.limit("0.00001", "50000"))["code"]?.string == "50011")
    let other = #"{"instId":"ETH-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"0.01","px":"2000"}"#
    #expect(alice.post("trade/order", other)["code"]?.string == "0")
    #expect(alice.post("trade/batch-orders", "[\(Self.limit("0.00001", "50000"))]")["code"]?.string == "0")
  }

  // MARK: Sockets

  @Test func logins() throws {
    let (alice, _, venue) = try Quiet.okx()
    let socket = alice.open("/ws/v5/private")
    func said(_ text: String) -> String? {
      alice.forget()
      alice.say(text, on: socket)
      return alice.frames.first?.text["code"]?.string ?? alice.frames.first?.text["event"]?.string
    }
    let orders = #"{"op":"subscribe","args":[{"channel":"orders","instType":"SPOT"}]}"#
    #expect(said(orders) == "60011")
    #expect(said(#"{"op":"login","args":[{"apiKey":"x"}]}"#) == "60005")
    let now = alice.milliseconds / 1000
    #expect(said(alice.login(time: now - 31)) == "60006" && said(alice.login(time: now + 31)) == "60006")
    #expect(said(alice.login(passphrase: "no")) == "60024")
    #expect(said(alice.login().replacingOccurrences("\"sign\":\"", "\"sign\":\"x")) == "60007")
    venue.loginsToReject = 1
    #expect(said(alice.login()) == "63999" && said(alice.login()) == "0" && said(orders) == "subscribe")
    #expect(said(#"{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}"#) == "60008")
    #expect(said("nonsense") == "60012" && said(#"{"op":"wish","args":[1]}"#) == "60019")
    #expect(alice.open("/ws/v5/else") == alice.refused.last)
  }

  @Test func privateChannels() throws {
    let (alice, bob, venue) = try Quiet.okx()
    let socket = alice.open("/ws/v5/private")
    alice.say(alice.login(), on: socket)
    alice.say(#"{"op":"subscribe","args":[{"channel":"orders","instType":"ANY"},{"channel":"account"}]}"#, on: socket)
    let first = try #require(alice.frames.last?.text)
    #expect(first["eventType"]?.string == "snapshot" && first["data"]?[0]?["details"]?.array?.count == 3)
    alice.forget()
    _ = bob.post("trade/order", Self.order(#","sz":"0.1","px":"59999.9""#, side: "sell"))
    #expect(alice.frames.isEmpty, "of others nothing is told")
    let text = Self.order(#","sz":"0.2","px":"59999.9","clOrdId":"o""#)
    alice.say("{\"id\":\"7\",\"op\":\"order\",\"args\":[\(text)]}", on: socket)
    let id = venue.order(account: "alice", client: "o")?.id
    let answer = alice.frames.first { $0.text["op"]?.string == "order" }?.text
    #expect(answer?["id"]?.string == "7" && answer?["data"]?[0]?["ordId"]?.string == id.map { String($0) })
    alice.say(
      #"{"id":"8","op":"cancel-order","args":[{"instIdCode":10000,"ordId":"\#(id ?? 0)"}]}"#, on: socket)
    let pushes = alice.frames.filter { $0.text["arg"]?["channel"]?.string == "orders" }
    let reports = pushes.compactMap { $0.text["data"]?[0] }
    #expect(reports.map { $0["state"]?.string } == ["live", "partially_filled", "canceled"])
    #expect(reports.map { $0["fillSz"]?.string } == ["0", "0.1", "0"] && reports[1]["fillFeeCcy"]?.string == "BTC")
    #expect(reports[1]["execType"]?.string == "T" && reports[1]["fillFee"]?.string == "-0.0001")
    let balances = alice.frames.filter { $0.text["eventType"]?.string == "event_update" }
    #expect(!balances.isEmpty && balances.last?.text["arg"]?["uid"] != nil)
    alice.forget()
    alice.advance(6 * Self.second)
    #expect(alice.frames.contains { $0.text["eventType"]?.string == "snapshot" }, "accounts are pushed regularly")
  }

  @Test func publicChannels() throws {
    let options = OKXVenue.usual(seed: 4)
    let client = Client(try OKXVenue(options), options.accounts[0])
    let socket = client.open("/ws/v5/public")
    let topics = #"{"channel":"books","instId":"X-Y"},{"channel":"books","instId":"BTC-USDT"}"#
    client.say("{\"id\":\"1\",\"op\":\"subscribe\",\"args\":[\(topics)]}", on: socket)
    #expect(client.frames.map { $0.text["code"]?.string ?? $0.text["event"]?.string } == ["60018", "subscribe", nil])
    let first = try #require(client.frames.last?.text["data"]?[0])
    #expect(first["prevSeqId"]?.int == -1 && first["checksum"]?.int == 0)
    client.forget()
    for _ in 0..<30 { client.advance(100_000_000) }
    var last = first["seqId"]?.int
    #expect(client.frames.count > 20)
    for frame in client.frames {
      #expect(frame.text["action"]?.string == "update" && frame.text["data"]?[0]?["prevSeqId"]?.int == last)
      last = frame.text["data"]?[0]?["seqId"]?.int
    }
    client.say(#"{"op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}"#, on: socket)
    client.forget()
    client.advance(Self.second)
    #expect(client.frames.isEmpty)
  }

  @Test func stillSocketsAreClosed() throws {
    let (alice, _, _) = try Quiet.okx()
    let (still, alive, book) = (alice.open("/ws/v5/public"), alice.open("/ws/v5/public"), alice.open("/ws/v5/public"))
    alice.say(#"{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}"#, on: book)
    for _ in 0..<7 {
      alice.advance(10 * Self.second)
      alice.say("ping", on: alive)
      alice.say("ping", on: book)
    }
    #expect(alice.closed == [still])
    let update = try #require(alice.frames.last { $0.text["action"]?.string == "update" }?.text["data"]?[0])
    #expect(update["prevSeqId"] == update["seqId"] && update["asks"]?.array?.isEmpty == true, "a still book says so")
  }

  @Test func conditionalOrders() throws {
    let (alice, _, venue) = try Quiet.okx()
    func stop(_ client: String, _ trigger: String) -> JSONValue {
      alice.post(
        "trade/order-algo",
        #"{"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"conditional","sz":"0.01","#
          + #""slTriggerPx":"\#(trigger)","slOrdPx":"-1","algoClOrdId":"\#(client)"}"#)
    }
    #expect(stop("late", "61000")["data"]?[0]?["sCode"]?.string == "51280")
    let socket = alice.open("/ws/v5/business")
    alice.say(alice.login(), on: socket)
    alice.say(#"{"op":"subscribe","args":[{"channel":"orders-algo","instType":"SPOT"}]}"#, on: socket)
    alice.say(#"{"op":"subscribe","args":[{"channel":"orders","instType":"SPOT"}]}"#, on: socket)
    #expect(alice.frames.last?.text["code"]?.string == "60008", "that channel is at the other address")
    let id = try #require(stop("stop", "59970")["data"]?[0]?["algoId"]?.string)
    #expect(stop("stop", "59970")["data"]?[0]?["sCode"]?.string == "51065")
    #expect(stop("other", "50000")["code"]?.string == "0")
    #expect(alice.ask("trade/orders-algo-pending", "ordType=conditional")["data"]?.array?.count == 2)
    // The account itself drives the price down to it.
    for _ in 0..<19 where venue.orders(account: "alice").allSatisfy({ $0.client != "stop" }) {
      _ = alice.post("trade/order", Self.order(#","sz":"0.1""#, side: "sell", type: "market"))
    }
    let done = alice.ask("trade/order-algo", "algoClOrdId=stop")["data"]?[0]
    #expect(done?["state"]?.string == "effective" && done?["algoId"]?.string == id)
    let pushes = alice.frames.filter { $0.text["arg"]?["channel"]?.string == "orders-algo" && $0.text["data"] != nil }
    #expect(pushes.map { $0.text["data"]?[0]?["state"]?.string } == ["live", "live", "effective"])
    #expect(pushes.last?.text["data"]?[0]?["ordId"] == done?["ordId"])
    #expect(alice.ask("trade/orders-algo-pending", "ordType=trigger")["data"]?.array?.isEmpty == true)
    let real = alice.ask("trade/order", "instId=BTC-USDT&ordId=\(done?["ordId"]?.string ?? "")")["data"]?[0]
    #expect(real?["algoId"]?.string == id && real?["algoClOrdId"]?.string == "stop" && real?["clOrdId"]?.string == "")
    #expect(real?["state"]?.string == "filled")
    let cancel = "[{\"instId\":\"BTC-USDT\",\"algoClOrdId\":\"other\"}]"
    #expect(alice.post("trade/cancel-algos", cancel)["code"]?.string == "0")
    #expect(alice.post("trade/cancel-algos", cancel)["data"]?[0]?["sCode"]?.string == "51400")
    #expect(
      alice.ask("trade/orders-algo-history", "ordType=conditional&state=canceled")["data"]?.array?.count == 1)
  }

  @Test func timesAreRead() {
    #expect(rfc3339Milliseconds("2020-12-08T09:08:57.715Z") == 1_607_418_537_715)
    #expect(rfc3339Milliseconds("1970-01-01T00:00:01Z") == 1000)
    #expect(rfc3339Milliseconds("2020-12-08T09:08:57.7Z") == 1_607_418_537_700)
    for wrong in [
      "", "Z", "2020-12-08", "2020-13-08T09:08:57.715Z", "2020-12-08T24:08:57.715Z", "2020-12-08T09:08:57.Z",
      "2020-12-08T09:08:57.715", "2020-12-08T09:08:57.7x5Z", "2020-12-08 09:08:57.715Z", "1607418537715",
    ] {
      #expect(rfc3339Milliseconds(wrong) == nil, "\(wrong)")
    }
  }
}

extension String {
  fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String {
    split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
  }
}
