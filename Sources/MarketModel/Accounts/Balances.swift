import Decimals

/// An account's balance of one asset.
public struct Balance: Equatable, Sendable {
  /// What the account owns, unrealized profit left out.
  public var total: Decimal64
  /// What a new order may use.
  public var available: Decimal64
  /// Nanoseconds of wall time at the venue, 0 where it gives none.
  public var time: Int64
  /// It has more digits than fit: the numbers are lower bounds, to within 10^-18 of them.
  public var isRounded: Bool

  public init(total: Decimal64, available: Decimal64, time: Int64, isRounded: Bool = false) {
    self.total = total
    self.available = available
    self.time = time
    self.isRounded = isRounded
  }
}

/// The balances of all accounts of one connector instance. Belongs to one lane.
public struct Balances: Sendable {
  private struct Key: Hashable {
    let account: AccountID
    let asset: String
  }

  private var facts = FactSet<Key, Balance>()

  public init() {}

  public var count: Int { facts.count }

  public subscript(account: AccountID, asset: String) -> Balance? { facts[Key(account: account, asset: asset)] }

  /// All balances of an account, by asset.
  public func all(of account: AccountID) -> [(asset: String, balance: Balance)] {
    facts.keys.filter { $0.account == account }.map(\.asset).sorted().compactMap { asset in
      self[account, asset].map { (asset, $0) }
    }
  }

  /// A command for all balances has been given.
  public mutating func begin(_ command: CommandID) { facts.begin(command) }

  /// Keeps a balance unless a newer one is known; gives whether it was kept.
  @discardableResult
  public mutating func put(_ balance: Balance, account: AccountID, asset: String) -> Bool {
    facts.put(balance, for: Key(account: account, asset: asset), time: balance.time)
  }

  /// Keeps a total of which the venue does not say how much is available: what is held by open orders stays held, so
  /// the available amount moves with the total. `false` when a newer balance is known, or the sum is beyond the
  /// exponents.
  @discardableResult
  public mutating func put(
    total: Decimal64, isRounded: Bool = false, account: AccountID, asset: String, time: Int64
  ) -> Bool {
    var balance = Balance(total: total, available: total, time: time, isRounded: isRounded)
    if let known = self[account, asset] {
      let moved = WideDecimal(known.available) + (WideDecimal(total) - WideDecimal(known.total))
      guard let (available, isExact) = moved.narrowed else { return false }
      balance.available = available
      if !isExact || known.isRounded { balance.isRounded = true }
    }
    return put(balance, account: account, asset: asset)
  }

  /// The set that answers a command is whole: removes the account's other assets and gives them, sorted.
  @discardableResult
  public mutating func complete(_ command: CommandID, account: AccountID, isPartial: Bool = false) -> [String] {
    facts.complete(command, isPartial: isPartial) { $0.account == account }.map(\.asset).sorted()
  }

  /// A command ended without its set.
  public mutating func abandon(_ command: CommandID) { facts.abandon(command) }
}
