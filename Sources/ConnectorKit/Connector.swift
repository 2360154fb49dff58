import CPatchbay

/// The base of every connector: a deterministic state machine. The host calls one of these methods at a time; the
/// connector answers by writing to `out`. Override what the exchange needs; the defaults do nothing.
///
/// Nothing but these inputs may influence what is written: no clock (`out.now` is the input's time), no randomness, and
/// no iteration over `Dictionary` or `Set`, whose order differs from process to process.
open class Connector {
  public let out: Output
  public let config: ConnectorConfig

  /// Makes an instance. Throws `ConfigFault` when the configuration cannot be used.
  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    self.config = config
    self.out = out
  }

  /// The first input. `trading`: accounts will come and orders may be placed.
  open func start(trading: Bool) {}
  /// The last input.
  open func stop() {}
  open func account(_ account: Account) {}
  open func opened(_ stream: pb_id, published: Published) {}
  /// A whole message. `payload` is valid during the call and followed by at least 64 readable bytes.
  open func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status { .state }
  open func closed(_ stream: pb_id, code: UInt32, reason: String) {}
  /// A request has left, or a frame will never leave.
  open func sent(_ notice: Reply) {}
  /// An HTTP request has ended. `body` is as `payload` of `frame`.
  open func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status { .state }
  open func timer(_ id: pb_id) {}
  /// Must lead to exactly one `out.reply` for the command, now or later; unless it answers `.unsupported`.
  open func command(_ command: Command) -> Status { .unsupported }
}

/// An account that can be used from now on, or no longer.
public struct Account {
  public let id: pb_id
  public let isPresent: Bool
  public let algorithm: UInt32
  public let label: String
  /// Credential fields declared public, such as an API key's id.
  public let publicFields: [(name: String, value: String)]
}

/// Values that seals published, by index.
public struct Published {
  let view: RecordView
  let list: pb_list

  public subscript(index: Int) -> String? { bytes(index).map { String(decoding: $0, as: UTF8.self) } }

  /// One that is no text, such as a digest.
  public func bytes(_ index: Int) -> [UInt8]? {
    for place in 0..<Int(list.count) {
      let entry = view.element(list, place, of: pb_published.self)
      if Int(entry.index) == index { return Array(view.bytes(entry.value)) }
    }
    return nil
  }
}

/// What became of a request. Valid during the call.
public struct Reply {
  let view: RecordView
  let fields: pb_in_reply

  public var request: pb_id { fields.request }
  public var outcome: RequestOutcome { RequestOutcome(rawValue: fields.outcome) ?? .noAnswer }
  /// The HTTP status, or a `PB_REFUSAL_` code when it was not sent.
  public var status: Int { Int(fields.status) }
  public var reason: String { view.text(fields.reason) }
  public var published: Published { Published(view: view, list: fields.published) }
  /// Whether the venue answered with a 2xx status.
  public var isSuccess: Bool { outcome == .replied && status >= 200 && status < 300 }

  /// A reply header, its name in lower case.
  public func header(_ name: String) -> String? {
    for index in 0..<Int(fields.headers.count) {
      let pair = view.element(fields.headers, index, of: pb_pair.self)
      if view.text(pair.name) == name { return view.text(pair.value) }
    }
    return nil
  }
}

/// A record that came in: its fixed part may be shorter or longer than ours.
struct RecordView {
  let base: UnsafeRawPointer

  /// The fixed part as our own struct, zero behind what the author knew.
  @inline(__always)
  func fixed<T: BitwiseCopyable>(_: T.Type, zero: T) -> T {
    let head = Int(base.load(as: pb_rec.self).head)
    if head >= MemoryLayout<T>.size { return base.loadUnaligned(as: T.self) }
    var value = zero
    withUnsafeMutableBytes(of: &value) { $0.copyMemory(from: UnsafeRawBufferPointer(start: base, count: head)) }
    return value
  }

  func bytes(_ ref: pb_ref) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      start: (base + Int(ref.offset)).assumingMemoryBound(to: UInt8.self), count: Int(ref.length))
  }

  func text(_ ref: pb_ref) -> String { String(decoding: bytes(ref), as: UTF8.self) }

  func element<E: BitwiseCopyable>(_ list: pb_list, _ index: Int, of _: E.Type) -> E {
    (base + Int(list.offset) + index * MemoryLayout<E>.stride).loadUnaligned(as: E.self)
  }
}
