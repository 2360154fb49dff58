import Foundation
import Testing

@testable import Cluster

@Suite struct LeaseTests {
  private let length: Int64 = 4_000_000_000

  private func lease(_ host: String = "a") -> Lease {
    Lease(host: host, session: "\(host).1", terms: Lease.Terms(length: length), now: 0)
  }

  private func word(_ host: String, attempt: UInt64 = 1, fence: UInt64 = 0, isReleased: Bool = false) -> LeaseWord {
    LeaseWord(
      host: host, session: "\(host).1", attempt: attempt, fence: fence, length: length, isReleased: isReleased)
  }

  private func ask(_ lease: inout Lease, _ now: Int64) throws -> (number: UInt64, question: LeaseQuestion) {
    let asked = lease.tick(now)
    return try #require(asked)
  }

  /// Gains the lease of a key that was let go, the write having been sent at 1 and answered at 2 (seconds).
  private func holder() throws -> Lease {
    var lease = lease()
    let read = try ask(&lease, 0)
    lease.answer(.found(LeaseEntry(revision: 6, word: word("b", isReleased: true))), to: read.number, 1_000_000_000)
    let write = try ask(&lease, 1_000_000_000)
    #expect(write.question == .write(word("a"), after: 6))
    lease.answer(.wrote(7), to: write.number, 2_000_000_000)
    return lease
  }

  @Test func countsFromWhenTheWriteWasSent() throws {
    let lease = try holder()
    #expect(lease.standing == .holder(fence: 7, until: 5_000_000_000))
    #expect(lease.allows(4_999_999_999) && !lease.allows(5_000_000_000))
  }

  @Test func waitsLongerThanTheHolderCounts() throws {
    var lease = lease()
    let read = try ask(&lease, 0)
    lease.answer(.found(LeaseEntry(revision: 3, word: word("b"))), to: read.number, 100)
    var now: Int64 = 100
    while now < 100 + Lease.wait(length) {
      if let asked = lease.tick(now) {
        #expect(asked.question == .read, "it writes after \(now) ns")
        lease.answer(.found(LeaseEntry(revision: 3, word: word("b"))), to: asked.number, now)
      }
      now += 50_000_000
    }
    now = 100 + Lease.wait(length)
    #expect(try ask(&lease, now).question == .write(word("a"), after: 3))
  }

  @Test func anAbsentKeyIsNotTakenAtOnce() throws {
    var lease = lease()
    let read = try ask(&lease, 0)
    lease.answer(.found(.absent), to: read.number, 0)
    let write = try ask(&lease, 0)
    guard case .write(let word, after: 0) = write.question else { throw Unexpected() }
    #expect(word.isVacant, "it gives nobody anything")
    lease.answer(.wrote(1), to: write.number, 5)
    #expect(lease.standing == .standby(LeaseEntry(revision: 1, word: word)) && !lease.allows(10))
    #expect(try ask(&lease, 1_000_000_000).question == .read)
  }

  private struct Unexpected: Error {}

  @Test func goesOnFromItsOwnWriteThatWasNeverAnswered() throws {
    var lease = try holder()
    // It is renewed a second after the last write was sent, and nothing comes.
    let write = try ask(&lease, 2_000_000_000)
    #expect(write.question == .write(word("a", attempt: 2, fence: 7), after: 7))
    let again = try ask(&lease, 3_000_000_000)
    #expect(again.question == .write(word("a", attempt: 3, fence: 7), after: 7))
    lease.answer(.conflict, to: again.number, 3_100_000_000)
    let read = try ask(&lease, 3_100_000_000)
    lease.answer(
      .found(LeaseEntry(revision: 8, word: word("a", attempt: 2, fence: 7))), to: read.number, 3_200_000_000)
    #expect(lease.standing == .holder(fence: 7, until: 6_000_000_000), "it counts from when that write was sent")
  }

  @Test func anExpiredLeaseThatNobodyTookGoesOn() throws {
    var lease = try holder()
    var last: (number: UInt64, question: LeaseQuestion)?
    for second in 2...9 { if let asked = lease.tick(Int64(second) * 1_000_000_000) { last = asked } }
    #expect(!lease.allows(9_000_000_000))
    lease.answer(.wrote(8), to: try #require(last).number, 9_100_000_000)
    #expect(lease.standing == .holder(fence: 7, until: 13_000_000_000))
  }

  @Test func isLostToAnother() throws {
    var lease = try holder()
    let write = try ask(&lease, 2_000_000_000)
    lease.answer(.conflict, to: write.number, 2_100_000_000)
    let read = try ask(&lease, 2_100_000_000)
    lease.answer(.found(LeaseEntry(revision: 9, word: word("b"))), to: read.number, 2_200_000_000)
    #expect(lease.standing == .standby(LeaseEntry(revision: 9, word: word("b"))) && !lease.allows(2_300_000_000))
  }

  @Test func whatIsReleasedIsNotUsed() throws {
    var lease = try holder()
    lease.release(3_000_000_000)
    #expect(!lease.allows(3_000_000_000) && !lease.hasReleased)
    let write = try ask(&lease, 3_000_000_000)
    #expect(write.question == .write(word("a", attempt: 2, fence: 7, isReleased: true), after: 7))
    lease.answer(.wrote(8), to: write.number, 3_000_000_100)
    let more = lease.tick(9_000_000_000)
    #expect(lease.hasReleased && more == nil)
  }

  @Test func wordsComeBackAsTheyWere() throws {
    let word = LeaseWord(host: "a\"b", session: "s", attempt: .max, fence: 1 << 60, length: 5, isReleased: true)
    #expect(LeaseWord(word.json) == word)
    var long = word
    long.length = .max
    #expect(LeaseWord(long.json) == nil, "nobody is kept waiting for centuries")
  }
}

@Suite struct LeaseSimulationTests {
  private static let second: Int64 = 1_000_000_000
  /// More of them: PATCHBAY_LEASE_SEEDS=10000.
  private static let seeds = ProcessInfo.processInfo.environment["PATCHBAY_LEASE_SEEDS"].flatMap { UInt64($0) } ?? 200

  @Test func noTwoHostsTradeAtOnce() {
    var fences = 0
    for seed in 1...Self.seeds {
      var world = LeaseWorld(seed: seed)
      world.forgets = seed % 3 == 0
      let verdict = world.run(20 * Self.second)
      #expect(verdict.violations == 0, "seed \(seed)")
      #expect(verdict.trades > 0, "seed \(seed)")
      // Of a lease of a second, where nothing but messages goes wrong.
      #expect(verdict.longestGap < 4 * Self.second, "seed \(seed) has a gap of \(verdict.longestGap) ns")
      fences += verdict.fences.count
    }
    #expect(fences > 3 * Int(Self.seeds), "leases change hands: \(fences)")
  }

  @Test(arguments: Lease.Fault.allCases) func eachPlantedFaultIsFound(_ fault: Lease.Fault) {
    let found = (1...100 as ClosedRange<UInt64>).contains { seed in
      var world = LeaseWorld(seed: seed, fault: fault)
      world.forgets = fault == .takeAbsentAtOnce
      return world.run(30 * Self.second).violations > 0
    }
    #expect(found, "\(fault)")
  }

  @Test func aClockThatSleepsIsFound() {
    let found = (1...100 as ClosedRange<UInt64>).contains { seed in
      var world = LeaseWorld(seed: seed)
      world.clocksSleep = true
      return world.run(30 * Self.second).violations > 0
    }
    #expect(found)
  }
}
