import CPatchbay
import Decimals
import MarketModel
import Runtime

@testable import Trading

/// An order as the model venue has it: the truth.
struct VenueOrder {
  var venueID: String
  var clientID: String
  var account: AccountID
  var instrument: InstrumentID
  var side: Side
  var price: Decimal64
  var quantity: Decimal64
  var filled = Decimal64.zero
  var claim = OrderReport.Claim.open
  var trades: [Fill] = []
  var isIOC = false
  var time: Int64
  /// The order whose place it has taken, and what was filled before it.
  var continues = ""
  var carried = Decimal64.zero

  var isLive: Bool { claim == .open || claim == .partiallyFilled }
}

/// A venue without prices: orders are filled by chance. Knows nothing of the host's ids but the client order id; keeps
/// the truth across restarts of the host.
final class ModelVenue {
  let simulation: Simulation
  private(set) var orders: [VenueOrder] = []
  /// By client id; the second of two with one id is the first's double.
  private(set) var doubles: [String] = []
  /// Client ids whose place request came, for checking that each was durable first.
  var onPlace: (String) -> Void = { _ in }
  /// Where private events go while a stream is connected.
  weak var stream: ModelPath?
  private var nextTrade = 1
  private var nextTime: Int64 = 0

  init(_ simulation: Simulation) { self.simulation = simulation }

  /// It changes an order by cancelling it and making a new one, which may be refused, and whose quantity goes by what
  /// was known of the old one a little earlier.
  var replaces = false
  /// From this order on a connector knows which one it continues; what was made before its start it has forgotten.
  var rememberedFrom = 0

  /// Of what is refused, in thousandths.
  var refusals = 0
  var ambient = true

  private func stamp() -> Int64 {
    nextTime = max(nextTime + 1, simulation.wall)
    return nextTime
  }

  func index(clientID: String, venueID: String) -> Int? {
    orders.lastIndex { !venueID.isEmpty ? $0.venueID == venueID : $0.clientID == clientID }
  }

  /// What orders of one client id amount to.
  func truth(_ clientID: String) -> VenueOrder? {
    let parts = orders.filter { $0.clientID == clientID }
    guard var whole = parts.last else { return nil }
    whole.trades = parts.flatMap(\.trades)
    whole.filled = whole.trades.reduce(.zero) { $0.adding($1.quantity) ?? $0 }
    if whole.claim == .open, whole.filled.isPositive { whole.claim = .partiallyFilled }
    return whole
  }

  /// - Returns: why it was refused, or the order's index.
  func place(_ draft: CommandDraft) -> Int? {
    onPlace(draft.clientOrder)
    if simulation.random.chance(refusals) { return nil }
    if orders.contains(where: { $0.clientID == draft.clientOrder }) { doubles.append(draft.clientOrder) }
    let order = VenueOrder(
      venueID: "v\(orders.count + 1)", clientID: draft.clientOrder, account: AccountID(draft.account),
      instrument: InstrumentID(draft.instrument), side: draft.side ?? .buy, price: draft.price ?? 1,
      quantity: draft.quantity ?? 1, isIOC: draft.timeInForce == .immediateOrCancel, time: stamp())
    let index = orders.count
    orders.append(order)
    push(index)
    if order.isIOC {
      if simulation.random.chance(700) { fill(index) }
      if orders[index].isLive { end(index, .expired) }
    } else if ambient {
      fillLater(index)
    }
    return index
  }

  private func fillLater(_ index: Int) {
    guard simulation.random.chance(700) else { return }
    simulation.after(simulation.random.time(0...20)) { [weak self] in
      guard let self, orders[index].isLive else { return }
      fill(index)
      if orders[index].isLive { fillLater(index) }
    }
  }

  /// Fills a part or all of what is left.
  func fill(_ index: Int) {
    let left = orders[index].quantity.subtracting(orders[index].filled)?.mantissa(at: 0) ?? 0
    guard orders[index].isLive, left > 0 else { return }
    let quantity = simulation.random.chance(400) ? left : 1 + Int64(simulation.random.next() % UInt64(left))
    let fill = Fill(
      trade: "t\(nextTrade)", price: orders[index].price, quantity: Decimal64(quantity), fee: 0, feeAsset: "USD",
      time: stamp())
    nextTrade += 1
    orders[index].trades.append(fill)
    orders[index].filled = orders[index].filled.adding(fill.quantity) ?? .zero
    orders[index].claim = quantity == left ? .filled : .partiallyFilled
    orders[index].time = fill.time
    stream?.push(.fill(FillFact(reference(index), fill, side: orders[index].side)))
    push(index)
  }

  func end(_ index: Int, _ claim: OrderReport.Claim) {
    orders[index].claim = claim
    orders[index].time = stamp()
    push(index)
  }

  func amend(_ index: Int, price: Decimal64?, quantity: Decimal64?) -> Bool {
    if replaces { return replace(index, price, quantity) }
    guard orders[index].isLive, quantity.map({ $0 > orders[index].filled }) ?? true else { return false }
    if let price { orders[index].price = price }
    if let quantity { orders[index].quantity = quantity }
    orders[index].time = stamp()
    push(index)
    return true
  }

  private func replace(_ index: Int, _ price: Decimal64?, _ quantity: Decimal64?) -> Bool {
    let old = orders[index]
    var known = old.carried.adding(old.filled) ?? .zero
    let total = quantity ?? old.carried.adding(old.quantity) ?? .zero
    // It has been filled since it was asked for.
    if simulation.random.chance(300), let late = old.trades.last { known = known.subtracting(late.quantity) ?? known }
    guard old.isLive, let rest = total.subtracting(known), rest.isPositive else { return false }
    end(index, .cancelled)
    if simulation.random.chance(150) { return false }
    var new = old
    (new.venueID, new.continues) = ("v\(orders.count + 1)", old.venueID)
    new.carried = old.carried.adding(old.filled) ?? .zero
    (new.price, new.quantity, new.filled) = (price ?? old.price, rest, .zero)
    (new.claim, new.trades, new.time) = (.open, [], stamp())
    orders.append(new)
    push(orders.count - 1)
    if ambient { fillLater(orders.count - 1) }
    return true
  }

  private func push(_ index: Int) { stream?.push(fact(index)) }

  func reference(_ index: Int, withClient: Bool = true) -> OrderReference {
    let order = orders[index]
    return OrderReference(
      account: order.account, instrument: order.instrument, clientOrderID: withClient ? order.clientID : "",
      venueOrderID: order.venueID)
  }

  func fact(_ index: Int, command: CommandID? = nil) -> AccountFact {
    let order = orders[index]
    var report = OrderReport(
      order.claim, filled: order.filled, quantity: order.quantity, price: order.price, time: order.time)
    if replaces {
      let isRemembered = index >= rememberedFrom
      report.part = VenuePart(
        order.venueID, continues: isRemembered ? order.continues : "", carried: isRemembered ? order.carried : .zero)
    }
    return .order(OrderFact(reference(index), report, command: command, side: order.side, type: .limit))
  }
}
