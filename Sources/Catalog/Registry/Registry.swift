import JSONTree

/// The registry of connectors: every exchange that Patchbay knows of, what the published lists said of it, and what
/// exists.
public struct Registry: Sendable {
  /// The version of the file's form that this host reads.
  public static let schema = 1
  /// Longest registry, in bytes.
  public static let maximumBytes = 16 << 20

  public var file: String
  /// The date of the last change.
  public var updated: String
  /// The published lists, oldest first.
  public var lists: [String]
  /// Sorted by id.
  public var entries: [RegistryEntry]
  /// Keys of connectors' authors that the project vouches for.
  public var keys: [TrustedKey]
  /// Of all entries.
  public var advisories: [Advisory]
  private var indexByID: [String: Int]

  /// The entry with this id.
  public subscript(id: String) -> RegistryEntry? { indexByID[id].map { entries[$0] } }

  /// The manifests of all entries that name this library. The descriptors of a library must equal their union.
  public func manifests(library: String) -> [Manifest] {
    entries.compactMap(\.manifest).filter { $0.library == library }
  }

  /// Reads a registry. All mistakes are reported at once.
  public static func load(path: String) throws(Problems) -> Registry {
    try parse(bytes: Files.read(path, maximumBytes: maximumBytes), file: path)
  }

  /// Reads the text of a registry; `file` names it in messages.
  public static func parse(bytes: [UInt8], file: String) throws(Problems) -> Registry {
    let tree = try JSONDocument.tree(bytes: bytes, file: file)
    let log = ProblemLog(file: file)
    let top = FieldReader(value: tree, field: "", log: log)
    top.allow(only: ["schema", "updated", "keys", "lists", "polls", "connectors"])
    if let schema = top.required("schema"), let version = schema.int(in: 0...Int.max), version != Self.schema {
      schema.report(.value, "schema \(version) is not known", remedy: "This host reads schema \(Self.schema)")
    }
    let updated = top.required("updated")?.string("a date such as 2026-01-31", where: NameForm.isDate)
    let lists = top.required("lists")?.required("order")?.strings()
    let keys = top.optional("keys")?.trustedKeys(.registry) ?? []
    let entries = top.required("connectors")?.registryEntries() ?? []
    guard let updated, let lists, !log.hasErrors else { throw Problems(log.problems) }
    let index = Dictionary(entries.enumerated().map { ($1.id, $0) }) { first, _ in first }
    return Registry(
      file: file, updated: updated, lists: lists, entries: entries, keys: keys,
      advisories: entries.flatMap(\.advisories), indexByID: index)
  }
}

extension FieldReader {
  /// Entries are named in messages by their id, not by their number.
  fileprivate func registryEntries() -> [RegistryEntry] {
    var entries: [RegistryEntry] = []
    var owners: [String: String] = [:]
    for element in elements() {
      let name = element.value["id"]?.string.map { "connectors.\($0)" } ?? element.field
      let reader = FieldReader(value: element.value, field: name, log: log)
      guard let entry = RegistryEntry(reader) else { continue }
      if let last = entries.last, last.id >= entry.id {
        let message = last.id == entry.id ? "the id stands twice" : "the entry stands behind \"\(last.id)\""
        reader.report(.conflict, message, remedy: "Entries are sorted by id")
      }
      for connector in entry.markets.values.compactMap(\.connector) where owners[connector] != entry.id {
        if let owner = owners.updateValue(entry.id, forKey: connector) {
          reader.report(.conflict, "the connector \"\(connector)\" belongs to \"\(owner)\" as well")
        }
      }
      entries.append(entry)
    }
    return entries
  }
}
