import Decimals

/// Orders that wait for a price under ids of their own, on exchanges that give their clients no id for them.
extension ExchangeConnector {
  /// Reports what is said of such an order unasked. One that was triggered goes on as the order that it has become: by
  /// this the host knows whose that is, also what was said of it before.
  /// - Returns: whether it could be reported.
  @discardableResult
  public final func publish(conditional said: OrderReport, _ account: TradingAccount) -> Bool {
    guard !said.became.isEmpty else { return publish(order: said, account) }
    var report = said
    (report.venue, report.continues, report.carried) = (said.became, said.venue, .zero)
    (report.became, report.isTriggered) = ("", true)
    report.state = report.openState
    return publish(order: report, account)
  }
}
