/// Everything that this host could run: the registry's entries and what was dropped into the plugin folder. Made from
/// data alone; no library is opened.
public struct Catalog: Sendable {
  /// One exchange or drop-in.
  public struct Item: Sendable {
    /// Where a manifest comes from.
    public enum Origin: Sendable, Equatable {
      /// The registry of this tree.
      case registry
      /// A folder below the plugin folder.
      case dropIn(folder: String)
    }

    public var id: String
    public var origin: Origin
    /// The registry's entry of this id, also where a drop-in takes its place.
    public var entry: RegistryEntry?
    /// Nil while no connector exists.
    public var manifest: Manifest?
    /// Where the library was found; nil = it is not installed.
    public var libraryPath: String?
    /// The library lies in the plugin folder: it was put there by hand, and this tree does not vouch for it, whatever
    /// its id.
    public var isLibraryDropped = false
    /// Who vouches for its bytes; nil while no connector exists.
    public var trust: TrustFinding?

    public var name: String { manifest?.name ?? entry?.name ?? id }
  }

  public var registry: Registry
  /// Sorted by id.
  public var items: [Item]
  /// What was wrong with drop-ins; such a drop-in is not among the items.
  public var problems: [Problem]
  /// By which the items were judged.
  public var rules = TrustRules()

  /// The item that a person means by its id, or by that of one of its connectors.
  public func item(named name: String) throws(NameFault) -> Item {
    let connectors = items.flatMap { item in (item.manifest?.connectors ?? []).map { (id: $0.id, item: item.id) } }
    let own = Set(items.map(\.id))
    let others = connectors.filter { !own.contains($0.id) }
    let known = try NameRule.choose(name, "connector", among: items.map(\.id) + others.map(\.id))
    let id = own.contains(known) ? known : others.first { $0.id == known }?.item ?? known
    guard let item = self[id] else { throw .unknown(name, kind: "connector", place: "", hint: "") }
    return item
  }

  /// Whether somebody besides its author vouches for what a connector's manifest says: the registry or the operator.
  public func vouches(for connector: Config.Connector) -> Bool {
    connector.permit.unbound || self[connector.id]?.origin == .registry
  }

  /// The item with this id.
  public subscript(id: String) -> Item? { items.first { $0.id == id } }

  /// Merges the registry with the drop-ins of `pluginFolder` (`<id>/manifest.json` with the library beside it).
  ///
  /// The libraries of registry entries are looked for in `libraryFolders`, then in `<pluginFolder>/<id>`. A drop-in
  /// whose id is in the registry is refused, unless the id is among `replacing`; so is one whose connector ids another
  /// item has. An entry of the registry that is to be replaced, and is not, has no library. Nothing in a folder that
  /// others can write to is used.
  /// - Parameter rules: by which the bytes of all are judged; without any nobody is trusted.
  public static func discover(
    registry: Registry, pluginFolder: String?, libraryFolders: [String] = [], replacing: Set<String> = [],
    rules: TrustRules = TrustRules()
  ) -> Catalog {
    var problems = pluginFolder.flatMap(folderProblem).map { [$0] } ?? []
    let (place, pluginFolder) = (pluginFolder ?? "", problems.isEmpty ? pluginFolder : nil)
    var items: [String: Item] = [:]
    for entry in registry.entries {
      var item = Item(id: entry.id, origin: .registry, entry: entry, manifest: entry.manifest)
      if let library = entry.manifest?.library {
        item.libraryPath = libraryFolders.map { "\($0)/\(library)" }.first(where: Files.exists)
        let dropped = "\(pluginFolder ?? "")/\(entry.id)/\(library)"
        if item.libraryPath == nil, pluginFolder != nil, Files.exists(dropped) {
          if let problem = ownerProblem("\(pluginFolder ?? "")/\(entry.id)") {
            problems.append(problem)
          } else {
            (item.libraryPath, item.isLibraryDropped) = (dropped, true)
          }
        }
      }
      item.judge(by: rules, manifest: nil, signature: .none)
      items[entry.id] = item
    }
    for name in pluginFolder.map(Files.names) ?? [] {
      // Where `patchbay plugin` keeps old versions.
      guard !name.hasPrefix(".") else { continue }
      let folder = "\(pluginFolder ?? "")/\(name)"
      guard Files.exists("\(folder)/manifest.json") else {
        if let problem = passedOver(folder, name, items[name]) { problems.append(problem) }
        continue
      }
      do {
        let item = try dropIn(folder: folder, name: name, items: items, replacing: replacing, rules: rules)
        items[item.id] = item
      } catch {
        problems += error.all
      }
    }
    for id in replacing.sorted() {
      guard var item = items[id], case .registry = item.origin else { continue }
      // Whoever asked for other code does not get this one instead.
      (item.libraryPath, item.isLibraryDropped) = (nil, false)
      items[id] = item
      problems.append(
        Problem(
          .unavailable, file: "\(place)/\(id)/manifest.json", field: "id",
          message: "connectors.\(id).replaces_registry asks for this library, which cannot be used; \(id) does not run",
          remedy: "Mend it, or take replaces_registry out of the config"))
    }
    return Catalog(
      registry: registry, items: items.values.sorted { $0.id < $1.id }, problems: problems, rules: rules)
  }

  /// Why a plugin folder cannot be looked at; `nil` where it can, or is not there.
  private static func folderProblem(_ path: String) -> Problem? {
    guard Files.exists(path) else { return nil }
    let isFolder = Files.isFolder(path)
    if isFolder, let problem = ownerProblem(path) { return problem }
    guard !isFolder || !Files.isReadable(path) else { return nil }
    return Problem(
      isFolder ? .unreadable : .type, file: path, field: "plugin_folder",
      message: isFolder ? "this folder cannot be read, so nothing in it is run" : "this is a file, not a folder",
      remedy: isFolder ? "Let this user read it" : "Name the folder in which each drop-in has a folder of its own")
  }

  /// Why what lies in a folder could be anybody's; `nil` where it is not.
  private static func ownerProblem(_ path: String) -> Problem? {
    GuardedFolder.fault(path).map {
      Problem(.unreadable, file: path, message: "\($0.what), so nothing in it is run", remedy: $0.remedy)
    }
  }

  /// What lies in the plugin folder and is not looked at; `nil` for a folder with the library of a registry entry, and
  /// for files that are none.
  private static func passedOver(_ path: String, _ name: String, _ item: Item?) -> Problem? {
    let isFolder = Files.isFolder(path)
    guard isFolder || name.hasSuffix(".so") else { return nil }
    if let library = item?.manifest?.library, Files.exists("\(path)/\(library)") { return nil }
    return Problem(
      .missing, file: path,
      message: isFolder
        ? "this folder has no manifest.json, so nothing in it is run"
        : "a library without a folder of its own is not run",
      remedy: "Put the library and its manifest.json into a folder that is named as its id", isWarning: true)
  }

  /// Why a drop-in cannot have the ids that it claims; `nil` = they are free.
  private static func claimProblem(
    _ manifest: Manifest, among items: [String: Item], _ replacing: Set<String>
  ) -> Problem? {
    func refuse(_ field: String, _ message: String, _ remedy: String) -> Problem {
      Problem(.conflict, file: manifest.file, field: field, message: message, remedy: remedy)
    }
    if items[manifest.id] != nil, !replacing.contains(manifest.id) {
      return refuse(
        "id", "\"\(manifest.id)\" is an entry of the registry",
        "Choose another id, or set connectors.\(manifest.id).replaces_registry in the config")
    }
    for other in items.values.sorted(by: { $0.id < $1.id }) where other.id != manifest.id {
      let taken = Set(other.manifest?.connectors.map(\.id) ?? [])
      if let both = manifest.connectors.first(where: { taken.contains($0.id) }) {
        return refuse(
          "markets.\(both.market)", "the connector \"\(both.id)\" belongs to \"\(other.id)\"", "Rename it")
      }
    }
    if let other = LookAlike.find(manifest.id, among: items.keys.sorted()) {
      return refuse("id", "\"\(manifest.id)\" looks like \"\(other)\", another connector", "Choose another id")
    }
    return nil
  }

  /// Why what is to be installed cannot have the ids that it claims beside what is there; `nil` = they are free, or its
  /// own.
  public func claimProblem(_ manifest: Manifest, replacing: Set<String>) -> Problem? {
    var others: [String: Item] = [:]
    for item in items {
      if item.id == manifest.id, case .dropIn = item.origin, item.entry == nil { continue }
      others[item.id] = item
    }
    return Self.claimProblem(manifest, among: others, replacing)
  }

  private static func dropIn(
    folder: String, name: String, items: [String: Item], replacing: Set<String>, rules: TrustRules
  ) throws(Problems) -> Item {
    if let problem = ownerProblem(folder) { throw Problems([problem]) }
    // These very bytes are parsed, and judged by their signature and hash.
    let bytes = try Files.regular("\(folder)/manifest.json", maximumBytes: Manifest.maximumBytes)
    let manifest = try Manifest.parse(bytes: bytes, file: "\(folder)/manifest.json")
    guard manifest.id == name else {
      throw Problems([
        Problem(
          .conflict, file: manifest.file, field: "id",
          message: "\"\(manifest.id)\" lies in a folder named \"\(name)\"", remedy: "Name the folder as the id")
      ])
    }
    if let problem = claimProblem(manifest, among: items, replacing) { throw Problems([problem]) }
    let replaced = items[manifest.id]
    let library = "\(folder)/\(manifest.library)"
    var item = Item(
      id: manifest.id, origin: .dropIn(folder: folder), entry: replaced?.entry, manifest: manifest,
      libraryPath: Files.exists(library) ? library : nil, isLibraryDropped: true)
    item.judge(by: rules, manifest: bytes, signature: TrustEvidence.Signature(beside: "\(folder)/manifest.json"))
    return item
  }
}

extension Catalog {
  /// Discovers with the folders and permissions of a config.
  /// - Parameters:
  ///   - trust: `trust.json`, as `TrustFile.load(for:)` reads it.
  ///   - today: the day, in UTC, by which keys expire: `CalendarDay.text`.
  public static func discover(
    registry: Registry, config: Config?, libraryFolders: [String], trust: TrustFile = TrustFile(),
    today: String? = nil
  ) -> Catalog {
    discover(
      registry: registry, pluginFolder: config.map { $0.resolve($0.pluginFolder) } ?? "plugins.d",
      libraryFolders: libraryFolders,
      replacing: Set(config?.connectors.filter(\.replacesRegistry).map(\.id) ?? []),
      rules: TrustRules(registry: registry, file: trust, config: config, today: today))
  }
}
