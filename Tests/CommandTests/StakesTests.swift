import Testing

@testable import PatchbayHost

/// What counts as real money.
@Suite struct StakesTests {
  private let hosts = ["api.x.test:443", "feed.x.test:443"]

  @Test func playMoneyHasAReason() {
    #expect(Stakes(hosts: [], domain: nil, urls: [:]) == .play("it is inside the connector"))
    #expect(Stakes(hosts: hosts, domain: "testnet", urls: [:]) == .play("domain testnet"))
    let first = ["api.x.test:443": "https://127.0.0.1:9/x"]
    #expect(Stakes(hosts: hosts, domain: nil, urls: first) == .play("on this machine"))
    let both = ["api.x.test:443": "https://[::1]:9", "feed.x.test:443": "wss://localhost/feed"]
    #expect(Stakes(hosts: hosts, domain: "live", urls: both) == .play("on this machine"))
    #expect(Stakes(hosts: hosts, domain: "eea", urls: both) == .play("on this machine"))
  }

  /// Each row: replaced hosts, and the domain.
  @Test(arguments: [
    ([:], nil), ([:], "live"), ([:], "data"),
    // The host that takes orders is not replaced, or another goes elsewhere.
    (["feed.x.test:443": "https://127.0.0.1:9"], nil),
    (["api.x.test:443": "https://127.0.0.1:9", "feed.x.test:443": "https://gateway.test"], nil),
    // Another domain has its orders taken by another host than the first.
    (["api.x.test:443": "https://127.0.0.1:9"], "eea"),
    // Another connector's hosts say nothing.
    (["api.y.test:443": "https://127.0.0.1:9"], nil),
  ] as [([String: String], String?)])
  func allElseIsReal(_ urls: [String: String], _ domain: String?) {
    #expect(Stakes(hosts: hosts, domain: domain, urls: urls).isReal)
  }

  @Test(arguments: [
    "https://127.0.0.1.evil.test/", "https://localhost.evil.test", "https://127.0.0.1@evil.test/", "https://10.0.0.1",
    "https://[::1].evil.test", "127.0.0.1", "https://", "https://127.0.0.999", "https://127..0.1",
  ])
  func whatOnlyLooksLikeThisMachineIsNot(_ url: String) { #expect(!Stakes.isLoopback(url)) }
}
