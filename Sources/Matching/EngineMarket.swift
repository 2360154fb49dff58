/// The numbers of one instrument as an exchange counts: mantissas at its exponents, money in units of 10^-8.
package protocol MarketNumbers {
  /// Indices of assets in the ledger. A perpetual settles in its quote asset.
  var baseAsset: Int { get }
  var quoteAsset: Int { get }
  var tick: Int64 { get }
  var lot: Int64 { get }
  var minQuantity: Int64 { get }
  var maxQuantity: Int64 { get }
  var minNotional: Amount { get }
  /// Rates; a negative one is a rebate.
  var makerFee: Int64 { get }
  var takerFee: Int64 { get }
  /// Perpetuals: the part of a position's value that equity must not fall below, in 10^-8.
  var maintenance: Int64 { get }
  /// Perpetuals: the highest leverage.
  var maxLeverage: Int64 { get }
  /// What a sum of price mantissa times quantity mantissa is worth in the quote asset.
  func money(_ product: Int128) -> Amount
  /// Quantity in the base asset.
  func amount(_ quantity: Int64) -> Amount
}

extension MarketNumbers {
  /// Notional value in the quote asset.
  package func value(price: Int64, quantity: Int64) -> Amount { money(Amount(price) * Amount(quantity)) }

  /// Whether an order may have this quantity.
  package func takes(quantity: Int64) -> Bool {
    quantity >= minQuantity && quantity <= maxQuantity && quantity % lot == 0
  }

  /// Whether a price is above zero and a multiple of the tick.
  package func takes(price: Int64) -> Bool { price > 0 && price % tick == 0 }

  /// Whether a market order may be of this value.
  package func takes(value: Amount) -> Bool { value >= max(minNotional, 1) }
}

/// The live part of one instrument.
package protocol EngineMarket {
  associatedtype Numbers: MarketNumbers
  var rules: Numbers { get }
  var book: MatchingEngine { get set }
  /// What the last trade was made at; before the first, where the market began.
  var lastPrice: Int64 { get }
  /// Conditional orders whose trigger was not reached, in the order of their arrival.
  var untriggered: [OrderID] { get set }
  /// Perpetuals: the mark price, and when funding is paid next.
  var mark: Int64 { get }
  var nextFunding: Int64 { get set }
}

/// An order of an account, as far as money and positions depend on it.
package protocol EngineOrder {
  var account: Participant { get }
  var market: Int { get }
  var side: Side { get }
  var remaining: Int64 { get }
  /// The worst price that it accepts; `nil` where it takes what there is.
  var limit: Int64? { get }
  /// The price at which spot sets money aside for it; `nil` where what it gets at once decides.
  var reservePrice: Int64? { get }
  var isLive: Bool { get }
  /// What it waits for; `nil` where it does not wait, or no longer.
  var trigger: Trigger? { get }
  /// It can only make a position smaller.
  var reduces: Bool { get }
  /// Which of the account's positions in its market it is of, from 0.
  var leg: Int { get }
  /// Spot: what the ledger holds for it.
  var held: Amount { get set }
  /// Perpetuals: the quantity that counts as open on its position.
  var committed: Int64 { get set }
}

/// Which order ends when an account would trade with itself.
package enum SelfTrade: Sendable { case expireTaker, expireMaker, expireBoth }
