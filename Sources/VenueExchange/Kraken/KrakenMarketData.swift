import Decimals
import JSONTree
import Matching
import Venue

/// Public channels of WebSocket v2. Sources: "book", "Book checksum (WebSocket v2)", "trade", "ticker", "instrument".
extension KrakenVenue {
  /// Numbers are JSON numbers with the places of the pair.
  private func number(_ market: Int, price mantissa: Int64) -> JSONValue { .n(price(market, mantissa)) }
  private func number(_ market: Int, quantity mantissa: Int64) -> JSONValue { .n(volume(market, mantissa)) }

  private func symbol(_ market: Int) -> JSONValue { .s(exchange.markets[market].rules.market.symbol) }

  // MARK: Books

  /// The best levels of a book, as a subscriber has them.
  func standing(_ market: Int, _ depth: Int) -> KrakenSocket.Book {
    func side(_ levels: PriceLevels) -> [KrakenSocket.PriceQuantity] {
      levels.levels.suffix(depth).reversed().map { .init(price: $0.price, quantity: $0.total) }
    }
    let book = exchange.markets[market].book
    return .init(market: market, depth: depth, bids: side(book.bids), asks: side(book.asks))
  }

  /// Reports every subscriber what has changed of the levels that it can see.
  func pushBooks(_ actions: inout [VenueAction]) {
    let changed = changedMarkets()
    guard !changed.isEmpty else { return }
    for id in sockets.keys.sorted() {
      guard let books = sockets[id]?.books else { continue }
      for (place, old) in books.enumerated() {
        guard changed.contains(old.market) else { continue }
        let new = standing(old.market, old.depth)
        guard new.bids != old.bids || new.asks != old.asks else { continue }
        sockets[id]?.books[place] = new
        let message = bookMessage(
          new, bids: difference(old.bids, new.bids, exchange.markets[old.market].book.bids),
          asks: difference(old.asks, new.asks, exchange.markets[old.market].book.asks), isSnapshot: false)
        send(message, on: id, &actions)
      }
    }
  }

  /// Markets whose book may have changed since it was published last.
  private func changedMarkets() -> Set<Int> {
    var markets: Set<Int> = []
    for market in exchange.markets.indices where exchange.markets[market].book.sequence != publishedSequences[market] {
      markets.insert(market)
      publishedSequences[market] = exchange.markets[market].book.sequence
    }
    return markets
  }

  /// Levels that are new or other, and those that are gone. A level that only fell out of what is seen is not
  /// published: the subscriber cuts its book to the depth.
  private func difference(
    _ old: [KrakenSocket.PriceQuantity], _ new: [KrakenSocket.PriceQuantity], _ levels: PriceLevels
  ) -> [KrakenSocket.PriceQuantity] {
    let before = Dictionary(uniqueKeysWithValues: old.map { ($0.price, $0.quantity) })
    let gone = old.filter { levels.total(at: $0.price) == 0 }
    return gone.map { .init(price: $0.price, quantity: 0) } + new.filter { before[$0.price] != $0.quantity }
  }

  func bookMessage(
    _ book: KrakenSocket.Book, bids: [KrakenSocket.PriceQuantity], asks: [KrakenSocket.PriceQuantity], isSnapshot: Bool
  ) -> JSONValue {
    func side(_ levels: [KrakenSocket.PriceQuantity]) -> JSONValue {
      .list(
        levels.map {
          .make([("price", number(book.market, price: $0.price)), ("qty", number(book.market, quantity: $0.quantity))])
        })
    }
    let data = JSONValue.make([
      ("symbol", symbol(book.market)), ("bids", side(bids)), ("asks", side(asks)), ("checksum", .n(checksum(book))),
      ("timestamp", .s(rfc3339(clock))),
    ])
    return .make([("channel", "book"), ("type", .s(isSnapshot ? "snapshot" : "update")), ("data", .list([data]))])
  }

  /// CRC-32 over the digits of the ten best asks and the ten best bids, without points and leading zeros.
  private func checksum(_ book: KrakenSocket.Book) -> UInt32 {
    var bytes: [UInt8] = []
    for level in book.asks.prefix(10) + book.bids.prefix(10) {
      for text in [price(book.market, level.price), volume(book.market, level.quantity)] {
        bytes += text.utf8.filter { $0 != UInt8(ascii: ".") }.drop { $0 == UInt8(ascii: "0") }
      }
    }
    return CRC32.of(bytes)
  }

  // MARK: Trades and tickers

  func pushTrades(_ trades: [Trade], _ actions: inout [VenueAction]) {
    for id in sockets.keys.sorted() {
      for market in exchange.markets.indices {
        let own = trades.filter { $0.market == market }
        guard !own.isEmpty, let socket = sockets[id] else { continue }
        if socket.trades.contains(market) { send(tradeMessage(own[...], isSnapshot: false), on: id, &actions) }
        if socket.tickers.contains(market) { send(tickerMessage(market, isSnapshot: false), on: id, &actions) }
      }
    }
  }

  func tradeMessage(_ trades: ArraySlice<Trade>, isSnapshot: Bool) -> JSONValue {
    let data = trades.map { trade in
      JSONValue.make([
        ("symbol", symbol(trade.market)), ("side", .s(trade.side == .buy ? "buy" : "sell")),
        ("price", number(trade.market, price: trade.price)), ("qty", number(trade.market, quantity: trade.quantity)),
        ("ord_type", .s(trade.byMarket ? "market" : "limit")), ("trade_id", .n(trade.id)),
        ("timestamp", .s(rfc3339(trade.time))),
      ])
    }
    return .make([("channel", "trade"), ("type", .s(isSnapshot ? "snapshot" : "update")), ("data", .list(data))])
  }

  func tickerMessage(_ market: Int, isSnapshot: Bool) -> JSONValue {
    let state = exchange.markets[market]
    let best = BestPrices(state.book)
    let day = state.day.summary(at: clock)
    let change = state.last - (day?.open ?? state.last)
    let data = JSONValue.make([
      ("symbol", symbol(market)), ("bid", number(market, price: best.bid)),
      ("bid_qty", number(market, quantity: best.bidQuantity)), ("ask", number(market, price: best.ask)),
      ("ask_qty", number(market, quantity: best.askQuantity)), ("last", number(market, price: state.last)),
      ("volume", .n(money(day?.base ?? 0))), ("vwap", number(market, price: state.last)),
      ("low", number(market, price: day?.low ?? state.last)), ("high", number(market, price: day?.high ?? state.last)),
      ("change", number(market, price: change)),
      ("change_pct", .n(fixed(change * 10_000 / max(1, day?.open ?? state.last), -2, places: 2))),
      ("timestamp", .s(rfc3339(clock))),
    ])
    return .make([("channel", "ticker"), ("type", .s(isSnapshot ? "snapshot" : "update")), ("data", .list([data]))])
  }

  // MARK: Instruments

  func instrumentMessage() -> JSONValue {
    let assets = exchange.assets.map { asset in
      JSONValue.make([
        ("id", .s(asset)), ("status", "enabled"), ("precision", .n(8)), ("precision_display", .n(5)),
        ("borrowable", .b(false)), ("collateral_value", .n("0.0")), ("margin_rate", .n("0.0")),
      ])
    }
    let pairs = exchange.markets.map { state in
      let market = state.rules.market
      return JSONValue.make([
        ("symbol", .s(market.symbol)), ("base", .s(market.base)), ("quote", .s(market.quote)), ("status", "online"),
        ("qty_precision", .n(8)), ("qty_increment", .n(market.lot.plain)),
        ("price_precision", .n(-state.rules.priceExponent)), ("cost_precision", .n(5)), ("marginable", .b(false)),
        ("has_index", .b(false)), ("cost_min", .n(market.minNotional.plain)), ("tick_size", .n(market.tick.plain)),
        ("price_increment", .n(market.tick.plain)), ("qty_min", .n(market.minQuantity.plain)),
      ])
    }
    return .make([
      ("channel", "instrument"), ("type", "snapshot"),
      ("data", .make([("assets", .list(assets)), ("pairs", .list(pairs))])),
    ])
  }
}
