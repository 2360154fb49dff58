import Decimals

extension TrackedOrder {
  /// How much weight a report has against what was said before.
  public enum Weight: Equatable, Sendable {
    /// The venue said it by itself, or in the answer to a command.
    case push
    /// The answer to its create command, without a time: it is of the order's beginning.
    case receipt
    /// It answers a question that was asked before the order came to its end or into doubt.
    case oldAnswer
    /// It answers a question that was asked after that.
    case answer
    /// The host's own conclusion, from its journal: it stands.
    case settled
  }

  /// - Parameters:
  ///   - asked: the tracker's step at which a question was asked; `nil` for what answers none.
  ///   - isListed: the answer is a list: that one venue order has ended says nothing there of what took its place.
  func weight(of event: OrderEvent, asked: UInt64?, isListed: Bool) -> Weight {
    guard let asked else { return .push }
    if isListed, !parts.isEmpty, case .report(let report) = event, !report.claim.isAlive { return .oldAnswer }
    return asked >= settledStep ? .answer : .oldAnswer
  }

  /// Whether the venue says no more than that it has taken the order, by the id that it is known by. Of an order that
  /// ends at once a private stream may say both before that: no venue takes one order twice.
  func isReceipt(_ event: OrderEvent, for command: CommandID?, _ reference: OrderReference) -> Bool {
    guard command == createCommand, case .report(let report) = event, report.time == 0, report.claim.isAlive else {
      return false
    }
    return venueOrderIDs.contains(reference.venueOrderID)
  }

  /// Takes an event in; gives what was wrong with it. Pure but for this value.
  public mutating func receive(_ event: OrderEvent, _ weight: Weight = .push) -> [OrderAnomaly] {
    switch event {
    case .report(let report): receive(report, weight)
    case .fill(let fill): receive(fill)
    case .cancelRequested(let command): requestCancel(command)
    case .amendRequested(let command, let price, let quantity): requestAmend(command, price, quantity)
    case .outcome(let command, let outcome): receive(outcome, of: command)
    case .givenUp: giveUp()
    // What becomes of it the venue says.
    case .leaving: []
    }
  }

  private mutating func receive(_ report: OrderReport, _ weight: Weight) -> [OrderAnomaly] {
    var anomalies: [OrderAnomaly] = []
    let hadLived = hasLived
    var report = report
    if mayWiden(weight) { widen(by: report, weight, &anomalies) }
    if let part = report.part {
      guard let whole = take(report, part, weight, &anomalies) else { return anomalies }
      report = whole
    }
    noteNarrowing(by: report, weight, &anomalies)
    learnSize(report, weight, &anomalies)
    if !report.reason.isEmpty { reason = report.reason }
    isGivenUp = false
    switch weight == .settled ? report.claim : report.meant {
    case .open, .partiallyFilled, .untriggered: life(report, weight, hadLived, &anomalies)
    case .filled: end(.filled, report, weight, &anomalies)
    case .cancelled: end(.cancelled, report, weight, &anomalies)
    case .rejected: end(.rejected, report, weight, &anomalies)
    case .expired: end(.expired, report, weight, &anomalies)
    case .notSent: end(.notSent, report, weight, &anomalies)
    }
    reportTime = max(reportTime, report.time)
    return anomalies
  }

  private mutating func learnSize(_ report: OrderReport, _ weight: Weight, _ anomalies: inout [OrderAnomaly]) {
    if let told = report.filled {
      if told < filledByReports, weight == .answer, isDoubted {
        filledByReports = told
      } else if told < filledByReports, report.time > reportTime {
        anomalies.append(.filledShrank)
      }
      filledByReports = max(filledByReports, told)
    }
    if let told = report.quantity, told.isPositive {
      // Of two reports at one time the larger counts, so that arrival does not matter.
      let isLater = report.time > quantityTime || report.time == quantityTime && told > (quantity ?? .zero)
      if isLater { (quantity, quantityTime) = (told, report.time) }
      if !amendments.isEmpty { noteSeen(told, report.time) }
    }
    if let told = report.price, told.isPositive {
      let isLater = report.time > priceTime || report.time == priceTime && told > (price ?? .zero)
      if isLater { (price, priceTime) = (told, report.time) }
    }
    if let told = report.timeInForce, report.time >= reportTime || timeInForce == nil { timeInForce = told }
    if let quantity, quantity.isPositive, filled > quantity { anomalies.append(.overfilled) }
  }

  /// The venue's own answer is that the order is larger, or its limit looser, than it was to be: it was changed there.
  private mutating func widen(by report: OrderReport, _ weight: Weight, _ anomalies: inout [OrderAnomaly]) {
    guard let wider = widening(by: report) else { return }
    if weight != .settled { anomalies.append(.widened(wider)) }
    order(price: report.price, quantity: report.quantity)
  }

  /// A report shows the order smaller, or its limit stricter, and nothing from here asked for that. It is taken as it
  /// is, aloud: it bears no risk that was not taken. Of an order whose end is shown only the end counts, unless that is
  /// that all of it was filled.
  private mutating func noteNarrowing(by report: OrderReport, _ weight: Weight, _ anomalies: inout [OrderAnomaly]) {
    guard weight != .settled, report.claim.isAlive || report.claim == .filled else { return }
    if let told = report.quantity, told.isPositive, report.time >= quantityTime, let quantity, told < quantity,
      !draft.flags.contains(.byValue), !isOrdered(quantity: told)
    {
      anomalies.append(.reduced(told))
    }
    if let told = report.price, told.isPositive, report.time >= priceTime, let price, draft.price != nil,
      draft.side == .buy ? told < price : told > price, !isOrdered(price: told)
    {
      anomalies.append(.tightened(told))
    }
  }

  // MARK: Life and end

  /// The venue shows the order alive.
  private mutating func life(
    _ report: OrderReport, _ weight: Weight, _ hadLived: Bool, _ anomalies: inout [OrderAnomaly]
  ) {
    wasSeenAlive = true
    if report.claim == .untriggered { wasSeenWaiting = true } else { wasSeenPlaced = true }
    lifeTime = max(lifeTime, report.time)
    guard weight != .settled else { return reopen() }
    if !hadLived, isRefused && ends.isEmpty || isGroundless {
      // Nothing at the venue stands behind such an end.
      reopen()
      return anomalies.append(.aliveAfterRefusal)
    }
    guard isDoubted || !ends.isEmpty, weight != .receipt || endTime == 0 else { return }
    let isTimed = report.time > 0 && endTime > 0
    if isTimed && report.time > endTime || weight == .answer && (!isTimed || ends.isEmpty) {
      if !ends.isEmpty { anomalies.append(.reopened) }
      reopen()
    } else if isWhole(filledByReports), !isDoubted {
      // All is filled, whatever it is called.
      return
    } else if weight == .answer {
      // The venue may answer from a copy that is behind: whoever asks goes on until its answers are enough.
      doubt(&anomalies)
      aliveAnswers += 1
    } else if weight == .push || weight == .receipt, !isTimed {
      doubt(&anomalies)
    }
  }

  /// The order is said to have ended.
  private mutating func end(
    _ end: Ends, _ report: OrderReport, _ weight: Weight, _ anomalies: inout [OrderAnomaly]
  ) {
    if !ends.isEmpty, ends != end { anomalies.append(.conflictingEnds) }
    let isClaimGroundless = (end == .rejected && report.time == 0 || end == .notSent) && hasLived
    let isOlder = report.time > 0 && lifeTime > report.time
    guard weight != .answer, weight != .settled, isClaimGroundless || isOlder else {
      ends.insert(end)
      if end == .filled { learnWhole(report) }
      endTime = max(endTime, report.time)
      isDoubted = false
      aliveAnswers = 0
      return doubtCancelled(weight, &anomalies)
    }
    if isClaimGroundless {
      if ends.isEmpty { doubt(&anomalies) }
    } else if ends.isEmpty, !isDoubted {
      // It was seen alive after that.
      anomalies.append(.reopened)
    }
  }

  /// What the venue calls filled, and shows to be filled whole, is no larger than that: an amendment has made it
  /// smaller, which reports without a time do not say else.
  private mutating func learnWhole(_ report: OrderReport) {
    guard let filled = report.filled, filled.isPositive, filled >= report.quantity ?? filled else { return }
    wholeAtEnd = max(wholeAtEnd ?? filled, filled)
  }

  /// Nothing at the venue stands behind the end that was claimed.
  private var isGroundless: Bool { ends == .rejected && endTime == 0 || ends == .notSent }

  private var isRefused: Bool { createOutcome == .refused || createOutcome == .notSent }

  /// It lives, whatever was said before. The time of the end that was none says nothing of one to come.
  private mutating func reopen() {
    (ends, endTime) = ([], 0)
    wholeAtEnd = nil
    isDoubted = false
    aliveAnswers = 0
  }

  mutating func doubt(_ anomalies: inout [OrderAnomaly]) {
    if !isDoubted { anomalies.append(.doubted) }
    isDoubted = true
  }

  /// A fill or a report contradicts the order: what is true of it only the venue can say.
  mutating func misfit(_ misfit: OrderMisfit) -> OrderAnomaly {
    isDoubted = true
    return .misfit(misfit)
  }

  // MARK: Fills and commands

  private mutating func receive(_ fill: Fill) -> [OrderAnomaly] {
    guard !fill.trade.isEmpty, fill.trade.utf8.count <= Self.tradeIDLimit, fill.quantity.isPositive else {
      return [.malformedFill]
    }
    if let known = fillsByTrade[fill.trade] {
      let isSame = known.price == fill.price && known.quantity == fill.quantity
      guard isSame else { return [.fillConflict(trade: fill.trade)] }
      // The venue's own fee replaces an estimate.
      guard known.fee == nil || known.isFeeEstimated && !fill.isFeeEstimated else { return [] }
      fillsByTrade[fill.trade] = fill
      var anomalies: [OrderAnomaly] = []
      sumFees(fill, insteadOf: known, &anomalies)
      return anomalies
    }
    var anomalies: [OrderAnomaly] = []
    if !hasLived {
      if isRefused { anomalies.append(.aliveAfterRefusal) }
      if isGroundless {
        ends = []
        doubt(&anomalies)
      }
    }
    fillsByTrade[fill.trade] = fill
    isGivenUp = false
    if let sum = filledByFills.adding(fill.quantity) { filledByFills = sum } else { anomalies.append(.outOfRange) }
    sumFees(fill, insteadOf: nil, &anomalies)
    if let quantity, quantity.isPositive, filled > quantity { anomalies.append(.overfilled) }
    return anomalies
  }

  /// Adds up what was paid. A sum that is lost once stays so: whoever reads it must not take a part for the whole.
  private mutating func sumFees(_ fill: Fill, insteadOf known: Fill?, _ anomalies: inout [OrderAnomaly]) {
    if let known, let fee = known.fee, case .some(.some(let sum)) = fees[known.feeAsset] {
      fees.updateValue(sum.subtracting(fee), forKey: known.feeAsset)
    }
    guard let fee = fill.fee else { return }
    guard case .some(let sum) = fees[fill.feeAsset] ?? .some(.zero) else { return }
    let more = sum.adding(fee)
    fees.updateValue(more, forKey: fill.feeAsset)
    if more == nil { anomalies.append(.feesOutOfRange(asset: fill.feeAsset)) }
  }

  private mutating func requestCancel(_ command: CommandID) -> [OrderAnomaly] {
    if cancels[command] == nil { cancels.updateValue(nil, forKey: command) }
    return []
  }

  private mutating func requestAmend(
    _ command: CommandID, _ price: Decimal64?, _ quantity: Decimal64?
  ) -> [OrderAnomaly] {
    order(price: price, quantity: quantity)
    if amendedTo.count == Self.amendedMost { amendedTo.removeFirst() }
    amendedTo.append(Amended(price: price, quantity: quantity))
    // Those that cannot matter any more are forgotten.
    let filled = filled
    amendments.removeAll { $0.outcome != nil && (!$0.mayRaise(above: filled) || $0.quantity == quantity) }
    amendments.append(
      Amendment(
        command: command, quantity: quantity, since: reportTime, outcome: nil, isSeen: quantity == nil,
        isContinued: parts.isEmpty))
    return []
  }

  /// The venue shows the order with a quantity.
  private mutating func noteSeen(_ quantity: Decimal64, _ time: Int64) {
    for index in amendments.indices where amendments[index].quantity == quantity {
      if time == 0 || time > amendments[index].since { amendments[index].isSeen = true }
    }
    amendments.removeAll { $0.isSeen && $0.isContinued && $0.outcome != nil }
  }

  /// An amendment that was refused changes nothing. Of any other it is known what came of it once it was seen.
  /// Where the venue makes a new order, one that got no answer may still do so.
  private mutating func end(_ amendment: Int, _ outcome: CommandOutcome) -> [OrderAnomaly] {
    amendments[amendment].outcome = max(amendments[amendment].outcome ?? outcome, outcome)
    let isRefused = outcome == .refused || outcome == .notSent
    let isKnown = amendments[amendment].isContinued || outcome == .done && ends.isEmpty
    if isRefused || amendments[amendment].isSeen && isKnown { amendments.remove(at: amendment) }
    var anomalies: [OrderAnomaly] = []
    doubtCancelled(.push, &anomalies)
    return anomalies
  }

  private mutating func receive(_ outcome: CommandOutcome, of command: CommandID) -> [OrderAnomaly] {
    if command == createCommand {
      createOutcome = max(createOutcome ?? outcome, outcome)
      // The venue has taken it, however late that is heard.
      if outcome == .done { isGivenUp = false }
      return isRefused && hasLived ? [.aliveAfterRefusal] : []
    }
    if let index = amendments.firstIndex(where: { $0.command == command }) {
      return end(index, outcome)
    }
    guard let known = cancels[command] else { return [.strangeCommand(command)] }
    cancels.updateValue(max(known ?? outcome, outcome), forKey: command)
    return []
  }

  /// Not a fact of the venue, so any word of it undoes this. An order in doubt that the venue does not know has come to
  /// the end that was claimed.
  private mutating func giveUp() -> [OrderAnomaly] {
    if isDoubted { isDoubted = false }
    if ends.isEmpty { isGivenUp = true }
    return []
  }
}

extension OrderReport {
  /// An order of which all is filled has ended, whatever the venue calls it. Only what one report says of both counts:
  /// what is known from elsewhere may be older or newer.
  fileprivate var meant: Claim {
    guard claim.isAlive, let filled, let quantity, quantity.isPositive, filled >= quantity else { return claim }
    return .filled
  }
}
