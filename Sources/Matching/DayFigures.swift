/// Open, high, low and volume of the last 24 hours, in 24 buckets of an hour each: exact to the hour.
package struct DayFigures: Equatable, Sendable {
  private struct Hour: Equatable, Sendable {
    var number: Int64
    var open: Int64
    var high: Int64
    var low: Int64
    var base: Amount
    var quote: Amount
  }

  private var hours: [Hour] = []

  package init() {}

  private static let hourNanoseconds: Int64 = 3_600_000_000_000

  /// Counts a trade. `base` and `quote` are its quantity and its notional.
  package mutating func count(price: Int64, base: Amount, quote: Amount, at time: Int64) {
    let number = time / Self.hourNanoseconds
    if let last = hours.indices.last, hours[last].number >= number {
      hours[last].high = max(hours[last].high, price)
      hours[last].low = min(hours[last].low, price)
      hours[last].base += base
      hours[last].quote += quote
    } else {
      hours.append(Hour(number: number, open: price, high: price, low: price, base: base, quote: quote))
    }
    hours.removeAll { $0.number <= number - 24 }
  }

  package struct Summary: Equatable, Sendable {
    package var open: Int64
    package var high: Int64
    package var low: Int64
    package var base: Amount
    package var quote: Amount
  }

  /// The figures, or `nil` when nothing was traded in the last 24 hours.
  package func summary(at time: Int64) -> Summary? {
    let number = time / Self.hourNanoseconds
    let recent = hours.filter { $0.number > number - 24 }
    guard let first = recent.first else { return nil }
    return recent.dropFirst().reduce(
      into: Summary(open: first.open, high: first.high, low: first.low, base: first.base, quote: first.quote)
    ) { sum, hour in
      sum.high = max(sum.high, hour.high)
      sum.low = min(sum.low, hour.low)
      sum.base += hour.base
      sum.quote += hour.quote
    }
  }
}
