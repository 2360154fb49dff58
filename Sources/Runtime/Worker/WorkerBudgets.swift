/// What a worker may use before it is ended. What its records may make the host do stands in `InstanceBounds`, which
/// holds in a worker as inside the host.
public struct WorkerBudgets: Sendable {
  /// Bytes of memory of its own, with what its library and this program's runtime have.
  public var memory: UInt64 = 256 << 20
  /// Nanoseconds for one input, while it computes.
  public var input: Int64 = 3_000_000_000
  /// The same whatever it does: on a machine that is busy it may have had no processor.
  public var inputAtMost: Int64 = 20_000_000_000
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
}
