import Decimals

/// How an event names its order: any of the three is enough.
public struct OrderReference: Equatable, Sendable {
  public var account: AccountID
  public var instrument: InstrumentID
  public var order: OrderID?
  public var clientOrderID: String
  public var venueOrderID: String

  public init(
    account: AccountID, instrument: InstrumentID, order: OrderID? = nil, clientOrderID: String = "",
    venueOrderID: String = ""
  ) {
    self.account = account
    self.instrument = instrument
    self.order = order
    self.clientOrderID = clientOrderID
    self.venueOrderID = venueOrderID
  }
}

/// What an event did to an order.
public struct OrderChange: Equatable, Sendable {
  public var order: OrderID
  public var before: OrderState
  public var after: OrderState
  /// The fill, when the event was one that had not been counted.
  public var newFill: Fill?
  public var anomalies: [OrderAnomaly]
}

/// The in-flight orders of one connector instance: who is meant by an event, and what it did.
///
/// An order is tracked before its request leaves, and until it is removed after its end. An event that names only a
/// venue order id which no order is known by yet waits (bounded) until a report ties the id to an order: a stream may
/// speak of a fill before the create command is answered. Belongs to one lane.
public struct OrderTracker: Sendable {
  private struct VenueKey: Hashable {
    let account: AccountID
    let instrument: InstrumentID
    let venueOrderID: String
  }

  private struct Orphan {
    let key: VenueKey
    let news: News
  }

  /// What is said of an order, with what it needs to be judged.
  private struct News {
    var event: OrderEvent
    var side: Side?
    /// The step at which the question was asked that it answers; `nil` for what answers none.
    var asked: UInt64?
    /// The answer is a list, which may have all that the order has been at the venue.
    var isListed = false
    /// The command that it answers.
    var command: CommandID?
  }

  private var orders: [OrderID: TrackedOrder] = [:]
  private var byClient: [String: OrderID] = [:]
  private var byVenue: [VenueKey: OrderID] = [:]
  private var byCommand: [CommandID: OrderID] = [:]
  private var orphans: [Orphan] = []
  private let orphanLimit: Int
  /// Counts what happens to orders: says whether a question was asked before or after something was learned.
  public private(set) var step: UInt64 = 1
  /// Events that waited for an order which was not found in time.
  public private(set) var orphansDropped: UInt64 = 0

  /// Fills of all orders that are counted.
  private var fillCount = 0
  private let fillLimit: Int

  /// - Parameters:
  ///   - orphanLimit: most events that wait for their order; then the oldest is dropped and counted.
  ///   - fillLimit: most fills of all orders together; one more does not count, and its order is in doubt.
  public init(orphanLimit: Int = 1000, fillLimit: Int = 1 << 20) {
    self.orphanLimit = max(0, orphanLimit)
    self.fillLimit = max(0, fillLimit)
  }

  public subscript(id: OrderID) -> TrackedOrder? { orders[id] }

  public func order(clientOrderID: String) -> TrackedOrder? { byClient[clientOrderID].flatMap { orders[$0] } }

  /// Orders that have not ended, by id.
  public var inFlight: [TrackedOrder] { orders.values.filter { !$0.state.isTerminal }.sorted { $0.id < $1.id } }

  /// All tracked orders, by id.
  public var all: [TrackedOrder] { orders.values.sorted { $0.id < $1.id } }

  /// How many events wait for their order.
  public var orphanCount: Int { orphans.count }

  /// Starts to track an order; `false`, and nothing happens, when its id, client order id or command is in use.
  @discardableResult
  public mutating func track(_ order: TrackedOrder) -> Bool {
    guard orders[order.id] == nil, byClient[order.clientOrderID] == nil, byCommand[order.createCommand] == nil else {
      return false
    }
    orders[order.id] = order
    byClient[order.clientOrderID] = order.id
    byCommand[order.createCommand] = order.id
    return true
  }

  /// A cancel command for an order has been given.
  public mutating func cancelRequested(_ id: OrderID, command: CommandID, now: Int64) -> OrderChange? {
    guard orders[id] != nil, byCommand[command] == nil else { return nil }
    byCommand[command] = id
    return apply(.cancelRequested(command), to: id, now: now)
  }

  /// The host has given an order up, for the venue does not know it.
  public mutating func giveUp(_ id: OrderID, now: Int64) -> OrderChange? { apply(.givenUp, to: id, now: now) }

  /// The venue has shown an order in doubt alive often enough: it is.
  public mutating func settleAlive(_ id: OrderID, now: Int64) -> OrderChange? {
    let event = OrderEvent.report(OrderReport(.open))
    return change(id, event, now: now) { $0.receive(event, .settled) }
  }

  /// Ties a venue order id to an order, as a report would: for orders that come back from a journal.
  public mutating func know(_ id: OrderID, as venueOrderID: String) {
    guard let order = orders[id], !venueOrderID.isEmpty else { return }
    let key = key(order, venueOrderID)
    guard byVenue[key] == nil else { return }
    tie(key, to: id)
  }

  /// Whether an order may have an id of the venue: not when another has it that lives. A venue that begins to count
  /// anew gives the id of one that has ended to the next.
  private func isFree(_ key: VenueKey, for id: OrderID) -> Bool {
    guard let owner = byVenue[key] else { return true }
    return owner != id && orders[owner]?.state.isTerminal != false
  }

  private mutating func untie(_ key: VenueKey) {
    guard let owner = byVenue.removeValue(forKey: key) else { return }
    orders[owner]?.venueOrderIDs.removeAll { $0 == key.venueOrderID }
  }

  private mutating func tie(_ key: VenueKey, to id: OrderID) {
    byVenue[key] = id
    orders[id]?.venueOrderIDs.append(key.venueOrderID)
    guard let order = orders[id], order.venueOrderIDs.count > TrackedOrder.idLimit else { return }
    byVenue[self.key(order, order.venueOrderIDs[0])] = nil
    orders[id]?.venueOrderIDs.removeFirst()
  }

  /// The order that a command creates, changes or ends, until it is answered; `nil` for any other.
  public func order(of command: CommandID) -> OrderID? { byCommand[command] }

  /// Lets an event of an earlier run happen again.
  public mutating func replay(_ event: OrderEvent, of id: OrderID, now: Int64) {
    switch event {
    case .cancelRequested(let command) where byCommand[command] == nil,
      .amendRequested(let command, _, _) where byCommand[command] == nil:
      byCommand[command] = id
    default: break
    }
    _ = change(id, event, now: now) { $0.receive(event, .settled) }
  }

  /// A command that changes an order is about to be given: fills at the new limit and up to the new quantity fit it
  /// from now on, and it has not come to its end at the old quantity before the command has.
  public mutating func amendRequested(
    _ id: OrderID, command: CommandID, price: Decimal64?, quantity: Decimal64?, now: Int64
  ) -> OrderChange? {
    guard orders[id] != nil, byCommand[command] == nil else { return nil }
    byCommand[command] = id
    return apply(.amendRequested(command, price: price, quantity: quantity), to: id, now: now)
  }

  /// A command that creates, cancels or changes an order has ended; `nil` when it belongs to no tracked order.
  public mutating func commandEnded(_ command: CommandID, _ outcome: CommandOutcome, now: Int64) -> OrderChange? {
    guard let id = byCommand[command] else { return nil }
    // An order may be changed for as long as it lives.
    if orders[id]?.isAmendment(command) == true { byCommand[command] = nil }
    return apply(.outcome(command, outcome), to: id, now: now)
  }

  /// A report has come. Gives its change, and those of events that waited for it; empty when the order is not tracked
  /// or not known yet. What contradicts the order does not count; it puts the order in doubt.
  /// - Parameters:
  ///   - side: as the venue says it with the report.
  ///   - asked: the `step` at which the question was asked that it answers; `nil` when it answers none.
  ///   - isListed: the answer is a list of what was ordered.
  ///   - command: that it answers; `nil` when it answers none.
  public mutating func receive(
    _ report: OrderReport, of reference: OrderReference, side: Side? = nil, asked: UInt64? = nil,
    isListed: Bool = false, answering command: CommandID? = nil, now: Int64
  ) -> [OrderChange] {
    let news = News(event: .report(report), side: side, asked: asked, isListed: isListed, command: command)
    return receive(news, of: reference, now: now)
  }

  /// A fill has come; as `receive` of a report.
  public mutating func receive(
    _ fill: Fill, of reference: OrderReference, side: Side? = nil, now: Int64
  ) -> [OrderChange] {
    receive(News(event: .fill(fill), side: side), of: reference, now: now)
  }

  /// The order that is named, whatever else is said of it; `nil` when none of these is.
  public func named(_ reference: OrderReference) -> OrderID? {
    resolve(
      reference,
      VenueKey(
        account: reference.account, instrument: reference.instrument, venueOrderID: reference.venueOrderID))
  }

  /// Something has come of an order that cannot be read: the order that it names is in doubt.
  public mutating func receive(unreadable reference: OrderReference, now: Int64) -> [OrderChange] {
    guard let id = named(reference) else { return [] }
    let wrong = orders[id].flatMap { $0.account == reference.account ? nil : OrderMisfit.account(reference.account) }
    return change(id, nil, now: now) { [$0.misfit(wrong ?? .unreadable)] }.map { [$0] } ?? []
  }

  /// Stops tracking orders that ended and have not changed since `time` (host nanoseconds); gives them. Until then late
  /// fills still count. Cost: the number of tracked orders.
  /// - Parameter isKept: picks those that stay all the same.
  @discardableResult
  public mutating func removeEnded(
    unchangedSince time: Int64, unless isKept: (TrackedOrder) -> Bool = { _ in false }
  ) -> [TrackedOrder] {
    let gone = orders.values.filter { $0.changed < time && $0.state.isTerminal && !isKept($0) }
      .sorted { $0.id < $1.id }
    for order in gone {
      orders[order.id] = nil
      fillCount -= order.fillCount
      byClient[order.clientOrderID] = nil
      for venueOrderID in order.venueOrderIDs where byVenue[key(order, venueOrderID)] == order.id {
        byVenue[key(order, venueOrderID)] = nil
      }
    }
    if !gone.isEmpty { byCommand = byCommand.filter { orders[$0.value] != nil } }
    return gone
  }

  /// The symbol of an instrument has a new id: its orders, and what waits for one of them, go on under that.
  public mutating func replace(_ older: InstrumentID, by newer: InstrumentID) {
    guard older != newer else { return }
    for var order in all where order.instrument == older {
      for venueOrderID in order.venueOrderIDs where byVenue[key(order, venueOrderID)] == order.id {
        byVenue[key(order, venueOrderID)] = nil
      }
      order.instrument = newer
      orders[order.id] = order
      for venueOrderID in order.venueOrderIDs where byVenue[key(order, venueOrderID)] == nil {
        byVenue[key(order, venueOrderID)] = order.id
      }
    }
    for (place, orphan) in orphans.enumerated() where orphan.key.instrument == older {
      let key = VenueKey(
        account: orphan.key.account, instrument: newer, venueOrderID: orphan.key.venueOrderID)
      orphans[place] = Orphan(key: key, news: orphan.news)
    }
  }

  private mutating func receive(_ news: News, of reference: OrderReference, now: Int64) -> [OrderChange] {
    let key = VenueKey(
      account: reference.account, instrument: reference.instrument, venueOrderID: reference.venueOrderID)
    guard let id = resolve(reference, key) ?? resolve(continued: news, key) else {
      if reference.order == nil, reference.clientOrderID.isEmpty, !reference.venueOrderID.isEmpty { hold(news, key) }
      return []
    }
    var changes: [OrderChange] = []
    guard let change = apply(news, to: id, reference, now: now) else { return [] }
    changes.append(change)
    // Another order's id must not become this one's.
    let isStrange = change.anomalies.contains { if case .misfit = $0 { true } else { false } }
    guard !isStrange else { return changes }
    if let older = continued(news, key) { know(older, id, reference, &changes, now: now) }
    know(key, id, reference, &changes, now: now)
    return changes
  }

  /// Ties an id of the venue to an order; what waited for that happens.
  private mutating func know(
    _ key: VenueKey, _ id: OrderID, _ reference: OrderReference, _ changes: inout [OrderChange], now: Int64
  ) {
    guard !key.venueOrderID.isEmpty, isFree(key, for: id) else { return }
    untie(key)
    tie(key, to: id)
    var reference = reference
    reference.venueOrderID = key.venueOrderID
    for orphan in orphans where orphan.key == key {
      if let change = apply(orphan.news, to: id, reference, now: now) { changes.append(change) }
    }
    orphans.removeAll { $0.key == key }
  }

  /// The venue order that a report says it continues.
  private func continued(_ news: News, _ key: VenueKey) -> VenueKey? {
    guard case .report(let report) = news.event, let older = report.part?.continues, !older.isEmpty else { return nil }
    return VenueKey(account: key.account, instrument: key.instrument, venueOrderID: older)
  }

  private func resolve(continued news: News, _ key: VenueKey) -> OrderID? {
    continued(news, key).flatMap { byVenue[$0] }
  }

  private func resolve(_ reference: OrderReference, _ key: VenueKey) -> OrderID? {
    if let order = reference.order, orders[order] != nil { return order }
    if !reference.clientOrderID.isEmpty, let order = byClient[reference.clientOrderID] { return order }
    return reference.venueOrderID.isEmpty ? nil : byVenue[key]
  }

  private mutating func hold(_ news: News, _ key: VenueKey) {
    orphans.append(Orphan(key: key, news: news))
    if orphans.count > orphanLimit {
      orphans.removeFirst()
      orphansDropped += 1
    }
  }

  /// Takes in what the venue says, when it fits the order.
  private mutating func apply(
    _ news: News, to id: OrderID, _ reference: OrderReference, now: Int64
  ) -> OrderChange? {
    let isFull = fillCount >= fillLimit
    return change(id, news.event, now: now) { order in
      let event = order.told(news.event, reference)
      let weight =
        order.isReceipt(event, for: news.command, reference)
        ? .receipt : order.weight(of: event, asked: news.asked, isListed: news.isListed)
      let misfit: OrderMisfit? =
        switch event {
        case .fill(let fill):
          order.misfit(of: fill, side: news.side, reference)
            ?? (isFull && !order.hasFill(fill.trade) ? .tooManyFills : nil)
        case .report(let report): order.misfit(of: report, side: news.side, reference, weight)
        case .cancelRequested, .amendRequested, .outcome, .givenUp, .leaving: nil
        }
      if let misfit { return [order.misfit(misfit)] }
      let count = order.fillCount
      let anomalies = order.receive(event, weight)
      if case .fill(let fill) = event, order.fillCount > count { order.take(fill, of: reference.venueOrderID) }
      return anomalies
    }
  }

  private mutating func apply(_ event: OrderEvent, to id: OrderID, now: Int64) -> OrderChange? {
    change(id, event, now: now) { $0.receive(event) }
  }

  private mutating func change(
    _ id: OrderID, _ event: OrderEvent?, now: Int64, _ body: (inout TrackedOrder) -> [OrderAnomaly]
  ) -> OrderChange? {
    guard var order = orders.removeValue(forKey: id) else { return nil }
    let (before, wasDoubted, counted) = (order.state, order.isDoubted, order.fillCount)
    let anomalies = body(&order)
    order.changed = now
    let after = order.state
    step &+= 1
    fillCount += order.fillCount - counted
    if after.isTerminal && !before.isTerminal || order.isDoubted && !wasDoubted { order.settledStep = step }
    orders[id] = order
    var newFill: Fill?
    if case .fill(let fill) = event, order.fillCount > counted { newFill = fill }
    return OrderChange(order: id, before: before, after: after, newFill: newFill, anomalies: anomalies)
  }

  private func key(_ order: TrackedOrder, _ venueOrderID: String) -> VenueKey {
    VenueKey(account: order.account, instrument: order.instrument, venueOrderID: venueOrderID)
  }
}
