import Decimals
import MarketModel
import Testing

/// Whose word a leverage is.
@Suite struct LeveragesTests {
  private let account = AccountID(1), one = InstrumentID(1), two = InstrumentID(2)

  @Test func whatWasSetStandsOverWhatIsTold() {
    var all = Leverages()
    #expect(all[account, one] == nil)
    all.learn(5, account, one)
    #expect(all[account, one] == 5 && all[account, two] == nil && all[AccountID(2), one] == nil)
    all.learn(7, account, one)
    #expect(all[account, one] == 7)
    all.set(9, account, one, isSure: true)
    all.learn(125, account, one)
    #expect(all[account, one] == 9)
    all.set(10, account, one, isSure: true)
    #expect(all[account, one] == 10)
  }

  /// Where no answer came the old one may stand: it is the one of the two that the venue says, and no third.
  @Test func anUnansweredChangeLeavesTwo() {
    var all = Leverages()
    all.set(5, account, one, isSure: true)
    all.set(7, account, one, isSure: false)
    #expect(all[account, one] == 5)
    all.learn(7, account, one)
    #expect(all[account, one] == 7)
    all.learn(125, account, one)
    #expect(all[account, one] == nil)
    // Nobody has set one before: the one that was reported, or the new one.
    all.learn(3, account, two)
    all.set(4, account, two, isSure: false)
    #expect(all[account, two] == 3)
    all.learn(125, account, two)
    #expect(all[account, two] == nil)
    all.learn(4, account, two)
    #expect(all[account, two] == 4)
  }

  @Test func itGoesOnUnderANewIDAndIsBounded() {
    var all = Leverages()
    all.learn(5, account, one)
    all.replace(one, by: two)
    #expect(all[account, two] == 5 && all[account, one] == nil)
    all.learn(0, account, one)
    all.learn(-3, account, one)
    #expect(all[account, one] == nil)
    for number in 0..<Leverages.limit + 10 { all.learn(2, account, InstrumentID(UInt64(100 + number))) }
    #expect(all[account, InstrumentID(UInt64(100 + Leverages.limit + 5))] == nil && all[account, two] == 5)
    all.learn(6, account, two)
    #expect(all[account, two] == 6)
  }
}
