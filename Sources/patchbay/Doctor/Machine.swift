import CHost

#if canImport(Glibc)
  import Glibc
#endif

/// What `patchbay doctor` asks of the machine, so that a test can answer in its place.
struct Machine: Sendable {
  /// File descriptors that a process may have: now, and at most.
  var descriptors: (now: UInt64, most: UInt64)
  /// Whether something keeps the clock in time; nil = the kernel does not say.
  var isClockKept: Bool?
  /// Nanoseconds since 1970.
  var wall: Int64
  /// Whether `/proc` is there, which libraries are loaded through.
  var hasProc: Bool
  /// The kernel's `vm.memfd_noexec`; nil = it has none.
  var memoryFileRule: Int?
  /// Whether a file can be read.
  var canRead: @Sendable (String) -> Bool
  /// Bytes that are free for us in a folder; nil where it cannot be asked.
  var freeBytes: @Sendable (String) -> UInt64?
  /// Whether a folder lies on another machine.
  var isRemote: @Sendable (String) -> Bool

  /// This one.
  static var current: Machine {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let kept = chost_clock_is_kept()
    return Machine(
      descriptors: (UInt64(limit.rlim_cur), UInt64(limit.rlim_max)), isClockKept: kept < 0 ? nil : kept == 1,
      wall: Int64(time(nil)) * 1_000_000_000, hasProc: access("/proc/self/fd", X_OK) == 0,
      memoryFileRule: number("/proc/sys/vm/memfd_noexec"), canRead: { access($0, R_OK) == 0 },
      freeBytes: { path in
        var status = statvfs()
        return statvfs(path, &status) == 0 ? UInt64(status.f_bavail) * UInt64(status.f_frsize) : nil
      }, isRemote: { chost_is_remote($0) == 1 })
  }

  private static func number(_ file: String) -> Int? {
    guard let opened = fopen(file, "re") else { return nil }
    defer { fclose(opened) }
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = fread(&bytes, 1, bytes.count, opened)
    return Int(String(decoding: bytes[..<count].filter { $0 > 0x20 }, as: UTF8.self))
  }
}
