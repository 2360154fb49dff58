import Catalog
import Decimals
import MarketModel
import Runtime

/// The tables that end the demo.
struct DemoReport {
  let makers: [MarketMaker]
  /// Total by connector and asset when the demo began.
  let before: [String: Decimal64]

  func text() -> String {
    var text = "\norders\n"
    text += table(
      ["market", "placed", "filled", "partial", "cancelled", "expired", "rejected", "open", "refused"],
      makers.map(counts))
    text += "\nlast orders\n"
    text += table(
      ["market", "id", "side", "kind", "price", "quantity", "filled", "average", "state"], makers.flatMap(lastOrders))
    text += "\nfills\n" + table(["market", "fills", "maker", "taker", "bought", "sold", "fees"], makers.map(fills))
    text += "\nbalances\n" + table(["connector", "asset", "before", "after", "change"], balances())
    let positions = makers.filter(\.isPerpetual).map(position)
    if !positions.isEmpty {
      text += "\npositions\n" + table(["market", "quantity", "entry", "mark", "realized", "funding"], positions)
    }
    text += "\nlatency, command to reply through the plugin (µs)\n"
    text += table(["command", "count", "p50", "p90", "p99", "max"], latencies())
    return text
  }

  private func name(_ maker: MarketMaker) -> String { "\(maker.seat.session.name) \(maker.market.instrument.pair)" }

  private func counts(_ maker: MarketMaker) -> [String] {
    func count(_ state: OrderState) -> String { "\(maker.orders.filter { $0.state == state }.count)" }
    return [
      name(maker), "\(maker.orders.count)", count(.filled), count(.partiallyFilled), count(.cancelled), count(.expired),
      count(.rejected), "\(maker.openOrders.count)", "\(maker.refused.values.reduce(0, +))",
    ]
  }

  private func lastOrders(_ maker: MarketMaker) -> [[String]] {
    maker.orders.suffix(6).map { order in
      let kind =
        order.draft.flags.contains(.postOnly)
        ? "post-only"
        : order.draft.flags.contains(.reduceOnly)
          ? "reduce-only" : order.draft.timeInForce == nil ? "\(order.draft.type)" : "IOC"
      return [
        name(maker), order.clientOrderID, "\(order.draft.side)", kind, order.draft.price?.plain ?? "market",
        order.draft.quantity.plain, order.filled.plain,
        order.averagePrice(places: -maker.market.book.priceExponent)?.plain ?? "-", "\(order.state)",
      ]
    }
  }

  private func fills(_ maker: MarketMaker) -> [String] {
    var (bought, sold) = (Decimal64.zero, Decimal64.zero)
    var fees: [String: Decimal64] = [:]
    let fills = maker.orders.flatMap { order in order.fills.map { (order.draft.side, $0) } }
    for (side, fill) in fills {
      if side == .buy {
        bought = bought.adding(fill.quantity) ?? bought
      } else {
        sold = sold.adding(fill.quantity) ?? sold
      }
      if let fee = fill.fee { fees[fill.feeAsset] = (fees[fill.feeAsset] ?? .zero).adding(fee) }
    }
    let feeText = fees.sorted { $0.key < $1.key }.map { "\($0.value.plain) \($0.key)" }.joined(separator: ", ")
    return [
      name(maker), "\(fills.count)", "\(fills.filter { $0.1.liquidity == .maker }.count)",
      "\(fills.filter { $0.1.liquidity == .taker }.count)", bought.plain, sold.plain, feeText,
    ]
  }

  private func balances() -> [[String]] {
    makers.flatMap { maker in
      maker.seat.session.accounts.balances.all(of: maker.account).map { asset, balance in
        let start = before["\(maker.seat.session.name)/\(asset)"]
        return [
          maker.seat.session.name, asset, start?.plain ?? "-", balance.total.plain,
          start.flatMap { balance.total.subtracting($0) }?.plain ?? "-",
        ]
      }
    }
  }

  private func position(_ maker: MarketMaker) -> [String] {
    let position = maker.position
    let payments = maker.seat.session.accounts.fundingPayments.filter { $0.instrument == maker.market.instrument.id }
    let funding = payments.reduce(Decimal64.zero) { $0.adding($1.amount) ?? $0 }
    return [
      name(maker), position?.quantity.plain ?? "0", position?.entry?.plain ?? "-", maker.market.mark?.mark.plain ?? "-",
      position?.realized?.plain ?? "-", "\(funding.plain) in \(payments.count)",
    ]
  }

  private func latencies() -> [[String]] {
    var (place, cancel) = (LatencyHistogram(), LatencyHistogram())
    for maker in makers {
      place.merge(maker.placeLatency)
      cancel.merge(maker.cancelLatency)
    }
    return [("place", place), ("cancel", cancel)].map { name, histogram in
      let places: [UInt32] = [500_000, 900_000, 990_000, 1_000_000]
      return [name, "\(histogram.count)"] + places.map { micros(histogram.percentile(partsPerMillion: $0)) }
    }
  }

  private func micros(_ nanoseconds: Int64?) -> String {
    nanoseconds.map { "\($0 / 1000).\($0 % 1000 / 100)" } ?? "-"
  }

  /// Columns as wide as their longest cell; the first is text, numbers stand right.
  private func table(_ titles: [String], _ rows: [[String]]) -> String {
    let widths = titles.indices.map { column in max(titles[column].count, rows.map { $0[column].count }.max() ?? 0) }
    return ([titles] + rows).map { row in
      let cells = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + space : space + row[column]
      }
      return "  " + cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}
