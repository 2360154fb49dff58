import Decimals
import SeededNumbers
import Testing

@testable import MarketModel

private let create = CommandID(1)
private let amend = CommandID(5)
private let again = CommandID(6)

/// An order of 10 at a venue that changes orders by making new ones: `v1` first.
@Suite struct VenuePartTests {
  private func reference(_ venue: String, client: String = "pb-7") -> OrderReference {
    OrderReference(
      account: AccountID(1), instrument: InstrumentID(1), clientOrderID: client, venueOrderID: venue)
  }

  private func tracker() -> OrderTracker {
    var tracker = OrderTracker()
    tracker.track(
      TrackedOrder(
        id: OrderID(7), account: AccountID(1), instrument: InstrumentID(1), clientOrderID: "pb-7",
        draft: OrderDraft(side: .buy, type: .limit, quantity: 10, price: 100), createCommand: create, time: 0))
    return tracker
  }

  /// One thing that happens.
  private enum Step {
    case report(
      String, OrderReport.Claim, filled: Decimal64, of: Decimal64, after: VenuePart? = nil, price: Decimal64 = 100,
      asked: UInt64? = nil, time: Int64 = 0)
    case fill(String, String, Decimal64)
    case amend(CommandID, quantity: Decimal64?)
    case end(CommandID, CommandOutcome)
  }

  @discardableResult
  private func happen(_ steps: [Step], to orders: inout OrderTracker) -> [OrderAnomaly] {
    var changes: [OrderChange] = []
    for step in steps {
      switch step {
      case .report(let venue, let claim, let filled, let quantity, let part, let price, let asked, let time):
        let report = OrderReport(
          claim, filled: filled, quantity: quantity, price: price, time: time, part: part ?? VenuePart(venue))
        changes += orders.receive(report, of: reference(venue), asked: asked, now: 1)
      case .fill(let venue, let trade, let quantity):
        let fill = Fill(trade: trade, price: 100, quantity: quantity)
        changes += orders.receive(fill, of: reference(venue, client: ""), now: 1)
      case .amend(let command, let quantity):
        _ = orders.amendRequested(OrderID(7), command: command, price: 101, quantity: quantity, now: 1)
      case .end(let command, let outcome):
        changes += [orders.commandEnded(command, outcome, now: 1)].compactMap { $0 }
      }
    }
    return changes.flatMap(\.anomalies)
  }

  private func order(_ steps: [Step]) -> TrackedOrder {
    var orders = tracker()
    happen(steps, to: &orders)
    return orders.all[0]
  }

  private let opened: [Step] = [.report("v1", .open, filled: 0, of: 10), .fill("v1", "a", 4)]
  private let told = VenuePart("v2", continues: "v1", carried: 4)
  private var part: Step { .report("v1", .partiallyFilled, filled: 4, of: 10) }
  private var cancelled: Step { .report("v1", .cancelled, filled: 4, of: 10) }
  private var new: Step { .report("v2", .open, filled: 0, of: 6, after: told, price: 101) }

  @Test func figuresOfAllPartsAreAddedUp() {
    let order = order(opened + [part, .amend(amend, quantity: nil), cancelled, new, .end(amend, .done)])
    #expect(order.state == .partiallyFilled && order.filled == 4 && order.quantity == 10 && order.price == 101)
    #expect(order.venueOrderIDs == ["v1", "v2"] && order.venueOrderID == "v2" && order.amendments.isEmpty)
    #expect(order.venuePart == told)
    var orders = tracker()
    happen(opened + [part, .amend(amend, quantity: nil), cancelled, new, .end(amend, .done)], to: &orders)
    // A short word says neither what it continues nor that its figures are its own.
    let word = OrderReport(.filled, filled: 6, quantity: 6)
    #expect(orders.receive(word, of: reference("v2"), now: 2).flatMap(\.anomalies).isEmpty)
    #expect(orders[OrderID(7)]?.state == .filled && orders[OrderID(7)]?.filled == 10)
    #expect(orders[OrderID(7)]?.hasAllFills == false, "the fills of the second part have not come")
    happen([.fill("v2", "b", 6), .fill("v2", "b", 6), .fill("v1", "a", 4)], to: &orders)
    #expect(orders[OrderID(7)]?.filledByFills == 10 && orders[OrderID(7)]?.hasAllFills == true)
  }

  /// The order in which things are heard of does not matter.
  @Test func arrivalDoesNotMatter() {
    let steps: [Step] = [part, cancelled, new, .fill("v1", "a", 4), .fill("v2", "b", 2), .end(amend, .done)]
    for seed in 0..<200 as Range<UInt64> {
      var random = SplitMix(state: seed)
      let shuffled = steps.shuffled(using: &random)
      var orders = tracker()
      happen([.report("v1", .open, filled: 0, of: 10), .amend(amend, quantity: nil)], to: &orders)
      happen(shuffled, to: &orders)
      let order = orders[OrderID(7)]
      // Where the end of the command comes first, what the cancel meant was in doubt.
      #expect(order?.state == .partiallyFilled, "\(shuffled)")
      #expect(order?.filled == 6 && order?.quantity == 10 && order?.price == 101, "\(shuffled)")
    }
  }

  @Test func aCancelDuringTheCommandIsNoEndYet() {
    let held = opened + [part, .amend(amend, quantity: nil), cancelled]
    #expect(order(held).state == .partiallyFilled && !order(held).isDoubted)
    #expect(order(held + [.end(amend, .refused)]).state == .cancelled, "the new one was refused")
    #expect(order(held + [.end(amend, .notSent)]).state == .cancelled, "somebody else has cancelled it")
    let unknown = order(held + [.end(amend, .unknown)])
    #expect(unknown.state == .unknown && unknown.needsQuery)
    #expect(order(held + [.end(amend, .unknown), new]).state == .partiallyFilled)
    #expect(order(held + [.end(amend, .unknown), .end(amend, .refused)]).state == .unknown, "the venue is asked")
    let late = opened + [part, .amend(amend, quantity: nil), .end(amend, .unknown), cancelled]
    #expect(order(late).state == .unknown && order(late + [new]).state == .partiallyFilled)
    // The venue's answer to a question that was asked after that settles it.
    let answer = Step.report("v1", .cancelled, filled: 4, of: 10, asked: .max)
    for doubted in [held + [.end(amend, .unknown)], late] {
      #expect(order(doubted + [answer]).state == .cancelled && order(doubted + [answer]).amendments.isEmpty)
      #expect(order(doubted + [answer, cancelled]).state == .cancelled)
    }
  }

  /// Without a command on its way a cancel is what it is; and where the venue changes orders as they are.
  @Test func otherwiseACancelIsAnEnd() {
    #expect(order(opened + [cancelled]).state == .cancelled)
    #expect(order(opened + [.amend(amend, quantity: nil), .end(amend, .refused), cancelled]).state == .cancelled)
    let done = opened + [.amend(amend, quantity: nil), cancelled, new, .end(amend, .done)]
    let end = Step.report("v2", .cancelled, filled: 0, of: 6, after: told)
    #expect(order(done + [end]).state == .cancelled)
    #expect(order(done + [end, cancelled, .report("v1", .open, filled: 0, of: 10)]).state == .cancelled)
    var orders = tracker()
    _ = orders.receive(OrderReport(.open, filled: 0), of: reference("v1"), now: 1)
    _ = orders.amendRequested(OrderID(7), command: amend, price: 101, quantity: nil, now: 1)
    _ = orders.receive(OrderReport(.cancelled, filled: 0), of: reference("v1"), now: 1)
    #expect(orders[OrderID(7)]?.state == .cancelled)
  }

  /// The rest was reckoned before the old order was filled a last time: more is on the book than was wanted, and the
  /// order has not ended before that.
  @Test func aFillDuringTheReplacementMakesTheOrderLarger() {
    let fill = Step.fill("v1", "b", 2)
    let more = Step.report("v1", .cancelled, filled: 6, of: 10)
    for steps in [[fill, more, new], [more, new, fill], [new, fill, more], [new, more, fill], [fill, new, more]] {
      var orders = tracker()
      happen(opened + [part, .amend(amend, quantity: nil)] + steps + [.end(amend, .done)], to: &orders)
      #expect(orders[OrderID(7)]?.filled == 6 && orders[OrderID(7)]?.quantity == 12, "\(steps)")
      let last: [Step] = [.fill("v2", "c", 6), .report("v2", .filled, filled: 6, of: 6, after: told)]
      let anomalies = happen(last, to: &orders)
      #expect(anomalies == [] && orders[OrderID(7)]?.state == .filled && orders[OrderID(7)]?.filledByFills == 12)
    }
  }

  /// A connector that was started anew says of no order what it continues.
  @Test func aPartWithoutALinkTakesThePlaceOfTheLatest() {
    let unlinked = Step.report("v2", .open, filled: 1, of: 6)
    for outcome in [CommandOutcome.done, .unknown] {
      let order = order(opened + [part, .amend(amend, quantity: nil), .end(amend, outcome), unlinked])
      #expect(order.state == .partiallyFilled && order.filled == 5 && order.quantity == 10)
    }
    // One that has ended, of which nothing was known, stood before.
    let older = Step.report("v0", .cancelled, filled: 3, of: 13)
    let order = order(opened + [part, older])
    #expect(order.state == .partiallyFilled && order.filled == 7 && order.venueOrderID == "v1")
    // The link comes later and says otherwise.
    let linked = Step.report("v2", .open, filled: 1, of: 6, after: VenuePart("v2", continues: "v1", carried: 4))
    #expect(self.order([unlinked, linked]).filled == 5)
  }

  /// What the connector says was filled before counts at least, and not more than can have been.
  @Test func whatWasCarriedIsALowerBound() {
    let order = order([.report("v2", .open, filled: 1, of: 6, after: VenuePart("v2", continues: "v1", carried: 4))])
    #expect(order.filled == 5 && order.quantity == 10 && !order.hasAllFills && order.venueOrderIDs == ["v1", "v2"])
    for carried in [Decimal64(11), -1] {
      var orders = tracker()
      let told = VenuePart("v2", continues: "v1", carried: carried)
      let anomalies = happen([.report("v2", .open, filled: 0, of: 6, after: told)], to: &orders)
      #expect(anomalies == [.misfit(.quantity(carried))] && orders[OrderID(7)]?.state == .unknown)
      #expect(orders[OrderID(7)]?.venueOrderIDs == [])
    }
  }

  /// Neither client id nor the host's: the id that it continues is enough, and fills wait for it.
  @Test func theIDThatItContinuesNamesTheOrder() {
    var orders = tracker()
    happen(opened + [part, .amend(amend, quantity: nil), .fill("v2", "b", 1)], to: &orders)
    #expect(orders.orphanCount == 1)
    let report = OrderReport(.partiallyFilled, filled: 1, quantity: 6, part: told)
    let changes = orders.receive(report, of: reference("v2", client: ""), now: 2)
    #expect(changes.count == 2 && changes.last?.newFill?.trade == "b" && orders.orphanCount == 0)
    #expect(orders[OrderID(7)]?.filled == 5)
  }

  @Test func severalReplacementsOneAfterTheOther() {
    var orders = tracker()
    happen(opened + [part, .amend(amend, quantity: 12), cancelled], to: &orders)
    happen([.report("v2", .open, filled: 0, of: 8, after: told), .end(amend, .done)], to: &orders)
    happen([.fill("v2", "b", 3), .amend(again, quantity: 20)], to: &orders)
    happen([.report("v2", .cancelled, filled: 3, of: 8)], to: &orders)
    #expect(orders[OrderID(7)]?.state == .partiallyFilled)
    let third = VenuePart("v3", continues: "v2", carried: 3)
    happen([.report("v3", .open, filled: 0, of: 13, after: third), .end(again, .done)], to: &orders)
    let order = orders[OrderID(7)]
    #expect(order?.filled == 7 && order?.quantity == 20 && order?.amendments == [] && order?.venueOrderID == "v3")
  }

  /// A connector that says it only of the new order: the figures of the old one counted over the life so far.
  @Test func theFirstMayBeReportedWithoutIt() {
    var orders = tracker()
    _ = orders.receive(OrderReport(.partiallyFilled, filled: 4, quantity: 10), of: reference("v1"), now: 1)
    happen([.amend(amend, quantity: nil), new, .end(amend, .done)], to: &orders)
    _ = orders.receive(OrderReport(.cancelled, filled: 5, quantity: 10), of: reference("v1"), now: 1)
    #expect(orders[OrderID(7)]?.state == .partiallyFilled && orders[OrderID(7)]?.filled == 5)
    #expect(orders[OrderID(7)]?.quantity == 11)
  }

  /// From the journal it comes back with its parts.
  @Test func itComesBackFromAJournal() {
    let before = order(opened + [part, .amend(amend, quantity: nil), cancelled, new, .end(amend, .done)])
    var restored = TrackedOrder(
      id: before.id, account: before.account, instrument: before.instrument, clientOrderID: before.clientOrderID,
      draft: before.draft, createCommand: create, time: 0)
    let report = OrderReport(.partiallyFilled, filled: before.filled, quantity: before.quantity, price: before.price)
    _ = restored.receive(.fill(Fill(trade: "a", price: 100, quantity: 4)), .settled)
    #expect(restored.receive(.report(report.ofPart(before.venuePart)), .settled) == [])
    #expect(restored.filled == 4 && restored.quantity == 10 && restored.venuePart == before.venuePart)
    #expect(report.ofPart(before.venuePart).filledInAll == 4 && report.ofPart(before.venuePart).quantityInAll == 10)
  }

  @Test func nothingGrowsWithWhatAVenueSays() {
    var orders = tracker()
    for number in 1...1000 {
      let part = VenuePart("v\(number)", continues: number == 1 ? "" : "v\(number - 1)")
      happen([.report("v\(number)", .open, filled: number == 1 ? 2 : 0, of: 8, after: part)], to: &orders)
    }
    let order = orders[OrderID(7)]
    #expect(order?.parts.all.count == TrackedOrder.idLimit && order?.filled == 2 && order?.venueOrderID == "v1000")
  }
}
