/// What became of an exchange, as dated states.
public struct Lifecycle: Sendable, Equatable {
  /// Where an exchange stands.
  public enum State: String, CaseIterable, Sendable {
    /// Trades.
    case live
    /// Positions can only be made smaller.
    case reduceOnly = "reduce_only"
    /// Has announced its end, or has stopped withdrawals.
    case closing
    /// Does not trade.
    case closed

    /// The state in a sentence.
    public var words: String { self == .reduceOnly ? "reduce-only" : rawValue }
  }

  /// How sure a state is.
  public enum Mark: String, CaseIterable, Sendable {
    /// Seen in a public source that the evidence names.
    case evidence = "E"
    /// General knowledge, not checked again.
    case known = "K"
    /// Unverified.
    case unverified = "?"
  }

  /// A state and since when.
  public struct Entry: Sendable, Equatable {
    public var state: State
    /// `2026`, `2026-01` or `2026-01-31`; nil = not known.
    public var since: String?
    public var mark: Mark
    public var evidence: String
    /// The market it concerns; nil = the whole exchange.
    public var market: Market?
  }

  /// What took the exchange's place.
  public struct Successor: Sendable, Equatable {
    /// Its id in this registry, where it has one.
    public var id: String?
    public var name: String
    public var mark: Mark
  }

  /// Oldest first, at least one.
  public var entries: [Entry]
  public var successor: Successor?

  /// The latest state that concerns this market; without a market the latest of all.
  public func current(_ market: Market? = nil) -> Entry? {
    if let market { return entries.last { $0.market == nil || $0.market == market } }
    return entries.last
  }
}

extension Lifecycle {
  init?(_ reader: FieldReader) {
    let entries = reader.required("states")?.elements().compactMap { $0.lifecycleEntry() } ?? []
    guard !entries.isEmpty else {
      reader.optional("states")?.report(.missing, "an exchange has at least one state")
      return nil
    }
    var successor: Successor?
    if let field = reader.optional("successor") {
      let name = field.required("name")?.string()
      let mark = field.required("mark")?.choice(Mark.self)
      if let name, let mark { successor = Successor(id: field.optional("id")?.identifier(), name: name, mark: mark) }
    }
    self.init(entries: entries, successor: successor)
    let dates = entries.compactMap(\.since)
    // Texts of different precision compare by their common part: "2026" is not after "2026-01-31".
    for (earlier, later) in zip(dates, dates.dropFirst())
    where zip(earlier.utf8, later.utf8).first(where: { $0 != $1 }).map({ $0 > $1 }) ?? false {
      reader.report(.conflict, "the states are not in order: \(earlier) stands before \(later)")
    }
  }
}

extension FieldReader {
  fileprivate func lifecycleEntry() -> Lifecycle.Entry? {
    let state = required("state")?.choice(Lifecycle.State.self)
    let since = optional("since")?.string("a date such as 2026, 2026-01 or 2026-01-31", where: NameForm.isDate)
    let mark = required("mark")?.choice(Lifecycle.Mark.self)
    let evidence = required("evidence")?.string()
    let market = optional("market")?.choice(Market.self)
    guard let state, let mark, let evidence else { return nil }
    return Lifecycle.Entry(state: state, since: since, mark: mark, evidence: evidence, market: market)
  }
}
