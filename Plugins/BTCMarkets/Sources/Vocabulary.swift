import ConnectorKit

extension BTCMarketsSpot {
  /// "Order types", "Order statuses". A stop becomes a market order, as a take-profit does.
  public var words: Words {
    Words(
      side: ["Bid": .buy, "Ask": .sell],
      type: [
        "Limit": .limit, "Market": .market, "Stop Limit": .stopLimit, "Stop": .stopMarket, "Take Profit": .takeMarket,
      ],
      force: ["GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill],
      state: [
        "Accepted": .open, "Placed": .open, "Partially Matched": .partial, "Fully Matched": .filled,
        "Cancelled": .cancelled, "Partially Cancelled": .cancelled, "Failed": .rejected,
      ],
      maker: ["Maker"])
  }

  /// "Error codes" of requests, which come with a status above 399, and numbers of the socket's error event.
  public var errors: ErrorPlan {
    ErrorPlan(
      .status(code: "code", text: "message"),
      ErrorTable(codes: [
        .authentication: "InvalidApiKey InvalidAPIKey InvalidAuthSignature InsufficientAPIPermission 1",
        .clock: "InvalidAuthTimestamp InvalidTimestamp InvalidTimeWindow",
        .funds: "InsufficientFund",
        .unknownOrder: "OrderNotFound OrderAlreadyCancelled OrderStatusIsFinal",
        .unknownInstrument: "MarketNotFound InvalidMarketId 2",
        .other: "InvalidPaginationParameter 3",
        .invalidOrder: "MissingArgument",
      ]) + [.init(prefix: "Invalid", .invalidOrder)])
  }
}
