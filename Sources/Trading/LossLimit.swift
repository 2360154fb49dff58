import Decimals
import MarketModel
import Runtime

/// A kill switch: stops orders when what was traded since it was set has lost more than a limit.
///
/// Profit is the quote asset that came in less what went out, fees and funding in it included, plus what was gained in
/// base, valued at the price at which it could be sold (or bought back) now. Only instruments quoted in `asset` count;
/// fees in other assets are not counted.
struct LossLimit {
  let asset: String
  let most: Decimal64
  let cancelsAll: Bool
  /// Signed flows by instrument.
  var base: [InstrumentID: Decimal64] = [:]
  var quote = Decimal64.zero
}

extension Trader {
  /// Sets the switch, from now on.
  /// - Parameters:
  ///   - most: the largest loss that is borne, in `asset`.
  ///   - cancelAll: whether open orders are cancelled as well.
  public func setLossLimit(_ most: Decimal64, in asset: String, cancelAll: Bool = true) {
    loss = LossLimit(asset: asset, most: most, cancelsAll: cancelAll)
  }

  /// Profit since the limit was set, in its asset; `nil` without one, or while a price is missing.
  public var profit: Decimal64? {
    guard let loss else { return nil }
    var profit = loss.quote
    for (id, quantity) in loss.base where !quantity.isZero {
      // What is held is sold to bids, what is owed is bought from asks.
      guard let price = path.touch(id, for: quantity.isPositive ? .sell : .buy),
        let worth = price.multiplied(by: quantity), let sum = profit.adding(worth)
      else { return nil }
      profit = sum
    }
    return profit
  }

  func noteFlow(_ order: TrackedOrder, _ fill: Fill) {
    guard let asset = loss?.asset, let instrument = path.instrument(order.instrument), instrument.quote == asset,
      let worth = fill.price.multiplied(by: fill.quantity)
    else { return }
    let isBuy = order.draft.side == .buy
    add(isBuy ? fill.quantity : fill.quantity.negated, to: order.instrument)
    addQuote(isBuy ? worth.negated : worth)
    guard let fee = fill.fee else { return }
    if fill.feeAsset == asset { addQuote(fee.negated) }
    if fill.feeAsset == instrument.base { add(fee.negated, to: order.instrument) }
  }

  func noteFunding(_ payment: FundingPayment) {
    if payment.asset == loss?.asset { addQuote(payment.amount) }
  }

  private func add(_ quantity: Decimal64?, to instrument: InstrumentID) {
    guard let quantity, let sum = (loss?.base[instrument] ?? .zero).adding(quantity) else { return }
    loss?.base[instrument] = sum
  }

  private func addQuote(_ amount: Decimal64?) {
    guard let amount, let sum = loss?.quote.adding(amount) else { return }
    loss?.quote = sum
  }

  /// Counts from now on: what is held counts with what it is worth now. Without a price for it, it counts no more.
  func forgiveLoss() {
    if let profit, let quote = loss?.quote.subtracting(profit) {
      loss?.quote = quote
    } else {
      loss?.base = [:]
      loss?.quote = .zero
    }
  }

  func checkLoss() {
    lossCheckedAt = now
    guard let loss, haltReason == nil, let profit, let lost = profit.negated, lost > loss.most else { return }
    halt("a loss of \(lost.plain) \(loss.asset) is above the limit of \(loss.most.plain)", cancelAll: loss.cancelsAll)
  }
}
