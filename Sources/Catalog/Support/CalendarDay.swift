/// Days as people write them.
public enum CalendarDay {
  /// The day of a wall clock's time (nanoseconds since 1970), in UTC: `2026-11-30`. From 1970 to 2262.
  public static func text(wall nanoseconds: Int64) -> String {
    // Days from 1 March of the year 0, in eras of 400 years (Howard Hinnant, chrono-compatible date algorithms).
    let days = max(0, nanoseconds) / 86_400_000_000_000 + 719_468
    let (era, dayOfEra) = days.quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let two = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
    return "\(year)-\(two(month))-\(two(day))"
  }
}
