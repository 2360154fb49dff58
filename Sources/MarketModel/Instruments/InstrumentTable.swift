/// The instruments of one connector instance: a bijection between venue symbols and instrument ids, and a lookup by
/// pair.
///
/// Two symbols may map to one pair, such as a perpetual and an expiring future. Then the pair means the preferred of
/// them, by a rule that does not depend on the order in which they came: accepting orders before not; spot, then perp,
/// then dated future, then pool; without expiry before with one, nearer expiry before farther; then by symbol, byte by
/// byte. The others stay reachable by symbol or id, and `conflicts` names them.
public struct InstrumentTable: Sendable {
  /// What an insertion did.
  public enum Change: Equatable, Sendable {
    case added
    case updated
    /// A new id took over the symbol of an older one, which is gone: its exponents changed.
    case replaced(InstrumentID)
  }

  private struct SymbolKey: Hashable {
    let kind: Instrument.Kind
    let symbol: String
  }

  private var byID: [InstrumentID: Instrument] = [:]
  private var bySymbol: [SymbolKey: InstrumentID] = [:]
  /// Each list is sorted by preference.
  private var byPair: [String: [InstrumentID]] = [:]

  public init() {}

  public var count: Int { byID.count }

  /// All instruments, by id.
  public var all: [Instrument] { byID.values.sorted { $0.id < $1.id } }

  public subscript(id: InstrumentID) -> Instrument? { byID[id] }

  /// The instrument with this venue symbol. A venue may use one symbol for its spot and its perpetual, hence the kind.
  public func instrument(symbol: String, kind: Instrument.Kind) -> Instrument? {
    bySymbol[SymbolKey(kind: kind, symbol: symbol)].flatMap { byID[$0] }
  }

  /// The preferred instrument of a pair `BASE-QUOTE`, of one kind or of any.
  public func instrument(pair: String, kind: Instrument.Kind? = nil) -> Instrument? {
    for id in byPair[pair] ?? [] {
      if let instrument = byID[id], kind == nil || instrument.kind == kind { return instrument }
    }
    return nil
  }

  /// Every pair that two or more instruments of one kind claim, with their symbols, the preferred one first; by pair.
  public var conflicts: [(pair: String, symbols: [String])] {
    byPair.keys.sorted().flatMap { pair in
      Instrument.Kind.allCases.compactMap { kind in
        let symbols = (byPair[pair] ?? []).compactMap { byID[$0] }.filter { $0.kind == kind }.map(\.symbol)
        return symbols.count > 1 ? (pair, symbols) : nil
      }
    }
  }

  /// Adds an instrument or takes over its new description.
  /// - Throws: `InstrumentFault`; the table is unchanged, so that old rules stay.
  @discardableResult
  public mutating func insert(_ instrument: Instrument) throws(InstrumentFault) -> Change {
    if let fault = instrument.fault { throw fault }
    let key = SymbolKey(kind: instrument.kind, symbol: instrument.symbol)
    var change = Change.added
    if let known = byID[instrument.id] {
      guard known.kind == instrument.kind, known.symbol == instrument.symbol,
        known.priceExponent == instrument.priceExponent, known.quantityExponent == instrument.quantityExponent
      else { throw .identityChanged(instrument.id) }
      change = .updated
      remove(instrument.id)
    } else if let older = bySymbol[key] {
      change = .replaced(older)
      remove(older)
    }
    byID[instrument.id] = instrument
    bySymbol[key] = instrument.id
    let place = place(of: instrument)
    byPair[instrument.pair, default: []].insert(instrument.id, at: place)
    return change
  }

  /// Removes an instrument; gives it back when it was there.
  @discardableResult
  public mutating func remove(_ id: InstrumentID) -> Instrument? {
    guard let gone = byID[id] else { return nil }
    bySymbol[SymbolKey(kind: gone.kind, symbol: gone.symbol)] = nil
    let place = place(of: gone)
    byPair[gone.pair]?.remove(at: place)
    if byPair[gone.pair]?.isEmpty == true { byPair[gone.pair] = nil }
    byID[id] = nil
    return gone
  }

  /// How many of its pair are preferred to an instrument: where it stands in the list, or is to be put. O(log n): a
  /// connector may give one pair to all of its instruments.
  private func place(of instrument: Instrument) -> Int {
    let rivals = byPair[instrument.pair] ?? []
    var (low, high) = (0, rivals.count)
    while low < high {
      let middle = (low + high) / 2
      if let rival = byID[rivals[middle]], isPreferred(rival, over: instrument) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  private func isPreferred(_ left: Instrument, over right: Instrument) -> Bool {
    if left.isTradable != right.isTradable { return left.isTradable }
    if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
    if left.expiry != right.expiry {
      if left.expiry == 0 || right.expiry == 0 { return left.expiry == 0 }
      return left.expiry < right.expiry
    }
    return left.symbol.utf8.lexicographicallyPrecedes(right.symbol.utf8)
  }
}
