import JSONTree
import Venue

/// An exchange that says what a script has it say: for connectors whose exchange has no local venue of its own. It
/// keeps no books and no accounts.
public final class ScriptedVenue: ServedVenue {
  public let script: Script
  /// What came and fitted no rule, as it came; the newest last.
  public private(set) var strangers: [String] = []
  /// When a rule held that holds a few times only, monotonic: refusals, in scripts.
  public private(set) var limitedUses: [Int64] = []
  /// Whether rules that hold a few times only never stop to hold.
  public var repeatsLimited = false
  /// Shown everything that comes: requests and frames.
  public var heard: (String) -> Void = { _ in }
  /// Shown everything that is to be said, by where it stands in the script: gives what is said instead, of which a
  /// reply has one.
  public var alter: (JSONPosition, [UInt8]) -> [[UInt8]] = { [$1] }
  /// Shown every request before its rule is looked for: gives the reply of what stands in front of the exchange, which
  /// then hears nothing of it.
  public var intercept: (VenueRequest) -> VenueReply? = { _ in nil }
  private var values = ScriptValues()
  private var sockets: [UInt64: Int] = [:]
  /// Names that rules gave to sockets.
  private var names: [UInt64: String] = [:]
  /// How often each rule has held.
  public private(set) var used: [JSONPosition: Int] = [:]
  private var due: [Due] = []
  private static let mostStrangers = 100

  /// Something that is to be done later.
  private struct Due {
    var time: Int64
    var deed: (_ now: VenueTime, _ actions: inout [VenueAction]) -> Void
  }

  public init(_ script: Script) {
    self.script = script
    for member in script.values { values.set(member.value, as: member.key, VenueTime(mono: 0, wall: 0)) }
  }

  /// Where rules stand that never held.
  public var unusedRules: [JSONPosition] {
    (script.requests + script.sockets.flatMap(\.frames)).filter { !$0.isOptional && used[$0.position] == nil }
      .map(\.position)
  }

  /// The rules of sockets for frames that every connection brings: neither optional nor limited.
  public var connectionRules: [JSONPosition] {
    script.sockets.flatMap(\.frames).filter { !$0.isOptional && $0.times == nil }.map(\.position)
  }

  /// Ends all sockets without a word, at the next `advance`.
  public func cutAll() {
    due.append(
      Due(time: 0) { [self] _, actions in
        actions += sockets.keys.sorted().map { .cut(socket: $0) }
        sockets = [:]
      })
  }

  private func ids(_ name: String) -> [UInt64] {
    sockets.filter { names[$0.key] ?? script.sockets[$0.value].name == name }.keys.sorted()
  }

  // MARK: ServedVenue

  public func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    let input = ScriptInput(request)
    heard("\(request.method) \(request.path)?\(request.query) \(input.text)")
    if let reply = intercept(request) { return actions.append(.reply(request: id, reply)) }
    guard let rule = rule(for: input, among: script.requests, now), let reply = rule.reply else {
      let query = request.query.isEmpty ? "" : "?\(request.query)"
      note("\(request.method) \(request.path)\(query) \(input.text)")
      actions.append(.reply(request: id, VenueReply(status: 404, body: Array(#"{"error":"no rule"}"#.utf8))))
      return
    }
    take(rule, input, now)
    let headers = reply.headers.map { (name: $0.key, value: values.filled($0.value.string ?? "", now)) }
    let body = alter(rule.position, values.bytes(reply.body, now)).first ?? []
    let answer = VenueReply(status: reply.status, headers: headers, body: body)
    later(reply.after, now, &actions) { _, actions in actions.append(.reply(request: id, answer)) }
    perform(rule.actions, on: nil, now, &actions)
  }

  public func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    let input = ScriptInput(request)
    let place = script.sockets.firstIndex { socket in
      Script.Wish(path: socket.path, query: socket.query).filled(values, now).fits(input)
    }
    guard let place else {
      note("socket \(request.path)")
      actions.append(.refuse(socket: socket, VenueReply(status: 404, body: [])))
      return
    }
    sockets[socket] = place
    actions.append(.accept(socket: socket))
    perform(script.sockets[place].opened, on: socket, now, &actions)
  }

  public func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    guard let place = sockets[socket] else { return }
    let bytes = switch frame {
    case .text(let bytes), .binary(let bytes): bytes
    }
    var input = ScriptInput(bytes)
    heard(input.text)
    guard let rule = rule(for: input, among: script.sockets[place].frames, now) else {
      return note("\(script.sockets[place].name): \(input.text)")
    }
    if let name = rule.socketName { names[socket] = name }
    guard let each = rule.each else {
      take(rule, input, now)
      return perform(rule.actions, on: socket, now, &actions)
    }
    for element in input.json?.at(each.pointer)?.array ?? [] where each.wish?.isFitted(by: element) != false {
      input.element = element
      take(rule, input, now)
      perform(rule.actions, on: socket, now, &actions)
    }
  }

  public func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) { sockets[socket] = nil }

  public func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? {
    while let place = due.indices.min(by: { due[$0].time < due[$1].time }), due[place].time <= now.mono {
      due.remove(at: place).deed(now, &actions)
    }
    return due.map(\.time).min()
  }

  // MARK: Rules

  private func rule(for input: ScriptInput, among rules: [Script.Rule], _ now: VenueTime) -> Script.Rule? {
    rules.first { rule in
      rule.wish.filled(values, now).fits(input)
        && rule.times.map { repeatsLimited || used[rule.position, default: 0] < $0 } != false
        && (rule.each.map { each in
          input.json?.at(each.pointer)?.array?.contains { each.wish?.isFitted(by: $0) != false } == true
        } ?? true)
    }
  }

  private func take(_ rule: Script.Rule, _ input: ScriptInput, _ now: VenueTime) {
    used[rule.position, default: 0] += 1
    if rule.times != nil { limitedUses.append(now.mono) }
    for name in rule.counts { values.count(name) }
    for keep in rule.keeps { values.keep(input.text(at: keep.place) ?? "", as: keep.name) }
    for member in rule.sets { values.set(member.value, as: member.key, now) }
  }

  private func note(_ text: String) {
    strangers.append(String(text.prefix(500)))
    if strangers.count > Self.mostStrangers { strangers.removeFirst() }
  }

  // MARK: Actions

  /// Texts are made now, with what was kept until now, however late they go out.
  private func perform(_ list: [Script.Action], on socket: UInt64?, _ now: VenueTime, _ actions: inout [VenueAction]) {
    for action in list {
      let values = values
      later(action.after, now, &actions) { [self] now, actions in
        perform(action, on: socket, values, now, &actions)
      }
    }
  }

  private func perform(
    _ action: Script.Action, on socket: UInt64?, _ values: ScriptValues, _ now: VenueTime,
    _ actions: inout [VenueAction]
  ) {
    let targets = action.socket.map(ids) ?? [socket].compactMap { $0 }.filter { sockets[$0] != nil }
    var values = values
    for name in action.counts {
      self.values.count(name)
      values.take(name, of: self.values)
    }
    for id in targets {
      switch action.deed {
      case .send(let content):
        let messages = alter(action.position, values.bytes(content, now))
        actions += messages.map { .send(socket: id, frame($0, on: id, isBinary: content.protobuf != nil)) }
      case .cut, .close:
        sockets[id] = nil
        actions.append(action.deed.isCut ? .cut(socket: id) : .close(socket: id, code: 1000, reason: ""))
      }
    }
    guard action.every > 0, action.socket != nil || !targets.isEmpty else { return }
    later(action.every, now, &actions) { [self] now, actions in
      perform(action, on: socket, values, now, &actions)
    }
  }

  private func frame(_ bytes: [UInt8], on socket: UInt64, isBinary: Bool) -> VenueFrame {
    guard let place = sockets[socket], script.sockets[place].isCompressed else {
      return isBinary ? .binary(bytes) : .text(bytes)
    }
    return .binary(Gzip.compressed(bytes))
  }

  private func later(
    _ pause: Int64, _ now: VenueTime, _ actions: inout [VenueAction],
    _ deed: @escaping (VenueTime, inout [VenueAction]) -> Void
  ) {
    guard pause > 0 else { return deed(now, &actions) }
    due.append(Due(time: now.mono + pause, deed: deed))
  }
}

extension Script.Deed {
  fileprivate var isCut: Bool {
    if case .cut = self { return true }
    return false
  }
}
