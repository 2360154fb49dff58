import Decimals
import JSONTree
import Matching
import Venue

/// A book as subscribers have it.
struct OKXBook {
  struct Level: Equatable {
    let price: Int64
    let quantity: Int64
    let orders: Int
  }

  static let depth = 400
  /// The best first.
  var bids: [Level] = []
  var asks: [Level] = []
  /// "seqId".
  var sequence: UInt64 = 0
  /// When it was pushed last; monotonic nanoseconds.
  var pushed: Int64 = 0
  var hasNewTicker = false
}

/// What channels push. Sources: "WS / Order book channel", "WS / Trades channel", "WS / Tickers channel", "WS / Order
/// channel", "Account channel".
extension OKXVenue {
  /// "If there are no updates to the depth for an extended period (around 60 seconds)".
  private static let stillBook: Int64 = 60 * EngineVenue.second
  /// How often accounts are pushed without a change.
  private static let accountInterval: Int64 = 5 * EngineVenue.second

  private func push(
    _ subscription: OKXSocket.Subscription, _ data: [JSONValue], on id: UInt64, more: [(String, JSONValue)] = [],
    _ actions: inout [VenueAction]
  ) {
    send(.make([("arg", subscription.argument)] + more + [("data", .list(data))]), on: id, &actions)
  }

  /// To every subscription of a channel and a market, or an account.
  func publish(
    _ channel: String, market: Int? = nil, account: Participant? = nil, more: [(String, JSONValue)] = [],
    _ data: @autoclosure () -> [JSONValue], _ actions: inout [VenueAction]
  ) {
    var made: [JSONValue]?
    for id in sockets.keys.sorted() {
      guard let socket = sockets[id], account == nil || socket.account == account else { continue }
      for subscription in socket.subscriptions where subscription.channel == channel && subscription.market == market {
        let value = made ?? data()
        made = value
        push(subscription, value, on: id, more: more, &actions)
      }
    }
  }

  /// What a subscription begins with: the book and the account; nothing of orders.
  func pushFirst(_ subscription: OKXSocket.Subscription, on id: UInt64, _ actions: inout [VenueAction]) {
    switch (subscription.channel, subscription.market) {
    case ("books", let market?):
      let book = published[market]
      let data = change(market, bids: book.bids, asks: book.asks, sequence: book.sequence, previous: -1)
      push(subscription, [data], on: id, more: [("action", "snapshot")], &actions)
    case (_, let market?) where subscription.channel != "trades":
      push(subscription, [value(subscription.channel, market)], on: id, &actions)
    case ("account", _):
      guard let account = sockets[id]?.account else { return }
      push(
        subscription, [balances(account, Array(exchange.assets.indices))], on: id, more: Self.snapshot, &actions)
    case ("positions", _):
      guard let account = sockets[id]?.account else { return }
      push(subscription, positions(account).map { position($0) }, on: id, more: Self.snapshot, &actions)
    default: break
    }
  }

  /// What a channel that reports the newest of something says now.
  private func value(_ channel: String, _ market: Int) -> JSONValue {
    switch channel {
    case "mark-price": markPrice(market)
    case "index-tickers": indexTicker(market)
    case "funding-rate": fundingRate(market)
    default: ticker(market)
    }
  }

  private static let snapshot: [(String, JSONValue)] = [
    ("eventType", "snapshot"), ("curPage", .n(1)), ("lastPage", .b(true)),
  ]

  // MARK: Events

  func pushToSockets(_ events: [Event], _ actions: inout [VenueAction]) {
    for event in events {
      switch event {
      case .trade(let trade):
        published[trade.market].hasNewTicker = true
        publish("trades", market: trade.market, [written(trade)], &actions)
      case .fill(let fill, let order): push(order, fill: fill, &actions)
      // The last execution has said it.
      case .order(_, .filled): break
      case .order(let order, let change): push(order, change, &actions)
      case .balances(let account, let assets): pushBalances(account, assets, &actions)
      case .funding(let payment):
        pushBalances(payment.account, [exchange.markets[payment.market].rules.quoteAsset], &actions)
      case .position(let account, let market, let side):
        publish(
          "positions", account: account, more: [("eventType", "event_update")],
          [position(Place(account: account, market: market, side: side))], &actions)
      case .mark(let market):
        for channel in ["mark-price", "index-tickers"] {
          publish(channel, market: market, [value(channel, market)], &actions)
        }
      // The order that closes it says it.
      case .liquidation: break
      }
    }
  }

  private func pushBalances(_ account: Participant, _ assets: [Int], _ actions: inout [VenueAction]) {
    publish(
      "account", account: account, more: [("eventType", "event_update")], [balances(account, assets, isWhole: false)],
      &actions)
  }

  private func push(
    _ order: Order, _ change: OrderChange = .new, fill: Fill? = nil, _ actions: inout [VenueAction]
  ) {
    guard order.status != .untriggered else { return }
    publish("orders", account: order.account, [pushed(order, change, fill: fill)], &actions)
  }

  /// An order as the channel has it: with the execution that is reported, or none.
  private func pushed(_ order: Order, _ change: OrderChange, fill: Fill?) -> JSONValue {
    let isFilled = fill != nil && order.remaining == 0
    var members = members(order, fill, isFilled ? "filled" : Self.state(order))
    if let fill {
      members += [
        ("fillFee", .s(amount(-fill.fee))), ("fillFeeCcy", .s(exchange.assets[fill.feeAsset])),
        ("fillPnl", .s(amount(fill.realized))), ("execType", .s(fill.isMaker ? "M" : "T")),
      ]
    } else {
      members += [("fillFee", "0"), ("fillFeeCcy", ""), ("fillPnl", "0"), ("execType", "")]
    }
    let isAmended = change == .amended
    members += [
      ("reqId", ""), ("amendResult", isAmended ? "0" : ""), ("amendSource", isAmended ? "1" : ""), ("code", "0"),
      ("msg", ""),
    ]
    return .make(members)
  }

  // MARK: Every 100 ms

  func flushSockets(_ actions: inout [VenueAction]) {
    for market in exchange.markets.indices {
      flushBook(market, &actions)
      guard published[market].hasNewTicker else { continue }
      published[market].hasNewTicker = false
      publish("tickers", market: market, [ticker(market)], &actions)
    }
    guard time.mono >= nextAccounts else { return }
    nextAccounts = time.mono + Self.accountInterval
    for place in exchange.accounts.indices {
      let account = place + Ledger.firstUser
      let assets = Array(exchange.assets.indices)
      publish("account", account: account, more: Self.snapshot, [balances(account, assets)], &actions)
      guard isPerpetual else { continue }
      publish("positions", account: account, more: Self.snapshot, positions(account).map { position($0) }, &actions)
    }
    guard isPerpetual else { return }
    for market in exchange.markets.indices {
      publish("funding-rate", market: market, [fundingRate(market)], &actions)
    }
  }

  /// Takes the book as it is, and gives what has changed since it was published.
  func refreshBook(_ market: Int) -> (bids: [OKXBook.Level], asks: [OKXBook.Level]) {
    let book = exchange.markets[market].book
    exchange.markets[market].book.forgetChanges()
    guard book.sequence != published[market].sequence else { return ([], []) }
    func side(_ levels: PriceLevels) -> [OKXBook.Level] {
      levels.levels.suffix(OKXBook.depth).reversed().map {
        OKXBook.Level(price: $0.price, quantity: $0.total, orders: $0.orders.count)
      }
    }
    let (bids, asks) = (side(book.bids), side(book.asks))
    let changes = (Self.difference(published[market].bids, bids), Self.difference(published[market].asks, asks))
    (published[market].bids, published[market].asks, published[market].sequence) = (bids, asks, book.sequence)
    return changes
  }

  /// Levels that are new or other, and those that are gone.
  private static func difference(_ old: [OKXBook.Level], _ new: [OKXBook.Level]) -> [OKXBook.Level] {
    let before = Dictionary(uniqueKeysWithValues: old.map { ($0.price, $0) })
    let after = Set(new.map(\.price))
    return old.filter { !after.contains($0.price) }.map { OKXBook.Level(price: $0.price, quantity: 0, orders: 0) }
      + new.filter { before[$0.price] != $0 }
  }

  private func flushBook(_ market: Int, _ actions: inout [VenueAction]) {
    let previous = published[market].sequence
    let (bids, asks) = refreshBook(market)
    let sequence = published[market].sequence
    guard sequence != previous || time.mono - published[market].pushed >= Self.stillBook else { return }
    published[market].pushed = time.mono
    if sequence != previous { published[market].hasNewTicker = true }
    publish(
      "books", market: market, more: [("action", "update")],
      [change(market, bids: bids, asks: asks, sequence: sequence, previous: Int64(previous))], &actions)
  }

  /// "Checksum (Deprecated)": its value is fixed to 0.
  private func change(
    _ market: Int, bids: [OKXBook.Level], asks: [OKXBook.Level], sequence: UInt64, previous: Int64
  ) -> JSONValue {
    .make([
      ("asks", levels(market, asks)), ("bids", levels(market, bids)), ("ts", .s(String(milliseconds))),
      ("checksum", .n(0)), ("prevSeqId", .n(previous)), ("seqId", .n(sequence)),
    ])
  }
}
