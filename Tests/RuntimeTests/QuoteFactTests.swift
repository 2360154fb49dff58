import CPatchbay
import Decimals
import MarketModel
import Testing

@testable import Runtime

/// What is kept of a quote that answers a command.
@Suite struct QuoteFactTests {
  private func asked(_ side: Side) -> CommandDraft {
    var draft = CommandDraft(.quote)
    (draft.instrument, draft.side) = (1, side)
    return draft
  }

  private func fact(_ side: Side, in into: UInt64, out: UInt64, limit: UInt64) -> pb_quote {
    var fact = pb_quote()
    (fact.instrument, fact.side) = (1, UInt32(side.rawValue))
    (fact.amount_in.w0, fact.amount_out.w0, fact.amount_limit.w0) = (into, out, limit)
    return fact
  }

  @Test func amountsAreWrittenOut() {
    #expect(QuoteFact.digits(pb_u256()) == "0")
    #expect(QuoteFact.digits(pb_u256(w0: 10_000_000_000_000_000_000, w1: 0, w2: 0, w3: 0)) == "10000000000000000000")
    #expect(QuoteFact.digits(pb_u256(w0: 7, w1: 1, w2: 0, w3: 0)) == "18446744073709551623")
    let most = pb_u256(w0: .max, w1: .max, w2: .max, w3: .max)
    #expect(
      QuoteFact.digits(most)
        == "115792089237316195423570985008687907853269984665640564039457584007913129639935")
  }

  @Test func aLimitStandsOnItsSideOfTheAmount() {
    let sale = QuoteFact(fact(.sell, in: 5, out: 100, limit: 99), route: "A-B", of: asked(.sell))
    #expect(sale?.amountIn == "5" && sale?.amountOut == "100" && sale?.amountLimit == "99" && sale?.route == "A-B")
    #expect(QuoteFact(fact(.sell, in: 5, out: 100, limit: 101), route: "", of: asked(.sell)) == nil)
    #expect(QuoteFact(fact(.buy, in: 100, out: 5, limit: 101), route: "", of: asked(.buy)) != nil)
    #expect(QuoteFact(fact(.buy, in: 100, out: 5, limit: 99), route: "", of: asked(.buy)) == nil)
  }

  @Test func amountsAreOfWhatWasAskedForAndNeverScaledOtherwise() {
    var draft = asked(.sell)
    draft.quantity = Decimal64("0.5")
    var right = fact(.sell, in: 500_000, out: 7, limit: 7)
    right.base_decimals = 6
    #expect(QuoteFact(right, route: "", of: draft)?.amountIn == "500000")
    for decimals: UInt32 in [0, 5, 7, 18, .max] {
      right.base_decimals = decimals
      #expect(QuoteFact(right, route: "", of: draft) == nil)
    }
    var bought = asked(.buy)
    bought.quantity = Decimal64("0.5")
    var buy = fact(.buy, in: 9, out: 500_000, limit: 9)
    buy.base_decimals = 6
    #expect(QuoteFact(buy, route: "", of: bought) != nil)
    buy.amount_out.w0 = 500_001
    #expect(QuoteFact(buy, route: "", of: bought) == nil)
  }

  @Test(arguments: [
    ("3020755666", 6, "3020.755666"), ("1000000000000000000", 18, "1"), ("5", 6, "0.000005"), ("0", 6, "0"),
    ("120", 0, "120"), ("1", 1, "0.1"), ("10", 1, "1"), ("7", 79, nil), ("7", .max, nil),
  ] as [(String, UInt32, String?)])
  func tokensAreWrittenExactly(row: (units: String, decimals: UInt32, tokens: String?)) {
    #expect(QuoteFact.tokens(row.units, decimals: row.decimals) == row.tokens)
  }

  @Test func whatAnswersAnotherQuestionIsNone() {
    let right = fact(.sell, in: 5, out: 100, limit: 99)
    #expect(QuoteFact(right, route: "", of: asked(.buy)) == nil)
    var draft = asked(.sell)
    draft.instrument = 2
    #expect(QuoteFact(right, route: "", of: draft) == nil)
    #expect(QuoteFact(right, route: "", of: CommandDraft(.tickers)) == nil)
    #expect(QuoteFact(fact(.sell, in: 0, out: 100, limit: 99), route: "", of: asked(.sell)) == nil)
    #expect(QuoteFact(fact(.sell, in: 5, out: 0, limit: 0), route: "", of: asked(.sell)) == nil)
  }
}
