import MarketModel
import Runtime

/// Transactions of chains: once one has left, nobody but its hash finds it again.
extension Trader {
  /// Keeps a transaction's name as one of its order's, before it leaves: a run after this one asks for it by that.
  public func leaving(_ command: CommandID, as name: String, kept: @escaping (String?) -> Void) {
    // What is of no order, such as an approval, changes nothing that is counted on.
    guard let id = path.accounts.orders.order(of: command), let life = lives[id], let order = orders[id],
      !life.isUnkept
    else { return kept(nil) }
    let record = OrderEventRecord(
      id: id, account: life.account, clientOrderID: order.clientOrderID, event: .leaving, venueOrderID: name,
      state: order.state, filled: order.filled, reason: "", time: path.times.wall)
    keep([.event(record)]) { failure in kept(failure?.text) }
  }
}
