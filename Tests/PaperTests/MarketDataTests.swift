import CPatchbay
import ConnectorKit
import Testing

@testable import PaperConnector

/// A reader of books that follows the contract: snapshot, then updates without a gap.
struct BookReader {
  var sides: [[Int64: Int64]] = [[:], [:]]
  var last: UInt64 = 0
  var updates = 0
  var isBroken = false

  mutating func read(_ record: Harness.Emitted) {
    let book = record.fields(pb_book.self)
    if book.snapshot == 1 {
      sides = [[:], [:]]
    } else {
      if book.first_seq != last + 1 || book.last_seq < book.first_seq { isBroken = true }
      updates += 1
    }
    last = book.last_seq
    for (side, list) in [book.bids, book.asks].enumerated() {
      var seen: Set<Int64> = []
      for level in record.levels(list) {
        if !seen.insert(level[0]).inserted || (book.snapshot == 1 && level[1] == 0) { isBroken = true }
        sides[side][level[0]] = level[1] == 0 ? nil : level[1]
      }
    }
    if let bid = sides[0].keys.max(), let ask = sides[1].keys.min(), bid >= ask { isBroken = true }
  }
}

@Suite struct MarketDataTests {
  /// All that a subscriber of the first market is reported in some seconds.
  func watch(_ harness: Harness, _ channels: Channels, seconds: Int64) {
    harness.start()
    harness.command(.subscribe) { $0.instrument = 1; $0.channel = channels.rawValue }
    harness.run(for: seconds * second)
  }

  @Test(arguments: [1, 2, 3]) func booksFollowWithoutGaps(seed: Int) throws {
    let harness = try Harness(spotTable, #"{"seed": \#(seed)}"#)
    watch(harness, [.book, .trades, .ticker], seconds: 30)
    #expect(harness.kinds.prefix(3) == [PB_EV_STATE, PB_EV_BOOK, PB_EV_REPLY])
    var reader = BookReader()
    for book in harness.all(PB_EV_BOOK, pb_book.self) { reader.read(book.record) }
    #expect(!reader.isBroken)
    #expect(reader.updates > 250)
    // A fresh snapshot shows the same book.
    let resync = harness.command(.resync) { $0.instrument = 1 }
    #expect(harness.refusal(resync) == nil)
    #expect(harness.all(PB_EV_GAP, pb_gap.self).map(\.fields.reason) == [Gap.command.rawValue])
    var fresh = BookReader()
    fresh.read(try #require(harness.all(PB_EV_BOOK, pb_book.self).last).record)
    #expect(fresh.sides == reader.sides)
    #expect(fresh.last == reader.last)
    // The last ticker agrees with the book.
    let ticker = try #require(harness.all(PB_EV_TICKER, pb_ticker.self).last).fields
    #expect(ticker.bid_price == reader.sides[0].keys.max())
    #expect(ticker.ask_price == reader.sides[1].keys.min())
    #expect(ticker.bid_quantity == reader.sides[0][ticker.bid_price])
    let trades = harness.all(PB_EV_TRADE, pb_trade.self)
    #expect(trades.count > 10)
    #expect(trades.map { $0.record.text($0.fields.trade) } == (1...trades.count).map(harness.number))
    #expect(ticker.last_price == trades.last?.fields.price)
    #expect(ticker.high_price == trades.map(\.fields.price).max())
    #expect(harness.faults.isEmpty)
  }

  @Test func onlyWhatIsSubscribedIsTold() throws {
    let harness = try Harness(spotTable)
    watch(harness, .trades, seconds: 5)
    #expect(Set(harness.kinds) == [PB_EV_STATE, PB_EV_REPLY, PB_EV_TRADE])
    harness.command(.unsubscribe) { $0.instrument = 1; $0.channel = Channels.trades.rawValue }
    harness.forget()
    harness.run(for: 5 * second)
    #expect(harness.kinds.isEmpty)
    let tickers = harness.command(.tickers)
    #expect(harness.all(PB_EV_TICKER, pb_ticker.self).map(\.fields.instrument) == [1, 2])
    #expect(harness.refusal(tickers) == nil)
    #expect(harness.refusal(harness.command(.resync) { $0.instrument = 1 }) == .other)
    let late = harness.command(.subscribe, symbol: "ETH-USDT") { $0.channel = Channels.book.rawValue }
    #expect(harness.refusal(late) == nil)
    harness.run(for: 5 * second)
    var reader = BookReader()
    for book in harness.all(PB_EV_BOOK, pb_book.self) { reader.read(book.record) }
    #expect(!reader.isBroken && reader.updates > 40)
  }

  /// Several commands in one input, a resync among them: what comes after the snapshot still joins it.
  @Test func snapshotsAmongDelayedCommands() throws {
    let harness = try Harness(spotTable, #"{"step_ms": 0, "ack_delay_ms": 10}"#)
    harness.start()
    harness.account(7)
    let channel = Channels.book.rawValue
    harness.place(7, .buy, "0.1", at: "50000", client: "a")
    harness.command(.subscribe) { $0.instrument = 1; $0.channel = channel }
    harness.place(7, .buy, "0.1", at: "50001", client: "b")
    harness.command(.resync) { $0.instrument = 1 }
    harness.command(.cancel, client: "a") { $0.account = 7 }
    harness.run(for: 10_000_000)
    var reader = BookReader()
    let books = harness.all(PB_EV_BOOK, pb_book.self)
    for book in books { reader.read(book.record) }
    #expect(books.map(\.fields.snapshot) == [1, 1, 0])
    #expect(!reader.isBroken)
    #expect(reader.sides == [[5_000_100: 10_000], [:]])
  }

  @Test func marksAndFunding() throws {
    let harness = try Harness(perpetualTable, #"{"funding_interval_s": 20}"#)
    harness.start()
    harness.account(7)
    harness.command(.subscribe) { $0.instrument = 1; $0.channel = Channels.mark.rawValue }
    #expect(harness.place(7, .buy, "0.1", client: "a") != 0)
    harness.forget()
    harness.run(for: 20 * second)
    let rates = harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self)
    #expect(rates.allSatisfy { $0.fields.interval_ns == 20 * second })
    let payments = harness.all(PB_EV_FUNDING_PAYMENT, pb_funding_payment.self)
    #expect(payments.count == 1)
    let payment = try #require(payments.first)
    #expect(payment.fields.account == 7)
    #expect((harness.epoch + harness.now) % (20 * second) < second)
    #expect(payment.fields.amount.mantissa.signum() == -payment.fields.rate.mantissa.signum())
    #expect(harness.all(PB_EV_MARK, pb_mark.self).count > 100)
    harness.forget()
    let asked = harness.command(.fundingPayments) { $0.account = 7 }
    #expect(harness.all(PB_EV_FUNDING_PAYMENT, pb_funding_payment.self).map(\.fields.command) == [asked])
    harness.forget()
    harness.command(.funding) { $0.instrument = 1 }
    #expect(harness.kinds == [PB_EV_FUNDING_RATE, PB_EV_MARK, PB_EV_REPLY])
    #expect(harness.faults.isEmpty)
  }
}
