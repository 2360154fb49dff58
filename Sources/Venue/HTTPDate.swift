/// A moment as people write it, in UTC.
struct CivilTime {
  let year: Int64
  let month: Int64
  let day: Int64
  /// 0 = Thursday, the first day of the epoch.
  let weekday: Int
  /// Seconds of the day.
  let seconds: Int64
  let nanoseconds: Int64

  /// - Parameter wall: nanoseconds since the epoch, not before it.
  init(_ wall: Int64) {
    nanoseconds = wall % 1_000_000_000
    let days = wall / 86_400_000_000_000
    seconds = wall / 1_000_000_000 % 86_400
    weekday = Int(days % 7)
    // Counted from a first of March, so that the leap day ends a year (Howard Hinnant, "civil_from_days").
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * part + 2) / 5 + 1
    month = part < 10 ? part + 3 : part - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// `08:49:37`
  var clock: String {
    "\(CivilTime.two(seconds / 3600)):\(CivilTime.two(seconds / 60 % 60)):\(CivilTime.two(seconds % 60))"
  }
}

/// Times as HTTP headers write them.
public enum HTTPDate {
  /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7).
  /// - Parameter wall: nanoseconds since the epoch, not before it.
  public static func text(_ wall: Int64) -> String {
    let time = CivilTime(wall)
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return "\(weekdays[time.weekday]), \(CivilTime.two(time.day)) \(months[Int(time.month) - 1]) \(time.year) "
      + "\(time.clock) GMT"
  }
}

/// Times as RFC 3339 writes them.
public enum ISODate {
  /// `1994-11-06T08:49:37.000000Z`, in microseconds.
  /// - Parameter wall: nanoseconds since the epoch, not before it.
  public static func text(_ wall: Int64) -> String {
    let time = CivilTime(wall)
    let digits = "\(1_000_000 + time.nanoseconds / 1000)".dropFirst()
    return "\(time.year)-\(CivilTime.two(time.month))-\(CivilTime.two(time.day))T\(time.clock).\(digits)Z"
  }
}
