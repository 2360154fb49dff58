import CPatchbay
import ConnectorKit
import Decimals

/// The private socket. A token from REST, valid for fifteen minutes until it is used, opens the channels; so it is
/// asked for when the socket stands, anew each time. Both channels begin with a snapshot and number their messages;
/// when one is missing, the socket is opened again and the snapshots tell what happened. Sources: Kraken API Center,
/// "WebSocket authentication", "executions", "balances".
extension KrakenSpot {
  /// Where the token of an account is kept by the host.
  private static let tokenSlot = 1

  /// Reports name pairs, so the instruments come first.
  func openPrivateStream(_ account: PrivateAccount) {
    guard account.stream == 0, account.streamTimer == 0, !markets.isEmpty else { return }
    let pause = account.pause.remaining(out.now.mono)
    guard pause == 0 else {
      account.streamTimer = timers.insert(.privateStream(account: account.id))
      return out.timer(account.streamTimer, after: pause)
    }
    account.stream = privateStreams.insert(account.id)
    out.state(.pending, .privateUpdates, account: account.id)
    out.open(
      account.stream, SealedText(Venue.privateStream), charges: [Charge(Venue.Bucket.connections)], idle: Venue.idle)
  }

  func privateStreamDue(_ id: pb_id) {
    guard let account = account(id) else { return }
    account.streamTimer = 0
    openPrivateStream(account)
  }

  func closePrivateStream(_ account: PrivateAccount) {
    if account.streamTimer != 0 {
      timers.remove(account.streamTimer)
      out.timer(account.streamTimer, after: 0)
      account.streamTimer = 0
    }
    if account.stream != 0 {
      privateStreams.remove(account.stream)
      forgetRequests(of: account.stream)
      out.close(account.stream, reason: "the account is gone")
    }
    out.state(.ended, .privateUpdates, account: account.id)
    account.stream = 0
  }

  private func account(ofStream stream: pb_id) -> PrivateAccount? { privateStreams[stream].flatMap { account($0) } }

  func privateStreamOpened(_ stream: pb_id) {
    guard let account = account(ofStream: stream) else { return }
    askToken(account)
  }

  private func askToken(_ account: PrivateAccount) {
    var request = signed(.socketToken, account: account.id)
    request.captures = [Capture("/result/token", slot: UInt32(KrakenSpot.tokenSlot))]
    out.send(request, id: requests.insert(.token(account: account.id, stream: account.stream)))
  }

  func tokenCame(_ id: pb_id, _ stream: pb_id, _ error: VenueError?) -> Status {
    guard let account = account(id), account.stream == stream else { return .ok }
    if let error {
      refused(account, error, "no token: ")
      return .ok
    }
    account.executionsSequence = 0
    account.balancesSequence = 0
    subscribe("executions", ",\"snap_orders\":true,\"snap_trades\":true", account)
    subscribe("balances", ",\"snapshot\":true", account)
    return .ok
  }

  private func subscribe(_ channel: String, _ options: String, _ account: PrivateAccount) {
    let request = requests.insert(.channel(stream: account.stream, account: account.id, name: channel))
    let token = Seal.slot(KrakenSpot.tokenSlot)
    let parameters: SealedText = "{\"channel\":\"\(channel)\",\"token\":\"\(token)\"\(options)}"
    let body: SealedText = "{\"method\":\"subscribe\",\"params\":\(parameters),\"req_id\":\(request)}"
    var frame = Request(frame: body, on: account.stream)
    frame.account = account.id
    frame.permission = "subscribe"
    out.send(frame, id: request)
  }

  /// The answer to a subscription that is not of one market.
  func channelAnswered(_ name: String, _ id: pb_id, _ stream: pb_id, error: String) {
    guard !error.isEmpty else { return }
    guard let account = account(id), account.stream == stream else {
      return out.log(.warning, "channel \(name): \(error)")
    }
    refused(account, VenueError(error, now: out.now.venue), "channel \(name): ")
  }

  /// A question of the connector's own was refused: a lockout is for everything of the account.
  func silenced(_ id: pb_id, _ error: VenueError) {
    guard error.failure == .authentication, error.retryAfter > 0, let account = account(id) else { return }
    out.state(
      account.isLive ? .live : .down, .privateUpdates, account: id, error: error.failure, error.text,
      retryAfter: error.retryAfter)
  }

  /// The venue does not let the account in: the stream is given up for now. A permission is not asked for as often as
  /// something that fails by chance, and a lockout is waited for by everything of the account.
  private func refused(_ account: PrivateAccount, _ error: VenueError, _ what: String) {
    let pause = account.pause.failed(error.failure, minimum: error.retryAfter, now: out.now.mono)
    let text = what + error.words
    out.log(.warning, "private stream: \(text); next attempt in \(pause / Venue.second) s")
    out.state(
      .down, .privateUpdates, account: account.id, error: error.failure, text, retryAfter: error.retryAfter)
    // What another channel still answers on this stream says nothing new.
    account.isLive = false
    account.isRestarting = true
    out.close(account.stream, reason: "the account is not let in")
  }

  func privateStreamLost(_ stream: pb_id, _ reason: String) {
    guard let account = account(ofStream: stream) else { return }
    privateStreams.remove(stream)
    forgetRequests(of: stream)
    account.stream = 0
    // Why we ended it has been said, and says more than its end.
    if !account.isRestarting {
      out.state(.down, .privateUpdates, account: account.id, error: .transient, reason)
    }
    if account.isLive { account.pause.ended(now: out.now.mono) }
    account.isLive = false
    account.isRestarting = false
    openPrivateStream(account)
  }

  // MARK: Frames

  func privateFrame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>) -> Status {
    guard let account = account(ofStream: stream) else { return .state }
    if account.isRestarting { return .ok }
    var json = JSONScanner(payload)
    var kind = FrameKind.none
    var type = JSONText()
    var data: JSONMark?
    var answer = Answer()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "channel": kind = KrakenSpot.kind(json.string())
      case "type": type = json.string()
      case "data":
        data = json.mark
        json.skip()
      default: answer.read(key, &json)
      }
    }
    // What cannot be read may have been a report: the snapshot of a new socket tells it again.
    guard json.isComplete() else { return restart(account, "a message could not be read") }
    let isSnapshot = type == "snapshot"
    switch kind {
    case .executions:
      guard let data, follows(&account.executionsSequence, answer.sequence, isSnapshot) else {
        return restart(account, "messages of executions are missing")
      }
      return executions(data, account, isSnapshot: isSnapshot)
    case .balances:
      guard let data, follows(&account.balancesSequence, answer.sequence, isSnapshot) else {
        return restart(account, "messages of balances are missing")
      }
      reportTotals(data, account)
      balancesChanged(account)
      return .ok
    case .status:
      guard var json = data?.scanner() else { return .parse }
      return engineStatus(&json)
    case .heartbeat: return .ok
    case .none: return answer.isEmpty ? .unsupported : answered(answer, stream)
    default: return .unsupported
    }
  }

  /// Whether a message's number is the one after the last.
  private func follows(_ last: inout UInt64, _ sequence: UInt64, _ isSnapshot: Bool) -> Bool {
    guard isSnapshot || sequence == last &+ 1 else { return false }
    last = sequence
    return true
  }

  /// Opens the private stream anew.
  private func restart(_ account: PrivateAccount, _ reason: String) -> Status {
    account.isRestarting = true
    if account.isLive { account.pause.ended(now: out.now.mono) }
    account.isLive = false
    out.log(.warning, "private stream: \(reason); opening it again")
    out.state(.down, .privateUpdates, account: account.id, error: .transient, reason)
    out.close(account.stream, reason: reason)
    return .parse
  }

  // MARK: Executions

  /// One report. Reports after the first of an order name only what changed.
  private struct Report {
    var id = ""
    var kind = JSONText()
    var status = JSONText()
    var time: Int64 = 0
    var order = OpenOrder()
    var fill = pb_fill()
    var execution = JSONText()
    var feeAsset = ""
  }

  private func executions(_ data: JSONMark, _ account: PrivateAccount, isSnapshot: Bool) -> Status {
    // What is not in the first snapshot of a stream has ended meanwhile.
    if isSnapshot, !account.isLive { account.forgetAll() }
    var json = data.scanner()
    json.enterArray()
    while json.nextElement() {
      let entry = json.mark
      json.skip()
      guard json.isValid else { break }
      guard let report = readReport(entry, account) else {
        // A snapshot would come again the same, so what cannot be read of it is left out.
        guard isSnapshot else { return restart(account, "a report could not be read") }
        out.log(.error, "private stream: an entry of the snapshot could not be read and is left out")
        continue
      }
      tell(report, account, isSnapshot: isSnapshot)
    }
    guard json.isValid else { return restart(account, "reports could not be read") }
    if isSnapshot, !account.isLive {
      account.isLive = true
      account.pause.succeeded(now: out.now.mono)
      out.state(.live, .privateUpdates, account: account.id)
    }
    return .ok
  }

  private func readReport(_ entry: JSONMark, _ account: PrivateAccount) -> Report? {
    var report = Report()
    var json = entry.scanner()
    json.enterObject()
    while let key = json.nextKey() { if key == "order_id" { report.id = json.string().text } else { json.skip() } }
    guard json.isValid, !report.id.isEmpty else { return nil }
    if let known = account.orders[report.id] { report.order = known }
    json = entry.scanner()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "exec_type": report.kind = json.string()
      case "order_status": report.status = json.string()
      case "timestamp": report.time = json.timestamp()
      case "exec_id": report.execution = json.string()
      case "last_price": report.fill.price = pb_dec(json.decimal())
      case "last_qty": report.fill.quantity = pb_dec(json.decimal())
      case "liquidity_ind":
        report.fill.liquidity = (json.string() == "m" ? Liquidity.maker : .taker).rawValue
      case "fees": readFees(&json, &report)
      default: read(key, &json, &report.order)
      }
    }
    return json.isValid ? report : nil
  }

  private func read(_ key: JSONText, _ json: inout JSONScanner, _ order: inout OpenOrder) {
    switch key {
    case "symbol": order.market = market(named: json.string())?.number ?? -1
    case "cl_ord_id": order.client = json.string().text
    case "side": order.side = side(json.string())
    case "order_type": order.type = Words.type(json.string())
    case "time_in_force": order.timeInForce = Words.timeInForce(json.string())
    case "order_qty": order.quantity = json.decimal()
    case "cash_order_qty":
      // Zero stands for orders that are not by value.
      if json.decimal().isPositive { order.flags.insert(.byValue) }
    case "post_only": if json.boolean() { order.flags.insert(.postOnly) }
    case "limit_price": order.price = positive(&json)
    case "stop_price": order.stop = positive(&json) ?? order.stop
    case "cum_qty": order.filled = json.decimal()
    case "avg_price": order.average = positive(&json)
    case "reason": order.reason = json.string().text
    case "triggers" where json.peek() == UInt8(ascii: "{"):
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "price": order.stop = positive(&json) ?? order.stop
        case "status": order.isTriggered = json.string() == "triggered"
        default: json.skip()
        }
      }
    default: json.skip()
    }
  }

  private func positive(_ json: inout JSONScanner) -> Decimal64? {
    let value = json.decimal()
    return value.isPositive ? value : nil
  }

  /// `[{"asset": "USD", "qty": 0.3458}]`; the first is told.
  private func readFees(_ json: inout JSONScanner, _ report: inout Report) {
    json.enterArray()
    while json.nextElement() {
      let isFirst = report.feeAsset.isEmpty
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "asset" where isFirst: report.feeAsset = asset(json.string().text)
        case "qty" where isFirst: report.fill.fee = pb_dec(json.decimal())
        default: json.skip()
        }
      }
    }
  }

  private func tell(_ report: Report, _ account: PrivateAccount, isSnapshot: Bool) {
    var order = report.order
    guard order.market >= 0 else { return }
    if order.created == 0 { order.created = report.time }
    if report.kind == "trade" {
      tellFill(report, account)
      // The trades of a snapshot are history; what has become of their orders since then they do not say.
      if isSnapshot { return }
    }
    // Nothing has been decided yet; the engine's own word follows.
    if report.kind == "pending_new" || report.status == "pending_new" {
      account.remember(report.id, order)
      return
    }
    switch report.status {
    case "filled": order.state = .filled
    case "canceled": order.state = .cancelled
    case "expired": order.state = .expired
    default:
      let isFilled = order.filled?.isPositive == true
      order.state = order.waitsForTrigger ? .untriggered : isFilled ? .partial : .open
    }
    switch order.state {
    case .filled, .cancelled, .expired: account.forget(report.id)
    default: account.remember(report.id, order)
    }
    tell(order, report.id, account: account.id, time: report.time)
  }

  private func tellFill(_ report: Report, _ account: PrivateAccount) {
    guard report.fill.price.value != nil, report.fill.quantity.value != nil, !report.execution.isEmpty else {
      return out.log(.error, "order \(report.id): an execution without id, price or quantity")
    }
    var fill = report.fill
    fill.account = account.id
    fill.instrument = markets[report.order.market].id
    fill.venue_ns = report.time
    fill.side = report.order.side.rawValue
    out.fill(
      fill, trade: report.execution.text, client: report.order.client, venue: report.id, feeAsset: report.feeAsset)
  }
}
