import Catalog
import Control
import Decimals
import JSONTree
import MarketModel
import Runtime
import Trading

extension Host.Seat {
  /// Its instruments of one pair, by the pair's own name. On the seat's lane.
  func instruments(of pair: String) -> [Instrument] { session.view.all.map(\.instrument).filter { $0.pair == pair } }
}

/// What programs ask besides the requests of the control socket: `instruments`, `rate`, `margin_mode`, `position_mode`.
/// docs/api/openapi.yaml describes each.
package enum ProgramVerbs {
  // MARK: Instruments

  package static func instruments(_ call: ControlCall, _ host: RunningHost) {
    guard let choice = SeatChoice(call, host), let limit = call.number("limit", 1...10_000, otherwise: 1000),
      let offset = call.number("offset", 0...1_000_000, otherwise: 0)
    else { return }
    PairFilter.resolve(call, host, choice) { wanted in instruments(call, host, choice, wanted, limit, offset) }
  }

  private static func instruments(
    _ call: ControlCall, _ host: RunningHost, _ choice: SeatChoice, _ wanted: String?, _ limit: Int, _ offset: Int
  ) {
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
      "taker_fee": decimal(rules.takerFee), "order_flags": JSONValue(.array(rules.flags.words.map(text))),
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
      let names = AssetNames(markets)
      var ends: [String] = []
      for (field, name) in [("from", from), ("to", to)] {
        do throws(NameFault) {
          ends.append(try names.find(name))
        } catch {
          return call.fail("no_rate", "\(error); subscribe to a spot pair of it", field: field)
        }
      }
      let (first, last) = (ends[0], ends[1])
      guard let path = Rates.path(from: first, to: last, markets.map(names.named)), let rate = Rates.rate(path) else {
        return call.fail("no_rate", "no chain of ready spot books leads from \(first) to \(last); subscribe to a pair")
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
    let act: @Sendable (TradeDesk, String?) -> Void = { desk, pair in
      if wanted != nil, !call.isPermitted(desk) { return }
      desk.act(call) { desk in
        do throws(DeskRefusal) {
          try marginMode(call, desk, pair, wanted)
        } catch {
          call.fail(error)
        }
      }
    }
    // Where an exchange has one mode for all instruments, none is named.
    guard call["pair"] == nil else { return DeskChoice.one(call, host, then: act) }
    if let desk = only(call, host) { act(desk, nil) }
  }

  /// The one instance that trades, of those that a call may mean; `nil` after refusing the call.
  private static func only(_ call: ControlCall, _ host: RunningHost) -> TradeDesk? {
    guard let desks = DeskChoice.desks(call, host) else { return nil }
    if desks.count == 1 { return desks[0] }
    let names = desks.map(\.name).joined(separator: ", ")
    call.fail("ambiguous", "name one of \(names) in connector", field: "connector")
    return nil
  }

  private static func marginMode(
    _ call: ControlCall, _ desk: TradeDesk, _ pair: String?, _ wanted: MarginMode?
  ) throws(DeskRefusal) {
    let account = try desk.account(named: call["account"])
    let instrument = try pair.map { pair throws(DeskRefusal) in try desk.instrument(pair).id }
    let reply: (MarginMode?) -> Void = { mode in
      call.reply([
        "connector": OrderCopies.text(desk.name), "account": OrderCopies.text(desk.account(account)),
        "pair": pair.map { OrderCopies.text($0) } ?? nil, "mode": mode.map { OrderCopies.text($0.name) } ?? nil,
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
    guard let wanted = call.choice("mode", [("one_way", PositionMode.oneWay), ("hedge", .hedge)]),
      let desk = only(call, host)
    else { return }
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
