import CPatchbay
import ConnectorKit
import Decimals

/// The Lantern exchange: two spot instruments whose prices flicker by a timer. It is made up and needs no network, so
/// that this package shows the shape of a connector and nothing else. The whole book is pushed at every change, as some
/// real exchanges do.
public final class LanternSpot: Connector {
  struct Market {
    let base: String
    let quote: String
    var flame: Flame
    var channels: Channels = []
  }

  private static let flickerTimer: pb_id = 1
  private static let offered: Channels = [.book, .ticker]
  private static let (priceExponent, quantityExponent): (Int32, Int32) = (-4, -2)

  /// An instrument's id is its place in here plus 1.
  private var markets: [Market]
  private let interval: Int64

  /// - Throws: `ConfigFault` when a field of the configuration is out of range; the host shows it to the operator.
  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    let milliseconds = try config.integer("flicker_ms") ?? 250
    guard (1...60_000).contains(milliseconds) else {
      throw ConfigFault.field(name: "flicker_ms", expected: "milliseconds from 1 to 60000")
    }
    interval = milliseconds * 1_000_000
    let seed = UInt64(bitPattern: try config.integer("seed") ?? 1)
    markets = [
      Market(base: "OIL", quote: "USD", flame: Flame(middle: 25_000, seed: seed)),
      Market(base: "WICK", quote: "USD", flame: Flame(middle: 1_200, seed: ~seed)),
    ]
    try super.init(config: config, out: out)
  }

  // MARK: Inputs

  public override func start(trading: Bool) { out.timer(Self.flickerTimer, after: interval) }

  public override func timer(_ id: pb_id) {
    for place in markets.indices {
      markets[place].flame.flicker()
      tell(place, markets[place].channels)
    }
    out.timer(Self.flickerTimer, after: interval)
  }

  public override func command(_ command: Command) -> Status {
    switch command.verb {
    case .clock:
      out.clock(request: 0, venue: out.now.venue)
      out.done(command.id)
    case .instruments:
      markets.indices.forEach(tellInstrument)
      out.complete(PB_EV_INSTRUMENT, command: command.id)
      out.done(command.id)
    case .tickers:
      markets.indices.forEach(tellTicker)
      out.complete(PB_EV_TICKER, command: command.id)
      out.done(command.id)
    case .subscribe: withMarket(of: command) { subscribe($0, command) }
    case .unsubscribe: withMarket(of: command) { unsubscribe($0, command) }
    case .resync: withMarket(of: command) { resync($0, command) }
    default: return .unsupported
    }
    return .ok
  }

  /// Calls `body` with the place of the command's market, or refuses the command.
  private func withMarket(of command: Command, _ body: (Int) -> Void) {
    guard command.instrument >= 1, command.instrument <= UInt64(markets.count) else {
      return out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
    }
    body(Int(command.instrument) - 1)
  }

  private func subscribe(_ place: Int, _ command: Command) {
    guard !command.channels.isEmpty, command.channels.isSubset(of: Self.offered) else {
      return out.refuse(command.id, .unsupported, "there are books and tickers, nothing else")
    }
    let new = command.channels.subtracting(markets[place].channels)
    markets[place].channels.formUnion(new)
    if !new.isEmpty { out.state(.live, new, instrument: id(place)) }
    tell(place, new)
    out.done(command.id)
  }

  private func unsubscribe(_ place: Int, _ command: Command) {
    let gone = command.channels.intersection(markets[place].channels)
    markets[place].channels.subtract(gone)
    if !gone.isEmpty { out.state(.ended, gone, instrument: id(place)) }
    out.done(command.id)
  }

  private func resync(_ place: Int, _ command: Command) {
    guard markets[place].channels.contains(.book) else {
      return out.refuse(command.id, .other, "this book is not subscribed")
    }
    out.gap(instrument: id(place), reason: .command, time: out.now.venue)
    tellBook(place)
    out.done(command.id)
  }

  // MARK: Facts

  private func id(_ place: Int) -> pb_id { pb_id(place) + 1 }

  private func tell(_ place: Int, _ channels: Channels) {
    if channels.contains(.book) { tellBook(place) }
    if channels.contains(.ticker) { tellTicker(place) }
  }

  private func tellInstrument(_ place: Int) {
    let market = markets[place]
    var fields = pb_instrument()
    fields.instrument = id(place)
    fields.kind = UInt32(PB_KIND_SPOT)
    fields.state = UInt32(PB_INSTRUMENT_TRADING)
    fields.price_exp = Self.priceExponent
    fields.quantity_exp = Self.quantityExponent
    fields.tick = pb_dec(Decimal64(mantissa: 1, exponent: Self.priceExponent))
    fields.lot = pb_dec(Decimal64(mantissa: 1, exponent: Self.quantityExponent))
    fields.multiplier = pb_dec(Decimal64(mantissa: 1, exponent: 0))
    out.instrument(fields, symbol: "\(market.base)/\(market.quote)", base: market.base, quote: market.quote)
  }

  private func tellBook(_ place: Int) {
    let flame = markets[place].flame
    out.beginBook()
    var (bids, asks) = (pb_list(), pb_list())
    for level in flame.bids { out.level(price: level.price, quantity: level.quantity, to: &bids) }
    for level in flame.asks { out.level(price: level.price, quantity: level.quantity, to: &asks) }
    out.book(
      instrument: id(place), snapshot: true, first: flame.flickers + 1, last: flame.flickers + 1, time: out.now.venue,
      bids: bids, asks: asks)
  }

  private func tellTicker(_ place: Int) {
    let flame = markets[place].flame
    var record = pb_ticker()
    record.instrument = id(place)
    record.venue_ns = out.now.venue
    record.seq = flame.flickers + 1
    record.present = UInt64(PB_TICKER_BID | PB_TICKER_ASK)
    (record.bid_price, record.bid_quantity) = flame.bids[0]
    (record.ask_price, record.ask_quantity) = flame.asks[0]
    out.ticker(record)
  }
}
