import ConnectorTestKit
import Foundation
import Testing

@testable import Journal

/// A process that enters orders, its output, and the moment of its end.
private struct Peer {
  /// The package puts every program where it puts the tests.
  static let program = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appending(path: "journal-peer").path

  /// Runs one until it has promised so many orders, kills it, and gives all that it promised.
  static func run(_ file: String, _ durability: Durability, burst: Int, promises: Int, spins: Int) throws -> [UInt64] {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = [file, durability.rawValue, "\(burst)"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    var bytes = Data()
    while bytes.count(where: { $0 == 10 }) < promises {
      let part = output.fileHandleForReading.availableData
      if part.isEmpty { break }
      bytes += part
    }
    // Some way into the next commit, differently each time.
    var noise: UInt64 = 1
    for _ in 0..<spins { noise = noise &* 6_364_136_223_846_793_005 &+ 1 }
    kill(process.processIdentifier, noise == 0 ? SIGTERM : SIGKILL)
    bytes += output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationReason == .uncaughtSignal, "the peer ended by itself: \(process.terminationStatus)")
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { UInt64($0) }
  }
}

@Suite struct KillTests {
  /// 200 deaths of one journal: whatever was promised is there, nothing is half there, and no id comes twice.
  @Test func whatWasPromisedOutlivesEveryKill() throws {
    let folder = try Folder()
    var random = SeededGenerator(seed: 9)
    var promised: Set<UInt64> = []
    for round in 0..<200 {
      let ids = try Peer.run(
        folder.journal, random.pick([.full, .normal]), burst: 1 + random.below(8), promises: random.below(30),
        spins: random.below(200_000))
      #expect(promised.isDisjoint(with: ids), "round \(round): an id came twice")
      promised.formUnion(ids)
      guard round % 20 == 19 else { continue }
      let journal = try Journal(path: folder.journal)
      let entered = try journal.restore(since: 0).orders
      let found = Set(entered.map(\.entry.order.rawValue))
      #expect(found.isSuperset(of: promised), "round \(round): \(promised.subtracting(found)) are lost")
      #expect(entered.allSatisfy { $0.events.count == 1 }, "round \(round): an order without its fill")
      #expect(try journal.restore(since: 0).counters["order"] == (found.max() ?? 0) + 1)
      try journal.check()
    }
    #expect(promised.count > 1000)
  }
}
