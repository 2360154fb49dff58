import CPatchbay
import Catalog
import Testing

@testable import Vault

/// A dropped-in manifest that calls things what they are not, and a connector that makes use of it. Each attack is
/// refused in its intended way, and what is bound to a command leaves after it.
struct LyingManifestTests {
  /// A guard for a manifest that nobody vouches for, with one account and a live order.
  private struct Bench {
    let folder: TemporaryFolder
    let guarding: SendGuard

    init(_ acts: String, unbound: Bool = false, key: SigningKeyForm = .none) throws {
      let place = """
        {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/v1/orders",
         "headers": ["X-Sign"], "sealed": ["header:X-Sign"], "allow": ["nonce"],
         "bind": {"symbol": "form:symbol", "side": "form:side", "type": "form:type", "quantity": "form:quantity",
                  "price": "form:price", "client_order": "form:client"}}
        """
      let text = """
        {"id": "liar", "name": "Liar", "type": "CLOB", "markets": {"spot": {"connector": "liar"}}, "version": "1.0.0",
         "abi": {"revision": 1}, "library": "libliar.so", "extensions": [],
         "credentials": [{"name": "api_key", "secret": false}, {"name": "secret_key", "secret": true}],
         "permissions": {"hosts": ["api.example.com:443"], "acts": [\(place), \(acts)]}}
        """
      folder = try TemporaryFolder()
      let manifest = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
      guarding = SendGuard(
        manifest: manifest, nonces: NonceSources(folder: folder.path), allowsUnbound: unbound,
        random: { [UInt8](repeating: 7, count: $0) })
      var fields: [String: StoredField] = [:]
      let secret = key == .secp256k1 ? String(repeating: "17", count: 32) : "the-secret-of-account-one"
      for (name, value) in ["api_key": "PUBLIC-KEY-ID-0001", "secret_key": secret] {
        let form: KeyForm = name == "secret_key" && key == .secp256k1 ? .secp256k1Hex : .raw
        fields[name] = StoredField(try #require(SecretBytes(Array(value.utf8))), form: form)
      }
      guarding.add(
        account: 1,
        try LoadedAccount(
          StoredAccount(exchange: "liar", name: "main", fields: fields), schema: manifest.credentials))
    }

    enum SigningKeyForm { case none, secp256k1 }

    func resolve(_ send: Send) throws -> ResolvedSend {
      try send.record { try guarding.resolve($0, venueTime: GuardBench.time) }
    }

    func refusal(_ send: Send) throws -> SendRefusal? {
      do {
        _ = try resolve(send)
        return nil
      } catch let refusal as SendRefusal {
        return refusal
      }
    }

    /// What the user has asked for still leaves.
    func trades() throws -> Bool {
      guarding.commands.begin(100, Licence(account: 1, verb: UInt32(PB_CMD_PLACE), items: [BindingBench.limit()]))
      let body = "symbol=BTCUSDT&side=buy&type=limit&quantity=0.01&price=60000.50&client=pb-1&nonce=1"
      let sign = ("X-Sign", [Part.seal([.push("m"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)])])
      return try refusal(
        Send(
          command: 100, method: PB_METHOD_POST, act: "place", url: [.literal("https://api.example.com/v1/orders")],
          headers: [("Content-Type", [.literal("application/x-www-form-urlencoded")]), sign],
          body: [.literal(body)])) == nil
    }
  }

  private static let order = #"{"method":"add_order","params":{"symbol":"BTC/USD","order_qty":5,"token":"t"}}"#

  /// An order over a stream that is called public, with a token that was read before.
  @Test(arguments: [
    "add_order", "order.place", "subscribe.order", "trade", "ping_order", "/method=subscribe", "/method=add_order",
    "login",
  ]) func anOrderIsNoPublicFrame(operation: String) throws {
    let acts = """
      {"name": "feed", "class": "public", "method": "GET", "path": "/v2", "operations": ["note", "subscribe"]},
      {"name": "note", "class": "public", "operation": "\(operation)", "because": "a subscription"},
      {"name": "subscribe", "class": "public", "operation": "subscribe"}
      """
    let frame = Self.order.replacing("add_order", with: operation.replacing("/method=", with: ""))
    for act in ["", "note"] {
      let bench = try Bench(acts)
      #expect(try bench.refusal(.open("", "wss://api.example.com/v2")) == nil)
      let order = Send(account: 0, stream: 9, act: act, body: [.literal(frame)])
      #expect(try bench.refusal(order) == .unbound(act: "note"))
      let subscribe = #"{"method":"subscribe","params":{"channel":"book"}}"#
      let isNamed = operation == "/method=subscribe"
      if !isNamed { #expect(try bench.refusal(Send(account: 0, stream: 9, body: [.literal(subscribe)])) == nil) }
      #expect(try bench.trades())
    }
    let trusted = try Bench(acts, unbound: true)
    #expect(try trusted.refusal(.open("", "wss://api.example.com/v2")) == nil)
    #expect(try trusted.refusal(Send(account: 0, stream: 9, body: [.literal(frame)])) == nil, "the permit says so")
  }

  /// A subscription that says beside it what another exchange would take for an order.
  @Test(arguments: ["command", "e", "n", "op", "action", "func", "verb"]) func nothingStandsBesideTheOperation(
    member: String
  ) throws {
    let bench = try Bench(
      """
      {"name": "feed", "class": "public", "method": "GET", "path": "/v2", "operations": ["subscribe"]},
      {"name": "subscribe", "class": "public", "operation": "subscribe"}
      """)
    #expect(try bench.refusal(.open("", "wss://api.example.com/v2")) == nil)
    let frame = #"{"method":"subscribe","\#(member)":"place-order"}"#
    #expect(try bench.refusal(Send(account: 0, stream: 9, body: [.literal(frame)])) == .noPublicAct)
    #expect(try bench.trades())
  }

  /// Orders by requests that are called public, or a look at the account.
  @Test(arguments: ["public", "read"], ["POST", "PUT", "DELETE", "PATCH"])
  func aRequestThatMayChangeSomethingIsNoLook(kind: String, method: String) throws {
    let codes = [
      "POST": PB_METHOD_POST, "PUT": PB_METHOD_PUT, "DELETE": PB_METHOD_DELETE, "PATCH": PB_METHOD_PATCH,
    ]
    let acts = """
      {"name": "look", "class": "\(kind)", "method": "\(method)", "path": "/v1/*", "because": "it only looks",
       "headers": ["X-Sign"], "sealed": ["header:X-Sign"]},
      {"name": "orders", "class": "read", "method": "GET", "path": "/v1/orders", "headers": ["X-Sign"],
       "sealed": ["header:X-Sign"]}
      """
    let sign = ("X-Sign", [Part.seal([.push("m"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)])])
    let isRead = kind == "read"
    var send = Send(
      account: isRead ? 1 : 0, method: try #require(codes[method]), act: "look",
      url: [.literal("https://api.example.com/v1/trade")], headers: isRead ? [sign] : [],
      body: [.literal("symbol=BTCUSDT&side=buy&quantity=5")])
    let bench = try Bench(acts.replacing("/v1/*", with: "/v1/trade"))
    #expect(try bench.refusal(send) == .unbound(act: "look"))
    if !isRead {
      send.act = ""
      #expect(try bench.refusal(send) == .unbound(act: "look"))
    }
    let get = Send(act: "orders", url: [.literal("https://api.example.com/v1/orders")], headers: [sign])
    #expect(try bench.refusal(get) == nil && bench.trades())
  }

  /// A signed frame that is called a look; signing in and subscribing are what they are called.
  @Test func aSignedFrameSignsInOrSubscribes() throws {
    func bench(_ operation: String) throws -> Bench {
      let bench = try Bench(
        """
        {"name": "stream", "class": "public", "method": "GET", "path": "/v2", "operations": ["look"]},
        {"name": "look", "class": "read", "operation": "\(operation)", "sealed": ["json:/params/sign"]}
        """)
      #expect(try bench.refusal(.open("", "wss://api.example.com/v2")) == nil)
      return bench
    }
    for (operation, isRefused) in [
      ("order.place", true), ("order.status", true), ("private/buy", true), ("/method=login", true), ("login", false),
      ("session.logon", false), ("userDataStream.subscribe.signature", false), ("private/subscribe", false),
    ] {
      let bench = try bench(operation)
      let name = operation.replacing("/method=", with: "")
      let seal = Part.seal([.push("m"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)])
      let frame = Send(
        stream: 9, act: "look",
        body: [.literal(#"{"method":"\#(name)","params":{"qty":5,"sign":""#), seal, .literal(#""}}"#)])
      #expect(try bench.refusal(frame) == (isRefused ? .unbound(act: "look") : nil), "\(operation)")
      #expect(try bench.trades())
    }
  }

  /// Some nodes of chains take a transaction by `GET`.
  @Test func aLookDoesNotCarryATransaction() throws {
    let acts = """
      {"name": "look", "class": "read", "method": "GET", "path": "/broadcast", "sealed": ["query:tx"]}
      """
    let sign = [Op.push("transfer"), Op(PB_OP_SHA256), Op(PB_OP_SIGN, PB_SIGN_SECP256K1_COMPACT), Op(PB_OP_HEX)]
    let send = Send(act: "look", url: [.literal("https://api.example.com/broadcast?tx="), .seal(sign)])
    #expect(try Bench(acts, key: .secp256k1).refusal(send) == .unbound(act: "look"))
    #expect(try Bench(acts, unbound: true, key: .secp256k1).refusal(send) == nil)
  }

  /// An order whose real quantity stands beside the one that is compared, and whose words are turned round.
  @Test(arguments: [
    (#""allow": ["volume"]"#, "volume=5"), (#""allow": [{"name": "volume", "values": ["5"]}]"#, "volume=5"),
    (#""sealed": ["form:volume"]"#, "volume=5"), (#""allow": ["*"]"#, "volume=5"),
    (#""words": {"side": {"sell": "buy", "buy": "sell"}}"#, ""),
  ]) func anOrderHasNothingBesideWhatIsCompared(member: String, more: String) throws {
    let acts = """
      {"name": "other", "class": "trade", "verb": "place", "method": "POST", "path": "/v1/other", \(member),
       "bind": {"symbol": "form:symbol", "side": "form:side", "type": "form:type", "quantity": "form:quantity",
                "price": "form:price", "client_order": "form:client"}}
      """
    let bench = try Bench(acts)
    bench.guarding.commands.begin(100, Licence(account: 1, verb: UInt32(PB_CMD_PLACE), items: [BindingBench.limit()]))
    let side = more.isEmpty ? "sell" : "buy"
    let body = "symbol=BTCUSDT&side=\(side)&type=limit&quantity=0.01&price=60000.50&client=pb-1"
    let send = Send(
      command: 100, method: PB_METHOD_POST, act: "other", url: [.literal("https://api.example.com/v1/other")],
      headers: [("Content-Type", [.literal("application/x-www-form-urlencoded")])],
      body: [.literal(body + (more.isEmpty ? "" : "&\(more)"))])
    #expect(try bench.refusal(send) == .unbound(act: "other"))
    #expect(try bench.trades())
  }

  /// Replies to an account's requests are not shown whole to such a connector.
  @Test func tokensAreHiddenThatTheManifestLeavesOut() throws {
    let acts = #"{"name": "look", "class": "read", "method": "GET", "path": "/v1/token"}"#
    let send = Send(act: "look", url: [.literal("https://api.example.com/v1/token")])
    #expect(try Bench(acts).resolve(send).hidesTokens)
    #expect(try !Bench(acts, unbound: true).resolve(send).hidesTokens)
    let time = #"{"name": "look", "class": "public", "method": "GET", "path": "/v1/token"}"#
    #expect(try !Bench(time).resolve(send.with { $0.account = 0 }).hidesTokens)
  }
}
