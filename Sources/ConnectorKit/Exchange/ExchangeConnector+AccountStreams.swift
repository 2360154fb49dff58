import CPatchbay

/// Accounts that have several streams (`PrivatePlan.beside`): each lives by itself, and what is said of the account's
/// updates is true of all of them together.
extension ExchangeConnector {
  /// Whether a stream may be opened: an account that is not let in on its first one knocks at no second door.
  final func mayOpen(_ account: TradingAccount) -> Bool {
    guard let first = self.account(account.id) else { return false }
    return first === account || first.isLive
  }

  /// Whether an account, or the account of one of these streams, is still there.
  final func has(_ account: TradingAccount) -> Bool {
    guard let first = self.account(account.id) else { return false }
    return first === account || first.beside.contains { $0 === account }
  }

  /// Says what has become of the updates of a stream's account. They are live when all of its streams are, and down as
  /// soon as one is; that a second one begins anew is said once.
  final func report(
    _ state: ChannelState, of account: TradingAccount, _ error: Failure = .none, _ text: String = "",
    retryAfter: Int64 = 0
  ) {
    guard let first = self.account(account.id) else { return }
    if !first.beside.isEmpty {
      if state == .live, !first.isLive || !first.beside.allSatisfy({ $0.isLive }) { return }
      if state == .pending, first.shown == .pending { return }
      first.shown = state
    }
    out.state(state, .privateUpdates, account: account.id, error: error, text, retryAfter: retryAfter)
  }
}
