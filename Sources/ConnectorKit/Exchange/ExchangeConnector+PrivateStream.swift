import CPatchbay

/// The private stream of an account: opened, let in by its kind, subscribed, watched, and opened again after pauses
/// that grow with every refusal. An account may have several: what is said of its updates is true of all together, see
/// ExchangeConnector+AccountStreams.swift.
extension ExchangeConnector {
  final func accountChanged(_ account: Account) {
    if account.isPresent {
      guard self.account(account.id) == nil else { return }
      let added = TradingAccount(id: account.id, algorithm: account.algorithm, plan: privatePlan)
      accounts.append(added)
      openPrivateStream(added)
    } else if let gone = self.account(account.id) {
      accounts.removeAll { $0 === gone }
      for account in gone.beside { closePrivateStream(account) }
      closePrivateStream(gone)
      if case .none = privatePlan.kind { return }
      out.state(.ended, .privateUpdates, account: gone.id)
    }
  }

  /// Reports name instruments, so the list of instruments comes first.
  final func openPrivateStream(_ account: TradingAccount) {
    guard account.stream == 0, account.timer == 0, !account.isAsking, !markets.isEmpty, mayOpen(account) else { return }
    switch account.plan.kind {
    case .none: return
    case .refused(let reason): return report(.rejected, of: account, .unsupported, reason)
    default: break
    }
    let pause = account.pause.remaining(out.now.mono)
    guard pause == 0 else {
      account.timer = after(pause) { [unowned(unsafe) self] in
        account.timer = 0
        openPrivateStream(account)
      }
      return
    }
    if identityPlan?.isForStream == true, account.identity.isEmpty { return openIdentified(account) }
    report(.pending, of: account)
    switch account.plan.kind {
    case .listenKey(let endpoint, let pointer, keep: _, every: _, parameter: _):
      account.isAsking = true
      askToken(endpoint, pointer, account) { [unowned(unsafe) self] _ in open(account) }
    case .address(let endpoint, let pointer):
      account.isAsking = true
      askToken(endpoint, pointer, account) { [unowned(unsafe) self] body in open(account, at: body) }
    default: open(account)
    }
  }

  /// What the stream reports is of one account among others: which one is asked first.
  private func openIdentified(_ account: TradingAccount) {
    account.isAsking = true
    report(.pending, of: account)
    identify(account) { [unowned(unsafe) self] fault in
      account.isAsking = false
      guard has(account), account.stream == 0 else { return }
      if let fault { refuse(account, fault, "no account") } else { openPrivateStream(account) }
    }
  }

  /// The list of instruments is there, or there anew: the stream opens, and a live one that does not carry all of the
  /// account's channels any more opens anew.
  final func instrumentsCame(_ account: TradingAccount) {
    guard account.isLive else { return openPrivateStream(account) }
    let channels = exchange?.privateChannels(account) ?? []
    guard !Set(channels).isSubset(of: account.channels) else { return }
    restart(account, .transient, "there are new channels to subscribe to")
  }

  /// - Parameter body: the answer that says where; nil = where the plan says.
  private func open(_ account: TradingAccount, at body: Body? = nil) {
    account.isAsking = false
    let stream = privateStreams.insert(account)
    var address = StreamAddress(account.plan.address)
    if let body {
      guard let read = exchange?.streamAddress(body, account, id: stream) else {
        privateStreams.remove(stream)
        return refuse(account, VenueFault(.other, "the answer cannot be read"), "no address")
      }
      address = read
    }
    (account.stream, account.isGreeted, account.pingInterval) = (stream, false, address.pingInterval)
    account.numbers = Array(repeating: 0, count: account.plan.channels.count)
    account.lastNumber = nil
    let act = address.act.isEmpty ? account.plan.streamAct : address.act
    out.open(
      stream, address.url, account: act.isEmpty ? 0 : account.id, permission: act, headers: account.plan.headers,
      charges: account.plan.openCharges, idle: account.plan.idle, inflate: account.plan.isCompressed)
  }

  private func closePrivateStream(_ account: TradingAccount) {
    stopTimers(account)
    cancelTimer(&account.refresh.timer)
    cancelTimer(&account.owed.timer)
    if account.stream != 0 {
      forgetPrivateFrames(of: account.stream)
      privateStreams.remove(account.stream)
      out.close(account.stream, reason: "the account is gone")
      account.stream = 0
    }
  }

  private func stopTimers(_ account: TradingAccount) {
    cancelTimer(&account.timer)
    cancelTimer(&account.pingTimer)
    cancelTimer(&account.keepTimer)
  }

  private func forgetPrivateFrames(of stream: pb_id) {
    for (id, purpose) in pending.all {
      if case .privateFrame(_, stream, _) = purpose { pending.remove(id) }
    }
  }

  // MARK: Being let in

  final func privateStreamOpened(_ stream: pb_id) {
    guard let account = privateStreams[stream], !account.isClosing else { return }
    if let ping = account.plan.ping { keepAlive(account, stream, ping.paced(account.pingInterval)) }
    guard account.plan.greetingTime > 0 else { return letIn(account, stream) }
    account.timer = after(account.plan.greetingTime) { [unowned(unsafe) self] in
      account.timer = 0
      if account.stream == stream, !account.isClosing { greeted(account, stream) }
    }
  }

  /// The stream's first message has come, or does not come.
  private func greeted(_ account: TradingAccount, _ stream: pb_id) {
    account.isGreeted = true
    cancelTimer(&account.timer)
    letIn(account, stream)
  }

  private func letIn(_ account: TradingAccount, _ stream: pb_id) {
    switch account.plan.kind {
    case .none, .refused: break
    case .signedTopics, .address: subscribeChannels(account)
    case .token(let endpoint, let pointer):
      askToken(endpoint, pointer, account) { [unowned(unsafe) self] _ in
        if account.stream == stream { subscribeChannels(account) }
      }
    case .listenKey(let obtain, let pointer, let keep, let every, let parameter):
      var call = Call(keep)
      // Asked for again, the exchange gives the same key and prolongs it.
      if keep.act.name == obtain.act.name { call.captures = [Capture(pointer, slot: TradingAccount.tokenSlot)] }
      if !parameter.isEmpty { call.set(parameter, Seal.slot(Int(TradingAccount.tokenSlot))) }
      if every > 0 { prolong(account, stream, call, every: every, after: every) }
      subscribeChannels(account)
    case .login(let act):
      let id = pending.insert(.privateFrame(account: account.id, stream: stream, "login"))
      say(exchange?.loginFrame(account, id: id) ?? SealedText(), act: act, id: id, account)
      if account.plan.isLoginSilent { loggedIn(account, .confirmed) }
    }
  }

  /// Asks for a token, which the host keeps.
  private func askToken(
    _ endpoint: Endpoint, _ pointer: String, _ account: TradingAccount, _ proceed: @escaping (Body) -> Void
  ) {
    var call = Call(endpoint)
    call.captures = [Capture(pointer, slot: TradingAccount.tokenSlot)]
    let stream = account.stream
    ask(call, account) { [unowned(unsafe) self] answer in
      guard has(account), account.stream == stream, !account.isClosing else { return .ok }
      account.isAsking = false
      if let fault = answer.fault { refuse(account, fault, "no token") } else { proceed(answer.body) }
      return .ok
    }
  }

  private func prolong(
    _ account: TradingAccount, _ stream: pb_id, _ call: Call, every: Int64, after time: Int64
  ) {
    account.keepTimer = after(time) { [unowned(unsafe) self] in
      account.keepTimer = 0
      guard account.stream == stream, !account.isClosing else { return }
      ask(call, account) { [unowned(unsafe) self] answer in
        guard account.stream == stream, !account.isClosing else { return .ok }
        guard let fault = answer.fault else {
          prolong(account, stream, call, every: every, after: every)
          return .ok
        }
        // A key lives through several intervals, so that there is time to ask once more where nothing was decided. One
        // that is refused may be gone; a new one is not.
        if fault.mayHaveHappened {
          out.log(.warning, "the key was not prolonged: \(fault.words)")
          prolong(account, stream, call, every: every, after: min(every, 60_000_000_000))
        } else {
          restart(account, fault.failure, "the key was not prolonged: \(fault.words)")
        }
        return .ok
      }
    }
  }

  /// The exchange answered the login.
  public final func loggedIn(_ account: TradingAccount, _ answer: Acknowledgement) {
    guard account.stream != 0, !account.isClosing, !account.isLoggedIn else { return }
    if case .refused(let code, let text) = answer { return refuse(account, fault(code: code, text: text), "login") }
    account.isLoggedIn = true
    subscribeChannels(account)
  }

  private func subscribeChannels(_ account: TradingAccount) {
    account.channels = exchange?.privateChannels(account) ?? []
    account.missing = account.channels.count
    for channel in account.channels {
      let id = pending.insert(.privateFrame(account: account.id, stream: account.stream, channel))
      let text = exchange?.privateTopic(channel, id: id, account) ?? SealedText()
      say(text, act: account.plan.act(channel), id: id, account, charges: account.plan.subscribeCharges)
    }
    if account.missing == 0, case .acknowledgements = account.plan.proof { becameLive(account) }
  }

  private func say(
    _ text: SealedText, act: String, id: pb_id, _ account: TradingAccount, charges: [Charge] = []
  ) {
    var frame = Request(frame: text, on: account.stream)
    (frame.charges, frame.isBinary) = (charges, account.plan.isBinary)
    frame.account = account.id
    frame.permission = act
    out.send(frame, id: id)
    cancelTimer(&account.timer)
    account.timer = after(account.plan.answerTime) { [unowned(unsafe) self] in
      account.timer = 0
      guard account.stream != 0, !account.isLive, !account.isClosing else { return }
      restart(account, .transient, "the private stream was not answered")
    }
  }

  private func keepAlive(_ account: TradingAccount, _ stream: pb_id, _ ping: FeedPlan.Ping) {
    account.pingTimer = after(ping.every) { [unowned(unsafe) self] in
      account.pingTimer = 0
      guard account.stream == stream, !account.isClosing else { return }
      var frame = Request(frame: SealedText(ping.text(out.now.venue)), on: stream)
      (frame.permission, frame.isBinary) = (ping.act, account.plan.isBinary)
      out.send(frame, id: pending.insert(.ping))
      keepAlive(account, stream, ping)
    }
  }

  /// The exchange answered the subscription to one of the private channels. Where it names the channel, an answer that
  /// comes twice counts once.
  public final func acknowledged(
    _ account: TradingAccount, channel name: String = "", _ answer: Acknowledgement
  ) {
    guard account.stream != 0, !account.isClosing, account.missing > 0 else { return }
    if !name.isEmpty {
      let question = pending.all.first { entry in
        if case .privateFrame(_, account.stream, name) = entry.value { true } else { false }
      }
      guard let question else { return }
      pending.remove(question.id)
    }
    if case .refused(let code, let text) = answer {
      return refuse(account, fault(code: code, text: text), "channel \(name)")
    }
    account.missing -= 1
    if account.missing == 0, case .acknowledgements = account.plan.proof { becameLive(account) }
  }

  /// The private stream reports from now on; what went before, the host asks for.
  public final func becameLive(_ account: TradingAccount) {
    guard account.stream != 0, !account.isClosing, !account.isLive else { return }
    cancelTimer(&account.timer)
    account.isLive = true
    account.pause.succeeded(now: out.now.mono)
    report(.live, of: account)
    for other in account.beside { openPrivateStream(other) }
  }

  // MARK: Losing it and getting it back

  /// The exchange does not let the account in: the stream is given up for now. A permission is not asked for as often
  /// as something that fails by chance, and a lockout is waited for by everything of the account.
  private func refuse(_ account: TradingAccount, _ fault: VenueFault, _ what: String) {
    let pause = account.pause.failed(fault.failure, minimum: fault.retryAfter, now: out.now.mono)
    let text = "\(what): \(fault.words)"
    out.log(.warning, "private stream: \(text); next attempt in \(pause / 1_000_000_000) s")
    report(.down, of: account, fault.failure, text, retryAfter: fault.retryAfter)
    close(account, "the account is not let in")
  }

  /// Opens the private stream anew, later each time where it did not get as far as to report. Answers `.parse`.
  @discardableResult
  public final func restart(_ account: TradingAccount, _ failure: Failure, _ reason: String) -> Status {
    guard account.stream != 0, !account.isClosing else { return .parse }
    if !account.isLive { account.pause.failed(failure, now: out.now.mono) }
    out.log(.warning, "private stream: \(reason); opening it again")
    report(.down, of: account, failure, reason)
    close(account, reason)
    return .parse
  }

  private func close(_ account: TradingAccount, _ reason: String) {
    stopTimers(account)
    if account.isLive { account.pause.ended(now: out.now.mono) }
    account.isLive = false
    guard account.stream != 0 else { return openPrivateStream(account) }
    account.isClosing = true
    out.close(account.stream, reason: reason)
  }

  final func privateStreamLost(_ stream: pb_id, _ reason: String) {
    guard let account = privateStreams.remove(stream), account.stream == stream else { return }
    stopTimers(account)
    forgetPrivateFrames(of: stream)
    // Why we ended it has been said, and says more than its end.
    if !account.isClosing { report(.down, of: account, .transient, reason) }
    if account.isLive { account.pause.ended(now: out.now.mono) }
    (account.stream, account.isLive, account.isLoggedIn, account.isClosing) = (0, false, false, false)
    account.missing = 0
    openPrivateStream(account)
  }

  final func privateFrameCame(_ stream: pb_id, _ frame: Body) -> Status {
    guard let account = privateStreams[stream] else { return .state }
    if account.isClosing { return .ok }
    if account.plan.greetingTime > 0, !account.isGreeted { greeted(account, stream) }
    let status = exchange?.privateFrame(frame, account) ?? .failed
    // What cannot be read may have been a report. A new stream has the host compare its orders with the exchange's.
    return status == .parse ? restart(account, .other, "a message could not be read") : status
  }
}
