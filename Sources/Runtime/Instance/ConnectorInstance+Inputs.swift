import CPatchbay
import Records

/// A WebSocket message's kind.
public enum FrameKind: UInt32, Sendable { case text = 1, binary = 2 }

/// How a request ended, or that it left.
public enum RequestEnd: Sendable, Equatable {
  /// It never left the host. `code` is a `PB_REFUSAL_`.
  case notSent(code: UInt32, reason: String)
  case sent
  /// The venue answered with this HTTP status; names of headers in lower case.
  case replied(status: UInt32, headers: [(name: String, value: String)])
  /// It left, and no whole answer came.
  case noAnswer(reason: String)

  public static func == (left: RequestEnd, right: RequestEnd) -> Bool {
    switch (left, right) {
    case (.notSent(let a, let b), .notSent(let c, let d)): a == c && b == d
    case (.sent, .sent): true
    case (.replied(let a, let b), .replied(let c, let d)): a == c && b.elementsEqual(d) { $0 == $1 }
    case (.noAnswer(let a), .noAnswer(let b)): a == b
    default: false
    }
  }
}

/// An account as a connector may know it: never a secret.
public struct PublicAccount: Sendable {
  public var id: UInt64
  public var label: String
  /// `PB_ALGORITHM_` of its signing key.
  public var algorithm: UInt32
  public var publicFields: [(name: String, value: String)]

  public init(id: UInt64, label: String, algorithm: UInt32 = 0, publicFields: [(name: String, value: String)] = []) {
    self.id = id
    self.label = label
    self.algorithm = algorithm
    self.publicFields = publicFields
  }
}

private var nothing: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: nil, count: 0) }

/// One method per input. All answer the connector's status and take the time from `times`, which the owner has set.
extension ConnectorInstance {
  @discardableResult
  package func start(trading: Bool) -> pb_status {
    block.begin(pb_in_start.self)
    var input = pb_in_start()
    input.flags = trading ? UInt32(PB_START_TRADING) : 0
    return deliver(input, kind: PB_IN_START, payload: nothing)
  }

  @discardableResult
  package func stop() -> pb_status {
    block.begin(pb_in_stop.self)
    return deliver(pb_in_stop(), kind: PB_IN_STOP, payload: nothing)
  }

  @discardableResult
  package func account(_ account: PublicAccount, isPresent: Bool) -> pb_status {
    block.begin(pb_in_account.self)
    var input = pb_in_account()
    input.account = account.id
    input.present = isPresent ? 1 : 0
    input.algorithm = account.algorithm
    input.label = block.text(account.label)
    input.public_fields = pairs(account.publicFields)
    return deliver(input, kind: PB_IN_ACCOUNT, payload: nothing)
  }

  @discardableResult
  package func opened(_ stream: UInt64, published: [PublishedValue] = []) -> pb_status {
    block.begin(pb_in_stream.self)
    var input = pb_in_stream()
    input.stream = stream
    input.published = list(published)
    return deliver(input, kind: PB_IN_OPENED, payload: nothing)
  }

  /// A whole message. At least `PB_PAYLOAD_SLACK` readable bytes follow `payload`.
  @discardableResult
  @inline(__always)
  package func frame(_ stream: UInt64, _ payload: UnsafeBufferPointer<UInt8>, _ kind: FrameKind) -> pb_status {
    block.begin(pb_in_stream.self)
    var input = pb_in_stream()
    input.stream = stream
    input.opcode = kind.rawValue
    return deliver(input, kind: PB_IN_FRAME, payload: payload)
  }

  @discardableResult
  package func closed(_ stream: UInt64, code: UInt32, reason: String) -> pb_status {
    block.begin(pb_in_stream.self)
    var input = pb_in_stream()
    input.stream = stream
    input.code = code
    input.reason = block.text(reason)
    return deliver(input, kind: PB_IN_CLOSED, payload: nothing)
  }

  /// A request has left, or a frame never will.
  @discardableResult
  package func sent(_ request: UInt64, _ end: RequestEnd, published: [PublishedValue] = []) -> pb_status {
    block.begin(pb_in_reply.self)
    var input = reply(request, end)
    input.published = list(published)
    return deliver(input, kind: PB_IN_SENT, payload: nothing)
  }

  /// An HTTP request has ended. At least `PB_PAYLOAD_SLACK` readable bytes follow `body`.
  @discardableResult
  package func replied(_ request: UInt64, _ end: RequestEnd, _ body: UnsafeBufferPointer<UInt8>) -> pb_status {
    block.begin(pb_in_reply.self)
    let input = reply(request, end)
    return deliver(input, kind: PB_IN_REPLY, payload: body)
  }

  @discardableResult
  package func timer(_ timer: UInt64) -> pb_status {
    block.begin(pb_in_timer.self)
    var input = pb_in_timer()
    input.timer = timer
    return deliver(input, kind: PB_IN_TIMER, payload: nothing)
  }

  @discardableResult
  package func command(_ command: CommandDraft, id: UInt64) -> pb_status {
    willDeliver(command: id)
    let nested = command.items.map { item in
      var input = item.write(to: block, id: id)
      input.instrument = peerInstrument(input.instrument)
      return Array(UnsafeRawBufferPointer(start: block.finish(input, kind: PB_IN_COMMAND, seq: 0), count: block.used))
    }
    var input = command.write(to: block, id: id)
    input.instrument = peerInstrument(input.instrument)
    if !nested.isEmpty {
      input.items = block.list(of: pb_ref.self, count: nested.count)
      for (index, item) in nested.enumerated() {
        block.set(input.items, index, item.withUnsafeBytes { block.nested($0) })
      }
    }
    return deliver(input, kind: PB_IN_COMMAND, payload: nothing)
  }

  /// An input of a kind that this host does not know, as a newer one may deliver it.
  @discardableResult
  package func unknown(kind: Int, _ payload: UnsafeBufferPointer<UInt8>) -> pb_status {
    block.begin(pb_in_timer.self)
    return deliver(pb_in_timer(), kind: kind, payload: payload)
  }

  private func reply(_ request: UInt64, _ end: RequestEnd) -> pb_in_reply {
    var input = pb_in_reply()
    input.request = request
    switch end {
    case .notSent(let code, let reason):
      input.outcome = UInt32(PB_NOT_SENT)
      input.status = code
      input.reason = block.text(reason)
    case .sent: input.outcome = UInt32(PB_SENT)
    case .replied(let status, let headers):
      input.outcome = UInt32(PB_REPLIED)
      input.status = status
      input.headers = pairs(headers)
    case .noAnswer(let reason):
      input.outcome = UInt32(PB_NO_ANSWER)
      input.reason = block.text(reason)
    }
    return input
  }

  private func list(_ published: [PublishedValue]) -> pb_list {
    let list = block.list(of: pb_published.self, count: published.count)
    for (index, item) in published.enumerated() {
      let value = item.value.withUnsafeBytes { block.bytes($0) }
      block.set(list, index, pb_published(index: item.index, reserved: 0, value: value))
    }
    return list
  }

  private func pairs(_ pairs: [(name: String, value: String)]) -> pb_list {
    let list = block.list(of: pb_pair.self, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      block.set(list, index, pb_pair(name: block.text(pair.name), value: block.text(pair.value)))
    }
    return list
  }
}
