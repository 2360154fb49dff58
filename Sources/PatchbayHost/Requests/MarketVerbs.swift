import Catalog
import Control
import Decimals
import JSONTree
import MarketModel
import Runtime

/// `book`, `trades`, `ticker`: copies of what the lanes know. Nothing is hooked into the path of a message: a watch
/// looks at intervals, and says what has changed.
package enum MarketVerbs {
  package static func book(_ call: ControlCall, _ host: RunningHost) {
    guard let depth = call.number("depth", 1...5000, otherwise: 10) else { return }
    let seen = Seen()
    let isWatch = call.isWatch
    one(call, host) { seat, market in
      let book = market.book
      let mark = book.counters.snapshots &+ book.counters.updates &+ book.counters.invalidations &+ 1
      guard !isWatch || mark != seen.mark else { return nil }
      seen.mark = mark
      return MarketCopies.book(seat, market, depth: depth)
    }
  }

  package static func trades(_ call: ControlCall, _ host: RunningHost) {
    guard let limit = call.number("limit", 1...256, otherwise: 20) else { return }
    let seen = Seen()
    let isWatch = call.isWatch
    one(call, host) { seat, market in
      let total = market.tape.total
      guard !isWatch || !seen.isBegun || total != seen.mark else { return nil }
      // At first the latest, then all that are new and still there.
      let new = seen.isBegun ? Int(clamping: total &- seen.mark) : limit
      seen.mark = total
      let missed = seen.isBegun ? max(0, new - market.tape.count) : 0
      seen.isBegun = true
      return MarketCopies.trades(seat, market, limit: new, missed: missed)
    }
  }

  package static func ticker(_ call: ControlCall, _ host: RunningHost) {
    guard let choice = SeatChoice(call, host) else { return }
    let wanted = call["pair"]
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).flatMap { seat in
        seat.pairs.map { pair in
          (seat.session.name, pair, seat.session.view.market(pair: pair).map { MarketCopies.ticker(seat, $0) })
        }
      }
    } then: { (found: [[(connector: String, pair: String, ticker: JSONValue?)]]) in
      var tickers = found.flatMap { $0 }
      if let wanted {
        switch NameRule.find(wanted, among: tickers.map(\.pair)) {
        case .one(let pair): tickers.removeAll { $0.pair != pair }
        case .several, .none:
          let offers = tickers.map { PairChoice.Offer(connector: $0.connector, pairs: [$0.pair]) }
          do throws(DeskRefusal) {
            _ = try PairChoice(name: wanted, isSubscribed: true).demanded(among: merged(offers, choice))
          } catch {
            return call.fail(error)
          }
        }
      }
      if wanted != nil, let first = tickers.first, tickers.allSatisfy({ $0.ticker == nil }) {
        return noInstrument(call, first.connector, first.pair)
      }
      call.reply(["tickers": JSONValue(.array(tickers.compactMap(\.ticker)))])
    }
  }

  private static func noInstrument(_ call: ControlCall, _ connector: String, _ pair: String) {
    call.fail("no_instrument", "\(connector): has no instrument \(pair) yet; see patchbay status")
  }

  /// One offer for each connector of the choice, those without a pair too.
  private static func merged(_ offers: [PairChoice.Offer], _ choice: SeatChoice) -> [PairChoice.Offer] {
    choice.names.sorted().map { name in
      PairChoice.Offer(connector: name, pairs: offers.filter { $0.connector == name }.flatMap(\.pairs))
    }
  }

  /// What a watch has reported already. Its polls come one after the other.
  private final class Seen: @unchecked Sendable {
    var mark: UInt64 = 0
    var isBegun = false
  }

  /// Answers with a copy of the one market that is meant, once or at intervals.
  private static func one(
    _ call: ControlCall, _ host: RunningHost, _ copy: @escaping @Sendable (Host.Seat, MarketState) -> JSONValue?
  ) {
    guard let choice = SeatChoice(call, host), let pair = call.pair(),
      let interval = call.number("interval_ms", 20...60_000, otherwise: 250)
    else { return }
    let isWatch = call.isWatch
    let wish = PairChoice(name: pair, isSubscribed: true)
    place(call, host, choice, wish) { place in
      let poll: @Sendable () -> Void = {
        host.gather(for: call, choice) { host, _ in
          choice.seats(host).filter { $0.session.name == place.connector && $0.pairs.contains(place.pair) }
            .map { seat in seat.session.view.market(pair: place.pair).map { copy(seat, $0) } }
        } then: { found in
          // Meanwhile it may have been unsubscribed.
          guard let market = found.flatMap({ $0 }).first else {
            return call.fail(wish.unknown(among: [PairChoice.Offer(connector: place.connector, pairs: [])]))
          }
          guard let answer = market else {
            return noInstrument(call, place.connector, place.pair)
          }
          if isWatch { call.event(answer) } else { call.reply(answer ?? nil) }
        }
      }
      if isWatch { call.watch(every: Int64(interval) * 1_000_000, poll) } else { poll() }
    }
  }

  /// The one market that is meant, and the lane of its connector.
  static func place(
    _ call: ControlCall, _ host: RunningHost, then: @escaping @Sendable (PairPlace, _ lane: Int) -> Void
  ) {
    guard let choice = SeatChoice(call, host), let pair = call.pair() else { return }
    place(call, host, choice, PairChoice(name: pair, isSubscribed: true)) { place in
      guard let lane = host.places.first(where: { $0.name == place.connector })?.lane else { return }
      then(place, lane)
    }
  }

  /// The pair that is meant among those that are subscribed to; the call is refused where that is none or several.
  private static func place(
    _ call: ControlCall, _ host: RunningHost, _ choice: SeatChoice, _ wish: PairChoice,
    then: @escaping @Sendable (PairPlace) -> Void
  ) {
    host.gather(for: call, choice) { host, _ in
      choice.seats(host).map { PairChoice.Offer(connector: $0.session.name, pairs: $0.pairs) }
    } then: { found in
      do throws(DeskRefusal) {
        then(try wish.demanded(among: found.flatMap { $0 }))
      } catch {
        call.fail(error)
      }
    }
  }
}

/// Markets as JSON; every price and quantity is a text with its exact digits.
package enum MarketCopies {
  package static func book(_ seat: Host.Seat, _ market: MarketState, depth: Int) -> JSONValue {
    let book = market.book
    func side(_ side: BookSide) -> JSONValue {
      JSONValue(
        .array(
          book.levels(side, depth: depth).map { level in
            JSONValue(
              .array([
                price(level.price, book.priceExponent), price(level.quantity, book.quantityExponent),
              ]))
          }))
    }
    let missing = seat.subscriptions.first { $0.pair == market.instrument.pair }.flatMap(seat.missing)
    return JSONValue(
      .object(
        head(seat, market) + [
          JSONMember("ready", JSONValue(.bool(book.isReady))),
          JSONMember("missing", missing.map { JSONValue(.string($0)) } ?? nil),
          JSONMember("sequence", StatusText.number(book.sequence)), JSONMember("time_ns", StatusText.number(book.time)),
          JSONMember("bids", side(.bid)), JSONMember("asks", side(.ask)),
        ]))
  }

  /// The latest trades, oldest first.
  package static func trades(_ seat: Host.Seat, _ market: MarketState, limit: Int, missed: Int) -> JSONValue {
    let trades = market.tape.latest(limit).reversed().map {
      trade($0, priceExponent: market.book.priceExponent, quantityExponent: market.book.quantityExponent)
    }
    return JSONValue(
      .object(
        head(seat, market) + [
          JSONMember("total", StatusText.number(market.tape.total)), JSONMember("missed", StatusText.number(missed)),
          JSONMember("trades", JSONValue(.array(trades))),
        ]))
  }

  package static func trade(_ trade: Trade, priceExponent: Int32, quantityExponent: Int32) -> JSONValue {
    [
      "id": JSONValue(.string(trade.id.text)), "price": price(trade.price, priceExponent),
      "quantity": price(trade.quantity, quantityExponent),
      "taker_side": trade.takerSide.map { JSONValue(.string("\($0)")) } ?? nil,
      "time_ns": StatusText.number(trade.time),
    ]
  }

  package static func ticker(_ seat: Host.Seat, _ market: MarketState) -> JSONValue {
    let (book, ticker) = (market.book, market.ticker)
    func quote(_ level: Level?) -> JSONValue { Self.quote(level, book.priceExponent, book.quantityExponent) }
    func optional(_ number: Decimal64?) -> JSONValue { number.map(StatusText.decimal) ?? nil }
    let last = seat.lastPrice(market)
    // The book's best prices are newer than the ticker's while it is ready.
    let (bid, ask) = book.isReady ? (book.bestBid, book.bestAsk) : (ticker?.bid, ticker?.ask)
    return JSONValue(
      .object(
        head(seat, market) + [
          JSONMember("bid", quote(bid)), JSONMember("ask", quote(ask)),
          JSONMember("last", last.map { price($0.price, book.priceExponent) } ?? nil),
          JSONMember("last_from", last.map { JSONValue(.string($0.source.rawValue)) } ?? nil),
          JSONMember("open", ticker?.day.map { price($0.open, book.priceExponent) } ?? nil),
          JSONMember("high", ticker?.day.map { price($0.high, book.priceExponent) } ?? nil),
          JSONMember("low", ticker?.day.map { price($0.low, book.priceExponent) } ?? nil),
          JSONMember("base_volume", optional(ticker?.baseVolume)),
          JSONMember("quote_volume", optional(ticker?.quoteVolume)),
          JSONMember("mark", optional(market.mark?.mark)), JSONMember("index", optional(market.mark?.index)),
          JSONMember("funding_rate", optional(market.funding?.rate)),
          JSONMember("funding_next_ns", time(market.funding?.nextTime)),
          JSONMember("funding_interval_ns", time(market.funding?.interval)),
        ]))
  }

  /// A best price with its quantity. One of zero stands for a quantity that the exchange does not say: a side without
  /// orders has no price either.
  package static func quote(_ level: Level?, _ priceExponent: Int32, _ quantityExponent: Int32) -> JSONValue {
    guard let level else { return nil }
    let quantity: JSONValue = level.quantity == 0 ? nil : price(level.quantity, quantityExponent)
    return JSONValue(.array([price(level.price, priceExponent), quantity]))
  }

  /// 0 = not given.
  private static func time(_ time: Int64?) -> JSONValue {
    time.flatMap { $0 == 0 ? nil : StatusText.number($0) } ?? nil
  }

  private static func head(_ seat: Host.Seat, _ market: MarketState) -> [JSONMember] {
    [
      JSONMember("connector", JSONValue(.string(seat.session.name))),
      JSONMember("pair", JSONValue(.string(market.instrument.pair))),
      JSONMember("symbol", JSONValue(.string(market.instrument.symbol))),
    ]
  }

  private static func price(_ mantissa: Int64, _ exponent: Int32) -> JSONValue {
    StatusText.decimal(Decimal64(mantissa: mantissa, exponent: exponent))
  }
}
