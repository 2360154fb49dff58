/// Moments as text: `2026-11-20T08:47:58.123456789Z`, nanoseconds since 1970 as numbers. Exact, and in UTC alone.
public enum UTCTime {
  private static let second: Int64 = 1_000_000_000

  /// The moment with all nine digits of its second.
  public static func text(_ nanoseconds: Int64) -> String {
    let (seconds, rest) = floorDivided(nanoseconds, second)
    let (days, time) = floorDivided(seconds, 86_400)
    let (year, month, day) = date(ofDay: days)
    return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(time / 3600, 2)):"
      + "\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2)).\(padded(rest, 9))Z"
  }

  /// Reads a day, `2026-11-20`, which is its first moment, or a moment, `2026-11-20T08:47:58Z`, with up to nine digits
  /// behind the second; `nil` for anything else, and for what does not exist or fit.
  public static func nanoseconds(_ text: String) -> Int64? {
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    let date = parts[0].split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count <= 2, date.count == 3, let year = number(date[0], 4), let month = number(date[1], 2),
      let day = number(date[2], 2), (1...12).contains(month), day >= 1
    else { return nil }
    let days = dayNumber(year, month, day)
    // A day that its month has not would come back as another.
    guard self.date(ofDay: days) == (year, month, day) else { return nil }
    var nanoseconds: Int64 = 0
    if parts.count == 2 {
      guard let time = time(parts[1]) else { return nil }
      nanoseconds = time
    }
    let (whole, overflow) = (days * 86_400).multipliedReportingOverflow(by: second)
    let (sum, overflowAgain) = whole.addingReportingOverflow(nanoseconds)
    return overflow || overflowAgain ? nil : sum
  }

  /// Nanoseconds of `08:47:58.5Z` since midnight.
  private static func time(_ text: Substring) -> Int64? {
    guard text.last == "Z" else { return nil }
    let clock = text.dropLast().split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = number(clock[0], 2), let minute = number(clock[1], 2) else { return nil }
    let parts = clock[2].split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let seconds = number(parts[0], 2), hour < 24, minute < 60, seconds < 60 else { return nil }
    var fraction: Int64 = 0
    if parts.count == 2 {
      guard (1...9).contains(parts[1].count) else { return nil }
      guard let digits = number(parts[1] + String(repeating: "0", count: 9 - parts[1].count), 9) else { return nil }
      fraction = digits
    }
    return (hour * 3600 + minute * 60 + seconds) * second + fraction
  }

  private static func number(_ text: Substring, _ digits: Int) -> Int64? {
    guard text.utf8.count == digits, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int64(text)
  }

  private static func padded(_ value: Int64, _ digits: Int) -> String {
    let text = "\(value)"
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private static func floorDivided(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, rest: Int64) {
    let rest = (value % divisor + divisor) % divisor
    // The quotient is cut toward zero, which is up for negative values with a rest.
    return (value / divisor - (value < 0 && rest != 0 ? 1 : 0), rest)
  }

  // The calendar of Gregory, in years that begin in March, so that the leap day is the last one.

  private static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floorDivided(shifted, 400)
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivided(day + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let number = month < 10 ? month + 3 : month - 9
    return (yearOfEra + era * 400 + (number <= 2 ? 1 : 0), number, dayOfYear - (153 * month + 2) / 5 + 1)
  }
}
