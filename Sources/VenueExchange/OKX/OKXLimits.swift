/// What OKX counts: requests of a user, or of an address where none is signed in, in windows of two seconds; of orders,
/// also by instrument. Source: "Rate Limits", and the limit that each endpoint names.
struct OKXLimits {
  /// What shares a limit.
  struct Key: Hashable {
    let name: String
    let owner: String
    let market: Int
  }

  private var windows: [Key: (start: Int64, used: Int)] = [:]
  private static let window: Int64 = 2_000_000_000

  /// Counts a request, or the orders of one.
  /// - Parameter now: nanoseconds.
  mutating func count(_ key: Key, _ weight: Int = 1, most: Int, now: Int64) throws(OKXError) {
    var (start, used) = windows[key] ?? (now, 0)
    if now - start >= Self.window { (start, used) = (now, 0) }
    guard used + weight <= most else { throw .tooMany }
    windows[key] = (start, used + weight)
  }
}
