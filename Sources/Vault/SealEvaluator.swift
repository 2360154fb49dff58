import CPatchbay
import Records

/// A request's text with all seals evaluated: what leaves the host. It carries signatures, so it does not print itself.
public struct EvaluatedRequest: Sendable, Equatable {
  public struct Header: Sendable, Equatable {
    public var name: String
    public var value: [UInt8]
  }

  public var url: [UInt8] = []
  public var headers: [Header] = []
  public var body: [UInt8] = []
  /// What the seals hand back to the connector, by index.
  public var published: [UInt32: [UInt8]] = [:]
  /// Where in the URL the first sealed part begins; nil = all of it was literal.
  public var urlSealStart: Int?

  public init() {}
}

extension EvaluatedRequest: CustomStringConvertible, CustomReflectable {
  public var description: String { "request of \(url.count) + \(body.count) bytes, \(headers.count) headers" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension EvaluatedRequest.Header: CustomStringConvertible, CustomReflectable {
  public var description: String { "\(name): \(value.count) bytes" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Turns the sealed texts of a request or stream into bytes, in the order url, headers, body, and refuses what would
/// reveal a secret. Does no I/O and reads no clock but the one it is given; cost is linear in the text and the
/// operations.
///
///     let evaluator = SealEvaluator(account: account, clock: clock)
///     let request = try evaluator.evaluate(request: record)
public struct SealEvaluator {
  /// Whose secrets seals may use; nil = a public request, in which a seal of a secret is refused.
  public var account: SealAccount?
  public var clock: any SealClock

  public init(account: SealAccount?, clock: any SealClock) {
    self.account = account
    self.clock = clock
  }

  /// A checked `PB_OUT_REQUEST`.
  public func evaluate(request record: RecordReader) throws(SealFault) -> EvaluatedRequest {
    let fact = record.head(as: pb_out_request.self)
    return try evaluate(record, url: fact.url, headers: fact.headers, body: fact.body)
  }

  /// A checked `PB_OUT_OPEN`.
  public func evaluate(open record: RecordReader) throws(SealFault) -> EvaluatedRequest {
    let fact = record.head(as: pb_out_open.self)
    return try evaluate(record, url: fact.url, headers: fact.headers, body: pb_list())
  }

  private func evaluate(
    _ record: RecordReader, url: pb_text, headers: pb_list, body: pb_text
  ) throws(SealFault) -> EvaluatedRequest {
    var machine = SealMachine(account: account, clock: clock)
    var result = EvaluatedRequest()
    var total = 0
    result.url = try text(url, record, &machine, &total) { start in
      if result.urlSealStart == nil { result.urlSealStart = start }
    }
    // A space or control character would end the request line early.
    guard !result.url.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { throw .controlCharacter(place: "the URL") }
    for header in record.headers(headers) {
      let name = record.text(header.name)
      let value = try text(header.value, record, &machine, &total)
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: ":") && $0 < 0x7F }) else {
        throw .controlCharacter(place: "a header's name")
      }
      guard !value.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
        throw .controlCharacter(place: "the header \(name)")
      }
      result.headers.append(EvaluatedRequest.Header(name: name, value: value))
    }
    result.body = try text(body, record, &machine, &total)
    result.published = machine.published
    return result
  }

  private func text(
    _ text: pb_text, _ record: RecordReader, _ machine: inout SealMachine, _ total: inout Int,
    sealed: (Int) -> Void = { _ in }
  ) throws(SealFault) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in record.parts(text) {
      if part.ops.count == 0 {
        bytes.append(contentsOf: record.bytes(part.literal))
      } else {
        sealed(bytes.count)
        let value = try machine.run(record.operations(part.ops), of: record)
        if let secret = value.secret, !value.isDisclosed { throw .revealsSecret(field: secret) }
        bytes += value.bytes
      }
      guard total + bytes.count <= SealLimits.bytes else { throw .tooLarge(limit: SealLimits.bytes) }
    }
    total += bytes.count
    return bytes
  }
}
