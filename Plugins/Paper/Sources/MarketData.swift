import CPatchbay
import ConnectorKit
import Decimals
import Matching

/// What the host gets of one market.
struct Feed {
  /// What a ticker tells apart from the day's figures.
  struct Touch: Equatable {
    var bid: PriceQuantity?
    var ask: PriceQuantity?
    var trade: UInt64 = 0
  }

  struct PriceQuantity: Equatable {
    var price: Int64
    var quantity: Int64

    init?(_ level: PriceLevel?) {
      guard let level else { return nil }
      (price, quantity) = (level.price, level.total)
    }
  }

  var channels: Channels = []
  /// Sequence of the last change of the book that was reported.
  var reportedSequence: UInt64 = 0
  var reportedTouch: Touch?
}

/// Books, trades, tickers: subscriptions and what they deliver.
extension PaperVenue {
  private var offered: Channels {
    exchange.isPerpetual ? [.book, .trades, .ticker, .mark, .liquidations] : [.book, .trades, .ticker]
  }

  /// PB_CMD_SUBSCRIBE. A book is always reported whole, whatever depth is wanted.
  func subscribe(_ command: OwnedCommand) throws(Refusal) {
    let market = try market(command)
    let wanted = Channels(rawValue: command.fields.channel)
    guard !wanted.isEmpty, wanted.isSubset(of: offered) else {
      throw Refusal(.unsupported, "a channel that is not offered")
    }
    let isNew = wanted.subtracting(feeds[market].channels)
    feeds[market].channels.formUnion(wanted)
    out.state(.live, wanted, instrument: instrument(market))
    if isNew.contains(.book) { reportSnapshot(market) }
    if isNew.contains(.ticker) { feeds[market].reportedTouch = nil }
    if isNew.contains(.mark) {
      reportMark(market)
      reportFundingRate(market, command: 0)
    }
  }

  func unsubscribe(_ command: OwnedCommand) throws(Refusal) {
    let market = try market(command)
    let unwanted = Channels(rawValue: command.fields.channel).intersection(offered)
    feeds[market].channels.subtract(unwanted)
    out.state(.ended, unwanted, instrument: instrument(market))
  }

  func resync(_ command: OwnedCommand) throws(Refusal) {
    let market = try market(command)
    guard feeds[market].channels.contains(.book) else { throw Refusal(.other, "the book is not subscribed") }
    out.gap(instrument: instrument(market), reason: .command, time: now)
    reportSnapshot(market)
  }

  func reportTickers(_ command: OwnedCommand) {
    for market in feeds.indices { reportTicker(market) }
    out.complete(PB_EV_TICKER, command: command.id)
  }

  /// The whole book; changes before it are not reported any more.
  private func reportSnapshot(_ market: Int) {
    let book = exchange.markets[market].book
    reportBook(market, bids: book.bids.levels.reversed(), asks: book.asks.levels.reversed(), isSnapshot: true)
  }

  private func reportBook(_ market: Int, bids: [PriceLevel], asks: [PriceLevel], isSnapshot: Bool) {
    let sequence = exchange.markets[market].book.sequence
    let first = isSnapshot ? sequence : feeds[market].reportedSequence + 1
    out.beginBook()
    var (bidList, askList) = (pb_list(), pb_list())
    for level in bids { out.level(price: level.price, quantity: level.total, to: &bidList) }
    for level in asks { out.level(price: level.price, quantity: level.total, to: &askList) }
    out.book(
      instrument: instrument(market), snapshot: isSnapshot, first: first, last: sequence, time: now, bids: bidList,
      asks: askList)
    feeds[market].reportedSequence = sequence
    exchange.markets[market].book.forgetChanges()
  }

  /// Reports what changed in books and at the touch since the last time, where it is subscribed.
  func reportMarketData() {
    for market in feeds.indices {
      let wantsBook = feeds[market].channels.contains(.book)
      if wantsBook, !exchange.markets[market].book.changes.isEmpty {
        reportBook(market, bids: changed(market, .buy), asks: changed(market, .sell), isSnapshot: false)
      } else {
        exchange.markets[market].book.forgetChanges()
      }
      if feeds[market].channels.contains(.ticker), feeds[market].reportedTouch != touch(market) { reportTicker(market) }
    }
  }

  /// The changed levels of one side as they are now, each once; those that are gone with quantity 0.
  private func changed(_ market: Int, _ side: Side) -> [PriceLevel] {
    let book = exchange.markets[market].book
    let prices = book.changes.filter { $0.side == side }.map(\.price).sorted()
    var levels: [PriceLevel] = []
    for (index, price) in prices.enumerated() where index == 0 || prices[index - 1] != price {
      levels.append(PriceLevel(price: price, total: book.levels(side).total(at: price), orders: []))
    }
    return levels
  }

  private func touch(_ market: Int) -> Feed.Touch {
    let state = exchange.markets[market]
    return Feed.Touch(
      bid: Feed.PriceQuantity(state.book.bids.best), ask: Feed.PriceQuantity(state.book.asks.best), trade: state.trades)
  }

  private func reportTicker(_ market: Int) {
    let state = exchange.markets[market]
    let touch = touch(market)
    var record = pb_ticker()
    record.instrument = instrument(market)
    record.venue_ns = now
    record.seq = state.book.sequence
    record.setBid(touch.bid?.price, touch.bid?.quantity)
    record.setAsk(touch.ask?.price, touch.ask?.quantity)
    if let last = state.last {
      record.present |= UInt64(PB_TICKER_LAST)
      (record.last_price, record.last_quantity) = (last.price, last.quantity)
    }
    if let day = state.day.summary(at: now) {
      record.present |= UInt64(PB_TICKER_DAY)
      (record.open_price, record.high_price, record.low_price) = (day.open, day.high, day.low)
      record.base_volume = decimal(day.base)
      record.quote_volume = decimal(day.quote)
    }
    out.ticker(record)
    if feeds[market].channels.contains(.ticker) { feeds[market].reportedTouch = touch }
  }
}
