import CPatchbay

/// What the usual frame of a public stream needs to know of it.
struct StreamPlace {
  let stream: pb_id
  let shelf: Int
  /// Number of its last message, where the exchange counts them.
  var number: UInt64?
  /// The beginning of the name that the exchange gave to the connection, where messages carry it.
  var connection: UInt64 = 0
  /// Numbers below the last one that were given to answers which have not come yet.
  var late: [UInt64] = []
}

/// Public streams whose messages are numbered, whose answers list all that they carry, or which carry markets under the
/// name of another.
extension ExchangeConnector {
  /// Whether a message of a public stream has the number behind the last one's, for exchanges that count all messages
  /// of a connection. If not, whatever the stream carries may be missing: its books are lost, and all of it is asked
  /// for on a new one. To be called for every message, before it is read further; one that comes twice is to be
  /// dropped.
  @inline(__always)
  public final func follows(_ stream: pb_id, _ number: UInt64) -> Bool {
    // Frames that waited were counted when they came.
    guard let place = streams.firstIndex(where: { $0.stream == stream }) else { return true }
    guard let last = streams[place].number, number != last &+ 1 else {
      streams[place].number = number
      return true
    }
    return broken(stream, last, number)
  }

  /// The same for exchanges that number an answer when the question comes, so that it may arrive behind messages with
  /// higher numbers: as many numbers may be due as messages about topics wait for their answers. Numbers are those of
  /// the connection that a message names; with another name they begin anew.
  /// - Parameter isAnswer: it answers a subscription.
  public final func follows(_ stream: pb_id, _ number: UInt64, of connection: JSONText, isAnswer: Bool) -> Bool {
    guard let place = streams.firstIndex(where: { $0.stream == stream }) else { return true }
    guard let last = streams[place].number, streams[place].connection == connection.firstWord else {
      (streams[place].number, streams[place].connection) = (number, connection.firstWord)
      streams[place].late.removeAll()
      return true
    }
    if number == last &+ 1 {
      streams[place].number = number
      return true
    }
    if number <= last {
      streams[place].late.removeAll { $0 == number }
      return isAnswer
    }
    let missing = number - last - 1
    guard missing <= UInt64(max(0, unanswered(on: stream) - streams[place].late.count)) else {
      return broken(stream, last, number)
    }
    streams[place].late += last + 1..<number
    streams[place].number = number
    return true
  }

  /// Messages that subscribe on a stream and have no answer.
  private func unanswered(on stream: pb_id) -> Int {
    pending.all.count {
      if case .topics(let message) = $0.value { message.stream == stream && !message.isUnsubscribe } else { false }
    }
  }

  @inline(never)
  private func broken(_ stream: pb_id, _ last: UInt64, _ number: UInt64) -> Bool {
    guard number != last, let connection = connections[stream] else { return false }
    let (plan, expected) = (feedPlan, last &+ 1)
    for topic in connection.topics where plan.channels[topic.channel].carries.contains(.book) {
      let market = markets[topic.market]
      guard market.wantsBook, market.sync.isLive else { continue }
      out.gap(instrument: market.id, reason: .sequence, expected: expected, got: number)
      market.sync.reset()
    }
    reopen(stream, "messages are missing: \(expected) was due, \(number) came")
    return false
  }

  /// Gives a public stream up and asks for all that it carries on a new one: messages are missing, or the exchange
  /// itself says that it will not go on.
  public final func reopen(_ stream: pb_id, _ reason: String) {
    guard connections[stream] != nil else { return }
    out.log(.warning, "stream \(stream): \(reason)")
    out.close(stream, reason: reason)
    publicStreamLost(stream, reason)
  }

  /// The same of an account's stream: if messages are missing, it is opened anew.
  public final func follows(_ account: TradingAccount, _ number: UInt64) -> Bool {
    defer { account.lastNumber = number }
    guard let last = account.lastNumber, number != last &+ 1 else { return true }
    if number != last { restart(account, .transient, "messages are missing: \(last &+ 1) was due, \(number) came") }
    return false
  }

  /// A message could not be read, and with it its number.
  final func forgetNumber(_ stream: pb_id) {
    if let place = streams.firstIndex(where: { $0.stream == stream }) { streams[place].number = nil }
  }

  /// Number of the market that a name means on a public stream; -1 for one that was never listed.
  @inline(__always)
  public final func market(_ name: JSONText, on stream: pb_id) -> Int {
    onShelf(symbols.find(name), of: stream)
  }

  @inline(__always)
  final func onShelf(_ number: Int, of stream: pb_id) -> Int {
    guard number >= 0, let place = streams.first(where: { $0.stream == stream }), place.shelf != 0 else {
      return number
    }
    return exchange?.market(number, onShelf: place.shelf) ?? number
  }

  /// The exchange lists all that a stream carries, after every change: what was asked for and is listed is confirmed,
  /// what was given up and is not listed any more has ended.
  public final func carries(_ stream: pb_id, _ isListed: (Topic) -> Bool) {
    for (id, purpose) in pending.all {
      guard case .topics(let message) = purpose, message.stream == stream else { continue }
      let settled = message.topics.filter { isListed($0) != message.isUnsubscribe }
      if !settled.isEmpty { settle(id, message, settled, .confirmed) }
    }
  }

  /// Whether a message about topics with this id, or a frame of a private stream, waits for its answer.
  public final func isAwaited(_ request: pb_id) -> Bool {
    switch pending[request] {
    case .topics, .privateFrame, .common: true
    default: false
    }
  }

  /// The exchange refuses a message about topics and does not say which: the oldest one of the stream that has no
  /// answer.
  public final func refused(_ stream: pb_id, code: String = "", text: String) {
    for (id, purpose) in pending.all {
      guard case .topics(let message) = purpose, message.stream == stream else { continue }
      return settle(id, message, message.topics, .refused(code: code, text: text))
    }
    out.log(.warning, "stream \(stream): the exchange refuses: \(text)")
  }
}
