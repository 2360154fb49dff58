import CPatchbay
import Decimals
import MarketModel
import Records

/// Funding that an account paid or received.
public struct FundingPayment: Equatable, Sendable {
  /// The venue's id; a payment is counted once.
  public let id: String
  public let account: AccountID
  public let instrument: InstrumentID
  public let rate: Decimal64?
  /// Positive is received.
  public let amount: Decimal64
  public let asset: String
  public let time: Int64
}

/// The host's picture of one instance's accounts, fed with checked records: orders, fills, balances, positions,
/// funding.
public final class AccountView {
  public internal(set) var orders = OrderTracker()
  public private(set) var balances = Balances()
  public private(set) var positions = Positions()
  public private(set) var fundingPayments: [FundingPayment] = []
  private var fundingSeen: Set<String> = []

  func begin(_ command: CommandID, _ verb: Verb) {
    if verb == .balances { balances.begin(command) }
    if verb == .positions { positions.begin(command) }
  }

  /// A command has ended; a set that did not come whole is forgotten.
  func ended(_ command: CommandID, _ outcome: CommandOutcome, now: Int64) -> OrderChange? {
    if outcome != .done {
      balances.abandon(command)
      positions.abandon(command)
    }
    return orders.commandEnded(command, outcome, now: now)
  }

  func apply(order record: RecordReader, now: Int64) -> [OrderChange] {
    let fact = record.head(as: pb_order.self)
    guard let claim = OrderReport.Claim(fact.state) else { return [] }
    let reference = OrderReference(
      account: AccountID(fact.account), instrument: InstrumentID(fact.instrument),
      order: fact.order == 0 ? nil : OrderID(fact.order), clientOrderID: record.text(fact.client_order),
      venueOrderID: record.text(fact.venue_order))
    let report = OrderReport(
      claim, filled: fact.filled.value, quantity: fact.quantity.value, time: fact.venue_ns,
      reason: record.text(fact.reason))
    return orders.receive(report, of: reference, now: now)
  }

  func apply(fill record: RecordReader, now: Int64) -> [OrderChange] {
    let fact = record.head(as: pb_fill.self)
    guard let price = fact.price.value, let quantity = fact.quantity.value else { return [] }
    let reference = OrderReference(
      account: AccountID(fact.account), instrument: InstrumentID(fact.instrument),
      order: fact.order == 0 ? nil : OrderID(fact.order), clientOrderID: record.text(fact.client_order),
      venueOrderID: record.text(fact.venue_order))
    let fill = Fill(
      trade: record.text(fact.trade), price: price, quantity: quantity, fee: fact.fee.value,
      feeAsset: record.text(fact.fee_asset), isFeeEstimated: fact.flags & UInt32(PB_FILL_FEE_ESTIMATED) != 0,
      liquidity: Fill.Liquidity(rawValue: UInt8(truncatingIfNeeded: fact.liquidity)), time: fact.venue_ns)
    return orders.receive(fill, of: reference, now: now)
  }

  func apply(balance record: RecordReader) {
    let fact = record.head(as: pb_balance.self)
    guard let total = fact.total.value else { return }
    let (account, asset) = (AccountID(fact.account), record.text(fact.asset))
    if let available = fact.available.value {
      balances.put(Balance(total: total, available: available, time: fact.venue_ns), account: account, asset: asset)
    } else {
      balances.put(total: total, account: account, asset: asset, time: fact.venue_ns)
    }
  }

  func apply(position record: RecordReader) {
    let fact = record.head(as: pb_position.self)
    guard let quantity = fact.quantity.value else { return }
    let key = Positions.Key(
      account: AccountID(fact.account), instrument: InstrumentID(fact.instrument),
      leg: PositionLeg(rawValue: UInt8(truncatingIfNeeded: fact.position)) ?? .net)
    _ = positions.put(
      Position(
        quantity: quantity, entry: fact.entry.value, mark: fact.mark.value, liquidation: fact.liquidation.value,
        unrealized: fact.unrealized.value, realized: fact.realized.value, leverage: fact.leverage.value,
        margin: fact.margin.value, time: fact.venue_ns),
      for: key)
  }

  func apply(fundingPayment record: RecordReader) -> FundingPayment? {
    let fact = record.head(as: pb_funding_payment.self)
    guard let amount = fact.amount.value else { return nil }
    let payment = FundingPayment(
      id: record.text(fact.payment), account: AccountID(fact.account), instrument: InstrumentID(fact.instrument),
      rate: fact.rate.value, amount: amount, asset: record.text(fact.asset), time: fact.venue_ns)
    guard fundingSeen.insert("\(fact.account)/\(fact.instrument)/\(payment.id)").inserted else { return nil }
    fundingPayments.append(payment)
    return payment
  }

  func complete(_ fact: pb_complete) {
    let isPartial = fact.flags & UInt32(PB_COMPLETE_PARTIAL) != 0
    switch Int(fact.what) {
    case PB_EV_BALANCE:
      _ = balances.complete(CommandID(fact.command), account: AccountID(fact.account), isPartial: isPartial)
    case PB_EV_POSITION:
      let instrument = fact.instrument == 0 ? nil : InstrumentID(fact.instrument)
      _ = positions.complete(
        CommandID(fact.command), account: AccountID(fact.account), instrument: instrument, isPartial: isPartial)
    default: break
    }
  }
}

extension OrderReport.Claim {
  /// From `PB_ORDER_STATE_`.
  init?(_ state: UInt32) {
    switch Int(state) {
    case PB_ORDER_STATE_OPEN: self = .open
    case PB_ORDER_STATE_PARTIAL: self = .partiallyFilled
    case PB_ORDER_STATE_FILLED: self = .filled
    case PB_ORDER_STATE_CANCELLED: self = .cancelled
    case PB_ORDER_STATE_REJECTED: self = .rejected
    case PB_ORDER_STATE_EXPIRED: self = .expired
    case PB_ORDER_STATE_UNTRIGGERED: self = .untriggered
    default: return nil
    }
  }
}
