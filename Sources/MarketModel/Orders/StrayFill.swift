/// A fill of an order that the host has not in mind: one that ended long ago, or somebody else's.
public struct StrayFill: Equatable, Sendable {
  /// The venue's symbol.
  public var symbol: String
  /// `BASE-QUOTE`.
  public var pair: String
  /// `nil` where the venue does not say.
  public var side: Side?
  /// How the venue names its order; empty where it does not say.
  public var clientOrderID: String
  public var venueOrderID: String
  public var kind: FillKind
  public var fill: Fill
  /// Nanoseconds since the Unix epoch.
  public var time: Int64

  public init(
    symbol: String, pair: String, side: Side? = nil, clientOrderID: String = "", venueOrderID: String = "",
    kind: FillKind = .foreign, fill: Fill, time: Int64
  ) {
    self.symbol = symbol
    self.pair = pair
    self.side = side
    self.clientOrderID = clientOrderID
    self.venueOrderID = venueOrderID
    self.kind = kind
    self.fill = fill
    self.time = time
  }
}
