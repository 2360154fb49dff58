import CPatchbay
import Records

/// A request's text with all seals evaluated: what leaves the host. It carries signatures, so it does not print itself.
public struct EvaluatedRequest: Sendable, Equatable {
  public struct Header: Sendable, Equatable {
    public var name: String
    public var value: [UInt8]
  }

  public struct Slack: Sendable, Equatable {
    public var url = 0
    public var headers = 0
    public var body = 0
    /// Whether some length depends on a secret: of the URL or a header, and of the body.
    var isHead = false, isBody = false

    public init() {}
    public var all: Int { url + headers + body }
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
  /// By how much longer its URL, its headers and its body could be with other secrets of the same form. Whoever has a
  /// limit of length counts it with this, and so decides alike for any two secrets.
  public var slack = Slack()
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
  /// Nothing in it ends a parameter of a query or form.
  var isQuerySafe: Bool
  /// As long for any other secret of the same form, and nothing in it but visible characters: it may stand behind a
  /// length, in a message whose parser finds the next field by it.
  var isPlain: Bool
}

extension EvaluatedRequest {
  /// Finds how long the request could be, by the types of what its seals leave.
  fileprivate mutating func measure(_ types: [SealType]) {
    slack = Slack()
    var next = 0
    for type in types where !type.isClean {
      guard next < sealed.count else { return }
      let part = sealed[next]
      next += 1
      guard type.spread > 0 else { continue }
      // From the least length on: what it is with this secret is not asked.
      let more = type.greatest - part.range.count
      switch part.place {
      case .url: (slack.url, slack.isHead) = (slack.url + more, true)
      case .header: (slack.headers, slack.isHead) = (slack.headers + more, true)
      case .body: (slack.body, slack.isBody) = (slack.body + more, true)
      }
    }
  }

  /// Whether it is as short as the host, and whoever else may have a limit on the way, wants it, whatever the secrets
  /// are: from what is refused for its length, or is not, a length could be read otherwise.
  fileprivate var isWithinLimits: Bool {
    let url = url.count + slack.url
    guard url <= SealLimits.url, !slack.isBody || body.count + slack.body <= SealLimits.unevenBody else { return false }
    guard slack.isHead else { return true }
    return headers.reduce(url + slack.headers) { $0 + $1.name.utf8.count + $1.value.count } <= SealLimits.unevenHead
  }

  fileprivate func checkLimits() throws(SealFault) {
    if !isWithinLimits { throw .tooLong }
  }

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
  private let memory: SealMemory

  public init(account: SealAccount?, clock: any SealClock, publishesID: Bool = false) {
    self.init(account: account, clock: clock, publishesID: publishesID, memory: SealMemory())
  }

  /// - Parameter memory: for the values of programs, of one request at a time.
  init(account: SealAccount?, clock: any SealClock, publishesID: Bool, memory: SealMemory) {
    self.account = account
    self.clock = clock
    self.publishesID = publishesID
    self.memory = memory
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
    guard let proof else { return try evaluate(record, texts, types: check(record, texts)) }
    var request = try evaluate(record, texts, types: proof.results, isLimited: false)
    if !request.isWithinLimits {
      // The proof holds for literals of any length; these may be short enough.
      request.measure(try check(record, texts))
      try request.checkLimits()
    }
    return request
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

  /// - Parameter isLimited: what is too long is refused; otherwise that is left to the caller.
  private func evaluate(
    _ record: RecordReader, _ texts: SealProof.Texts, types: [SealType], isLimited: Bool = true
  ) throws(SealFault) -> EvaluatedRequest {
    defer { memory.wipe() }
    var run = Run(
      machine: SealMachine(account: account, clock: clock, memory: memory, isTraced: tracesSignatures), types: types)
    defer { run.machine.end() }
    var result = EvaluatedRequest()
    try run.text(texts.url, record, .url, to: &result.url)
    result.urlSealStart = run.firstSeal
    // A space or control character would end the request line early.
    guard !result.url.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { throw .controlCharacter(place: "the URL") }
    let headers = record.headers(texts.headers)
    result.headers.reserveCapacity(headers.count)
    for (index, header) in headers.enumerated() {
      let name = record.text(header.name)
      var value: [UInt8] = []
      try run.text(header.value, record, .header(index), to: &value)
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: ":") && $0 < 0x7F }) else {
        throw .controlCharacter(place: "a header's name")
      }
      guard !value.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
        throw .controlCharacter(place: "the header \(name)")
      }
      result.headers.append(EvaluatedRequest.Header(name: name, value: value))
    }
    try run.text(texts.body, record, .body, to: &result.body)
    result.published = run.machine.published
    result.hidden = run.machine.hidden
    result.trace = run.machine.trace
    result.sealed = run.sealed
    result.measure(types)
    if isLimited { try result.checkLimits() }
    return result
  }

  /// The evaluation of one request.
  private struct Run {
    var machine: SealMachine
    let types: [SealType]
    /// The next of these.
    private var next = 0
    private(set) var sealed: [SealedRange] = []
    /// Where in its text the first seal begins.
    private(set) var firstSeal: Int?

    init(machine: SealMachine, types: [SealType]) { (self.machine, self.types) = (machine, types) }

    mutating func text(
      _ text: pb_text, _ record: RecordReader, _ place: SealChecker.Place, to bytes: inout [UInt8]
    ) throws(SealFault) {
      let parts = record.parts(text)
      bytes.reserveCapacity(room(for: parts, record))
      for part in parts {
        guard part.ops.count > 0 else {
          bytes.append(contentsOf: record.bytes(part.literal))
          continue
        }
        if firstSeal == nil { firstSeal = bytes.count }
        let start = bytes.count
        try machine.run(record.operations(part.ops), of: record, to: &bytes)
        if next < types.count {
          let type = types[next]
          if !type.isClean {
            sealed.append(
              SealedRange(
                place: place, range: start..<bytes.count, sources: type.sources,
                isQuerySafe: type.alphabet.isSubset(of: .querySafe),
                isPlain: type.spread == 0 && type.alphabet.isSubset(of: .visible)))
          }
        }
        next += 1
      }
    }

    /// As long as the text is, where its types say that.
    private func room(for parts: UnsafeBufferPointer<pb_part>, _ record: RecordReader) -> Int {
      var (room, type) = (0, next)
      for part in parts {
        guard part.ops.count > 0 else {
          room += record.bytes(part.literal).count
          continue
        }
        if type < types.count { room += min(types[type].greatest, 512) }
        type += 1
      }
      return room
    }
  }
}
