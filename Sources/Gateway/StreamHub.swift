import CMicroHTTP
import CNet
import Control
import JSONTree
import MarketModel
import PatchbayHost
import WebSocket

/// The streams: who follows what, and what each is sent. On the gateway's thread.
final class StreamHub {
  unowned let server: GatewayServer
  private var clients: [UInt64: StreamClient] = [:]
  private var nextToken: UInt64 = 16
  private let feeds: MarketFeeds
  private var followed: [Feed.Key: Feed] = [:]
  private var byNumber: [UInt64: Feed] = [:]
  private var isAskingAccounts = false
  private var accountsDue = Int64.max
  private var isAskingConnectors = false
  private var connectorsDue = Int64.max
  /// Hears of orders while somebody follows them: the traders do nothing for nobody.
  private var listener: Int?
  /// When something that waited for its interval is due.
  private var sendDue = Int64.max

  init(_ server: GatewayServer) {
    self.server = server
    feeds = MarketFeeds(server.host.running) { [weak server] in
      guard let server else { return }
      server.submit { server.hub.takeNews() }
    }
  }

  var count: Int { clients.count }
  private var limits: GatewayLimits { server.limits }

  /// When there is work without anything having come.
  var due: Int64 {
    guard !clients.isEmpty else { return .max }
    let signs = clients.values.map { min($0.pinged + limits.ping, $0.heard + limits.silence) }.min() ?? .max
    return min(sendDue, accountsDue, connectorsDue, signs)
  }

  // MARK: Clients

  /// Why one more stream of a client cannot be.
  func fault(_ client: Client) -> APIError? {
    guard clients.count < limits.streams else {
      return APIError("too_many_requests", "\(limits.streams) streams are open")
    }
    let own = clients.values.count { $0.client.name == client.name }
    guard own < limits.streamsOfClient else {
      return APIError("too_many_requests", "this client has \(own) streams open")
    }
    return nil
  }

  func open(_ client: Client, _ descriptor: Int32, _ handle: OpaquePointer, read: UnsafeRawBufferPointer) {
    let stream = StreamClient(nextToken, client, descriptor, handle, limits, now: server.now)
    nextToken += 1
    clients[stream.token] = stream
    server.counters.streams &+= 1
    send([
      "type": "hello", "api": "v1", "scopes": JSONValue(.array(client.scopes.map { JSONValue(.string($0)) })),
    ], to: stream)
    stream.take(read)
    hear(stream)
  }

  func ready(_ token: UInt64, canRead: Bool) {
    guard let stream = clients[token] else { return }
    if canRead {
      stream.heard = server.now
      guard stream.read() else { return drop(stream) }
      hear(stream)
    }
    settle(stream)
  }

  private func hear(_ stream: StreamClient) {
    while !stream.isEnding, let bytes = stream.message() {
      guard stream.bucket.take(now: server.now) else {
        stream.close(1008, "more than \(limits.messagesPerSecond) messages a second")
        break
      }
      take(bytes, from: stream)
    }
    settle(stream)
  }

  /// Writes what can be written, goes on with what was left out, and cuts off who does not read.
  private func settle(_ stream: StreamClient) {
    guard clients[stream.token] != nil else { return }
    guard stream.flush(), !stream.isEnding else { return drop(stream) }
    if stream.backlog > limits.backlogBytes {
      server.counters.slow &+= 1
      stream.close(1013, "too slow")
      _ = stream.flush()
      return drop(stream)
    }
    stream.watch(server.poll)
  }

  private func drop(_ stream: StreamClient) {
    _ = stream.flush()
    guard clients.removeValue(forKey: stream.token) != nil else { return }
    for subscription in stream.subscriptions.values { unfollow(subscription, of: stream) }
    stream.end(server.poll)
    setTimers()
  }

  func closeAll() {
    for stream in Array(clients.values) {
      stream.close(1001, "the host is ending")
      drop(stream)
    }
  }

  func send(_ value: JSONValue, to stream: StreamClient) {
    server.counters.messages &+= 1
    stream.send(value)
  }

  func send(_ text: String, to stream: StreamClient) {
    server.counters.messages &+= 1
    stream.send(text)
  }

  /// Does a job for a stream and what it follows, where both are still there.
  func with(_ token: UInt64, _ number: Int, _ body: (StreamClient, Subscription) -> Void) {
    guard let stream = clients[token], let subscription = stream.subscriptions[number] else { return }
    body(stream, subscription)
    settle(stream)
  }

  func stream(_ token: UInt64, _ body: (StreamClient) -> Void) {
    guard let stream = clients[token] else { return }
    body(stream)
    settle(stream)
  }

  // MARK: Time

  func work(_ now: Int64) {
    guard !clients.isEmpty else { return }
    for stream in Array(clients.values) {
      if now - stream.heard >= limits.silence {
        stream.close(1008, "nothing was heard for \(limits.silence / 1_000_000_000) s")
        drop(stream)
      } else if now - stream.pinged >= limits.ping {
        stream.ping(now)
        settle(stream)
      }
    }
    sendDirty(now)
    if now >= accountsDue { askAccounts(now) }
    if now >= connectorsDue { askConnectors(now) }
  }

  /// Sends what has waited for its interval, or for its client to read.
  private func sendDirty(_ now: Int64) {
    sendDue = .max
    for stream in Array(clients.values) {
      var hasSent = false
      for subscription in stream.subscriptions.values where subscription.isDirty {
        hasSent = offer(subscription, to: stream, now) || hasSent
        // Who does not read is looked at again when it does.
        if subscription.isDirty, stream.backlog < limits.conflateBytes { sendDue = min(sendDue, subscription.due) }
      }
      if hasSent { settle(stream) }
    }
  }

  // MARK: Markets

  func follow(_ subscription: Subscription, of stream: StreamClient, _ kind: FeedKind, _ place: RunningHost.Place) {
    let key = Feed.Key(kind: kind, connector: place.name, pair: subscription.pair)
    let feed = followed[key] ?? Feed(server.nextNumber, key, place)
    if followed[key] == nil {
      server.nextNumber += 1
      followed[key] = feed
      byNumber[feed.number] = feed
    }
    subscription.feed = feed
    feed.followers.append((stream.token, subscription.number))
    let (depth, interval) = (max(feed.depth, subscription.depth), min(feed.interval, subscription.interval))
    if depth != feed.depth || interval != feed.interval {
      // What is there may lack levels that are wanted now.
      if depth > feed.depth { feed.latest = nil }
      (feed.depth, feed.interval) = (depth, interval)
      feeds.follow(feed.number, kind, place, subscription.pair, depth: depth, interval: interval)
    } else if feed.latest != nil, kind != .trades {
      subscription.isDirty = true
    }
  }

  func unfollow(_ subscription: Subscription, of stream: StreamClient) {
    stream.subscriptions[subscription.number] = nil
    guard let feed = subscription.feed else { return setTimers() }
    feed.followers.removeAll { $0.client == stream.token && $0.subscription == subscription.number }
    if feed.followers.isEmpty {
      followed[feed.key] = nil
      byNumber[feed.number] = nil
      feeds.unfollow(feed.number, feed.place)
    }
  }

  func takeNews() {
    let now = server.now
    for (number, news) in feeds.take() {
      guard let feed = byNumber[number] else { continue }
      if case .gone(let words) = news {
        end(feed, words)
        continue
      }
      feed.latest = news
      for follower in feed.followers {
        guard let stream = clients[follower.client], let own = stream.subscriptions[follower.subscription] else {
          continue
        }
        if case .trades(let copies) = news { own.add(copies) }
        own.isDirty = true
        if offer(own, to: stream, now) { settle(stream) } else { sendDue = min(sendDue, max(own.due, now)) }
      }
    }
  }

  private func end(_ feed: Feed, _ words: String) {
    for follower in feed.followers {
      with(follower.client, follower.subscription) { stream, subscription in
        stream.subscriptions[subscription.number] = nil
        send([
          "type": "error", "subscription": StatusText.number(subscription.number),
          "error": APIError("unknown_pair", words, field: "pair").json,
        ], to: stream)
      }
    }
    followed[feed.key] = nil
    byNumber[feed.number] = nil
  }

  /// Sends the newest of a market, where its time has come and its client reads; whether something was sent.
  private func offer(_ subscription: Subscription, to stream: StreamClient, _ now: Int64) -> Bool {
    guard now >= subscription.due, stream.backlog < limits.conflateBytes else { return false }
    subscription.isDirty = false
    var text: String?
    switch subscription.feed?.latest {
    case .book(let book): text = subscription.bookMessage(book)
    case .ticker(let ticker):
      text = JSONWriter.compact([
        "type": "ticker", "subscription": StatusText.number(subscription.number), "ticker": ticker,
      ])
    case .trades:
      text = subscription.trades.map { JSONWriter.compact(subscription.tradesMessage($0)) }
      subscription.trades = nil
    case .gone, nil: break
    }
    guard let text else { return false }
    subscription.due = now + subscription.interval
    send(text, to: stream)
    return true
  }

  // MARK: Orders and fills

  /// On the desk's lane.
  func hear(_ event: DeskEvent) {
    guard event.order != nil else { return }
    let copy = event.order.map { OrderCopies.order($0, event.desk) } ?? nil
    server.submit { [server] in server.hub.tell(event, copy) }
  }

  private func tell(_ event: DeskEvent, _ order: JSONValue) {
    guard !clients.isEmpty else { return }
    var message: (order: JSONValue?, fill: JSONValue?) = (nil, nil)
    let named = server.naming(order)
    for stream in Array(clients.values) {
      var hasSent = false
      for own in stream.subscriptions.values where own.connectors.contains(event.desk.name) {
        switch own.channel {
        case .orders:
          guard own.early == nil else {
            own.early?.append(event)
            own.earlyOrders.append(named)
            continue
          }
          message.order = message.order ?? StreamWords.order(event, named)
          send(StreamWords.of(own, message.order ?? nil), to: stream)
          hasSent = true
        case .fills:
          message.fill = message.fill ?? StreamWords.fill(event, named)
          guard let fill = message.fill else { continue }
          send(StreamWords.of(own, ["type": "fill", "fill": fill]), to: stream)
          hasSent = true
        default: continue
        }
      }
      if hasSent { settle(stream) }
    }
  }

  // MARK: Accounts and connectors

  /// Looks at what is followed, and no more than that is followed here.
  func setTimers() {
    let channels = Set(clients.values.flatMap { $0.subscriptions.values.map(\.channel) })
    let events = server.host.events
    if channels.contains(.orders) || channels.contains(.fills) {
      listener = listener ?? events.listen { [weak server] heard in server?.hub.hear(heard) }
    } else if let listener {
      events.forget(listener)
      self.listener = nil
    }
    let needsAccounts = channels.contains(.balances) || channels.contains(.positions)
    accountsDue = needsAccounts ? min(accountsDue, server.now) : .max
    connectorsDue = channels.contains(.connectors) ? min(connectorsDue, server.now) : .max
  }

  private func askAccounts(_ now: Int64) {
    accountsDue = now + limits.accounts
    guard !isAskingAccounts else { return }
    isAskingAccounts = true
    let running = server.host.running
    let desks = running.desks
    running.gather(
      Set(desks.map(\.lane)).sorted(), { [server] in server.submit(after: $0, $1) },
      { _, lane in
        desks.filter { $0.lane == lane }.map {
          (name: $0.name, balances: OrderCopies.balances($0), positions: OrderCopies.positions($0))
        }
      }
    ) { [server] found, _ in
      let all = found.flatMap { $0 }
      server.submit {
        server.hub.isAskingAccounts = false
        for desk in all {
          server.hub.tell(.balances, "balances", desk.name, desk.balances, ["account", "asset"])
          server.hub.tell(.positions, "positions", desk.name, desk.positions, ["account", "pair", "leg"])
        }
      }
    }
  }

  private func askConnectors(_ now: Int64) {
    connectorsDue = now + limits.connectors
    guard !isAskingConnectors else { return }
    isAskingConnectors = true
    server.status { [server] seats, _ in
      server.hub.isAskingConnectors = false
      for seat in seats {
        server.hub.tell(.connectors, "connectors", seat.name, [StatusText.json(seat)], ["connector"])
      }
    }
  }

  /// Sends rows that are new or changed to who follows them. Of a position that is gone its end is reported.
  private func tell(
    _ channel: Subscription.Channel, _ name: String, _ connector: String, _ rows: [JSONValue], _ keys: [String]
  ) {
    for stream in Array(clients.values) {
      for own in stream.subscriptions.values where own.channel == channel && own.connectors.contains(connector) {
        guard stream.backlog < limits.conflateBytes else { continue }
        let isFirst = own.told.insert(connector).inserted
        let changed = own.changed(rows, keys, connector, channel)
        guard isFirst || !changed.isEmpty else { continue }
        send([
          "type": JSONValue(.string(name)), "subscription": StatusText.number(own.number),
          "kind": isFirst ? "snapshot" : "update", "connector": JSONValue(.string(connector)),
          name: JSONValue(.array(changed)),
        ], to: stream)
      }
      settle(stream)
    }
  }
}
