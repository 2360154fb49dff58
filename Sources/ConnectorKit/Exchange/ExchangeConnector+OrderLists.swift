/// The usual offer of orders: one function reads them wherever they stand.
extension ExchangeConnector {
  /// Serves `order`, `openOrders` and `orderHistory`.
  /// - Parameters:
  ///   - questions: by which one order is asked for, in turn; `first`: see `serveOrder`.
  ///   - open: the lists that make up what is open.
  ///   - ended: those that the history has besides.
  public final func orders(
    _ questions: OrderQuestion..., first: @escaping (OwnedCommand, TradingAccount) -> Int = { _, _ in 0 },
    open: [Pages], ended: [Pages], read: @escaping (inout JSONScanner) -> OrderReport
  ) {
    let one: ReadOrder = { read(&$1) }
    serveOrder(questions, first: first, read: one)
    orders(.openOrders, open, read: one)
    orders(.orderHistory, open + ended, read: one)
  }
}
