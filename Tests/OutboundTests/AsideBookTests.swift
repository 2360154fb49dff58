import CPatchbay
import ConnectorKit
import Decimals
import MarketModel
import Runtime
import Testing

extension DispatchTests {
  /// A book that is built anew while the old one stays in use.
  @Suite struct AsideBookTests {
    private final class Watcher: SessionObserver {
      var books = 0
      var gaps: [NotReadyReason] = []
      var lines: [String] = []

      func session(_ session: Session, _ event: SessionEvent) {
        switch event {
        case .book: books += 1
        case .gap(_, let reason): gaps.append(reason)
        case .log(_, let text): lines.append(text)
        default: break
        }
      }
    }

    private struct Stand {
      let bench: Bench
      let watcher = Watcher()

      init() throws {
        bench = try Bench()
        bench.session.observer = watcher
        bench.ask { out in
          var fields = pb_instrument()
          (fields.instrument, fields.kind, fields.state) = (1, UInt32(PB_KIND_SPOT), UInt32(PB_INSTRUMENT_TRADING))
          (fields.tick, fields.lot, fields.multiplier) = (pb_dec(.one), pb_dec(.one), pb_dec(.one))
          out.instrument(fields, symbol: "BTCUSDT", base: "BTC", quote: "USDT")
        }
        book(.snapshot, [(100, 5), (99, 1)], last: 10)
      }

      func book(_ form: BookForm, _ bids: [(Int64, Int64)], last: UInt64) {
        bench.ask { out in
          out.beginBook()
          var list = pb_list()
          for bid in bids { out.level(price: bid.0, quantity: bid.1, to: &list) }
          out.book(instrument: 1, form, first: 0, last: last, time: 1, depth: 0, bids: list, asks: pb_list())
        }
      }

      var bids: [[Int64]] {
        guard let book = bench.session.view[1]?.book, book.isReady else { return [] }
        return book.levels(.bid, depth: 10).map { [$0.price, $0.quantity] }
      }
    }

    @Test func theOldBookStaysUntilTheNewOneIsWhole() throws {
      let stand = try Stand()
      stand.book(.begin, [(100, 7)], last: 20)
      stand.book(.update, [(99, 2)], last: 11)
      #expect(stand.bids == [[100, 5], [99, 2]] && stand.watcher.books == 2)
      stand.book(.aside, [(98, 3)], last: 21)
      #expect(stand.bids == [[100, 5], [99, 2]] && stand.watcher.books == 2)
      let before = try #require(stand.bench.session.view[1]?.book.counters.snapshots)
      stand.bench.ask { out in
        out.begin(pb_book.self)
        var newer = pb_book()
        (newer.instrument, newer.snapshot) = (1, 9)
        out.emit(newer, kind: PB_EV_BOOK)
      }
      stand.book(.commit, [(97, 1)], last: 22)
      #expect(stand.bids == [[100, 7], [98, 3], [97, 1]] && stand.watcher.books == 3)
      #expect(stand.bench.session.view[1]?.book.sequence == 22)
      #expect(stand.bench.session.view[1]?.book.counters.snapshots == before + 1)
      stand.book(.update, [(97, 0)], last: 23)
      #expect(stand.bids == [[100, 7], [98, 3]] && stand.watcher.gaps == [])
    }

    /// What cannot be true is dropped, and with it what follows for the same book; the old one goes on.
    @Test func aNewBookThatCannotBeTrueIsDropped() throws {
      let stand = try Stand()
      stand.book(.begin, [(100, 7)], last: 20)
      stand.book(.aside, [(98, -3)], last: 21)
      stand.book(.commit, [(97, 1)], last: 22)
      #expect(stand.bids == [[100, 5], [99, 1]] && stand.watcher.gaps == [] && stand.watcher.lines.count == 1)
      stand.book(.commit, [], last: 23)
      stand.book(.aside, [(1, 1)], last: 24)
      #expect(stand.bids == [[100, 5], [99, 1]] && stand.watcher.books == 1)
    }

    @Test(arguments: [BookForm.begin, .snapshot, nil]) func whatIsAsideIsDropped(by form: BookForm?) throws {
      let stand = try Stand()
      stand.book(.begin, [(100, 7)], last: 20)
      if let form {
        stand.book(form, [(50, 1)], last: 30)
      } else {
        stand.bench.ask { $0.gap(instrument: 1, reason: .sequence) }
      }
      stand.book(.commit, [(49, 1)], last: 31)
      #expect(stand.bids == (form == .begin ? [[50, 1], [49, 1]] : form == .snapshot ? [[50, 1]] : []))
    }
  }
}
