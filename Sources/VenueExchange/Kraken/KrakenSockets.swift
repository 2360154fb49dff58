import Decimals
import JSONTree
import Matching
import Venue

/// A WebSocket of a client, with what it is subscribed to.
struct KrakenSocket {
  struct Book {
    let market: Int
    let depth: Int
    /// What the client has: price and quantity, the best first.
    var bids: [PriceQuantity] = []
    var asks: [PriceQuantity] = []
  }

  struct PriceQuantity: Equatable {
    let price: Int64
    let quantity: Int64
  }

  var books: [Book] = []
  /// Markets by channel.
  var trades: [Int] = []
  var tickers: [Int] = []
  var hasInstruments = false
  /// Accounts, with the number of the last message.
  var executions: (account: Participant, sequence: UInt64)?
  var balances: (account: Participant, sequence: UInt64)?

  var isSubscribed: Bool {
    !books.isEmpty || !trades.isEmpty || !tickers.isEmpty || hasInstruments || executions != nil || balances != nil
  }
}

/// WebSocket v2: requests and subscriptions. Sources: "Spot WebSocket v2: General messaging, subscribe, unsubscribe,
/// ping, status, heartbeat, WebSocket authentication".
extension KrakenVenue {
  func openSocket(_ id: UInt64, _ request: VenueRequest, _ actions: inout [VenueAction]) {
    guard request.path == "/v2", !isInMaintenance else {
      actions.append(.refuse(socket: id, VenueReply(status: isInMaintenance ? 503 : 404, body: [])))
      return
    }
    connections += 1
    sockets[id] = KrakenSocket()
    actions.append(.accept(socket: id))
    let status = JSONValue.make([
      ("api_version", "v2"), ("connection_id", .n(connections)), ("system", "online"), ("version", "2.0.10"),
    ])
    send(.make([("channel", "status"), ("type", "update"), ("data", .list([status]))]), on: id, &actions)
  }

  func send(_ value: JSONValue, on socket: UInt64, _ actions: inout [VenueAction]) {
    actions.append(.send(socket: socket, .text(value.bytes)))
  }

  /// What every answer ends with.
  private func ending(_ request: JSONValue) -> [(String, JSONValue)] {
    let now = JSONValue.s(rfc3339(clock))
    return (request["req_id"].map { [("req_id", $0)] } ?? []) + [("time_in", now), ("time_out", now)]
  }

  func socketRequest(_ id: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {
    guard sockets[id] != nil else { return }
    guard let request = try? JSONDocument.parse(bytes: text), let method = request["method"]?.string else {
      return send(.make([("error", "Malformed request"), ("success", .b(false))]), on: id, &actions)
    }
    switch method {
    case "ping": send(.make([("method", "pong")] + ending(request)), on: id, &actions)
    case "subscribe", "unsubscribe": subscription(id, request, method, &actions)
    default:
      var members: [(String, JSONValue)] = [("method", .s(method))]
      do throws(KrakenError) {
        members += [("result", try trade(method, request["params"])), ("success", .b(true))]
      } catch {
        members += [("error", .s(error.text)), ("success", .b(false))]
      }
      send(.make(members + ending(request)), on: id, &actions)
    }
  }

  // MARK: Subscriptions

  private func subscription(
    _ id: UInt64, _ request: JSONValue, _ method: String, _ actions: inout [VenueAction]
  ) {
    let parameters = request["params"] ?? .none
    func refuse(_ text: String, _ symbol: JSONValue?) {
      send(
        .make(
          [("error", .s(text)), ("method", .s(method))] + ending(request) + [("success", .b(false))]
            + (symbol.map { [("symbol", $0)] } ?? [])), on: id, &actions)
    }
    if method == "subscribe", subscriptionsToReject > 0 {
      subscriptionsToReject -= 1
      return refuse("EService:Unavailable", parameters["symbol"]?[0])
    }
    let channel = parameters["channel"]?.string ?? ""
    switch channel {
    case "book", "trade", "ticker":
      for symbol in parameters["symbol"]?.array ?? [] {
        guard let market = exchange.market(symbol.string ?? "") else {
          refuse("Currency pair not supported \(symbol.string ?? "")", symbol)
          continue
        }
        do throws(KrakenError) {
          let snapshot = try change(id, channel, market, parameters, isSubscribe: method == "subscribe")
          let result = confirmation(channel, parameters, [("symbol", symbol)])
          send(
            .make([("method", .s(method)), ("result", result), ("success", .b(true))] + ending(request)), on: id,
            &actions)
          if let snapshot { send(snapshot, on: id, &actions) }
        } catch {
          refuse(error.text, symbol)
        }
      }
    case "instrument", "executions", "balances":
      do throws(KrakenError) {
        let snapshots = try change(id, channel, parameters, isSubscribe: method == "subscribe")
        let result = confirmation(channel, parameters, [])
        send(
          .make([("method", .s(method)), ("result", result), ("success", .b(true))] + ending(request)), on: id, &actions
        )
        for snapshot in snapshots { send(snapshot, on: id, &actions) }
      } catch {
        refuse(error.text, nil)
      }
    default: refuse("Subscription channel invalid", nil)
    }
  }

  private func confirmation(
    _ channel: String, _ parameters: JSONValue, _ more: [(String, JSONValue)]
  ) -> JSONValue {
    let depth: [(String, JSONValue)] = channel == "book" ? [("depth", .n(parameters["depth"]?.int ?? 10))] : []
    let snapshot = parameters["snapshot"]?.bool ?? true
    return .make([("channel", .s(channel)), ("snapshot", .b(snapshot))] + depth + more)
  }

  /// Begins or ends a channel of a market.
  /// - Returns: the snapshot, if there is one.
  private func change(
    _ id: UInt64, _ channel: String, _ market: Int, _ parameters: JSONValue, isSubscribe: Bool
  ) throws(KrakenError) -> JSONValue? {
    guard var socket = sockets[id] else { return nil }
    defer { sockets[id] = socket }
    let already = KrakenError("Already subscribed to one or more of the requested channels")
    let absent = KrakenError("Subscription Not Found")
    let wantsSnapshot = parameters["snapshot"]?.bool ?? true
    switch channel {
    case "book":
      let depth = parameters["depth"]?.int ?? 10
      guard [10, 25, 100, 500, 1000].contains(depth) else { throw KrakenError("Subscription depth not supported") }
      let place = socket.books.firstIndex { $0.market == market }
      guard isSubscribe else {
        guard let place else { throw absent }
        socket.books.remove(at: place)
        return nil
      }
      guard place == nil else { throw already }
      let book = standing(market, depth)
      socket.books.append(book)
      return wantsSnapshot ? bookMessage(book, bids: book.bids, asks: book.asks, isSnapshot: true) : nil
    case "trade":
      try toggle(&socket.trades, market, isSubscribe, already: already, absent: absent)
      return isSubscribe && wantsSnapshot
        ? tradeMessage(exchange.markets[market].trades.suffix(50), isSnapshot: true) : nil
    default:
      try toggle(&socket.tickers, market, isSubscribe, already: already, absent: absent)
      return isSubscribe && wantsSnapshot ? tickerMessage(market, isSnapshot: true) : nil
    }
  }

  private func toggle(
    _ list: inout [Int], _ market: Int, _ isSubscribe: Bool, already: KrakenError, absent: KrakenError
  ) throws(KrakenError) {
    let place = list.firstIndex(of: market)
    if isSubscribe {
      guard place == nil else { throw already }
      list.append(market)
    } else {
      guard let place else { throw absent }
      list.remove(at: place)
    }
  }

  /// Begins or ends a channel that is not of one market.
  private func change(
    _ id: UInt64, _ channel: String, _ parameters: JSONValue, isSubscribe: Bool
  ) throws(KrakenError) -> [JSONValue] {
    if channel == "instrument" {
      sockets[id]?.hasInstruments = isSubscribe
      return isSubscribe ? [instrumentMessage()] : []
    }
    let account = try owner(ofToken: parameters["token"]?.string)
    guard isSubscribe else {
      if channel == "executions" { sockets[id]?.executions = nil } else { sockets[id]?.balances = nil }
      return []
    }
    if channel == "balances" {
      sockets[id]?.balances = (account, 1)
      return [balancesSnapshot(account)]
    }
    sockets[id]?.executions = (account, 1)
    let wantsTrades = parameters["snap_trades"]?.bool ?? false
    let wantsOrders = parameters["snap_orders"]?.bool ?? true
    return [executionsSnapshot(account, orders: wantsOrders, trades: wantsTrades)]
  }
}
