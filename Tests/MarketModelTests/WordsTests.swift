import Testing

@testable import MarketModel

/// No name of the program's own types and cases is printed.
@Suite struct WordsTests {
  @Test func booksHaveWordsAndPricesTheirPoint() {
    #expect("\(NotReadyReason.sequenceGap)" == "a sequence number is missing")
    let crossed = NotReadyReason.rejected(.crossed(bid: 10_010, ask: 10_001))
    #expect("\(crossed)" == "refused: the best bid is not below the best ask")
    #expect(crossed.words(priceExponent: -2) == "refused: the best bid 100.1 is not below the best ask 100.01")
    #expect("\(BookState.notReady(.streamClosed))" == "the stream was cut")
    for reason in [
      NotReadyReason.checksumMismatch, .queueOverflow, .malformedUpdate, .resyncRequested, .crossed,
      .instrumentUnusable, .unsubscribed, .rejected(.notReady), .rejected(.negativeQuantity(side: .bid, price: 5)),
    ] {
      #expect(isWords("\(reason)"), "\(reason)")
    }
  }

  @Test func ordersAndLimitsHaveWords() {
    #expect(OrderState.allCases.map(\.description).contains("partially_filled"))
    #expect("\(OrderRefusal.unsupportedType(.stopLimit))" == "order type stop_limit is not offered")
    #expect("\(OrderRefusal.unsupportedFlags([.postOnly, .close]))" == "post_only, close is not offered here")
    #expect("\(OrderRefusal.unsupportedTimeInForce(.goodTillDate))" == "time in force gtd is not offered")
    #expect("\(OrderRefusal.notTrading(.reduceOnly))" == "the instrument is reduce-only")
    let words = [
      "\(OrderAnomaly.strangeCommand(CommandID(7)))", "\(OrderAnomaly.fillConflict(trade: "t"))",
      "\(QueueRefusal.limit(.tooHeavy(bucket: 1, weight: 9, capacity: 5)))", "\(QueueRefusal.full(waiting: 3))",
      "\(LimitRefusal.ownerMissing(bucket: 2, scope: .account))", "\(DropReason.expired)",
      "\(RateLimitFault.intervalOutOfRange(bucket: 1, nanoseconds: 0))",
      "\(ClientOrderIDs.Fault.tooLong(length: 40, limit: 36))",
    ]
    for text in words { #expect(isWords(text), "\(text)") }
  }

  /// Nothing in it looks like a name in a program: no letter in upper case behind one in lower case, no parenthesis.
  private func isWords(_ text: String) -> Bool {
    zip(text, text.dropFirst()).allSatisfy { !($0.isLowercase && $1.isUppercase) && $0 != "(" }
  }
}
