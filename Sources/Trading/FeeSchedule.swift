import Decimals
import MarketModel

/// What users say about fees. Where they say nothing, the venue's word for the account counts, then the instrument's
/// default, then none.
public struct FeeSchedule: Equatable, Sendable {
  /// Where the fee of a buy on spot is taken from.
  public enum Side: Sendable, CaseIterable {
    /// On top of what is paid, in quote: the order needs more than it is worth.
    case addedToCost
    /// From what is bought, in base: the order needs just what it is worth.
    case deductedFromReturns
  }

  /// Fractions; negative is a rebate.
  public var maker: Decimal64?
  public var taker: Decimal64?
  public var side: Side

  public init(maker: Decimal64? = nil, taker: Decimal64? = nil, side: Side = .addedToCost) {
    self.maker = maker
    self.taker = taker
    self.side = side
  }
}

/// What an account pays for its trades in one market.
public struct FeeRates: Equatable, Sendable {
  /// Whose word it is.
  public enum Source: String, Sendable { case configuration, exchange, instrument }

  /// Fractions, negative is a rebate; `nil` = nobody says.
  public var maker: Decimal64?
  public var taker: Decimal64?
  /// Of the taker's rate.
  public var source: Source

  /// What holds for whoever the exchange says nothing of.
  public init(_ rules: TradingRules) {
    (maker, taker, source) = (rules.makerFee, rules.takerFee, .instrument)
  }

  init(_ schedule: FeeSchedule, own: (maker: Decimal64?, taker: Decimal64?)?, _ rules: TradingRules) {
    maker = schedule.maker ?? own?.maker ?? rules.makerFee
    taker = schedule.taker ?? own?.taker ?? rules.takerFee
    source = schedule.taker != nil ? .configuration : own?.taker != nil ? .exchange : .instrument
  }
}

/// What an order takes from an account at most.
public struct OrderCost: Equatable, Sendable {
  public var asset: String
  public var amount: Decimal64
}

/// Fee rates by account and instrument, and what orders cost by them.
struct FeeBook {
  private struct Key: Hashable {
    let account: AccountID
    let instrument: InstrumentID?
  }

  let schedule: FeeSchedule
  private var reported: [Key: (maker: Decimal64?, taker: Decimal64?)] = [:]

  init(_ schedule: FeeSchedule) { self.schedule = schedule }

  /// Rates of instruments that have been replaced stay, so their number is bounded.
  static let limit = 65_536

  mutating func put(_ maker: Decimal64?, _ taker: Decimal64?, account: AccountID, instrument: InstrumentID?) {
    let key = Key(account: account, instrument: instrument)
    if reported.count < Self.limit || reported[key] != nil { reported[key] = (maker, taker) }
  }

  /// The rate of an order, a fraction: the maker's for one that cannot take, else the taker's, which is the larger
  /// nearly everywhere.
  func rate(_ draft: OrderDraft, account: AccountID, on instrument: Instrument) -> Decimal64 {
    let rates = rates(of: account, on: instrument)
    // A rebate comes afterwards: nothing can be paid with it.
    return max((draft.flags.contains(.postOnly) ? rates.maker : rates.taker) ?? .zero, .zero)
  }

  /// What is known of an account in a market.
  func rates(of account: AccountID, on instrument: Instrument) -> FeeRates {
    let own =
      reported[Key(account: account, instrument: instrument.id)]
      ?? reported[Key(account: account, instrument: nil)]
    return FeeRates(schedule, own: own, instrument.rules)
  }
}
