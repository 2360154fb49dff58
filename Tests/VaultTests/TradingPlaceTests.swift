import CPatchbay
import Catalog
import Testing
import Vault

/// Orders leave for the hosts of their connector's domain alone, since by these the host knows whether money is real.
@Suite struct TradingPlaceTests {
  private func send(_ host: String, _ path: String = "/api/v3/order", act: String = "place") -> Send {
    Send(
      command: 100, method: PB_METHOD_POST, act: act, url: [.literal("https://\(host)\(path)")],
      headers: [("Content-Type", [.literal("application/x-www-form-urlencoded")])],
      body: [.literal(BindingTests.order)])
  }

  private func refusal(_ bench: BindingBench, _ send: Send) throws -> SendRefusal? {
    bench.begin(PB_CMD_PLACE, [BindingBench.limit()])
    return try bench.refusal(send)
  }

  @Test(arguments: [
    ("live", "api.binance.com"), ("testnet", "testnet.binance.vision"), ("demo", "demo-api.binance.com"),
  ])
  func ordersGoToTheHostsOfTheDomain(domain: String, host: String) throws {
    let bench = try BindingBench("binance", domain: domain)
    #expect(try refusal(bench, send(host)) == nil)
    for other in ["api.binance.com", "testnet.binance.vision", "demo-api.binance.com", "fapi.binance.com"] {
      guard other != host else { continue }
      #expect(try refusal(bench, send(other)) == .hostOfAct(act: "place"), "\(other)")
      // What was permitted before does not help another host.
      #expect(try refusal(bench, send(host)) == nil)
    }
  }

  /// A spot connector in play does not send its order to the futures of the real exchange.
  @Test func anotherMarketsActsDoNotReachItsHosts() throws {
    let bench = try BindingBench("binance", domain: "live")
    let perpetual = send("fapi.binance.com", "/fapi/v1/order", act: "perp_place")
    #expect(try refusal(bench, perpetual) == .hostOfAct(act: "perp_place"))
    let own = try BindingBench("binance", domain: "live", connector: "binance_perpetual")
    #expect(try refusal(own, perpetual) != .hostOfAct(act: "perp_place"))
    #expect(try refusal(own, send("api.binance.com")) == .hostOfAct(act: "place"))
  }

  @Test(arguments: ["data", "nowhere"]) func aDomainWithoutHostsTradesNothing(domain: String) throws {
    let bench = try BindingBench("binance", domain: domain)
    #expect(try refusal(bench, send("api.binance.com")) == .unknownAct("place"))
  }

  /// A stream on which frames may trade is opened at the hosts of the domain, also one that calls itself public.
  @Test func streamsThatCarryOrdersGoToTheHostsOfTheDomain() throws {
    let whole = try GuardBench()
    let place = TradingPlace(domain: "live", hosts: ["api.example.com:443"])
    let guarding = SendGuard(
      manifest: whole.manifest.trading(at: place), nonces: NonceSources(folder: whole.folder.path))
    func open(_ act: String, _ url: String, _ stream: UInt64) throws -> SendRefusal? {
      do {
        try Send.open(act, url, stream: stream).record { _ = try guarding.resolve($0, venueTime: GuardBench.time) }
        return nil
      } catch let refusal as SendRefusal { return refusal }
    }
    #expect(try open("feed_ws", "wss://api.example.com/ws", 1) == nil)
    #expect(try open("feed_ws", "wss://a.push.example.com:9443/ws", 2) == .hostOfAct(act: "feed_ws"))
    #expect(try open("", "wss://a.push.example.com:9443/ws", 3) == .noPublicAct)
    // One that carries no orders goes where it went.
    #expect(try open("feed", "wss://a.push.example.com:9443/public", 4) == nil)
  }

  /// OKX reports orders with play money by a header. Without it, with another value, twice or under a name that only
  /// looks like it, they are real ones.
  @Test func playMoneyAtTheSameHostNeedsItsHeader() throws {
    let bench = try BindingBench("okx", domain: "demo")
    let body = #"{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"0.01","px":"60000.5","#
      + #""clOrdId":"pb1"}"#
    func order(_ headers: [(String, String)]) throws -> SendRefusal? {
      bench.begin(PB_CMD_PLACE, [BindingBench.limit("BTC-USDT", client: "pb1")])
      let all = [("Content-Type", "application/json")] + headers
      return try bench.refusal(
        Send(
          command: 100, method: PB_METHOD_POST, act: "place",
          url: [.literal("https://www.okx.com/api/v5/trade/order")], headers: all.map { ($0.0, [.literal($0.1)]) },
          body: [.literal(body)]))
    }
    for name in ["x-simulated-trading", "X-Simulated-Trading"] { #expect(try order([(name, "1")]) == nil) }
    let lacks = SendRefusal.header(name: "x-simulated-trading", reason: "the domain wants it with its own value")
    #expect(try order([]) == lacks)
    for value in ["0", "1 ", "01"] { #expect(try order([("x-simulated-trading", value)]) == lacks, "\(value)") }
    #expect(try order([("x-simulated-trading", "1"), ("X-Simulated-Trading", "0")]) != nil)
    #expect(try order([("x-simulated-tradinġ", "1")]) != nil)
  }
}
