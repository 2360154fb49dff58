import CPatchbay

/// Public streams: topics are put on connections, asked for in paced batches, asked for again when an answer does not
/// come or a connection is cut.
extension ExchangeConnector {
  final func subscribe(_ market: Market, _ command: Command) {
    let (new, isDone) = subscriptions.add(market.id, command.channels, command: command.id)
    if new.contains(.book) {
      market.wantsBook = true
      (market.wanted, market.depth) = (command.depth, exchange?.levels(command.depth) ?? 0)
    }
    if new.contains(.mark) { market.marks = MarkReport() }
    let plan = feedPlan
    for channel in new.each {
      let places = plan.places(of: channel)
      if places.isEmpty {
        for waiting in subscriptions.rejected(market.id, channel) {
          out.refuse(waiting, .unsupported, "channel \(channel.rawValue) is not offered")
        }
      }
      for place in places {
        let topic = Topic(market: market.number, channel: place)
        if connections.all.contains(where: { $0.value.topics.contains(topic) }) { continue }
        put(topic, plan)
      }
    }
    if isDone { out.done(command.id) }
    for id in connections.ids { flush(id, plan) }
  }

  final func unsubscribe(_ market: Market, _ command: Command) {
    giveUp(market, command.channels)
    out.done(command.id)
  }

  /// Nothing of the channels is reported any more.
  final func giveUp(_ market: Market, _ channels: Channels) {
    let (gone, orphans) = subscriptions.remove(market.id, channels)
    for orphan in orphans { out.refuse(orphan, .other, "unsubscribed before it was live") }
    market.live.subtract(gone)
    if gone.contains(.book) { dropBook(market) }
    if gone.contains(.mark) { market.marks = MarkReport() }
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
      connection.doubtful.removeAll { leaving.contains($0) }
      connections[id] = connection
      flush(id, plan)
    }
    for channel in gone.each { out.state(.ended, channel, instrument: market.id) }
  }

  /// Puts a topic on the first connection to its address with room, or opens one.
  private func put(_ topic: Topic, _ plan: FeedPlan) {
    let address = plan.channels[topic.channel].address
    let shelf = exchange?.shelf(topic) ?? 0
    for (id, connection) in connections.all
    where connection.address == address && connection.shelf == shelf
      && connection.topics.count < (plan.isInAddress ? 1 : plan.topicsPerConnection) {
      connections[id]?.topics.append(topic)
      connections[id]?.unsent.append(topic)
      return
    }
    open([topic], address, shelf, plan)
  }

  private func open(_ topics: [Topic], _ address: Int, _ shelf: Int, _ plan: FeedPlan) {
    let connection = Connection(address: address, shelf: shelf, topics: topics, unsent: topics)
    let id = connections.insert(connection)
    streams.append(StreamPlace(stream: id, shelf: shelf))
    guard let endpoint = plan.addressEndpoint else {
      let address = plan.addresses[address]
      return openPublicStream(id, SealedText(exchange?.address(address, of: topics) ?? address), plan)
    }
    askAddress(of: id, endpoint)
  }

  final func openPublicStream(_ id: pb_id, _ url: SealedText, _ plan: FeedPlan) {
    out.open(id, url, charges: plan.openCharges, idle: plan.idle, inflate: plan.isCompressed)
  }

  final func publicStreamOpened(_ id: pb_id) {
    guard connections[id] != nil else { return }
    if feedPlan.greetingTime > 0 { awaitGreeting(id) } else { publicStreamReady(id) }
  }

  /// A stream stands and listens.
  final func publicStreamReady(_ id: pb_id) {
    guard let connection = connections[id] else { return }
    connections[id]?.isOpen = true
    let plan = feedPlan
    if let ping = plan.ping { keepAlive(id, ping.paced(connection.pingInterval)) }
    if !plan.common.isEmpty, plan.isCommonEverywhere || !connections.all.contains(where: { $0.value.isCommon }) {
      connections[id]?.isCommon = true
      for name in plan.common {
        let request = pending.insert(.common(stream: id, name))
        var frame = Request(frame: exchange?.commonTopic(name, id: request) ?? SealedText(), on: id)
        (frame.charges, frame.isBinary) = (plan.messageCharges, plan.isBinary)
        out.send(frame, id: request)
      }
    }
    flush(id, plan)
  }

  private func keepAlive(_ id: pb_id, _ ping: FeedPlan.Ping) {
    connections[id]?.pingTimer = after(ping.every) { [unowned(unsafe) self] in
      guard connections[id]?.isOpen == true else { return }
      var frame = Request(frame: SealedText(ping.text(out.now.venue)), on: id)
      frame.isBinary = feedPlan.isBinary
      out.send(frame, id: pending.insert(.ping))
      keepAlive(id, ping)
    }
  }

  /// A stream is gone: its books are lost, and everything is asked for again on a new one. The host paces the opening.
  final func publicStreamLost(_ stream: pb_id, _ reason: String) {
    guard var connection = connections.remove(stream) else { return }
    cancelTimer(&connection.flushTimer)
    cancelTimer(&connection.pingTimer)
    streams.removeAll { $0.stream == stream }
    cancelTimer(&connection.greetingTimer)
    ungreeted.removeAll { $0 == stream }
    forgetFrames(of: stream)
    let plan = feedPlan
    for topic in connection.topics {
      let market = markets[topic.market]
      for channel in plan.channels[topic.channel].carries.each {
        market.live.remove(channel)
        if channel == .book {
          (market.isCarried, market.isEndDoubtful) = (false, false)
          if market.wantsBook { loseBook(market, .closed) }
        }
        if channel == .mark { market.marks = MarkReport() }
        if subscriptions.down(market.id, channel) {
          out.state(.down, channel, instrument: market.id, error: .transient, reason)
        }
      }
    }
    guard !connection.topics.isEmpty else { return }
    open(connection.topics, connection.address, connection.shelf, plan)
  }

  /// Nobody answers what was sent on a stream that is gone.
  private func forgetFrames(of stream: pb_id) {
    for (id, purpose) in pending.all {
      switch purpose {
      case .topics(var message) where message.stream == stream:
        cancelTimer(&message.timer)
        pending.remove(id)
      case .common(stream, _), .book(stream, _): pending.remove(id)
      default: break
      }
    }
  }

  // MARK: Messages

  /// Sends what has to be said on a connection: one message now, the next no sooner than the interval. What is given up
  /// goes first: it may have been wanted again since.
  final func flush(_ id: pb_id, _ plan: FeedPlan) {
    guard !plan.isInAddress else { return awaitAddressed(id, plan) }
    while var connection = connections[id], connection.isOpen,
      !connection.unsent.isEmpty || !connection.unwanted.isEmpty
    {
      if let last = connection.lastSent, last &+ plan.messageInterval > out.now.mono {
        guard connection.flushTimer == 0 else { return }
        connections[id]?.flushTimer = after(last &+ plan.messageInterval &- out.now.mono) { [unowned(unsafe) self] in
          connections[id]?.flushTimer = 0
          flush(id, feedPlan)
        }
        return
      }
      let isUnsubscribe = !connection.unwanted.isEmpty
      let topics = batch(isUnsubscribe ? connection.unwanted : connection.unsent, connection, plan)
      if isUnsubscribe {
        connection.unwanted.removeAll { topics.contains($0) }
      } else {
        connection.unsent.removeAll { topics.contains($0) }
      }
      if plan.messageInterval > 0 { connection.lastSent = out.now.mono }
      connections[id] = connection
      send(topics, on: id, isUnsubscribe: isUnsubscribe, plan)
    }
  }

  /// The address has said what the connection carries: its book is due once it stands. What is given up ends with its
  /// connection, and a book that is wanted anew comes on another one.
  private func awaitAddressed(_ id: pb_id, _ plan: FeedPlan) {
    guard let connection = connections[id] else { return }
    guard connection.unwanted.isEmpty, !connection.topics.isEmpty else {
      let reason = connection.topics.isEmpty ? "it is not wanted any more" : "its book is asked for anew"
      out.close(id, reason: reason)
      return publicStreamLost(id, reason)
    }
    guard connection.isOpen else { return }
    connections[id]?.unsent = []
    for topic in connection.unsent where isBook(topic, plan) {
      markets[topic.market].isCarried = true
      if !bookPlan.waitsUntilLive { awaitSnapshot(markets[topic.market]) }
    }
  }

  /// Topics for one message: of one group, not too many and not too long.
  private func batch(_ topics: [Topic], _ connection: Connection, _ plan: FeedPlan) -> [Topic] {
    var (bytes, chosen) = (0, [Topic]())
    let group = topics.first.flatMap { exchange?.group($0) }
    if let first = topics.first, connection.doubtful.contains(first) { return [first] }
    for topic in topics where exchange?.group(topic) == group && !connection.doubtful.contains(topic) {
      let names = plan.channels[topic.channel].name.utf8.count + markets[topic.market].symbol.utf8.count
      bytes += names + plan.topicBytes
      if !chosen.isEmpty, bytes > plan.messageBytes || chosen.count >= plan.topicsPerMessage { break }
      chosen.append(topic)
    }
    return chosen
  }

  private func send(_ topics: [Topic], on stream: pb_id, isUnsubscribe: Bool, _ plan: FeedPlan) {
    let message = TopicMessage(stream: stream, topics: topics, isUnsubscribe: isUnsubscribe)
    let id = pending.insert(.topics(message))
    let text = exchange?.topics(topics, isUnsubscribe: isUnsubscribe, id: id) ?? SealedText()
    var request = Request(frame: text, on: stream)
    (request.charges, request.isBinary) = (plan.messageCharges, plan.isBinary)
    out.send(request, id: id)
  }

  /// A message has left: its snapshots are awaited, and its answer comes soon or the stream does not hear. Or it never
  /// left, and is said again unless its stream is gone.
  final func topicsLeft(_ notice: Reply, _ message: TopicMessage) {
    let plan = feedPlan
    let stream = message.stream
    guard notice.outcome == .sent else {
      pending.remove(notice.request)
      guard let connection = connections[stream] else { return }
      out.log(.warning, "a subscription was not sent: \(notice.reason)")
      if message.isUnsubscribe {
        connections[stream]?.unwanted += message.topics
      } else {
        connections[stream]?.unsent += message.topics.filter { connection.topics.contains($0) }
      }
      _ = after(1_000_000_000) { [unowned(unsafe) self] in flush(stream, feedPlan) }
      return
    }
    for topic in message.topics where isBook(topic, plan) {
      if !message.isUnsubscribe {
        if !plan.acknowledges { markets[topic.market].isCarried = true }
        // One that the exchange first confirms is asked for then.
        if bookPlan.waitsUntilLive { continue }
        awaitSnapshot(markets[topic.market])
      } else if !plan.acknowledges {
        renewed(markets[topic.market])
      }
    }
    guard plan.acknowledges else {
      pending.remove(notice.request)
      return
    }
    let request = notice.request
    guard !message.isUnsubscribe, case .topics(var waiting)? = pending[request] else { return }
    waiting.timer = after(plan.answerTime) { [unowned(unsafe) self] in answerIsMissing(request) }
    pending[request] = .topics(waiting)
  }

  private func isBook(_ topic: Topic, _ plan: FeedPlan) -> Bool {
    plan.channels[topic.channel].carries.contains(.book) && markets[topic.market].wantsBook
  }

  /// Nothing was heard of a subscription, neither an answer nor data: the exchange does not know of it. All of the
  /// stream is asked for on a new one.
  private func answerIsMissing(_ request: pb_id) {
    guard case .topics(let message)? = pending[request], let connection = connections[message.stream] else { return }
    let (plan, stream) = (feedPlan, message.stream)
    let isHeard = message.topics.contains { topic in
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

  /// The exchange answered a message, by the id that it carried.
  /// - Parameter number: of the one market that the answer is about; `nil` when it is about all of the message.
  public final func acknowledged(_ request: pb_id, market number: Int? = nil, _ answer: Acknowledgement) {
    switch pending[request] {
    case .topics(let message):
      if number == nil, message.topics.count > 1, case .refused = answer, !message.isUnsubscribe {
        return askOneByOne(request, message)
      }
      settle(request, message, message.topics.filter { number == nil || $0.market == number }, answer)
    case .common(let stream, let name):
      pending.remove(request)
      if case .refused(let code, let text) = answer {
        out.log(.warning, "stream \(stream): channel \(name): \(text.behind(code: code))")
      }
    case .book(_, let market):
      if case .refused(let code, let text) = answer { snapshotRefused(request, market, text.behind(code: code)) }
    case .privateFrame(_, let stream, let name):
      guard let account = privateStreams[stream], account.stream == stream else { return }
      acknowledged(account, channel: name, answer)
      pending.remove(request)
    default: break
    }
  }

  /// The exchange answered one topic of a message, by its own names.
  public final func acknowledged(_ market: Int, channel name: String, isUnsubscribe: Bool, _ answer: Acknowledgement) {
    guard market >= 0, let place = feedPlan.channels.firstIndex(where: { $0.name == name }) else { return }
    let topic = Topic(market: market, channel: place)
    for (id, purpose) in pending.all {
      guard case .topics(let message) = purpose, message.isUnsubscribe == isUnsubscribe, message.topics.contains(topic)
      else { continue }
      return settle(id, message, [topic], answer)
    }
  }

  /// The exchange answered a message whose topics are of one channel, and names the channel and the message. An id of
  /// no such message stands for the oldest one that is under way: what a recording holds was asked by another client.
  /// Gives the message's first topic.
  @discardableResult
  public final func acknowledged(
    _ request: pb_id?, channel name: String, isUnsubscribe: Bool, _ answer: Acknowledgement
  ) -> Topic? {
    func topic(of purpose: Pending?) -> (TopicMessage, Topic)? {
      guard case .topics(let message)? = purpose, message.isUnsubscribe == isUnsubscribe,
        let topic = message.topics.first, feedPlan.channels[topic.channel].name == name
      else { return nil }
      return (message, topic)
    }
    var id = request ?? 0
    if topic(of: pending[id]) == nil { id = pending.all.first { topic(of: $0.value) != nil }?.id ?? 0 }
    guard let (_, topic) = topic(of: pending[id]) else { return nil }
    acknowledged(id, answer)
    return topic
  }

  /// Topics of a message have their answer.
  final func settle(_ request: pb_id, _ message: TopicMessage, _ topics: [Topic], _ answer: Acknowledgement) {
    var message = message
    message.topics.removeAll { topics.contains($0) }
    if message.topics.isEmpty {
      cancelTimer(&message.timer)
      pending.remove(request)
    } else {
      pending[request] = .topics(message)
    }
    connections[message.stream]?.hasAnswered = true
    connections[message.stream]?.doubtful.removeAll { topics.contains($0) }
    for topic in topics {
      guard message.isUnsubscribe else {
        acknowledge(topic, answer)
        continue
      }
      if feedPlan.channels[topic.channel].carries.contains(.book) { renewed(markets[topic.market]) }
    }
  }

  private func acknowledge(_ topic: Topic, _ answer: Acknowledgement) {
    let market = markets[topic.market]
    let carried = feedPlan.channels[topic.channel].carries.each
    if case .refused = answer {} else if carried.contains(.book), !market.isRenewing { market.isCarried = true }
    switch answer {
    case .confirmed:
      for channel in carried { confirm(market, channel) }
    case .repeated: break
    case .refused(let code, let text):
      for (id, connection) in connections.all where connection.topics.contains(topic) {
        connections[id]?.topics.removeAll { $0 == topic }
      }
      let fault = fault(code: code, text: text)
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
    if !ungreeted.isEmpty { greeted(stream) }
    let status = marketFrame(frame, stream)
    return status == .parse ? unread(frame, stream) : status
  }

  /// A frame could not be read. A level that does not fit its book is named, since the same will come again.
  @inline(never)
  private func unread(_ frame: Body, _ stream: pb_id) -> Status {
    guard isAttributed else {
      forgetNumber(stream)
      return misread(stream: stream, Channels(rawValue: .max))
    }
    guard let market = misreadBook else { return .parse }
    logMisfit(market, frame)
    return .parse
  }

  /// A message about channels of a market could not be read. A book is lost by that; what another channel reported
  /// until now may be out of date. Answers `.parse`.
  @inline(never)
  public final func misread(_ market: Market, _ channels: Channels) -> Status {
    isAttributed = true
    misreadBook = channels.contains(.book) ? market : nil
    for channel in channels.each {
      if channel == .book {
        loseAndRebuild(market)
      } else if market.live.remove(channel) != nil, subscriptions.down(market.id, channel) {
        out.state(
          .down, channel, instrument: market.id, error: .other, "a message could not be read; the next one may be")
        // Nothing brings back a trade or a liquidation, and the next one may be long in coming: the channel goes on.
        if channel == .trades || channel == .liquidations { _ = isWanted(market, channel) }
      }
    }
    return .parse
  }

  /// A message could not be read, and may have been about these channels of any market of its stream. Answers `.parse`.
  @inline(never)
  public final func misread(stream: pb_id, _ channels: Channels) -> Status {
    isAttributed = true
    for topic in connections[stream]?.topics ?? [] {
      var channels = feedPlan.channels[topic.channel].carries.intersection(channels)
      // A book without its snapshot is asked for already.
      if !markets[topic.market].sync.isLive { channels.remove(.book) }
      _ = misread(markets[topic.market], channels)
    }
    return .parse
  }

  /// Whether a channel of a market is wanted; then it is live, since data or an acknowledgement came. `false` for what
  /// was under way when the channel was given up.
  @inlinable
  @inline(__always)
  public final func isWanted(_ market: Market, _ channel: Channels) -> Bool {
    market.live.contains(channel) || becomesLive(market, channel)
  }

  @inline(never)
  @usableFromInline
  final func becomesLive(_ market: Market, _ channel: Channels) -> Bool {
    guard subscriptions.state(market.id, channel) != nil else { return false }
    market.live.insert(channel)
    confirm(market, channel)
    return true
  }

  /// The exchange sends a channel, or said that it will.
  private func confirm(_ market: Market, _ channel: Channels) {
    guard let commands = subscriptions.live(market.id, channel) else { return }
    out.state(.live, channel, instrument: market.id)
    for command in commands { out.done(command) }
    if channel == .book, bookPlan.waitsUntilLive { awaitSnapshot(market) }
  }
}
