import CPatchbay
import Testing

@testable import Records

/// Peers that were compiled with a shorter or longer fixed part.
struct PeerAgeTests {
  /// A book with a fixed part of `head` bytes and one bid, its numbers all ones where the author has them.
  private func book(head: Int, hasBid: Bool) -> [UInt64] {
    let words = head / 8 + (hasBid ? 2 : 0)
    var bytes = [UInt64](repeating: 0x0101_0101_0101_0101, count: words)
    bytes.withUnsafeMutableBytes { raw in
      let rec = pb_rec(size: UInt32(words * 8), kind: UInt16(PB_EV_BOOK), head: UInt16(head), seq: 9)
      raw.storeBytes(of: rec, as: pb_rec.self)
      if head >= 64 {
        let bids = hasBid ? pb_list(offset: UInt32(head), count: 1) : pb_list()
        raw.storeBytes(of: bids, toByteOffset: 56, as: pb_list.self)
      }
      if head >= 72 { raw.storeBytes(of: pb_list(), toByteOffset: 64, as: pb_list.self) }
    }
    return bytes
  }

  @Test func newerPeersExtraFieldsAreLeftAlone() {
    let record = book(head: 72 + 24, hasBid: true)
    record.withRecord { base, count in
      #expect(RecordChecker().checkOutput(base, available: count) == nil)
      let reader = RecordReader(checked: base)
      #expect(reader.head(as: pb_book.self).depth == 0x0101_0101)
      #expect(reader.levels(reader.head(as: pb_book.self).bids).first?.price == 0x0101_0101_0101_0101)
    }
  }

  @Test func olderPeersMissingFieldsAreZero() {
    for head in stride(from: 16, through: 64, by: 8) {
      let record = book(head: head, hasBid: head >= 64)
      record.withRecord { base, count in
        #expect(RecordChecker().checkOutput(base, available: count) == nil)
        let body = RecordReader(checked: base).head(as: pb_book.self)
        #expect(body.rec.seq == 9)
        #expect(body.instrument == (head >= 24 ? 0x0101_0101_0101_0101 : 0))
        #expect(body.venue_ns == (head >= 32 ? 0x0101_0101_0101_0101 : 0))
        #expect(body.depth == (head >= 56 ? 0x0101_0101 : 0))
        #expect(body.bids.count == (head >= 64 ? 1 : 0))
        #expect(body.asks.count == 0 && body.asks.offset == 0)
      }
    }
  }

  @Test func inputsNeedTheirTime() {
    var words: [UInt64] = [0, 1, 2, 3, 4]
    for head in [16, 24, 32, 40] {
      words.withUnsafeMutableBytes {
        $0.storeBytes(of: pb_rec(size: 40, kind: UInt16(PB_IN_STOP), head: UInt16(head), seq: 1), as: pb_rec.self)
      }
      words.withRecord { base, count in
        let fault = RecordChecker().checkInput(base, available: count)
        #expect(fault == (head == 40 ? nil : .head(UInt16(head))))
      }
    }
  }

  @Test func unknownKindsAreToldApartFromErrors() {
    [pb_rec(size: 16, kind: 999, head: 16, seq: 0)].withRecord { base, _ in
      #expect(RecordChecker().checkOutput(base) == .unknownKind(999))
      #expect(RecordChecker().checkInput(base) == .unknownKind(999))
    }
  }
}
