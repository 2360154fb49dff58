import Testing

@testable import Trading

/// Which funding payments are new: known ones are not, and neither is what is older than what can be remembered.
@Suite struct FundingMarkTests {
  private static let limit = FundingMark.limit
  private static let start: Int64 = 1_700_000_000_000_000_000

  /// Payments one after the other, a nanosecond apart, all within the window.
  private func filled(_ count: Int) -> FundingMark {
    var mark = FundingMark(time: Self.start)
    for index in 0..<count { mark.add(Self.start + Int64(index), "p\(index)") }
    return mark
  }

  @Test func theOldestQuarterIsGivenUpWhenThereAreTooMany() {
    var mark = filled(Self.limit)
    #expect(mark.ids.count == Self.limit && !mark.covers(Self.start + 1, "another"), "the window is not full yet")
    mark.add(Self.start + Int64(Self.limit), "p\(Self.limit)")
    // Those up to the quarter, and the one there.
    let given = Self.limit / 4 + 1
    #expect(mark.ids.count == Self.limit + 1 - given)
    #expect(mark.covers(Self.start, "p0") && mark.covers(Self.start + Int64(given) - 1, "another"), "too old to be new")
    #expect(!mark.covers(Self.start + Int64(given), "another"), "newer than all that was given up")
    #expect(mark.covers(Self.start + Int64(given), "p\(given)"), "remembered")
    #expect(!mark.covers(Self.start + Int64(Self.limit) + 1, "next"))
  }

  @Test func aFloodNeverHoldsMoreThanTheLimit() {
    var mark = filled(0)
    for index in 0..<(4 * Self.limit) {
      let (time, id) = (Self.start + Int64(index), "p\(index)")
      #expect(!mark.covers(time, id))
      mark.add(time, id)
    }
    #expect(mark.ids.count <= Self.limit && mark.time == Self.start + Int64(4 * Self.limit) - 1)
    for index in 0..<(4 * Self.limit) where !mark.covers(Self.start + Int64(index), "p\(index)") {
      Issue.record("payment \(index) would count twice")
    }
  }

  /// All at one moment: nothing can be given up without giving up that moment.
  @Test func oneMomentIsGivenUpAsAWhole() {
    var mark = FundingMark(time: Self.start)
    for index in 0...Self.limit { mark.add(Self.start, "p\(index)") }
    #expect(mark.ids.isEmpty && mark.covers(Self.start, "p1") && mark.covers(Self.start, "new"))
    #expect(!mark.covers(Self.start + 1, "later"))
  }

  /// A journal gives payments back in any order.
  @Test func aRestoredMarkKnowsWhatTheFirstOneKnew() {
    let count = 3 * Self.limit
    let first = filled(count)
    var restored = FundingMark(time: Self.start + 50)
    for index in (0..<count).reversed() { restored.add(Self.start + Int64(index), "p\(index)") }
    #expect(restored.time == first.time && restored.ids.count <= Self.limit)
    for index in 0..<count where !restored.covers(Self.start + Int64(index), "p\(index)") {
      Issue.record("payment \(index) would count twice")
    }
    #expect(!restored.covers(first.time + 1, "next"))
  }

  @Test func timesAtTheEndsOfTheRangeAreComputedWith() {
    var mark = FundingMark(time: .min)
    mark.add(.max, "last")
    #expect(mark.time == .max && mark.covers(.min, "x") && mark.covers(.max, "last") && !mark.covers(.max, "other"))
  }
}
