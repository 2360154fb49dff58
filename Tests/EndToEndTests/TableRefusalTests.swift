import Catalog
import Records
import Testing

@testable import Runtime

/// Libraries whose tables or descriptors are not what patchbay.h and their manifests say.
@Suite struct TableRefusals {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func table(_ change: (inout CLibrary) -> Void) throws -> PeerFault? {
    var library = CLibrary()
    change(&library)
    guard case .badTable(_, let fault) = try refusal(library.build(in: scratch), [manifest()]) else { return nil }
    return fault
  }

  @Test func wrongEntries() throws {
    #expect(try table { $0.export = "const pb_entry *patchbay_entry(void) { return 0; }" } == .noEntry)
    #expect(try table { $0.magic = "0x12345678" } == .magic(0x1234_5678))
    #expect(try table { $0.revision = "PB_ABI_REVISION + 1" } == .revision(2))
    #expect(try table { $0.entrySize = "8" } == .entrySize(8))
    #expect(try table { $0.count = "0" } == .count(0))
    #expect(try table { $0.count = "65" } == .count(65))
    #expect(try table { $0.connectors = "0" } == .noConnectors)
    #expect(try table { $0.entrySize = "16" } == .noConnectors)
    #expect(try table { $0.element = "0" } == .noConnector(connector: 0))
  }

  @Test func wrongConnectors() throws {
    #expect(try table { $0.connectorSize = "4" } == .connectorSize(connector: 0, 4))
    #expect(try table { $0.connectorRevision = "3" } == .connectorRevision(connector: 0, 3))
    #expect(try table { $0.descriptor = nil } == .noDescriptor(connector: 0))
    #expect(try table { $0.create = "0" } == .noFunction(connector: 0, .create))
    #expect(try table { $0.deliver = "0" } == .noFunction(connector: 0, .deliver))
    #expect(try table { $0.destroy = "0" } == .noFunction(connector: 0, .destroy))
    #expect(try table { $0.connectorSize = "24" } == .noFunction(connector: 0, .deliver))
    let second = try table {
      $0.count = "2"
      $0.element = "&connector, 0"
    }
    #expect(second == .noConnector(connector: 1))
  }

  @Test func wrongDescriptors() throws {
    var library = CLibrary()
    for text in ["", "{", "not JSON", #"{"id": "bad"} {"#, #"{"id": "bad", "id": "bad"}"#] {
      library.descriptor = text
      try expectRefusal(library.build(in: scratch), "badDescriptor", "descriptor")
    }
    for text in ["[]", "7", #"{"kind": "spot"}"#, #"{"id": 7, "kind": "spot"}"#] {
      library.descriptor = text
      try expectRefusal(library.build(in: scratch), "descriptorDiffers", "id:")
    }
  }

  /// One field of the descriptor is changed; the manifest is the usual one with a host and a credential field.
  @Test(arguments: [
    ("bad.id", CLibrary.descriptor(id: "worse", hosts: hosts, credentials: credentials)),
    ("bad.name", CLibrary.descriptor(name: "Good", hosts: hosts, credentials: credentials)),
    ("bad.version", CLibrary.descriptor(version: "1.0.1", hosts: hosts, credentials: credentials)),
    ("bad.kind", CLibrary.descriptor(kind: "perp", hosts: hosts, credentials: credentials)),
    ("bad.hosts", CLibrary.descriptor(hosts: #"["evil.example.com:443"]"#, credentials: credentials)),
    ("hosts", CLibrary.descriptor(hosts: "[]", credentials: credentials)),
    (
      "bad.extensions",
      CLibrary.descriptor(hosts: hosts, extensions: #"["patchbay.perp/1"]"#, credentials: credentials)
    ),
    ("bad.credentials", CLibrary.descriptor(hosts: hosts, credentials: #"[{"name": "key", "secret": false}]"#)),
    ("credentials", CLibrary.descriptor(hosts: hosts, credentials: "[]")),
  ])
  func everyFieldThatDiffersIsNamed(field: String, descriptor: String) throws {
    let manifest = try manifest(manifestText(hosts: Self.hosts, credentials: Self.credentials))
    var library = CLibrary()
    library.descriptor = descriptor
    try expectRefusal(
      library.build(in: scratch), "descriptorDiffers", " \(field): the manifest says", manifests: [manifest])
    library.descriptor = CLibrary.descriptor(hosts: Self.hosts, credentials: Self.credentials)
    _ = try LibraryLoader.load(file: library.build(in: scratch), manifests: [manifest])
  }

  private static let hosts = #"["api.example.com:443"]"#
  private static let credentials = #"[{"name": "key", "secret": true}]"#

  @Test func extensionsThatThisHostDoesNotHave() throws {
    var library = CLibrary()
    library.descriptor = CLibrary.descriptor(extensions: #"["patchbay.perp/1", "patchbay.options/1"]"#)
    try expectRefusal(library.build(in: scratch), "unknownExtension", "patchbay.options/1", "newer host")
  }

  @Test func aConnectorThatNoManifestNames() throws {
    var library = CLibrary()
    library.count = "2"
    library.helpers = "static const pb_connector second;"
    library.element = "&connector, &second"
    library.export += """

      static const pb_connector second = {sizeof(pb_connector), PB_ABI_REVISION, "{\\"id\\": \\"stowaway\\"}", create,
        deliver, destroy};
      """
    let file = try library.build(in: scratch)
    try expectRefusal(file, "descriptorDiffers", "stowaway.id")
    let both = try [manifest(), manifest(manifestText(id: "stowaway"))]
    try expectRefusal(file, "descriptorDiffers", "stowaway.kind", manifests: both)
  }
}
