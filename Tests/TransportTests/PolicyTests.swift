import Testing

@testable import Transport

@Suite("When to connect again, and where to")
struct PolicyTests {
  let second = TransportLimits.second

  @Test func delaysDoubleWithJitterUpToTheLongest() {
    var policy = ReconnectPolicy()
    var now: Int64 = 1000
    #expect(policy.earliest(now: now) == now)
    var base = policy.limits.first
    for random in [UInt64(0), .max, 12345, 7, 99, 1 << 40, 3, 5, 8, 13] {
      policy.ended(
        started: now, opened: nil, hasCarried: true, byConnector: false, now: now, random: random)
      let delay = policy.earliest(now: now) - now
      #expect(delay >= base / 2 && delay < base)
      base = min(base * 2, policy.limits.longest)
      now = policy.earliest(now: now)
    }
    #expect(base == policy.limits.longest)
  }

  @Test func randomnessDecidesWithinTheDelay() {
    var (low, high) = (ReconnectPolicy(), ReconnectPolicy())
    low.ended(
        started: 0, opened: nil, hasCarried: true, byConnector: false, now: 0, random: 0)
    high.ended(
        started: 0, opened: nil, hasCarried: true, byConnector: false, now: 0, random: UInt64(low.limits.first / 2 - 1))
    #expect(low.earliest(now: 0) == low.limits.first / 2)
    #expect(high.earliest(now: 0) == low.limits.first - 1)
  }

  @Test func connectionsThatFailTogetherCountOnce() {
    var policy = ReconnectPolicy()
    for _ in 0..<10 { policy.ended(
        started: 5, opened: 6, hasCarried: true, byConnector: false, now: 10 * second, random: 0) }
    #expect(policy.failures == 1)
  }

  @Test func aConnectionThatLivedLongStartsAnew() {
    var policy = ReconnectPolicy()
    for step in 1...6 { policy.ended(
        started: Int64(step), opened: nil, hasCarried: true, byConnector: false, now: Int64(step), random: 0) }
    #expect(policy.failures == 6)
    policy.ended(
        started: 100, opened: 200, hasCarried: true, byConnector: false, now: 200 + policy.limits.stable, random: 0)
    #expect(policy.failures == 1)
  }

  @Test func aConnectorThatClosesWhatItOpenedIsHeldBackTheSame() {
    var policy = ReconnectPolicy()
    var pauses: [Int64] = []
    var now: Int64 = 0
    for _ in 0..<9 {
      // Open after a moment, a message came, and the connector closes it.
      policy.ended(started: now, opened: now + 1, hasCarried: true, byConnector: true, now: now + 2, random: 0)
      pauses.append(policy.earliest(now: now + 2) - now - 2)
      now = policy.earliest(now: now + 2)
    }
    #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120].map { $0 * second / 4 })
  }

  @Test func aConnectionThatWasOfUseAndIsClosedCostsNothing() {
    var policy = ReconnectPolicy()
    policy.ended(started: 0, opened: nil, hasCarried: false, byConnector: false, now: 1, random: 0)
    let end = 100 + policy.limits.stable
    policy.ended(started: 50, opened: 100, hasCarried: true, byConnector: true, now: end, random: 0)
    #expect(policy.failures == 0)
  }

  @Test func aQuietConnectionHasToStandLonger() {
    var policy = ReconnectPolicy()
    let stable = policy.limits.stable
    policy.ended(started: 0, opened: 1, hasCarried: false, byConnector: false, now: stable + 1, random: 0)
    let later = 2 * stable
    policy.ended(started: later, opened: later, hasCarried: false, byConnector: false, now: later + stable, random: 0)
    #expect(policy.failures == 2)
    let last = 4 * stable
    policy.ended(started: last, opened: last, hasCarried: false, byConnector: false, now: last + 10 * stable, random: 0)
    #expect(policy.failures == 1)
  }

  @Test func theBudgetLetsABurstGoAndThenOneEachInterval() {
    var budget = ConnectBudget(burst: 3, interval: 10)
    #expect((0..<5).map { _ in budget.take(at: 100) } == [100, 100, 100, 110, 120])
    #expect(budget.take(at: 1000) == 1000)
    var full = ConnectBudget()
    let granted = (0..<1000).map { _ in full.take(at: 0) }
    #expect(granted.filter { $0 < 600 * second }.count == 149)
  }

  @Test func budgetsAreSharedAndPerHost() {
    let budgets = ConnectBudgets(ConnectBudget(burst: 1, interval: 10))
    #expect(budgets.take("a:443", at: 5) == 5)
    #expect(budgets.take("a:443", at: 5) == 15)
    #expect(budgets.take("b:443", at: 5) == 5)
  }

  @Test(arguments: [
    "https://user@api.example.com/", "https://api.example.com\\@evil.com/", "https://api.example.com#@evil.com/",
    "https://[::1]/", "ftp://api.example.com/", "https:/api.example.com", "https://", "https://api.example.com:0/",
    "https://api.example.com:99999/", "https://api.example.com:44:3/", "https://api example.com/", "https://ápi.com/",
    "https://api.example.com/a b", "https://api.example.com/\r\nX: y", "https://.com/", "https://a..com/", "",
    "https://api.example.com%00.evil.com/", "//api.example.com/", "https://api.example.com:+443/",
  ])
  func whatIsNotAPlainURL(text: String) {
    #expect(VenueURL(text) == nil)
  }

  @Test func partsOfAURL() throws {
    let url = try #require(VenueURL("WSS://Stream.Example.com:9443/ws?x=1&y=%20"))
    #expect(url.scheme == .wss && url.host == "stream.example.com" && url.port == 9443 && url.target == "/ws?x=1&y=%20")
    #expect(url.authority == "stream.example.com:9443")
    #expect(VenueURL("https://a.b?q=1")?.target == "/?q=1")
    #expect(VenueURL("https://a.b")?.connectText == "https://a.b:443/")
  }

  @Test func hostsAreMatchedWhole() throws {
    let hosts = PermittedHosts(["api.example.com:443", "*.push.example.com:8443"])
    func isPermitted(_ text: String) throws -> Bool { hosts.contains(try #require(VenueURL(text))) }
    #expect(try isPermitted("https://API.example.com/"))
    #expect(try isPermitted("wss://n7.push.example.com:8443/x"))
    for text in [
      "https://api.example.com:8443/", "https://api.example.com.evil.com/", "https://xapi.example.com/",
      "wss://push.example.com:8443/", "wss://.push.example.com.evil.com:8443/", "wss://evilpush.example.com:8443/",
      "http://api.example.com/", "wss://a.push.example.com/",
    ] where VenueURL(text) != nil {
      #expect(try !isPermitted(text), "\(text)")
    }
  }

  /// A connector may name any host below a wildcard, and each counts on its own only as long as there is room.
  @Test func hostsThatAreCountedApartAreBounded() {
    let budgets = ConnectBudgets(ConnectBudget(burst: 1, interval: second))
    for index in 0..<100_000 { _ = budgets.take("h\(index).example:443", at: 0) }
    #expect(budgets.count == ConnectBudgets.limit + 1)
    #expect(budgets.take("h0.example:443", at: 0) == second, "the first is still counted")
    #expect(budgets.take("new.example:443", at: 0) > 1000 * second, "and the many others together")
    // Those that have used nothing for long enough make room.
    #expect(budgets.take("later.example:443", at: 10 * second) == 10 * second && budgets.count <= 3)
  }
}
