/// What one participant has of one asset.
package struct Balance: Equatable, Sendable {
  package var total: Amount
  /// Part of `total` that open orders may still need.
  package var held: Amount
  package var available: Amount { total - held }

  package init(total: Amount, held: Amount = 0) {
    self.total = total
    self.held = held
  }
}

/// Who owns how much. Money only moves between participants: the sum of an asset never changes.
///
/// The first three participants are the venue's own: `venue` collects fees and stands for losses that a liquidated
/// account cannot pay, `maker` and `taker` are the background market. They start with `endowment` of each asset.
package struct Ledger: Sendable {
  package static let venue: Participant = 0
  package static let maker: Participant = 1
  package static let taker: Participant = 2
  /// Where the participants of the host's accounts begin.
  package static let firstUser: Participant = 3
  package static let endowment: Amount = 1_000_000_000_000_000 * unit

  package let assetCount: Int
  private var balances: [[Balance]] = []

  package init(assetCount: Int) {
    self.assetCount = assetCount
    for _ in 0..<Self.firstUser { add([Amount](repeating: Self.endowment, count: assetCount)) }
  }

  package var participants: Range<Participant> { 0..<balances.count }

  /// Adds a participant with its first balances, one per asset.
  @discardableResult
  package mutating func add(_ initial: [Amount]) -> Participant {
    balances.append((0..<assetCount).map { Balance(total: $0 < initial.count ? initial[$0] : 0) })
    return balances.count - 1
  }

  package func balance(_ participant: Participant, _ asset: Int) -> Balance { balances[participant][asset] }

  /// Sum of an asset over all participants.
  package func sum(_ asset: Int) -> Amount { balances.reduce(0) { $0 + $1[asset].total } }

  /// Moves money; a negative amount moves it the other way.
  package mutating func move(_ amount: Amount, of asset: Int, from: Participant, to: Participant) {
    balances[from][asset].total -= amount
    balances[to][asset].total += amount
  }

  /// Adds a realised profit or loss, whose other side stands in the cost of open positions (see `Positions`).
  package mutating func realize(_ amount: Amount, of asset: Int, for participant: Participant) {
    balances[participant][asset].total += amount
  }

  /// Sets money aside for an order; false, and nothing happens, when less is available.
  package mutating func hold(_ amount: Amount, of asset: Int, for participant: Participant) -> Bool {
    guard amount <= balances[participant][asset].available else { return false }
    balances[participant][asset].held += amount
    return true
  }

  package mutating func release(_ amount: Amount, of asset: Int, for participant: Participant) {
    balances[participant][asset].held -= amount
  }

  /// Fee on an amount at a rate in units of 10^-8, rounded against the account: up when it pays, down when it receives.
  package static func fee(on amount: Amount, rate: Int64) -> Amount { ceilingQuotient(amount * Amount(rate), unit) }

  /// Whether nobody's balance is negative or smaller than what is held of it.
  package func checkInvariants() -> Bool {
    balances.allSatisfy { $0.allSatisfy { $0.held >= 0 && $0.total >= $0.held } }
  }
}
