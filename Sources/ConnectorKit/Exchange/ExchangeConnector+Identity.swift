/// How an exchange is asked for its own id of an account, which some calls must name: once, before the first of them.
public struct AccountQuestion: Sendable {
  public let endpoint: Endpoint
  /// The commands that wait for it.
  public let verbs: [Verb]
  /// Whether the private stream waits for it too.
  public let isForStream: Bool

  public init(_ endpoint: Endpoint, before verbs: [Verb], isForStream: Bool = false) {
    self.endpoint = endpoint
    self.verbs = verbs
    self.isForStream = isForStream
  }
}

extension ExchangeConnector {
  /// Whether a command for the account needs not wait for the exchange's id of it.
  final func isIdentified(_ account: TradingAccount, for verb: Verb) -> Bool {
    identityPlan?.verbs.contains(verb) != true || !account.identity.isEmpty
  }

  /// What the exchange said of the account may be true no longer: the next command that needs it asks again.
  public final func forgetIdentity(of account: TradingAccount) { account.identity = "" }

  /// Goes on when the exchange's id of the account is known, or with the reason why it is not: then nothing was sent of
  /// what waits. It is asked for by the first that needs it, and again by the next when the exchange did not say it.
  final func identify(_ account: TradingAccount, _ proceed: @escaping (VenueFault?) -> Void) {
    guard let question = identityPlan, account.identity.isEmpty else { return proceed(nil) }
    account.identityWaits.append(proceed)
    guard account.identityWaits.count == 1 else { return }
    ask(Call(question.endpoint), account) { [unowned(unsafe) self] answer in
      let identity = answer.fault == nil ? exchange?.identity(answer.body, account) : nil
      account.identity = identity ?? ""
      let waits = account.identityWaits
      account.identityWaits = []
      let fault = answer.fault ?? VenueFault(.other, "the exchange names no account that can be used")
      for wait in waits { wait(identity == nil ? fault : nil) }
      return .ok
    }
  }
}
