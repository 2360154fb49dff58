import CPatchbay
import Testing

@testable import Records

/// Tables of libraries of every age, and of what is no connector library.
struct PeerTableTests {
  /// A sound library with some connectors; tests spoil one field.
  private final class Library {
    var entry = pb_entry()
    let tables: UnsafeMutablePointer<pb_connector>
    let pointers: UnsafeMutablePointer<UnsafePointer<pb_connector>?>
    let descriptor: UnsafeMutablePointer<CChar>

    init(count: Int) {
      tables = .allocate(capacity: count)
      pointers = .allocate(capacity: count)
      descriptor = .allocate(capacity: 3)
      for (index, character) in "{}\0".utf8.enumerated() { descriptor[index] = CChar(character) }
      for index in 0..<count {
        (tables + index).initialize(
          to: pb_connector(
            size: UInt32(MemoryLayout<pb_connector>.size), revision: PB_ABI_REVISION, descriptor_json: descriptor,
            create: { _, _, _ in PB_OK_STATUS }, deliver: { _, _, _ in PB_OK_STATUS }, destroy: { _ in }))
        (pointers + index).initialize(to: UnsafePointer(tables + index))
      }
      entry = pb_entry(
        magic: PB_MAGIC, revision: PB_ABI_REVISION, size: UInt32(MemoryLayout<pb_entry>.size), count: UInt32(count),
        connectors: pointers)
    }

    deinit {
      tables.deallocate()
      pointers.deallocate()
      descriptor.deallocate()
    }

    func fault() -> PeerFault? {
      withUnsafePointer(to: entry) { entry in
        do throws(PeerFault) {
          _ = try readPeerTable(entry)
          return nil
        } catch {
          return error
        }
      }
    }
  }

  @Test func readsEveryConnector() throws {
    let library = Library(count: 3)
    let connectors = try withUnsafePointer(to: library.entry) { try readPeerTable($0) }
    #expect(connectors.map(\.table) == (0..<3).map { UnsafePointer(library.tables + $0) })
    #expect(connectors.allSatisfy { String(cString: $0.descriptor) == "{}" })
    #expect(connectors[2].deliver(nil, nil, pb_span()) == PB_OK_STATUS)
  }

  @Test func refusesWhatIsNoLibraryOfThisRevision() throws {
    #expect(throws: PeerFault.noEntry) { try readPeerTable(nil) }
    let library = Library(count: 1)
    library.entry.magic = 1
    // Nothing behind a wrong magic is looked at.
    library.entry.connectors = UnsafePointer(bitPattern: 8)
    #expect(library.fault() == .magic(1))
    library.entry.magic = PB_MAGIC
    library.entry.revision = 7
    #expect(library.fault() == .revision(7))
  }

  @Test func refusesUnusableCounts() {
    let library = Library(count: 1)
    for count in [0, 65, UInt32.max] {
      library.entry.count = count
      #expect(library.fault() == .count(count))
    }
  }

  @Test func olderEntriesMayEndEarly() {
    let library = Library(count: 1)
    library.entry.size = 11
    #expect(library.fault() == .entrySize(11))
    library.entry.size = 12
    #expect(library.fault() == .count(0))
    for size in [16, 20, 23] as [UInt32] {
      library.entry.size = size
      #expect(library.fault() == .noConnectors)
    }
    library.entry.size = 4096
    #expect(library.fault() == nil)
  }

  @Test func refusesMissingConnectors() {
    let library = Library(count: 2)
    library.pointers[1] = nil
    #expect(library.fault() == .noConnector(connector: 1))
    library.entry.connectors = nil
    #expect(library.fault() == .noConnectors)
  }

  @Test func connectorTablesOfOtherAges() {
    let library = Library(count: 2)
    let expected: [(UInt32, PeerFault?)] = [
      (0, .connectorSize(connector: 1, 0)), (7, .connectorSize(connector: 1, 7)),
      (8, .noDescriptor(connector: 1)), (15, .noDescriptor(connector: 1)),
      (16, .noFunction(connector: 1, .create)), (24, .noFunction(connector: 1, .deliver)),
      (32, .noFunction(connector: 1, .destroy)), (39, .noFunction(connector: 1, .destroy)),
      (40, nil), (400, nil),
    ]
    for (size, fault) in expected {
      library.tables[1].size = size
      #expect(library.fault() == fault)
    }
    library.tables[1].revision = 3
    #expect(library.fault() == .connectorRevision(connector: 1, 3))
  }

  @Test func refusesMissingFunctions() {
    let library = Library(count: 1)
    library.tables[0].destroy = nil
    #expect(library.fault() == .noFunction(connector: 0, .destroy))
    library.tables[0].deliver = nil
    #expect(library.fault() == .noFunction(connector: 0, .deliver))
    library.tables[0].create = nil
    #expect(library.fault() == .noFunction(connector: 0, .create))
    library.tables[0].descriptor_json = nil
    #expect(library.fault() == .noDescriptor(connector: 0))
  }
}

private let PB_OK_STATUS = pb_status(PB_OK)
