import Decimals

/// The leverage of an account's instruments: as it was set from here, and where it was not, as the venue told it.
///
/// What was set from here stands over what is reported: an order that says a leverage says the one that its user chose.
/// A change that came elsewhere is reported, and wins once it is set from here as well. A value, bounded.
public struct Leverages: Sendable {
  private struct Key: Hashable {
    var account: AccountID
    var instrument: InstrumentID
  }

  private struct Entry {
    var told: Decimal64?
    /// What it may be by what was asked for here: one, or two where an answer did not come; none = nobody asked.
    var set: [Decimal64] = []
  }

  /// Most instruments of all accounts together; of others nothing is known.
  public static let limit = 16_384
  private var entries: [Key: Entry] = [:]

  public init() {}

  public subscript(account: AccountID, instrument: InstrumentID) -> Decimal64? {
    guard let entry = entries[Key(account: account, instrument: instrument)] else { return nil }
    guard let last = entry.set.last else { return entry.told }
    // Of two that may be, the one that the venue says.
    return entry.told.flatMap { entry.set.contains($0) ? $0 : nil } ?? (entry.set.count == 1 ? last : nil)
  }

  /// The venue told it.
  public mutating func learn(_ leverage: Decimal64, _ account: AccountID, _ instrument: InstrumentID) {
    guard leverage.isPositive else { return }
    change(account, instrument) { $0.told = leverage }
  }

  /// A command to set it has ended.
  /// - Parameter isSure: it was done; else no answer came, and the old one may stand.
  public mutating func set(_ leverage: Decimal64, _ account: AccountID, _ instrument: InstrumentID, isSure: Bool) {
    change(account, instrument) { entry in
      if isSure {
        entry = Entry(told: leverage, set: [leverage])
      } else {
        let old = entry.set.isEmpty ? entry.told.map { [$0] } ?? [] : entry.set
        entry.set = (old.filter { $0 != leverage } + [leverage]).suffix(3)
      }
    }
  }

  /// A symbol has a new id.
  public mutating func replace(_ older: InstrumentID, by newer: InstrumentID) {
    for (key, entry) in entries where key.instrument == older {
      entries[key] = nil
      entries[Key(account: key.account, instrument: newer)] = entry
    }
  }

  private mutating func change(_ account: AccountID, _ instrument: InstrumentID, _ body: (inout Entry) -> Void) {
    let key = Key(account: account, instrument: instrument)
    guard entries[key] != nil || entries.count < Self.limit else { return }
    body(&entries[key, default: Entry()])
  }
}
