import CPatchbay
import ConnectorKit

/// What can be subscribed to: `book:SALT-USD`, `trades:SALT-USD`.
struct Topic {
  /// The market's place.
  let market: Int
  let channel: Channels
}

extension HarbourSpot {
  private static let offered: Channels = [.book, .trades]

  func subscribe(_ market: Int, _ command: Command) {
    guard !command.channels.isEmpty, command.channels.isSubset(of: Self.offered) else {
      return out.refuse(command.id, .unsupported, "there are books and trades, nothing else")
    }
    let (new, isDone) = subscriptions.add(pb_id(market) + 1, command.channels, command: command.id)
    if isDone { return out.done(command.id) }
    if stream == 0 { connect() } else { tell("subscribe", new.each.map { Topic(market: market, channel: $0) }) }
  }

  func unsubscribe(_ market: Int, _ command: Command) {
    let (gone, orphans) = subscriptions.remove(pb_id(market) + 1, command.channels)
    for orphan in orphans { out.refuse(orphan, .other, "unsubscribed before it was live") }
    if gone.contains(.book) { markets[market].sync.reset() }
    tell("unsubscribe", gone.each.map { Topic(market: market, channel: $0) })
    if !gone.isEmpty { out.state(.ended, gone, instrument: pb_id(market) + 1) }
    out.done(command.id)
  }

  /// The venue sends a new snapshot to who subscribes again.
  func resync(_ market: Int, _ command: Command) {
    guard subscriptions.state(pb_id(market) + 1, .book) != nil else {
      return out.refuse(command.id, .other, "this book is not subscribed")
    }
    loseBook(market, .command)
    tell("subscribe", [Topic(market: market, channel: .book)])
    out.done(command.id)
  }

  func connect() {
    connections += 1
    stream = connections
    // The host paces the opening, and closes the stream when nothing comes for half a minute.
    out.open(stream, "wss://feed.harbour.example/v1/feed", idle: 30_000_000_000)
  }

  /// A new stream carries nothing yet.
  func askForAll() {
    tell("subscribe", subscriptions.entries.map { Topic(market: Int($0.instrument) - 1, channel: $0.channel) })
  }

  /// `{"op": "subscribe", "id": 1, "topics": ["book:SALT-USD"]}`; while the stream is not open, `askForAll` will do it.
  func tell(_ operation: String, _ topics: [Topic]) {
    guard isOpen, !topics.isEmpty else { return }
    let names = topics.map { topic in
      "\"\(topic.channel == .book ? "book" : "trades"):\(markets[topic.market].symbol)\""
    }
    let id = requests.insert(.topics(operation == "subscribe" ? topics : []))
    let text = "{\"op\":\"\(operation)\",\"id\":\(id),\"topics\":[\(names.joined(separator: ","))]}"
    var frame = Request(frame: SealedText(text), on: stream)
    frame.charges = [Charge(Self.messageBucket)]
    out.send(frame, id: id)
  }

  /// The feed is gone: every book is lost, and everything is asked for again on a new stream.
  func lost(_ reason: String) {
    (stream, isOpen) = (0, false)
    for (id, purpose) in requests.all {
      if case .topics = purpose { requests.remove(id) }
    }
    for entry in subscriptions.entries {
      if entry.channel == .book { loseBook(Int(entry.instrument) - 1, .closed) }
      if subscriptions.down(entry.instrument, entry.channel) {
        out.state(.down, entry.channel, instrument: entry.instrument, error: .transient, reason)
      }
    }
    if !subscriptions.entries.isEmpty { connect() }
  }

  func loseBook(_ market: Int, _ reason: Gap) {
    guard markets[market].sync.isLive else { return }
    markets[market].sync.reset()
    out.gap(instrument: pb_id(market) + 1, reason: reason)
  }

  /// The venue's answer to `tell`: `{"type": "subscribed", "id": 1}`, or an error with a text.
  func answered(_ id: pb_id, error: String?) -> Status {
    guard case .topics(let topics)? = requests.remove(id) else { return .state }
    for topic in topics {
      guard let error else { isWanted(topic.market, topic.channel); continue }
      let instrument = pb_id(topic.market) + 1
      for command in subscriptions.rejected(instrument, topic.channel) { out.refuse(command, .other, error) }
      out.state(.rejected, topic.channel, instrument: instrument, error: .other, error)
    }
    return .ok
  }

  /// Notes that a channel is confirmed or has data, and answers who waited for that. `false` when nobody wants it: a
  /// message that was on its way when it was given up.
  @discardableResult
  func isWanted(_ market: Int, _ channel: Channels) -> Bool {
    let instrument = pb_id(market) + 1
    if let commands = subscriptions.live(instrument, channel) {
      out.state(.live, channel, instrument: instrument)
      for command in commands { out.done(command) }
    }
    return subscriptions.state(instrument, channel) != nil
  }
}
