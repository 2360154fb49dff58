/// A venue behind a line, a gateway or a day on which things go wrong: messages are lost, doubled, late or damaged,
/// sockets fall silent, requests are refused, or done and not answered. What goes wrong is said by rules and events;
/// chance comes from a seed, time from outside: the same inputs give the same faults.
///
/// With neither rules nor events it changes nothing.
public final class FaultyVenue: ServedVenue {
  public let inner: ServedVenue
  /// The first that strikes is the one that counts. May be changed between inputs; counts begin anew.
  public var rules: [FaultRule] { didSet { uses = rules.map { _ in (0, 0) } } }
  /// How far the venue's clock is ahead, in nanoseconds.
  public var skew: Int64 = 0
  /// How often each fault came, by `Fault.name` and by the names of events.
  public internal(set) var counts: [String: Int] = [:]
  /// Answers that a client gets to its message in the venue's stead; for rejected subscriptions and the like, which
  /// only the venue's own language can say. `nil` = the message goes to the venue.
  public var substitute: ((VenueFrame) -> [VenueFrame]?)?

  var dice: FaultDice
  var sockets: [UInt64: FaultySocket] = [:]
  private var fates: [UInt64: Fault] = [:]
  /// What is done at times; those that are gone were done. May be changed between inputs.
  public var events: [FaultEvent]
  private var start: Int64?
  /// How often each rule has fitted and struck.
  private var uses: [(fitted: Int, struck: Int)]
  var waiting: [(time: Int64, action: VenueAction)] = []

  public init(_ inner: ServedVenue, rules: [FaultRule] = [], events: [FaultEvent] = [], seed: UInt64 = 1) {
    self.inner = inner
    self.rules = rules
    self.events = events
    uses = rules.map { _ in (0, 0) }
    dice = FaultDice(seed: seed)
  }

  // MARK: ServedVenue

  public func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    begin(now)
    let fault = strike(now) { if case .requests(let path) = $0 { request.path.hasPrefix(path) } else { false } }
    switch fault {
    case .refuse(let reply): return actions.append(.reply(request: id, dated(reply, now)))
    case .silence(let time): return wait(.drop(request: id), until: now.mono + time)
    case .cut: return actions.append(.drop(request: id))
    case .some(let fate): fates[id] = fate
    case nil: break
    }
    pass(now, &actions) { $0.request(id, request, now: skewed(now), &$1) }
  }

  public func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    begin(now)
    let fault = strike(now) { if case .openings(let path) = $0 { request.path.hasPrefix(path) } else { false } }
    switch fault {
    case .refuse(let reply): return actions.append(.refuse(socket: socket, dated(reply, now)))
    case .silence(let time): return wait(.cut(socket: socket), until: now.mono + time)
    case .cut: return actions.append(.cut(socket: socket))
    default: break
    }
    sockets[socket] = FaultySocket(path: request.path)
    if case .mute(let time)? = fault { sockets[socket]?.mutedUntil = now.mono + time }
    pass(now, &actions) { $0.open(socket, request, now: skewed(now), &$1) }
  }

  public func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    begin(now)
    guard let state = sockets[socket], now.mono >= state.mutedUntil else { return }
    if let answers = substitute?(frame) {
      counts["substitute", default: 0] += 1
      for answer in answers { actions.append(.send(socket: socket, answer)) }
      return
    }
    var frames = [frame]
    switch strike(now, { if case .toVenue(let text) = $0 { frame.contains(text) } else { false } }) {
    case .drop: return
    case .duplicate: frames.append(frame)
    case .corrupt(let how): frames = [frame.with(how.damage(frame.bytes))]
    case .some(let fault): if end(socket, by: fault, now, &actions) { return }
    case nil: break
    }
    for frame in frames { pass(now, &actions) { $0.frame(socket, frame, now: skewed(now), &$1) } }
  }

  public func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) {
    begin(now)
    guard forget(socket) else { return }
    pass(now, &actions) { $0.closed(socket, now: skewed(now), &$1) }
  }

  public func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? {
    begin(now)
    happen(now, &actions)
    release(now, &actions)
    var due: Int64?
    pass(now, &actions) { due = $0.advance(now: skewed(now), &$1) }
    let first = start ?? now.mono
    let times = [due, waiting.first?.time, events.map { first + $0.at }.min(), nextRelease]
    return times.compactMap { $0 }.min()
  }

  // MARK: Faults

  private func begin(_ now: VenueTime) { if start == nil { start = now.mono } }

  private func skewed(_ now: VenueTime) -> VenueTime { VenueTime(mono: now.mono, wall: now.wall + skew) }

  /// A reply with the time on the venue's clock, where that is not everybody's.
  private func dated(_ reply: VenueReply, _ now: VenueTime) -> VenueReply {
    guard skew != 0, !reply.headers.contains(where: { $0.name.lowercased() == "date" }) else { return reply }
    var dated = reply
    dated.headers.append(("Date", HTTPDate.text(skewed(now).wall)))
    return dated
  }

  /// The fault of the first rule that fits and strikes.
  private func strike(_ now: VenueTime, _ fits: (FaultRule.Place) -> Bool) -> Fault? {
    let age = now.mono - (start ?? now.mono)
    for (index, rule) in rules.enumerated() where age >= rule.from && age < rule.until && fits(rule.place) {
      uses[index].fitted += 1
      guard uses[index].fitted > rule.skip, uses[index].struck < rule.limit, dice.hits(rule.chance) else { continue }
      uses[index].struck += 1
      counts[rule.fault.name, default: 0] += 1
      return rule.fault
    }
    return nil
  }

  /// Lets the venue act, and does to what it wants what the rules say.
  private func pass(
    _ now: VenueTime, _ actions: inout [VenueAction], _ body: (ServedVenue, inout [VenueAction]) -> Void
  ) {
    var wanted: [VenueAction] = []
    body(inner, &wanted)
    for action in wanted { judge(action, now, &actions) }
  }

  private func judge(_ action: VenueAction, _ now: VenueTime, _ actions: inout [VenueAction]) {
    switch action {
    case .reply(let id, let reply):
      let answer = VenueAction.reply(request: id, dated(reply, now))
      switch fates.removeValue(forKey: id) {
      case .late(let time): wait(answer, until: now.mono + time)
      case .actThenRefuse(let other): actions.append(.reply(request: id, dated(other, now)))
      case .actThenSilence(let time): wait(.drop(request: id), until: now.mono + time)
      default: actions.append(answer)
      }
    case .drop(let id):
      fates[id] = nil
      actions.append(action)
    case .send(let id, let frame): send(id, frame, now, &actions)
    case .close(let id, _, _), .cut(let id):
      if forget(id) { actions.append(action) }
    case .refuse(let id, _):
      sockets[id] = nil
      actions.append(action)
    case .accept: actions.append(action)
    }
  }

  private func send(_ id: UInt64, _ frame: VenueFrame, _ now: VenueTime, _ actions: inout [VenueAction]) {
    guard let socket = sockets[id], now.mono >= socket.mutedUntil else { return }
    var frames = [frame]
    var isOvertaken = false
    switch strike(now, { if case .toClient(let text) = $0 { frame.contains(text) } else { false } }) {
    case .drop: return
    case .duplicate: frames.append(frame)
    case .corrupt(let how): frames = [frame.with(how.damage(frame.bytes))]
    case .delay(let time): sockets[id]?.heldUntil = max(socket.heldUntil, now.mono + time)
    case .reorder: isOvertaken = true
    case .some(let fault): if end(id, by: fault, now, &actions) { return }
    case nil: break
    }
    if isOvertaken {
      sockets[id]?.overtaken += frames
      return
    }
    frames += socket.overtaken
    sockets[id]?.overtaken = []
    if sockets[id].map({ !$0.held.isEmpty || now.mono < $0.heldUntil }) == true {
      sockets[id]?.held += frames
    } else {
      for frame in frames { actions.append(.send(socket: id, frame)) }
    }
  }

  /// Does to a socket what a fault at one of its messages does; whether the message is gone with it.
  private func end(_ id: UInt64, by fault: Fault, _ now: VenueTime, _ actions: inout [VenueAction]) -> Bool {
    switch fault {
    case .cut: lose(id, .cut(socket: id), now, &actions)
    case .close(let code, let reason): lose(id, .close(socket: id, code: code, reason: reason), now, &actions)
    case .mute(let time): sockets[id]?.mutedUntil = now.mono + time
    default: return false
    }
    return true
  }

  /// The line ends a socket: the client sees it end, and so does the venue.
  private func lose(_ id: UInt64, _ action: VenueAction, _ now: VenueTime, _ actions: inout [VenueAction]) {
    guard forget(id) else { return }
    actions.append(action)
    pass(now, &actions) { $0.closed(id, now: skewed(now), &$1) }
  }

  /// Events that are due.
  private func happen(_ now: VenueTime, _ actions: inout [VenueAction]) {
    let age = now.mono - (start ?? now.mono)
    let due = events.filter { $0.at <= age }.sorted { $0.at < $1.at }
    guard !due.isEmpty else { return }
    events.removeAll { $0.at <= age && $0.every == nil }
    for index in events.indices where events[index].at <= age {
      events[index].at = age + max(events[index].every ?? 1, 1)
    }
    for event in due {
      if case .skew(let time) = event.deed {
        skew = time
        counts[event.name, default: 0] += 1
        continue
      }
      for id in sockets.keys.sorted() where sockets[id]?.path.hasPrefix(event.path) == true {
        counts[event.name, default: 0] += 1
        switch event.deed {
        case .cut: lose(id, .cut(socket: id), now, &actions)
        case .close(let code, let reason): lose(id, .close(socket: id, code: code, reason: reason), now, &actions)
        case .mute(let time): sockets[id]?.mutedUntil = now.mono + time
        case .say(let frame): actions.append(.send(socket: id, frame))
        case .skew: break
        }
      }
    }
  }
}
