import JSONTree
import Testing

@testable import Catalog

/// A manifest with everything in it.
let sampleManifest: JSONValue = [
  "id": "example", "name": "Example", "type": "CLOB", "version": "1.2.0", "library": "libexample.so",
  "abi": ["revision": 1], "extensions": ["patchbay.perp/1"],
  "markets": ["perp": ["connector": "example_perpetual"], "spot": ["connector": "example", "available": true]],
  "permissions": [
    "hosts": ["api.example.com:443", "*.example.com:9443"], "memory_mb": 64,
    "acts": [
      ["name": "place", "class": "trade", "verb": "place", "method": "POST", "path": "/v1/orders"],
      ["name": "login", "class": "read", "operation": "login"],
    ],
  ],
  "credentials": [
    ["name": "api_key", "secret": false], ["name": "passphrase", "prompt": "Phrase", "secret": true, "required": false],
  ],
  "disclose": ["passphrase"],
  "artifacts": [["platform": "linux-x86_64", "sha256": JSONValue(.string(String(repeating: "0a", count: 32)))]],
]

private let spotDescriptor: JSONValue = [
  "id": "example", "name": "Example", "version": "1.2.0", "kind": "spot",
  "hosts": ["api.example.com:443", "*.example.com:9443"], "extensions": [],
  "credentials": [
    ["name": "passphrase", "secret": true, "required": false], ["name": "api_key", "secret": false, "required": true],
  ],
]
private let perpDescriptor: JSONValue = [
  "id": "example_perpetual", "name": "Example", "version": "1.2.0", "kind": "perp", "hosts": ["api.example.com:443"],
  "extensions": ["patchbay.perp/1"], "credentials": [["name": "api_key", "secret": false]],
]

private func problems(_ manifest: JSONValue) -> [Problem] {
  do {
    _ = try Manifest.parse(bytes: manifest.bytes, file: "manifest.json")
    return []
  } catch { return error.all }
}

@Suite struct ManifestTests {
  @Test func readsEveryField() throws {
    #expect(try TestFiles.schema("manifest").check(sampleManifest) == [])
    let manifest = try Manifest.parse(bytes: sampleManifest.bytes, file: "manifest.json")
    #expect(manifest.id == "example" && manifest.name == "Example" && manifest.version == "1.2.0")
    #expect(manifest.library == "libexample.so" && manifest.abiRevision == 1)
    #expect(manifest.connectors.map(\.id) == ["example", "example_perpetual"])
    #expect(manifest.connector(.amm) == nil)
    #expect(manifest.hosts == ["api.example.com:443", "*.example.com:9443"])
    #expect(manifest.memoryMegabytes == 64)
    #expect(manifest.acts.map(\.target) == [.http(.post, path: "/v1/orders"), .operation("login")])
    #expect(manifest.credentials == [
      CredentialField(name: "api_key", prompt: "api_key", secret: false, required: true, disclose: false),
      CredentialField(
        name: "passphrase", prompt: "Phrase", secret: true, required: false, disclose: true,
        form: CredentialForm.undeclared.sent),
    ])
    #expect(manifest.sha256(platform: "linux-x86_64") == String(repeating: "0a", count: 32))
    #expect(manifest.sha256(platform: "linux-aarch64") == nil)
  }

  @Test func readsTheLeastThatIsNeeded() throws {
    let least: JSONValue = [
      "id": "tiny", "name": "Tiny", "type": "CLOB", "version": "0.1.0", "library": "tiny.so", "abi": ["revision": 1],
      "extensions": [], "credentials": [],
      "markets": ["spot": ["connector": "tiny"]], "permissions": ["hosts": []],
    ]
    #expect(try TestFiles.schema("manifest").check(least) == [])
    let manifest = try Manifest.parse(bytes: least.bytes, file: "manifest.json")
    #expect(manifest.acts.isEmpty && manifest.credentials.isEmpty && manifest.artifacts.isEmpty)
    for key in try #require(least.object).map(\.key) {
      let found = problems(least.setting(key, nil))
      #expect(found.map(\.kind) == [.missing], "\(key): \(found)")
      #expect(found.map(\.field) == [key])
      #expect(try !TestFiles.schema("manifest").check(least.setting(key, nil)).isEmpty)
    }
  }

  @Test(arguments: [
    ("id", "\"Example\"", "id"), ("id", "\"../x\"", "id"), ("name", "\"\"", "name"), ("version", "\"1\"", "version"),
    ("library", "\"/lib/x.so\"", "library"), ("library", "\".so\"", "library"), ("abi", "0", "abi"),
    ("abi.revision", "0.5", "abi.revision"), ("extensions.0", "\"perp\"", "extensions[0]"),
    ("permissions.hosts.0", "\"api.example.com\"", "permissions.hosts[0]"),
    ("permissions.hosts.0", "\"api.example.com:0443\"", "permissions.hosts[0]"),
    ("permissions.acts.0.method", "\"post\"", "permissions.acts[0].method"),
    ("permissions.acts.0.path", "\"v1\"", "permissions.acts[0].path"),
    ("artifacts.0.sha256", "\"ABC\"", "artifacts[0].sha256"),
    ("markets.spot.connector", "7", "markets.spot.connector"),
    ("credentials.1.secret", "1", "credentials[1].secret"),
  ]) func refusesBadValues(row: (path: String, value: String, field: String)) throws {
    let broken = sampleManifest.setting(row.path, try JSONDocument.parse(text: row.value))
    #expect(problems(broken).contains { $0.field == row.field }, "\(problems(broken))")
    #expect(try !TestFiles.schema("manifest").check(broken).isEmpty)
  }

  @Test(arguments: [
    "licence", "abi.revison", "permissions.hots", "permissions.acts.0.bnd", "markets.spot.avaliable",
    "artifacts.0.size",
  ]) func refusesUnknownKeys(path: String) throws {
    let found = problems(sampleManifest.setting(path, 1))
    #expect(found.contains { $0.kind == .unknownKey }, "\(path): \(found)")
  }

  @Test func refusesContradictions() {
    #expect(problems(sampleManifest.setting("disclose", ["api_key"])).map(\.kind) == [.unknownName])
    #expect(problems(sampleManifest.setting("credentials.1.name", "api_key")).contains { $0.kind == .conflict })
    #expect(problems(sampleManifest.setting("permissions.acts.1.name", "place")).map(\.kind) == [.conflict])
    #expect(problems(sampleManifest.setting("permissions.acts.1.path", "/x")).map(\.kind) == [.conflict])
    #expect(problems(sampleManifest.setting("permissions.hosts.1", "api.example.com:443")).map(\.kind) == [.conflict])
    let none = sampleManifest.setting("markets", ["spot": ["connector": "x", "available": false]])
    #expect(problems(none).map(\.message) == ["no market has a connector"])
    #expect(problems(["a"]).map(\.kind) == [.type])
  }

  @Test func aFrameOfOneWordIsPublicAndHasNothingElse() throws {
    func manifest(_ operation: JSONValue) -> JSONValue {
      sampleManifest.setting("permissions.acts.1.operation", operation)
        .setting("permissions.acts.1.class", "public")
    }
    #expect(problems(manifest("=ping")) == [])
    #expect(problems(sampleManifest.setting("permissions.acts.1.operation", "=ping")).map(\.kind) == [.conflict])
    for operation: JSONValue in ["=", "=pi ng", "={}", "=ping1", "=\"ping\"", "=abcdefghijklmnopq"] {
      #expect(problems(manifest(operation)).map(\.kind) == [.value], "\(operation)")
    }
  }

  @Test func aHeartbeatOfMembersIsPublicAndHasFewNames() throws {
    func manifest(_ operation: JSONValue) -> JSONValue {
      sampleManifest.setting("permissions.acts.1.operation", operation)
        .setting("permissions.acts.1.class", "public")
    }
    #expect(problems(manifest("{pong,time}")) == [])
    #expect(problems(sampleManifest.setting("permissions.acts.1.operation", "{pong}")).map(\.kind) == [.conflict])
    for operation: JSONValue in ["{", "{}", "{pong", "{pong,}", "{pong,pong}", "{po ng}", "{a,b,c,d,e}", "{\"a\"}"] {
      #expect(problems(manifest(operation)).map(\.kind) == [.value], "\(operation)")
    }
  }

  /// The public stream and an account's may share an address; requests may not.
  @Test func onlyStreamsOfReadingActsShareAnAddress() throws {
    func acts(_ kind: JSONValue, _ operations: JSONValue) -> JSONValue {
      sampleManifest.setting(
        "permissions.acts",
        [
          ["name": "feed", "class": "public", "method": "GET", "path": "/ws", "operations": ["login"]],
          [
            "name": "own", "class": kind, "verb": "place", "method": "GET", "path": "/ws", "operations": operations,
          ],
          ["name": "login", "class": "read", "operation": "login"],
        ])
    }
    let read = acts("read", ["login"]).setting("permissions.acts.1.verb", nil)
    #expect(problems(read).filter { $0.message.contains("could be the same request") } == [])
    for other in [acts("trade", ["login"]), acts("read", [])] {
      #expect(problems(other).contains { $0.message.contains("could be the same request") })
    }
  }

  @Test func everyTruncationIsAProblemAndNotACrash() {
    let bytes = sampleManifest.bytes
    for length in 0..<bytes.count {
      #expect(throws: Problems.self) { try Manifest.parse(bytes: Array(bytes[..<length]), file: "m") }
    }
  }
}

@Suite struct ManifestDifferencesTests {
  private func differences(_ descriptors: JSONValue...) throws -> [String] {
    try Manifest.parse(bytes: sampleManifest.bytes, file: "m").differences(from: descriptors).map(\.description)
  }

  @Test func agreeingDescriptorsHaveNone() throws {
    #expect(try differences(spotDescriptor, perpDescriptor) == [])
    #expect(try differences(perpDescriptor, spotDescriptor) == [])
    let silent: JSONValue = ["id": "example", "kind": "spot"]
    #expect(try differences(silent, ["id": "example_perpetual", "kind": "perp"]) == [], "only stated fields count")
  }

  @Test func eachFieldIsNamed() throws {
    func one(_ path: String, _ value: JSONValue?) throws -> [String] {
      try differences(spotDescriptor.setting(path, value), perpDescriptor)
    }
    #expect(try one("version", "1.3.0")
      == [#"example.version: the manifest says "1.2.0", the library says "1.3.0""#])
    #expect(try one("name", "Other") == [#"example.name: the manifest says "Example", the library says "Other""#])
    #expect(try one("kind", "amm") == [#"example.kind: the manifest says "spot", the library says "amm""#])
    #expect(try one("kind", nil) == [#"example.kind: the manifest says "spot", the library says nothing"#])
    #expect(try one("hosts.0", "evil.com:443")
      == [#"example.hosts: the manifest says nothing, the library says "evil.com:443""#])
    #expect(try one("hosts.1", nil)
      == [#"hosts: the manifest says *.example.com:9443, the library says nothing"#])
    #expect(try one("hosts", 1) == [
      "example.hosts: the manifest says nothing, the library says 1",
      "hosts: the manifest says *.example.com:9443, the library says nothing",
    ])
    #expect(try one("extensions", ["patchbay.amm/1"])
      == [#"example.extensions: the manifest says nothing, the library says "patchbay.amm/1""#])
    #expect(try one("credentials.0.secret", false).count == 2)
    #expect(try one("id", "example2") == [
      #"example.id: the manifest says "example", the library says nothing"#,
      "hosts: the manifest says *.example.com:9443, the library says nothing",
      "credentials: the manifest says passphrase (secret, optional), the library says nothing",
      #"example2.id: the manifest says nothing, the library says "example2""#,
    ])
  }

  @Test func missingAndRepeatedConnectorsAreNamed() throws {
    #expect(try differences(spotDescriptor).first
      == #"example_perpetual.id: the manifest says "example_perpetual", the library says nothing"#)
    #expect(try differences(spotDescriptor, spotDescriptor, perpDescriptor)
      == ["example.id: the manifest says nothing, the library says the same id twice"])
    #expect(try differences(spotDescriptor, perpDescriptor, ["kind": "spot"]).count == 1)
    #expect(try differences(spotDescriptor, perpDescriptor, nil).count == 1)
  }

  @Test func aLibraryOfSeveralEntriesIsComparedWithTheirUnion() throws {
    let main = try Manifest.parse(bytes: sampleManifest.bytes, file: "m")
    var twin = main
    twin.id = "example_us"
    twin.name = "Example US"
    twin.extensions = []
    twin.connectors = [Manifest.Connector(market: .spot, id: "example_us")]
    let twinDescriptor = spotDescriptor.setting("id", "example_us").setting("name", "Example US")
    let all = [spotDescriptor, perpDescriptor, twinDescriptor]
    #expect(Manifest.differences(of: [main, twin], from: all).isEmpty)
    #expect(main.differences(from: all).map(\.connector) == ["example_us"])
  }
}
