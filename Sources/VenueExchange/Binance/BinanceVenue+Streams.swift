import JSONTree
import Matching
import Venue

/// One WebSocket of a client.
struct StreamSocket {
  enum Form { case raw, combined }

  var form = Form.raw
  /// Streams in the order they were asked for.
  var streams: [String] = []
  /// The listen key that it was opened with, and whose it is.
  var listenKey: String?
  var account: Participant?
  /// Of a socket of the WebSocket API: subscriptions to accounts, in order.
  var api: [(id: Int, account: Participant)]?
  var nextSubscription = 0
  let address: String
  /// Messages that came in the current second.
  var second: Int64 = 0
  var messages = 0
  /// Of futures: which streams the address serves; empty = all.
  var kind = ""
}

/// How often a depth stream says: `@depth` alone, or with an interval behind it.
struct DepthSpeed: Sendable {
  let suffixes: [String]
  /// Of intervals of 100 ms.
  let every: Int
}

/// What was published of a book so far.
struct DepthState {
  struct Pending {
    var changes: [LevelChange] = []
    /// Sequence number up to which it was published.
    var published: UInt64 = 0
  }

  var speeds: [Pending]
  /// As it was last published at the highest speed.
  var book: MatchingEngine?
  var best: BestPrices?

  init(speeds: Int) { self.speeds = [Pending](repeating: Pending(), count: speeds) }
}

/// The best of both sides, and how much there is.
struct BestPrices: Equatable {
  var bid: Int64 = 0
  var bidQuantity: Int64 = 0
  var ask: Int64 = 0
  var askQuantity: Int64 = 0

  init(_ book: MatchingEngine) {
    if let best = book.bids.best { (bid, bidQuantity) = (best.price, best.total) }
    if let best = book.asks.best { (ask, askQuantity) = (best.price, best.total) }
  }
}

/// Market and user streams. Sources: "WebSocket Streams", "User Data Streams" of the spot documentation, "Websocket
/// Market Streams" of the futures documentation.
extension BinanceVenue {
  /// `/ws`, `/ws/<stream>/<stream>`, `/ws/<listenKey>`, `/stream?streams=<stream>/<stream>`; futures have an address
  /// for each kind of stream before it.
  func openStream(_ id: UInt64, _ request: VenueRequest, _ actions: inout [VenueAction]) {
    if isInMaintenance {
      actions.append(.refuse(socket: id, VenueReply(status: 503, body: BinanceError.maintenance.json.bytes)))
      return
    }
    var socket = StreamSocket(address: request.address)
    var parts = request.path.split(separator: "/").map(String.init)
    if let first = parts.first, streamKinds.contains(first) { socket.kind = parts.removeFirst() }
    let query = Parameters(form: request.query)
    var names = Array(parts.dropFirst())
    switch parts.first {
    case "ws": break
    case "stream":
      socket.form = .combined
      names += query["streams"]?.split(separator: "/").map(String.init) ?? []
    default:
      actions.append(.refuse(socket: id, VenueReply(status: 404, body: [])))
      return
    }
    if let key = query["listenKey"] { names.append(key) }
    actions.append(.accept(socket: id))
    for name in names {
      if let key = listenKeys.first(where: { $0.key == name }) {
        (socket.listenKey, socket.account) = (key.key, key.account)
      } else if name.contains("@") || name.hasPrefix("!") {
        if !socket.streams.contains(name) { socket.streams.append(name) }
      }
    }
    sockets[id] = socket
    for name in socket.streams { listen(id, name) }
  }

  /// A stream that is asked for at the wrong address is confirmed and stays silent.
  private func listen(_ id: UInt64, _ name: String) {
    let topic = name.split(separator: "@").dropFirst().first ?? ""
    let isPublic = topic.hasPrefix("depth") || topic == "bookTicker" || topic == "trade"
    switch sockets[id]?.kind {
    case "public" where !isPublic, "market" where isPublic, "private": break
    default: listeners[name, default: []].append(id)
    }
  }

  /// Paths that futures put before `/ws` and `/stream`.
  var streamKinds: [String] { exchange.style.isPerpetual ? ["public", "market", "private"] : [] }

  func forgetStream(_ socket: UInt64) {
    guard let gone = sockets.removeValue(forKey: socket) else { return }
    for name in gone.streams { listeners[name]?.removeAll { $0 == socket } }
  }

  /// "WebSocket connections have a limit of 5 incoming messages per second", futures 10; who sends more is cut off.
  func isTooFast(_ id: UInt64, limit: Int, _ actions: inout [VenueAction]) -> Bool {
    let second = clock / Self.second
    guard var socket = sockets[id] else { return true }
    if socket.second != second { (socket.second, socket.messages) = (second, 0) }
    socket.messages += 1
    sockets[id] = socket
    guard socket.messages > limit else { return false }
    actions.append(.close(socket: id, code: 1008, reason: "Too many requests"))
    forget(id)
    return true
  }

  /// SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY, GET_PROPERTY.
  func streamCommand(_ id: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {
    func refuse(_ code: Int, _ text: String, _ number: JSONValue) {
      let error = JSONValue.make([("code", .n(code)), ("msg", .s(text))])
      reply(id, .make([("error", error), ("id", number)]), &actions)
    }
    guard let message = try? JSONDocument.parse(bytes: text), message.object != nil else {
      return refuse(3, "Invalid JSON: expected value at line 1 column 1", .none)
    }
    let number = message["id"] ?? .none
    let names = message["params"]?.array?.compactMap(\.string) ?? []
    switch message["method"]?.string {
    case "SUBSCRIBE":
      if subscriptionsToReject > 0 {
        subscriptionsToReject -= 1
        return refuse(2, "Invalid request: rejected for a test", number)
      }
      guard !names.isEmpty, names.allSatisfy({ $0.contains("@") || $0.hasPrefix("!") }) else {
        return refuse(2, "Invalid request: invalid stream", number)
      }
      for name in names where sockets[id]?.streams.contains(name) == false {
        sockets[id]?.streams.append(name)
        listen(id, name)
      }
      reply(id, .make([("result", .none), ("id", number)]), &actions)
    case "UNSUBSCRIBE":
      sockets[id]?.streams.removeAll { names.contains($0) }
      for name in names { listeners[name]?.removeAll { $0 == id } }
      reply(id, .make([("result", .none), ("id", number)]), &actions)
    case "LIST_SUBSCRIPTIONS":
      let streams = sockets[id]?.streams ?? []
      reply(id, .make([("result", .list(streams.map { .s($0) })), ("id", number)]), &actions)
    case "SET_PROPERTY":
      let isCombined = message["params"]?[1]?.bool == true
      sockets[id]?.form = isCombined ? .combined : .raw
      reply(id, .make([("result", .none), ("id", number)]), &actions)
    case "GET_PROPERTY":
      reply(id, .make([("result", .b(sockets[id]?.form == .combined)), ("id", number)]), &actions)
    default: refuse(2, "Invalid request: unknown variant", number)
    }
  }

  func reply(_ socket: UInt64, _ value: JSONValue, _ actions: inout [VenueAction]) {
    actions.append(.send(socket: socket, .text(value.bytes)))
  }

  // MARK: Reporting

  func isHeard(_ stream: String) -> Bool { listeners[stream]?.isEmpty == false }

  func publish(_ stream: String, _ event: @autoclosure () -> JSONValue, _ actions: inout [VenueAction]) {
    guard let sockets = listeners[stream], !sockets.isEmpty else { return }
    let event = event()
    for socket in sockets { send(event, stream: stream, on: socket, &actions) }
  }

  func send(_ event: JSONValue, stream: String, on socket: UInt64, _ actions: inout [VenueAction]) {
    let isCombined = sockets[socket]?.form == .combined
    reply(socket, isCombined ? .make([("stream", .s(stream)), ("data", event)]) : event, &actions)
  }

  /// Reports an event of an account to all who listen to it.
  func pushToAccount(_ account: Participant, _ event: JSONValue, _ actions: inout [VenueAction]) {
    for id in sockets.keys.sorted() {
      guard let socket = sockets[id] else { continue }
      if socket.account == account, let key = socket.listenKey { send(event, stream: key, on: id, &actions) }
      for subscription in socket.api ?? [] where subscription.account == account {
        reply(id, .make([("subscriptionId", .n(subscription.id)), ("event", event)]), &actions)
      }
    }
  }

  func endSubscriptions(of id: UInt64, _ actions: inout [VenueAction]) {
    let ended = sockets[id]?.api ?? []
    sockets[id]?.api = []
    for subscription in ended {
      let event = JSONValue.make([("e", .s("eventStreamTerminated")), ("E", .n(milliseconds))])
      reply(id, .make([("subscriptionId", .n(subscription.id)), ("event", event)]), &actions)
    }
  }

  func topic(_ market: Int, _ suffix: String) -> String {
    "\(exchange.markets[market].rules.market.symbol.lowercased())@\(suffix)"
  }

  // MARK: Books

  func flushBooks(_ actions: inout [VenueAction]) {
    flushes += 1
    for market in exchange.markets.indices {
      let changes = exchange.markets[market].book.changes
      exchange.markets[market].book.forgetChanges()
      for (index, speed) in depthSpeeds.enumerated() {
        depths[market].speeds[index].changes += changes
        guard flushes % speed.every == 0 else { continue }
        pushDepth(market, index, speed, &actions)
      }
      depths[market].book = exchange.markets[market].book
    }
    flushed(&actions)
  }

  private func pushDepth(_ market: Int, _ index: Int, _ speed: DepthSpeed, _ actions: inout [VenueAction]) {
    let pending = depths[market].speeds[index]
    let book = exchange.markets[market].book
    defer { depths[market].speeds[index] = DepthState.Pending(published: book.sequence) }
    for suffix in speed.suffixes {
      for levels in [5, 10, 20] {
        let name = topic(market, "depth\(levels)\(suffix)")
        guard isHeard(name) else { continue }
        publish(name, partialDepth(market, book, levels, previous: pending.published), &actions)
      }
      let name = topic(market, "depth\(suffix)")
      guard !pending.changes.isEmpty, isHeard(name) else { continue }
      publish(name, depthUpdate(market, book, pending), &actions)
    }
  }

  private func depthUpdate(_ market: Int, _ book: MatchingEngine, _ pending: DepthState.Pending) -> JSONValue {
    var (bids, asks): (Set<Int64>, Set<Int64>) = ([], [])
    for change in pending.changes {
      if change.side == .buy { bids.insert(change.price) } else { asks.insert(change.price) }
    }
    func level(_ price: Int64, _ side: Side) -> JSONValue {
      let total = book.levels(side).total(at: price)
      return .list([.s(self.price(market, price)), .s(quantity(market, total))])
    }
    return depthEvent(
      market, first: pending.published + 1, last: book.sequence, previous: pending.published,
      bids: .list(bids.sorted(by: >).map { level($0, .buy) }), asks: .list(asks.sorted().map { level($0, .sell) }))
  }

  func depthEvent(
    _ market: Int, first: UInt64, last: UInt64, previous: UInt64, bids: JSONValue, asks: JSONValue
  ) -> JSONValue {
    let isPerpetual = exchange.style.isPerpetual
    return .make(
      [("e", .s("depthUpdate")), ("E", .n(milliseconds))] + (isPerpetual ? [("T", .n(milliseconds))] : [])
        + [("s", .s(exchange.markets[market].rules.market.symbol)), ("U", .n(first)), ("u", .n(last))]
        + (isPerpetual ? [("pu", .n(previous))] : []) + [("b", bids), ("a", asks)])
  }

  private func partialDepth(_ market: Int, _ book: MatchingEngine, _ levels: Int, previous: UInt64) -> JSONValue {
    let (bids, asks) = (side(market, book.bids, levels), side(market, book.asks, levels))
    if exchange.style.isPerpetual {
      return depthEvent(
        market, first: previous + 1, last: book.sequence, previous: previous, bids: bids, asks: asks)
    }
    return .make([("lastUpdateId", .n(book.sequence)), ("bids", bids), ("asks", asks)])
  }

  /// The best levels of a side.
  func side(_ market: Int, _ levels: PriceLevels, _ count: Int) -> JSONValue {
    .list(
      levels.levels.suffix(count).reversed().map {
        .list([.s(price(market, $0.price)), .s(quantity(market, $0.total))])
      })
  }

  /// Best prices, as soon as they change.
  func pushBest(_ actions: inout [VenueAction]) {
    for market in exchange.markets.indices {
      let name = topic(market, "bookTicker")
      guard isHeard(name) else { continue }
      let book = exchange.markets[market].book
      let best = BestPrices(book)
      let isPerpetual = exchange.style.isPerpetual
      let times: [(String, JSONValue)] = isPerpetual ? [("E", .n(milliseconds)), ("T", .n(milliseconds))] : []
      guard best != depths[market].best else { continue }
      depths[market].best = best
      publish(
        name,
        .make(
          (isPerpetual ? [("e", .s("bookTicker"))] : []) + [("u", .n(book.sequence))] + times + [
            ("s", .s(exchange.markets[market].rules.market.symbol)),
            ("b", .s(price(market, best.bid))), ("B", .s(quantity(market, best.bidQuantity))),
            ("a", .s(price(market, best.ask))), ("A", .s(quantity(market, best.askQuantity))),
          ]), &actions)
    }
  }
}
