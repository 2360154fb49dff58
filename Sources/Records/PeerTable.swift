import CPatchbay

/// One connector of a library, read by value from the library's own table. The pointers live as long as the process,
/// since a library is never unloaded.
public struct PeerConnector: @unchecked Sendable {
  /// The library's table, for messages.
  public let table: UnsafePointer<pb_connector>
  /// NUL-terminated JSON.
  public let descriptor: UnsafePointer<CChar>
  public let create: @convention(c) (UnsafePointer<pb_host>?, pb_span, UnsafeMutablePointer<UnsafeMutableRawPointer?>?)
    -> pb_status
  public let deliver: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<pb_input>?, pb_span) -> pb_status
  public let destroy: @convention(c) (UnsafeMutableRawPointer?) -> Void
}

/// Why a library's table cannot be used. `connector` counts from 0.
public enum PeerFault: Error, Equatable, Sendable {
  /// `patchbay_entry` answered null.
  case noEntry
  /// `pb_entry.magic` is not `PB_MAGIC`: the symbol belongs to something else.
  case magic(UInt32)
  /// `pb_entry.revision` is not `PB_ABI_REVISION`.
  case revision(UInt32)
  /// `pb_entry.size` is smaller than its own first fields.
  case entrySize(UInt32)
  /// `pb_entry.count` is 0 or larger than 64.
  case count(UInt32)
  /// `pb_entry.connectors` is null.
  case noConnectors
  /// An element of `pb_entry.connectors` is null.
  case noConnector(connector: Int)
  /// `pb_connector.size` is smaller than its own first fields.
  case connectorSize(connector: Int, UInt32)
  /// `pb_connector.revision` is not `PB_ABI_REVISION`.
  case connectorRevision(connector: Int, UInt32)
  /// `pb_connector.descriptor_json` is null or beyond its table's size.
  case noDescriptor(connector: Int)
  /// A function of `pb_connector` is null or beyond its table's size.
  case noFunction(connector: Int, Function)

  public enum Function: String, Sendable { case create, deliver, destroy }
}

/// The most connectors of one library.
public let maximumConnectorsPerLibrary = 64

/// Reads what `patchbay_entry` answered. Tables of an older library are shorter and of a newer one longer: of each,
/// min(its size, this host's size) bytes are read. Magic and revision are looked at before anything behind them, since
/// only they say that the rest means what this header says.
///
/// `entry` must be null or point to at least 12 readable bytes, and a table of the right magic and revision is believed
/// to be as large as it says: memory cannot be probed.
public func readPeerTable(_ entry: UnsafePointer<pb_entry>?) throws(PeerFault) -> [PeerConnector] {
  guard let entry else { throw .noEntry }
  let start = UnsafeRawPointer(entry)
  let magic = start.load(fromByteOffset: 0, as: UInt32.self)
  guard magic == PB_MAGIC else { throw .magic(magic) }
  let revision = start.load(fromByteOffset: 4, as: UInt32.self)
  guard revision == PB_ABI_REVISION else { throw .revision(revision) }
  let size = start.load(fromByteOffset: 8, as: UInt32.self)
  guard size >= 12 else { throw .entrySize(size) }
  var table = pb_entry()
  copyTable(from: start, size: size, to: &table)
  guard table.count >= 1, table.count <= maximumConnectorsPerLibrary else { throw .count(table.count) }
  guard let pointers = table.connectors else { throw .noConnectors }
  var connectors: [PeerConnector] = []
  connectors.reserveCapacity(Int(table.count))
  for index in 0..<Int(table.count) {
    guard let pointer = pointers[index] else { throw .noConnector(connector: index) }
    connectors.append(try readConnector(pointer, index))
  }
  return connectors
}

private func readConnector(_ pointer: UnsafePointer<pb_connector>, _ index: Int) throws(PeerFault) -> PeerConnector {
  let start = UnsafeRawPointer(pointer)
  let size = start.load(fromByteOffset: 0, as: UInt32.self)
  guard size >= 8 else { throw .connectorSize(connector: index, size) }
  let revision = start.load(fromByteOffset: 4, as: UInt32.self)
  guard revision == PB_ABI_REVISION else { throw .connectorRevision(connector: index, revision) }
  var table = pb_connector()
  copyTable(from: start, size: size, to: &table)
  guard let descriptor = table.descriptor_json else { throw .noDescriptor(connector: index) }
  guard let create = table.create else { throw .noFunction(connector: index, .create) }
  guard let deliver = table.deliver else { throw .noFunction(connector: index, .deliver) }
  guard let destroy = table.destroy else { throw .noFunction(connector: index, .destroy) }
  return PeerConnector(
    table: pointer, descriptor: descriptor, create: create, deliver: deliver, destroy: destroy)
}

/// Copies what the peer has of a table; the rest stays zero. A pointer that the peer's size cuts is absent as a whole.
private func copyTable<Table>(from start: UnsafeRawPointer, size: UInt32, to table: inout Table) {
  withUnsafeMutableBytes(of: &table) { bytes in
    let count = min(Int(size), bytes.count)
    let whole = count < bytes.count ? count & ~7 : count
    bytes.copyMemory(from: UnsafeRawBufferPointer(start: start, count: whole))
  }
}

extension PeerFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noEntry: "patchbay_entry answered null"
    case .magic(let found): "pb_entry.magic is \(found), not PB_MAGIC: this is not a connector library"
    case .revision(let found): "pb_entry.revision is \(found); rebuild the library for revision \(PB_ABI_REVISION)"
    case .entrySize(let size): "pb_entry.size is \(size); it must be sizeof(pb_entry)"
    case .count(let count): "pb_entry.count is \(count); a library has 1 to \(maximumConnectorsPerLibrary) connectors"
    case .noConnectors: "pb_entry.connectors is null"
    case .noConnector(let index): "pb_entry.connectors[\(index)] is null"
    case .connectorSize(let index, let size): "connector \(index): size is \(size); it must be sizeof(pb_connector)"
    case .connectorRevision(let index, let found):
      "connector \(index): revision is \(found); rebuild it for revision \(PB_ABI_REVISION)"
    case .noDescriptor(let index): "connector \(index): descriptor_json is missing"
    case .noFunction(let index, let function): "connector \(index): \(function.rawValue) is missing"
    }
  }
}
