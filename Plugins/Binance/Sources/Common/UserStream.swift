import CPatchbay
import ConnectorKit

/// The private stream of each account: how it is opened and kept open. What its events mean is said in
/// `Spot/SpotEvents.swift` and `Perpetual/PerpetualEvents.swift`.
///
/// Spot: a connection to the WebSocket API, on which a signed request subscribes ("User Data Stream requests").
/// Elsewhere: a listen key from REST, good for an hour and prolonged every half hour, is part of the stream's address
/// ("User Data Streams"); the host keeps it in a slot, and this code never sees it.
extension BinanceConnector {
  /// The account's slot of the listen key.
  private static let slot = 1
  private static let listenKey = Seal.slot(slot)
  /// Quiet accounts have quiet streams; only the server's pings come.
  private static let idle = 10 * Venue.minute

  func accountChanged(_ account: Account) {
    if let place = accounts.firstIndex(where: { $0.id == account.id }) {
      let old = accounts.remove(at: place)
      old.life.end()
      setTimer(old, after: 0)
      if old.stream != 0 {
        userStreams.remove(old.stream)
        out.close(old.stream)
      }
      if !account.isPresent { out.state(.ended, .privateUpdates, account: old.id) }
    }
    guard account.isPresent else { return }
    let state = AccountState(
      id: account.id, algorithm: account.algorithm, life: TokenLife(keepAlive: 30 * Venue.minute))
    accounts.append(state)
    guard isTrading else { return }
    openUserStream(state)
  }

  private func openUserStream(_ account: AccountState) {
    switch venue.userStream {
    case .none: out.state(.rejected, .privateUpdates, account: account.id, error: .unsupported, "no accounts here")
    case .webSocketAPI(let address):
      account.stream = userStreams.insert(account.id)
      out.open(
        account.stream, SealedText(address), account: account.id, permission: venue.actPrefix + "user_stream",
        charges: [Charge(Venue.Bucket.connections)] + venue.cost(weights.userStream), idle: Self.idle)
    case .listenKey:
      let pause = account.pause.remaining(out.now.mono)
      act(pause > 0 ? account.life.notObtained(minimum: pause) : account.life.wanted(), account)
    }
  }

  // MARK: The listen key

  private func act(_ action: TokenLife.Action, _ account: AccountState) {
    guard case .listenKey(let path, let address, let inParameters) = venue.userStream else { return }
    switch action {
    case .none: break
    case .wait(let time): setTimer(account, after: time)
    case .obtain:
      var request = keyed(.post, path, nil, "user_stream_start", account)
      request.captures = [Capture("/listenKey", slot: UInt32(Self.slot))]
      request.charges = venue.cost(weights.userStream)
      out.send(request, id: requests.insert(.answer { [unowned self] in obtained(account, $0, $1) }))
    case .open:
      account.stream = userStreams.insert(account.id)
      out.open(
        account.stream, SealedText(address) + Self.listenKey, account: account.id,
        permission: venue.actPrefix + "user_stream", charges: [Charge(Venue.Bucket.connections)], idle: Self.idle)
    case .keepAlive:
      let query: SealedText? = inParameters ? "listenKey=\(Self.listenKey)" : nil
      var request = keyed(.put, path, query, "user_stream_keep", account)
      request.charges = venue.cost(weights.userStream)
      out.send(request, id: requests.insert(.answer { [unowned self] in keptAlive(account, $0, $1) }))
    }
  }

  private func isCurrent(_ account: AccountState) -> Bool { accounts.contains { $0 === account } }

  private func obtained(_ account: AccountState, _ reply: Reply, _ body: Body) -> Status {
    guard isCurrent(account) else { return .ok }
    guard reply.isSuccess else {
      let error = error(reply, body)
      let pause = account.pause.failed(error.failure, minimum: error.retryAfter, now: out.now.mono)
      tellDown(account, error)
      act(account.life.notObtained(minimum: pause), account)
      return .ok
    }
    for action in account.life.obtained() { act(action, account) }
    return .ok
  }

  private func keptAlive(_ account: AccountState, _ reply: Reply, _ body: Body) -> Status {
    guard isCurrent(account), account.life.isHeld else { return .ok }
    if reply.isSuccess {
      act(account.life.keptAlive(), account)
      return .ok
    }
    let error = error(reply, body)
    out.log(.warning, "the listen key was not prolonged: \(error.words)")
    // -1125: "This listenKey does not exist."
    if error.code == "-1125" { listenKeyGone(account) } else { act(account.life.notKeptAlive(isGone: false), account) }
    return .ok
  }

  /// The stream ends with its key: a new key, a new stream.
  func listenKeyGone(_ account: AccountState) {
    if account.stream != 0 {
      userStreams.remove(account.stream)
      out.close(account.stream)
    }
    userStreamDown(account, "the listen key has expired")
    openUserStream(account)
  }

  // MARK: The stream

  func userStreamOpened(_ stream: pb_id) {
    guard let account = account(of: stream) else { return }
    guard case .webSocketAPI = venue.userStream else { return userStreamLive(account) }
    let pause = account.pause.remaining(out.now.mono)
    if pause > 0 { setTimer(account, after: pause) } else { subscribeUserStream(account) }
  }

  func userStreamClosed(_ stream: pb_id, _ reason: String) {
    guard let id = userStreams.remove(stream), let account = account(id), account.stream == stream else { return }
    for (id, purpose) in requests.all {
      if case .userSubscribe(stream) = purpose { requests.remove(id) }
    }
    setTimer(account, after: 0)
    userStreamDown(account, reason)
    openUserStream(account)
  }

  private func userStreamDown(_ account: AccountState, _ reason: String) {
    account.stream = 0
    // Why a subscription was refused says more than the end of its connection.
    if account.isLive || account.pause.failures == 0 {
      out.state(.down, .privateUpdates, account: account.id, error: .transient, reason)
    }
    if account.isLive { account.pause.ended(now: out.now.mono) }
    account.isRestarting = false
    account.isLive = false
  }

  private func tellDown(_ account: AccountState, _ error: VenueError) {
    account.isLive = false
    if error.failure == .authentication {
      let minutes = account.pause.remaining(out.now.mono) / Venue.minute
      out.log(.warning, "private stream: \(error.code) \(error.text); next attempt in \(minutes) min")
    }
    out.state(
      error.failure == .authentication ? .rejected : .down, .privateUpdates, account: account.id,
      error: error.failure, error.text)
  }

  private func userStreamLive(_ account: AccountState) {
    account.isLive = true
    account.pause.succeeded(now: out.now.mono)
    out.state(.live, .privateUpdates, account: account.id)
  }

  func userStreamTimer(_ id: pb_id) {
    guard let account = account(id) else { return }
    account.timer = 0
    if case .webSocketAPI = venue.userStream { return subscribeUserStream(account) }
    act(account.life.timerFired(), account)
  }

  private func setTimer(_ account: AccountState, after time: Int64) {
    if account.timer != 0 {
      timers.remove(account.timer)
      out.timer(account.timer, after: 0)
      account.timer = 0
    }
    guard time > 0 else { return }
    account.timer = timers.insert(.userStream(account: account.id))
    out.timer(account.timer, after: time)
  }

  // MARK: Subscribing over the WebSocket API

  private func subscribeUserStream(_ account: AccountState) {
    guard account.stream != 0 else { return }
    let id = requests.insert(.userSubscribe(stream: account.stream))
    var frame = signedFrame(
      "userDataStream.subscribe.signature", id: id, on: account.stream, act: "user_stream_subscribe", account)
    frame.charges = [Charge(Venue.Bucket.weight, weights.userStream)]
    out.send(frame, id: id)
  }

  func userSubscriptionFailed(_ stream: pb_id, _ error: VenueError) {
    guard let account = account(of: stream) else { return }
    // The socket stays: the next attempt comes on it, later each time.
    let pause = account.pause.failed(error.failure, minimum: error.retryAfter, now: out.now.mono)
    tellDown(account, error)
    setTimer(account, after: pause)
  }

  private func account(of stream: pb_id) -> AccountState? {
    userStreams[stream].flatMap { account($0) }.flatMap { $0.stream == stream ? $0 : nil }
  }

  // MARK: Frames

  /// An event stands alone, in `event` beside a `subscriptionId` (WebSocket API), or in `data` beside a `stream`.
  /// Everything else answers a request: `{"id": 1, "status": 200, "result": {...}}` or `{"id": 1, "status": 400,
  /// "error": {...}}`.
  func userFrame(_ stream: pb_id, _ payload: Body) -> Status {
    guard let account = account(of: stream) else { return .state }
    let status = readUserFrame(stream, payload, account)
    if status == .parse { restartUserStream(account) }
    return status
  }

  /// What could not be read may have been a report of an order, a fill, a balance or a position. A stream that opens
  /// anew has the host ask for all of them; the host paces the opening.
  private func restartUserStream(_ account: AccountState) {
    guard account.stream != 0, !account.isRestarting else { return }
    account.isRestarting = true
    let reason = "a message of the account could not be read"
    out.log(.warning, "private stream: \(reason); opening it again")
    out.close(account.stream, reason: reason)
  }

  private func readUserFrame(_ stream: pb_id, _ payload: Body, _ account: AccountState) -> Status {
    var json = JSONScanner(payload)
    var type = ""
    var event: JSONMark?
    var answer = (isOne: false, id: UInt64(0), status: Int64(0), code: "", text: "")
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "e": type = json.string().text
      case "event" where json.peek() == UInt8(ascii: "{"), "data" where json.peek() == UInt8(ascii: "{"):
        event = json.mark
        json.skip()
      case "id":
        answer.isOne = true
        answer.id = UInt64(json.scalar().text) ?? 0
      case "status": answer.status = json.integer()
      case "error" where json.peek() == UInt8(ascii: "{"): (answer.code, answer.text) = readError(&json)
      default: json.skip()
      }
    }
    guard json.isComplete() else { return .parse }
    if let event {
      var object = event.scanner()
      type = eventType(&object)
      guard object.isValid else { return .parse }
      var inner = event.scanner()
      return dispatch(type, &inner, account)
    }
    if !type.isEmpty {
      var object = JSONScanner(payload)
      return dispatch(type, &object, account)
    }
    guard answer.isOne else { return .unsupported }
    // An answer to nothing that was asked changes nothing.
    guard case .userSubscribe(stream)? = requests.remove(answer.id) else { return .ok }
    if answer.status == 200 {
      userStreamLive(account)
    } else {
      userSubscriptionFailed(
        stream,
        VenueError(
          code: answer.code, text: answer.text, status: Int(answer.status), venue.errors, venueTime: out.now.venue))
    }
    return .ok
  }

  private func dispatch(_ type: String, _ json: inout JSONScanner, _ account: AccountState) -> Status {
    switch type {
    case "eventStreamTerminated":
      // The subscription has ended and the connection has not.
      if account.isLive {
        account.isLive = false
        account.pause.ended(now: out.now.mono)
        out.state(.down, .privateUpdates, account: account.id, error: .transient, "the subscription was ended")
      }
      let pause = account.pause.remaining(out.now.mono)
      if pause > 0 { setTimer(account, after: pause) } else { subscribeUserStream(account) }
      return .ok
    case "listenKeyExpired":
      listenKeyGone(account)
      return .ok
    // Announces that the connection will be closed; that it was is seen when it is.
    case "serverShutdown": return .ok
    default: return userEvent(type, &json, account)
    }
  }

  private func eventType(_ json: inout JSONScanner) -> String {
    var type = ""
    json.enterObject()
    while let key = json.nextKey() {
      if key == "e" { type = json.string().text } else { json.skip() }
    }
    return type
  }

  private func readError(_ json: inout JSONScanner) -> (code: String, text: String) {
    var (code, text) = ("", "")
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "code": code = json.scalar().text
      case "msg": text = json.string().text
      default: json.skip()
      }
    }
    return (code, text)
  }
}
