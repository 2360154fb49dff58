import Testing

@testable import Catalog

/// The configuration of the interface for programs.
@Suite struct GatewayConfigTests {
  private func problems(_ gateway: String) -> [Problem] {
    do throws(Problems) {
      _ = try read(gateway)
      return []
    } catch {
      return error.all
    }
  }

  private func read(_ gateway: String) throws(Problems) -> Config.Gateway {
    let text = #"{ "schema": 1, "gateway": \#(gateway) }"#
    return try Config.parse(bytes: Array(text.utf8), file: "folder/patchbay.json", environment: [:]).gateway
  }

  private let digest = String(repeating: "a", count: 64)

  @Test func everythingIsRead() throws {
    #expect(try Config.parse(bytes: Array(#"{ "schema": 1 }"#.utf8), file: "x", environment: [:]).gateway.isSocketOn)
    let gateway = try read(
      """
      { "socket": false, "listen": "[::1]:80", "origins": ["https://a"], "hosts": ["b"], "requests_per_second": 7,
        "tokens": { "bot": { "sha256": "\(digest)", "scope": "trade" } },
        "tls": { "certificate": "c.pem", "key": "/k.pem" } }
      """)
    #expect(!gateway.isSocketOn && gateway.requestsPerSecond == 7)
    #expect(gateway.listen == Config.Gateway.Listen("[::1]:80") && gateway.listen?.isLoopback == true)
    #expect(gateway.tokens == [Config.Gateway.Token(name: "bot", sha256: digest, scope: .trade)])
    #expect(gateway.tls?.certificate == "folder/c.pem" && gateway.tls?.key == "/k.pem")
  }

  @Test(arguments: ["localhost:80", "127.0.0.1", "127.0.0.1:70000", "::1:80", "300.0.0.1:1", "[::1]", ":80"])
  func anAddressIsNumeric(text: String) {
    let found = problems(#"{ "listen": "\#(text)" }"#)
    #expect(found.map(\.field) == ["gateway.listen"] && found[0].remedy.contains("127.0.0.1:8765"))
  }

  @Test func otherMachinesNeedTLSAndAToken() {
    let (tls, token) = (
      #""tls": { "certificate": "c", "key": "k" }"#,
      #""tokens": { "bot": { "sha256": "\#(digest)", "scope": "read" } }"#
    )
    for (more, lack) in [("", "gateway.tls"), (", \(tls)", "gateway.tokens"), (", \(token)", "gateway.tls")] {
      for address in ["0.0.0.0:80", "10.0.0.1:80", "[::]:80", "[2001:db8::1]:80"] {
        let found = problems(#"{ "listen": "\#(address)"\#(more) }"#)
        #expect(found.map(\.field) == ["gateway.listen"] && found[0].remedy.contains(lack), "\(address)")
      }
    }
    #expect(problems(#"{ "listen": "0.0.0.0:80", \#(tls), \#(token) }"#).isEmpty)
  }

  @Test func mistakesAreNamed() {
    for (text, field) in [
      (#"{ "tokens": { "bot": { "sha256": "short", "scope": "read" } } }"#, "gateway.tokens.bot.sha256"),
      (#"{ "tokens": { "bot": { "sha256": "\#(digest)", "scope": "all" } } }"#, "gateway.tokens.bot.scope"),
      (#"{ "tokens": { "bot": { "sha256": "\#(digest)" } } }"#, "gateway.tokens.bot"),
      (#"{ "tokens": { "Bot": { "sha256": "\#(digest)", "scope": "read" } } }"#, "gateway.tokens.Bot"),
      (#"{ "requests_per_second": 0 }"#, "gateway.requests_per_second"), (#"{ "port": 1 }"#, "gateway.port"),
      (#"{ "tls": { "certificate": "c" } }"#, "gateway.tls"),
    ] {
      let fields = problems(text).map(\.field)
      #expect(fields.contains { $0.hasPrefix(field) }, "\(text): \(fields)")
    }
  }

  @Test(arguments: [
    "*", "null", "panel.example", "https://", "https://panel.example/", "https://panel.example/app", "https://a.b:443",
    "http://a.b:80", "https://Panel.example", "ftp://a.b", "http://a.b:0", "https://*.a.b",
  ]) func originsThatNoBrowserSendsAreRefused(origin: String) {
    let found = problems(#"{ "origins": ["\#(origin)"] }"#)
    #expect(found.map(\.field) == ["gateway.origins[0]"] && !(found.first?.remedy ?? "").isEmpty, "\(found)")
  }

  @Test func usefulOriginsAndNamesAreTaken() throws {
    let origins = ["https://panel.example", "http://localhost:3000", "http://[::1]:8080", "http://[::1]"]
    let list = origins.map { "\"\($0)\"" }.joined(separator: ",")
    #expect(try read(#"{ "origins": [\#(list)], "hosts": ["Trader.example"] }"#).origins == origins)
    for name in ["trader.example:8765", "https://trader.example", "a/b", "*.example"] {
      #expect(problems(#"{ "hosts": ["\#(name)"] }"#).map(\.field) == ["gateway.hosts[0]"], "\(name)")
    }
  }

  @Test func filesOfTLSHaveToBeThere() throws {
    try TestFiles.withFolder { folder in
      try TestFiles.write("x", to: "\(folder)/there.pem")
      let text = """
        { "schema": 1, "gateway": { "tls": { "certificate": "there.pem", "key": "gone.pem" } } }
        """
      let config = try Config.parse(bytes: Array(text.utf8), file: "\(folder)/patchbay.json", environment: [:])
      let catalog = Catalog.discover(registry: try TestFiles.registry(), pluginFolder: nil)
      let found = config.problems(in: catalog)
      #expect(found.map(\.field) == ["gateway.tls.key"] && found.allSatisfy { !$0.isWarning })
      #expect(found.first?.message == "\(folder)/gone.pem is not there")
    }
  }
}
