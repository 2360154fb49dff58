/// How an exchange matches orders.
public enum ExchangeType: String, CaseIterable, Sendable {
  /// Central limit order book.
  case clob = "CLOB"
  /// Automated market maker.
  case amm = "AMM"
}

/// The kinds of market that a connector can offer.
public enum Market: String, CaseIterable, Sendable, Comparable {
  case spot
  case perp
  case amm

  public static func < (left: Market, right: Market) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}
