import JSONTree

/// What is known of every exchange, `Plugins/exchanges.json`, from which the registry is put together: read, changed by
/// decisions, and written again. Everything that nobody decides on stays as it is.
public struct RegistrySource: Sendable {
  public let file: String
  public private(set) var tree: JSONValue

  /// Where it is in the project's folder.
  public static let path = "Plugins/exchanges.json"

  public static func load(path: String) throws(Problems) -> RegistrySource {
    do {
      return try parse(bytes: Files.read(path, maximumBytes: Registry.maximumBytes), file: path)
    } catch {
      guard error.all.allSatisfy({ $0.kind == .unreadable }) else { throw error }
      throw Problems([
        Problem(
          .unreadable, file: path, message: "the registry's source cannot be read",
          remedy: "Run this in the project's folder, or name the file by --source")
      ])
    }
  }

  public static func parse(bytes: [UInt8], file: String) throws(Problems) -> RegistrySource {
    let source = RegistrySource(file: file, tree: try JSONDocument.tree(bytes: bytes, file: file))
    guard source.tree["connectors"]?.array != nil else {
      throw Problems([
        Problem(
          .missing, file: file, field: "connectors", message: "this field is missing",
          remedy: "The registry's source has one entry for each exchange there")
      ])
    }
    return source
  }

  public var text: String { JSONWriter.pretty(tree) }
  public var entries: [JSONValue] { tree["connectors"]?.array ?? [] }
  public var ids: [String] { entries.compactMap { $0["id"]?.string } }
  public func entry(_ id: String) -> JSONValue? { entries.first { $0["id"]?.string == id } }
  public var polls: [JSONValue] { tree["polls"]?.array ?? [] }

  /// The id that was meant; only its own spelling counts.
  public func choose(_ id: String) throws(Problem) -> String {
    if ids.contains(id) { return id }
    throw Problem(
      .unknownName, file: file, field: "connectors", message: "there is no exchange \"\(id)\"",
      remedy: NearestName.remedy(id, among: ids))
  }

  // MARK: Changes

  /// Puts a decision on record, and carries it out.
  public mutating func decide(_ decision: Decision, on id: String) throws(Problem) {
    let id = try choose(id)
    if let last = entry(id)?["decisions"]?.array?.last?["date"]?.string, last > decision.date {
      throw Problem(
        .conflict, file: file, field: "connectors.\(id).decisions",
        message: "the last decision is of \(last), later than \(decision.date)",
        remedy: "Decisions are added in the order of their days")
    }
    change(decision.date) { entries in
      guard let place = entries.firstIndex(where: { $0["id"]?.string == id }) else { return }
      var entry = entries[place]
      switch decision.field {
      case .tier: entry = entry.having("tier", decision.to)
      case .maintainer: entry = entry.having("maintainer", decision.to)
      case .label, .entry: break
      }
      let decisions = (entry["decisions"]?.array ?? []) + [decision.json]
      entries[place] = entry.having("decisions", JSONValue(.array(decisions)))
    }
  }

  /// Adds an entry, in the order of ids.
  public mutating func add(_ entry: JSONValue, _ decision: Decision) {
    let id = entry["id"]?.string ?? ""
    change(decision.date) { entries in
      let place = entries.firstIndex { ($0["id"]?.string ?? "") > id } ?? entries.count
      entries.insert(entry.having("decisions", JSONValue(.array([decision.json]))), at: place)
    }
  }

  /// Puts a poll on record.
  public mutating func add(poll: JSONValue, date: String) {
    tree = tree.having("updated", JSONValue(.string(max(date, tree["updated"]?.string ?? "")))).having(
      "polls", JSONValue(.array(polls + [poll])), before: "connectors")
  }

  private mutating func change(_ date: String, _ body: (inout [JSONValue]) -> Void) {
    var entries = entries
    body(&entries)
    tree = tree.having("updated", JSONValue(.string(max(date, tree["updated"]?.string ?? "")))).having(
      "connectors", JSONValue(.array(entries)))
  }
}

extension JSONValue {
  /// An object with another member of this name; a new one stands at the end, or before another.
  func having(_ key: String, _ value: JSONValue, before other: String? = nil) -> JSONValue {
    var members = object ?? []
    if let place = members.firstIndex(where: { $0.key == key }) {
      members[place].value = value
    } else {
      let place = other.flatMap { other in members.firstIndex { $0.key == other } } ?? members.count
      members.insert(JSONMember(key, value), at: place)
    }
    return JSONValue(.object(members), at: position)
  }
}
