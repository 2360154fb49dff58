import CPatchbay
import ConnectorKit
import MarketModel
import Runtime
import Testing

extension DispatchTests {
  /// Keeps the gaps that are reported.
  private final class Gaps: SessionObserver {
    var told: [NotReadyReason] = []

    func session(_ session: Session, _ event: SessionEvent) {
      if case .gap(_, let reason) = event { told.append(reason) }
    }
  }

  @Suite struct RefusedBookTests {
    /// A book that the host itself refuses is one gap, also where the connector then gives it up.
    @Test func aRefusedBookIsToldOnce() throws {
      let bench = try Bench()
      let gaps = Gaps()
      bench.session.observer = gaps
      bench.list()
      bench.ask { out in Self.book(out, quantity: 5, isSnapshot: true) }
      bench.ask { out in Self.book(out, quantity: -5, isSnapshot: false) }
      #expect(gaps.told == [.rejected(.negativeQuantity(side: .bid, price: 100))])
      bench.ask { $0.gap(instrument: 1, reason: .command) }
      #expect(gaps.told.count == 1)
      bench.ask { out in Self.book(out, quantity: 5, isSnapshot: true) }
      bench.ask { $0.gap(instrument: 1, reason: .sequence) }
      #expect(gaps.told.count == 2 && gaps.told.last == .sequenceGap, "a gap of its own is told")
    }

    private static func book(_ out: Output, quantity: Int64, isSnapshot: Bool) {
      out.begin(pb_book.self)
      var fact = pb_book()
      (fact.instrument, fact.snapshot) = (1, isSnapshot ? 1 : 0)
      fact.bids = out.block.list(of: pb_level.self, count: 1)
      out.block.set(fact.bids, 0, pb_level(price: 100, quantity: quantity))
      out.emit(fact, kind: PB_EV_BOOK)
    }
  }
}
