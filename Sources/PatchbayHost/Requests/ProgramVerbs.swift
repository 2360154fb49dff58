import Catalog
import Control
import Decimals
import JSONTree
import MarketModel
import Runtime
import Trading

extension Host.Seat {
  /// Its instruments of one pair, in whatever case that is written. On the seat's lane.
  func instruments(of pair: String) -> [Instrument] {
    let pair = pair.lowercased()
    return session.view.all.map(\.instrument).filter { $0.pair.lowercased() == pair }
  }
}

/// What programs ask besides the requests of the control socket: `instruments`, `candles`, `rate`, `position_mode`.
/// docs/api/openapi.yaml describes each.
package enum ProgramVerbs {
  // MARK: Instruments

  package static func instruments(_ call: ControlCall, _ host: RunningHost) {
    guard let choice = SeatChoice(call, host), let limit = call.number("limit", 1...10_000, otherwise: 1000),
      let offset = call.number("offset", 0...1_000_000, otherwise: 0)
    else { return }
    let wanted = call["pair"]
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).map { seat in
        let chosen = wanted.map(seat.instruments) ?? seat.session.view.all.map(\.instrument)
        return (name: seat.session.name, pairs: Set(seat.pairs), instruments: chosen)
      }
    } then: { found in
      // Not on a lane: there may be thousands.
      call.submit(after: 0) {
        let rows = found.flatMap { $0 }.sorted { $0.name < $1.name }.flatMap { seat in
          seat.instruments.sorted { ($0.pair, $0.symbol) < ($1.pair, $1.symbol) }.map { (seat, $0) }
        }
        let shown = rows.dropFirst(offset).prefix(limit).map { seat, instrument in
          json(instrument, seat.name, isSubscribed: seat.pairs.contains(instrument.pair))
        }
        call.reply(["total": StatusText.number(rows.count), "instruments": JSONValue(.array(Array(shown)))])
      }
    }
  }

  private static func json(_ instrument: Instrument, _ connector: String, isSubscribed: Bool) -> JSONValue {
    let rules = instrument.rules
    let text = OrderCopies.text, decimal = OrderCopies.decimal
    return [
      "connector": text(connector), "pair": text(instrument.pair), "symbol": text(instrument.symbol),
      "kind": text("\(instrument.kind)"), "state": text(instrument.state.description),
      "reason": text(instrument.reason), "base": text(instrument.base), "quote": text(instrument.quote),
      "settle": text(instrument.settle), "inverse": JSONValue(.bool(instrument.isInverse)),
      "subscribed": JSONValue(.bool(isSubscribed)),
      "expiry_ns": instrument.expiry == 0 ? nil : StatusText.number(instrument.expiry),
      "tick": decimal(rules.tick), "lot": decimal(rules.lot), "min_price": decimal(rules.minPrice),
      "max_price": decimal(rules.maxPrice), "min_quantity": decimal(rules.minQuantity),
      "max_quantity": decimal(rules.maxQuantity), "min_notional": decimal(rules.minNotional),
      "max_notional": decimal(rules.maxNotional), "multiplier": decimal(rules.multiplier),
      "max_leverage": decimal(rules.maxLeverage), "maker_fee": decimal(rules.makerFee),
      "taker_fee": decimal(rules.takerFee),
    ]
  }

  // MARK: Candles

  /// The spans that candles are made for, in minutes.
  package static let spans: [(name: String, minutes: Int64)] = [
    ("1m", 1), ("5m", 5), ("15m", 15), ("1h", 60), ("4h", 240),
  ]

  package static func candles(_ call: ControlCall, _ host: RunningHost, _ candles: Candles) {
    guard let span = call.choice("interval", spans.map { (name: $0.name, $0) }),
      let limit = call.number("limit", 1...1440, otherwise: 100)
    else { return }
    let chosen = span ?? spans[0]
    MarketVerbs.one(call, host) { seat, market, lane in
      let pair = market.instrument.pair
      return candles.series(seat.session.name, pair, lane: lane).map { (seat.session.name, pair, $0) }
    } then: { (found: (connector: String, pair: String, series: CandleSeries)?) in
      guard let found else { return call.fail("not_ready", "its trades are not counted yet; ask again in a second") }
      let rows = found.series.candles(minutes: chosen.minutes, limit: limit).map { json($0, found.series) }
      call.reply([
        "connector": OrderCopies.text(found.connector), "pair": OrderCopies.text(found.pair),
        "interval": OrderCopies.text(chosen.name), "from_ns": StatusText.number(found.series.from),
        "candles": JSONValue(.array(rows)),
      ])
    }
  }

  private static func json(_ candle: Candle, _ series: CandleSeries) -> JSONValue {
    func price(_ mantissa: Int64) -> JSONValue {
      StatusText.decimal(Decimal64(mantissa: mantissa, exponent: series.priceExponent))
    }
    return [
      "start_ns": StatusText.number(candle.start), "open": price(candle.open), "high": price(candle.high),
      "low": price(candle.low), "close": price(candle.close),
      "volume": OrderCopies.decimal(Decimal64(exactly: candle.volume, exponent: series.quantityExponent) ?? .zero),
      "trades": StatusText.number(candle.trades), "missed": StatusText.number(candle.missed),
    ]
  }

  // MARK: Rates

  package static func rate(_ call: ControlCall, _ host: RunningHost) {
    guard let choice = SeatChoice(call, host), let from = call["from"], let to = call["to"] else { return }
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).filter { $0.market == .spot }.flatMap { seat in
        seat.markets.compactMap { market in
          market.book.mid.map { mid in
            let instrument = market.instrument
            return RateStep(
              connector: seat.session.name, pair: instrument.pair, base: instrument.base, quote: instrument.quote,
              price: mid)
          }
        }
      }
    } then: { found in
      let markets = found.flatMap { $0 }
      // An asset that no book has at hand has no rate, not even to itself.
      let assets = Array(Set(markets.flatMap { [$0.base, $0.quote] })).sorted()
      guard case .one(let first) = NameRule.find(from, among: assets),
        case .one(let last) = NameRule.find(to, among: assets),
        let path = Rates.path(from: first, to: last, markets), let rate = Rates.rate(path)
      else {
        return call.fail("no_rate", "no chain of ready spot books leads from \(from) to \(to); subscribe to a pair")
      }
      let steps = path.map { step -> JSONValue in
        [
          "connector": OrderCopies.text(step.connector), "pair": OrderCopies.text(step.pair),
          "inverted": JSONValue(.bool(step.isInverted)), "price": StatusText.decimal(step.price),
        ]
      }
      call.reply([
        "from": OrderCopies.text(first), "to": OrderCopies.text(last), "rate": StatusText.decimal(rate),
        "path": JSONValue(.array(steps)),
      ])
    }
  }

  // MARK: Modes

  package static let marginModes = MarginMode.allCases.map(\.name)

  package static func marginMode(_ call: ControlCall, _ host: RunningHost) {
    guard let wanted = call.choice("mode", MarginMode.allCases.map { ($0.name, $0) }) else { return }
    DeskChoice.one(call, host) { desk, pair in
      if wanted != nil, !call.isPermitted(desk) { return }
      desk.act(call) { desk in
        do throws(DeskRefusal) {
          try marginMode(call, desk, pair, wanted)
        } catch {
          call.fail(error)
        }
      }
    }
  }

  private static func marginMode(
    _ call: ControlCall, _ desk: TradeDesk, _ pair: String, _ wanted: MarginMode?
  ) throws(DeskRefusal) {
    let account = try desk.account(named: call["account"])
    let instrument = try desk.instrument(pair).id
    let reply: (MarginMode?) -> Void = { mode in
      call.reply([
        "connector": OrderCopies.text(desk.name), "account": OrderCopies.text(desk.account(account)),
        "pair": OrderCopies.text(pair), "mode": mode.map { OrderCopies.text($0.name) } ?? nil,
      ])
    }
    guard let wanted else { return reply(desk.trader.marginMode(of: account, instrument)) }
    do throws(TraderRefusal) {
      try desk.trader.setMarginMode(wanted, account: account, instrument: instrument) { refusal in
        if let refusal { return call.fail("refused", "the mode was not set: \(refusal)") }
        reply(wanted)
      }
    } catch {
      throw desk.refusal(error)
    }
  }

  package static func positionMode(_ call: ControlCall, _ host: RunningHost) {
    guard let desks = DeskChoice.desks(call, host),
      let wanted = call.choice("mode", [("one_way", PositionMode.oneWay), ("hedge", .hedge)])
    else { return }
    guard desks.count == 1, let desk = desks.first else {
      let names = desks.map(\.name).joined(separator: ", ")
      return call.fail("ambiguous", "name one of \(names) in connector", field: "connector")
    }
    if wanted != nil, !call.isPermitted(desk) { return }
    desk.act(call) { desk in
      do throws(DeskRefusal) {
        try positionMode(call, desk, wanted)
      } catch {
        call.fail(error)
      }
    }
  }

  private static func positionMode(
    _ call: ControlCall, _ desk: TradeDesk, _ wanted: PositionMode?
  ) throws(DeskRefusal) {
    let account = try desk.account(named: call["account"])
    let reply: (PositionMode?) -> Void = { mode in
      call.reply([
        "connector": OrderCopies.text(desk.name), "account": OrderCopies.text(desk.account(account)),
        "mode": mode.map { OrderCopies.text($0 == .hedge ? "hedge" : "one_way") } ?? nil,
      ])
    }
    guard let wanted else { return reply(desk.trader.positionMode(of: account)) }
    do throws(TraderRefusal) {
      try desk.trader.setPositionMode(wanted, account: account) { refusal in
        if let refusal { return call.fail("refused", "the mode was not set: \(refusal)") }
        reply(wanted)
      }
    } catch {
      throw desk.refusal(error)
    }
  }
}
