import Testing

@testable import Catalog

/// What of a manifest is its author's word alone.
@Suite struct UnboundActTests {
  private func manifest(_ acts: String, credentials: String = "[]") throws -> Manifest {
    let text = """
      {"id": "example", "name": "Example", "type": "CLOB", "markets": {"spot": {"connector": "example"}},
       "version": "1.0.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [],
       "credentials": \(credentials),
       "permissions": {"hosts": ["api.example.com:443"], "acts": [\(acts)]}}
      """
    return try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
  }

  private func problems(_ acts: String, credentials: String = "[]") -> [String] {
    do {
      _ = try manifest(acts, credentials: credentials)
      return []
    } catch { return (error as? Problems)?.all.map(\.description) ?? ["\(error)"] }
  }

  private func unbound(_ act: String) throws -> [String] { try #require(manifest(act).acts.first).unbound }

  @Test(arguments: [
    ("GET", "public", true), ("POST", "public", false), ("GET", "read", true), ("POST", "read", false),
    ("PUT", "read", false), ("DELETE", "public", false), ("PATCH", "read", false),
  ]) func onlyAGetIsALook(method: String, kind: String, isBound: Bool) throws {
    let found = try unbound(
      #"{"name": "a", "class": "\#(kind)", "method": "\#(method)", "path": "/a", "because": "it looks"}"#)
    #expect(found == (isBound ? [] : ["a \(method) may change something, and is called \(kind)"]))
  }

  @Test(arguments: [
    ("subscribe", true, true), ("SUBSCRIBE", true, true), ("UNSUBSCRIBE", true, true), ("spot.subscribe", true, true),
    ("depth_subscribe", true, true), ("bts:subscribe", true, true), ("server.ping", true, true), ("sub", true, true),
    ("public/heartbeat", true, true), ("login", false, true), ("session.logon", false, true), ("auth", false, true),
    ("userDataStream.subscribe.signature", true, true), ("add_order", false, false), ("subscribe_order", false, false),
    ("order.place", false, false), ("", false, false), ("/op=subscribe", false, false), ("...", false, false),
    ("signature", false, false),
  ]) func theLastWordOfAnOperationSaysWhatItDoes(name: String, isPublic: Bool, isRead: Bool) throws {
    #expect(OperationWord.changesNothing(name, signsIn: false) == isPublic)
    #expect(OperationWord.changesNothing(name, signsIn: true) == isRead)
  }

  private func place(_ members: String) throws -> [String] {
    try unbound(
      """
      {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/orders"\(members)}
      """)
  }

  private static let bind = """
    "bind": {"symbol": "form:symbol", "side": "form:side", "type": "form:type", "quantity": "form:quantity",
             "price": "form:price"}
    """

  @Test func aTradeIsBoundByWhatItsParametersAreCalled() throws {
    #expect(try place("") == ["symbol", "side", "type", "quantity or value", "price"])
    #expect(try place(",\(Self.bind)") == [])
    let ends = #""bind": {"symbol": "form:symbol", "quantity": "form:quantity"}"#
    #expect(try place(#",\#(ends), "says": "buy market""#) == [])
    #expect(try place(#",\#(ends), "says": "limit""#) == ["side", "price"])
    let usual = #""allow": ["timestamp", "recvWindow", "nonce", {"name": "kind", "values": ["FULL"]}]"#
    #expect(try place(#",\#(Self.bind), \#(usual), "sealed": ["form:signature", "header:X-Volume"]"#) == [])
    let conditions = #""allow": ["max_fee", "expected_filled_amount", "signer", "signature_expiry_sec"]"#
    #expect(try place(",\(Self.bind), \(conditions)") == [])
    #expect(try place(#",\#(Self.bind), "allow": ["*"]"#) == ["other parameters"])
    #expect(try place(#",\#(Self.bind), "allow": ["volume", "form:vol"]"#)
      == ["the parameter volume", "the parameter form:vol"])
    #expect(try place(#",\#(Self.bind), "allow": [{"name": "volume", "values": ["1", "2.5"]}]"#)
      == ["the parameter volume"])
    #expect(try place(#",\#(Self.bind), "sealed": ["form:volume"]"#) == ["the parameter form:volume"])
    let swapped = Self.bind.replacing(#""price": "form:price""#, with: #""price": ["form:price", "form:orderQty"]"#)
    #expect(try place(",\(swapped)") == ["form:orderQty, which is compared with price"])
    let items = #""items": {"json:/orders": {\#(Self.bind.replacing("form:", with: "json:/")), "allow": ["json:/x"]}}"#
    #expect(try place(",\(items)") == ["the parameter json:/x"])
  }

  @Test func wordsThatSayTheOppositeAreNotBelieved() throws {
    let turned = #""words": {"side": {"BUY": "sell", "2": "buy"}, "type": {"stop-limit": "limit", "L": "limit"}}"#
    #expect(try place(",\(Self.bind), \(turned)") == [
      "the side BUY, which is said to mean sell", "the type stop-limit, which is said to mean limit",
    ])
    let right = #""words": {"side": {"BUY": "buy", "SELL": "sell long"}, "type": {"LIMIT": "limit post_only"}}"#
    #expect(try place(",\(Self.bind), \(right)") == [])
  }

  /// Nothing of it concerns what was reviewed. Where a trigger price is bound, a usual type with it is a conditional
  /// order, whatever it is called.
  @Test func theRegistrysTradesAreBound() throws {
    for entry in try TestFiles.registry().entries {
      for act in entry.manifest?.acts ?? [] where act.kind == .trade {
        let isConditional = act.rules.bindings.contains { $0.fact == .stop }
        let odd = act.unbound.filter { !isConditional || !$0.hasPrefix("the type ") }
        #expect(odd == [], "\(entry.id) \(act.name)")
      }
    }
  }

  @Test func actsThatCouldBeTheSameAreAlike() {
    let token = #"{"name": "a", "class": "read", "method": "POST", "path": "/token"}"#
    let captured = #"""
      {"name": "b", "class": "read", "method": "POST", "path": "/*",
       "captures": [{"pointer": "/token", "slot": 1, "for": []}]}
      """#
    #expect(problems("\(token), \(captured)").contains { $0.contains("could be the same request and are not alike") })
    #expect(problems("\(token), \(captured.replacing("POST", with: "GET"))").isEmpty)
    func stream(_ kind: String) -> String {
      #"""
      {"name": "s", "class": "public", "method": "GET", "path": "/ws", "operations": ["x", "y"]},
      {"name": "x", "class": "public", "operation": "subscribe"},
      {"name": "y", "class": "\#(kind)", "operation": "subscribe"}
      """#
    }
    #expect(problems(stream("read")).contains { $0.contains("are the same operation on the streams of \"s\"") })
    #expect(problems(stream("public")).isEmpty)
  }

  @Test(arguments: [
    #"{"name": "secret_key", "secret": false}"#, #"{"name": "key2", "prompt": "API secret", "secret": false}"#,
    #"{"name": "passphrase", "secret": false}"#, #"{"name": "p", "prompt": "Private key", "secret": false}"#,
  ]) func whatIsCalledASecretIsOne(field: String) {
    let act = #"{"name": "a", "class": "public", "method": "GET", "path": "/a"}"#
    #expect(problems(act, credentials: "[\(field)]").contains { $0.contains("is called a secret and is none") })
    #expect(problems(act, credentials: "[\(field.replacing("false", with: "true"))]").isEmpty)
  }

  @Test func aDropInIsWarnedOfAndShown() throws {
    let acts = """
      {"name": "note", "class": "public", "method": "POST", "path": "/note", "because": "a note"},
      {"name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/orders", "allow": ["*"]}
      """
    try TestFiles.withFolder { folder in
      let text = """
        {"id": "example", "name": "Example", "type": "CLOB", "markets": {"spot": {"connector": "example"}},
         "version": "1.0.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [],
         "credentials": [{"name": "api_key", "secret": true}],
         "permissions": {"hosts": ["api.example.com:443"], "acts": [\(acts)]}}
        """
      try TestFiles.write(text, to: "\(folder)/example/manifest.json")
      let catalog = Catalog.discover(registry: try TestFiles.registry(), pluginFolder: folder)
      func found(_ permit: String) throws -> [(Bool, String)] {
        let config = #"{"schema": 1, "connectors": {"example": {"markets": {"spot": {"pairs": ["A-B"]}}, \#(permit)}}}"#
        return try Config.parse(bytes: Array(config.utf8), file: "c", environment: [:]).problems(in: catalog)
          .filter { $0.field == "connectors.example.permit.unbound" }.map { ($0.isWarning, $0.message) }
      }
      let trading = try found(#""permit": {"trading": true}"#)
      #expect(trading.map(\.0).sorted { $0 && !$1 } == [true, false])
      #expect(trading.contains { $0.0 && $0.1.contains("a POST may change something") && $0.1.contains("is refused") })
      #expect(try found(#""permit": {}"#).map(\.0) == [true], "nothing trades, and nothing changes in disguise")
      #expect(try found(#""permit": {"trading": true, "unbound": true}"#).isEmpty)
      let item = try #require(catalog["example"])
      let shown = ConnectorDetail(item, registry: catalog.registry, config: nil, width: nil).render()
      #expect(shown.contains("dropped in") && shown.contains("they get what an account signs"))
      #expect(shown.contains("not bound   a POST may change something, and is called public"))
      #expect(shown.contains("allows      everything"))
    }
  }
}
