import Decimals

/// One own order and everything that is known of it.
///
/// The state is not stepped from event to event. An order keeps facts that only grow (fills by trade id, the largest
/// cumulative quantity, which ends were claimed, how commands ended), and its state is a function of the facts. So the
/// order in which stream, replies and polls bring the same events does not matter, and an event that comes twice
/// counts once.
///
/// Two facts may contradict each other: an end, and a sign of life. Which is later says the venue's time where both
/// have one. Where that does not say, the order is in doubt (`unknown`) until the venue answers a question that was
/// asked after both. An end that nothing at the venue stands behind (refused, rejected without a time, not sent, given
/// up) never outweighs a sign of life. See docs/orders.md.
public struct TrackedOrder: Sendable {
  public let id: OrderID
  public let account: AccountID
  /// The id that its symbol has now.
  public internal(set) var instrument: InstrumentID
  public let clientOrderID: String
  public let draft: OrderDraft
  public let createCommand: CommandID
  /// The ids that the venue has given to it, the latest `idLimit`; an amendment may give a new one.
  public internal(set) var venueOrderIDs: [String] = []
  /// Most ids of the venue that are kept of one order, and the longest id of a trade, in bytes: no venue needs more,
  /// and nothing grows with what one says.
  public static let idLimit = 256
  public static let tradeIDLimit = 128
  /// The time given with the last event, in nanoseconds of the host's clock.
  public internal(set) var changed: Int64
  /// The words on the last report or refusal that had any.
  public internal(set) var reason = ""

  /// In base: as ordered, or as the latest report with one says. `nil` for orders by value until a report says.
  public internal(set) var quantity: Decimal64?
  var quantityTime = Int64.min
  /// What was filled in all, as reports that it was filled whole say.
  var wholeAtEnd: Decimal64?
  /// Its limit: as ordered, or as the latest report with one says.
  public internal(set) var price: Decimal64?
  var priceTime = Int64.min
  /// As ordered, or as the latest report with one says.
  public internal(set) var timeInForce: TimeInForce?
  /// The loosest limit and the largest quantity that it ever had or was to be amended to: what a fill must fit.
  var loosestPrice: Decimal64?
  var largestQuantity: Decimal64?
  /// The same without what an order at the venue that it goes on as took over: the most that one of them may be.
  var largestOrdered: Decimal64?
  /// What it was to be amended to, the latest `amendedMost`: a report that says so shows nobody else's doing.
  var amendedTo: [Amended] = []
  static let amendedMost = 32
  var fillsByTrade: [String: Fill] = [:]
  /// The sums of the fees of the fills, by asset; `nil` where a sum does not fit exact arithmetic.
  public internal(set) var fees: [String: Decimal64?] = [:]
  /// The sum of the fills that have been seen, in base.
  public internal(set) var filledByFills = Decimal64.zero
  /// The largest cumulative quantity that a report told, in base.
  public internal(set) var filledByReports = Decimal64.zero
  /// The ends that were claimed and not refuted.
  var ends: Ends = []
  /// The latest venue time of an end and of a sign of life; 0 where none had a time.
  var endTime: Int64 = 0
  var lifeTime: Int64 = 0
  var reportTime = Int64.min
  var wasSeenAlive = false
  /// The venue has shown it waiting for its trigger, and in the book or beyond. Both only grow.
  var wasSeenWaiting = false
  var wasSeenPlaced = false
  var isGivenUp = false
  /// What was said of it does not agree; only an answer of the venue settles it.
  public internal(set) var isDoubted = false
  /// Answers in a row that showed it alive while in doubt, with a time of the venue before its end.
  public internal(set) var aliveAnswers = 0
  /// The step of the tracker at which it came to its end or into doubt: an answer to an older question settles nothing.
  var settledStep: UInt64 = 0
  var createOutcome: CommandOutcome?
  var cancels: [CommandID: CommandOutcome?] = [:]
  /// The orders at the venue that it has been, where the venue makes a new one to change it; else empty.
  var parts = VenueParts()
  /// Those that are on their way, or may have been carried out without a word of it; in the order of their giving.
  var amendments: [Amendment] = []

  struct Amended: Equatable, Sendable {
    let price: Decimal64?
    let quantity: Decimal64?
  }

  /// A command that changes the order.
  struct Amendment: Equatable, Sendable {
    let command: CommandID
    let quantity: Decimal64?
    /// The venue's time of the latest report when it was given.
    let since: Int64
    var outcome: CommandOutcome?
    /// The venue has shown the order with this quantity; nothing more is expected of it.
    var isSeen: Bool
    /// No new order at the venue is expected of it: it has come, or the venue changes orders as they are.
    var isContinued = true

    func mayRaise(above filled: Decimal64) -> Bool {
      guard let quantity else { return false }
      return !isSeen && quantity > filled
    }
  }

  struct Ends: OptionSet {
    let rawValue: UInt8
    static let filled = Ends(rawValue: 1)
    static let cancelled = Ends(rawValue: 2)
    static let rejected = Ends(rawValue: 4)
    static let expired = Ends(rawValue: 8)
    static let notSent = Ends(rawValue: 16)
  }

  public init(
    id: OrderID, account: AccountID, instrument: InstrumentID, clientOrderID: String, draft: OrderDraft,
    createCommand: CommandID, time: Int64, isDoubted: Bool = false
  ) {
    self.id = id
    self.isDoubted = isDoubted
    self.account = account
    self.instrument = instrument
    self.clientOrderID = clientOrderID
    self.draft = draft
    self.createCommand = createCommand
    changed = time
    price = draft.price
    quantity = draft.flags.contains(.byValue) ? nil : draft.quantity
    timeInForce = draft.timeInForce
    loosestPrice = price
    (largestQuantity, largestOrdered) = (quantity, quantity)
  }

  /// Where the order stands, from all that is known.
  ///
  /// A full fill, trade by trade, is the strongest end, whatever else was claimed; but not while an amendment may have
  /// made the order larger. An order that was rejected after it was seen alive, with a time that says so, counts as
  /// cancelled.
  public var state: OrderState {
    if isWhole(filledByFills) { return .filled }
    if isDoubted { return .unknown }
    if ends.contains(.filled) || isWhole(filledByReports) { return .filled }
    if ends.contains(.cancelled), !isEndHeld { return .cancelled }
    if ends.contains(.expired) { return .expired }
    if ends.contains(.rejected) { return hasLived ? .cancelled : .rejected }
    if !hasLived {
      if ends.contains(.notSent) || createOutcome == .notSent { return .notSent }
      if createOutcome == .refused { return .rejected }
    }
    if isGivenUp { return .lost }
    if isCancelPending { return .pendingCancel }
    if filled.isPositive { return .partiallyFilled }
    if hasLived || createOutcome == .done { return .open }
    return createOutcome == .unknown ? .unknown : .pendingCreate
  }

  /// The cumulative filled quantity, in base: the larger of what fills and reports tell. Goes down only when the venue
  /// settles a doubt with less.
  public var filled: Decimal64 { max(filledByFills, filledByReports) }

  /// What is left to fill; `nil` while the quantity is not known.
  public var remaining: Decimal64? { quantity?.subtracting(filled).map { max($0, .zero) } }

  /// The fills seen so far, by venue time and then trade id.
  public var fills: [Fill] { fillsByTrade.values.sorted { ($0.time, $0.trade) < ($1.time, $1.trade) } }

  /// The venue's time of the latest report; `Int64.min` before the first.
  public var venueTime: Int64 { reportTime }

  /// The venue's time of its end; 0 where none was reported.
  public var venueEndTime: Int64 { endTime }

  func hasFill(_ trade: String) -> Bool { fillsByTrade[trade] != nil }

  /// How many fills have been counted.
  public var fillCount: Int { fillsByTrade.count }

  /// Whether fills say, trade by trade, that all of it was filled.
  public var isFilledByFills: Bool { isWhole(filledByFills) }

  /// Whether every fill that reports speak of has been seen.
  public var hasAllFills: Bool {
    if filledByFills < filledByReports { return false }
    guard ends.contains(.filled) else { return true }
    // What is called filled has fills, however much was ordered: by value that is not known.
    guard let whole = filledWhole else { return filledByFills.isPositive }
    return filledByFills >= whole
  }

  /// What was filled in all of an order that the venue calls filled; `nil` where nothing says how much that is.
  private var filledWhole: Decimal64? {
    guard let quantity, let wholeAtEnd else { return quantity ?? wholeAtEnd }
    return min(quantity, wholeAtEnd)
  }

  /// What the venue says was filled in all.
  public var reportedFilled: Decimal64 { ends.contains(.filled) ? max(filled, filledWhole ?? .zero) : filled }

  /// Whether a command got no answer and nothing has said since what became of it, or what was reported does not agree:
  /// the venue must be asked.
  public var needsQuery: Bool {
    if state.isTerminal { return false }
    return isDoubted || !hasLived && createOutcome == .unknown || cancels.values.contains(.unknown) || mayHaveGrown
  }

  /// All that was ordered is filled, and an amendment whose outcome is known or will not be may have made it more: only
  /// the venue can say whether the order lives.
  public var mayHaveGrown: Bool {
    isFull(filled) && amendments.contains { $0.outcome != nil && $0.mayRaise(above: filled) }
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

  /// It is conditional and waits for its trigger, as far as the venue has shown.
  public var waitsForTrigger: Bool { wasSeenWaiting && !wasSeenPlaced && !filled.isPositive && !state.isTerminal }

  private func isFull(_ filled: Decimal64) -> Bool {
    guard let quantity, quantity.isPositive else { return false }
    return filled >= quantity
  }

  /// Whether this much is all that there will be.
  func isWhole(_ filled: Decimal64) -> Bool {
    isFull(filled) && (amendments.isEmpty || !amendments.contains { $0.mayRaise(above: filled) })
  }

  /// Whether a command is one that changes it and has not ended, or ended without a word of what came of it.
  func isAmendment(_ command: CommandID) -> Bool { amendments.contains { $0.command == command } }

  private var isCancelPending: Bool {
    cancels.values.contains { outcome in outcome != .refused && outcome != .notSent }
  }
}
