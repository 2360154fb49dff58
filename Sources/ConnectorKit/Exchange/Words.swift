/// Both ways between the exchange's words and the contract's. Words are matched as they are written; where several mean
/// the same, the first is the one that is sent.
public struct Words: Sendable {
  /// Shared by all copies.
  private final class Tables: Sendable {
    let sides: [(word: String, side: Side)]
    let types: [(word: String, type: OrderType)]
    let forces: [(word: String, force: TimeInForce)]
    let states: [(word: String, state: OrderState)]
    let postOnly: [String]
    let makers: [String]
    let legs: [(word: String, leg: PositionLeg)]
    let margins: [(word: String, mode: MarginMode)]
    let positions: [(word: String, mode: PositionMode)]
    let origins: [(word: String, origin: FillOrigin)]
    let byMark: [String]

    init(
      _ sides: [(word: String, side: Side)], _ types: [(word: String, type: OrderType)],
      _ forces: [(word: String, force: TimeInForce)], _ states: [(word: String, state: OrderState)],
      _ words: (postOnly: [String], makers: [String]), _ legs: [(word: String, leg: PositionLeg)],
      _ margins: [(word: String, mode: MarginMode)], _ positions: [(word: String, mode: PositionMode)],
      _ origins: [(word: String, origin: FillOrigin)], _ byMark: [String]
    ) {
      (self.sides, self.types, self.forces, self.states) = (sides, types, forces, states)
      (postOnly, makers) = words
      (self.legs, self.margins, self.positions, self.origins) = (legs, margins, positions, origins)
      self.byMark = byMark
    }
  }

  private let tables: Tables

  /// - Parameters:
  ///   - postOnly: words of type or time in force that say post-only.
  ///   - maker: words that say that a fill was the maker's.
  ///   - leg: of perpetuals: words for the leg of a position.
  ///   - origin: words of an execution that say that the exchange closed a position.
  ///   - byMark: words that say that the mark price reaches a stop, that of requests first.
  public init(
    side: KeyValuePairs<String, Side>, type: KeyValuePairs<String, OrderType>,
    force: KeyValuePairs<String, TimeInForce>, state: KeyValuePairs<String, OrderState>, postOnly: [String] = [],
    maker: [String] = ["true"], leg: KeyValuePairs<String, PositionLeg> = [:],
    margin: KeyValuePairs<String, MarginMode> = [:], position: KeyValuePairs<String, PositionMode> = [:],
    origin: KeyValuePairs<String, FillOrigin> = [:], byMark: [String] = []
  ) {
    tables = Tables(
      side.map { ($0.key, $0.value) }, type.map { ($0.key, $0.value) }, force.map { ($0.key, $0.value) },
      state.map { ($0.key, $0.value) }, (postOnly, maker), leg.map { ($0.key, $0.value) },
      margin.map { ($0.key, $0.value) }, position.map { ($0.key, $0.value) }, origin.map { ($0.key, $0.value) },
      byMark)
  }

  public func word(_ side: Side) -> String { tables.sides.first { $0.side == side }?.word ?? "" }
  public func word(_ type: OrderType) -> String? { tables.types.first { $0.type == type }?.word }
  public func word(_ force: TimeInForce) -> String? { tables.forces.first { $0.force == force }?.word }
  public func word(_ leg: PositionLeg) -> String? { tables.legs.first { $0.leg == leg }?.word }
  public func word(_ mode: MarginMode) -> String? { tables.margins.first { $0.mode == mode }?.word }
  public func word(_ mode: PositionMode) -> String? { tables.positions.first { $0.mode == mode }?.word }

  public func side(_ word: JSONText) -> Side {
    tables.sides.first { word.bytes.elementsEqual($0.word.utf8) }?.side ?? .none
  }
  public func side(_ word: String) -> Side { tables.sides.first { $0.word == word }?.side ?? .none }
  public func type(_ word: String) -> OrderType? { tables.types.first { $0.word == word }?.type }
  public func force(_ word: String) -> TimeInForce? { tables.forces.first { $0.word == word }?.force }
  public func state(_ word: String) -> OrderState? { tables.states.first { $0.word == word }?.state }
  public func isPostOnly(_ word: String) -> Bool { tables.postOnly.contains(word) }
  public func isMaker(_ word: String) -> Bool { tables.makers.contains(word) }
  public func isByMark(_ word: String) -> Bool { tables.byMark.contains(word) }
  public func leg(_ word: String) -> PositionLeg? { tables.legs.first { $0.word == word }?.leg }
  public func margin(_ word: String) -> MarginMode? { tables.margins.first { $0.word == word }?.mode }
  public func position(_ word: String) -> PositionMode? { tables.positions.first { $0.word == word }?.mode }
  public func origin(_ word: String) -> FillOrigin? { tables.origins.first { $0.word == word }?.origin }
}
