/// How an instance's connections and requests stand, copied out: may be read anywhere.
public struct WireStatus: Sendable, Equatable {
  /// One rate limit in use.
  public struct Limit: Sendable, Equatable {
    /// As the connector calls it.
    public var name: String
    /// Whose; 0 = of the address.
    public var account: UInt64
    /// Weight that counts now, of that which may be used.
    public var used: Int64
    public var capacity: Int64
    /// Nanoseconds until anything leaves again; 0 = it is open.
    public var held: Int64

    public init(name: String, account: UInt64, used: Int64, capacity: Int64, held: Int64) {
      (self.name, self.account, self.used, self.capacity, self.held) = (name, account, used, capacity, held)
    }
  }

  /// Streams that are open or being opened.
  public var open = 0
  /// Since the start.
  public var opened: UInt64 = 0
  /// Those that ended, whoever ended them; what is opened anew counts again above.
  public var ended: UInt64 = 0
  public var roundTrips = RoundTrips()
  /// Most used first, at most 32.
  public var limits: [Limit] = []

  public init() {}
}

/// How many requests were answered within how long, from leaving to the reply. A value; counting does not allocate.
public struct RoundTrips: Sendable, Equatable {
  /// Upper bounds in milliseconds; what took longer is counted last.
  public static let bounds: [Int64] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]

  public private(set) var counts = [UInt64](repeating: 0, count: RoundTrips.bounds.count + 1)

  public init() {}

  /// Counts one that took so many nanoseconds.
  public mutating func add(_ nanoseconds: Int64) {
    let place = Self.bounds.firstIndex { nanoseconds <= $0 * 1_000_000 } ?? Self.bounds.count
    counts[place] &+= 1
  }
}
