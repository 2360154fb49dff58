import Catalog

/// What a worker may use before it is ended. What its records may make the host do stands in `InstanceBounds`, which
/// holds in a worker as inside the host.
public struct WorkerBudgets: Sendable {
  /// Bytes of memory of its own, with what its library and this program's runtime have.
  public var memory: UInt64 = 256 << 20
  /// Nanoseconds for one input, while it computes.
  public var input: Int64 = 3_000_000_000
  /// The same whatever it does: on a machine that is busy it may have had no processor.
  public var inputAtMost: Int64 = 20_000_000_000
  /// Records that it may emit in a second, for longer than `WorkerUse.patience`; `nil` = what `InstanceBounds` lets
  /// any connector emit.
  public var messages: UInt64?
  /// The part of a processor core that it may use on the average of a minute, in percent; `nil` = all of one, which is
  /// all that its only thread can use. A limit of the system (RLIMIT_CPU) counts from the beginning of a process, and
  /// would end each that lives long.
  public var cpuPercent: Int?
  /// Nanoseconds until its library is loaded.
  public var loading: Int64 = 10_000_000_000
  /// Times that it may wake the host in a look of the watch without having anything to say.
  public var emptyWakes = 5000
  /// Nanoseconds until it is made anew after its first end; doubles up to `mostPause`.
  public var pause: Int64 = 1_000_000_000
  public var mostPause: Int64 = 60_000_000_000
  /// Ends without `calm` between them after which it is not made anew.
  public var ends = 6
  /// Nanoseconds after which an end counts as the first again.
  public var calm: Int64 = 600_000_000_000
  /// Nanoseconds that its last words are waited for when the host stops.
  public var farewell: Int64 = 100_000_000

  public init() {}

  /// These, but for what the configuration says of one connector.
  public func with(_ budget: Config.Budget) -> WorkerBudgets {
    var budgets = self
    if let input = budget.inputMilliseconds {
      budgets.input = Int64(input) * 1_000_000
      budgets.inputAtMost = max(budgets.inputAtMost, budgets.input)
    }
    if let messages = budget.messagesPerSecond { budgets.messages = UInt64(messages) }
    if let memory = budget.memoryMegabytes { budgets.memory = UInt64(memory) << 20 }
    budgets.cpuPercent = budget.cpuPercent ?? budgets.cpuPercent
    return budgets
  }
}
