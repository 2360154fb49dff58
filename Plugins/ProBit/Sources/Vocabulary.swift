import ConnectorKit

extension ProBitSpot {
  /// "New Order", "Order".
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell], type: ["limit": .limit, "market": .market],
      force: ["gtc": .goodTilCancelled, "ioc": .immediateOrCancel, "fok": .fillOrKill],
      state: ["open": .open, "filled": .filled, "cancelled": .cancelled])
  }

  /// "Error codes"; what the accounts' server says is a word too.
  public var errors: ErrorPlan {
    ErrorPlan(
      .codes([.init(code: "errorCode", text: "message"), .init(code: "error", text: "error_description")], fine: []),
      ErrorTable(codes: [
        .authentication: "UNAUTHORIZED FORBIDDEN invalid_grant invalid_client", .rateLimit: "RATE_LIMIT_EXCEEDED",
        .funds: "NOT_ENOUGH_BALANCE", .unknownOrder: "ORDER_NOT_FOUND NOT_FOUND",
        .unknownInstrument: "INVALID_MARKET MARKET_NOT_FOUND",
        .maintenance: "TRADING_UNAVAILABLE MARKET_UNAVAILABLE UNDER_MAINTENANCE",
        .invalidOrder: "INVALID_ARGUMENT INVALID_ORDER NOT_ALLOWED_COMBINATION TOO_MANY_OPEN_ORDERS INVALID_JSON",
      ]))
  }

  /// A token that has ended is asked for anew by the next command.
  public func corrected(_ fault: VenueFault) -> VenueFault {
    if fault.failure == .authentication { tokenTimes.removeAll() }
    return fault
  }
}
