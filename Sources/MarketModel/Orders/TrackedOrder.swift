import Decimals

/// One own order and everything that is known of it.
///
/// The state is not stepped from event to event. An order keeps facts that only grow (fills by trade id, the largest
/// cumulative quantity, which ends were claimed, how commands ended), and its state is a function of the facts. So the
/// order in which stream, replies and polls bring the same events does not matter, and an event that comes twice
/// counts once.
public struct TrackedOrder: Sendable {
  public let id: OrderID
  public let account: AccountID
  public let instrument: InstrumentID
  public let clientOrderID: String
  public let draft: OrderDraft
  public let createCommand: CommandID
  /// Every id that the venue has given to it; an amendment may give a new one.
  public internal(set) var venueOrderIDs: [String] = []
  /// The time given with the last event, in nanoseconds of the host's clock.
  public internal(set) var changed: Int64
  /// The venue's words on the last report or refusal that had any.
  public private(set) var reason = ""

  /// In base: as ordered, or as the latest report with one says. `nil` for orders by value until a report tells.
  public private(set) var quantity: Decimal64?
  private var quantityTime = Int64.min
  /// Its limit: as ordered, or as the latest report with one says.
  public private(set) var price: Decimal64?
  private var priceTime = Int64.min
  private var fillsByTrade: [String: Fill] = [:]
  /// The sum of the fills that have been seen, in base.
  public private(set) var filledByFills = Decimal64.zero
  /// The largest cumulative quantity that a report told, in base.
  public private(set) var filledByReports = Decimal64.zero
  private var ends: Ends = []
  private var endTime = Int64.min
  private var reportTime = Int64.min
  private var wasSeenAlive = false
  private var isGivenUp = false
  private var createOutcome: CommandOutcome?
  private var cancels: [CommandID: CommandOutcome?] = [:]

  private struct Ends: OptionSet {
    let rawValue: UInt8
    static let filled = Ends(rawValue: 1)
    static let cancelled = Ends(rawValue: 2)
    static let rejected = Ends(rawValue: 4)
    static let expired = Ends(rawValue: 8)
  }

  public init(
    id: OrderID, account: AccountID, instrument: InstrumentID, clientOrderID: String, draft: OrderDraft,
    createCommand: CommandID, time: Int64
  ) {
    self.id = id
    self.account = account
    self.instrument = instrument
    self.clientOrderID = clientOrderID
    self.draft = draft
    self.createCommand = createCommand
    changed = time
    price = draft.price
    quantity = draft.flags.contains(.byValue) ? nil : draft.quantity
  }

  /// Where the order stands, from all that is known.
  ///
  /// A full fill is the strongest end, whatever else was claimed. An order that was refused or rejected but lives or
  /// has fills is taken as alive, or as cancelled where the venue says that it ended.
  public var state: OrderState {
    if ends.contains(.filled) || isFull { return .filled }
    if ends.contains(.cancelled) { return .cancelled }
    if ends.contains(.expired) { return .expired }
    if ends.contains(.rejected) { return hasLived ? .cancelled : .rejected }
    if !hasLived, createOutcome == .refused { return .rejected }
    if isGivenUp { return .lost }
    if isCancelPending { return .pendingCancel }
    if filled.isPositive { return .partiallyFilled }
    if hasLived || createOutcome == .done { return .open }
    return createOutcome == .unknown ? .unknown : .pendingCreate
  }

  /// The cumulative filled quantity, in base: the larger of what fills and reports tell. Never goes down.
  public var filled: Decimal64 { max(filledByFills, filledByReports) }

  /// What is left to fill; `nil` while the quantity is not known.
  public var remaining: Decimal64? { quantity?.subtracting(filled).map { max($0, .zero) } }

  /// The fills seen so far, by venue time and then trade id.
  public var fills: [Fill] { fillsByTrade.values.sorted { ($0.time, $0.trade) < ($1.time, $1.trade) } }

  /// The venue's time of the latest report; `Int64.min` before the first.
  public var venueTime: Int64 { reportTime }

  /// How many fills have been counted.
  public var fillCount: Int { fillsByTrade.count }

  /// Whether every fill that reports speak of has been seen.
  public var hasAllFills: Bool {
    if filledByFills < filledByReports { return false }
    if ends.contains(.filled), let quantity { return filledByFills >= quantity }
    return true
  }

  /// Whether a command got no answer and nothing has told since what became of it: the venue must be asked.
  public var needsQuery: Bool {
    if state.isTerminal { return false }
    return !hasLived && createOutcome == .unknown || cancels.values.contains(.unknown)
  }

  /// The fills' average price, rounded toward zero; `nil` without fills or when it does not fit.
  public func averagePrice(places: Int32) -> Decimal64? {
    var notional = Decimal64.zero
    for fill in fillsByTrade.values {
      guard let part = fill.price.multiplied(by: fill.quantity), let sum = notional.adding(part) else { return nil }
      notional = sum
    }
    return notional.quotient(dividingBy: filledByFills, places: places)
  }

  /// Whether the venue has shown, by a report or a fill, that the order came to life.
  public var hasLived: Bool { wasSeenAlive || filled.isPositive }

  private var isFull: Bool {
    guard let quantity, quantity.isPositive else { return false }
    return filled >= quantity
  }

  private var isCancelPending: Bool { cancels.values.contains { $0 != .refused } }
}

extension TrackedOrder {
  /// Takes an event in; gives what was wrong with it. Pure but for this value.
  public mutating func receive(_ event: OrderEvent) -> [OrderAnomaly] {
    switch event {
    case .report(let report): receive(report)
    case .fill(let fill): receive(fill)
    case .cancelRequested(let command): requestCancel(command)
    case .outcome(let command, let outcome): receive(outcome, of: command)
    case .givenUp: giveUp()
    }
  }

  private mutating func receive(_ report: OrderReport) -> [OrderAnomaly] {
    var anomalies: [OrderAnomaly] = []
    let isNewer = report.time > reportTime
    if let told = report.filled {
      if told < filledByReports, isNewer { anomalies.append(.filledShrank) }
      filledByReports = max(filledByReports, told)
    }
    if let told = report.quantity, told.isPositive {
      // Of two reports at one time the larger counts, so that arrival does not matter.
      let isLater = report.time > quantityTime || report.time == quantityTime && told > (quantity ?? .zero)
      if isLater { (quantity, quantityTime) = (told, report.time) }
    }
    if let told = report.price, told.isPositive {
      let isLater = report.time > priceTime || report.time == priceTime && told > (price ?? .zero)
      if isLater { (price, priceTime) = (told, report.time) }
    }
    if !report.reason.isEmpty { reason = report.reason }
    isGivenUp = false
    switch report.claim {
    case .open, .partiallyFilled, .untriggered:
      wasSeenAlive = true
      if !ends.isEmpty, report.time > endTime { anomalies.append(.reopened) }
    case .filled: end(.filled, at: report.time, &anomalies)
    case .cancelled: end(.cancelled, at: report.time, &anomalies)
    case .rejected: end(.rejected, at: report.time, &anomalies)
    case .expired: end(.expired, at: report.time, &anomalies)
    }
    reportTime = max(reportTime, report.time)
    checkSense(&anomalies)
    return anomalies
  }

  private mutating func end(_ end: Ends, at time: Int64, _ anomalies: inout [OrderAnomaly]) {
    if !ends.isEmpty, ends != end { anomalies.append(.conflictingEnds) }
    ends.insert(end)
    endTime = max(endTime, time)
  }

  private mutating func receive(_ fill: Fill) -> [OrderAnomaly] {
    guard !fill.trade.isEmpty, fill.quantity.isPositive else { return [.malformedFill] }
    if let known = fillsByTrade[fill.trade] {
      let isSame = known.price == fill.price && known.quantity == fill.quantity
      guard isSame else { return [.fillConflict(trade: fill.trade)] }
      // The venue's own fee replaces an estimate.
      if known.fee == nil || known.isFeeEstimated && !fill.isFeeEstimated { fillsByTrade[fill.trade] = fill }
      return []
    }
    fillsByTrade[fill.trade] = fill
    isGivenUp = false
    var anomalies: [OrderAnomaly] = []
    if let sum = filledByFills.adding(fill.quantity) { filledByFills = sum } else { anomalies.append(.outOfRange) }
    checkSense(&anomalies)
    return anomalies
  }

  private mutating func requestCancel(_ command: CommandID) -> [OrderAnomaly] {
    if cancels[command] == nil { cancels.updateValue(nil, forKey: command) }
    return []
  }

  private mutating func receive(_ outcome: CommandOutcome, of command: CommandID) -> [OrderAnomaly] {
    var anomalies: [OrderAnomaly] = []
    if command == createCommand {
      createOutcome = max(createOutcome ?? outcome, outcome)
    } else if let known = cancels[command] {
      cancels.updateValue(max(known ?? outcome, outcome), forKey: command)
    } else {
      anomalies.append(.strangeCommand(command))
    }
    checkSense(&anomalies)
    return anomalies
  }

  /// Not a fact of the venue, so any word of it undoes this.
  private mutating func giveUp() -> [OrderAnomaly] {
    isGivenUp = true
    return []
  }

  private func checkSense(_ anomalies: inout [OrderAnomaly]) {
    if let quantity, quantity.isPositive, filled > quantity { anomalies.append(.overfilled) }
    if ends.contains(.rejected) || createOutcome == .refused, hasLived {
      anomalies.append(.aliveAfterRefusal)
    }
  }
}
