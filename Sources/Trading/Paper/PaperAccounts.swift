import Decimals
import MarketModel
import Runtime

/// What accounts of a paper execution have: on spot both assets of a trade, on linear perpetuals the settlement asset
/// and a net position.
struct PaperAccounts {
  struct Key: Hashable, Comparable {
    let account: AccountID
    let asset: String

    static func < (left: Self, right: Self) -> Bool { (left.account, left.asset) < (right.account, right.asset) }
  }

  private(set) var totals: [Key: Decimal64] = [:]
  private(set) var held: [Key: Decimal64] = [:]
  private(set) var positions: [Positions.Key: (quantity: Decimal64, entry: Decimal64)] = [:]

  init(_ balances: [String: Decimal64], _ accounts: [AccountID]) {
    for account in accounts {
      for (asset, amount) in balances { totals[Key(account: account, asset: asset)] = amount }
    }
  }

  /// Two assets that get one name are added up.
  mutating func rename(_ name: (String) -> String) {
    var renamed: [Key: Decimal64] = [:]
    for (key, amount) in totals.sorted(by: { $0.key < $1.key }) {
      let key = Key(account: key.account, asset: name(key.asset))
      renamed[key] = renamed[key].map { $0.adding(amount) ?? $0 } ?? amount
    }
    totals = renamed
  }

  /// The symbol of an instrument has a new id.
  mutating func replace(_ older: InstrumentID, by newer: InstrumentID) {
    for key in positions.keys.filter({ $0.instrument == older }) {
      let moved = Positions.Key(account: key.account, instrument: newer, leg: key.leg)
      positions[moved] = positions.removeValue(forKey: key)
    }
  }

  func available(_ account: AccountID, _ asset: String) -> Decimal64 {
    let key = Key(account: account, asset: asset)
    return (totals[key] ?? .zero).subtracting(held[key] ?? .zero) ?? .zero
  }

  func fact(_ account: AccountID, _ asset: String, command: CommandID?, time: Int64) -> AccountFact {
    let total = totals[Key(account: account, asset: asset)] ?? .zero
    let available = max(available(account, asset), .zero)
    return .balance(
      BalanceFact(
        account: account, asset: asset, total: total, available: available, command: command, time: time))
  }

  func assets(of account: AccountID) -> [String] { totals.keys.filter { $0.account == account }.map(\.asset).sorted() }

  /// An order holds more (or, negative, less) of an asset.
  mutating func hold(_ amount: Decimal64, _ account: AccountID, _ asset: String) {
    let key = Key(account: account, asset: asset)
    held[key] = (held[key] ?? .zero).adding(amount) ?? .zero
  }

  mutating func add(_ amount: Decimal64?, _ account: AccountID, _ asset: String) {
    guard let amount, !amount.isZero else { return }
    let key = Key(account: account, asset: asset)
    totals[key] = (totals[key] ?? .zero).adding(amount) ?? totals[key]
  }

  /// A fill; the fee is in quote, or in the settlement asset.
  /// - Returns: the assets whose balances changed.
  mutating func settle(
    _ fill: Fill, _ side: Side, _ account: AccountID, on instrument: Instrument
  ) -> [String] {
    guard instrument.kind == .perp || instrument.kind == .future else {
      let worth = fill.price.multiplied(by: fill.quantity)
      add(side == .buy ? fill.quantity : fill.quantity.negated, account, instrument.base)
      add(side == .buy ? worth?.negated : worth, account, instrument.quote)
      add(fill.fee?.negated, account, fill.feeAsset)
      return [instrument.base, instrument.quote]
    }
    let key = Positions.Key(account: account, instrument: instrument.id)
    let asset = instrument.settle.isEmpty ? instrument.quote : instrument.settle
    add(realized(fill, side, key), account, asset)
    add(fill.fee?.negated, account, fill.feeAsset)
    return [asset]
  }

  /// Moves the position; gives the profit of what was closed.
  private mutating func realized(_ fill: Fill, _ side: Side, _ key: Positions.Key) -> Decimal64? {
    let change = side == .buy ? fill.quantity : fill.quantity.negated ?? .zero
    let (old, entry) = positions[key] ?? (.zero, .zero)
    let new = old.adding(change) ?? old
    guard !old.isZero, old.isPositive != change.isPositive else {
      let cost = (entry.multiplied(by: old) ?? .zero).adding(fill.price.multiplied(by: change) ?? .zero)
      positions[key] = (new, cost?.quotient(dividingBy: new, places: 12) ?? fill.price)
      return nil
    }
    let size = min(old.absolute ?? .zero, fill.quantity)
    let closed = old.isPositive ? size : size.negated ?? .zero
    let turned = !new.isZero && new.isPositive != old.isPositive
    positions[key] = new.isZero ? nil : (new, turned ? fill.price : entry)
    return fill.price.subtracting(entry).flatMap { $0.multiplied(by: closed) }
  }
}
