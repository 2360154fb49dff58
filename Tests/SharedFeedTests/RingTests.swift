import CFeed
import Testing

@testable import SharedFeed

/// The ring of facts: whole records in order, and a word on what was missed.
@Suite struct RingTests {
  /// A record of so many words, all the same.
  private static func record(_ number: UInt64, words: Int) -> [UInt64] { Array(repeating: number, count: words) }

  private static func words(_ number: UInt64) -> Int { 3 + Int(number % 40) }

  private static func append(_ ring: inout feed_ring, _ number: UInt64, words count: Int? = nil) {
    let record = record(number, words: count ?? words(number))
    feed_append(&ring, record, UInt32(record.count * 8), 0, Int64(number), Int64(number))
  }

  private static func isWhole(_ entry: pb_feed_entry, _ buffer: [UInt64]) -> Bool {
    let count = (Int(entry.bytes) - MemoryLayout<pb_feed_entry>.size) / 8
    return count == words(entry.number) && entry.mono_ns == Int64(entry.number)
      && buffer.prefix(count).allSatisfy { $0 == entry.number }
  }

  @Test func recordsComeInOrderOverManyRounds() throws {
    let pair = try Pair(ringBytes: 4096)
    var ring = pair.segment.ring(0)
    var (cursor, entry) = (pb_feed_cursor(), pb_feed_entry())
    pb_feed_begin(pair.feed, 0, &cursor)
    var buffer = [UInt64](repeating: 0, count: 512)
    #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096) == PB_FEED_NOTHING)
    for number in 1...2000 as ClosedRange<UInt64> {
      Self.append(&ring, number)
      #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096) == PB_FEED_READ)
      #expect(entry.number == number && entry.kind == UInt32(PB_FEED_ENTRY_RECORD) && Self.isWhole(entry, buffer))
      #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096) == PB_FEED_NOTHING)
    }
    #expect(cursor.missed == 0 && cursor.position > 50 * 4096)
  }

  @Test func anOverrunIsNoticedAndCounted() throws {
    let pair = try Pair(ringBytes: 4096)
    var ring = pair.segment.ring(0)
    var (cursor, entry) = (pb_feed_cursor(), pb_feed_entry())
    var buffer = [UInt64](repeating: 0, count: 512)
    Self.append(&ring, 1)
    pb_feed_begin(pair.feed, 0, &cursor)
    for number in 2...100 as ClosedRange<UInt64> { Self.append(&ring, number) }
    #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096) == PB_FEED_OVERRUN)
    #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096) == PB_FEED_NOTHING, "it goes on with the newest")
    Self.append(&ring, 101)
    #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096) == PB_FEED_READ)
    #expect(entry.number == 101 && cursor.missed == 99)
  }

  @Test func whatIsTooLargeIsSaid() throws {
    let pair = try Pair(ringBytes: 4096)
    var ring = pair.segment.ring(0)
    var (cursor, entry) = (pb_feed_cursor(), pb_feed_entry())
    pb_feed_begin(pair.feed, 0, &cursor)
    var buffer = [UInt64](repeating: 0, count: 512)
    Self.append(&ring, 7, words: 251)
    #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 8) == PB_FEED_SMALL && entry.bytes == 40 + 251 * 8)
    #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096) == PB_FEED_READ && buffer[250] == 7)
    Self.append(&ring, 8, words: 252)
    #expect(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096) == PB_FEED_READ)
    #expect(entry.kind == UInt32(PB_FEED_ENTRY_OMITTED) && entry.bytes == 40 + 24 && buffer[2] == 8)
  }

  @Test func noRecordIsTornWhileAWriterHammers() throws {
    let pair = try Pair(ringBytes: 16_384)
    let segment = pair.segment
    var (cursor, entry) = (pb_feed_cursor(), pb_feed_entry())
    pb_feed_begin(pair.feed, 0, &cursor)
    // It writes until the reader has had enough.
    let writer = Worker {
      var ring = segment.ring(0)
      var number: UInt64 = 0
      while feed_state(segment.head) == UInt32(PB_FEED_STATE_RUNNING) {
        number += 1
        Self.append(&ring, number)
      }
    }
    var buffer = [UInt64](repeating: 0, count: 512)
    var (reads, torn, overruns, last): (UInt64, Int, Int, UInt64) = (0, 0, 0, 0)
    func take() -> Int {
      let result = Int(pb_feed_next(pair.feed, &cursor, &entry, &buffer, 4096))
      if result == PB_FEED_OVERRUN { overruns += 1 }
      guard result == PB_FEED_READ else { return result }
      if !Self.isWhole(entry, buffer) || entry.number <= last { torn += 1 }
      last = entry.number
      reads += 1
      return result
    }
    while reads < 50_000 { _ = take() }
    feed_set_state(segment.head, UInt32(PB_FEED_STATE_ENDED))
    writer.join()
    while take() != PB_FEED_NOTHING {}
    #expect(torn == 0, "\(reads) reads, \(overruns) overruns")
    #expect(reads + cursor.missed == last, "each is read, or counted as missed")
    #expect(last <= pb_feed_load(&segment.lane(0).pointee.records))
  }
}
