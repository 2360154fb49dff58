import CPatchbay
import ConnectorKit

/// A channel of one market.
struct Topic: Equatable {
  let market: Int
  let channel: Channels
}

/// A public connection and what it carries.
struct Connection {
  var isOpen = false
  var topics: [Topic] = []
  /// Topics not asked for yet.
  var unsent: [Topic] = []
}

/// Public connections and subscriptions. Sources: "Spot WebSocket v2" and "v1": subscribe, unsubscribe.
extension KrakenSpot {
  func subscribe(_ market: Market, _ command: Command) {
    let (new, isDone) = subscriptions.add(market.id, command.channels, command: command.id)
    if new.contains(.book) { market.book.depth = Venue.depth(command.depth) }
    for channel in new.each {
      guard channelName(channel) != nil else {
        for waiting in subscriptions.rejected(market.id, channel) {
          out.refuse(waiting, .unsupported, "channel \(channel.rawValue) is not offered")
        }
        continue
      }
      place(Topic(market: market.number, channel: channel))
    }
    if isDone { out.done(command.id) }
    for id in connections.ids { flush(id) }
  }

  func unsubscribe(_ market: Market, _ command: Command) {
    giveUp(market, command.channels, .command)
    out.done(command.id)
  }

  /// An instrument gives way to another: nothing of it is told any more.
  func retire(_ market: Market) {
    let channels = subscriptions.entries.reduce(into: Channels()) {
      if $1.instrument == market.id { $0.insert($1.channel) }
    }
    giveUp(market, channels, .malformed)
  }

  private func giveUp(_ market: Market, _ channels: Channels, _ reason: Gap) {
    let (gone, orphans) = subscriptions.remove(market.id, channels)
    for orphan in orphans { out.refuse(orphan, .other, "unsubscribed before it was live") }
    market.live.subtract(gone)
    for (id, connection) in connections.all {
      let leaving = connection.topics.filter { $0.market == market.number && gone.contains($0.channel) }
      let sent = leaving.filter { !connection.unsent.contains($0) }
      connections[id]?.topics.removeAll { leaving.contains($0) }
      connections[id]?.unsent.removeAll { leaving.contains($0) }
      guard connection.isOpen else { continue }
      for topic in sent { send([topic], on: id, isUnsubscribe: true) }
    }
    if gone.contains(.book) {
      loseBook(market, reason)
      resynced(market)
    }
    for channel in gone.each { out.state(.ended, channel, instrument: market.id) }
  }

  /// What the venue calls a channel; nil for one that it does not have.
  func channelName(_ channel: Channels) -> String? {
    switch channel {
    case .book: "book"
    case .trades: "trade"
    case .ticker: "ticker"
    default: nil
    }
  }

  /// Puts a topic on the first connection with room, or opens one.
  private func place(_ topic: Topic) {
    for (id, connection) in connections.all where connection.topics.count < Venue.topicsPerConnection {
      connections[id]?.topics.append(topic)
      connections[id]?.unsent.append(topic)
      return
    }
    open(connections.insert(Connection(topics: [topic], unsent: [topic])))
  }

  private func open(_ id: pb_id) {
    out.open(id, SealedText(venue.publicStream), charges: [Charge(Venue.Bucket.connections)], idle: Venue.idle)
  }

  func stream(of market: Market, _ channel: Channels) -> pb_id? {
    let topic = Topic(market: market.number, channel: channel)
    return connections.all.first { $0.value.topics.contains(topic) }?.id
  }

  func marketStreamOpened(_ id: pb_id) {
    connections[id]?.isOpen = true
    // Precisions and changes of status; one connection is enough, and only version 2 has it.
    if venue.version == .v2, instrumentStream == 0 {
      instrumentStream = id
      let request = requests.insert(.channel(stream: id, account: 0, name: "instrument"))
      let text = "{\"method\":\"subscribe\",\"params\":{\"channel\":\"instrument\",\"snapshot\":true}"
      out.send(Request(frame: SealedText(text + ",\"req_id\":\(request)}"), on: id), id: request)
    }
    flush(id)
  }

  /// A stream is gone: its books are lost, and everything is asked for again on a new one. The host paces the opening.
  func marketStreamLost(_ stream: pb_id, _ reason: String) {
    guard let connection = connections.remove(stream) else { return }
    if instrumentStream == stream { instrumentStream = 0 }
    forgetRequests(of: stream)
    for topic in connection.topics {
      let market = markets[topic.market]
      market.live.remove(topic.channel)
      if topic.channel == .book {
        loseBook(market, .closed)
        resynced(market)
      }
      if subscriptions.down(market.id, topic.channel) {
        out.state(.down, topic.channel, instrument: market.id, error: .transient, reason)
      }
    }
    guard !connection.topics.isEmpty else { return }
    open(connections.insert(Connection(topics: connection.topics, unsent: connection.topics)))
  }

  /// Frames on a closed stream are answered by nobody.
  func forgetRequests(of stream: pb_id) {
    for (id, purpose) in requests.all {
      switch purpose {
      case .subscribe(stream, _, _), .channel(stream, _, _): requests.remove(id)
      default: break
      }
    }
  }

  /// Asks for what has not been asked for yet: one frame for each channel, and for the book one for each depth.
  func flush(_ id: pb_id) {
    guard let connection = connections[id], connection.isOpen, !connection.unsent.isEmpty else { return }
    connections[id]?.unsent = []
    for channel in [Channels.book, .trades, .ticker] {
      let topics = connection.unsent.filter { $0.channel == channel }
      if channel == .book {
        for topic in topics { awaitSnapshot(markets[topic.market]) }
        for depth in Venue.depths {
          send(topics.filter { markets[$0.market].book.depth == depth }, on: id, isUnsubscribe: false)
        }
      } else {
        send(topics, on: id, isUnsubscribe: false)
      }
    }
  }

  /// Subscribes to, or gives up, topics of one channel and one depth.
  func send(_ topics: [Topic], on stream: pb_id, isUnsubscribe: Bool) {
    guard let first = topics.first, let name = channelName(first.channel) else { return }
    let request = requests.insert(.subscribe(stream: stream, topics: topics, isUnsubscribe: isUnsubscribe))
    let symbols = topics.map { "\"\(markets[$0.market].symbol)\"" }.joined(separator: ",")
    let verb = isUnsubscribe ? "unsubscribe" : "subscribe"
    let depth = first.channel == .book ? ",\"depth\":\(markets[first.market].book.depth)" : ""
    let text: String
    switch venue.version {
    case .v1:
      let subscription = "{\"name\":\"\(name)\"\(depth)}"
      text =
        "{\"event\":\"\(verb)\",\"reqid\":\(request),\"pair\":[\(symbols)],\"subscription\":\(subscription)}"
    case .v2:
      // A ticker comes on every change of the best prices, not on trades alone.
      let trigger = first.channel == .ticker ? ",\"event_trigger\":\"bbo\"" : ""
      let snapshot = isUnsubscribe ? "" : ",\"snapshot\":true"
      let parameters = "{\"channel\":\"\(name)\",\"symbol\":[\(symbols)]\(depth)\(trigger)\(snapshot)}"
      text = "{\"method\":\"\(verb)\",\"params\":\(parameters),\"req_id\":\(request)}"
    }
    out.send(Request(frame: SealedText(text), on: stream), id: request)
  }

  // MARK: Answers

  /// The answer to a subscription of one market; `error` is empty when it was accepted.
  func answered(_ request: pb_id, symbol: JSONText, depth: Int, error: String) {
    guard case .subscribe(let stream, let topics, let isUnsubscribe)? = requests[request] else { return }
    let number = symbol.isEmpty ? -1 : symbols.find(symbol)
    // An error without a symbol is about all that the frame named.
    let meant = number < 0 ? (error.isEmpty ? [] : topics) : topics.filter { $0.market == number }
    let left = topics.filter { !meant.contains($0) }
    if left.isEmpty {
      requests.remove(request)
    } else {
      requests[request] = .subscribe(stream: stream, topics: left, isUnsubscribe: isUnsubscribe)
    }
    for topic in meant {
      let market = markets[topic.market]
      if isUnsubscribe {
        if topic.channel == .book { unsubscribed(market) }
      } else if error.isEmpty {
        if topic.channel == .book, Venue.depths.contains(depth) { market.book.depth = depth }
        isLive(market, topic.channel)
      } else if error.hasPrefix("Already subscribed") {
        // A book whose old subscription was not known to be alive; its timer gives that up first.
        continue
      } else {
        reject(topic, error)
      }
    }
  }

  private func reject(_ topic: Topic, _ error: String) {
    let market = markets[topic.market]
    for (id, connection) in connections.all where connection.topics.contains(topic) {
      connections[id]?.topics.removeAll { $0 == topic }
    }
    if topic.channel == .book { resynced(market) }
    let failure = VenueError(error, now: out.now.venue)
    out.state(.rejected, topic.channel, instrument: market.id, error: failure.failure, error)
    for command in subscriptions.rejected(market.id, topic.channel) {
      out.refuse(command, failure.failure, code: error, error)
    }
  }

  /// The venue has confirmed a channel, or data came.
  @inline(__always)
  func isLive(_ market: Market, _ channel: Channels) {
    if !market.live.contains(channel) { becomesLive(market, channel) }
  }

  @inline(never)
  private func becomesLive(_ market: Market, _ channel: Channels) {
    market.live.insert(channel)
    guard let commands = subscriptions.live(market.id, channel) else { return }
    out.state(.live, channel, instrument: market.id)
    for command in commands { out.done(command) }
  }
}
