import ConnectorKit

/// Where an exchange of the family stands, and what its manifest calls the procedures.
public struct AlphaPointVenue: Sendable {
  /// The procedures over REST, by the acts of the manifest.
  public struct Acts: Sendable {
    public let instruments, summary, snapshot: PermittedAct
    public let send, cancel: PermittedAct
    public let status, openOrders, orderHistory, trades, positions, orderFee, candles: PermittedAct

    public init(
      instruments: PermittedAct, summary: PermittedAct, snapshot: PermittedAct, send: PermittedAct,
      cancel: PermittedAct, status: PermittedAct, openOrders: PermittedAct, orderHistory: PermittedAct,
      trades: PermittedAct, positions: PermittedAct, orderFee: PermittedAct,
      candles: PermittedAct
    ) {
      (self.instruments, self.summary, self.snapshot) = (instruments, summary, snapshot)
      (self.send, self.cancel, self.status) = (send, cancel, status)
      (self.openOrders, self.orderHistory) = (openOrders, orderHistory)
      (self.trades, self.positions, self.orderFee, self.candles) = (trades, positions, orderFee, candles)
    }
  }

  /// Scheme, host and port of REST requests, and the socket's address.
  public let rest: String
  public let socket: String
  public let acts: Acts
  /// Requests over REST, and calls on the socket.
  public let requests: Output.Limit
  public let calls: Output.Limit
  /// The credential that names the account.
  public let account: String

  public init(
    rest: String, socket: String, acts: Acts, requests: Output.Limit, calls: Output.Limit,
    account: String = "account_id"
  ) {
    (self.rest, self.socket, self.acts) = (rest, socket, acts)
    (self.requests, self.calls, self.account) = (requests, calls, account)
  }
}
