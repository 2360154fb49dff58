import Foundation
import Glibc
import JSONTree
import Synchronization
import Testing

@testable import Gateway
@testable import PatchbayHost

/// The ids of programs on disk: damage is noticed, and nothing that may have been placed is placed again.
@Suite struct LedgerTests {
  private let file = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path
  private let place = OrderLedger.Place(connector: "paper", order: 7, sent: "x7")

  /// Three ids: one that was placed, one that was freed, one that was being placed.
  private func write() throws {
    var ledger = try OrderLedger(file: file, wall: 1_000)
    for id in ["placed", "freed", "open"] { try ledger.begin(id, digest: "d-\(id)", wall: 1_000) }
    #expect(ledger.lines.append(OrderLedger.line("placed", place)))
    ledger.bind("placed", place)
    ledger.free("freed")
  }

  private func bytes() throws -> [UInt8] { try Array(Data(contentsOf: URL(filePath: file))) }
  private func put(_ bytes: some Sequence<UInt8>) throws { try Data(bytes).write(to: URL(filePath: file)) }

  /// Whether an order may go out under this id.
  private func isPlaceable(_ id: String, _ ledger: OrderLedger) -> Bool {
    var ledger = ledger
    guard ledger[id] == nil else { return false }
    do throws(APIError) {
      try ledger.begin(id, digest: "again", wall: 2_000)
      return true
    } catch {
      return false
    }
  }

  @Test func noDamageLetsASecondOrderOut() throws {
    defer { unlink(file) }
    try write()
    let sound = try bytes()
    for at in sound.indices {
      for change in [UInt8(1), 0x20, 0x80, 0xff] {
        var bytes = sound
        bytes[at] ^= change
        try put(bytes)
        let ledger = try OrderLedger(file: file, wall: 2_000)
        let places = "byte \(at) ^ \(change)"
        #expect(!ledger.damage.isEmpty || bytes == sound, "\(places) is noticed")
        #expect(!isPlaceable("placed", ledger) && !isPlaceable("open", ledger), "\(places)")
        let line = sound[..<at].count { $0 == 0x0a } + 1
        #expect(ledger.damage.first?.line == line && ledger.damage.first?.text.contains(file) == true, "\(places)")
      }
    }
  }

  /// The whole file is gone, and the journal knows that there was one.
  @Test func aFileThatIsGoneIsMissed() throws {
    defer { unlink(file) }
    try write()
    unlink(file)
    #expect(try OrderLedger(file: file, wall: 2_000).damage.isEmpty, "a new folder has none")
    unlink(file)
    let ledger = try OrderLedger(file: file, wall: 2_000, isExpected: true)
    #expect(ledger.damage == [LedgerDamage(file: file, line: 0, id: nil)])
    #expect(ledger.damage[0].text.contains("\(file) is gone"))
    #expect(!isPlaceable("placed", ledger) && !isPlaceable("another", ledger))
    #expect(access(file, F_OK) != 0, "nothing takes its place unasked")
    // The operator's word.
    try put([])
    #expect(isPlaceable("another", try OrderLedger(file: file, wall: 2_000, isExpected: true)))
  }

  @Test func aHostMissesTheFileThatItHad() throws {
    let host = try PaperHost()
    let order: JSONValue = [
      "connector": "paper", "pair": "BTC-USDT", "side": "buy", "quantity": "0.01", "client_order_id": "once",
    ]
    #expect(try host.ask("POST", "/v1/orders", order).status == 201)
    try host.restart()
    #expect(host.gateway.warnings.isEmpty)
    try host.restart { unlink("\(host.folder)/data/api-orders.log") }
    #expect(host.gateway.warnings.contains { $0.contains("is gone") })
    #expect(try host.ask("POST", "/v1/orders", order).code == "outcome_unknown")
    let fills = try host.ask("GET", "/v1/fills").body["rows"]?.array ?? []
    #expect(fills.count == 1, "it was bought once")
  }

  @Test func aFileThatIsCutOffInTheMiddleOfALineKeepsItsID() throws {
    defer { unlink(file) }
    try write()
    let sound = try bytes()
    let ends = sound.indices.filter { sound[$0] == 0x0a }
    for cut in sound.indices where !ends.contains(cut) && !ends.contains(cut - 1) && cut > 0 {
      try put(sound[..<cut])
      let first = try OrderLedger(file: file, wall: 2_000)
      #expect(first.damage.count == 1, "\(cut)")
      // As often as the host starts.
      for _ in 0..<2 {
        let ledger = try OrderLedger(file: file, wall: 2_000)
        let id = cut < ends[0] ? "placed" : cut < ends[1] ? "freed" : cut < ends[2] ? "open" : "placed"
        #expect(!isPlaceable(id, ledger), "\(cut)")
      }
    }
  }

  @Test func damageStaysUntilItIsMended() throws {
    defer { unlink(file) }
    try write()
    let sound = try bytes()
    try put(Array("garbage\n".utf8) + sound)
    for _ in 0..<2 {
      var ledger = try OrderLedger(file: file, wall: 2_000)
      #expect(ledger.damage.map(\.line) == [1] && ledger["placed"]?.place == place)
      do throws(APIError) {
        try ledger.begin("new", digest: "d", wall: 2_000)
        Issue.record("it was taken")
      } catch {
        #expect(error.code == "outcome_unknown" && error.status == 409 && error.message.contains("(line 1)"))
        #expect(error.remedy?.contains("delete the line") == true)
      }
    }
    try put(sound)
    var ledger = try OrderLedger(file: file, wall: 2_000)
    #expect(ledger.damage.isEmpty)
    try ledger.begin("new", digest: "d", wall: 2_000)
  }

  @Test func anOrderWhoseFirstLineWasDeletedIsNotPlacedAgain() throws {
    defer { unlink(file) }
    try write()
    try put(try bytes().split(separator: 0x0a, omittingEmptySubsequences: false).dropFirst().joined(separator: [0x0a]))
    let ledger = try OrderLedger(file: file, wall: 2_000)
    #expect(ledger["placed"]?.place == place && ledger["placed"]?.digest == "")
  }

  /// A line that the disk took a part of would damage the next one.
  @Test func aLineThatDoesNotFitIsTakenAway() throws {
    defer { unlink(file) }
    try write()
    let size = try bytes().count
    final class Room: Sendable { let bytes = Atomic(10) }
    let room = Room()
    let lines = LedgerFile { Glibc.write($0, $1, min($2, room.bytes.load(ordering: .relaxed))) }
    lines.replace(by: open(file, O_WRONLY | O_APPEND | O_CLOEXEC))
    #expect(!lines.append(OrderLedger.line("late", place)))
    #expect(try bytes().count == size)
    room.bytes.store(.max, ordering: .relaxed)
    #expect(lines.append(OrderLedger.line("later", place)))
    #expect(try OrderLedger(file: file, wall: 2_000).damage.isEmpty)
  }

  /// The file is written anew and has its name, but the folder cannot be put on disk.
  @Test func noIDIsTakenWhileTheNameOfTheFileMayBeLost() throws {
    defer { unlink(file) }
    final class Folder: Sendable { let isSound = Atomic(true) }
    let folder = Folder()
    var ledger = try OrderLedger(file: file, wall: 1_000, most: 10) { _ in
      errno = EIO
      return folder.isSound.load(ordering: .relaxed)
    }
    for number in 0..<10 {
      try ledger.begin("id\(number)", digest: "d", wall: 1_000)
      ledger.bind("id\(number)", OrderLedger.Place(connector: "paper", order: UInt64(number), sent: "x\(number)"))
    }
    folder.isSound.store(false, ordering: .relaxed)
    for id in ["a", "b"] {
      #expect(throws: APIError.self, "\(id)") { try ledger.begin(id, digest: "d", wall: 1_000) }
      #expect(throws: APIError.self, "\(id)") { try ledger.sync() }
    }
    // What a lane writes meanwhile goes into the file that has the name.
    #expect(ledger.lines.append(OrderLedger.line("late", place)))
    #expect(try String(decoding: bytes(), as: UTF8.self).contains("late"))
    folder.isSound.store(true, ordering: .relaxed)
    try ledger.begin("c", digest: "d", wall: 1_000)
    try ledger.sync()
    #expect(try OrderLedger(file: file, wall: 1_000)["c"]?.digest == "d")
  }

  @Test func linesOfOlderVersionsAreRead() throws {
    defer { unlink(file) }
    let old = """
      {"id":"a","digest":"d","wall":1000}
      {"id":"a","connector":"paper","order":"7","sent":"x7"}
      {"id":"b","digest":"d","wall":1000}
      {"id":"b","free":true}

      """
    try put(old.utf8)
    let ledger = try OrderLedger(file: file, wall: 2_000)
    #expect(ledger.damage.isEmpty && ledger["a"]?.place == place && ledger["b"] == nil)
  }
}
