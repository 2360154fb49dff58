import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// Each rule against a venue that knows which events an update really holds, over a line that drops, doubles and swaps.
struct BookSyncTests {
  static let rules: [BookSync.Rule] = [.span, .spanWithPrevious, .previous, .increment]

  @Test(arguments: rules)
  func neverAppliesAcrossAHole(_ rule: BookSync.Rule) {
    var (applied, gaps, dropped) = (0, 0, 0)
    for seed in 0..<400 as Range<UInt64> {
      var client = Client(rule, seed: seed, faults: true)
      client.run()
      #expect(client.mistakes.isEmpty, "seed \(seed): \(client.mistakes)")
      applied += client.applied
      gaps += client.gaps
      dropped += client.dropped
    }
    // All paths were walked.
    #expect(applied > 5000)
    #expect(gaps > 500)
    #expect(dropped > 200)
  }

  @Test(arguments: rules)
  func aCleanLineHasNoGapBehindTheFirstJoin(_ rule: BookSync.Rule) {
    for seed in 0..<200 as Range<UInt64> {
      var client = Client(rule, seed: seed, faults: false)
      client.run()
      #expect(client.mistakes.isEmpty, "seed \(seed): \(client.mistakes)")
      #expect(client.gapsBehindJoin == 0, "seed \(seed)")
      #expect(client.version == client.venue.updates.last?.end, "seed \(seed)")
    }
  }

  /// Binance spot: the first has U <= S + 1 <= u.
  @Test func spanJoins() {
    func first(_ first: UInt64, _ last: UInt64) -> BookSync.Verdict {
      var sync = BookSync(.span)
      sync.snapshot(100)
      return sync.update(first: first, last: last)
    }
    #expect(first(90, 99) == .drop)
    #expect(first(90, 100) == .drop)
    #expect(first(90, 101) == .apply)
    #expect(first(101, 105) == .apply)
    #expect(first(102, 105) == .gap(expected: 101, got: 102))
    #expect(first(105, 101) == .gap(expected: 101, got: 105))
    #expect(first(0, 101) == .gap(expected: 101, got: 0))
  }

  @Test func spanFollows() {
    func next(_ first: UInt64, _ last: UInt64) -> BookSync.Verdict {
      var sync = BookSync(.span)
      sync.snapshot(100)
      _ = sync.update(first: 101, last: 110)
      return sync.update(first: first, last: last)
    }
    #expect(next(111, 111) == .apply)
    #expect(next(105, 112) == .apply)
    #expect(next(101, 110) == .drop)
    #expect(next(112, 112) == .gap(expected: 111, got: 112))
    #expect(next(1, 2) == .gap(expected: 111, got: 1))
  }

  /// Binance futures: the first has U <= S <= u, then pu is the last u.
  @Test func spanWithPreviousJoins() {
    func first(_ first: UInt64, _ last: UInt64, _ previous: UInt64) -> BookSync.Verdict {
      var sync = BookSync(.spanWithPrevious)
      sync.snapshot(100)
      return sync.update(first: first, last: last, previous: previous)
    }
    #expect(first(90, 99, 80) == .drop)
    #expect(first(90, 100, 80) == .apply)
    #expect(first(100, 120, 80) == .apply)
    #expect(first(104, 120, 100) == .apply)
    #expect(first(104, 120, 102) == .gap(expected: 100, got: 104))
  }

  private func expect(_ sync: inout BookSync, _ last: UInt64, previous: UInt64 = 0, _ verdict: BookSync.Verdict) {
    let result = sync.update(first: 0, last: last, previous: previous)
    #expect(result == verdict, "\(last) behind \(previous)")
  }

  /// OKX: a keep-alive names the same number twice; after maintenance the numbers start anew.
  @Test func keepAliveAndNewNumbering() {
    var sync = BookSync(.previous)
    sync.snapshot(10)
    expect(&sync, 15, previous: 10, .apply)
    expect(&sync, 15, previous: 15, .apply)
    expect(&sync, 3, previous: 15, .apply)
    expect(&sync, 5, previous: 3, .apply)
    expect(&sync, 9, previous: 6, .gap(expected: 5, got: 6))
    #expect(!sync.isLive)

    sync.snapshot(20)
    expect(&sync, 20, previous: 20, .apply)
    sync.snapshot(20)
    expect(&sync, 4, previous: 20, .apply)
    #expect(sync.last == 4)
  }

  /// Updates up to the snapshot are forgotten, and the next one names it, or the snapshot lies within it. Behind the
  /// first one each must name the one before.
  @Test func previousJoins() {
    var sync = BookSync(.previous)
    sync.snapshot(100)
    expect(&sync, 90, previous: 80, .drop)
    expect(&sync, 100, previous: 90, .drop)
    expect(&sync, 110, previous: 100, .apply)
    sync.snapshot(105)
    expect(&sync, 110, previous: 100, .apply)
    expect(&sync, 120, previous: 105, .gap(expected: 110, got: 105))
    sync.snapshot(200)
    expect(&sync, 220, previous: 210, .gap(expected: 200, got: 210))
  }

  /// Bybit: u = 1 comes as a snapshot; taken for an update it is a gap.
  @Test func restartOfTheNumbers() {
    var sync = BookSync(.increment)
    sync.snapshot(500)
    expect(&sync, 501, .apply)
    expect(&sync, 501, .drop)
    var other = sync
    expect(&other, 1, .gap(expected: 502, got: 1))
    sync.snapshot(1)
    expect(&sync, 2, .apply)
  }

  @Test func risingAndUnnumbered() {
    var sync = BookSync(.rising)
    sync.snapshot(50)
    expect(&sync, 49, .drop)
    expect(&sync, 50, .apply)
    expect(&sync, 70, .apply)
    expect(&sync, 60, .gap(expected: 70, got: 60))
    expect(&sync, 80, .queue)

    var plain = BookSync(.unnumbered)
    expect(&plain, 0, .queue)
    plain.snapshot(0)
    expect(&plain, 0, .apply)
    plain.reset()
    expect(&plain, 0, .queue)
  }

  @Test(arguments: rules)
  func theLargestNumbersDoNotTrap(_ rule: BookSync.Rule) {
    for numbers in [(UInt64.max, UInt64.max, UInt64.max), (0, 0, 0), (0, .max, .max), (.max, 0, 0)] {
      var sync = BookSync(rule)
      sync.snapshot(.max)
      for _ in 0..<3 { _ = sync.update(first: numbers.0, last: numbers.1, previous: numbers.2) }
    }
  }
}

/// A stream of updates with what they really hold.
private struct VenueModel {
  struct Update {
    /// The events inside, by their true index; a keep-alive has none (`end < start`).
    let start: Int
    let end: Int
    let first: UInt64
    let last: UInt64
    let previous: UInt64
    let isReset: Bool
  }

  private(set) var updates: [Update] = []
  /// The venue's number of each event, for the rules that number events.
  private var numbers: [UInt64] = []
  private let rule: BookSync.Rule

  /// - Parameter resets: the venue starts to count anew at times, as OKX does.
  init(_ rule: BookSync.Rule, resets: Bool, _ random: inout SeededGenerator) {
    self.rule = rule
    var number = UInt64(1_000_000 + random.below(1000))
    var lowest: UInt64 = 900_000
    var previous = number
    for _ in 0..<80 {
      let start = numbers.count
      let isKeepAlive = rule == .previous && random.oneIn(10)
      let isReset = resets && !isKeepAlive && random.oneIn(25)
      for _ in 0..<(isKeepAlive ? 0 : 1 + random.below(4)) {
        number += rule == .span || rule == .increment ? 1 : UInt64(1 + random.below(3))
        numbers.append(number)
      }
      if isReset {
        lowest -= 10_000
        number = lowest
      }
      let last: UInt64 =
        switch rule {
        case .increment: 500 + UInt64(updates.count)
        default: number
        }
      updates.append(
        Update(
          start: start, end: numbers.count - 1, first: start < numbers.count ? numbers[start] : last, last: last,
          previous: previous, isReset: isReset))
      previous = last
    }
  }

  /// A snapshot taken about update `place`: the last event that it holds, and its number.
  func snapshot(about place: Int, _ random: inout SeededGenerator) -> (version: Int, number: UInt64) {
    let update = updates[place]
    switch rule {
    case .span, .spanWithPrevious:
      let version = update.start + random.below(update.end - update.start + 1)
      return (version, numbers[version])
    default: return (update.end, update.last)
    }
  }
}

/// A connector's book, and what it really has seen.
private struct Client {
  let venue: VenueModel
  private(set) var version = -1
  private(set) var mistakes: [String] = []
  private(set) var (applied, gaps, dropped, gapsBehindJoin) = (0, 0, 0, 0)

  private var sync: BookSync
  private var queue: [VenueModel.Update] = []
  private var random: SeededGenerator
  private let faults: Bool
  /// Snapshots come on the stream itself, in their place among the updates, as OKX sends them: nothing is queued.
  private let isInBand: Bool
  private var hasJoined = false

  init(_ rule: BookSync.Rule, seed: UInt64, faults: Bool) {
    random = SeededGenerator(seed: seed)
    isInBand = rule == .previous && seed % 2 == 0
    venue = VenueModel(rule, resets: isInBand, &random)
    sync = BookSync(rule)
    self.faults = faults
  }

  mutating func run() {
    var line = Array(venue.updates.indices)
    if faults { disturb(&line) }
    var newest = 0
    for (step, place) in line.enumerated() {
      receive(venue.updates[place])
      newest = max(newest, place)
      let isLast = step == line.count - 1
      guard !sync.isLive, isLast || random.oneIn(6) else { continue }
      takeSnapshot(about: isInBand || (isLast && !faults) ? newest : near(place))
    }
  }

  /// Older than the queue, in the middle of it, or newer.
  private mutating func near(_ place: Int) -> Int {
    min(max(place - 4 + random.below(faults ? 8 : 5), 0), venue.updates.count - 1)
  }

  private mutating func disturb(_ line: inout [Int]) {
    line.removeAll { _ in random.oneIn(20) }
    for index in line.indices.reversed() where random.oneIn(20) { line.insert(line[index], at: index) }
    for index in line.indices.dropLast() where random.oneIn(20) { line.swapAt(index, index + 1) }
  }

  private mutating func takeSnapshot(about place: Int) {
    let (version, number) = venue.snapshot(about: place, &random)
    sync.snapshot(number, isInBand: isInBand)
    self.version = version
    let waiting = isInBand ? [] : queue
    queue = []
    for update in waiting { receive(update) }
    if sync.isLive { hasJoined = true }
  }

  private mutating func receive(_ update: VenueModel.Update) {
    switch sync.update(first: update.first, last: update.last, previous: update.previous) {
    case .apply:
      if update.start > version + 1 { mistakes.append("applied \(update) at \(version)") }
      version = max(version, update.end)
      applied += 1
      if sync.last != update.last { mistakes.append("last is \(sync.last) after \(update)") }
    case .drop:
      if update.end > version { mistakes.append("dropped \(update) at \(version)") }
      dropped += 1
    case .queue: queue.append(update)
    case .gap:
      if sync.isLive { mistakes.append("live after a gap") }
      gaps += 1
      if hasJoined { gapsBehindJoin += 1 }
      queue.append(update)
    }
  }
}
