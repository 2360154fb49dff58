import Decimals

/// An order that goes on as another one at the venue. What was filled of each is added up, and only what is said of the
/// last is said of the order: that an earlier one was cancelled, while the command that replaces it is on its way or
/// when another has taken its place, is no end.
extension TrackedOrder {
  /// The order at the venue that is to be named in commands; empty while none is known.
  public var venueOrderID: String { parts.last?.venueOrderID ?? venueOrderIDs.last ?? "" }

  /// Where its venue has made a new order of it: the last one, and what was filled before that.
  public var venuePart: VenuePart? {
    guard let last = parts.last else { return nil }
    let before = parts.all.dropLast().last?.venueOrderID ?? ""
    return VenuePart(last.venueOrderID, continues: before, carried: parts.carried(before: parts.all.count - 1))
  }

  /// An event with all that is known of whom it is of: the figures of what has been a part once are its own.
  func told(_ event: OrderEvent, _ reference: OrderReference) -> OrderEvent {
    guard !parts.isEmpty, case .report(var report) = event, report.part == nil,
      parts.place(of: reference.venueOrderID) != nil
    else { return event }
    report.part = VenuePart(reference.venueOrderID)
    return .report(report)
  }

  /// A report as it counts for the order's whole life; `nil` when it is of a venue order that is not the last.
  mutating func take(
    _ report: OrderReport, _ told: VenuePart, _ weight: Weight, _ anomalies: inout [OrderAnomaly]
  ) -> OrderReport? {
    let (before, carried, wasHeld) = (parts.last, carriedByLast, isEndHeld)
    let isLatest = before == nil || report.claim.isAlive || report.claim == .filled || awaitsPart
    var told = told
    if before == nil, told.continues.isEmpty, let known = venueOrderIDs.last { told.continues = known }
    parts.put(told, isLatest: isLatest, filledBefore: filledByReports)
    if let filled = report.filled, let place = parts.place(of: told.venueOrderID) {
      let isSettled = weight == .answer && isDoubted
      let known = parts[place].filledByReports
      if filled < known, report.time > reportTime, !isSettled { anomalies.append(.filledShrank) }
      parts[place].filledByReports = isSettled ? filled : max(known, filled)
    }
    let isLast = parts.last?.venueOrderID == told.venueOrderID
    if before == nil ? parts.all.count > 1 : before?.venueOrderID != parts.last?.venueOrderID {
      succeed(isUnheard: !isLast, wasHeld: wasHeld, &anomalies)
    } else {
      learnCarried(since: carried)
    }
    filledByReports = max(filledByReports, carriedByLast.adding(parts.last?.filledByReports ?? .zero) ?? .zero)
    guard isLast else { return nil }
    var whole = report
    whole.part = nil
    whole.filled = report.filled.flatMap { $0.adding(carriedByLast) }
    whole.quantity = report.quantity.flatMap { $0.adding(carriedByLast) }
    // What was filled before it is ordered besides.
    if let most = largestOrdered?.adding(carriedByLast), let told = whole.quantity {
      allow(price: nil, quantity: min(told, most))
    }
    return whole
  }

  /// A fill of a part.
  mutating func take(_ fill: Fill, of venueOrderID: String) {
    guard !parts.isEmpty, let place = parts.place(of: venueOrderID) else { return }
    let carried = carriedByLast
    parts[place].filledByFills = parts[place].filledByFills.adding(fill.quantity) ?? parts[place].filledByFills
    learnCarried(since: carried)
  }

  /// The last part is another one than before: what was said of the end of the former is no end, and its limit and
  /// quantity are no more.
  /// - Parameter isUnheard: what the last part is like was said before, and did not count then.
  private mutating func succeed(isUnheard: Bool, wasHeld: Bool, _ anomalies: inout [OrderAnomaly]) {
    if !ends.isEmpty, !wasHeld, !isDoubted { anomalies.append(.reopened) }
    (ends, wholeAtEnd, endTime, lifeTime, aliveAnswers, isDoubted) = ([], nil, 0, 0, 0, false)
    (quantityTime, priceTime) = (.min, .min)
    if let place = amendments.firstIndex(where: { !$0.isContinued }) {
      (amendments[place].isContinued, amendments[place].isSeen) = (true, true)
      if amendments[place].outcome != nil { amendments.remove(at: place) }
    }
    if isUnheard { doubt(&anomalies) }
  }

  /// More was filled before the last part than was known: so much more was ordered in all.
  private mutating func learnCarried(since before: Decimal64) {
    guard carriedByLast > before, let more = carriedByLast.subtracting(before), quantityTime != .min else { return }
    quantity = quantity.flatMap { $0.adding(more) }
    allow(price: nil, quantity: quantity)
  }

  private var carriedByLast: Decimal64 { parts.isEmpty ? .zero : parts.carried(before: parts.all.count - 1) }

  // MARK: Ends

  /// Whether a command may have made, or may make, a new order at the venue of this one.
  private var awaitsPart: Bool { amendments.contains { !$0.isContinued } }

  /// Whether the order was cancelled at the venue while a command that may replace it has not ended: then it is not
  /// known yet whether that is its end.
  var isEndHeld: Bool {
    !parts.isEmpty && ends == .cancelled && amendments.contains { !$0.isContinued && $0.outcome == nil }
  }

  /// It was cancelled at the venue, and whether a command has replaced it will not be heard. A question that was asked
  /// after that settles it.
  mutating func doubtCancelled(_ weight: Weight, _ anomalies: inout [OrderAnomaly]) {
    guard !parts.isEmpty, ends == .cancelled else { return }
    if weight == .settled { return amendments.removeAll { !$0.isContinued } }
    if weight == .answer { return amendments.removeAll { !$0.isContinued && $0.outcome != nil } }
    if amendments.contains(where: { !$0.isContinued && $0.outcome != nil }) { doubt(&anomalies) }
  }
}
