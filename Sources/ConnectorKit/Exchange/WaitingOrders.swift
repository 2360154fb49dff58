/// Which ids are of orders that wait for a price under a service of their own, and which of such as did: these are
/// asked for in the usual place first. Used on the instance's lane; holds 1024 ids at most, the newest.
public struct WaitingOrders {
  private static let most = 1024
  /// Whether it waits; `false` for one that goes on as an ordinary order, or has ended.
  private var ids: [String: Bool] = [:]
  private var order: [String] = []

  public init() {}

  /// Whether a command is about one of them: what its ids are known to be of, or else by its type.
  public func owns(_ command: OwnedCommand) -> Bool {
    ids[command.venueOrder] ?? ids[command.clientOrder] ?? (command.type?.isTriggered == true)
  }

  /// The same of those that wait and of those that did.
  public func knows(_ command: OwnedCommand) -> Bool {
    ids[command.venueOrder] != nil || ids[command.clientOrder] != nil || command.type?.isTriggered == true
  }

  public mutating func learn(_ id: String) { note(id, waits: true) }

  /// The order has ended, or goes on as an ordinary one.
  public mutating func forget(_ id: String) { note(id, waits: false) }

  private mutating func note(_ id: String, waits: Bool) {
    guard !id.isEmpty, ids.updateValue(waits, forKey: id) == nil else { return }
    order.append(id)
    guard order.count > Self.most else { return }
    for old in order.prefix(Self.most / 2) { ids[old] = nil }
    order.removeFirst(Self.most / 2)
  }
}
