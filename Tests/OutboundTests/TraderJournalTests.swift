import Decimals
import Journal
import MarketModel
import Outbound
import Testing
import Trading

/// What the journal cannot take is said.
@Suite struct TraderJournalTests {
  private func event(_ client: String) -> Trading.JournalEntry {
    .event(
      OrderEventRecord(
        id: OrderID(1), account: AccountID(1), clientOrderID: client, event: .givenUp, venueOrderID: "", state: .lost,
        filled: 0, reason: "", time: 1))
  }

  private func names() -> TraderJournal.Names {
    TraderJournal.Names(exchange: "venue", connector: "venue", accounts: [AccountID(1): "main"])
  }

  @Test func factsWithoutRoomAreCountedAndTold() {
    let journal = TraderJournal(names: names(), state: nil, pair: { $0 }, wall: { 1 }) { _ throws(JournalFault) in
      throw JournalFault.backlogFull(groups: 7, bytes: 8)
    }
    var told: [(Int, String)] = []
    journal.onDrop = { told.append(($0, $1)) }
    var isTaken = false
    journal.append([event("a"), event("b")]) { isTaken = $0 == nil }
    journal.append([event("c")]) { _ in }
    #expect(isTaken && journal.dropped == 3 && told.map(\.0) == [2, 3])
    #expect(told.allSatisfy { $0.1 == JournalFault.backlogFull(groups: 7, bytes: 8).description })
  }

  /// A transaction that is not kept must not leave: it is no fact that may be left out.
  @Test func aTransactionWithoutRoomIsRefused() {
    let journal = TraderJournal(names: names(), state: nil, pair: { $0 }, wall: { 1 }) { _ throws(JournalFault) in
      throw JournalFault.backlogFull(groups: 7, bytes: 8)
    }
    let leaving = Trading.JournalEntry.event(
      OrderEventRecord(
        id: OrderID(1), account: AccountID(1), clientOrderID: "a", event: .leaving, venueOrderID: "0xab-7",
        state: .pendingCreate, filled: 0, reason: "", time: 1))
    var fault: String?
    journal.append([leaving]) { fault = $0?.text }
    #expect(fault == JournalFault.backlogFull(groups: 7, bytes: 8).description && journal.dropped == 0)
  }
}
