import CPatchbay

/// What came of a call.
public struct Answer {
  public let reply: Reply
  public let body: Body
  /// Why it did not do what was asked; `nil` when the exchange says success.
  public let fault: VenueFault?
}

extension ExchangeConnector {
  /// Sends a call and hands its answer to `read`, which also gets what was never answered or never sent. Gives the
  /// request's id.
  /// - Parameter account: signs the call; `nil` for a public one.
  @discardableResult
  public final func ask(
    _ call: Call, _ account: TradingAccount? = nil, command: pb_id = 0, _ read: @escaping (Answer) -> Status
  ) -> pb_id {
    var call = call
    if let account {
      exchange?.prepare(&call)
      exchange?.signParameters(&call, account)
    }
    let endpoint = call.endpoint
    var target = call.target
    var request = Request(endpoint.act.method, SealedText())
    switch endpoint.parameters {
    case .query:
      if !call.fields.isEmpty {
        target.append(UInt8(ascii: "?"))
        target += call.form
      }
    case .form:
      request.body = call.form
      request.headers = Self.formHeaders
    case .json:
      request.body = call.whole ?? call.json
      request.headers = Self.jsonHeaders
    }
    request.url = SealedText(!endpoint.host.isEmpty ? endpoint.host : account == nil ? publicAddress : address)
    request.url += target
    request.priority = endpoint.act.priority
    request.charges = exchange?.charges(call) ?? call.charges
    request.captures = call.captures
    request.deadline = endpoint.deadline
    request.command = command
    if let account {
      request.account = account.id
      request.permission = endpoint.act.name
      exchange?.sign(&request, target: target, account)
    }
    let id = pending.insert(.call(isPublic: account == nil, read))
    out.send(request, id: id)
    return id
  }

  private static let formHeaders: [(name: String, value: SealedText)] = [
    ("Content-Type", "application/x-www-form-urlencoded")
  ]
  private static let jsonHeaders: [(name: String, value: SealedText)] = [("Content-Type", "application/json")]

  /// The fault of a reply; `nil` when the exchange says success. Where no account asked, a lockout is one of the
  /// address.
  final func fault(_ reply: Reply, _ body: Body, isPublic: Bool) -> VenueFault? {
    guard let known = errorPlan.fault(reply, body) else { return nil }
    var fault = exchange?.corrected(known) ?? known
    if isPublic, fault.retryAfter > 0 { fault.failure = .rateLimit }
    return fault
  }

  /// The fault that the exchange's words stand for.
  public final func fault(code: String, text: String) -> VenueFault {
    let fault = errorPlan.fault(code: code, text: text)
    return exchange?.corrected(fault) ?? fault
  }

  /// Whether the exchange says success; if not, the command is refused with its words. For questions: nothing is in
  /// doubt after one.
  public final func succeeded(_ answer: Answer, _ command: pb_id) -> Bool {
    guard let fault = answer.fault else { return true }
    out.reply(command, .refused, fault.failure, retryAfter: fault.retryAfter, code: fault.code, fault.text)
    return false
  }

  /// A reply that says success but cannot be read: what was asked for did not come.
  public final func unreadable(_ command: pb_id, _ what: String) -> Status {
    out.reply(command, .unknown, .other, "the exchange's \(what) cannot be read")
    return .parse
  }

  /// Has a verb carried out by a function of the connector.
  public final func serve(_ verb: Verb, _ carryOut: @escaping (OwnedCommand) -> Void) {
    services.append(Service(verb: verb, carryOut: carryOut))
  }

  /// Has a verb carried out for the account that it names; refused where there is none.
  public final func servePrivate(_ verb: Verb, _ carryOut: @escaping (OwnedCommand, TradingAccount) -> Void) {
    serve(verb) { [unowned(unsafe) self] command in
      if case .refused(let reason) = privatePlan.kind { return out.refuse(command.id, .unsupported, reason) }
      guard let account = account(command.account) else {
        return out.refuse(command.id, .authentication, "no account \(command.account)")
      }
      if isIdentified(account, for: verb) || isNeverSent(command, verb) { return carryOut(command, account) }
      identify(account) { [unowned(unsafe) self] fault in
        guard let fault else { return carryOut(command, account) }
        out.reply(command.id, .refused, fault.failure, retryAfter: fault.retryAfter, code: fault.code, fault.text)
      }
    }
  }
}
