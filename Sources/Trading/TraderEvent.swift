import Decimals
import MarketModel
import Runtime

/// Why an order never lived.
public enum OrderFailure: Equatable, Sendable {
  /// It did not leave: the journal could not keep it, it was cancelled first, or orders were stopped.
  case notSent(String)
  /// The venue or the connector said no. `error` is `PB_ERR_`, 0 where none was given.
  case refused(error: UInt32, reason: String)
}

/// Something that should not be. The order goes on with what is most likely true.
public enum TraderAnomaly: Equatable, Sendable {
  /// What the order's own facts contradict.
  case order(OrderAnomaly)
  /// It has ended, and the venue spoke of fills that cannot be found.
  case fillsMissing(seen: Decimal64, reported: Decimal64)
  /// An order without a limit was filled at a price that is far from the best one in the book.
  case farFromMarket(price: Decimal64, touch: Decimal64)
  /// A fill came after the end was reported.
  case lateFill
  /// The venue refuses to cancel it; it is tried again.
  case cancelRefused(error: UInt32, reason: String)
  /// The journal does not take what has happened; it is kept in memory and tried again.
  case journal(String)
  /// More fills without an order than the journal takes; the rest is left out until as many have become possible again.
  case strayFillsDropped(AccountID)
}

/// What happens to orders and accounts, in order. Created, cancelled, expired, failed and completed come at most once
/// per order; a fill once per trade id.
public enum TraderEvent: Equatable, Sendable {
  /// The venue has it. Never after its end.
  case created(OrderID)
  case filled(OrderID, Fill)
  /// All of it was filled, and all fills were reported.
  case completed(OrderID)
  case cancelled(OrderID, reason: String)
  case expired(OrderID, reason: String)
  case failed(OrderID, OrderFailure)
  /// The venue does not know it. Fills still count, and it comes back as adopted when it is heard of.
  case lost(OrderID)
  /// An order of ours that we did not know, or had given up, is on the venue.
  case adopted(OrderID)
  case amended(OrderID)
  case amendFailed(OrderID, error: UInt32, reason: String)
  case anomaly(OrderID, TraderAnomaly)
  /// Everything that must be known before trading is known, or is not any more.
  case ready(Bool)
  case halted(String)
  case funding(FundingPayment)
  case position(Positions.Key, Position?)
  case liquidation(LiquidationFact)
}

/// Is given what happens, on the trader's lane. May give orders from inside.
public protocol TraderObserver: AnyObject {
  func trader(_ trader: Trader, _ event: TraderEvent)
}
