import Decimals
import MarketModel
import Runtime

/// What accounts of a paper execution have: on spot both assets of a trade, on linear perpetuals the settlement asset
/// and a net position. Money is summed up with all its digits; facts have those that fit 64 bits, rounded down.
struct PaperAccounts {
  struct Key: Hashable, Comparable {
    let account: AccountID
    let asset: String

    static func < (left: Self, right: Self) -> Bool { (left.account, left.asset) < (right.account, right.asset) }
  }

  private(set) var totals: [Key: WideDecimal] = [:]
  private var held: [Key: WideDecimal] = [:]
  /// Accounts with numbers that cannot be counted: what they have is wrong from then on.
  private(set) var broken: Set<AccountID> = []
  private(set) var positions: [Positions.Key: (quantity: Decimal64, entry: Decimal64)] = [:]

  init(_ balances: [String: Decimal64], _ accounts: [AccountID]) {
    for account in accounts {
      for (asset, amount) in balances { totals[Key(account: account, asset: asset)] = WideDecimal(amount) }
    }
  }

  /// Two assets that get one name are added up.
  mutating func rename(_ name: (String) -> String) {
    var renamed: [Key: WideDecimal] = [:]
    for (key, amount) in totals.sorted(by: { $0.key < $1.key }) {
      let key = Key(account: key.account, asset: name(key.asset))
      renamed[key] = (renamed[key] ?? .zero) + amount
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
    return ((totals[key] ?? .zero) - (held[key] ?? .zero)).narrowed?.value ?? .zero
  }

  func fact(_ account: AccountID, _ asset: String, command: CommandID?, time: Int64) -> AccountFact {
    let total = totals[Key(account: account, asset: asset)]?.narrowed?.value ?? .zero
    let available = max(available(account, asset), .zero)
    return .balance(
      BalanceFact(
        account: account, asset: asset, total: total, available: available, command: command, time: time))
  }

  func assets(of account: AccountID) -> [String] { totals.keys.filter { $0.account == account }.map(\.asset).sorted() }

  /// An order holds more (or, negative, less) of an asset.
  mutating func hold(_ amount: WideDecimal, _ account: AccountID, _ asset: String) {
    let key = Key(account: account, asset: asset)
    held[key] = (held[key] ?? .zero) + amount
  }

  /// - Parameter amount: `nil` = it cannot be counted: the account is broken.
  mutating func add(_ amount: WideDecimal?, _ account: AccountID, _ asset: String) {
    guard let amount else {
      broken.insert(account)
      return
    }
    guard !amount.isZero else { return }
    let key = Key(account: account, asset: asset)
    let sum = (totals[key] ?? .zero) + amount
    totals[key] = sum
    if sum.narrowed == nil { broken.insert(account) }
  }

  /// Takes over that a sum of an account is wrong.
  mutating func mark(broken account: AccountID) { broken.insert(account) }

  /// What a fill moves.
  struct Terms {
    let instrument: InstrumentID
    let base: String
    let quote: String
    /// Of a perpetual or future; `nil` on spot.
    let settle: String?

    init(instrument: InstrumentID, base: String, quote: String, settle: String?) {
      (self.instrument, self.base, self.quote, self.settle) = (instrument, base, quote, settle)
    }

    init(_ instrument: Instrument) {
      let settle = instrument.settle.isEmpty ? instrument.quote : instrument.settle
      self.init(
        instrument: instrument.id, base: instrument.base, quote: instrument.quote,
        settle: instrument.isContract ? settle : nil)
    }
  }

  /// A fill; the fee is in quote, or in the settlement asset.
  /// - Returns: the assets whose balances changed.
  mutating func settle(_ fill: Fill, _ side: Side, _ account: AccountID, on terms: Terms) -> [String] {
    let fee = fill.fee.map { .zero - WideDecimal($0) } ?? .zero
    guard let asset = terms.settle else {
      let (quantity, worth) = (WideDecimal(fill.quantity), WideDecimal(fill.price, times: fill.quantity))
      add(side == .buy ? quantity : .zero - quantity, account, terms.base)
      add(side == .buy ? worth.map { .zero - $0 } : worth, account, terms.quote)
      add(fee, account, fill.feeAsset)
      return [terms.base, terms.quote]
    }
    let key = Positions.Key(account: account, instrument: terms.instrument)
    add(realized(fill, side, key), account, asset)
    add(fee, account, fill.feeAsset)
    return [asset]
  }

  mutating func put(_ quantity: Decimal64, entry: Decimal64, _ key: Positions.Key) {
    positions[key] = (quantity, entry)
  }

  /// Moves the position; gives the profit of what was closed, `nil` where it cannot be counted.
  private mutating func realized(_ fill: Fill, _ side: Side, _ key: Positions.Key) -> WideDecimal? {
    let (old, entry) = positions[key] ?? (.zero, fill.price)
    guard let change = side == .buy ? fill.quantity : fill.quantity.negated, let new = old.adding(change),
      let size = old.absolute.map({ min($0, fill.quantity) }), let closed = old.isPositive ? size : size.negated
    else { return nil }
    guard !old.isZero else {
      positions[key] = (change, fill.price)
      return .zero
    }
    guard old.isPositive != change.isPositive else {
      guard let entry = Self.average((entry, old), (fill.price, change), over: new) else { return nil }
      positions[key] = (new, entry)
      return .zero
    }
    let turned = !new.isZero && new.isPositive != old.isPositive
    positions[key] = new.isZero ? nil : (new, turned ? fill.price : entry)
    guard let got = WideDecimal(fill.price, times: closed), let paid = WideDecimal(entry, times: closed) else {
      return nil
    }
    return got - paid
  }

  /// The average price of two quantities of one sign, rounded toward zero at 12 decimal places, or at as many as fit.
  private static func average(
    _ one: (price: Decimal64, quantity: Decimal64), _ two: (price: Decimal64, quantity: Decimal64),
    over sum: Decimal64
  ) -> Decimal64? {
    guard let first = WideDecimal(one.price, times: one.quantity),
      let second = WideDecimal(two.price, times: two.quantity)
    else { return nil }
    let cost = first + second
    for places in (0...12).reversed() {
      if let price = cost.quotient(dividingBy: sum, places: Int32(places)) { return price }
    }
    return nil
  }
}

extension Instrument {
  /// It makes positions; of all others, spot and pools, one asset is given for the other.
  var isContract: Bool { kind == .perp || kind == .future }
}
