import ConnectorKit

/// Where an exchange of the family stands, and what its manifest calls the requests.
public struct PeatioVenue: Sendable {
  public struct Acts: Sendable {
    public let time, markets, tickers: PermittedAct
    public let place, cancel, order, orders, fills, balances: PermittedAct
    /// The same of an order by the client's id, which stands in the path with `client_id=true` behind it; nil where
    /// orders are named by the exchange's id alone.
    public let cancelClient, orderByClient: PermittedAct?

    public init(
      time: PermittedAct, markets: PermittedAct, tickers: PermittedAct, place: PermittedAct, cancel: PermittedAct,
      order: PermittedAct, orders: PermittedAct, fills: PermittedAct, balances: PermittedAct,
      cancelClient: PermittedAct? = nil, orderByClient: PermittedAct? = nil
    ) {
      (self.time, self.markets, self.tickers) = (time, markets, tickers)
      (self.place, self.cancel, self.order, self.orders) = (place, cancel, order, orders)
      (self.fills, self.balances) = (fills, balances)
      (self.cancelClient, self.orderByClient) = (cancelClient, orderByClient)
    }
  }

  /// Scheme and host of REST requests, and the addresses of the sockets.
  public let rest: String
  public let publicSocket: String
  public let privateSocket: String
  public let acts: Acts
  /// Requests over REST, and messages on the sockets.
  public let calls: Output.Limit
  public let messages: Output.Limit

  public init(
    rest: String, publicSocket: String, privateSocket: String, acts: Acts, calls: Output.Limit, messages: Output.Limit
  ) {
    (self.rest, self.publicSocket, self.privateSocket) = (rest, publicSocket, privateSocket)
    (self.acts, self.calls, self.messages) = (acts, calls, messages)
  }
}
