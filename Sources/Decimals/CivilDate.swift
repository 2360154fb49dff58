/// A day of the Gregorian calendar.
@frozen
public struct CivilDate: Equatable, Sendable {
  public var year: Int64
  /// 1 to 12.
  public var month: Int64
  /// 1 to 31.
  public var day: Int64

  @inlinable
  public init(year: Int64, month: Int64, day: Int64) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// The date so many days after 1970-01-01; of years 0 to 9999.
  @inlinable
  public init(days: Int64) {
    // Years are taken to begin in March, so that the leap day is the last, in eras of 400 years.
    let shifted = days + 719_468
    let (era, dayOfEra) = (shifted / 146_097, shifted % 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let march = (5 * dayOfYear + 2) / 153
    month = march < 10 ? march + 3 : march - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    day = dayOfYear - (153 * march + 2) / 5 + 1
  }

  /// Days from 1970-01-01 to this one; of years 0 to 9999. A day that its month lacks counts on into the next.
  @inlinable
  public var days: Int64 {
    let march = month > 2 ? month - 3 : month + 9
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * march + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }

  /// Whether the calendar has it: a 30th of February is none.
  public var exists: Bool { (1...12).contains(month) && day >= 1 && CivilDate(days: days) == self }
}
