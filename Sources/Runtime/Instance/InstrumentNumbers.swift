/// By which numbers this host knows the instruments of an instance, whatever the connector calls them: an instance that
/// takes another's place may number them in its own way, and those of before keep their meaning.
struct InstrumentNumbers {
  /// Is added to a number that has no place of its own.
  let base: UInt64
  /// By the connector's number; 0 = it has none here.
  private var near: [UInt64] = []
  private var far: [UInt64: UInt64] = [:]
  /// The connector's number by the host's.
  private var back: [UInt64: UInt64] = [:]
  private static let nearLimit: UInt64 = 65_536

  init(base: UInt64 = 0) { self.base = base }

  /// Both sides use the same numbers.
  var isPlain: Bool { base == 0 && back.isEmpty }

  /// From now on the connector's `peer` is the host's `own`.
  mutating func map(_ peer: UInt64, to own: UInt64) {
    back[own] = peer
    guard peer < Self.nearLimit else {
      far[peer] = own
      return
    }
    while near.count <= Int(peer) { near.append(0) }
    near[Int(peer)] = own
  }

  /// The host's number; 0, which is none, stays so.
  @inline(__always)
  func own(_ peer: UInt64) -> UInt64 {
    if peer == 0 { return 0 }
    if peer < UInt64(near.count), near[Int(peer)] != 0 { return near[Int(peer)] }
    return far.isEmpty ? peer &+ base : far[peer] ?? peer &+ base
  }

  /// The number by which the connector knows an instrument.
  func peer(_ own: UInt64) -> UInt64 { own == 0 ? 0 : back[own] ?? own &- base }
}
