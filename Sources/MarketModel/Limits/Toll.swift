/// What one request weighs in which buckets of one `RateLimiter`: made by `enter`, given back by `finish` or `leave`.
///
/// The first place is the door of the request's host group. The others are sorted, so that equal sets of buckets are
/// equal. Fixed size; copying it allocates nothing.
public struct Toll: Hashable, Sendable {
  /// Most different buckets that one request may charge.
  public static let chargeLimit = 7

  /// Bucket places; the first `count` are used, the others 0.
  private(set) var places: SIMD8<UInt32>
  private(set) var weights = SIMD8<UInt32>(repeating: 0)
  private(set) var count = 1
  /// The door of the account on whose behalf it is; `nil` without one.
  let accountDoor: UInt32?

  init(door: UInt32, accountDoor: UInt32?) {
    self.accountDoor = accountDoor
    places = SIMD8(repeating: 0)
    places[0] = door
  }

  /// Adds a charge; charges of one bucket become one. `false` when there are too many.
  mutating func add(place: UInt32, weight: UInt32) -> Bool {
    var index = 1
    while index < count, places[index] < place { index += 1 }
    if index < count, places[index] == place {
      let (sum, isOver) = weights[index].addingReportingOverflow(weight)
      weights[index] = isOver ? .max : sum
      return true
    }
    guard count <= Self.chargeLimit else { return false }
    for moved in stride(from: count, to: index, by: -1) {
      places[moved] = places[moved - 1]
      weights[moved] = weights[moved - 1]
    }
    places[index] = place
    weights[index] = weight
    count += 1
    return true
  }
}
