#if canImport(Glibc)
  import Glibc
#endif

/// The clock that leases are measured by: it neither stops nor steps, also while the machine sleeps. What the
/// hypervisor of a virtual machine hides from its guest, it does not see: docs/cluster.md says what follows.
public enum BootClock {
  /// Nanoseconds since the machine started.
  public static func now() -> Int64 { read(CLOCK_BOOTTIME) }

  /// By which threads are woken.
  static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// Words and numbers that nobody else has.
public enum RandomWord {
  /// 62 bits.
  public static func number() -> Int64 {
    var random = SystemRandomNumberGenerator()
    return Int64((random.next() as UInt64) >> 2)
  }

  /// Of letters and digits, 124 bits.
  public static func text() -> String { String(number(), radix: 36) + String(number(), radix: 36) }
}
