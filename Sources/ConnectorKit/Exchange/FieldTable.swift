/// Which of the exchange's names stand for which fields: of members, of places in arrays, and of members that are
/// arrays or objects themselves. Every reader of a table reads all of these kinds, by `JSONScanner.fields`.
public struct FieldTable<Field: Sendable>: Sendable {
  /// A member's name, with what is compared first.
  @usableFromInline
  struct Name: Sendable {
    @usableFromInline let text: StaticString
    @usableFromInline let count: Int
    @usableFromInline let start: UInt64
    @usableFromInline let field: Field

    init(_ text: StaticString, _ field: Field) {
      (self.text, self.field) = (text, field)
      count = text.utf8CodeUnitCount
      start = (0..<min(count, 8)).reduce(0) { $0 | UInt64(text.utf8Start[$1]) << (8 * UInt64($1)) }
    }
  }

  @usableFromInline let names: [Name]
  @usableFromInline let places: [Field?]
  /// Members that are arrays: what stands at each place, from the first.
  @usableFromInline let arrays: [(name: StaticString, places: [Field?])]
  /// Members that are objects, or lists of objects of which the first counts.
  @usableFromInline let inner: [(name: StaticString, table: FieldTable<Field>)]

  /// - Parameter inside: tables of members that are objects, or lists of objects of which the first counts.
  public init(
    _ names: KeyValuePairs<StaticString, Field>, inside: KeyValuePairs<StaticString, FieldTable<Field>> = [:]
  ) {
    self.names = names.map { Name($0.key, $0.value) }
    inner = inside.map { ($0.key, $0.value) }
    (places, arrays) = ([], [])
  }

  /// Of entries that are arrays: what stands at each place, from the first.
  public init(places: [Field?]) { (names, self.places, arrays, inner) = ([], places, [], []) }

  /// Of objects whose members are arrays: what stands at each place of each.
  public init(arrays: KeyValuePairs<StaticString, [Field?]>) {
    (names, places, self.arrays, inner) = ([], [], arrays.map { ($0.key, $0.value) }, [])
  }

  /// It names members alone.
  var isFlat: Bool { places.isEmpty && arrays.isEmpty && inner.isEmpty }

  /// The field of a name; `nil` for a name that means nothing here. Linear in the table, in the order given, without
  /// allocation.
  @inlinable
  subscript(key: JSONText) -> Field? {
    guard !key.isEscaped else { return names.first { key == $0.text }?.field }
    let (count, start) = (key.count, key.firstWord)
    for name in names where name.count == count && name.start == start {
      if count <= 8 || key == name.text { return name.field }
    }
    return nil
  }
}

extension FieldTable: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral names: (StaticString, Field)...) {
    self.names = names.map { Name($0.0, $0.1) }
    (places, arrays, inner) = ([], [], [])
  }
}

extension JSONScanner {
  /// Hands each field of the entry at hand to `read`, which says whether it read the value: members of an object by
  /// their names, elements of an array by their places, those of a member that is an array, and members of a member
  /// that is an object.
  /// - Parameter other: reads members that the table does not name, inside of an object that it names too, and says
  ///   whether it did.
  @inlinable
  public mutating func fields<Field>(
    _ table: FieldTable<Field>, _ read: (Field, inout JSONScanner) -> Bool,
    other: (JSONText, inout JSONScanner) -> Bool = { _, _ in false }
  ) {
    if !table.places.isEmpty, peek() == UInt8(ascii: "[") { return fields(at: table.places, read) }
    members { key, json in json.field(key, table, read, other) }
  }

  /// The same of one member, whose key is behind; says whether it was read.
  @inlinable
  mutating func field<Field>(
    _ key: JSONText, _ table: FieldTable<Field>, _ read: (Field, inout JSONScanner) -> Bool,
    _ other: (JSONText, inout JSONScanner) -> Bool
  ) -> Bool {
    if let field = table[key] { return read(field, &self) }
    for array in table.arrays where key == array.name {
      fields(at: array.places, read)
      return true
    }
    for object in table.inner where key == object.name {
      inside(object.table, read, other)
      return true
    }
    return other(key, &self)
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

  /// The same of an object, or of the first one of a list. Nothing is read of what is neither, such as `null`.
  @inlinable
  mutating func inside<Field>(
    _ table: FieldTable<Field>, _ read: (Field, inout JSONScanner) -> Bool,
    _ other: (JSONText, inout JSONScanner) -> Bool
  ) {
    let isList = peek() == UInt8(ascii: "[")
    if isList {
      enterArray()
      guard nextElement() else { return }
    }
    if peek() == UInt8(ascii: "{") { fields(table, read, other: other) } else { skip() }
    if isList { while nextElement() { skip() } }
  }

  /// The first value that stands for such a field of the entry at hand; `nil` where there is none.
  mutating func find<Field>(in table: FieldTable<Field>, where isWanted: (Field) -> Bool) -> JSONMark? {
    guard table.isFlat else {
      var found: JSONMark?
      fields(table) { field, json in
        if found == nil, isWanted(field) { found = json.mark }
        return false
      }
      return found
    }
    enterObject()
    while let key = nextKey() {
      if let field = table[key], isWanted(field) { return mark }
      skip()
    }
    return nil
  }
}
