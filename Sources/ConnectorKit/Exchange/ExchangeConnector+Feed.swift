import CPatchbay

/// Public streams: topics are put on connections, asked for in paced batches, asked for again when an answer does not
/// come or a connection is cut.
extension ExchangeConnector {
  final func subscribe(_ market: Market, _ command: Command) {
    let (new, isDone) = subscriptions.add(market.id, command.channels, command: command.id)
    if new.contains(.book) {
      market.wantsBook = true
      market.depth = command.depth
    }
    let plan = feedPlan
    for channel in new.each {
      guard let place = plan.place(of: channel) else {
        for waiting in subscriptions.rejected(market.id, channel) {
          out.refuse(waiting, .unsupported, "channel \(channel.rawValue) is not offered")
        }
        continue
      }
      let topic = Topic(market: market.number, channel: place)
      if connections.all.contains(where: { $0.value.topics.contains(topic) }) { continue }
      put(topic, plan)
    }
    if isDone { out.done(command.id) }
    for id in connections.ids { flush(id, plan) }
  }

  final func unsubscribe(_ market: Market, _ command: Command) {
    let (gone, orphans) = subscriptions.remove(market.id, command.channels)
    for orphan in orphans { out.refuse(orphan, .other, "unsubscribed before it was live") }
    market.live.subtract(gone)
    if gone.contains(.book) { dropBook(market) }
    let plan = feedPlan
    for (id, connection) in connections.all {
      var connection = connection
      // A topic leaves when nothing of what it carries is wanted any more.
      let leaving = connection.topics.filter { topic in
        topic.market == market.number
          && !plan.channels[topic.channel].carries.each.contains { subscriptions.state(market.id, $0) != nil }
      }
      guard !leaving.isEmpty else { continue }
      connection.topics.removeAll { leaving.contains($0) }
      connection.unwanted += leaving.filter { !connection.unsent.contains($0) }
      connection.unsent.removeAll { leaving.contains($0) }
      connections[id] = connection
      flush(id, plan)
    }
    for channel in gone.each { out.state(.ended, channel, instrument: market.id) }
    out.done(command.id)
  }

  /// Puts a topic on the first connection to its address with room, or opens one.
  private func put(_ topic: Topic, _ plan: FeedPlan) {
    let address = plan.channels[topic.channel].address
    for (id, connection) in connections.all
    where connection.address == address && connection.topics.count < plan.topicsPerConnection {
      connections[id]?.topics.append(topic)
      connections[id]?.unsent.append(topic)
      return
    }
    open([topic], address, plan)
  }

  private func open(_ topics: [Topic], _ address: Int, _ plan: FeedPlan) {
    let connection = Connection(address: address, topics: topics, unsent: topics)
    out.open(
      connections.insert(connection), SealedText(plan.addresses[address]), charges: plan.openCharges, idle: plan.idle)
  }

  final func publicStreamOpened(_ id: pb_id) {
    guard connections[id] != nil else { return }
    connections[id]?.isOpen = true
    let plan = feedPlan
    if let ping = plan.ping { keepAlive(id, ping) }
    flush(id, plan)
  }

  private func keepAlive(_ id: pb_id, _ ping: FeedPlan.Ping) {
    connections[id]?.pingTimer = after(ping.every) { [unowned self] in
      guard connections[id]?.isOpen == true else { return }
      out.send(Request(frame: SealedText(ping.text), on: id), id: pending.insert(.answer { _, _ in .ok }))
      keepAlive(id, ping)
    }
  }

  /// A stream is gone: its books are lost, and everything is asked for again on a new one. The host paces the opening.
  final func publicStreamLost(_ stream: pb_id, _ reason: String) {
    guard var connection = connections.remove(stream) else { return }
    cancelTimer(&connection.flushTimer)
    cancelTimer(&connection.pingTimer)
    for (id, purpose) in pending.all {
      if case .topics(stream, _, _) = purpose { pending.remove(id) }
    }
    let plan = feedPlan
    for topic in connection.topics {
      let market = markets[topic.market]
      for channel in plan.channels[topic.channel].carries.each {
        market.live.remove(channel)
        if channel == .book, market.wantsBook { loseBook(market, .closed) }
        if subscriptions.down(market.id, channel) {
          out.state(.down, channel, instrument: market.id, error: .transient, reason)
        }
      }
    }
    guard !connection.topics.isEmpty else { return }
    open(connection.topics, connection.address, plan)
  }

  // MARK: Messages

  /// Sends what has to be said on a connection: one message now, the next no sooner than the interval. What is given up
  /// goes first: it may have been wanted again since.
  final func flush(_ id: pb_id, _ plan: FeedPlan) {
    while var connection = connections[id], connection.isOpen,
      !connection.unsent.isEmpty || !connection.unwanted.isEmpty
    {
      if let last = connection.lastSent, last &+ plan.messageInterval > out.now.mono {
        guard connection.flushTimer == 0 else { return }
        connections[id]?.flushTimer = after(last &+ plan.messageInterval &- out.now.mono) { [unowned self] in
          connections[id]?.flushTimer = 0
          flush(id, feedPlan)
        }
        return
      }
      let isUnsubscribe = !connection.unwanted.isEmpty
      let topics = batch(isUnsubscribe ? connection.unwanted : connection.unsent, plan)
      if isUnsubscribe {
        connection.unwanted.removeFirst(topics.count)
      } else {
        connection.unsent.removeFirst(topics.count)
      }
      if plan.messageInterval > 0 { connection.lastSent = out.now.mono }
      connections[id] = connection
      send(topics, on: id, isUnsubscribe: isUnsubscribe, plan)
    }
  }

  private func batch(_ topics: [Topic], _ plan: FeedPlan) -> [Topic] {
    var bytes = 0
    var count = 0
    for topic in topics.prefix(plan.topicsPerMessage) {
      bytes += plan.channels[topic.channel].name.utf8.count + markets[topic.market].symbol.utf8.count + 40
      if count > 0, bytes > plan.messageBytes { break }
      count += 1
    }
    return Array(topics.prefix(count))
  }

  private func send(_ topics: [Topic], on stream: pb_id, isUnsubscribe: Bool, _ plan: FeedPlan) {
    let id = pending.insert(.topics(stream: stream, topics, isUnsubscribe: isUnsubscribe))
    var request = Request(frame: exchange?.topics(topics, isUnsubscribe: isUnsubscribe, id: id) ?? SealedText(), on: stream)
    request.charges = plan.messageCharges
    out.send(request, id: id)
  }

  /// A message has left: its snapshots are awaited, and its answer comes soon or the stream does not hear. Or it never
  /// left, and is said again unless its stream is gone.
  final func topicsLeft(_ notice: Reply, _ stream: pb_id, _ topics: [Topic], isUnsubscribe: Bool) {
    let plan = feedPlan
    guard notice.outcome == .sent else {
      pending.remove(notice.request)
      guard connections[stream] != nil else { return }
      if isUnsubscribe {
        connections[stream]?.unwanted += topics
      } else {
        connections[stream]?.unsent += topics.filter { connections[stream]?.topics.contains($0) == true }
      }
      _ = after(1_000_000_000) { [unowned self] in flush(stream, feedPlan) }
      return
    }
    if isUnsubscribe {
      for topic in topics where isBook(topic, plan) { renewed(markets[topic.market]) }
      if !plan.acknowledges { pending.remove(notice.request) }
      return
    }
    for topic in topics where isBook(topic, plan) { awaitSnapshot(markets[topic.market]) }
    guard plan.acknowledges else {
      pending.remove(notice.request)
      return
    }
    let request = notice.request
    _ = after(plan.answerTime) { [unowned self] in answerIsMissing(request) }
  }

  private func isBook(_ topic: Topic, _ plan: FeedPlan) -> Bool {
    plan.channels[topic.channel].carries.contains(.book) && markets[topic.market].wantsBook
  }

  /// Nothing was heard of a subscription, neither an answer nor data: the exchange does not know of it. All of the
  /// stream is asked for on a new one.
  private func answerIsMissing(_ request: pb_id) {
    guard case .topics(let stream, let topics, isUnsubscribe: false)? = pending[request],
      let connection = connections[stream]
    else { return }
    let plan = feedPlan
    let isHeard = topics.contains { topic in
      !markets[topic.market].live.isDisjoint(with: plan.channels[topic.channel].carries)
    }
    // A recording of a stream whose topics stood in the address has data without any answer.
    guard !isHeard, connection.hasAnswered || !connection.topics.contains(where: isLive) else { return }
    let reason = "a subscription was not answered"
    out.log(.warning, "stream \(stream): \(reason)")
    out.close(stream, reason: reason)
    publicStreamLost(stream, reason)
  }

  private func isLive(_ topic: Topic) -> Bool { !markets[topic.market].live.isEmpty }

  // MARK: Answers

  /// The exchange answered a whole message, by the id that it carried.
  public final func acknowledged(_ request: pb_id, _ answer: Acknowledgement) {
    guard case .topics(let stream, let topics, let isUnsubscribe)? = pending.remove(request) else { return }
    connections[stream]?.hasAnswered = true
    for topic in topics { acknowledge(topic, isUnsubscribe: isUnsubscribe, answer) }
  }

  /// The exchange answered one topic of a message, by its own names.
  public final func acknowledged(_ market: Int, channel name: String, isUnsubscribe: Bool, _ answer: Acknowledgement) {
    guard market >= 0, let place = feedPlan.channels.firstIndex(where: { $0.name == name }) else { return }
    let topic = Topic(market: market, channel: place)
    for (id, purpose) in pending.all {
      guard case .topics(let stream, let topics, isUnsubscribe)? = Optional(purpose), topics.contains(topic) else {
        continue
      }
      let left = topics.filter { $0 != topic }
      if left.isEmpty {
        pending.remove(id)
      } else {
        pending[id] = .topics(stream: stream, left, isUnsubscribe: isUnsubscribe)
      }
      connections[stream]?.hasAnswered = true
      return acknowledge(topic, isUnsubscribe: isUnsubscribe, answer)
    }
  }

  private func acknowledge(_ topic: Topic, isUnsubscribe: Bool, _ answer: Acknowledgement) {
    guard !isUnsubscribe else { return }
    let market = markets[topic.market]
    let carried = feedPlan.channels[topic.channel].carries.each
    switch answer {
    case .confirmed:
      for channel in carried { _ = isWanted(market, channel) }
    case .refused(let code, let text):
      for (id, connection) in connections.all where connection.topics.contains(topic) {
        connections[id]?.topics.removeAll { $0 == topic }
      }
      let fault = errorPlan.fault(code: code, text: text)
      for channel in carried where subscriptions.state(market.id, channel) != nil {
        market.live.remove(channel)
        if channel == .book { dropBook(market) }
        out.state(.rejected, channel, instrument: market.id, error: fault.failure, text)
        for command in subscriptions.rejected(market.id, channel) {
          out.refuse(command, fault.failure, code: code, text)
        }
      }
    }
  }

  final func publicFrameCame(_ stream: pb_id, _ frame: Body) -> Status {
    isAttributed = false
    let status = exchange?.marketFrame(frame, stream) ?? .failed
    return status == .parse && !isAttributed ? unreadFrame(stream) : status
  }

  /// A message about one channel of a market could not be read; only what it was about is lost. Answers `.parse`.
  @inline(never)
  public final func misread(_ market: Market, _ channel: Channels) -> Status {
    isAttributed = true
    if channel.contains(.book) { loseAndRebuild(market) }
    return .parse
  }

  /// A frame that could not be read, and not attributed either: it may have been about any book of its stream.
  @inline(never)
  private func unreadFrame(_ stream: pb_id) -> Status {
    let plan = feedPlan
    for topic in connections[stream]?.topics ?? [] where isBook(topic, plan) { loseAndRebuild(markets[topic.market]) }
    return .parse
  }

  /// Whether a channel of a market is wanted; then it is live, since data or an acknowledgement came. `false` for what
  /// was under way when the channel was given up.
  @inline(__always)
  public final func isWanted(_ market: Market, _ channel: Channels) -> Bool {
    market.live.contains(channel) || becomesLive(market, channel)
  }

  @inline(never)
  @usableFromInline
  final func becomesLive(_ market: Market, _ channel: Channels) -> Bool {
    guard let commands = subscriptions.live(market.id, channel) else { return false }
    market.live.insert(channel)
    out.state(.live, channel, instrument: market.id)
    for command in commands { out.done(command) }
    return true
  }
}
