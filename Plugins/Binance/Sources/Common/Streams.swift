import CPatchbay
import ConnectorKit

/// A stream of one market: `btcusdt@depth@100ms`.
struct Topic: Equatable {
  let market: Int
  let channel: Channels
}

/// A WebSocket connection and what it carries.
struct Connection {
  /// Which of the venue's addresses it is to.
  var address = 0
  var isOpen = false
  /// The venue answered a message on it.
  var hasAnswered = false
  var topics: [Topic] = []
  /// Topics not asked for yet, and topics to give up.
  var unsent: [Topic] = []
  var unwanted: [Topic] = []
  var lastSent = Int64.min
  var flushTimer: pb_id = 0
}

/// Connections and subscriptions. Source: "WebSocket Streams", "Live Subscribing/Unsubscribing to streams".
extension BinanceConnector {
  func subscribe(_ market: Market, _ command: Command) {
    let (new, isDone) = subscriptions.add(market.id, command.channels, command: command.id)
    if new.contains(.book) {
      market.wantsBook = true
      market.snapshotLevels = command.depth > 0 && command.depth <= 1000 ? 1000 : venue.deepestSnapshot
    }
    for channel in new.each {
      guard let stream = stream(channel) else {
        for waiting in subscriptions.rejected(market.id, channel) {
          out.refuse(waiting, .unsupported, "channel \(channel.rawValue) is not offered")
        }
        continue
      }
      place(Topic(market: market.number, channel: channel), stream.address)
    }
    if isDone { out.done(command.id) }
    for id in connections.ids { flush(id) }
  }

  func unsubscribe(_ market: Market, _ command: Command) {
    giveUp(market, command.channels)
    out.done(command.id)
  }

  /// An instrument gives way to another: nothing of it is told any more.
  func retire(_ market: Market) {
    loseBook(market, .malformed)
    giveUp(market, subscriptions.entries.reduce(into: []) { if $1.instrument == market.id { $0.insert($1.channel) } })
  }

  private func giveUp(_ market: Market, _ channels: Channels) {
    let (gone, orphans) = subscriptions.remove(market.id, channels)
    for orphan in orphans { out.refuse(orphan, .other, "unsubscribed before it was live") }
    market.live.subtract(gone)
    if gone.contains(.book) { dropBook(market) }
    for (id, connection) in connections.all {
      var connection = connection
      let leaving = connection.topics.filter { $0.market == market.number && gone.contains($0.channel) }
      guard !leaving.isEmpty else { continue }
      connection.topics.removeAll { leaving.contains($0) }
      connection.unwanted += leaving.filter { !connection.unsent.contains($0) }
      connection.unsent.removeAll { leaving.contains($0) }
      connections[id] = connection
      flush(id)
    }
    for channel in gone.each { out.state(.ended, channel, instrument: market.id) }
  }

  /// How a channel's stream is called behind the symbol, and which address serves it; `nil` for a channel the venue
  /// lacks.
  private func stream(_ channel: Channels) -> (suffix: String, address: Int)? {
    guard let topic = venue.topics.first(where: { $0.channel == channel }) else { return nil }
    return (channel == .trades ? tradeTopic ?? topic.suffix : topic.suffix, topic.stream)
  }

  private func name(_ topic: Topic) -> String {
    "\(markets[topic.market].topicName)@\(stream(topic.channel)?.suffix ?? "")"
  }

  /// Puts a topic on the first connection to its address with room, or opens one.
  private func place(_ topic: Topic, _ address: Int) {
    for (id, connection) in connections.all
    where connection.address == address && connection.topics.count < venue.topicsPerConnection {
      var connection = connection
      connection.topics.append(topic)
      connection.unsent.append(topic)
      connections[id] = connection
      return
    }
    open([topic], address)
  }

  private func open(_ topics: [Topic], _ address: Int) {
    let connection = Connection(address: address, topics: topics, unsent: topics)
    out.open(
      connections.insert(connection), SealedText(venue.streams[address]), charges: [Charge(Venue.Bucket.connections)],
      idle: venue.idle)
  }

  /// A stream is gone (every connection is cut after 24 hours): its books are lost, and everything is asked for again
  /// on a new one. The host paces the opening.
  func lost(_ stream: pb_id, _ reason: String) {
    guard let connection = connections.remove(stream) else { return }
    timers.remove(connection.flushTimer)
    for (id, purpose) in requests.all {
      if case .subscribe(stream, _, _) = purpose { requests.remove(id) }
    }
    for topic in connection.topics {
      let market = markets[topic.market]
      market.live.remove(topic.channel)
      if topic.channel == .book { loseBook(market, .closed) }
      if subscriptions.down(market.id, topic.channel) {
        out.state(.down, topic.channel, instrument: market.id, error: .transient, reason)
      }
    }
    guard !connection.topics.isEmpty else { return }
    open(connection.topics, connection.address)
  }

  /// Sends what has to be said on a connection: one message now, the next no sooner than the interval.
  func flush(_ id: pb_id) {
    guard var connection = connections[id], connection.isOpen else { return }
    guard !connection.unsent.isEmpty || !connection.unwanted.isEmpty else { return }
    let wait = connection.lastSent == .min ? 0 : connection.lastSent + Venue.subscribeInterval - out.now.mono
    if wait > 0 {
      if connection.flushTimer == 0 || timers[connection.flushTimer] == nil {
        connection.flushTimer = timers.insert(.flush(connection: id))
        out.timer(connection.flushTimer, after: wait)
      }
      connections[id] = connection
      return
    }
    // What is given up goes first: it may have been wanted again since.
    let isUnsubscribe = !connection.unwanted.isEmpty
    let (topics, names) = message(isUnsubscribe ? connection.unwanted : connection.unsent)
    if isUnsubscribe {
      connection.unwanted.removeFirst(topics.count)
    } else {
      connection.unsent.removeFirst(topics.count)
    }
    connection.lastSent = out.now.mono
    connections[id] = connection
    let request = requests.insert(.subscribe(connection: id, topics: topics, isUnsubscribe: isUnsubscribe))
    let method = isUnsubscribe ? "UNSUBSCRIBE" : "SUBSCRIBE"
    var frame = Request(
      frame: SealedText("{\"method\":\"\(method)\",\"params\":[\(names)],\"id\":\(request)}"), on: id)
    frame.charges = [Charge(Venue.Bucket.streamMessages)]
    out.send(frame, id: request)
    flush(id)
  }

  /// As many of the topics as fit into one message, and their names as a list. A message of more than 4088 bytes is
  /// never answered. Source: the tracker of Binance's own binance-connector-rust, 27; the documentation is silent.
  private func message(_ topics: [Topic]) -> (topics: [Topic], names: String) {
    var names = ""
    var count = 0
    for topic in topics {
      let next = (count == 0 ? "" : ",") + "\"\(name(topic))\""
      if count > 0, names.utf8.count + next.utf8.count > Venue.longestTopicList { break }
      names += next
      count += 1
    }
    return (Array(topics.prefix(count)), names)
  }

  /// A subscription has left. Its answer comes soon, or the stream does not hear.
  func subscriptionLeft(_ request: pb_id) {
    out.timer(timers.insert(.answer(subscription: request, wasLate: false)), after: Venue.answerTime)
  }

  /// Nothing was heard of a subscription for long, though another one was answered, or for very long: the venue does
  /// not know of it. All of the stream is asked for on a new one.
  /// Data without any answer is what a recording of a stream that had its topics in the address looks like.
  func answerIsMissing(_ request: pb_id, wasLate: Bool) {
    guard case .subscribe(let stream, let topics, isUnsubscribe: false)? = requests[request],
      let connection = connections[stream], !topics.contains(where: isLive)
    else { return }
    if !connection.hasAnswered {
      guard !connection.topics.contains(where: isLive) else { return }
      guard wasLate else {
        return out.timer(timers.insert(.answer(subscription: request, wasLate: true)), after: venue.idle)
      }
    }
    let reason = "a subscription was not answered"
    out.log(.warning, "stream \(stream): \(reason)")
    out.close(stream, reason: reason)
    lost(stream, reason)
  }

  /// `{"result": null, "id": 1}`, or `{"error": {"code": 2, "msg": "..."}, "id": 1}`: the answer to a subscription.
  func acknowledged(_ answer: Answer) {
    guard case .subscribe(let stream, let topics, let isUnsubscribe)? = requests.remove(answer.id) else { return }
    connections[stream]?.hasAnswered = true
    guard !isUnsubscribe else { return }
    for topic in topics {
      if answer.isError {
        reject(topic, answer.code, answer.text)
      } else {
        _ = isLive(markets[topic.market], topic.channel)
      }
    }
  }

  /// A subscription that never left is asked for again, unless its stream is gone: then the next one asks.
  func askAgain(_ id: pb_id, _ topics: [Topic], isUnsubscribe: Bool) {
    guard var connection = connections[id] else { return }
    if isUnsubscribe {
      connection.unwanted += topics.filter { !connection.topics.contains($0) }
    } else {
      connection.unsent += topics.filter { connection.topics.contains($0) && !connection.unsent.contains($0) }
    }
    connections[id] = connection
    flush(id)
  }

  private func reject(_ topic: Topic, _ code: String, _ text: String) {
    let market = markets[topic.market]
    for (id, connection) in connections.all where connection.topics.contains(topic) {
      connections[id]?.topics = connection.topics.filter { $0 != topic }
    }
    if topic.channel == .book { dropBook(market) }
    out.state(.rejected, topic.channel, instrument: market.id, error: .other, text)
    for command in subscriptions.rejected(market.id, topic.channel) {
      out.refuse(command, .other, code: code, text)
    }
  }

  private func isLive(_ topic: Topic) -> Bool { markets[topic.market].live.contains(topic.channel) }

  /// The venue has confirmed a channel, or data came. `false` when nobody wants the channel: a message that was under
  /// way when it was given up.
  @inline(__always)
  func isLive(_ market: Market, _ channel: Channels) -> Bool {
    market.live.contains(channel) || becomesLive(market, channel)
  }

  @inline(never)
  private func becomesLive(_ market: Market, _ channel: Channels) -> Bool {
    guard let commands = subscriptions.live(market.id, channel) else { return false }
    market.live.insert(channel)
    out.state(.live, channel, instrument: market.id)
    for command in commands { out.done(command) }
    if channel == .book { requestSnapshot(market) }
    return true
  }
}
