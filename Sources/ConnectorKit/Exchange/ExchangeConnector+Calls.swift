import CPatchbay

extension ExchangeConnector {
  /// Sends a call and hands its answer to `read`, which also gets what was never answered or never sent.
  /// - Parameters:
  ///   - account: signs the call; `nil` for a public one.
  ///   - body: instead of the call's own parameters, for batches.
  public final func ask(
    _ call: Call, _ account: TradingAccount? = nil, command: pb_id = 0, body: SealedText? = nil,
    charges: [Charge]? = nil, _ read: @escaping (Reply, Body) -> Status
  ) {
    let endpoint = call.endpoint
    var target = SealedText(endpoint.act.path)
    var request = Request(endpoint.act.method, SealedText())
    switch endpoint.parameters {
    case .query where !call.fields.isEmpty: target += "?" + call.form
    case .query: break
    case .form:
      request.body = body ?? call.form
      request.headers = [("Content-Type", "application/x-www-form-urlencoded")]
    case .json:
      request.body = body ?? call.json
      request.headers = [("Content-Type", "application/json")]
    }
    request.url = SealedText(address) + target
    request.permission = endpoint.act.name
    request.priority = endpoint.act.priority
    request.charges = charges ?? endpoint.charges
    request.deadline = endpoint.deadline
    request.command = command
    if let account {
      request.account = account.id
      exchange?.sign(&request, target: target, account)
    }
    out.send(request, id: pending.insert(.answer(read)))
  }

  /// Whether the exchange says success; if not, the command is refused with its words. For questions: nothing is in
  /// doubt after one.
  public final func succeeded(_ reply: Reply, _ body: Body, _ command: pb_id) -> Bool {
    guard let fault = errorPlan.fault(reply, body) else { return true }
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
    serve(verb) { [unowned self] command in
      guard let account = account(command.account) else {
        return out.refuse(command.id, .authentication, "no account \(command.account)")
      }
      carryOut(command, account)
    }
  }
}
