import Decimals
import JSONTree

/// By which rules votes sort connectors into tiers. They stand in a file, and with each poll in the registry.
public struct PollRules: Sendable {
  /// One tier, filled from the most votes down.
  public struct Place: Sendable {
    public var tier: RegistryEntry.Tier
    /// How many it takes; `nil` = any number.
    public var places: Int?
    /// The least part of all votes that were given; `nil` = any.
    public var share: Decimal64?
    /// Only connectors that certification found green on every market that it measured.
    public var certified: Bool
  }

  public var name: String
  /// Of these kinds of exchanges; empty = of any.
  public var types: Set<ExchangeType>
  /// Exchanges in one of these states.
  public var states: Set<Lifecycle.State>
  /// These are not sorted, whatever else holds for them.
  public var except: Set<String>
  /// Whether only those are sorted of which a connector exists.
  public var implemented: Bool
  /// With fewer voters or votes a poll decides nothing.
  public var quorumVoters: Int
  public var quorumVotes: Decimal64
  /// The most that one voter gives in all; `nil` = votes are weights.
  public var mostOfVoter: Decimal64?
  /// First one first.
  public var tiers: [Place]
  /// As they stand in the file.
  public var tree: JSONValue

  public static func load(path: String) throws(Problems) -> PollRules {
    try parse(bytes: Files.read(path, maximumBytes: 1 << 20), file: path)
  }

  public static func parse(bytes: [UInt8], file: String) throws(Problems) -> PollRules {
    let tree = try JSONDocument.tree(bytes: bytes, file: file)
    let log = ProblemLog(file: file)
    let top = FieldReader(value: tree, field: "", log: log)
    top.allow(only: ["schema", "name", "candidates", "quorum", "most_of_voter", "tiers"])
    _ = top.required("schema")?.int(in: 1...1)
    let name = top.required("name")?.string()
    let candidates = top.optional("candidates")
    candidates?.allow(only: ["types", "states", "implemented", "except"])
    let types = candidates?.optional("types")?.elements().compactMap { $0.choice(ExchangeType.self) } ?? []
    let states = candidates?.optional("states")?.elements().compactMap { $0.choice(Lifecycle.State.self) } ?? [.live]
    let quorum = top.optional("quorum")
    quorum?.allow(only: ["voters", "votes"])
    let tiers = top.required("tiers")?.elements().compactMap { $0.pollPlace() } ?? []
    if Set(tiers.map(\.tier)).count != tiers.count || tiers.isEmpty {
      top.required("tiers")?.report(.value, "each tier stands there once, and at least one", remedy: "Name it once")
    }
    let rules = PollRules(
      name: name ?? "", types: Set(types), states: Set(states),
      except: Set(candidates?.optional("except")?.strings() ?? []),
      implemented: candidates?.optional("implemented")?.bool() ?? true,
      quorumVoters: quorum?.optional("voters")?.int(in: 0...1_000_000) ?? 0,
      quorumVotes: quorum?.optional("votes")?.positive() ?? .zero,
      mostOfVoter: top.optional("most_of_voter")?.positive(), tiers: tiers, tree: tree)
    guard !log.hasErrors else { throw Problems(log.problems) }
    return rules
  }

  /// Whether an entry is sorted at all.
  func sorts(_ entry: RegistryEntry) -> Bool {
    let isType = types.isEmpty || types.contains(entry.type)
    let now = Set(entry.markets.keys.compactMap { entry.lifecycle.current($0)?.state })
    guard !except.contains(entry.id) else { return false }
    return isType && (!implemented || entry.implementation == .core) && !now.isDisjoint(with: states)
  }
}

extension FieldReader {
  fileprivate func pollPlace() -> PollRules.Place? {
    allow(only: ["tier", "places", "share", "certified"])
    guard let tier = required("tier")?.choice(RegistryEntry.Tier.self) else { return nil }
    return PollRules.Place(
      tier: tier, places: optional("places")?.int(in: 1...1000), share: optional("share")?.positive(),
      certified: optional("certified")?.bool() ?? false)
  }

  /// An exact number above zero, as text.
  fileprivate func positive() -> Decimal64? {
    guard let text = string() else { return nil }
    if let number = Decimal64(text), number.isPositive { return number }
    report(.value, "\"\(text)\" is no number above zero", remedy: "Write it as text, such as \"0.05\"")
    return nil
  }
}
