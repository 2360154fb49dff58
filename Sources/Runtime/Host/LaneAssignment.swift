import Catalog

/// Which lane each connector of a config runs on. All instances of one exchange share a lane: its rate limits and
/// connections are then one thread's business.
public struct LaneAssignment: Sendable, Equatable {
  /// How many lanes there are.
  public let count: Int
  /// The lane of each enabled connector, from 1, by its id.
  public let lanes: [String: Int]

  /// A connector that names a lane gets it. The others go, in the order of the config, to the lane with the fewest
  /// pairs among those that are named at all; where none is named there is one lane.
  public init(_ config: Config) {
    let enabled = config.connectors.filter(\.enabled)
    count = enabled.compactMap(\.lane).max() ?? 1
    var lanes: [String: Int] = [:]
    var load = [Int](repeating: 0, count: count)
    func put(_ connector: Config.Connector, _ lane: Int) {
      lanes[connector.id] = lane
      load[lane - 1] += connector.markets.reduce(1) { $0 + $1.pairs.count }
    }
    for connector in enabled { if let lane = connector.lane { put(connector, lane) } }
    for connector in enabled where connector.lane == nil {
      put(connector, (load.indices.min { load[$0] < load[$1] } ?? 0) + 1)
    }
    self.lanes = lanes
  }
}
