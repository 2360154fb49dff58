import Matching

@testable import VenueExchange

/// Spot in the most obvious way: a list of orders, searched from the front for the best one, again and again; money is
/// counted anew from the start after every act.
struct NaiveExchange {
  struct Entry: Equatable {
    let id: OrderID
    let account: Participant
    let side: Side
    var price: Int64
    var quantity: Int64
    var filled: Int64 = 0
    var status = OrderStatus.open
    /// Its place in time.
    var rank: Int
    var rests = false
  }

  struct Move { let account: Participant; let side: Side; let price: Int64; let quantity: Int64; let isMaker: Bool }

  let rules: Rules
  let start: [Participant: (base: Amount, quote: Amount)]
  var entries: [Entry] = []
  var moves: [Move] = []
  var clock = 0

  func money(_ account: Participant) -> (base: Amount, quote: Amount) {
    var (base, quote) = start[account] ?? (0, 0)
    for move in moves where move.account == account {
      let rate = Amount(move.isMaker ? rules.makerFee : rules.takerFee)
      let size = Amount(move.quantity) * 1000
      let value = Amount(move.price) * Amount(move.quantity) * 10
      if move.side == .buy {
        base += size - size * rate / 100_000_000
        quote -= value
      } else {
        base -= size
        quote += value - value * rate / 100_000_000
      }
    }
    return (base, quote)
  }

  func held(_ account: Participant) -> (base: Amount, quote: Amount) {
    var (base, quote): (Amount, Amount) = (0, 0)
    for entry in entries where entry.account == account && entry.rests && entry.status == .open {
      let left = entry.quantity - entry.filled
      if entry.side == .sell { base += Amount(left) * 1000 } else { quote += Amount(entry.price) * Amount(left) * 10 }
    }
    return (base, quote)
  }

  /// The place of the order that trades first against one of this side, if its limit is met.
  func best(against side: Side, limit: Int64?) -> Int? {
    var found: Int?
    for (place, entry) in entries.enumerated() where entry.rests && entry.status == .open && entry.side != side {
      if let limit, side == .buy ? entry.price > limit : entry.price < limit { continue }
      guard let current = found else { found = place; continue }
      let other = entries[current]
      let isBetter = side == .buy ? entry.price < other.price : entry.price > other.price
      if isBetter || entry.price == other.price && entry.rank < other.rank { found = place }
    }
    return found
  }

  /// What an order would get before it meets one of its own owner.
  func reach(_ account: Participant, _ side: Side, limit: Int64?, quantity: Int64) -> (quantity: Int64, value: Amount) {
    var copy = self
    var (got, value): (Int64, Amount) = (0, 0)
    while got < quantity, let place = copy.best(against: side, limit: limit), copy.entries[place].account != account {
      let part = min(quantity - got, copy.entries[place].quantity - copy.entries[place].filled)
      copy.entries[place].filled += part
      if copy.entries[place].filled == copy.entries[place].quantity { copy.entries[place].status = .filled }
      got += part
      value += Amount(copy.entries[place].price) * Amount(part) * 10
    }
    return (got, value)
  }

  /// - Returns: whether it is accepted.
  mutating func place(_ request: OrderRequest, id: OrderID) -> Bool {
    let limit = request.type == .limit ? request.price : nil
    if request.isPostOnly, best(against: request.side, limit: limit) != nil { return false }
    let whole = reach(request.account, request.side, limit: limit, quantity: request.quantity)
    let isDead = request.force == .fillOrKill && whole.quantity < request.quantity
    let free = (
      base: money(request.account).base - held(request.account).base,
      quote: money(request.account).quote - held(request.account).quote
    )
    let need = limit.map { Amount($0) * Amount(request.quantity) * 10 } ?? whole.value
    if !isDead, request.side == .sell ? free.base < Amount(request.quantity) * 1000 : free.quote < need { return false }
    clock += 1
    entries.append(
      Entry(
        id: id, account: request.account, side: request.side, price: request.price, quantity: request.quantity,
        rank: clock))
    let own = entries.count - 1
    if isDead { entries[own].status = .expired } else { run(own, request, limit) }
    return true
  }

  private mutating func run(_ own: Int, _ request: OrderRequest, _ limit: Int64?) {
    while entries[own].filled < entries[own].quantity, let place = best(against: request.side, limit: limit) {
      if entries[place].account == request.account {
        // The resting one ends ("expire maker").
        entries[place].status = .expiredInMatch
        continue
      }
      let part = min(
        entries[own].quantity - entries[own].filled, entries[place].quantity - entries[place].filled)
      for index in [place, own] {
        entries[index].filled += part
        moves.append(
          Move(
            account: entries[index].account, side: entries[index].side, price: entries[place].price, quantity: part,
            isMaker: index == place))
        if entries[index].filled == entries[index].quantity { entries[index].status = .filled }
      }
    }
    guard entries[own].status == .open else { return }
    if limit != nil, request.force == .goodTilCancelled {
      entries[own].rests = true
    } else {
      entries[own].status = .expired
    }
  }

  mutating func cancel(_ id: OrderID) -> Bool {
    guard let place = entries.firstIndex(where: { $0.id == id && $0.status == .open }) else { return false }
    entries[place].status = .cancelled
    return true
  }

  func depth(_ side: Side) -> [[Int64]] {
    var totals: [Int64: Int64] = [:]
    for entry in entries where entry.side == side && entry.rests && entry.status == .open {
      totals[entry.price, default: 0] += entry.quantity - entry.filled
    }
    return totals.sorted { side == .buy ? $0.key > $1.key : $0.key < $1.key }.map { [$0.key, $0.value] }
  }
}
