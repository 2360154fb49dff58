import Foundation
import JSONTree
import Testing

@testable import Catalog

/// Files that tests read, found from this file's place.
enum TestFiles {
  static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  static func bytes(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(filePath: "\(packageRoot)/\(path)")))
  }

  static func registryTree() throws -> JSONValue {
    try JSONDocument.parse(bytes: bytes("registry.json"), file: "registry.json")
  }

  static func registry() throws -> Registry {
    try Registry.parse(bytes: bytes("registry.json"), file: "registry.json")
  }

  static func schema(_ definition: String? = nil) throws -> JSONSchema {
    try JSONSchema(
      JSONDocument.parse(bytes: bytes("docs/registry.schema.json"), file: "registry.schema.json"),
      definition: definition)
  }

  /// The published lists as collected, where this machine has them.
  static var sharedLists: String? {
    let folder = ProcessInfo.processInfo.environment["PATCHBAY_SHARED"] ?? "\(packageRoot)/../shared"
    let path = "\(folder)/data/connector_lists.json"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }

  /// Runs with an empty folder that is removed afterwards.
  static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  static func write(_ text: String, to path: String) throws {
    let url = URL(filePath: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }
}

extension JSONValue {
  /// A copy in which the value at this path (keys and indexes, joined by dots) is replaced, added or, with nil,
  /// removed.
  func setting(_ path: String, _ new: JSONValue?) -> JSONValue {
    let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
    guard let head = parts.first else { return new ?? nil }
    let rest = parts.count > 1 ? parts[1] : ""
    var copy = self
    switch kind {
    case .array(var elements):
      guard let index = Int(head), elements.indices.contains(index) else { return self }
      if rest.isEmpty, new == nil { elements.remove(at: index) } else {
        elements[index] = elements[index].setting(rest, new)
      }
      copy.kind = .array(elements)
    case .object(var members):
      if let index = members.firstIndex(where: { $0.key == head }) {
        if rest.isEmpty, new == nil { members.remove(at: index) } else {
          members[index].value = members[index].value.setting(rest, new)
        }
      } else if let new {
        members.append(JSONMember(head, JSONValue(.object([])).setting(rest, new)))
      }
      copy.kind = .object(members)
    default:
      return new ?? nil
    }
    return copy
  }

  /// The compact text of the value.
  var bytes: [UInt8] { Array(JSONWriter.compact(self).utf8) }
}
