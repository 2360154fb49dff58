import MarketModel
import Testing

@testable import Journal

/// The words that stand in journals on disk. A word that changes makes a journal unreadable.
@Suite struct WordTests {
  @Test func storedWordsNeverChange() {
    #expect(
      OrderState.allCases.map(\.word) == [
        "pending_create", "open", "partially_filled", "pending_cancel", "cancelled", "filled", "rejected", "expired",
        "unknown", "lost", "not_sent",
      ])
    #expect(
      OrderType.allCases.map(\.word) == ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"])
    #expect(TimeInForce.allCases.map(\.word) == ["gtc", "ioc", "fok", "gtd"])
  }

  @Test func everyStoredWordIsReadBack() {
    for state in OrderState.allCases { #expect(OrderState(word: state.word) == state) }
    for type in OrderType.allCases { #expect(OrderType(word: type.word) == type) }
    for force in TimeInForce.allCases { #expect(TimeInForce(word: force.word) == force) }
  }
}
