import Decimals
import MarketModel

/// A fill as it moved an account.
public struct JournalDeal: Equatable, Sendable {
  public var instrument: String
  public var pair: String
  public var side: Side
  public var fill: Fill
}

extension Journal {
  /// The fills of a connector's own orders on an account, in the order of entering; with `forced` also those of orders
  /// that the exchange made in the account's name.
  /// - Parameter since: of the host's clock, in nanoseconds since 1970: those that were kept before it are left out.
  public func deals(
    exchange: String, connector: String, account: String, forced: Bool, since: Int64 = .min
  ) throws(JournalFault) -> [JournalDeal] {
    let rows = try database.prepare(
      """
      SELECT t.instrument, t.pair, coalesce(t.side, o.side), t.trade, t.price, t.quantity, t.fee, t.fee_asset
      FROM fills t LEFT JOIN orders o ON o.id = t.order_row
      WHERE t.exchange = ? AND t.account = ? AND t.time_ns >= ?
        AND (o.connector = ? OR (? AND o.id IS NULL AND t.kind IN ('liquidation', 'deleveraging')))
      ORDER BY t.id
      """
    ).bind(exchange).bind(account).bind(since).bind(connector).bind(forced)
    var deals: [JournalDeal] = []
    while try rows.step() {
      guard let price = try rows.decimal(4), let quantity = try rows.decimal(5), !rows.isNull(2) else { continue }
      deals.append(
        JournalDeal(
          instrument: rows.text(0), pair: rows.text(1), side: try rows.word(2),
          fill: Fill(
            trade: rows.text(3), price: price, quantity: quantity, fee: try rows.decimal(6), feeAsset: rows.text(7),
            time: 0)))
    }
    return deals
  }

  /// What was paid to an account as funding, negative = by it; by asset, in the order of entering.
  /// - Parameter since: by the exchange's clock: those that were paid before it are left out.
  public func fundingPaid(
    exchange: String, account: String, since: Int64 = .min
  ) throws(JournalFault) -> [(amount: Decimal64, asset: String)] {
    let rows = try database.prepare(
      "SELECT amount, asset FROM funding_payments WHERE exchange = ? AND account = ? AND venue_ns >= ? ORDER BY id"
    ).bind(exchange).bind(account).bind(since)
    var paid: [(amount: Decimal64, asset: String)] = []
    while try rows.step() {
      if let amount = try rows.decimal(0) { paid.append((amount, rows.text(1))) }
    }
    return paid
  }
}
