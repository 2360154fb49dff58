/// What one worker uses over time, held against what it may. A value; given the time and its counts, which never go
/// down.
struct WorkerUse {
  private let messages: UInt64?
  private let cpuPercent: Int?
  /// Of the second, and of the minute, that are being counted: when they began, and what had been counted then.
  private var second: (since: Int64, records: UInt64)?
  private var minute: (since: Int64, used: Int64)?
  /// Seconds, one after the other, in each of which there were too many records.
  private var tooMany = 0

  /// Seconds of too many records that are borne: a snapshot of all markets may take some.
  static let patience = 10

  init(_ budgets: WorkerBudgets) { (messages, cpuPercent) = (budgets.messages, budgets.cpuPercent) }

  /// Notes what has been used until now.
  /// - Parameters:
  ///   - records: that it has emitted.
  ///   - processor: nanoseconds of processor time since the process began; negative = not known.
  /// - Returns: why that is too much; `nil` = it is not.
  mutating func look(records: UInt64, processor: Int64, now: Int64) -> String? {
    countRecords(records, now) ?? countProcessor(processor, now)
  }

  private mutating func countRecords(_ records: UInt64, _ now: Int64) -> String? {
    guard let messages else { return nil }
    guard let start = second, records >= start.records else {
      second = (now, records)
      return nil
    }
    let passed = now - start.since
    guard passed >= Self.aSecond else { return nil }
    // Between two looks may lie more than a second.
    let seconds = passed / Self.aSecond
    let isTooMuch = (records - start.records) / UInt64(seconds) > messages
    tooMany = isTooMuch ? tooMany + Int(min(seconds, 1000)) : 0
    second = (now, records)
    return tooMany >= Self.patience ? "for \(tooMany) s it emits more than \(messages) records a second" : nil
  }

  private mutating func countProcessor(_ used: Int64, _ now: Int64) -> String? {
    guard let cpuPercent, used >= 0 else { return nil }
    guard let start = minute, used >= start.used else {
      minute = (now, used)
      return nil
    }
    let passed = now - start.since
    guard passed >= Self.aMinute else { return nil }
    minute = (now, used)
    // Divided first: nothing that the system says can trap.
    guard used - start.used > passed / 100 * Int64(cpuPercent) else { return nil }
    return "it used more than \(cpuPercent) % of a processor core for a minute"
  }

  private static let aSecond: Int64 = 1_000_000_000
  private static let aMinute: Int64 = 60_000_000_000
}
