import CPatchbay

/// The private stream of an account: opened, logged in, subscribed, watched, and opened again with growing pauses.
extension ExchangeConnector {
  /// First and longest pause before a private stream is opened again, in nanoseconds. A refusal is not mended by haste.
  private static let firstPause: Int64 = 1_000_000_000
  private static let longestPause: Int64 = 300_000_000_000

  final func accountChanged(_ account: Account) {
    if let known = self.account(account.id) {
      closePrivateStream(known)
      accounts.removeAll { $0.id == account.id }
    }
    guard account.isPresent else { return }
    let added = TradingAccount(id: account.id, algorithm: account.algorithm)
    accounts.append(added)
    openPrivateStream(added)
  }

  /// Reports name instruments, so the list of instruments comes first.
  final func openPrivateStream(_ account: TradingAccount) {
    guard account.stream == 0, account.timer == 0, !markets.isEmpty else { return }
    let plan = privatePlan
    if case .none = plan.kind { return }
    account.stream = privateStreams.insert(account.id)
    out.state(.pending, .privateUpdates, account: account.id)
    out.open(
      account.stream, SealedText(plan.address), account: account.id, permission: plan.streamAct,
      charges: plan.openCharges, idle: plan.idle)
  }

  private func closePrivateStream(_ account: TradingAccount) {
    cancelTimer(&account.timer)
    cancelTimer(&account.pingTimer)
    guard account.stream != 0 else { return }
    forgetPrivateFrames(of: account.stream)
    privateStreams.remove(account.stream)
    out.close(account.stream, reason: "the account is gone")
    out.state(.ended, .privateUpdates, account: account.id)
    account.stream = 0
  }

  private func forgetPrivateFrames(of stream: pb_id) {
    for (id, purpose) in pending.all {
      if case .privateFrame(_, stream) = purpose { pending.remove(id) }
    }
  }

  final func privateStreamOpened(_ stream: pb_id) {
    guard let account = privateStreams[stream].flatMap({ account($0) }) else { return }
    let plan = privatePlan
    if let ping = plan.ping { keepAlive(account, stream, ping) }
    switch plan.kind {
    case .none: break
    case .login(let act):
      let id = pending.insert(.privateFrame(account: account.id, stream: stream))
      say(exchange?.loginFrame(account, id: id) ?? SealedText(), act: act, id: id, account)
    }
  }

  private func say(_ text: SealedText, act: String, id: pb_id, _ account: TradingAccount) {
    var frame = Request(frame: text, on: account.stream)
    frame.account = account.id
    frame.permission = act
    out.send(frame, id: id)
    cancelTimer(&account.timer)
    account.timer = after(privatePlan.answerTime) { [unowned self] in
      account.timer = 0
      if account.stream != 0, !account.isLive { restart(account, .transient, "the private stream was not answered") }
    }
  }

  private func keepAlive(_ account: TradingAccount, _ stream: pb_id, _ ping: FeedPlan.Ping) {
    account.pingTimer = after(ping.every) { [unowned self] in
      account.pingTimer = 0
      guard account.stream == stream else { return }
      let id = pending.insert(.privateFrame(account: account.id, stream: stream))
      var frame = Request(frame: SealedText(ping.text), on: stream)
      frame.account = account.id
      frame.permission = privatePlan.subscribeAct
      out.send(frame, id: id)
      keepAlive(account, stream, ping)
    }
  }

  /// The exchange answered the login.
  public final func loggedIn(_ account: TradingAccount, _ answer: Acknowledgement) {
    guard account.stream != 0, !account.isLoggedIn else { return }
    switch answer {
    case .refused(let code, let text): refuse(account, code, text)
    case .confirmed:
      account.isLoggedIn = true
      let plan = privatePlan
      account.missing = plan.channels.count
      for channel in plan.channels {
        let id = pending.insert(.privateFrame(account: account.id, stream: account.stream))
        say(exchange?.privateTopic(channel, id: id) ?? SealedText(), act: plan.subscribeAct, id: id, account)
      }
      if account.missing == 0 { becameLive(account) }
    }
  }

  /// The exchange answered the subscription to one of the private channels.
  public final func acknowledged(_ account: TradingAccount, _ answer: Acknowledgement) {
    guard account.stream != 0, account.isLoggedIn, account.missing > 0 else { return }
    switch answer {
    case .refused(let code, let text): refuse(account, code, text)
    case .confirmed:
      account.missing -= 1
      if account.missing == 0 { becameLive(account) }
    }
  }

  private func becameLive(_ account: TradingAccount) {
    guard !account.isLive else { return }
    cancelTimer(&account.timer)
    forgetPrivateFrames(of: account.stream)
    account.isLive = true
    account.failures = 0
    out.state(.live, .privateUpdates, account: account.id)
  }

  private func refuse(_ account: TradingAccount, _ code: String, _ text: String) {
    let fault = errorPlan.fault(code: code, text: text)
    restart(account, fault.failure, text.isEmpty ? "code \(code)" : text, atLeast: fault.retryAfter)
  }

  /// Closes the stream and opens a new one after a pause.
  final func restart(_ account: TradingAccount, _ failure: Failure, _ reason: String, atLeast least: Int64 = 0) {
    guard account.stream != 0 else { return }
    let stream = account.stream
    out.log(.warning, "private stream: \(reason)")
    out.close(stream, reason: "starting anew")
    privateStreamGone(account, stream, failure, reason, atLeast: least)
  }

  final func privateStreamLost(_ stream: pb_id, _ reason: String) {
    guard let id = privateStreams[stream], let account = account(id), account.stream == stream else { return }
    privateStreamGone(account, stream, .transient, reason, atLeast: 0)
  }

  private func privateStreamGone(
    _ account: TradingAccount, _ stream: pb_id, _ failure: Failure, _ reason: String, atLeast least: Int64
  ) {
    cancelTimer(&account.timer)
    cancelTimer(&account.pingTimer)
    forgetPrivateFrames(of: stream)
    privateStreams.remove(stream)
    out.state(.down, .privateUpdates, account: account.id, error: failure, reason)
    (account.stream, account.isLive, account.isLoggedIn, account.missing) = (0, false, false, 0)
    let pause = backoff(account.failures, first: Self.firstPause, last: Self.longestPause)
    account.failures += 1
    account.timer = after(max(pause, least)) { [unowned self] in
      account.timer = 0
      openPrivateStream(account)
    }
  }

  final func privateFrameCame(_ stream: pb_id, _ frame: Body) -> Status {
    guard let account = privateStreams[stream].flatMap({ account($0) }) else { return .state }
    let status = exchange?.privateFrame(frame, account) ?? .failed
    // What cannot be read may have been a report. A new stream has the host compare its orders with the exchange's.
    if status == .parse { restart(account, .other, "a message could not be read") }
    return status
  }
}
