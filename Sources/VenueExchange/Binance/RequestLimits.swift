/// Counts what Binance limits: request weight per address and minute, orders per account. Source: "LIMITS": a request
/// over the limit gets 429; one who goes on gets 418 and is banned for a while, longer each time.
struct RequestLimits {
  struct Window {
    /// Number of the window since the epoch.
    var number: Int64 = -1
    var used = 0
  }

  private struct Address {
    var minute = Window()
    var refused = 0
    var bannedUntil: Int64 = 0
    var bans = 0
  }

  let weightPerMinute: Int
  let ordersPerTenSeconds: Int
  /// In a day on spot; futures count the minute.
  let ordersPerLong: Int
  let longWindow: Int64
  private var addresses: [String: Address] = [:]
  private var accounts: [Int: (short: Window, long: Window)] = [:]
  private static let refusalsBeforeBan = 20

  init(weightPerMinute: Int, ordersPerTenSeconds: Int, ordersPerLong: Int, longWindow: Int64) {
    self.weightPerMinute = weightPerMinute
    self.ordersPerTenSeconds = ordersPerTenSeconds
    self.ordersPerLong = ordersPerLong
    self.longWindow = longWindow
  }

  /// Counts a request.
  /// - Parameters: `now` in milliseconds.
  /// - Returns: what the address has used in this minute, with this request.
  mutating func count(_ weight: Int, address: String, now: Int64) throws(BinanceError) -> Int {
    var entry = addresses[address] ?? Address()
    defer { addresses[address] = entry }
    if now < entry.bannedUntil { throw banned(entry.bannedUntil, now) }
    if entry.minute.number != now / 60_000 {
      entry.minute = Window(number: now / 60_000)
      entry.refused = 0
    }
    entry.minute.used += weight
    guard entry.minute.used > weightPerMinute else { return entry.minute.used }
    entry.refused += 1
    if entry.refused > Self.refusalsBeforeBan {
      entry.bans += 1
      entry.bannedUntil = now + 120_000 << Int64(min(entry.bans - 1, 10))
      throw banned(entry.bannedUntil, now)
    }
    var error = BinanceError(
      -1003,
      "Too much request weight used; current limit is \(weightPerMinute) request weight per 1 MINUTE. Please use "
        + "WebSocket Streams for live updates to avoid polling the API.", status: 429)
    error.headers = [("Retry-After", String((60_000 - now % 60_000 + 999) / 1000))]
    throw error
  }

  private func banned(_ until: Int64, _ now: Int64) -> BinanceError {
    var error = BinanceError(
      -1003,
      "Way too much request weight used; IP banned until \(until). Please use WebSocket Streams for live updates to "
        + "avoid bans.", status: 418)
    error.headers = [("Retry-After", String((until - now + 999) / 1000))]
    return error
  }

  /// Counts new orders of an account.
  /// - Returns: the counts of both windows, with these orders.
  mutating func order(
    _ account: Int, count: Int = 1, now: Int64
  ) throws(BinanceError) -> (short: Int, long: Int) {
    var (short, long) = accounts[account] ?? (Window(), Window())
    if short.number != now / 10_000 { short = Window(number: now / 10_000) }
    if long.number != now / longWindow { long = Window(number: now / longWindow) }
    guard short.used + count <= ordersPerTenSeconds, long.used + count <= ordersPerLong else {
      let isShort = short.used + count > ordersPerTenSeconds
      let interval = isShort ? "10 SECOND" : longWindow == 60_000 ? "1 MINUTE" : "1 DAY"
      let limit = isShort ? ordersPerTenSeconds : ordersPerLong
      var error = BinanceError(
        -1015, "Too many new orders; current limit is \(limit) orders per \(interval).", status: 429)
      let window = isShort ? 10_000 : longWindow
      error.headers = [("Retry-After", String((window - now % window + 999) / 1000))]
      throw error
    }
    short.used += count
    long.used += count
    accounts[account] = (short, long)
    return (short.used, long.used)
  }
}
