import Foundation
import JSONTree
import Testing

@testable import Catalog
@testable import PatchbayHost
@testable import Runtime
@testable import patchbay

/// Recordings that are taken away, and levels of logs.
@Suite struct KeepingTests {
  private let day: Int64 = 24 * 3600 * 1_000_000_000

  /// Files of a size, written so many days after 1970.
  private func made(_ files: [(name: String, kibibytes: Int, day: Int)]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "tapes-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for file in files {
      let path = "\(folder)/\(file.name)"
      try Data(count: file.kibibytes << 10).write(to: URL(filePath: path))
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: Double(file.day) * 86_400)], ofItemAtPath: path)
    }
    return folder
  }

  private func left(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func keeps(days: Int? = nil, megabytes: Int? = nil) -> Config.Recording {
    Config.Recording(enabled: true, folder: nil, maximumMegabytes: 1, keepDays: days, keepMegabytes: megabytes)
  }

  @Test func recordingsGoAsWholeRows() throws {
    let folder = try made([
      ("a-1.1.pbrec", 10, 1), ("a-1.2.pbrec", 10, 9), ("b-1.1.pbrec", 10, 2), ("c.1.pbrec", 10, 1), ("notes.txt", 1, 1),
      ("x.pbrec", 1, 1), ("d.one.pbrec", 1, 1),
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(RecordingFolder.prune(folder, keeps(), inUse: [], wall: 1000 * day).isEmpty)
    let words = RecordingFolder.prune(folder, keeps(days: 5), inUse: ["\(folder)/c.3.pbrec"], wall: 10 * day)
    #expect(words.count == 1 && words[0].contains("b-1") && words[0].contains("5 days"), "\(words)")
    #expect(
      try left(folder) == ["a-1.1.pbrec", "a-1.2.pbrec", "c.1.pbrec", "d.one.pbrec", "notes.txt", "x.pbrec"],
      "the row that goes on, the one in use, and what is no recording stay")
  }

  @Test func theOldestGoBeyondASize() throws {
    let folder = try made([
      ("a.1.pbrec", 600, 3), ("a.2.pbrec", 600, 4), ("b.1.pbrec", 600, 1), ("c.1.pbrec", 600, 2),
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let words = RecordingFolder.prune(folder, keeps(megabytes: 2), inUse: [], wall: 10 * day)
    #expect(words.count == 1 && words[0].contains("the recording b "), "\(words)")
    #expect(try left(folder) == ["a.1.pbrec", "a.2.pbrec", "c.1.pbrec"])
    // What is being written counts, and stays.
    #expect(RecordingFolder.prune(folder, keeps(megabytes: 1), inUse: ["a.2.pbrec"], wall: 10 * day).count == 1)
    #expect(try left(folder) == ["a.1.pbrec", "a.2.pbrec"])
  }

  /// What others record there must not be taken from them.
  @Test func twoHostsOnOneFolderTakeNothingAway() throws {
    let folder = try made([("a.1.pbrec", 10, 1)])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let own = FolderClaim(folder)
    own.take()
    #expect(!own.hasOthers)
    do {
      let other = FolderClaim(folder)
      other.take()
      #expect(own.hasOthers && other.hasOthers)
      let words = RecordingFolder.prune(folder, keeps(days: 5), inUse: [], wall: 10 * day, claim: own)
      #expect(words.count == 1 && words[0].contains("another host records to \(folder)"), "\(words)")
      #expect(try left(folder).contains("a.1.pbrec"))
    }
    #expect(!own.hasOthers, "a claim ends with its host")
    #expect(RecordingFolder.prune(folder, keeps(days: 5), inUse: [], wall: 10 * day, claim: own).count == 1)
    #expect(try !left(folder).contains("a.1.pbrec"))
    let nowhere = FolderClaim("\(folder)/none")
    nowhere.take()
    #expect(!nowhere.hasOthers)
  }

  @Test func anEventHasItsTimeAndLevel() {
    let events = RunEvents { 1_790_000_000_000_000_000 }
    for (kind, level) in [("fault", "error"), ("gap", "warning"), ("order", "info"), ("debug", "debug")] {
      events.put(RunEvent(kind: kind, connector: "sea", text: "t"))
      let json = events.take().events[0].json
      #expect(json["level"]?.string == level && json["time_ns"]?.int == 1_790_000_000_000_000_000)
    }
    #expect(events.level(of: "sea") == .warning)
    events.set(.debug, of: "sea")
    #expect(events.level(of: "sea") == .debug && events.level(of: "lake") == .warning)
  }

  @Test func aConnectorsLevelIsConfigured() throws {
    func level(_ members: String) throws -> Config.LogWord? {
      let text = #"{"schema":1,"connectors":{"paper":{\#(members)}}}"#
      return try Config.parse(bytes: Array(text.utf8), file: "c", environment: [:])["paper"]?.log
    }
    #expect(try level("") == .warning && level(#""log":"debug""#) == .debug)
    #expect(throws: Problems.self) { try level(#""log":"loud""#) }
  }
}
