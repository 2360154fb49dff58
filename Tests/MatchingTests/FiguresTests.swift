import Testing

@testable import Matching

@Suite struct FiguresTests {
  @Test func knownNumbers() {
    // The first values of SplitMix64 from seed 1234567, as published with its reference implementation.
    var random = Random(seed: 1_234_567)
    #expect(random.next() == 6_457_827_717_110_365_317)
    #expect(random.next() == 3_203_168_211_198_807_973)
    for bound in [1, 2, 7, 1000] as [Int64] {
      for _ in 0..<200 { #expect((0..<bound).contains(random.below(bound))) }
    }
    #expect(random.below(0) == 0)
  }

  @Test func dayFiguresForget() {
    var day = DayFigures()
    let hour: Int64 = 3_600_000_000_000
    day.count(price: 100, base: 1, quote: 100, at: 10 * hour)
    day.count(price: 120, base: 1, quote: 120, at: 10 * hour + 5)
    day.count(price: 90, base: 2, quote: 180, at: 20 * hour)
    #expect(day.summary(at: 20 * hour) == .init(open: 100, high: 120, low: 90, base: 4, quote: 400))
    #expect(day.summary(at: 34 * hour) == .init(open: 90, high: 90, low: 90, base: 2, quote: 180))
    #expect(day.summary(at: 44 * hour) == nil)
  }
}
