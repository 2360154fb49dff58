import CPatchbay
import Testing
import Vault

/// Every refusal of the send guard, and ways around it.
struct GuardTests {
  let bench: GuardBench
  init() throws { bench = try GuardBench() }

  private let place = Send(
    command: 100, method: PB_METHOD_POST, act: "place", url: [.literal("https://api.example.com/v1/orders")],
    headers: [
      ("X-Key", [.seal([.field("api_key")])]), ("X-Phrase", [.seal([.field("passphrase")])]),
      ("X-Sign", [.seal([.push("a=1"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)])]),
    ], body: [.literal("a=1")])

  @Test func aPermittedTradeLeavesWithAllItsText() throws {
    let sent = try bench.resolve(place)
    #expect(sent.act?.name == "place" && sent.account == 1 && sent.method == .post)
    #expect(String(decoding: sent.request.url, as: UTF8.self) == "https://api.example.com/v1/orders")
    #expect(sent.request.body == Array("a=1".utf8))
    #expect(sent.request.headers.map(\.name) == ["X-Key", "X-Phrase", "X-Sign"])
    let mac = Digest.sha256.hmac(Array("a=1".utf8), key: Array(GuardBench.secret.utf8))
    #expect(sent.request.headers.last?.value == mac.map { Encoding.hex($0) })
  }

  // MARK: Acts

  @Test func sealsAccountsAndCapturesNeedAnAct() throws {
    #expect(try bench.refusal(.get("", "https://api.example.com/v1/balances?")) == .actNeeded)
    let plain = Send(account: 0, url: [.literal("https://api.example.com/anything")])
    #expect(try bench.refusal(plain) == nil)
    #expect(try bench.refusal(plain.with { $0.account = 1 }) == .actNeeded)
    #expect(try bench.refusal(plain.with { $0.captures = [("/a", 1)] }) == .actNeeded)
    #expect(try bench.refusal(plain.with { $0.body = [.seal([Op(PB_OP_TIME_MS)])] }) == .actNeeded)
    #expect(try bench.refusal(plain.with { $0.method = 77 }) == .method(act: ""))
  }

  @Test func anActIsForItsMethodPathAndSort() throws {
    #expect(try bench.refusal(.get("withdraw", "https://api.example.com/v1/withdraw?")) == .unknownAct("withdraw"))
    #expect(try bench.refusal(place.with { $0.method = PB_METHOD_GET }) == .method(act: "place"))
    #expect(try bench.refusal(place.with { $0.method = 0 }) == .method(act: "place"))
    #expect(try bench.refusal(place.with { $0.act = "cancel" }) == .method(act: "cancel"))
    #expect(try bench.refusal(place.with { $0.act = "subscribe" }) == .actSort("subscribe"))
    #expect(try bench.refusal(.frame("balances", "{}")) == .actSort("balances"))
    #expect(try bench.refusal(.open("place", "wss://api.example.com/v1/orders", account: 1)) == .method(act: "place"))
    for path in ["/v1/withdraw", "/v1/Orders", "/v1", "/", "", "/v1/orders/1", "/v2/orders", "/x/v1/orders"] {
      let other = place.with { $0.url = [.literal("https://api.example.com" + path)] }
      #expect(try bench.refusal(other) == .path(act: "place"), "\(path)")
    }
  }

  /// The path is judged after the seals are evaluated.
  @Test func sealsCannotBuildAnotherPath() throws {
    let built = place.with { $0.url = [.literal("https://api.example.com/v1/"), .seal([.push("withdraw")])] }
    #expect(try bench.refusal(built) == .path(act: "place"))
    let encoded = place.with {
      $0.url = [.literal("https://api.example.com/v1/"), .seal([.push("2f7769746864726177"), Op(PB_OP_UNHEX)])]
    }
    #expect(try bench.refusal(encoded) == .url("its path has an empty segment"))
    // A last slash is part of an act's path, as of some sockets, or it is another path.
    let slash = place.with { $0.url = [.literal("https://api.example.com/v1/orders/")] }
    #expect(try bench.refusal(slash) == .path(act: "place"))
    let wild = Send.get("order", "https://api.example.com/v1/orders/")
    #expect(try bench.refusal(wild) == nil)
    let longer = wild.with { $0.url.append(.seal([.push("/cancel")])) }
    #expect(try bench.refusal(longer) == .path(act: "order"))
  }

  @Test(arguments: [
    "/v1/orders//", "/v1/orders/..", "/v1/orders/../withdraw", "/v1/orders/.", "/v1/./orders", "/v1//orders",
    "//v1/orders",
    "/v1/orders/%2e%2e", "/v1/orders/%2E%2e%2Fwithdraw", "/v1/orders/..%2fwithdraw", "/v1/orders/a%2fb",
    "/v1/orders/a%5cb",
    "/v1/orders/a;b", "/v1/orders/%252e", "/v1/orders/a%3fb", "/v1/orders/a%00", "/v1/orders/a%0d%0aX", "/v1/orders/%",
    "/v1/orders/%zz", "/v1/orders/a#b", "/v1/orders\\..\\withdraw",
    "/v1/orders/a b", "/v1/orders/é", "/v1/orders/a\"b",
  ]) func pathTricksAreRefused(path: String) throws {
    for act in ["order", "balances"] {
      let send = Send(act: act, url: [.literal("https://api.example.com" + path)])
      switch try bench.refusal(send) {
      case .url, .seal(.controlCharacter): break
      case let other: Issue.record("\(path): \(String(describing: other))")
      }
    }
  }

  @Test func trueNamesInPathsPass() throws {
    for path in ["/v1/orders/abc-1", "/v1/orders/a.b_c~d", "/v1/orders/%41%3A", "/v1/orders/x?y=../z&u=%2F&l=[1]"] {
      #expect(
        try bench.refusal(Send(act: "order", url: [.literal("https://api.example.com" + path)])) == nil, "\(path)")
    }
  }

  // MARK: Hosts

  @Test(arguments: [
    "https://evil.com/v1/balances", "https://api.example.com.evil.com/v1/balances",
    "https://xapi.example.com/v1/balances",
    "https://api.example.com:8443/v1/balances", "https://push.example.com:9443/v1/balances",
    "https://a.push.example.com/v1/balances", "https://xpush.example.com:9443/v1/balances",
    "https://1.2.3.4/v1/balances",
    "https://2130706433/v1/balances", "https://localhost/v1/balances", "https://api.example.com:444/v1/balances",
  ]) func otherHostsAreRefused(url: String) throws {
    #expect(try bench.refusal(Send(act: "balances", url: [.literal(url)])) == .host)
    #expect(try bench.refusal(Send(account: 0, url: [.literal(url)])) == .host)
  }

  @Test(arguments: [
    "http://api.example.com/v1/balances", "HTTPS://api.example.com/v1/balances", "wss://api.example.com/v1/balances",
    "file:///etc/passwd", "//api.example.com/v1/balances", "https:api.example.com/v1/balances",
    "https://user@api.example.com/v1/balances", "https://api.example.com@evil.com/v1/balances",
    "https://api.example.com:443@evil.com/v1/balances", "https://api.example.com%2eevil.com/v1/balances",
    "https://api.example.com:0443/v1/balances", "https://api.example.com:/v1/balances",
    "https://api.example.com:443:80/v1/balances", "https://api.example.com:+443/v1/balances",
    "https://api.example.com:99999/v1/balances", "https://api.example.com./v1/balances",
    "https://API.example.com/v1/balances", "https://[::1]/v1/balances", "https:///v1/balances",
    "https://evil.com#api.example.com/v1/balances", "https://evil.com\\@api.example.com/v1/balances",
    "https://.push.example.com:9443/v1/balances", "https://api..example.com/v1/balances",
  ]) func urlsThatCanBeReadInTwoWaysAreRefused(url: String) throws {
    for send in [Send(act: "balances", url: [.literal(url)]), Send(account: 0, url: [.literal(url)])] {
      guard case .url = try bench.refusal(send) else {
        Issue.record("\(url) was not refused")
        continue
      }
    }
  }

  @Test func aRequestNeedsAURL() throws {
    #expect(try bench.refusal(Send(account: 0)) == .url("it must begin with https://"))
  }

  @Test func streamsGoToPermittedHostsByTheirScheme() throws {
    #expect(try bench.refusal(.open("", "wss://a.push.example.com:9443/public")) == nil)
    #expect(try bench.refusal(.open("", "wss://a.b.push.example.com:9443/public?x=1")) == nil)
    #expect(try bench.refusal(.open("", "wss://api.example.com")) == nil)
    #expect(try bench.refusal(.open("", "wss://evil.com/")) == .host)
    #expect(try bench.refusal(.open("", "ws://api.example.com/")) == .url("it must begin with wss://"))
    #expect(try bench.refusal(.open("", "https://api.example.com/")) == .url("it must begin with wss://"))
  }

  /// A host that is looked up reports its name to others.
  @Test func nothingSealedStandsInAHost() throws {
    let leak = Send(
      act: "user_stream",
      url: [
        .literal("wss://"), .seal([.field("secret_key"), Op(PB_OP_SHA256), Op(PB_OP_HEX)]),
        .literal(".push.example.com:9443/ws/1"),
      ]
    ).with { ($0.isOpen, $0.stream) = (true, 9) }
    #expect(try bench.refusal(leak) == .url("its host and port must be literal"))
  }

  // MARK: Accounts

  @Test func accountsMustExist() throws {
    #expect(try bench.refusal(place.with { $0.account = 5 }) == .unknownAccount(5))
    #expect(try bench.refusal(place.with { $0.account = 0 }) == .unknownAccount(0))
    #expect(
      try bench.refusal(Send.get("balances", "https://api.example.com/v1/balances?").with { $0.account = 0 })
        == .unknownAccount(0))
    bench.guarding.remove(account: 1)
    #expect(try bench.refusal(place) == .unknownAccount(1))
    #expect(SendRefusal.unknownAccount(1).code == UInt32(PB_REFUSAL_ACCOUNT))
  }

  @Test func publicActsUseNoAccount() throws {
    let time = Send(account: 0, act: "time", url: [.literal("https://api.example.com/v1/time")])
    #expect(try bench.refusal(time) == nil)
    #expect(try bench.refusal(time.with { $0.body = [.seal([Op(PB_OP_TIME_MS)])] }) == nil)
    for op in [
      Op.field("api_key"), .field("secret_key"), Op(PB_OP_SLOT, 0, 1), Op(PB_OP_NONCE, 1), Op(PB_OP_COUNTER),
      Op(PB_OP_PUBLIC_KEY, 1), Op(PB_OP_ADDRESS, 1),
    ] {
      for account in [UInt64(0), 1] {
        let send = time.with { ($0.account, $0.headers) = (account, [("X-A", [.seal([op])])]) }
        #expect(try bench.refusal(send) == .publicActUsesAccount(act: "time"))
      }
    }
    #expect(try bench.refusal(time.with { $0.captures = [("/a", 1)] }) == .publicActUsesAccount(act: "time"))
  }

  /// Some venues take a key's id alone for enough.
  @Test func credentialsDoNotGoOutBesideTheActs() throws {
    let plain = Send(account: 0, url: [.literal("https://api.example.com/v1/listenKey")])
    for part in [Part.literal(GuardBench.apiKey), .literal("id=\(GuardBench.apiKey);")] {
      guard case .header("X-Key", _) = try bench.refusal(plain.with { $0.headers = [("X-Key", [part])] }) else {
        Issue.record("not refused")
        continue
      }
    }
    let sealed = Send(
      account: 0, act: "time", url: [.literal("https://api.example.com/v1/time")],
      headers: [
        ("X-Key", [.seal([.push(Array(GuardBench.apiKey.utf8))])])
      ])
    guard case .header("X-Key", _) = try bench.refusal(sealed) else { throw SendRefusal.host }
    guard
      case .header("Authorization", _) = try bench.refusal(
        plain.with { $0.headers = [("Authorization", [.literal("x")])] })
    else { throw SendRefusal.host }
  }

  // MARK: Trading

  @Test func tradesCiteALiveTradingCommandOfTheAccount() throws {
    #expect(try bench.refusal(place.with { $0.command = 0 }) == .noLiveCommand(act: "place"))
    #expect(try bench.refusal(place.with { $0.command = 999 }) == .noLiveCommand(act: "place"))
    #expect(try bench.refusal(place.with { $0.command = 101 }) == .commandDoesNotTrade(act: "place"))
    #expect(try bench.refusal(place.with { $0.command = 102 }) == .commandOfOtherAccount(act: "place"))
    #expect(try bench.refusal(place.with { $0.account = 2 }) == .commandOfOtherAccount(act: "place"))
    bench.guarding.commands.end(100)
    #expect(try bench.refusal(place) == .noLiveCommand(act: "place"))
    #expect(SendRefusal.noLiveCommand(act: "place").code == UInt32(PB_REFUSAL_ACT))
  }

  @Test func aReadActIsNoWayToTrade() throws {
    let read = place.with { ($0.act, $0.command) = ("balances", 0) }
    #expect(try bench.refusal(read) == .method(act: "balances"))
    #expect(try bench.refusal(read.with { $0.method = PB_METHOD_GET }) == .path(act: "balances"))
  }

  // MARK: Headers

  @Test(arguments: [
    "Host", "hOsT", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "Proxy-Authorization",
    "Sec-WebSocket-Protocol", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL",
    "X-Rewrite-URL", "X-Forwarded-Host", "Forwarded", "Expect", "TE", "Trailer",
  ]) func headersThatChangeTheRequestAreRefused(name: String) throws {
    let send = place.with { $0.headers.append((name, [.literal("DELETE")])) }
    #expect(try bench.refusal(send) == .header(name: name, reason: "the host sets it"))
  }

  @Test func headersCannotBeInjected() throws {
    for name in ["X A", "X:A", "X\r\nB", "", "X\tA", "Ä", "X(A)"] {
      guard case .header = try bench.refusal(place.with { $0.headers = [(name, [.literal("a")])] }) else {
        Issue.record("\(name) was not refused")
        continue
      }
    }
    for value: [UInt8] in [[13], [10], [0], Array("a\r\nX-B: c".utf8)] {
      let send = place.with { $0.headers = [("X-A", [.seal([.push(value)])])] }
      #expect(try bench.refusal(send) == .seal(.controlCharacter(place: "the header X-A")))
    }
    // A field with a line's end in it, which the operator or an exchange may have put there.
    bench.guarding.add(account: 3, try bench.load(["api_key": "key\r\nX-Evil: 1", "secret_key": "s"]))
    let send = Send(
      account: 3, act: "balances", url: [.literal("https://api.example.com/v1/balances")],
      headers: [("X-Key", [.seal([.field("api_key")])])])
    #expect(try bench.refusal(send) == .seal(.controlCharacter(place: "the header X-Key")))
    let url = Send(
      account: 3, act: "balances",
      url: [.literal("https://api.example.com/v1/balances?k="), .seal([.field("api_key")])])
    #expect(try bench.refusal(url) == .seal(.controlCharacter(place: "the URL")))
  }

  @Test func everyRefusalHasACodeAndAReason() throws {
    let all: [SendRefusal] = [
      .kind(3), .actNeeded, .unknownAct("a"), .actSort("a"), .method(act: "a"), .path(act: "a"),
      .operation(act: "a", reason: "b"), .publicActUsesAccount(act: "a"), .noLiveCommand(act: "a"),
      .commandOfOtherAccount(act: "a"), .commandDoesNotTrade(act: "a"), .unknownAccount(1), .streamOfOtherAccount,
      .url("a"),
      .host, .header(name: "a", reason: "b"), .frameWithRequestParts, .capture(path: "a"), .seal(.noAccount),
      .seal(.tooLarge(limit: 1)), .nonce(.exhausted),
    ]
    let codes = all.map { Int($0.code) }
    let (act, host, account, seal) = (PB_REFUSAL_ACT, PB_REFUSAL_HOST, PB_REFUSAL_ACCOUNT, PB_REFUSAL_SEAL)
    #expect(
      codes == [
        act, act, act, act, act, act, act, act, act, act, act, account, account, host, host, seal, seal, seal,
        account, PB_REFUSAL_LIMIT, account,
      ])
    #expect(Set(all.map(\.description)).count == all.count)
  }
}
