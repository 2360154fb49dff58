/// What several books together may take, in levels that there is room for. Belongs to one lane.
public final class LevelRoom {
  /// Levels that may still be taken.
  public private(set) var left: Int

  public init(levels: Int) { left = levels }

  /// Takes room; whether there was enough.
  func take(_ levels: Int) -> Bool {
    guard levels <= left else { return false }
    left -= levels
    return true
  }

  func giveBack(_ levels: Int) { left += levels }
}

/// The sorted levels of one side, in one block of unmanaged memory with the touch at the end.
///
/// Prices are compared through a key, `price ^ mask`, which rises toward the touch on both sides: the price itself for
/// bids (mask 0), its bitwise complement for asks (mask -1, which reverses the order without overflow).
///
/// Levels lie in `[start, end)` of `capacity`. Inserting and removing move the shorter part, so the cost of an update
/// is its distance from the nearer end: near the touch it does not depend on depth, and trimming deep levels moves
/// `start`.
///
/// Safety: `0 <= start <= end <= capacity` and `capacity` elements are allocated; every index used below lies in
/// `[start, end)`, or is `end < capacity` when a level is appended. `checkInvariants` asserts the order.
struct LevelStore: ~Copyable {
  let mask: Int64
  let limit: Int
  /// Where the room beyond the first comes from.
  private let room: LevelRoom?
  private let firstCapacity: Int
  private(set) var base: UnsafeMutablePointer<Level>
  private(set) var capacity: Int
  private(set) var start: Int
  private(set) var end: Int

  /// How many runs of eight levels at the touch are searched before the search gallops.
  private static let nearRuns = 4

  enum Effect {
    case changed
    case unknownRemoval
    case full
  }

  init(side: BookSide, capacity: Int, limit: Int, room: LevelRoom? = nil) {
    mask = side == .bid ? 0 : -1
    self.limit = limit
    self.room = room
    firstCapacity = max(16, capacity)
    self.capacity = firstCapacity
    base = .allocate(capacity: self.capacity)
    start = 0
    end = 0
    removeAll()
  }

  deinit {
    room?.giveBack(capacity - firstCapacity)
    base.deallocate()
  }

  var count: Int { end &- start }
  var isEmpty: Bool { end == start }

  /// The best level. The caller has checked that there is one.
  var touch: Level { base[end &- 1] }

  /// All levels, deepest first. Valid until the next change.
  var levels: UnsafeBufferPointer<Level> { UnsafeBufferPointer(start: base + start, count: count) }

  mutating func removeAll() {
    start = capacity / 4
    end = start
  }

  mutating func removeTouch() { end &-= 1 }

  mutating func reduceTouch(by quantity: Int64) { base[end &- 1].quantity &-= quantity }

  /// Keeps the best `depth` levels. O(1).
  mutating func trim(depth: Int) { if count > depth { start = end &- max(0, depth) } }

  /// Sets, inserts or (quantity 0) removes one level.
  @inline(__always)
  mutating func apply(_ level: Level) -> Effect {
    let key = level.price ^ mask
    let index = firstAbove(key)
    if index > start, base[index &- 1].price == level.price {
      if level.quantity != 0 {
        base[index &- 1].quantity = level.quantity
      } else {
        remove(at: index &- 1)
      }
      return .changed
    }
    if level.quantity == 0 { return .unknownRemoval }
    if count >= limit { return .full }
    return insert(level, at: index) ? .changed : .full
  }

  /// The quantity at a price, 0 when there is no such level.
  func quantity(at price: Int64) -> Int64 {
    let index = firstAbove(price ^ mask)
    return index > start && base[index &- 1].price == price ? base[index &- 1].quantity : 0
  }

  /// The index of the first level whose key is above `key`, or `end`.
  ///
  /// Near the touch whole runs of eight levels are compared without a branch: they are sorted, so the number of levels
  /// above the key gives the place, and nothing is mispredicted. Farther away the search gallops.
  @inline(__always)
  private func firstAbove(_ key: Int64) -> Int {
    let (base, mask, start) = (base, mask, start)
    var index = end
    for _ in 0..<Self.nearRuns {
      guard index &- start >= 8 else { break }
      let run = base + (index &- 8)
      @inline(__always) func above(_ offset: Int) -> Int { (run[offset].price ^ mask) > key ? 1 : 0 }
      let low = (above(0) &+ above(1)) &+ (above(2) &+ above(3))
      let high = (above(4) &+ above(5)) &+ (above(6) &+ above(7))
      index &-= low &+ high
      if low &+ high < 8 { return index }
    }
    return Self.gallop(key, base, mask, start, index)
  }

  /// The same among the levels below `end`: doubles the distance from `end`, then halves the bracket.
  @inline(never)
  private static func gallop(
    _ key: Int64, _ base: UnsafeMutablePointer<Level>, _ mask: Int64, _ start: Int, _ end: Int
  ) -> Int {
    var (low, high, step) = (start, end, 8)
    while high &- start > step {
      let probe = high &- step
      if (base[probe].price ^ mask) <= key {
        low = probe &+ 1
        break
      }
      high = probe
      step &*= 2
    }
    while low < high {
      let middle = (low &+ high) / 2
      if (base[middle].price ^ mask) > key { high = middle } else { low = middle &+ 1 }
    }
    return low
  }

  /// Whether there was room for it.
  @inline(__always)
  private mutating func insert(_ level: Level, at place: Int) -> Bool {
    var index = place
    if end &- index <= index &- start {
      if end == capacity {
        guard let moved = makeRoom(at: index) else { return false }
        index = moved
      }
      shift(index, to: index &+ 1, count: end &- index)
      base[index] = level
      end &+= 1
    } else {
      if start == 0 {
        guard let moved = makeRoom(at: index) else { return false }
        index = moved
      }
      shift(start, to: start &- 1, count: index &- start)
      start &-= 1
      base[index &- 1] = level
    }
    return true
  }

  @inline(__always)
  private mutating func remove(at index: Int) {
    let behind = end &- index &- 1
    if behind <= index &- start {
      shift(index &+ 1, to: index, count: behind)
      end &-= 1
    } else {
      shift(start, to: start &+ 1, count: index &- start)
      start &+= 1
    }
  }

  /// Moves `count` levels; the places may overlap.
  @inline(__always)
  private func shift(_ from: Int, to: Int, count: Int) {
    (base + to).update(from: base + from, count: count)
  }
}

extension LevelStore {
  /// Replaces everything by levels in any order. Sorted input (either way) is copied; other input is sorted.
  /// Gives the first price that stands twice, or `nil`. The caller has reserved room for them.
  mutating func replace(with levels: UnsafeBufferPointer<Level>) -> Int64? {
    start = (capacity &- levels.count) / 4
    end = start &+ levels.count
    var target = UnsafeMutableBufferPointer(start: base + start, count: levels.count)
    switch order(of: levels) {
    case .rising:
      _ = target.update(from: levels)
    case .falling:
      for index in 0..<levels.count { target[index] = levels[levels.count &- 1 &- index] }
    case .none:
      _ = target.update(from: levels)
      let mask = mask
      target.sort { ($0.price ^ mask) < ($1.price ^ mask) }
    }
    return firstDuplicate
  }

  private enum Order {
    case rising
    case falling
    case none
  }

  private func order(of levels: UnsafeBufferPointer<Level>) -> Order {
    var (rising, falling) = (true, true)
    for index in stride(from: 1, to: levels.count, by: 1) {
      let (before, here) = (levels[index &- 1].price ^ mask, levels[index].price ^ mask)
      if here < before { rising = false }
      if here > before { falling = false }
      if !rising, !falling { return .none }
    }
    return rising ? .rising : .falling
  }

  private var firstDuplicate: Int64? {
    for index in stride(from: start &+ 1, to: end, by: 1) where base[index].price == base[index &- 1].price {
      return base[index].price
    }
    return nil
  }

  /// Makes room for so many levels, which are to replace those that are here; whether there was enough.
  mutating func reserve(_ count: Int) -> Bool {
    guard count > capacity else { return true }
    let wanted = count + count / 2
    guard room?.take(wanted - capacity) ?? true else { return false }
    removeAll()
    reallocate(to: wanted)
    return true
  }

  /// Makes room at both ends and gives the new place of `index`; `nil` when there is none. Moves the levels inside the
  /// block while a quarter of it is free, else doubles it: either way the cost is spread over as many insertions as
  /// there are levels.
  @inline(never)
  private mutating func makeRoom(at index: Int) -> Int? {
    let place = index &- start
    if capacity &- count >= capacity / 4 {
      let (held, newStart) = (count, (capacity &- count) / 4)
      shift(start, to: newStart, count: held)
      start = newStart
      end = newStart &+ held
    } else {
      guard room?.take(capacity) ?? true else { return nil }
      reallocate(to: capacity * 2)
    }
    return start &+ place
  }

  /// Moves the levels to a larger block, with a quarter of the free room below the deepest level.
  private mutating func reallocate(to newCapacity: Int) {
    let fresh = UnsafeMutablePointer<Level>.allocate(capacity: newCapacity)
    let (held, newStart) = (count, (newCapacity &- count) / 4)
    (fresh + newStart).moveInitialize(from: base + start, count: held)
    base.deallocate()
    base = fresh
    capacity = newCapacity
    start = newStart
    end = newStart &+ held
  }

  /// Strictly rising keys, no empty level, indexes inside the block. O(levels).
  var isSound: Bool {
    guard start >= 0, start <= end, end <= capacity, count <= limit else { return false }
    for index in start..<end {
      if base[index].quantity <= 0 { return false }
      if index > start, (base[index].price ^ mask) <= (base[index &- 1].price ^ mask) { return false }
    }
    return true
  }
}
