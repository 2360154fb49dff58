import Foundation
import JSONTree
import Minisign
import Synchronization
import Testing

@testable import Catalog
@testable import PluginStore

/// A folder of a test that goes with the object.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let url = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)"))) }

  func names(_ name: String = "") -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)")) ?? []).sorted()
  }
}

/// A connector as its author has it: a library that is none but for its head, and a manifest.
enum Sample {
  static func library(_ platform: Platform, _ content: String = "code") -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64)
    bytes.replaceSubrange(0..<6, with: [0x7F, 0x45, 0x4C, 0x46, 2, 1])
    bytes[18] = platform == .x86 ? 62 : 183
    return bytes + Array(content.utf8)
  }

  static func manifest(_ version: String = "1.0.0", id: String = "example") -> String {
    """
    {
      "id": "\(id)", "name": "Example", "type": "CLOB", "version": "\(version)", "abi": { "revision": 1 },
      "library": "libexample.so", "extensions": [], "markets": { "spot": { "connector": "\(id)" } },
      "permissions": { "hosts": [], "acts": [] }, "credentials": []
    }

    """
  }

  static func key(_ seed: UInt8 = 1) throws -> SecretKey {
    try SecretKey(random: (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ Int(seed) &* 13) })
  }

  static func rules(_ key: SecretKey) -> TrustRules {
    var rules = TrustRules()
    rules.today = "2026-11-30"
    rules.keys = [
      TrustedKey(
        name: "author", key: key.publicKey, until: "2027-12-31", connectors: ["example"], source: .file)
    ]
    return rules
  }

  /// A signed package for both platforms; gives its path.
  static func package(_ folder: Folder, _ version: String = "1.0.0", content: String? = nil) throws -> String {
    let name = "source-\(version)"
    try folder.write(Array(manifest(version).utf8), "\(name)/manifest.json")
    for platform in Platform.allCases {
      let library = library(platform, content ?? version)
      try folder.write(library, "\(name)/\(platform.rawValue)/libexample.so")
    }
    #expect(try PluginPacker(folder: "\(folder.path)/\(name)").writeHashes())
    _ = try PluginPacker(folder: "\(folder.path)/\(name)").sign(with: key(), time: 1)
    let path = "\(folder.path)/\(version).tar"
    #expect(try PluginPacker(folder: "\(folder.path)/\(name)").pack(to: path))
    return path
  }

  /// Installs as the command does.
  @discardableResult
  static func install(_ path: String, _ store: PluginStore) throws -> Bool {
    let source = try PluginSource(path: path)
    let finding = try source.judge(by: rules(key()))
    #expect(finding.status == .signed, "\(finding.reason)")
    return try store.install(source, judged: finding.librarySHA256 ?? "")
  }
}

func refusal(_ body: () throws -> Void, _ place: SourceLocation = #_sourceLocation) -> StoreFault? {
  do {
    try body()
    Issue.record("it was taken", sourceLocation: place)
  } catch let fault as StoreFault {
    return fault
  } catch {
    Issue.record("\(error)", sourceLocation: place)
  }
  return nil
}

/// What a thread that looks on has seen.
final class Looks: Sendable {
  let isOver = Atomic(false), ended = Atomic(false)
  let whole = Atomic(0), broken = Atomic(0)
}
