import CPatchbay
import MarketModel
import Records

/// What an instance on trial has said of its markets, so that it can be said once more, to the session whose instance
/// it becomes: instruments, states, prices as they were last, the latest trades, and its books.
final class CandidateMemory: FactTap {
  private struct Place: Hashable {
    let kind: UInt16
    let instrument: UInt64
    /// Of a state.
    var channel: UInt32 = 0
  }

  private var latest: [Place: KeptFact] = [:]
  private var order: [Place] = []
  private var trades: [UInt64: [KeptFact]] = [:]
  private static let mostTrades = 64
  /// More than one of everything for each market that there can be.
  private static let mostFacts = 8 * 16_384

  override func trade(_ record: RecordReader, _ times: Times) {
    let instrument = record.head(as: pb_trade.self).instrument
    trades[instrument, default: []].append(KeptFact(record))
    if trades[instrument]?.count ?? 0 > Self.mostTrades { trades[instrument]?.removeFirst() }
  }

  override func fact(_ record: RecordReader, _ times: Times) {
    let kind = record.kind
    let place: Place
    switch kind {
    case PB_EV_INSTRUMENT:
      place = Place(kind: UInt16(kind), instrument: record.head(as: pb_instrument.self).instrument)
    case PB_EV_TICKER: place = Place(kind: UInt16(kind), instrument: record.head(as: pb_ticker.self).instrument)
    case PB_EV_MARK: place = Place(kind: UInt16(kind), instrument: record.head(as: pb_mark.self).instrument)
    case PB_EV_FUNDING_RATE:
      place = Place(kind: UInt16(kind), instrument: record.head(as: pb_funding_rate.self).instrument)
    case PB_EV_STATE:
      let fact = record.head(as: pb_state.self)
      guard fact.account == 0 else { return }
      place = Place(kind: UInt16(kind), instrument: fact.instrument, channel: fact.channel)
    default: return
    }
    guard latest[place] != nil || latest.count < Self.mostFacts else { return }
    if latest.updateValue(KeptFact(record), forKey: place) == nil { order.append(place) }
  }

  /// Those of a market of its own, which were nobody's.
  func forgetTrades() { trades = [:] }

  /// Says all of it to a session, in its numbers.
  func say(to session: Session, _ numbers: InstrumentNumbers, _ view: MarketView) {
    for kind in [PB_EV_INSTRUMENT, PB_EV_STATE, PB_EV_TICKER, PB_EV_MARK, PB_EV_FUNDING_RATE] {
      for place in order where place.kind == UInt16(kind) { latest[place]?.say(to: session, numbers) }
    }
    sayBooks(to: session, numbers, view)
    for instrument in trades.keys.sorted() {
      let last = session.view[numbers.own(instrument)]?.tape.last?.time ?? .min
      // What is older than the last one that was reported has been reported, or missed long ago.
      for trade in trades[instrument] ?? [] where trade.time >= last { trade.say(to: session, numbers) }
    }
  }

  private func sayBooks(to session: Session, _ numbers: InstrumentNumbers, _ view: MarketView) {
    let block = RecordBlock(capacity: 65_536)
    defer { block.free() }
    for market in view.all {
      let own = numbers.own(market.instrument.id.rawValue)
      guard market.book.isReady else {
        // Nothing keeps it up to date any more. It is nobody's: what is wanted has been proved.
        if let known = session.view[own], known.book.isReady { known.book.invalidate(reason: .unsubscribed) }
        continue
      }
      block.begin(pb_book.self)
      var fact = pb_book()
      (fact.instrument, fact.snapshot, fact.venue_ns) = (own, UInt32(PB_BOOK_SNAPSHOT), market.book.time)
      (fact.first_seq, fact.last_seq) = (market.book.sequence, market.book.sequence)
      fact.bids = levels(market.book.levels(.bid), block)
      fact.asks = levels(market.book.levels(.ask), block)
      session.repeating(block.finish(fact, kind: PB_EV_BOOK, seq: 0))
    }
  }

  private func levels(_ levels: [Level], _ block: RecordBlock) -> pb_list {
    let list = block.list(of: pb_level.self, count: levels.count)
    for (index, level) in levels.enumerated() {
      block.set(list, index, pb_level(price: level.price, quantity: level.quantity))
    }
    return list
  }
}

/// A copy of one fact.
private final class KeptFact {
  private let block: UnsafeMutableRawPointer
  let time: Int64

  init(_ record: RecordReader) {
    let size = Int(record.rec.size)
    block = .allocate(byteCount: size, alignment: 16)
    block.copyMemory(from: record.base, byteCount: size)
    time = record.kind == PB_EV_TRADE ? record.head(as: pb_trade.self).venue_ns : 0
  }

  deinit { block.deallocate() }

  /// Once: it has the session's numbers then.
  func say(to session: Session, _ numbers: InstrumentNumbers) {
    if !numbers.isPlain { InstrumentPlaces.renumber(block, numbers) }
    session.repeating(UnsafePointer(block.assumingMemoryBound(to: pb_rec.self)))
  }
}
