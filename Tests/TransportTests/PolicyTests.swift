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
      policy.failed(started: now, opened: nil, now: now, random: random)
      let delay = policy.earliest(now: now) - now
      #expect(delay >= base / 2 && delay < base)
      base = min(base * 2, policy.limits.longest)
      now = policy.earliest(now: now)
    }
    #expect(base == policy.limits.longest)
  }

  @Test func randomnessDecidesWithinTheDelay() {
    var (low, high) = (ReconnectPolicy(), ReconnectPolicy())
    low.failed(started: 0, opened: nil, now: 0, random: 0)
    high.failed(started: 0, opened: nil, now: 0, random: UInt64(low.limits.first / 2 - 1))
    #expect(low.earliest(now: 0) == low.limits.first / 2)
    #expect(high.earliest(now: 0) == low.limits.first - 1)
  }

  @Test func connectionsThatFailTogetherCountOnce() {
    var policy = ReconnectPolicy()
    for _ in 0..<10 { policy.failed(started: 5, opened: 6, now: 10 * second, random: 0) }
    #expect(policy.failures == 1)
  }

  @Test func aConnectionThatLivedLongStartsAnew() {
    var policy = ReconnectPolicy()
    for step in 1...6 { policy.failed(started: Int64(step), opened: nil, now: Int64(step), random: 0) }
    #expect(policy.failures == 6)
    policy.failed(started: 100, opened: 200, now: 200 + policy.limits.stable, random: 0)
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
}
