import Decimals
import MarketModel
import Runtime

/// Which fills without an order were kept lately, and how many more the journal takes.
struct StrayFills {
  private struct Key: Hashable {
    let account: AccountID
    let instrument: InstrumentID
    let side: Side?
    let trade: String
  }

  /// What an account may still write.
  private struct Allowance {
    var left: Int
    var time: Int64
    var isReported = false
  }

  enum Answer { case keep, known, tooMany(isNew: Bool) }

  private var kept = Recent<Key, Void>(limit: 4096)
  private var allowances: [AccountID: Allowance] = [:]

  /// Whether a fill is to be kept: not when it was lately, nor when there were too many.
  mutating func admit(_ fact: FillFact, _ policy: TraderPolicy, now: Int64) -> Answer {
    let reference = fact.reference
    let key = Key(
      account: reference.account, instrument: reference.instrument, side: fact.side, trade: fact.fill.trade)
    if kept[key] != nil { return .known }
    var allowance = allowances[reference.account] ?? Allowance(left: policy.strayFillsAtOnce, time: now)
    let seconds = (now - allowance.time) / second
    if seconds > 0 {
      let (more, isOver) = Int(seconds).multipliedReportingOverflow(by: policy.strayFillsPerSecond)
      let full = policy.strayFillsAtOnce
      allowance.left = isOver || more >= full - allowance.left ? full : allowance.left + more
      allowance.time += seconds * second
    }
    defer { allowances[reference.account] = allowance }
    guard allowance.left > 0 else {
      defer { allowance.isReported = true }
      return .tooMany(isNew: !allowance.isReported)
    }
    allowance.left -= 1
    if allowance.left > policy.strayFillsAtOnce / 2 { allowance.isReported = false }
    kept.insert((), for: key)
    return .keep
  }
}

/// By what a liquidation or the like is the same one, told by its own record and by its fill.
struct ForcedKey: Hashable {
  private let account: AccountID
  private let instrument: InstrumentID
  private let kind: LiquidationFact.Kind
  private let time: Int64
  private let quantity: Decimal64?

  init(_ fact: LiquidationFact) {
    (account, instrument, kind) = (fact.account, fact.instrument, fact.kind)
    (time, quantity) = (fact.time, fact.quantity)
  }
}

extension LiquidationFact {
  /// What a fill of the exchange's own order says; `nil` for any other fill.
  fileprivate init?(_ fact: FillFact) {
    let kind: Kind
    switch fact.kind {
    case .liquidation: kind = .forced
    case .deleveraging: kind = .deleveraged
    case .own, .foreign, .misfit: return nil
    }
    self.init(
      account: fact.reference.account, instrument: fact.reference.instrument, kind: kind, side: fact.side,
      price: fact.fill.price, quantity: fact.fill.quantity, time: fact.fill.time)
  }
}

/// Fills that count for no order in mind.
extension Trader {
  /// A fill that counts for no order in mind is kept all the same: one of an order of ours that was forgotten, with
  /// that order where the journal knows it, and any other by itself. So is one that contradicts the order it names.
  func noteFill(_ fact: FillFact, _ changes: [OrderChange]) {
    guard accounts[fact.reference.account] != nil, isStarted else { return }
    if let forced = LiquidationFact(fact),
      fact.command == nil || fact.fill.time >= startedAt.earliest(path.times)
    {
      noteForced(forced)
    }
    guard changes.isEmpty else {
      if isMisfit(changes) { keepStray(fact, .misfit) }
      return
    }
    let client = fact.reference.clientOrderID
    let isForgotten = ids.counter(of: client) != nil && orders.order(clientOrderID: client) == nil
    let kind: FillKind = isForgotten ? .own : fact.kind == .own ? .foreign : fact.kind
    keepStray(fact, fact.fill.quantity.isNegative ? .misfit : kind)
  }

  /// The exchange closes a position against its holder's will. Reported once, whether the connector says so, the fill
  /// does, or both, in either order.
  func noteForced(_ fact: LiquidationFact) {
    if forcedLately.insert((), for: ForcedKey(fact)) { emit(.liquidation(fact)) }
  }

  private func isMisfit(_ changes: [OrderChange]) -> Bool {
    changes.contains { change in change.anomalies.contains { if case .misfit = $0 { true } else { false } } }
  }

  private func keepStray(_ fact: FillFact, _ kind: FillKind) {
    let (reference, fill) = (fact.reference, fact.fill)
    guard !fill.trade.isEmpty, fill.trade.utf8.count <= TrackedOrder.tradeIDLimit,
      kind == .misfit ? !fill.quantity.isZero : fill.quantity.isPositive,
      let instrument = path.instrument(reference.instrument)
    else { return }
    switch strays.admit(fact, policy, now: now) {
    case .known: return
    case .tooMany(let isNew):
      counters.strayFillsDropped += 1
      if isNew { emit(.anomaly(OrderID(0), .strayFillsDropped(reference.account))) }
    case .keep:
      keep(
        .strayFill(
          reference.account,
          StrayFill(
            symbol: instrument.symbol, pair: instrument.pair, side: fact.side, clientOrderID: reference.clientOrderID,
            venueOrderID: reference.venueOrderID, kind: kind, fill: fill, time: path.times.wall)))
    }
  }
}
