/// One line of the table of connectors.
public struct ConnectorRow: Sendable {
  /// The columns, in the order of the table.
  public enum Column: String, CaseIterable, Sendable {
    case id, name, type, tier, maintainer, spot, perp, amm, standard, status, lifecycle, installed, enabled, trust, runs
  }

  /// What a label rests on.
  public struct Label: Sendable, Equatable {
    /// By market, in the order of markets.
    public var values: [(market: Market, value: String)]
    /// Whether a certification run found it; otherwise the lists said it.
    public var isMeasured: Bool

    public static func == (left: Label, right: Label) -> Bool {
      left.isMeasured == right.isMeasured && left.values.elementsEqual(right.values, by: ==)
    }
  }

  /// How far a market is.
  public enum MarketState: String, Sendable {
    /// A connector for it exists here.
    case ready
    /// A connector for it exists here, and the exchange has closed: it replays recordings and connects to nothing.
    case replay
    /// The exchange has it; no connector exists here yet.
    case listed
    /// The lists deny it.
    case no
  }

  public var id: String
  public var name: String
  public var type: ExchangeType
  public var tier: String?
  public var maintainer: String?
  /// Markets that nobody states are absent.
  public var markets: [Market: MarketState]
  public var standard: Label
  public var status: Label
  public var lifecycle: Lifecycle.Entry?
  public var installed: Bool
  public var enabled: Bool
  /// `core`, `signed`, `unsigned`, `invalid` or `modified`; nil while no connector exists.
  public var trust: String?
  /// Why, and what follows from it.
  public var finding: TrustFinding?
  /// `worker`, `in_process`; nil while no connector exists.
  public var runs: String?

  /// The text of a cell; `-` stands for nothing. What only the lists said stands in brackets.
  public func cell(_ column: Column) -> String {
    switch column {
    case .id: id
    case .name: name
    case .type: type.rawValue
    case .tier: tier ?? "-"
    case .maintainer: maintainer ?? "-"
    case .spot: markets[.spot]?.rawValue ?? "-"
    case .perp: markets[.perp]?.rawValue ?? "-"
    case .amm: markets[.amm]?.rawValue ?? "-"
    case .standard: Self.text(standard)
    case .status: Self.text(status)
    case .lifecycle: lifecycle.map { isReplayOnly ? "replay only (\(Self.text($0)))" : Self.text($0) } ?? "-"
    case .installed: installed ? "yes" : "no"
    case .enabled: enabled ? "yes" : "no"
    case .trust: trust ?? "-"
    case .runs: runs ?? "-"
    }
  }

  /// Whether there is a connector, and all that it can do is replay recordings.
  public var isReplayOnly: Bool { markets.values.contains(.replay) && !markets.values.contains(.ready) }

  /// `2.1/-`: the value of spot, then of perp; a single market's value alone.
  private static func text(_ label: Label) -> String {
    guard !label.values.isEmpty else { return "-" }
    let isBookPair = label.values.contains { $0.market == .perp }
    let markets: [Market] = isBookPair ? [.spot, .perp] : label.values.map(\.market)
    let text = markets.map { market in label.values.first { $0.market == market }?.value ?? "-" }
      .joined(separator: "/")
    return label.isMeasured ? text : "(\(text))"
  }

  private static func text(_ entry: Lifecycle.Entry) -> String {
    let doubt = entry.mark == .unverified ? "?" : ""
    return entry.state.rawValue + doubt + (entry.since.map { " \($0)" } ?? "")
  }
}

extension ConnectorRow {
  /// The rows of a catalog, by id; `config` says what is enabled and trusted.
  public static func rows(of catalog: Catalog, config: Config?) -> [ConnectorRow] {
    catalog.items.map { ConnectorRow($0, config: config?[$0.id]) }
  }

  init(_ item: Catalog.Item, config: Config.Connector?) {
    id = item.id
    name = item.name
    type = item.manifest?.type ?? item.entry?.type ?? .clob
    enabled = config?.enabled ?? false
    installed = item.libraryPath != nil
    lifecycle = item.entry?.lifecycle.current()
    // What was measured of another library says nothing of one that was put in its place.
    let proved = item.isLibraryDropped ? nil : item.entry
    (standard, status) = (Self.label(of: proved, "standard"), Self.label(of: proved, "status"))
    runs = item.manifest == nil ? nil : (config?.permit.run ?? item.trust?.home ?? .inProcess).rawValue
    markets = [:]
    for (market, entry) in item.entry?.markets ?? [:] { markets[market] = entry.connector == nil ? .no : .listed }
    for connector in item.manifest?.connectors ?? [] {
      markets[connector.market] = item.closure(connector.market) == nil ? .ready : .replay
    }
    let isRegistered = item.origin == .registry
    maintainer = isRegistered ? item.entry?.maintainer : item.manifest?.maintainer
    if item.isLibraryDropped {
      // A drop-in's own word on its tier counts for nothing, and a library is not what the registry's entry promises
      // because it carries its name.
      tier = nil
    } else {
      tier = item.entry?.tier?.rawValue
    }
    finding = item.trust
    trust = item.trust?.status.rawValue
  }

  /// A label as measured, else as listed.
  private static func label(of entry: RegistryEntry?, _ what: String) -> Label {
    if let measured = entry?.tree["measured"]?["markets"] {
      let values = Market.allCases.compactMap { market in
        measured[market.rawValue].map { (market, $0[what]?.string ?? "none") }
      }
      return Label(values: values, isMeasured: true)
    }
    let current = entry?.tree["current"]
    let values = Market.allCases.compactMap { market -> (Market, String)? in
      let value = what == "standard"
        ? current?["\(market.rawValue)_standard"] : current?["status_colour_by_kind"]?[market.rawValue]
      guard let text = value?.string else { return nil }
      return (market, what == "standard" && text.hasPrefix("v") ? String(text.dropFirst()) : text)
    }
    return Label(values: values, isMeasured: false)
  }
}

extension ConnectorRow {
  /// A condition on a column.
  public struct Filter: Sendable {
    public var column: Column
    /// `yes` and `no` ask whether there is something; anything else is compared without regard to case: id, name and
    /// maintainer by a part of them, the others by a whole word.
    public var value: String

    public init(_ column: Column, _ value: String) {
      self.column = column
      self.value = value
    }
  }

  /// Whether the row fulfils all conditions.
  public func matches(_ filters: [Filter]) -> Bool {
    filters.allSatisfy { filter in
      let cell = cell(filter.column).lowercased()
      let value = filter.value.lowercased()
      switch (filter.column, value) {
      case (_, "yes"): return isPresent(filter.column)
      case (_, "no"): return !isPresent(filter.column)
      case (.id, _), (.name, _), (.maintainer, _): return cell.contains(value)
      default: return cell == value || cell.split { " ()/?".contains($0) }.contains { $0 == value }
      }
    }
  }

  /// Whether there is something; of trust, whether anybody vouches for it.
  private func isPresent(_ column: Column) -> Bool {
    column == .trust ? finding?.isVouchedFor ?? false : !["-", "no", "none"].contains(cell(column))
  }
}
