import CPatchbay
import ConnectorKit
import Records

/// The inputs. Each gives what the connector's `deliver` answered.
extension ConnectorHarness {
  var input: pb_input { pb_input(rec: pb_rec(), mono_ns: now, wall_ns: epoch + now, venue_ns: epoch + now) }

  @discardableResult
  public func start(trading: Bool = true) -> Status {
    block.begin(pb_in_start.self)
    return deliver(
      pb_in_start(in: input, flags: trading ? UInt32(PB_START_TRADING) : 0, reserved: 0), kind: PB_IN_START)
  }

  @discardableResult
  public func stop() -> Status {
    block.begin(pb_in_stop.self)
    return deliver(pb_in_stop(in: input), kind: PB_IN_STOP)
  }

  @discardableResult
  public func account(
    _ id: pb_id, present: Bool = true, label: String = "main", algorithm: Int = PB_ALGORITHM_HMAC,
    publicFields: [(name: String, value: String)] = []
  ) -> Status {
    block.begin(pb_in_account.self)
    var record = pb_in_account()
    record.in = input
    record.account = id
    record.present = present ? 1 : 0
    record.algorithm = UInt32(algorithm)
    record.label = block.text(label)
    record.public_fields = pairs(publicFields)
    return deliver(record, kind: PB_IN_ACCOUNT)
  }

  @discardableResult
  public func opened(_ stream: pb_id, published: [(index: Int, value: String)] = []) -> Status {
    var record = beginStream(stream)
    record.published = self.published(published)
    return deliver(record, kind: PB_IN_OPENED)
  }

  @discardableResult
  public func frame(_ stream: pb_id, _ payload: [UInt8], isBinary: Bool = false) -> Status {
    var record = beginStream(stream)
    record.opcode = UInt32(isBinary ? PB_OPCODE_BINARY : PB_OPCODE_TEXT)
    return deliver(record, kind: PB_IN_FRAME, payload: payload)
  }

  @discardableResult
  public func frame(_ stream: pb_id, _ text: String) -> Status { frame(stream, Array(text.utf8)) }

  @discardableResult
  public func closed(_ stream: pb_id, code: UInt32 = 1006, reason: String = "") -> Status {
    var record = beginStream(stream)
    record.code = code
    record.reason = block.text(reason)
    return deliver(record, kind: PB_IN_CLOSED)
  }

  /// The request has left, or (`refusal`, PB_REFUSAL_) a frame never will.
  @discardableResult
  public func sent(
    _ request: pb_id, refusal: Int = 0, reason: String = "", published: [(index: Int, value: String)] = []
  ) -> Status {
    block.begin(pb_in_reply.self)
    var record = pb_in_reply()
    record.in = input
    record.request = request
    record.outcome = UInt32(refusal == 0 ? PB_SENT : PB_NOT_SENT)
    record.status = UInt32(refusal)
    record.reason = block.text(reason)
    record.published = self.published(published)
    return deliver(record, kind: PB_IN_SENT)
  }

  /// A request has left whose seals published one value that is no text, such as a digest, under the index 0.
  @discardableResult
  public func sent(_ request: pb_id, digest: [UInt8]) -> Status {
    block.begin(pb_in_reply.self)
    var record = pb_in_reply()
    record.in = input
    record.request = request
    record.outcome = UInt32(PB_SENT)
    record.published = block.list(of: pb_published.self, count: 1)
    let value = digest.withUnsafeBytes { block.bytes($0) }
    block.set(record.published, 0, pb_published(index: 0, reserved: 0, value: value))
    return deliver(record, kind: PB_IN_SENT)
  }

  /// An HTTP request is answered.
  @discardableResult
  public func reply(
    _ request: pb_id, status: Int = 200, _ body: [UInt8], headers: [(name: String, value: String)] = []
  ) -> Status {
    block.begin(pb_in_reply.self)
    var record = pb_in_reply()
    record.in = input
    record.request = request
    record.outcome = UInt32(PB_REPLIED)
    record.status = UInt32(status)
    record.headers = pairs(headers)
    return deliver(record, kind: PB_IN_REPLY, payload: body)
  }

  @discardableResult
  public func reply(
    _ request: pb_id, status: Int = 200, _ body: String, headers: [(name: String, value: String)] = []
  ) -> Status {
    reply(request, status: status, Array(body.utf8), headers: headers)
  }

  /// An HTTP request ends without an answer (`refusal` 0) or was never sent (PB_REFUSAL_).
  @discardableResult
  public func unanswered(_ request: pb_id, refusal: Int = 0, reason: String = "") -> Status {
    block.begin(pb_in_reply.self)
    var record = pb_in_reply()
    record.in = input
    record.request = request
    record.outcome = UInt32(refusal == 0 ? PB_NO_ANSWER : PB_NOT_SENT)
    record.status = UInt32(refusal)
    record.reason = block.text(reason)
    return deliver(record, kind: PB_IN_REPLY)
  }

  @discardableResult
  public func timer(_ id: pb_id) -> Status {
    block.begin(pb_in_timer.self)
    return deliver(pb_in_timer(in: input, timer: id), kind: PB_IN_TIMER)
  }

  /// An input of a kind that this revision does not have.
  @discardableResult
  public func unknown(kind: Int) -> Status {
    block.begin(pb_input.self)
    return deliver(input, kind: kind)
  }

  /// One command of a batch.
  public struct Item {
    public var client = ""
    public var venue = ""
    public var set: (inout pb_in_command) -> Void

    public init(client: String = "", venue: String = "", _ set: @escaping (inout pb_in_command) -> Void = { _ in }) {
      self.client = client
      self.venue = venue
      self.set = set
    }
  }

  /// Subscribes to channels of an instrument on a stream that is opened for it, and lets what is to leave on it leave.
  /// - Returns: the stream.
  /// - Throws: `NothingOpened`.
  public func subscribed(_ channels: Channels, of instrument: pb_id = 1, depth: UInt32 = 0) throws -> pb_id {
    command(.subscribe) {
      $0.instrument = instrument
      $0.channel = channels.rawValue
      $0.depth = depth
    }
    guard let stream = opens.last?.stream else { throw NothingOpened() }
    opened(stream)
    for request in requests where request.stream == stream { sent(request.id) }
    return stream
  }

  /// The connector has asked for no stream.
  public struct NothingOpened: Error, CustomStringConvertible {
    public var description: String { "the connector has asked for no stream" }
  }

  /// Delivers a command under a new id, which it gives; `set` fills in the fields. `send` gives what was answered
  /// instead.
  @discardableResult
  public func command(
    _ verb: Verb, client: String = "", venue: String = "", symbol: String = "", items: [Item] = [],
    _ set: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    send(verb.rawValue, client: client, venue: venue, symbol: symbol, items: items, set)
    return nextCommand
  }

  /// As `command`, with a verb that may be unknown.
  @discardableResult
  public func send(
    _ verb: UInt32, client: String = "", venue: String = "", symbol: String = "", items: [Item] = [],
    _ set: (inout pb_in_command) -> Void = { _ in }
  ) -> Status {
    nextCommand += 1
    block.begin(pb_in_command.self)
    var record = pb_in_command()
    record.in = input
    record.command = nextCommand
    record.verb = verb
    set(&record)
    record.symbol = block.text(symbol)
    record.client_order = block.text(client)
    record.venue_order = block.text(venue)
    record.items = block.list(of: pb_ref.self, count: items.count)
    for (index, item) in items.enumerated() { block.set(record.items, index, nested(item, verb)) }
    return deliver(record, kind: PB_IN_COMMAND)
  }

  private func nested(_ item: Item, _ verb: UInt32) -> pb_ref {
    nestedBlock.begin(pb_in_command.self)
    var record = pb_in_command()
    record.in = input
    record.verb = verb
    item.set(&record)
    record.client_order = nestedBlock.text(item.client)
    record.venue_order = nestedBlock.text(item.venue)
    let bytes = nestedBlock.finish(record, kind: PB_IN_COMMAND, seq: seq + 1)
    return block.nested(UnsafeRawBufferPointer(start: bytes, count: Int(bytes.pointee.size)))
  }

  private func beginStream(_ stream: pb_id) -> pb_in_stream {
    block.begin(pb_in_stream.self)
    var record = pb_in_stream()
    record.in = input
    record.stream = stream
    return record
  }

  private func pairs(_ pairs: [(name: String, value: String)]) -> pb_list {
    let list = block.list(of: pb_pair.self, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      block.set(list, index, pb_pair(name: block.text(pair.name), value: block.text(pair.value)))
    }
    return list
  }

  private func published(_ values: [(index: Int, value: String)]) -> pb_list {
    let list = block.list(of: pb_published.self, count: values.count)
    for (place, value) in values.enumerated() {
      block.set(list, place, pb_published(index: UInt32(value.index), reserved: 0, value: block.text(value.value)))
    }
    return list
  }
}
