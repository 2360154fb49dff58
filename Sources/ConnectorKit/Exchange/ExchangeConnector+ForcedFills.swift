/// Executions that an exchange forced on the account.
extension ExchangeConnector {
  /// Reports that a position was liquidated or deleveraged, where an execution is of an order of the exchange's own.
  public final func publishForced(_ report: OrderReport, _ account: TradingAccount) {
    guard let origin = report.origin, report.isFill, let market = market(named: report.symbol) else { return }
    publish(
      liquidation: origin == .forced ? .forced : .deleveraged, of: market, account, side: report.side,
      price: report.fillPrice, quantity: report.fillQuantity, time: report.time)
  }
}
