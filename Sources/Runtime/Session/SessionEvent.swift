import MarketModel

/// What a session reports to its owner, besides the books and trades that stand in its view.
public enum SessionEvent {
  case instrument(MarketState)
  /// A symbol has a new id, as its exponents changed. Told before the new instrument.
  case instrumentReplaced(InstrumentID, by: MarketState)
  case instrumentRefused(symbol: String, InstrumentFault)
  /// A book has been applied: a snapshot or an update.
  case book(MarketState)
  /// A book is lost until its next snapshot.
  case gap(MarketState, NotReadyReason)
  case trade(MarketState, Trade)
  case ticker(MarketState)
  /// An own order changed, or was filled.
  case order(OrderChange)
  case funding(FundingPayment)
  case log(level: LogLevel, text: String)
  /// The connector cannot go on.
  case fault(text: String)
}

public enum LogLevel: UInt32, Comparable, Sendable {
  case debug = 1, info, warning, error
  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// Is given what happens in a session, on its lane, while the connector runs: take note, and act later.
public protocol SessionObserver: AnyObject {
  func session(_ session: Session, _ event: SessionEvent)
}
