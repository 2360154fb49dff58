import CPatchbay
import Control
import Decimals
import JSONTree
import MarketModel
import Runtime

/// `candles`: the exchange's own where it has a history of them, and otherwise what was made of the trades that this
/// host has seen. docs/api/openapi.yaml describes it.
package enum CandleVerbs {
  /// The spans of candles, in minutes.
  package static let spans: [(name: String, minutes: Int64)] = [
    ("1m", 1), ("3m", 3), ("5m", 5), ("15m", 15), ("30m", 30), ("1h", 60), ("2h", 120), ("4h", 240), ("6h", 360),
    ("12h", 720), ("1d", 1440),
  ]
  package static let sources = ["history", "trades"]

  /// What a request asks for.
  private struct Wish: Sendable {
    var name: String
    var minutes: Int64
    var limit: Int
    /// Nanoseconds since 1970; 0 = the latest.
    var since: Int64
    var mayAskHistory: Bool
    var mayUseTrades: Bool
  }

  package static func candles(_ call: ControlCall, _ host: RunningHost, _ candles: Candles) {
    guard let span = call.choice("interval", spans.map { (name: $0.name, $0) }),
      let limit = call.number("limit", 1...1440, otherwise: 100),
      let since = call.number("since_ns", 0...(1 << 62), otherwise: 0),
      let source = call.choice("source", sources.map { ($0, $0) })
    else { return }
    let chosen = span ?? spans[0]
    let wish = Wish(
      name: chosen.name, minutes: chosen.minutes, limit: limit, since: Int64(since),
      mayAskHistory: source != "trades", mayUseTrades: source != "history")
    MarketVerbs.place(call, host) { place, lane in
      host.lanes[lane - 1].perform { host in
        guard let seat = host.seats.first(where: { $0.session.name == place.connector }),
          let market = seat.session.view.market(pair: place.pair)
        else { return call.fail("no_instrument", "\(place.connector): has no instrument \(place.pair) yet") }
        let series = candles.series(place.connector, place.pair, lane: lane)
        guard wish.mayAskHistory, seat.session.offers(.candles) else {
          return answer(call, place, wish, series, why: "\(place.connector) has no history of candles")
        }
        ask(seat, market, wish) { result in
          if result.outcome == .done { return answer(call, place, wish, market, result.candles) }
          guard Int(result.error) == PB_ERR_UNSUPPORTED else {
            return call.fail("refused", "the exchange gave no candles: \(result.text)")
          }
          answer(call, place, wish, series, why: result.text)
        }
      }
    }
  }

  // MARK: The exchange's own

  private static func ask(
    _ seat: Host.Seat, _ market: MarketState, _ wish: Wish, then: @escaping (CommandResult) -> Void
  ) {
    var draft = CommandDraft(.candles)
    draft.instrument = market.instrument.id.rawValue
    draft.interval = wish.minutes * CandleSeries.minute
    draft.since = wish.since
    draft.limit = wish.limit
    seat.session.send(draft, completion: then)
  }

  private static func answer(
    _ call: ControlCall, _ place: PairPlace, _ wish: Wish, _ market: MarketState, _ list: CandleList
  ) {
    let exponent = market.book.priceExponent
    let chosen = wish.since > 0 ? list.candles.prefix(wish.limit) : list.candles.suffix(wish.limit)
    let rows = chosen.map { candle -> JSONValue in
      let numbers = [candle.open, candle.high, candle.low, candle.close].map {
        StatusText.decimal(Decimal64(mantissa: $0, exponent: exponent))
      }
      return row(
        candle.start, numbers, volume: OrderCopies.decimal(candle.baseVolume),
        quoteVolume: OrderCopies.decimal(candle.quoteVolume), trades: candle.trades, missed: 0,
        isClosed: candle.isClosed)
    }
    reply(call, place, wish, "history", from: nil, isPartial: list.isPartial, rows)
  }

  // MARK: Of trades

  private static func answer(
    _ call: ControlCall, _ place: PairPlace, _ wish: Wish, _ series: CandleSeries?, why: String
  ) {
    guard wish.mayUseTrades else { return call.fail("no_history", why) }
    guard let series else { return call.fail("not_ready", "its trades are not counted yet; ask again in a second") }
    let all = series.candles(minutes: wish.minutes, limit: .max).filter { $0.start >= wish.since }
    let chosen = wish.since > 0 ? all.prefix(wish.limit) : all.suffix(wish.limit)
    let length = wish.minutes * CandleSeries.minute
    let latest = all.last?.start ?? 0
    let rows = chosen.map { candle -> JSONValue in
      let numbers = [candle.open, candle.high, candle.low, candle.close].map {
        StatusText.decimal(Decimal64(mantissa: $0, exponent: series.priceExponent))
      }
      let volume = Decimal64(exactly: candle.volume, exponent: series.quantityExponent) ?? .zero
      return row(
        candle.start, numbers, volume: OrderCopies.decimal(volume), quoteVolume: nil, trades: candle.trades,
        missed: candle.missed, isClosed: candle.start + length <= latest)
    }
    reply(call, place, wish, "trades", from: series.from, isPartial: wish.since > 0 && wish.since < series.from, rows)
  }

  // MARK: JSON

  private static func row(
    _ start: Int64, _ prices: [JSONValue], volume: JSONValue, quoteVolume: JSONValue, trades: UInt64?, missed: UInt64,
    isClosed: Bool
  ) -> JSONValue {
    [
      "start_ns": StatusText.number(start), "open": prices[0], "high": prices[1], "low": prices[2],
      "close": prices[3], "volume": volume, "quote_volume": quoteVolume,
      "trades": trades.map { StatusText.number($0) } ?? nil, "missed": StatusText.number(missed),
      "closed": JSONValue(.bool(isClosed)),
    ]
  }

  private static func reply(
    _ call: ControlCall, _ place: PairPlace, _ wish: Wish, _ source: String, from: Int64?, isPartial: Bool,
    _ rows: [JSONValue]
  ) {
    call.reply([
      "connector": OrderCopies.text(place.connector), "pair": OrderCopies.text(place.pair),
      "interval": OrderCopies.text(wish.name), "source": OrderCopies.text(source),
      "from_ns": from.map { StatusText.number($0) } ?? nil, "partial": JSONValue(.bool(isPartial)),
      "candles": JSONValue(.array(rows)),
    ])
  }
}
