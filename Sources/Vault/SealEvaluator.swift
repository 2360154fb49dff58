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
  /// What of it depends on a secret.
  var sealed: [SealedRange] = []
  /// Values that depend on a secret and stand in it, for finding them in what comes back.
  public var hidden: [[UInt8]] = []
  /// What was signed on secp256k1, where the evaluator was asked to keep it.
  var trace: SigningTrace?

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

/// A part of a request that depends on a secret.
struct SealedRange: Sendable, Equatable {
  var place: SealChecker.Place
  var range: Range<Int>
  var sources: SealSources
}

extension EvaluatedRequest {
  /// The same request with a neutral letter for every byte that depends on a secret: what is decided about this is
  /// decided alike for any two secrets.
  var shape: EvaluatedRequest {
    guard !sealed.isEmpty else { return self }
    var result = self
    for part in sealed {
      switch part.place {
      case .url: for index in part.range { result.url[index] = UInt8(ascii: "x") }
      case .header(let header): for index in part.range { result.headers[header].value[index] = UInt8(ascii: "x") }
      case .body: for index in part.range { result.body[index] = UInt8(ascii: "x") }
      }
    }
    return result
  }
}

/// Turns the sealed texts of a request or stream into bytes, in the order url, headers, body, after `SealChecker` has
/// passed all of them. Does no I/O and reads no clock but the one it is given; cost is linear in the text and the
/// operations.
///
///     let evaluator = SealEvaluator(account: account, clock: clock)
///     let request = try evaluator.evaluate(request: record)
public struct SealEvaluator {
  /// Whose secrets seals may use; nil = a public request, in which a seal of a secret is refused.
  public var account: SealAccount?
  public var clock: any SealClock
  /// The act of the manifest lets a transaction's id be handed back.
  public var publishesID: Bool
  /// Keeps what is signed on secp256k1.
  var tracesSignatures = false
  /// What is checked before anything runs.
  var table = SealRule.table

  public init(account: SealAccount?, clock: any SealClock, publishesID: Bool = false) {
    self.account = account
    self.clock = clock
    self.publishesID = publishesID
  }

  /// A checked `PB_OUT_REQUEST`.
  public func evaluate(request record: RecordReader) throws(SealFault) -> EvaluatedRequest {
    let texts = SealProof.Texts(request: record)
    return try evaluate(record, texts, types: check(record, texts))
  }

  /// A checked `PB_OUT_OPEN`.
  public func evaluate(open record: RecordReader) throws(SealFault) -> EvaluatedRequest {
    let texts = SealProof.Texts(open: record)
    return try evaluate(record, texts, types: check(record, texts))
  }

  /// A checked record of either kind.
  /// - Parameter proof: of programs that passed before, and then of these, where they pass with any literals.
  func evaluate(
    _ record: RecordReader, isOpen: Bool, proof: inout SealProof?
  ) throws(SealFault) -> EvaluatedRequest {
    let texts = isOpen ? SealProof.Texts(open: record) : SealProof.Texts(request: record)
    if proof?.holds(for: record, texts, account?.form, publishesID: publishesID) != true {
      proof = SealProof(record, texts, checker)
    }
    if let proof { return try evaluate(record, texts, types: proof.results) }
    return try evaluate(record, texts, types: check(record, texts))
  }

  private var checker: SealChecker {
    SealChecker(form: account?.form, slots: account?.tokens.types ?? [:], publishesID: publishesID, table: table)
  }

  /// Types of what the seals leave, once all programs have passed.
  private func check(_ record: RecordReader, _ texts: SealProof.Texts) throws(SealFault) -> [SealType] {
    var checker = checker
    try checker.check(record, url: texts.url, headers: texts.headers, body: texts.body)
    return checker.results
  }

  private func evaluate(
    _ record: RecordReader, _ texts: SealProof.Texts, types: [SealType]
  ) throws(SealFault) -> EvaluatedRequest {
    let machine = SealMachine(account: account, clock: clock, isTraced: tracesSignatures)
    var run = Run(machine: machine, types: types[...])
    var result = EvaluatedRequest()
    result.url = try run.text(texts.url, record, .url)
    result.urlSealStart = run.firstSeal
    // A space or control character would end the request line early.
    guard !result.url.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { throw .controlCharacter(place: "the URL") }
    for (index, header) in record.headers(texts.headers).enumerated() {
      let name = record.text(header.name)
      let value = try run.text(header.value, record, .header(index))
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: ":") && $0 < 0x7F }) else {
        throw .controlCharacter(place: "a header's name")
      }
      guard !value.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
        throw .controlCharacter(place: "the header \(name)")
      }
      result.headers.append(EvaluatedRequest.Header(name: name, value: value))
    }
    result.body = try run.text(texts.body, record, .body)
    result.published = run.machine.published
    result.hidden = run.machine.hidden
    result.trace = run.machine.trace
    result.sealed = run.sealed
    return result
  }

  /// The evaluation of one request.
  private struct Run {
    var machine: SealMachine
    /// Of the seals that are still to come.
    var types: ArraySlice<SealType>
    var sealed: [SealedRange] = []
    /// Where in its text the first seal begins.
    var firstSeal: Int?

    mutating func text(
      _ text: pb_text, _ record: RecordReader, _ place: SealChecker.Place
    ) throws(SealFault) -> [UInt8] {
      var bytes: [UInt8] = []
      for part in record.parts(text) {
        guard part.ops.count > 0 else {
          bytes.append(contentsOf: record.bytes(part.literal))
          continue
        }
        if firstSeal == nil { firstSeal = bytes.count }
        let start = bytes.count
        bytes += try machine.run(record.operations(part.ops), of: record).bytes
        if let type = types.popFirst(), !type.isClean {
          sealed.append(SealedRange(place: place, range: start..<bytes.count, sources: type.sources))
        }
      }
      return bytes
    }
  }
}
