import CPatchbay
import Decimals
import MarketModel
import Records

/// One instrument with everything the host knows of its market.
public final class MarketState {
  public private(set) var instrument: Instrument
  @exclusivity(unchecked) public let book: OrderBook
  @exclusivity(unchecked) public internal(set) var tape = TradeTape(capacity: 256)
  @exclusivity(unchecked) public internal(set) var ticker: Ticker?
  public internal(set) var mark: MarkPrice?
  /// A book that is being built anew, while `book` stays in use.
  var aside: OrderBook?
  public internal(set) var funding: FundingRate?
  /// Channels the connector says are live.
  public internal(set) var live: Channels = []
  /// Why channels that are down or rejected are so, in the connector's words; by channel. Each of at most
  /// `InstanceBounds.reasonBytes`.
  public private(set) var trouble: [UInt32: String] = [:]
  /// When its book is asked for again once it is refused.
  var resyncs = ResyncPace()

  /// Takes what the connector says of channels in.
  /// - Parameter state: `PB_STATE_`.
  func note(_ state: Int, of channels: Channels, _ reason: String) {
    if state == PB_STATE_LIVE { live.formUnion(channels) } else { live.subtract(channels) }
    for channel in Channels.names.map(\.channel) where channels.contains(channel) {
      switch state {
      case PB_STATE_DOWN, PB_STATE_REJECTED: trouble[channel.rawValue] = reason
      // An attempt that is under way does not undo why the last one failed.
      case PB_STATE_PENDING: break
      default: trouble[channel.rawValue] = nil
      }
    }
  }

  init(_ instrument: Instrument, options: OrderBook.Options, room: LevelRoom) {
    self.instrument = instrument
    var options = options
    options.mayCross = instrument.mayCross
    book = OrderBook(
      priceExponent: instrument.priceExponent, quantityExponent: instrument.quantityExponent, options: options,
      room: room)
  }

  func update(_ instrument: Instrument) { self.instrument = instrument }
}

/// What a book record did.
enum BookOutcome {
  case applied
  /// It is about a book that is being built aside: nothing has changed for anyone.
  case aside
  /// The book that was being built aside could not be true and is dropped; the one in use stands.
  case refusedAside(BookFault)
  /// The book refused what a connector had called proved: it must be built anew.
  case refused(BookFault)
  /// It is about an instrument that was never described.
  case unknownInstrument
}

/// The host's picture of one connector instance's markets, fed with checked records. Books, trades and tickers are the
/// hot path: an array access and the book's own work.
public final class MarketView {
  public private(set) var table = InstrumentTable()
  /// By instrument id; connectors number theirs from 1, and ids beyond the array's reach live in the dictionary.
  @exclusivity(unchecked) private var dense: [MarketState?] = []
  /// The same without a count of references, for the hot path.
  @exclusivity(unchecked) private var hot: UnsafeMutableBufferPointer<Unmanaged<MarketState>?>
  private var sparse: [UInt64: MarketState] = [:]
  private let options: OrderBook.Options
  /// Books lost because a message could not be read. It never goes down.
  public private(set) var misreads: UInt64 = 0
  private let bounds: InstanceBounds
  /// What all its books together may take.
  private let room: LevelRoom
  /// Markets whose symbol has a new id, oldest first; orders may still mean them.
  private var replaced: [InstrumentID] = []
  private static let denseLimit = 65_536

  public init(options: OrderBook.Options = OrderBook.Options(), bounds: InstanceBounds = InstanceBounds()) {
    self.options = options
    self.bounds = bounds
    room = LevelRoom(levels: bounds.bookBytes / MemoryLayout<Level>.stride)
    hot = .allocate(capacity: 0)
  }

  deinit { hot.deallocate() }

  /// What a walk over all markets costs, in places looked at.
  var breadth: Int { dense.count + sparse.count }

  /// A number from which on no instrument has one, whatever the connector called it.
  var freeInstruments: UInt64 {
    sparse.isEmpty ? UInt64(max(1, dense.count)) : (sparse.keys.max() ?? 0) | 0xFFFF_FFFF &+ 1
  }

  /// All markets in the order of their ids.
  public var all: [MarketState] {
    dense.compactMap { $0 } + sparse.values.sorted { $0.instrument.id < $1.instrument.id }
  }

  /// Hands the market to `body` without counting a reference to it; `nil` for an unknown one.
  @inline(__always)
  private func with<R>(_ id: UInt64, _ body: (MarketState) -> R) -> R? {
    if id < UInt64(hot.count) { return hot[Int(id)]?._withUnsafeGuaranteedRef(body) }
    return sparse[id].map(body)
  }

  @inline(__always)
  public subscript(id: UInt64) -> MarketState? {
    if id < UInt64(dense.count) { return dense[Int(id)] }
    return sparse[id]
  }

  public func market(symbol: String) -> MarketState? {
    for kind in Instrument.Kind.allCases {
      if let instrument = table.instrument(symbol: symbol, kind: kind) { return self[instrument.id.rawValue] }
    }
    return nil
  }

  /// The market of `BASE-QUOTE`.
  public func market(pair: String) -> MarketState? {
    table.instrument(pair: pair).flatMap { self[$0.id.rawValue] }
  }

  @inline(__always)
  func apply(book record: RecordReader) -> BookOutcome {
    let fact = record.head(as: pb_book.self)
    return with(fact.instrument) { market in
      if fact.snapshot > UInt32(PB_BOOK_SNAPSHOT) { return applyAside(market, record, fact) }
      let book = market.book
      do throws(BookFault) {
        // pb_level and Level have the same two fields.
        let bids = rebound(record.levels(fact.bids))
        let asks = rebound(record.levels(fact.asks))
        if fact.snapshot != 0 {
          market.aside = nil
          try book.apply(snapshot: bids, asks: asks, sequence: fact.last_seq, time: fact.venue_ns)
        } else {
          try book.apply(
            update: bids, asks: asks, firstSequence: fact.first_seq, lastSequence: fact.last_seq, time: fact.venue_ns)
        }
        if fact.depth > 0 { book.trim(depth: Int(fact.depth)) }
      } catch {
        return .refused(error)
      }
      return .applied
    } ?? .unknownInstrument
  }

  /// A record of a book that is built anew beside the one in use.
  @inline(never)
  private func applyAside(_ market: MarketState, _ record: RecordReader, _ fact: pb_book) -> BookOutcome {
    // A form of a newer connector is ignored.
    guard fact.snapshot <= UInt32(PB_BOOK_COMMIT) else { return .aside }
    let (bids, asks) = (rebound(record.levels(fact.bids)), rebound(record.levels(fact.asks)))
    if Int(fact.snapshot) == PB_BOOK_BEGIN { market.aside = newBook(market.instrument) }
    guard let book = market.aside else { return .aside }
    do throws(BookFault) {
      if Int(fact.snapshot) == PB_BOOK_BEGIN {
        try book.apply(snapshot: bids, asks: asks, sequence: fact.last_seq, time: fact.venue_ns)
      } else {
        try book.apply(
          update: bids, asks: asks, firstSequence: fact.first_seq, lastSequence: fact.last_seq, time: fact.venue_ns)
      }
    } catch {
      market.aside = nil
      return .refusedAside(error)
    }
    if fact.depth > 0 { book.trim(depth: Int(fact.depth)) }
    guard Int(fact.snapshot) == PB_BOOK_COMMIT else { return .aside }
    market.book.adopt(book)
    market.aside = nil
    return .applied
  }

  private func newBook(_ instrument: Instrument) -> OrderBook {
    var options = options
    options.mayCross = instrument.mayCross
    return OrderBook(
      priceExponent: instrument.priceExponent, quantityExponent: instrument.quantityExponent, options: options,
      room: room)
  }

  @inline(__always)
  private func rebound(_ levels: UnsafeBufferPointer<pb_level>) -> UnsafeBufferPointer<Level> {
    UnsafeBufferPointer(
      start: UnsafeRawPointer(levels.baseAddress)?.assumingMemoryBound(to: Level.self), count: levels.count)
  }

  func apply(gap record: RecordReader) -> MarketState? {
    let fact = record.head(as: pb_gap.self)
    guard let market = self[fact.instrument] else { return nil }
    if Int(fact.reason) == PB_GAP_MALFORMED { misreads &+= 1 }
    market.aside = nil
    market.book.invalidate(reason: NotReadyReason(gap: fact.reason))
    return market
  }

  @inline(__always)
  func apply(trade record: RecordReader) -> Trade? {
    let fact = record.head(as: pb_trade.self)
    // A quantity is an amount: what is below zero is no trade.
    guard fact.quantity >= 0 else { return nil }
    let trade = Trade(
      id: TradeID(record.bytes(fact.trade).bindMemory(to: UInt8.self)), price: fact.price, quantity: fact.quantity,
      takerSide: Side(word: fact.side), time: fact.venue_ns,
      isBackfill: fact.flags & UInt32(PB_TRADE_BACKFILL) != 0)
    return with(fact.instrument) { market in
      market.tape.append(trade)
      return trade
    }
  }

  @inline(__always)
  func apply(ticker record: RecordReader) -> Bool {
    let fact = record.head(as: pb_ticker.self)
    func level(_ bit: Int, unless empty: Int = 0, _ price: Int64, _ quantity: Int64) -> Level? {
      fact.present & UInt64(bit | empty) == UInt64(bit) ? Level(price: price, quantity: quantity) : nil
    }
    var newer = Ticker(
      bid: level(PB_TICKER_BID, unless: PB_TICKER_NO_BID, fact.bid_price, fact.bid_quantity),
      ask: level(PB_TICKER_ASK, unless: PB_TICKER_NO_ASK, fact.ask_price, fact.ask_quantity),
      last: level(PB_TICKER_LAST, fact.last_price, fact.last_quantity),
      day: fact.present & UInt64(PB_TICKER_DAY) != 0
        ? Ticker.Day(open: fact.open_price, high: fact.high_price, low: fact.low_price) : nil,
      baseVolume: fact.base_volume.value, quoteVolume: fact.quote_volume.value, sequence: fact.seq, time: fact.venue_ns)
    newer.hasNoBid = fact.present & UInt64(PB_TICKER_NO_BID) != 0
    newer.hasNoAsk = fact.present & UInt64(PB_TICKER_NO_ASK) != 0
    return with(fact.instrument) { [newer] market in
      if market.ticker == nil { market.ticker = newer } else { _ = market.ticker?.merge(newer) }
      return true
    } ?? false
  }

  /// Takes an instrument; one that cannot be used is refused with the reason and leaves the others alone.
  /// - Returns: its market, and the older id whose symbol it has taken over.
  func apply(
    instrument record: RecordReader
  ) throws(InstrumentFault) -> (market: MarketState, replaced: InstrumentID?) {
    let fact = record.head(as: pb_instrument.self)
    let instrument = Instrument(record, fact)
    // Its book has these exponents, also where another id has taken its symbol over meanwhile.
    if let known = self[fact.instrument]?.instrument,
      known.kind != instrument.kind || known.symbol != instrument.symbol
        || known.priceExponent != instrument.priceExponent || known.quantityExponent != instrument.quantityExponent
    {
      throw .identityChanged(instrument.id)
    }
    let isNew = table[instrument.id] == nil
    if isNew, table.count >= bounds.instruments,
      table.instrument(symbol: instrument.symbol, kind: instrument.kind) == nil
    {
      throw .tooMany(limit: bounds.instruments)
    }
    var gone: InstrumentID?
    if case .replaced(let older) = try table.insert(instrument) {
      replace(older)
      gone = older
    }
    replaced.removeAll { $0 == instrument.id }
    if let known = self[fact.instrument] {
      known.update(instrument)
      return (known, gone)
    }
    let market = MarketState(instrument, options: options, room: room)
    if fact.instrument < UInt64(Self.denseLimit) {
      while dense.count <= Int(fact.instrument) { dense.append(nil) }
      dense[Int(fact.instrument)] = market
      heat(Int(fact.instrument))
    } else {
      sparse[fact.instrument] = market
    }
    return (market, gone)
  }

  /// Whether a symbol has a new id.
  var hasReplaced: Bool { !replaced.isEmpty }

  /// The id that the symbol of an instrument has now: a connector may go on naming the older one.
  func current(_ id: InstrumentID) -> InstrumentID {
    guard table[id] == nil, let instrument = self[id.rawValue]?.instrument else { return id }
    return table.instrument(symbol: instrument.symbol, kind: instrument.kind)?.id ?? id
  }

  private func replace(_ older: InstrumentID) {
    // Nothing keeps the book of an instrument up to date whose symbol is another's now.
    if let gone = self[older.rawValue] {
      gone.book.invalidate(reason: .instrumentUnusable)
      gone.live = []
    }
    replaced.append(older)
    if replaced.count > bounds.replacedInstruments { forget(replaced.removeFirst().rawValue) }
  }

  private func forget(_ id: UInt64) {
    sparse[id] = nil
    guard id < UInt64(dense.count) else { return }
    hot[Int(id)] = nil
    dense[Int(id)] = nil
  }

  /// Brings the hot table up to date with one market that is new in `dense`.
  private func heat(_ id: Int) {
    if hot.count < dense.count {
      hot.deallocate()
      hot = .allocate(capacity: dense.count * 2)
      hot.initialize(repeating: nil)
      for (index, market) in dense.enumerated() { hot[index] = market.map { Unmanaged.passUnretained($0) } }
    }
    hot[id] = dense[id].map { Unmanaged.passUnretained($0) }
  }

  func apply(mark record: RecordReader) {
    let fact = record.head(as: pb_mark.self)
    guard let market = self[fact.instrument], let mark = fact.mark.value else { return }
    market.mark = MarkPrice(mark: mark, index: fact.index.value, time: fact.venue_ns)
  }

  func apply(fundingRate record: RecordReader) {
    let fact = record.head(as: pb_funding_rate.self)
    guard let market = self[fact.instrument], let rate = fact.rate.value else { return }
    market.funding = FundingRate(rate: rate, nextTime: fact.next_ns, interval: fact.interval_ns, time: fact.venue_ns)
  }
}

extension NotReadyReason {
  /// From `PB_GAP_`.
  init(gap: UInt32) {
    switch Int(gap) {
    case PB_GAP_CHECKSUM: self = .checksumMismatch
    case PB_GAP_CLOSED: self = .streamClosed
    case PB_GAP_OVERFLOW: self = .queueOverflow
    case PB_GAP_MALFORMED: self = .malformedUpdate
    case PB_GAP_COMMAND: self = .resyncRequested
    case PB_GAP_CROSSED: self = .crossed
    default: self = .sequenceGap
    }
  }
}

extension Instrument {
  init(_ record: RecordReader, _ fact: pb_instrument) {
    self.init(
      id: InstrumentID(fact.instrument), kind: Kind(word: fact.kind) ?? .spot,
      state: State(word: fact.state) ?? .unusable, symbol: record.text(fact.symbol),
      base: record.text(fact.base), quote: record.text(fact.quote), settle: record.text(fact.settle),
      priceExponent: fact.price_exp, quantityExponent: fact.quantity_exp, expiry: fact.expiry_ns,
      isInverse: fact.flags & UInt32(PB_INSTRUMENT_FLAG_INVERSE) != 0,
      mayCross: fact.flags & UInt32(PB_INSTRUMENT_FLAG_MAY_CROSS) != 0, rules: TradingRules(fact),
      reason: record.text(fact.reason))
  }
}

extension TradingRules {
  init(_ fact: pb_instrument) {
    self.init(
      tick: fact.tick.value, lot: fact.lot.value, minPrice: fact.min_price.value, maxPrice: fact.max_price.value,
      minQuantity: fact.min_quantity.value, maxQuantity: fact.max_quantity.value, minNotional: fact.min_notional.value,
      maxNotional: fact.max_notional.value, multiplier: fact.multiplier.value ?? .one,
      priceDigits: Int(fact.price_digits), types: OrderTypes(rawValue: fact.order_types),
      timesInForce: TimesInForce(rawValue: fact.time_in_force),
      flags: OrderFlags(rawValue: fact.order_flags), maxLeverage: fact.max_leverage.value,
      makerFee: fact.maker_fee.value, takerFee: fact.taker_fee.value)
  }
}
