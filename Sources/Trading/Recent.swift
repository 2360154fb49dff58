/// The last so many members that were put in.
struct Recent<Member: Hashable> {
  private var members: Set<Member> = []
  private var order: [Member] = []
  private var next = 0
  let limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { members.count }

  func contains(_ member: Member) -> Bool { members.contains(member) }

  mutating func insert(_ member: Member) {
    guard members.insert(member).inserted else { return }
    if order.count < limit {
      order.append(member)
    } else {
      members.remove(order[next])
      order[next] = member
      next = next + 1 == limit ? 0 : next + 1
    }
  }
}
