import CPatchbay
import Catalog
import Records

/// A request that may leave, with all its text. It carries signatures, so it does not print them.
public struct ResolvedSend: Sendable {
  let judged: JudgedAct?
  /// Whose request it is; 0 = nobody's.
  public var account: UInt64
  /// The method of an HTTP request, `GET` for the opening of a stream; nil for a frame.
  public var method: PermittedAct.Method?
  /// URL, headers and body as they leave, and what the seals publish. Redirects must not be followed.
  public var request: EvaluatedRequest
  public var captures: [CaptureRule]
  /// What it is judged as; nil = a ping of the WebSocket protocol.
  public var act: PermittedAct? { judged?.act }
  /// Where captured tokens go.
  let slots: TokenSlots?
  /// What the exchange itself calls a token is hidden in what comes back: it is an account's, and nobody vouches for
  /// the manifest that lists the captures.
  public let hidesTokens: Bool
  /// The request with a neutral letter for each byte that depends on a secret: what its connector wrote.
  public let shape: EvaluatedRequest
  /// Of an act that trades: to be asked about once more when it really leaves; see `LiveCommands.permits`.
  public let trade: JudgedTrade?
  /// What the transaction that it signs is known by, of an act that publishes that: `0x`, the digits of its hash, a
  /// hyphen and its nonce. To be kept before it leaves, since nobody else may know of it afterwards.
  public var transaction: String? = nil

  /// Something of its reply is for the host: `capture` is to be called.
  public var readsReply: Bool { !captures.isEmpty || judged?.act.learns.isEmpty == false }

  /// Learns the account's facts from the reply's body, and takes captured tokens out of it, which is masked in place.
  /// To be called before anything else sees the body; from any thread.
  public func capture(_ body: inout [UInt8]) {
    if let rules = judged?.act.learns, !rules.isEmpty { slots?.learn(AccountFacts.read(rules, from: body)) }
    for (slot, token) in ReplyCapture.take(captures, from: &body) {
      slots?.set(slot, token, captures.first { $0.slot == slot }?.alphabet ?? .query)
    }
  }
}

extension ResolvedSend: CustomStringConvertible, CustomReflectable {
  public var description: String { "\(judged?.name ?? "public request"), \(request)" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Decides whether what a connector wants to send may leave, and makes its text. Everything is judged on the evaluated
/// bytes, at the moment of sending: the act on method and path or on the frame's operation, the host on the URL,
/// trading on the commands that are alive then.
///
/// One guard serves one connector instance, on its lane; it is not thread-safe. Cost: that of the seals, plus a few
/// passes over the URL and, for frames with an act, one parse of the body.
public final class SendGuard {
  private final class Account {
    let seal: SealAccount
    let slots = TokenSlots()
    let fingerprint: String
    /// Public credential values that are long enough to be reported from other text.
    let named: [[UInt8]]

    init(_ account: LoadedAccount) {
      (seal, fingerprint) = (account.seal, account.fingerprint)
      named = account.publicFields.map { Array($0.value.utf8) }.filter { $0.count >= ReplyCapture.searchable }
    }
  }

  private let hosts: [String]
  private let acts: [String: JudgedAct]
  @exclusivity(unchecked) private var known: KnownRequests
  /// Of the programs that each act's requests had last, and behind them those of requests without an act.
  @exclusivity(unchecked) private var proofs: [SealProof?]
  private let clock: RequestClock
  /// Of the values of seals.
  private let memory = SealMemory()
  @exclusivity(unchecked) private var accounts: [UInt64: Account] = [:]
  private let publicActs: [JudgedAct]
  private let timeRefusals: TimeRefusals
  /// New orders say the leverage of their instrument.
  public let ordersSayLeverage: Bool
  /// The manifest has acts that amend.
  private let amends: Bool
  /// The manifest has acts that sign transactions and publish their ids.
  private let namesTransactions: Bool
  @exclusivity(unchecked) private var judge = RequestJudge()
  @exclusivity(unchecked) private var signatures = SignatureJudge()
  private let transactions: TransactionJudge
  /// Acts that are not bound may be used; see `PermittedAct.unbound`.
  private let allowsUnbound: Bool
  /// Streams by what they were opened as.
  @exclusivity(unchecked) private var streams: [UInt64: JudgedAct] = [:]
  /// Streams that have carried an account's text, with that account.
  @exclusivity(unchecked) private var privateStreams: [UInt64: UInt64] = [:]
  /// The commands given to the instance and not answered yet.
  @exclusivity(unchecked) public var commands = LiveCommands()

  /// - Parameters:
  ///   - allowsUnbound: the registry or the operator vouches for the manifest; otherwise acts of which it alone says
  ///     what they do are refused, and tokens are hidden that it has not listed.
  ///   - random: so many bytes that nobody can guess; nil = there are none.
  public init(
    manifest: Manifest, nonces: NonceSources, allowsUnbound: Bool = true,
    random: @escaping (Int) -> [UInt8]? = SecureRandom.bytes
  ) {
    self.allowsUnbound = allowsUnbound
    hosts = manifest.hosts
    timeRefusals = TimeRefusals(manifest.timeRefusals)
    acts = JudgedAct.all(of: manifest)
    known = KnownRequests(count: manifest.acts.count)
    proofs = Array(repeating: nil, count: manifest.acts.count + 1)
    publicActs = acts.values.filter { $0.kind == .public }.sorted { $0.number < $1.number }
    ordersSayLeverage = acts.values.contains { act in
      act.bound.map { $0.verb == .place && $0.bound.contains(.leverage) } ?? false
    }
    amends = manifest.acts.contains { $0.rules.verb == .amend }
    namesTransactions = acts.values.contains { $0.publishesID && !$0.transactions.isEmpty }
    clock = RequestClock(nonces, random: random)
    transactions = TransactionJudge(nonces.chains)
  }

  /// The account can be used by requests from now on, under the id that the connector knows.
  public func add(account id: UInt64, _ account: LoadedAccount) {
    accounts[id] = Account(account)
  }

  /// Forgets the account with its captured tokens.
  public func remove(account id: UInt64) { accounts[id] = nil }

  /// To be called when a stream is closed or was never opened: its id may come again.
  public func streamClosed(_ id: UInt64) {
    privateStreams[id] = nil
    streams[id] = nil
  }

  /// Whether a request signs a transaction whose id is published: `ResolvedSend.transaction` is then to be kept.
  public func namesTransaction(_ record: RecordReader) -> Bool {
    guard namesTransactions, record.kind == PB_OUT_REQUEST else { return false }
    let permission = record.text(record.head(as: pb_out_request.self).permission)
    return acts[permission].map { $0.publishesID && !$0.transactions.isEmpty } ?? false
  }

  /// Judges and evaluates a checked `PB_OUT_REQUEST` or `PB_OUT_OPEN`, when the rate limiter lets it go.
  /// - Parameters:
  ///   - venueTime: nanoseconds since the epoch, by the venue's clock.
  ///   - now: monotonic, in nanoseconds.
  public func resolve(_ record: RecordReader, venueTime: Int64, now: Int64 = 0) throws(SendRefusal) -> ResolvedSend {
    let wish: Wish
    switch record.kind {
    case PB_OUT_REQUEST: wish = Wish(request: record)
    case PB_OUT_OPEN: wish = Wish(open: record)
    default: throw .kind(record.kind)
    }
    let account = wish.account == 0 ? nil : accounts[wish.account]
    let named = try permitted(wish, account)
    if case .frame = wish.shape, wish.hasURL || wish.headers.count > 0 || wish.captureCount > 0 {
      throw .frameWithRequestParts
    }
    let isKnown = wish.account != 0 && named.map { known.hasSameHeaders(wish, $0) } == true
    if !isKnown { try checkHeaders(wish) }
    let captures = try captures(wish, named)
    clock.begin(time: venueTime, fingerprint: account?.fingerprint)
    let request = try evaluate(wish, named, account)
    // Whether it may leave is asked of its shape, so that the answer says nothing about a secret.
    let shape = request.shape
    var act = named
    var (path, url): (ArraySlice<UInt8>?, SendURL?)
    switch wish.shape {
    case .frame(let stream): act = try frameAct(shape, wish, named, stream)
    case .request, .open:
      let judged = try checkURL(shape, wish, named)
      if act == nil { act = try publicAct(judged, wish) }
      (path, url) = (judged.path, judged)
    }
    if let act { try checkBound(act, wish) }
    if !request.sealed.isEmpty, let named, !named.places.permit(request.sealed, in: shape, account?.seal.form) {
      throw .sealedPlace(act: named.name)
    }
    if !isKnown { try checkHeaders(wish, allowedBy: act) }
    if let act, let needed = act.neededHeader { try checkHeader(needed.name, needed.value, shape, act) }
    if let named, wish.account != 0, !isKnown { known.permitted(headersOf: wish, named) }
    var ownNames: [SignatureJudge.OwnName] = []
    if let act, !act.signs.isEmpty { ownNames = try checkSignatures(shape, url, act, account?.seal) }
    if let act, act.kind == .trade { try checkLicence(shape, path, wish, act, now, venueTime, account) }
    signatures.learn(ownNames)
    if case .open(let stream) = wish.shape { streams[stream] = act }
    if case .frame(let stream) = wish.shape, wish.account != 0 { privateStreams[stream] = wish.account }
    if case .open(let stream) = wish.shape { privateStreams[stream] = wish.account == 0 ? nil : wish.account }
    var resolved = ResolvedSend(
      judged: act, account: wish.account, method: wish.method, request: request, captures: captures,
      slots: account?.slots, hidesTokens: !allowsUnbound && wish.account != 0, shape: shape,
      trade: act.flatMap { trade($0, wish) })
    if let act, act.publishesID, !act.transactions.isEmpty { resolved.transaction = Self.transaction(request) }
    return resolved
  }

  private static func transaction(_ request: EvaluatedRequest) -> String? {
    guard let trace = request.trace, let first = trace.signed.first, let message = trace.message(of: first),
      let nonce = ChainTransaction(signed: message)?.nonce, let hash = request.published.values.first, hash.count == 32
    else { return nil }
    return "0x" + String(decoding: Encoding.hex(hash), as: UTF8.self) + "-\(nonce)"
  }

  private func trade(_ act: JudgedAct, _ wish: Wish) -> JudgedTrade? {
    guard let bound = act.bound, let attempt = commands.owner(of: wish.command)?.attempt else { return nil }
    return JudgedTrade(command: wish.command, attempt: attempt, isCancel: bound.verb == .cancel)
  }

  /// Whether a reply says that the exchange refused the request for its timestamp or nonce.
  public func isTimeRefusal(_ body: [UInt8]) -> Bool { timeRefusals.says(body) }

  /// A manifest that nobody vouches for has acts that are what they are called. A read act of such a one does not sign
  /// as chains do either: some nodes take a transaction by `GET`. Nor does a trade act of which it is not said what.
  private func checkBound(_ act: JudgedAct, _ wish: Wish) throws(SendRefusal) {
    guard !allowsUnbound else { return }
    let saysWhat = !act.signs.isEmpty || !act.transactions.isEmpty
    let signsAnything = wish.signsForChain && (act.kind == .read || !saysWhat)
    if act.isUnbound || signsAnything { throw .unbound(act: act.name) }
  }

  /// Whether all that the request signs as chains do is what its act lets it sign. Gives names to learn.
  private func checkSignatures(
    _ request: EvaluatedRequest, _ url: SendURL?, _ act: JudgedAct, _ account: SealAccount?
  ) throws(SendRefusal) -> [SignatureJudge.OwnName] {
    switch signatures.judge(request, url, act.signs, account) {
    case .success(let names): return names
    case .failure(let mismatch): throw .signs(act: act.name, reason: mismatch.reason)
    }
  }

  // MARK: The act

  /// The act that the record is to be judged as; nil when it needs none.
  private func permitted(_ wish: Wish, _ account: Account?) throws(SendRefusal) -> JudgedAct? {
    guard wish.account == 0 || account != nil else { throw .unknownAccount(wish.account) }
    if case .request = wish.shape, wish.method == nil { throw .method(act: wish.permission) }
    var isPrivate = false
    if case .frame(let stream) = wish.shape, let owner = privateStreams[stream] {
      guard wish.account == 0 || wish.account == owner else { throw .streamOfOtherAccount }
      isPrivate = !wish.isPing
    }
    guard !wish.permission.isEmpty else {
      if isPrivate || wish.isSealed || wish.account != 0 || wish.captureCount > 0 { throw .actNeeded }
      return nil
    }
    guard let act = acts[wish.permission] else { throw .unknownAct(wish.permission) }
    switch (act.method, wish.shape) {
    case (nil, .frame): guard act.operation != nil else { throw .actSort(act.name) }
    case (let method?, .request), (let method?, .open):
      guard method == wish.method else { throw .method(act: act.name) }
    default: throw .actSort(act.name)
    }
    switch act.kind {
    case .public: if wish.usesAccount || wish.captureCount > 0 { throw .publicActUsesAccount(act: act.name) }
    case .read: guard wish.account != 0 else { throw .unknownAccount(0) }
    case .trade:
      guard wish.account != 0 else { throw .unknownAccount(0) }
      guard wish.command != 0, let (owner, verb, _) = commands.owner(of: wish.command) else {
        throw .noLiveCommand(act: act.name)
      }
      guard owner == wish.account else { throw .commandOfOtherAccount(act: act.name) }
      guard LiveCommands.isTrading(verb) else { throw .commandDoesNotTrade(act: act.name) }
    }
    return act
  }

  /// The act's captures, all of them; a connector may ask for one of these or for none.
  private func captures(_ wish: Wish, _ act: JudgedAct?) throws(SendRefusal) -> [CaptureRule] {
    let rules = act?.captures ?? []
    for capture in wish.record.captures(wish.captureList) {
      let path = wish.record.text(capture.path)
      guard rules.contains(where: { $0.path == path && $0.slot == capture.slot }) else { throw .capture(path: path) }
    }
    return rules
  }

  // MARK: The text

  private func evaluate(
    _ wish: Wish, _ act: JudgedAct?, _ known: Account?
  ) throws(SendRefusal) -> EvaluatedRequest {
    var account: SealAccount?
    if let act, act.kind != .public, let known {
      account = known.seal
      account?.tokens = known.slots.all
    }
    var evaluator = SealEvaluator(
      account: account, clock: clock, publishesID: act?.publishesID ?? false, memory: memory)
    evaluator.tracesSignatures = act.map { !$0.signs.isEmpty || !$0.transactions.isEmpty } ?? false
    let request: EvaluatedRequest
    do throws(SealFault) {
      let number = act?.number ?? proofs.count - 1
      request = try evaluator.evaluate(wish.record, isOpen: wish.isOpen, proof: &proofs[number])
    } catch {
      throw .seal(error)
    }
    if let fault = clock.fault { throw .nonce(fault) }
    return request
  }

  private func checkURL(
    _ request: EvaluatedRequest, _ wish: Wish, _ act: JudgedAct?
  ) throws(SendRefusal) -> SendURL {
    let before = act.flatMap { known.split(of: request.url, isOpen: wish.isOpen, $0) }
    let url =
      if let before { try SendURL(request.url, known: before) } else {
        try SendURL(request.url, isStream: wish.isOpen)
      }
    // A secret in the name of a host would be reported to every name server on the way.
    if let start = request.urlSealStart, start < url.authorityEnd { throw .url("its host and port must be literal") }
    if before != nil { return url }
    guard url.isPermitted(by: hosts) else { throw .host }
    guard let act else { return url }
    let own = act.act.rules.hosts
    guard own.isEmpty || url.isPermitted(by: own) else { throw .hostOfAct(act: act.name) }
    if act.method != nil, !url.matches(act.path) { throw .path(act: act.name) }
    known.permitted(url, isOpen: wish.isOpen, act)
    return url
  }

  /// The public act that a request without a named one is.
  private func publicAct(_ url: SendURL, _ wish: Wish) throws(SendRefusal) -> JudgedAct {
    let act = publicActs.first { act in
      guard let method = act.method, method == wish.method, url.matches(act.path) else { return false }
      return act.act.rules.hosts.isEmpty || url.isPermitted(by: act.act.rules.hosts)
    }
    guard let act else { throw .noPublicAct }
    return act
  }

  /// What a frame is, of what its stream was opened for; nil for a ping.
  private func frameAct(
    _ request: EvaluatedRequest, _ wish: Wish, _ act: JudgedAct?, _ stream: UInt64
  ) throws(SendRefusal) -> JudgedAct? {
    if wish.isPing {
      guard !wish.isSealed, request.body.count <= 125 else { throw .ping }
      return act
    }
    let listed = streams[stream]?.listed ?? []
    if let act {
      guard listed.contains(act.name) else { throw .operationOfStream(act: act.name) }
      if let fault = act.operation?.fault(in: request, act.places) { throw .operation(act: act.name, reason: fault) }
      return act
    }
    let found = publicActs.first { act in
      listed.contains(act.name) && act.operation.map { $0.fault(in: request, act.places) == nil } == true
    }
    guard let found else { throw .noPublicAct }
    return found
  }

  /// Whether a command that is alive asks for just this, and it has not left yet; then it counts as having left.
  private func checkLicence(
    _ request: EvaluatedRequest, _ path: ArraySlice<UInt8>?, _ wish: Wish, _ act: JudgedAct, _ now: Int64,
    _ venueTime: Int64, _ account: Account?
  ) throws(SendRefusal) {
    guard let bound = act.bound else { throw .noLiveCommand(act: act.name) }
    let isHalted = commands.isHalted, replaces = !amends
    let mayTrade = commands.mayTrade?(wish.account, bound.verb == .cancel) != false
    let learned = bound.learns ? account?.slots.learned ?? [:] : [:]
    let refusal = commands.with(wish.command) { licence -> SendRefusal? in
      guard now <= licence.deadline, mayTrade, !isHalted || bound.verb == .cancel else {
        defer { licence.isLate = true }
        return .licenceOver(act: act.name, isRepeated: licence.isLate)
      }
      guard licence.covers(bound.verb, replaces: replaces) else {
        return .notAsked(act: act.name, reason: "its command is of another kind")
      }
      if !act.transactions.isEmpty {
        guard let account else { return .noLiveCommand(act: act.name) }
        let reason = transactions.take(
          request, as: act, bound, of: &licence, command: wish.command, account.seal, time: venueTime)
        return reason.map { .signs(act: act.name, reason: $0) }
      }
      guard let mismatch = judge.take(
        request, path: path, as: bound, of: &licence, account?.seal, learned: learned)
      else { return nil }
      return .notAsked(act: act.name, reason: mismatch.reason)
    }
    guard let refusal else { throw .noLiveCommand(act: act.name) }
    if let refusal { throw refusal }
  }

  // MARK: Headers

  private func checkHeaders(_ wish: Wish) throws(SendRefusal) {
    let record = wish.record
    for header in record.headers(wish.headers) {
      let name = record.text(header.name)
      guard !name.isEmpty, name.utf8.allSatisfy(HeaderRule.isNameByte) else {
        throw .header(name: HeaderRule.shown(name), reason: "its name has a character that names do not have")
      }
      let lower = name.lowercased()
      if let reason = HeaderRule.reason(lower) { throw .header(name: name, reason: reason) }
      guard wish.account == 0 else { continue }
      // Some venues ask for no signature where a key's public id is enough.
      guard !HeaderRule.credentials.contains(lower), !carriesCredential(record, header.value) else {
        throw .header(name: name, reason: "it carries a credential outside of an account's act")
      }
    }
  }

  /// What headers there may be beside those that every request has.
  private func checkHeaders(_ wish: Wish, allowedBy act: JudgedAct?) throws(SendRefusal) {
    var seen: Set<String> = []
    for header in wish.record.headers(wish.headers) {
      let name = wish.record.text(header.name).lowercased()
      guard seen.insert(name).inserted else { throw .header(name: HeaderRule.shown(name), reason: "it stands twice") }
      guard HeaderRule.usual.contains(name) || act?.headers.contains(name) == true else {
        throw .header(name: HeaderRule.shown(name), reason: "it is not among the act's headers")
      }
    }
  }

  /// A header by which the exchange reports orders of this domain from those of another one at the same host.
  private func checkHeader(
    _ name: [UInt8], _ value: [UInt8], _ shape: EvaluatedRequest, _ act: JudgedAct
  ) throws(SendRefusal) {
    let isThere = shape.headers.contains { ASCII.isSame($0.name, name) && $0.value == value }
    guard isThere else {
      throw .header(name: String(decoding: name, as: UTF8.self), reason: "the domain wants it with its own value")
    }
  }

  private func carriesCredential(_ record: RecordReader, _ value: pb_text) -> Bool {
    var text: [UInt8] = []
    for part in record.parts(value) {
      if part.ops.count == 0 { text.append(contentsOf: record.bytes(part.literal)) }
      for op in record.operations(part.ops) where Int(op.code) == PB_OP_BYTES {
        text.append(contentsOf: record.bytes(op.bytes))
      }
    }
    return accounts.values.contains { $0.named.contains { HeaderRule.contains(text, $0) } }
  }
}
