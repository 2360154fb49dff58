import CPatchbay
import Decimals

/// Which of the exchange's names stand for which fields. Looked up by length and bytes, in the order given.
public struct FieldTable<Field: Sendable>: Sendable {
  @usableFromInline let names: [(name: StaticString, field: Field)]
  @usableFromInline let places: [Field?]
  /// Members that are arrays: what stands at each place, from the first.
  @usableFromInline let arrays: [(name: StaticString, places: [Field?])]
  /// Members that are objects, or lists of objects of which the first counts.
  @usableFromInline let inner: [(name: StaticString, table: FieldTable<Field>)]

  /// - Parameter inside: tables of members that are objects, or lists of objects of which the first counts.
  public init(
    _ names: KeyValuePairs<StaticString, Field>, inside: KeyValuePairs<StaticString, FieldTable<Field>> = [:]
  ) {
    self.names = names.map { ($0.key, $0.value) }
    inner = inside.map { ($0.key, $0.value) }
    (places, arrays) = ([], [])
  }

  /// Of entries that are arrays: what stands at each place, from the first.
  public init(places: [Field?]) { (names, self.places, arrays, inner) = ([], places, [], []) }

  /// Of objects whose members are arrays: what stands at each place of each.
  public init(arrays: KeyValuePairs<StaticString, [Field?]>) {
    (names, places, self.arrays, inner) = ([], [], arrays.map { ($0.key, $0.value) }, [])
  }

  /// The field of a name; `nil` for a name that means nothing here. Linear in the table, without allocation.
  @inlinable
  public subscript(key: JSONText) -> Field? {
    for entry in names where key == entry.name { return entry.field }
    return nil
  }
}

extension FieldTable: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral names: (StaticString, Field)...) {
    self.names = names.map { ($0.0, $0.1) }
    (places, arrays, inner) = ([], [], [])
  }
}

extension JSONScanner {
  /// Hands each field of the entry at hand to `read`, which says whether it read the value: members of an object by
  /// their names, elements of an array by their places, and those of a member that is an array.
  @inlinable
  public mutating func fields<Field>(
    _ table: FieldTable<Field>, _ read: (Field, inout JSONScanner) -> Bool
  ) {
    guard peek() != UInt8(ascii: "[") else { return fields(at: table.places, read) }
    members { key, json in
      if let field = table[key] { return read(field, &json) }
      for array in table.arrays where key == array.name {
        json.fields(at: array.places, read)
        return true
      }
      return false
    }
  }

  /// The same of an array; one that is shorter than its places fails.
  @inlinable
  mutating func fields<Field>(at places: [Field?], _ read: (Field, inout JSONScanner) -> Bool) {
    var place = 0
    enterArray()
    while nextElement() {
      let isRead = place < places.count && places[place].map { read($0, &self) } == true
      if !isRead { skip() }
      place += 1
    }
    if place < places.count { fail() }
  }
}

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
