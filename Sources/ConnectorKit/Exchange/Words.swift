/// Both ways between the exchange's words and the contract's. Words are matched as they are written; where several mean
/// the same, the first is the one that is sent.
public struct Words: Sendable {
  private let sides: [(word: String, side: Side)]
  private let types: [(word: String, type: OrderType)]
  private let forces: [(word: String, force: TimeInForce)]
  private let states: [(word: String, state: OrderState)]
  private let postOnly: [String]
  private let makers: [String]
  private let legs: [(word: String, leg: PositionLeg)]
  private let margins: [(word: String, mode: MarginMode)]
  private let positions: [(word: String, mode: PositionMode)]
  private let origins: [(word: String, origin: FillOrigin)]

  /// - Parameters:
  ///   - postOnly: words of type or time in force that say post-only.
  ///   - maker: words that say that a fill was the maker's.
  ///   - leg: of perpetuals: words for the leg of a position.
  ///   - origin: words of an execution that say that the exchange closed a position.
  public init(
    side: KeyValuePairs<String, Side>, type: KeyValuePairs<String, OrderType>,
    force: KeyValuePairs<String, TimeInForce>, state: KeyValuePairs<String, OrderState>, postOnly: [String] = [],
    maker: [String] = ["true"], leg: KeyValuePairs<String, PositionLeg> = [:],
    margin: KeyValuePairs<String, MarginMode> = [:], position: KeyValuePairs<String, PositionMode> = [:],
    origin: KeyValuePairs<String, FillOrigin> = [:]
  ) {
    sides = side.map { ($0.key, $0.value) }
    types = type.map { ($0.key, $0.value) }
    forces = force.map { ($0.key, $0.value) }
    states = state.map { ($0.key, $0.value) }
    self.postOnly = postOnly
    makers = maker
    legs = leg.map { ($0.key, $0.value) }
    margins = margin.map { ($0.key, $0.value) }
    positions = position.map { ($0.key, $0.value) }
    origins = origin.map { ($0.key, $0.value) }
  }

  public func word(_ side: Side) -> String { sides.first { $0.side == side }?.word ?? "" }
  public func word(_ type: OrderType) -> String? { types.first { $0.type == type }?.word }
  public func word(_ force: TimeInForce) -> String? { forces.first { $0.force == force }?.word }
  public func word(_ leg: PositionLeg) -> String? { legs.first { $0.leg == leg }?.word }
  public func word(_ mode: MarginMode) -> String? { margins.first { $0.mode == mode }?.word }
  public func word(_ mode: PositionMode) -> String? { positions.first { $0.mode == mode }?.word }

  public func side(_ word: JSONText) -> Side { sides.first { word.bytes.elementsEqual($0.word.utf8) }?.side ?? .none }
  public func side(_ word: String) -> Side { sides.first { $0.word == word }?.side ?? .none }
  public func type(_ word: String) -> OrderType? { types.first { $0.word == word }?.type }
  public func force(_ word: String) -> TimeInForce? { forces.first { $0.word == word }?.force }
  public func state(_ word: String) -> OrderState? { states.first { $0.word == word }?.state }
  public func isPostOnly(_ word: String) -> Bool { postOnly.contains(word) }
  public func isMaker(_ word: String) -> Bool { makers.contains(word) }
  public func leg(_ word: String) -> PositionLeg? { legs.first { $0.word == word }?.leg }
  public func margin(_ word: String) -> MarginMode? { margins.first { $0.word == word }?.mode }
  public func position(_ word: String) -> PositionMode? { positions.first { $0.word == word }?.mode }
  public func origin(_ word: String) -> FillOrigin? { origins.first { $0.word == word }?.origin }
}
