import Testing

@testable import Runtime

/// What a worker uses over time, against its budget.
@Suite struct WorkerUseTests {
  private static let second: Int64 = 1_000_000_000

  private func use(_ change: (inout WorkerBudgets) -> Void) -> WorkerUse {
    var budgets = WorkerBudgets()
    change(&budgets)
    return WorkerUse(budgets)
  }

  @Test func withoutABudgetEverythingMayBe() {
    var use = use { _ in }
    for turn in 0..<200 as Range<Int64> {
      let now = turn * Self.second
      #expect(use.look(records: UInt64(turn) * 1_000_000, processor: now, now: now) == nil)
    }
  }

  /// Ten seconds in a row are too many; nine and a calm one are not.
  @Test func tooManyRecordsForTooLong() {
    var use = use { $0.messages = 100 }
    var records: UInt64 = 0
    var ends: [Int64] = []
    for turn in 0..<30 as Range<Int64> {
      if use.look(records: records, processor: 0, now: turn * Self.second) != nil { ends.append(turn) }
      records += turn == 9 ? 100 : 101
    }
    #expect(ends.first == 20)
  }

  /// A look after a long pause counts each second of it.
  @Test func aLongPauseIsManySeconds() {
    var use = use { $0.messages = 100 }
    #expect(use.look(records: 0, processor: 0, now: 0) == nil)
    #expect(use.look(records: 2000, processor: 0, now: 20 * Self.second) == nil)
    #expect(use.look(records: 6000, processor: 0, now: 40 * Self.second) != nil)
  }

  @Test func theProcessorCountsByTheMinute() {
    var use = use { $0.cpuPercent = 50 }
    var ends: [Int64] = []
    for turn in 0..<200 as Range<Int64> {
      // A half at first, then a little more.
      let used = turn <= 60 ? turn * Self.second / 2 : 30 * Self.second + (turn - 60) * Self.second * 51 / 100
      if let why = use.look(records: 0, processor: used, now: turn * Self.second) {
        #expect(why == "it used more than 50 % of a processor core for a minute")
        ends.append(turn)
      }
    }
    #expect(ends == [120, 180])
  }

  /// Another process begins at nothing, and what is not known counts for nothing.
  @Test func whatStepsBackBeginsAnew() {
    var use = use { ($0.cpuPercent, $0.messages) = (1, 100) }
    for turn in 0..<400 as Range<Int64> {
      let isOther = turn % 50 == 49
      #expect(use.look(records: isOther ? 0 : 50, processor: isOther ? 0 : -1, now: turn * Self.second) == nil)
    }
  }
}
