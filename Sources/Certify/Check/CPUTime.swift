import Glibc

/// What a thread has computed, whatever else the machine does.
enum CPUTime {
  /// What a host lets an input take before it ends the worker, in nanoseconds.
  static let most: Int64 = 3_000_000_000

  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  static func judge(_ spent: Int64, _ bytes: Int, _ words: @autoclosure () -> String, _ judge: CheckJudge) {
    guard spent > most else { return }
    judge.report(
      "an input of \(bytes) bytes took \(spent / 1_000_000) ms: \(words())",
      remedy: "a host ends a connector that computes for more than \(most / 1_000_000_000) s: read a message once, and "
        + "let nothing in it decide how often", kind: "slow")
  }
}
