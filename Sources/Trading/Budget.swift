import Decimals
import MarketModel

/// What orders may still use: the venue's word, less what it does not know of yet.
///
/// A venue's "available" leaves out what its open orders hold, as soon as it has them. So an order holds its cost here
/// from before it is sent until a balance is reported that is newer than the first sight of the order; what an ended
/// order has spent is held until a newer balance. On a venue without a balance stream that is until the next poll, and
/// so the available amount is the last balance less the orders in flight.
///
/// `available` costs the same whatever is open; a balance costs the orders whose cost it did not show before.
public struct Budget {
  private struct Asset: Hashable {
    let account: AccountID
    let name: String
  }

  private struct Hold {
    let asset: Asset
    var amount: Decimal64
    /// When the venue was first seen to have the order, or when its end was; monotonic.
    var knownAt: Int64?
  }

  var fees: FeeBook
  private var holds: [OrderID: Hold] = [:]
  private var byAsset: [Asset: Held] = [:]

  /// The holds of one asset.
  private struct Held {
    var orders: Set<OrderID> = []
    var sum = Decimal64.zero

    /// A sum that does not fit lets nothing be bought until all its holds have gone.
    mutating func add(_ amount: Decimal64?) {
      sum = amount.flatMap { sum.adding($0) } ?? Decimal64(mantissa: .max, exponent: 0)
    }
  }

  init(fees: FeeSchedule) { self.fees = FeeBook(fees) }

  /// What each order that has not ended costs, whether the venue's balance shows it or not.
  private var open: [OrderID: (asset: Asset, amount: Decimal64)] = [:]
  private var openByAsset: [Asset: Held] = [:]

  /// How many orders hold something here.
  public var holdCount: Int { holds.count }

  /// What an order costs at most; `nil` with the reason when it cannot be known.
  /// - Parameters:
  ///   - price: by which it is judged.
  ///   - leverage: of its instrument, for perpetuals and futures; 1 where it is not known.
  func cost(
    of draft: OrderDraft, account: AccountID, on instrument: Instrument, price: Decimal64?, leverage: Decimal64
  ) -> Result<OrderCost, CostUnknown> {
    let rate = fees.rate(draft, account: account, on: instrument)
    let isByValue = draft.flags.contains(.byValue)
    if instrument.kind == .spot || instrument.kind == .pool, draft.side == .sell, !isByValue {
      return .success(OrderCost(asset: instrument.base, amount: draft.quantity))
    }
    guard isByValue || price != nil else { return .failure(CostUnknown("no price, and no book that is ready")) }
    let quantity = isByValue ? nil : draft.quantity
    guard let notional = isByValue ? draft.quantity : price.flatMap({ draft.quantity.multiplied(by: $0) }) else {
      return .failure(CostUnknown("price times quantity does not fit"))
    }
    switch instrument.kind {
    case .spot, .pool:
      if draft.side == .sell {
        guard let base = price.flatMap({ notional.quotient(dividingBy: $0, places: 18) }) else {
          return .failure(CostUnknown("no price, and no book that is ready"))
        }
        return .success(OrderCost(asset: instrument.base, amount: base))
      }
      let added = fees.schedule.side == .addedToCost ? rate : .zero
      return sum(instrument.quote, notional, added, leverage: .one)
    case .perp, .future:
      let settle = instrument.settle.isEmpty ? instrument.quote : instrument.settle
      // An inverse contract is margined in base, at its quantity.
      return sum(settle, instrument.isInverse ? quantity ?? notional : notional, rate, leverage: leverage)
    }
  }

  /// worth / leverage + worth * rate
  private func sum(
    _ asset: String, _ worth: Decimal64, _ rate: Decimal64, leverage: Decimal64
  ) -> Result<OrderCost, CostUnknown> {
    // One unit more than the quotient rounded down, so that nothing is left out.
    let margin =
      leverage == .one
      ? worth : worth.quotient(dividingBy: leverage, places: 12)?.adding(Decimal64(mantissa: 1, exponent: -12))
    guard let margin, let fee = worth.multiplied(by: rate), let amount = margin.adding(fee) else {
      return .failure(CostUnknown("the cost does not fit exact arithmetic"))
    }
    return .success(OrderCost(asset: asset, amount: amount))
  }

  /// What is left of an available balance for new orders; never negative.
  func available(_ account: AccountID, _ asset: String, balance: Decimal64) -> Decimal64 {
    let held = byAsset[Asset(account: account, name: asset)]?.sum ?? .zero
    return max(balance.subtracting(held) ?? .zero, .zero)
  }

  /// What open orders may still use of an asset of which they may use so much; never negative.
  func allowance(_ account: AccountID, _ asset: String, of limit: Decimal64) -> Decimal64 {
    let used = openByAsset[Asset(account: account, name: asset)]?.sum ?? .zero
    return max(limit.subtracting(used) ?? .zero, .zero)
  }

  /// An order is about to be sent, or has grown.
  mutating func hold(_ id: OrderID, _ account: AccountID, _ cost: OrderCost) {
    let asset = Asset(account: account, name: cost.asset)
    open[id] = (asset, (open[id]?.amount ?? .zero).adding(cost.amount) ?? cost.amount)
    openByAsset[asset, default: Held()].orders.insert(id)
    openByAsset[asset]?.add(cost.amount)
    let held = holds[id]?.amount ?? .zero
    holds[id] = Hold(asset: asset, amount: held.adding(cost.amount) ?? cost.amount, knownAt: nil)
    byAsset[asset, default: Held()].orders.insert(id)
    byAsset[asset]?.add(cost.amount)
  }

  /// The venue has the order.
  mutating func known(_ id: OrderID, at time: Int64) {
    if holds[id]?.knownAt == nil { holds[id]?.knownAt = time }
  }

  /// The order has ended; what it spent is held on.
  mutating func ended(_ id: OrderID, filled: Decimal64, of quantity: Decimal64?, at time: Int64) {
    close(id)
    guard var hold = holds[id] else { return }
    guard filled.isPositive else { return drop(id) }
    if let quantity, quantity.isPositive, filled < quantity,
      let share = filled.multiplied(by: hold.amount)?.quotient(dividingBy: quantity, places: 12)
    {
      byAsset[hold.asset]?.add(share.subtracting(hold.amount))
      hold.amount = share
    }
    hold.knownAt = time
    holds[id] = hold
  }

  /// The order never left.
  mutating func release(_ id: OrderID) {
    close(id)
    drop(id)
  }

  private mutating func close(_ id: OrderID) {
    guard let order = open.removeValue(forKey: id) else { return }
    Self.take(id, order.amount, from: &openByAsset[order.asset])
  }

  /// What it holds is in the venue's balance, or is free again.
  private mutating func drop(_ id: OrderID) {
    guard let hold = holds.removeValue(forKey: id) else { return }
    Self.take(id, hold.amount, from: &byAsset[hold.asset])
  }

  private static func take(_ id: OrderID, _ amount: Decimal64, from held: inout Held?) {
    held?.orders.remove(id)
    if held?.orders.isEmpty != false { held = nil } else { held?.add(amount.negated) }
  }

  /// A balance was reported that is as of a time: what the venue had by then is in it.
  mutating func reported(_ account: AccountID, _ asset: String, asOf time: Int64) {
    for id in byAsset[Asset(account: account, name: asset)]?.orders ?? [] {
      if let known = holds[id]?.knownAt, known <= time { drop(id) }
    }
  }
}

/// Why the cost of an order cannot be known.
struct CostUnknown: Error, Equatable {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
