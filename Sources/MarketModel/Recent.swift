/// The last so many members that were put in.
public struct Recent<Member: Hashable> {
  private var members: Set<Member> = []
  private var order: [Member] = []
  private var next = 0
  public let limit: Int

  public init(limit: Int) { self.limit = limit }

  public var count: Int { members.count }

  public func contains(_ member: Member) -> Bool { members.contains(member) }

  /// - Returns: whether it is new.
  @discardableResult
  public mutating func insert(_ member: Member) -> Bool {
    guard members.insert(member).inserted else { return false }
    if order.count < limit {
      order.append(member)
    } else {
      members.remove(order[next])
      order[next] = member
      next = next + 1 == limit ? 0 : next + 1
    }
    return true
  }
}
