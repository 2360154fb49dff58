/// Ids of orders that wait for a price under a service of their own, the newest of them: other orders are asked for in
/// the usual place first. Used on the instance's lane; holds 1024 ids at most.
public struct WaitingOrders {
  private static let most = 1024
  private var ids: Set<String> = []
  private var order: [String] = []

  public init() {}

  /// Whether a command is about one of them: by its type, or by either of its ids.
  public func owns(_ command: OwnedCommand) -> Bool {
    command.type?.isTriggered == true || ids.contains(command.venueOrder) || ids.contains(command.clientOrder)
  }

  public mutating func learn(_ id: String) {
    guard !id.isEmpty, ids.insert(id).inserted else { return }
    order.append(id)
    guard order.count > Self.most else { return }
    for old in order.prefix(Self.most / 2) { ids.remove(old) }
    order.removeFirst(Self.most / 2)
  }

  /// The order has ended, or goes on as an ordinary one.
  public mutating func forget(_ id: String) {
    if ids.remove(id) != nil { order.removeAll { $0 == id } }
  }
}
