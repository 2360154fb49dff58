import CPatchbay
import Decimals
import Records

/// What a request costs in a rate-limit bucket.
public struct Charge: Sendable, Hashable {
  public var bucket: UInt32
  public var weight: UInt32
  public init(_ bucket: UInt32, _ weight: UInt32 = 1) {
    self.bucket = bucket
    self.weight = weight
  }
}

/// A token to take out of a reply: JSON pointer and slot.
public struct Capture: Sendable, Hashable {
  public var path: String
  public var slot: UInt32
  public init(_ path: String, slot: UInt32) {
    self.path = path
    self.slot = slot
  }
}

/// A request to send over HTTP, or a frame to send on a stream.
public struct Request: Sendable {
  public var method: Method = .get
  public var url = SealedText()
  public var body = SealedText()
  public var headers: [(name: String, value: SealedText)] = []
  public var account: pb_id = 0
  public var command: pb_id = 0
  public var stream: pb_id = 0
  public var isBinary = false
  public var priority: Priority = .query
  public var isOrdered = false
  /// From now, in nanoseconds; 0 is the host's default.
  public var deadline: Int64 = 0
  public var permission = ""
  public var charges: [Charge] = []
  public var captures: [Capture] = []

  public init(_ method: Method, _ url: SealedText) {
    self.method = method
    self.url = url
  }

  /// A text frame on an open stream.
  public init(frame body: SealedText, on stream: pb_id) {
    self.body = body
    self.stream = stream
  }
}

extension Output {
  /// Sends a request under an id of the connector's own.
  public func send(_ request: Request, id: pb_id) {
    begin(pb_out_request.self)
    var record = pb_out_request()
    record.request = id
    record.account = request.account
    record.command = request.command
    record.stream = request.stream
    if request.stream == 0 {
      record.method = request.method.rawValue
    } else {
      record.opcode = UInt32(request.isBinary ? PB_OPCODE_BINARY : PB_OPCODE_TEXT)
    }
    record.priority = request.priority.rawValue
    record.flags = request.isOrdered ? UInt32(PB_FLAG_ORDERED) : 0
    record.deadline_ns = request.deadline
    record.permission = text(request.permission)
    record.url = sealed(request.url)
    record.body = sealed(request.body)
    record.headers = headers(request.headers)
    record.charges = charges(request.charges)
    record.captures = captures(request.captures)
    emit(record, kind: PB_OUT_REQUEST)
  }

  /// No longer wants a request.
  public func abort(_ id: pb_id) {
    begin(pb_out_abort.self)
    var record = pb_out_abort()
    record.request = id
    emit(record, kind: PB_OUT_ABORT)
  }

  /// Connects a stream under an id of the connector's own.
  /// - Parameters:
  ///   - idle: close it when nothing arrives for so many nanoseconds; 0 is the host's default.
  ///   - deflate: offer permessage-deflate.
  ///   - inflate: the exchange compresses each frame by itself (gzip, zlib, deflate); the host inflates them.
  public func open(
    _ stream: pb_id, _ url: SealedText, account: pb_id = 0, command: pb_id = 0, permission: String = "",
    headers pairs: [(name: String, value: SealedText)] = [], charges costs: [Charge] = [], idle: Int64 = 0,
    deflate: Bool = false, inflate: Bool = false
  ) {
    begin(pb_out_open.self)
    var record = pb_out_open()
    record.stream = stream
    record.account = account
    record.command = command
    record.permission = text(permission)
    record.url = sealed(url)
    record.headers = headers(pairs)
    record.charges = charges(costs)
    record.idle_ns = idle
    record.flags = UInt32((deflate ? PB_OPEN_DEFLATE : 0) | (inflate ? PB_OPEN_INFLATE : 0))
    emit(record, kind: PB_OUT_OPEN)
  }

  public func close(_ stream: pb_id, code: UInt32 = 0, reason: String = "") {
    begin(pb_out_close.self)
    var record = pb_out_close()
    record.stream = stream
    record.code = code
    record.reason = text(reason)
    emit(record, kind: PB_OUT_CLOSE)
  }

  /// A rate limit of the venue; see `pb_limit`.
  public struct Limit: Sendable {
    public enum Scope: UInt32, Sendable { case address = 1, account, stream }
    public var bucket: UInt32
    public var name: String
    public var scope: Scope
    public var capacity: UInt32
    public var interval: Int64
    public var tokens = false
    /// Reply headers, in lower case, that tell the weight used and the weight left.
    public var usedHeader = ""
    public var remainingHeader = ""

    public init(
      bucket: UInt32, name: String, scope: Scope, capacity: UInt32, interval: Int64, tokens: Bool = false,
      usedHeader: String = "", remainingHeader: String = ""
    ) {
      self.bucket = bucket
      self.name = name
      self.scope = scope
      self.capacity = capacity
      self.interval = interval
      self.tokens = tokens
      self.usedHeader = usedHeader
      self.remainingHeader = remainingHeader
    }

    /// So many calls in so many seconds.
    public init(
      _ bucket: UInt32, _ name: String, _ scope: Scope, _ capacity: UInt32, seconds: Int64, tokens: Bool = false,
      usedHeader: String = "", remainingHeader: String = ""
    ) {
      self.init(
        bucket, name, scope, capacity, milliseconds: seconds.multipliedSaturated(by: 1000), tokens: tokens,
        usedHeader: usedHeader, remainingHeader: remainingHeader)
    }

    /// So many calls in so many milliseconds.
    public init(
      _ bucket: UInt32, _ name: String, _ scope: Scope, _ capacity: UInt32, milliseconds: Int64, tokens: Bool = false,
      usedHeader: String = "", remainingHeader: String = ""
    ) {
      self.init(
        bucket: bucket, name: name, scope: scope, capacity: capacity,
        interval: milliseconds.multipliedSaturated(by: 1_000_000), tokens: tokens, usedHeader: usedHeader,
        remainingHeader: remainingHeader)
    }

    /// What one usual call costs.
    public var charge: Charge { Charge(bucket) }
  }

  /// Declares the venue's rate limits.
  public func limits(_ limits: [Limit]) {
    begin(pb_limits.self)
    var record = pb_limits()
    record.limits = block.list(of: pb_limit.self, count: limits.count)
    for (index, limit) in limits.enumerated() {
      block.set(
        record.limits, index,
        pb_limit(
          bucket: limit.bucket, scope: limit.scope.rawValue,
          kind: UInt32(limit.tokens ? PB_LIMIT_TOKENS : PB_LIMIT_WINDOW), capacity: limit.capacity,
          interval_ns: limit.interval, name: text(limit.name), used_header: text(limit.usedHeader),
          remaining_header: text(limit.remainingHeader)))
    }
    emit(record, kind: PB_EV_LIMITS)
  }

  private func headers(_ pairs: [(name: String, value: SealedText)]) -> pb_list {
    let place = block.list(of: pb_header.self, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      block.set(place, index, pb_header(name: text(pair.name), value: sealed(pair.value)))
    }
    return place
  }

  private func charges(_ charges: [Charge]) -> pb_list {
    let place = block.list(of: pb_charge.self, count: charges.count)
    for (index, charge) in charges.enumerated() {
      block.set(place, index, pb_charge(bucket: charge.bucket, weight: charge.weight))
    }
    return place
  }

  private func captures(_ captures: [Capture]) -> pb_list {
    let place = block.list(of: pb_capture.self, count: captures.count)
    for (index, capture) in captures.enumerated() {
      block.set(place, index, pb_capture(path: text(capture.path), slot: capture.slot, reserved: 0))
    }
    return place
  }
}
