/// Who has a place at a door. A value; given the time in monotonic nanoseconds.
struct DoorPlaces<Key: Hashable> {
  private struct Place {
    var isKnown: Bool
    /// A request of it is being answered, or it is a stream.
    var isBusy = false
    /// When it came, or its last request was over.
    var since: Int64
    /// By when what is awaited of it must have come. Whoever sends a byte now and then is not idle, and would keep its
    /// place for ever.
    var due: Int64?
    let number: UInt64
  }

  private var places: [Key: Place] = [:]
  private var nextNumber: UInt64 = 0

  var count: Int { places.count }

  mutating func enter(_ key: Key, isKnown: Bool, now: Int64, due: Int64) {
    places[key] = Place(isKnown: isKnown, since: now, due: due, number: nextNumber)
    nextNumber += 1
  }

  func isKnown(_ key: Key) -> Bool { places[key]?.isKnown ?? false }

  mutating func wait(_ key: Key, until due: Int64) { places[key]?.due = due }

  mutating func begin(_ key: Key, due: Int64) {
    let isKnown = isKnown(key)
    places[key]?.isBusy = true
    places[key]?.due = isKnown ? nil : due
  }

  mutating func know(_ key: Key) {
    places[key]?.isKnown = true
    if places[key]?.isBusy == true { places[key]?.due = nil }
  }

  mutating func end(_ key: Key, now: Int64, due: Int64) {
    places[key]?.isBusy = false
    places[key]?.since = now
    places[key]?.due = due
  }

  mutating func leave(_ key: Key) { places[key] = nil }

  /// Those from whom what was awaited has not come.
  func late(_ time: Int64) -> [Key] { places.filter { $0.value.due.map { $0 <= time } ?? false }.map(\.key) }

  /// Takes the place of the one that can miss it best: one that is not known, busy or not, else one that is idle; of
  /// these the one that has been so for longest.
  /// - Returns: whose it was; `nil` where nobody can miss it.
  mutating func giveAway() -> Key? {
    let idle = places.filter { !$0.value.isKnown || !$0.value.isBusy }
    func order(_ place: Place) -> (Int, Int64, UInt64) { (place.isKnown ? 1 : 0, place.since, place.number) }
    guard let (key, _) = idle.min(by: { order($0.value) < order($1.value) }) else { return nil }
    places[key] = nil
    return key
  }
}
