import CPatchbay
import Catalog
import Decimals
import JSONTree
import Records
import Runtime
import Vault

/// A connector on the bench: driven by commands under a clock that stands still, its requests evaluated and kept, the
/// world answered by a script. No network, no books, no timers: what comes out is looked at as it is.
final class Bench: RecordSink {
  /// Something that the connector sent.
  struct Sent {
    enum Way { case http, frame, open }
    var way: Way
    var id: UInt64
    /// The stream of a frame, or the one being opened.
    var stream: UInt64
    var command: UInt64
    var account: UInt64
    var permission: String
    var hasSeals: Bool
    var charges: [UInt32]
    var flat: FlatRequest
    /// Why it could not be evaluated.
    var fault: SealFault?
  }

  /// Answers one HTTP request ahead of the script.
  struct Answer {
    var path: Pattern?
    var end: RequestEnd
    var body: [UInt8]
  }

  private(set) var sent: [Sent] = []
  private(set) var facts: [(fact: Fact, command: UInt64)] = []
  /// Status of the last call.
  private(set) var lastStatus: pb_status = 0
  private(set) var streams: [UInt64: String] = [:]
  private(set) var limits: Set<UInt32> = []
  private(set) var tokens: [[UInt8]] = []
  private(set) var isFaulted = false
  /// Texts of private replies that reached the connector in clear and then turned up in what it opened or sent by
  /// itself.
  private(set) var leaks: [String] = []
  private var seenTexts: Set<String> = []
  private var timers: [UInt64: Int64] = [:]
  var answer: Answer?
  /// Asked when a rule of the script fits a frame that was sent: whether something else answers it.
  var answersFrame: ((TradingScript.FrameReply, JSONValue) -> Bool)?
  /// Asked for the answer to an HTTP request ahead of the script.
  var answersRequest: ((FlatRequest) -> [UInt8]?)?
  var counters: InstanceCounters? { instance?.counters }
  /// The first record that broke the contract.
  var firstFault: RecordFault? { instance?.firstFault }
  /// HTTP requests that have no end yet, in the order they left.
  private(set) var unanswered: [UInt64] = []

  let credentials: [String: [UInt8]]
  private var script: TradingScript
  private var evaluator: SealEvaluator
  /// Of the tokens of each slot.
  private let alphabets: [UInt32: TokenCapture.Alphabet]
  private var instance: ConnectorInstance?
  private var reader = FactReader()
  private var instruments: [(id: UInt64, symbol: String, base: String, quote: String)] = []
  /// Base units in one of their contracts.
  private var multipliers: [UInt64: Decimal64] = [:]
  private var waiting: [() -> Void] = []
  private var isInside = false
  private var nextCommand: UInt64 = 1
  private var privateStreams: [UInt64] = []
  /// Streams whose frames the host inflates.
  private var inflating: Set<UInt64> = []
  private lazy var inflater = FrameInflater()
  private var publicStreams: [UInt64] = []
  static let account: UInt64 = 1

  /// - Parameters:
  ///   - values: credentials as a vector file writes them.
  ///   - clock: nanoseconds since the epoch.
  init(
    _ code: ConnectorCode, manifest: Manifest, script: TradingScript, values: JSONValue, clock: Int64
  ) throws(InstanceFault) {
    self.script = script
    alphabets = Dictionary(manifest.acts.flatMap(\.captures).map { ($0.slot, $0.alphabet) }) { first, _ in first }
    let values = script.fields(manifest.credentials, values: values)
    credentials = values
    publicFields = manifest.credentials.filter { !$0.secret }.compactMap { field in
      values[field.name].map { (field.name, String(decoding: $0, as: UTF8.self)) }
    }
    var fields: [String: SealField] = [:]
    for field in manifest.credentials {
      fields[field.name] = values[field.name].map {
        SealField($0, isSecret: field.secret, isDisclosed: field.disclose, form: field.form)
      }
    }
    let key = fields.values.lazy.compactMap { Self.key($0, script.algorithm) }.first ?? StandInKey.key(script.algorithm)
    evaluator = SealEvaluator(account: SealAccount(fields: fields, signingKey: key), clock: FixedSealClock(time: clock))
    super.init()
    let made = try ConnectorInstance(code, config: script.config, sink: self)
    made.onAnswer = { [unowned self] in lastStatus = $0 }
    made.times = Times(mono: 1_000_000_000, wall: clock, venue: clock)
    instance = made
  }

  private let publicFields: [(name: String, value: String)]

  /// The signing key that a secret field holds: in PEM, or of secp256k1 in hexadecimal digits.
  private static func key(_ field: SealField, _ algorithm: UInt32) -> SigningKey? {
    guard field.isSecret else { return nil }
    if let key = SigningKey(pem: field.bytes) { return key }
    guard Int(algorithm) == PB_ALGORITHM_SECP256K1 else { return nil }
    return Encoding.unhex(field.bytes).flatMap { SigningKey(secp256k1: $0) }
  }

  /// Takes a copy of every input from now on.
  func record(to recorder: InputRecorder) { instance?.recorder = recorder }

  // MARK: Driving

  /// Starts the connector, gives it an account where it may trade, and asks for the instruments.
  func begin(trading: Bool = true, instruments: Bool = true) {
    enter { $0.start(trading: trading) }
    if trading {
      let account = PublicAccount(
        id: Self.account, label: "certify", algorithm: script.algorithm, publicFields: publicFields)
      enter { $0.account(account, isPresent: true) }
    }
    if instruments { send(CommandDraft(.instruments)) }
  }

  /// Sends a command and answers what it asks, until nothing is left to do.
  @discardableResult
  func send(_ draft: CommandDraft) -> UInt64 {
    let id = nextCommand
    nextCommand += 1
    enter { $0.command(draft, id: id) }
    return id
  }

  /// A message on a stream.
  func frame(_ bytes: [UInt8], on stream: UInt64, kind: FrameKind = .text) {
    enter { [unowned self] instance in withSlack(bytes) { instance.frame(stream, $0, kind) } }
  }

  /// What a binary frame expands to, where the connector has the host inflate its stream; nil where it has not, or the
  /// frame is no compressed text.
  func inflated(_ bytes: [UInt8], on stream: UInt64) -> [UInt8]? {
    guard inflating.contains(stream) else { return nil }
    return bytes.withUnsafeBufferPointer { inflater.inflate($0).map(Array.init) }
  }

  func close(_ stream: UInt64) {
    forget(stream)
    enter { $0.closed(stream, code: 1006, reason: "cut") }
  }

  /// How an HTTP request ended, after it has left.
  func end(_ request: UInt64, _ end: RequestEnd, body: [UInt8] = []) {
    unanswered.removeAll { $0 == request }
    enter { [unowned self] instance in withSlack(body) { instance.replied(request, end, $0) } }
  }

  /// Any input, also one that no host would deliver now.
  func stranger(_ body: @escaping (ConnectorInstance) -> pb_status) { enter(body) }

  /// Lets time pass: timers fire at their own times.
  func advance(by nanoseconds: Int64) {
    guard let start = instance?.times else { return }
    let end = start.mono + nanoseconds
    while let due = timers.filter({ $0.value <= end }).min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      timers[due.key] = nil
      setTime(start, mono: max(due.value, instance?.times.mono ?? 0))
      enter { $0.timer(due.key) }
    }
    setTime(start, mono: end)
  }

  private func setTime(_ start: Times, mono: Int64) {
    instance?.times = Times(mono: mono, wall: start.wall + mono - start.mono, venue: start.venue + mono - start.mono)
  }

  func stop() {
    enter { $0.stop() }
    instance = nil
  }

  private func enter(_ body: @escaping (ConnectorInstance) -> pb_status) {
    waiting.append { [unowned self] in
      guard let instance, !isFaulted else { return }
      isInside = true
      lastStatus = body(instance)
      // In a worker it is answered later, and its last status is the one that `onAnswer` is given.
      do throws(InstanceFault) { try instance.awaitAnswers() } catch { isFaulted = true }
      isInside = false
    }
    guard !isInside else { return }
    // A connector that asks forever must not keep the bench forever.
    var budget = 100_000
    while !waiting.isEmpty, budget > 0 {
      budget -= 1
      waiting.removeFirst()()
    }
    waiting.removeAll()
  }

  private func withSlack(_ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) -> pb_status) -> pb_status {
    let padded = bytes + [UInt8](repeating: 0, count: Int(PB_PAYLOAD_SLACK))
    return padded.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[..<bytes.count])) }
  }

  // MARK: Looking

  /// The instrument of a symbol, or of the first.
  func instrument(_ symbol: String?) -> UInt64 {
    guard let symbol else { return instruments.first?.id ?? 0 }
    return instruments.first { $0.symbol == symbol }?.id ?? 0
  }

  func instrument(base: String, quote: String) -> UInt64 {
    instruments.first { $0.base == base && $0.quote == quote }?.id ?? 0
  }

  func multiplier(of instrument: UInt64) -> Decimal64 { multipliers[instrument] ?? .one }

  var privateStream: UInt64? { privateStreams.last }
  func isPrivate(_ stream: UInt64) -> Bool { privateStreams.contains(stream) }
  /// The last public stream whose URL fits.
  func publicStream(_ pattern: Pattern?) -> UInt64? {
    publicStreams.last { stream in pattern?.matches(streams[stream] ?? "") ?? true }
  }

  func reply(to command: UInt64) -> Fact? { facts.last { $0.command == command && $0.fact.kind == "reply" }?.fact }

  // MARK: Outputs

  override func receive(_ record: RecordReader) {
    let fact = reader.read(record)
    facts.append((fact, UInt64(fact["command"] ?? "") ?? 0))
    switch record.kind {
    case PB_EV_INSTRUMENT:
      let id = record.head(as: pb_instrument.self).instrument
      instruments.removeAll { $0.id == id }
      instruments.append((id, fact["symbol"] ?? "", fact["base"] ?? "", fact["quote"] ?? ""))
      multipliers[id] = fact["multiplier"].flatMap { Decimal64($0) }
    case PB_EV_LIMITS:
      for limit in record.limits(record.head(as: pb_limits.self).limits) { limits.insert(limit.bucket) }
    case PB_OUT_OPEN: open(record)
    case PB_OUT_CLOSE:
      let stream = record.head(as: pb_out_close.self).stream
      forget(stream)
      enter { $0.closed(stream, code: 1000, reason: "closed by the connector") }
    case PB_OUT_REQUEST: request(record)
    case PB_OUT_FAULT: isFaulted = true
    case PB_OUT_TIMER:
      let timer = record.head(as: pb_out_timer.self)
      timers[timer.timer] = timer.after_ns > 0 ? (instance?.times.mono ?? 0) &+ timer.after_ns : nil
    default: break
    }
  }

  private func forget(_ stream: UInt64) {
    streams[stream] = nil
    inflating.remove(stream)
    privateStreams.removeAll { $0 == stream }
    publicStreams.removeAll { $0 == stream }
  }

  private func open(_ record: RecordReader) {
    let fact = record.head(as: pb_out_open.self)
    let evaluated = evaluate { try $0.evaluate(open: record) }
    let flat = Bench.flat("OPEN", evaluated.request)
    let hasSeals = Bench.hasSeals(record, [fact.url] + record.headers(fact.headers).map(\.value))
    sent.append(
      Sent(
        way: .open, id: 0, stream: fact.stream, command: fact.command, account: fact.account,
        permission: record.text(fact.permission), hasSeals: hasSeals,
        charges: record.charges(fact.charges).map(\.bucket), flat: flat, fault: evaluated.fault))
    lookForLeaks(in: record, [fact.url] + record.headers(fact.headers).map(\.value))
    let stream = fact.stream
    if fact.flags & UInt32(PB_OPEN_INFLATE) != 0 { inflating.insert(stream) }
    guard evaluated.fault == nil else {
      return enter { $0.closed(stream, code: UInt32(PB_CLOSED_REFUSED), reason: "the seal was refused") }
    }
    streams[stream] = String(decoding: evaluated.request.url, as: UTF8.self)
    if fact.account != 0 { privateStreams.append(stream) } else { publicStreams.append(stream) }
    enter { $0.opened(stream) }
    if let greeting = script.greeting { frame(Array(JSONWriter.compact(greeting).utf8), on: stream) }
  }

  private func request(_ record: RecordReader) {
    let fact = record.head(as: pb_out_request.self)
    let evaluated = evaluate { try $0.evaluate(request: record) }
    var request = evaluated.request
    let isFrame = fact.stream != 0
    if isFrame { request.url = Array((streams[fact.stream] ?? "").utf8) }
    let method = isFrame ? "FRAME" : ["GET", "POST", "PUT", "DELETE", "PATCH"][Int(max(1, min(5, fact.method))) - 1]
    let hasSeals = Bench.hasSeals(record, [fact.url, fact.body] + record.headers(fact.headers).map(\.value))
    sent.append(
      Sent(
        way: isFrame ? .frame : .http, id: fact.request, stream: fact.stream, command: fact.command,
        account: fact.account, permission: record.text(fact.permission), hasSeals: hasSeals,
        charges: record.charges(fact.charges).map(\.bucket), flat: Bench.flat(method, request), fault: evaluated.fault))
    let id = fact.request
    if evaluated.fault != nil {
      let end = RequestEnd.notSent(code: UInt32(PB_REFUSAL_SEAL), reason: "the seal was refused")
      return enter { [unowned self] instance in
        return isFrame ? instance.sent(id, end) : withSlack([]) { instance.replied(id, end, $0) }
      }
    }
    if fact.command == 0 { lookForLeaks(in: record, [fact.url, fact.body] + record.headers(fact.headers).map(\.value)) }
    enter { $0.sent(id, .sent) }
    if isFrame {
      if fact.account != 0, !privateStreams.contains(fact.stream) { privateStreams.append(fact.stream) }
      answerFrame(fact.stream, request.body)
    } else {
      unanswered.append(id)
      let captures = record.captures(fact.captures).map { (record.text($0.path), $0.slot) }
      answerRequest(id, method, Bench.flat(method, request), captures, isPrivate: fact.account != 0)
    }
  }

  private func evaluate(
    _ body: (SealEvaluator) throws -> EvaluatedRequest
  ) -> (request: EvaluatedRequest, fault: SealFault?) {
    do {
      return (try body(evaluator), nil)
    } catch {
      return (EvaluatedRequest(), error as? SealFault)
    }
  }

  private static func flat(_ method: String, _ request: EvaluatedRequest) -> FlatRequest {
    FlatRequest(
      method: method, url: String(decoding: request.url, as: UTF8.self),
      headers: request.headers.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) }, body: request.body)
  }

  private static func hasSeals(_ record: RecordReader, _ texts: [pb_text]) -> Bool {
    texts.contains { record.parts($0).contains { $0.ops.count > 0 } }
  }
}

/// The world's answers.
extension Bench {
  private func answerRequest(
    _ id: UInt64, _ method: String, _ flat: FlatRequest, _ captures: [(String, UInt32)], isPrivate: Bool
  ) {
    let path = flat.path
    if let answer, answer.path?.matches(path) ?? true {
      self.answer = nil
      return end(id, answer.end, body: answer.body)
    }
    if let body = answersRequest?(flat) { return end(id, .replied(status: 200, headers: []), body: body) }
    guard let index = script.replies.firstIndex(
      where: { $0.path.matches(path) && ($0.method ?? method) == method }) else {
      return
    }
    let reply = script.replies[index]
    if reply.isOnce { script.replies.remove(at: index) }
    let body = capture(captures, from: reply.body)
    if isPrivate { noteTexts(of: body) }
    end(id, .replied(status: reply.status, headers: []), body: body)
  }

  /// Tokens are long; what is shorter is a word, and where a stream stands is reported so that it can be opened.
  private func noteTexts(of body: [UInt8]) {
    guard let value = try? JSONDocument.parse(bytes: body) else { return }
    _ = value.mapStrings { text in
      let isAddress = text.hasPrefix("wss://") && !text.contains("?") && !text.contains("@")
      if text.utf8.count >= 16, !isAddress, !text.allSatisfy({ $0 == "*" }) { seenTexts.insert(text) }
      return JSONValue(.null)
    }
  }

  /// A token that stands in a literal was read from a reply that should have hidden it.
  private func lookForLeaks(in record: RecordReader, _ texts: [pb_text]) {
    guard !seenTexts.isEmpty else { return }
    for part in texts.flatMap({ Array(record.parts($0)) }) {
      let literal = record.text(part.literal)
      leaks += seenTexts.filter { literal.contains($0) }.sorted()
    }
  }

  /// Takes tokens out of a reply and masks them, as the host does.
  private func capture(_ captures: [(String, UInt32)], from body: [UInt8]) -> [UInt8] {
    guard !captures.isEmpty, let value = try? JSONDocument.parse(bytes: body) else { return body }
    var masked = String(decoding: body, as: UTF8.self)
    for (path, slot) in captures {
      guard let token = value.at(path)?.scalar, !token.isEmpty else { continue }
      evaluator.account?.set(Array(token.utf8), in: slot, alphabets[slot] ?? .query)
      tokens.append(Array(token.utf8))
      masked = masked.replacing(token, with: String(repeating: "*", count: token.utf8.count))
    }
    return Array(masked.utf8)
  }

  private func answerFrame(_ stream: UInt64, _ body: [UInt8]) {
    guard let sent = try? JSONDocument.parse(bytes: body) else { return }
    for rule in script.frames {
      guard rule.fits(sent) else { continue }
      if answersFrame?(rule, sent) == true { return }
      var reply = rule.reply
      for member in rule.copy {
        if let value = sent.at(member.key), let target = member.value.string {
          reply = reply.setting(target, to: value)
        }
      }
      return frame(Array(JSONWriter.compact(reply).utf8), on: stream)
    }
  }
}
