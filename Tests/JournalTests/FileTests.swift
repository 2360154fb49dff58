import ConnectorTestKit
import Foundation
import MarketModel
import Testing

@testable import Journal

/// Files that are missing, foreign, damaged, taken, older or newer.
@Suite struct FileTests {
  @Test func aMissingFolderAndAForeignFileAreTold() throws {
    let folder = try Folder()
    let missing = folder.path + "/no/journal.sqlite"
    #expect(throws: JournalFault.cannotOpen(file: missing, reason: "No such file or directory")) {
      try Journal(path: missing, settings: quick)
    }
    try Data("just some text that is long enough to be looked at\n".utf8).write(to: URL(filePath: folder.journal))
    #expect(throws: JournalFault.notAJournal(file: folder.journal)) {
      try Journal(path: folder.journal, settings: quick)
    }
    #expect(try String(contentsOfFile: folder.journal, encoding: .utf8).hasPrefix("just some text"))
    let other = folder.path + "/other.sqlite"
    try Database(path: other, mode: .write).execute("CREATE TABLE t (a)")
    #expect(throws: JournalFault.notAJournal(file: other)) { try Journal(path: other, settings: quick) }
    #expect(try Database(path: other, mode: .read).text("PRAGMA journal_mode") == "delete")
  }

  @Test func onlyItsUserReadsAJournal() throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.journal, settings: quick)
    try journal.commit([.order(entry("a"))])
    for file in ["", "-wal", "-shm", "-lock"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.journal + file)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
    }
  }

  @Test func whatWasOpenToOthersIsClosedAndLinksAreNotFollowed() throws {
    let folder = try Folder()
    do {
      let journal = try Journal(path: folder.journal, settings: quick)
      try journal.commit([.order(entry("a"))])
    }
    for name in ["", "-wal", "-shm", "-lock"] {
      if access(folder.journal + name, F_OK) != 0 {
        FileManager.default.createFile(atPath: folder.journal + name, contents: nil)
      }
      chmod(folder.journal + name, 0o666)
    }
    do {
      let journal = try Journal(path: folder.journal, settings: quick)
      try journal.commit([.order(entry("b"))])
      for name in ["", "-wal", "-shm", "-lock"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.journal + name)
        #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
      }
    }
    let link = folder.path + "/link.sqlite"
    for target in [folder.journal, folder.path + "/nothing"] {
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      let fault = #expect(throws: JournalFault.self) { try Journal(path: link, settings: quick) }
      #expect("\(try #require(fault))".contains("it is a link"))
      unlink(link)
    }
    #expect(access(folder.path + "/nothing", F_OK) != 0)
  }

  @Test func aDamagedFileIsRefusedWhenOpenedAndWhenUsed() throws {
    let folder = try Folder()
    var place = 0
    do {
      let journal = try Journal(path: folder.journal, settings: quick)
      try journal.commit((0..<200).map { .order(entry("\($0)")) })
      let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_orders_1'"
      place = (Int(try journal.database.integer(root)) - 1) * 4096
      _ = try journal.database.checkpoint(truncating: true)
    }
    var bytes = try Data(contentsOf: URL(filePath: folder.journal))
    for index in place..<place + 64 { bytes[index] = 0xA5 }
    try bytes.write(to: URL(filePath: folder.journal))
    let opened = #expect(throws: JournalFault.self) { try Journal(path: folder.journal, settings: quick) }
    guard case .corrupt(folder.journal, _)? = opened else {
      Issue.record("\(String(describing: opened))")
      return
    }
    #expect(opened?.description.hasPrefix("\(folder.journal): the journal is damaged (") == true)
    // Unchecked, it is noticed at the first use, and no order is promised.
    var settings = quick
    settings.isCheckedAtOpening = false
    let journal = try Journal(path: folder.journal, settings: settings)
    let used = #expect(throws: JournalFault.self) { try journal.commit([.order(entry("new"))]) }
    guard case .corrupt? = used else {
      Issue.record("\(String(describing: used))")
      return
    }
  }

  /// Whatever bytes are in the file, reading it gives rows or a fault, never an end of the process.
  @Test func randomDamageIsAFaultAtMost() throws {
    let folder = try Folder()
    do {
      let journal = try Journal(path: folder.journal, settings: quick)
      for number in 0..<60 {
        let fill = Fill(trade: "\(number)", price: 100, quantity: 1, fee: 1, liquidity: .taker, time: 1)
        try journal.commit([
          .order(entry("\(number)", number: UInt64(number))),
          .event(event("\(number)", .report(OrderReport(.open, quantity: 1)), .open)),
          .event(event("\(number)", .fill(fill), .filled, filled: 1)),
        ])
      }
    }
    let sound = try Data(contentsOf: URL(filePath: folder.journal))
    var settings = quick
    settings.isCheckedAtOpening = false
    var (faults, readings) = (0, 0)
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      var bytes = sound
      for _ in 0..<(1 + random.below(40)) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
      for file in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: folder.journal + file) }
      try bytes.write(to: URL(filePath: folder.journal))
      do {
        let journal = try Journal(path: folder.journal, settings: settings)
        _ = try journal.restore(since: 0)
        let reader = try JournalReader(path: folder.journal)
        for table in HistoryTable.allCases { try reader.read(table) { _ in } }
        try journal.commit([.order(entry("new"))])
        readings += 1
      } catch is JournalFault {
        faults += 1
      }
    }
    #expect(faults > 20 && readings > 20, "\(faults) faults, \(readings) readings")
  }

  @Test func twoHostsCannotWriteOneJournal() throws {
    let folder = try Folder()
    do {
      let first = try Journal(path: folder.journal, settings: quick)
      #expect(throws: JournalFault.inUse(file: folder.journal)) { try Journal(path: folder.journal, settings: quick) }
      try first.commit([.order(entry("a"))])
    }
    #expect(try Journal(path: folder.journal, settings: quick).restore(since: 0).orders.count == 1)
  }

  @Test func anotherProgramsTransactionIsWaitedForAndThenTold() throws {
    let folder = try Folder()
    var settings = quick
    settings.patienceMilliseconds = 0
    let journal = try Journal(path: folder.journal, settings: settings)
    let other = try Database(path: folder.journal, mode: .write)
    try other.execute("BEGIN IMMEDIATE")
    #expect(throws: JournalFault.locked(file: folder.journal)) { try journal.commit([.order(entry("a"))]) }
    try other.execute("COMMIT")
    try journal.commit([.order(entry("a"))])
  }

  @Test func aNewerSchemaIsLeftAlone() throws {
    let folder = try Folder()
    _ = try Journal(path: folder.journal, settings: quick)
    let known = Schema.versions.count
    try Database(path: folder.journal, mode: .write).execute("PRAGMA user_version = \(known + 1)")
    let fault = JournalFault.newerSchema(file: folder.journal, found: known + 1, known: known)
    #expect(throws: fault) { try Journal(path: folder.journal, settings: quick) }
    #expect(fault.description.contains("use the newer Patchbay"))
  }

  @Test func everyOlderSchemaIsBroughtUpToDate() throws {
    let later = Schema.versions + [
      "ALTER TABLE orders ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'",
      "CREATE TABLE notes (text TEXT) STRICT; INSERT INTO notes SELECT colour FROM orders",
    ]
    for known in Schema.versions.count...later.count {
      let folder = try Folder()
      do {
        let old = try Journal(path: folder.journal, settings: quick, versions: Array(later.prefix(known)))
        try old.commit([.order(entry("kept"))])
        #expect(try old.row("PRAGMA user_version") == ["\(known)"])
      }
      let new = try Journal(path: folder.journal, settings: quick, versions: later)
      #expect(try new.row("PRAGMA user_version") == ["\(later.count)"])
      #expect(try new.restore(since: 0).orders.map(\.entry) == [entry("kept")])
      #expect(try new.row("SELECT colour FROM orders") == ["grey"])
      #expect(try new.row("SELECT text FROM notes") == (known == later.count ? [] : ["grey"]))
    }
  }

  @Test func aMigrationThatFailsChangesNothing() throws {
    let folder = try Folder()
    do { try Journal(path: folder.journal, settings: quick).commit([.order(entry("kept"))]) }
    let broken = Schema.versions + ["CREATE TABLE notes (text TEXT) STRICT", "INSERT INTO nowhere VALUES (1)"]
    #expect(throws: JournalFault.refused(file: folder.journal, detail: "no such table: nowhere")) {
      try Journal(path: folder.journal, settings: quick, versions: broken)
    }
    let journal = try Journal(path: folder.journal, settings: quick)
    #expect(try journal.row("SELECT count(*) FROM sqlite_schema WHERE name = 'notes'") == ["0"])
    #expect(try journal.restore(since: 0).orders.count == 1)
  }

  /// The first tables are never edited: files have them. A change is a new version.
  @Test func releasedSchemasStayAsTheyAre() {
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in Schema.versions[0].utf8 { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
    #expect(sum == 13_345_923_935_139_905_040)
  }

  @Test func everyFaultNamesItsFileAndTheRemedy() {
    let file = "/data/journal.sqlite"
    let faults: [JournalFault] = [
      .missing(file: file), .cannotOpen(file: file, reason: "x"), .notAJournal(file: file),
      .newerSchema(file: file, found: 2, known: 1), .olderSchema(file: file, found: 1, known: 2),
      .corrupt(file: file, detail: "x"), .readOnly(file: file), .diskFull(file: file), .inUse(file: file),
      .locked(file: file), .inputOutput(file: file, detail: "x"), .refused(file: file, detail: "x"),
    ]
    for fault in faults {
      #expect(fault.description.hasPrefix(file + ": ") && fault.description.contains(";"), "\(fault)")
    }
  }
}
