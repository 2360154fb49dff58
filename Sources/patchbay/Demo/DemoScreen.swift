import Decimals
import MarketModel
import Runtime

/// The live picture of the demo: each market's book with the script's own orders marked, redrawn in place.
struct DemoScreen {
  private let depth = 5
  private var drawn = 0

  /// The picture as lines of text.
  func lines(_ makers: [MarketMaker], seconds: Int64, of total: Int64) -> [String] {
    let columns = makers.map { column($0) }
    let height = columns.map(\.count).max() ?? 0
    var lines = ["Patchbay demo: two connectors of libpaper.so, \(seconds) of \(total) s", ""]
    for row in 0..<height {
      lines.append(columns.map { pad(row < $0.count ? $0[row] : "", 44) }.joined())
    }
    return lines
  }

  /// Draws over what was drawn before.
  mutating func draw(_ lines: [String]) -> String {
    var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
    for line in lines { text += "\u{1B}[2K\(line)\n" }
    drawn = lines.count
    return text
  }

  /// One line for a terminal that cannot be drawn on.
  func plain(_ maker: MarketMaker) -> String {
    let book = maker.market.book
    guard let bid = book.bestBid, let ask = book.bestAsk else { return "\(title(maker)): no book" }
    return "\(title(maker))  bid \(price(bid, book))  ask \(price(ask, book))  trades \(maker.market.tape.total)"
      + "  orders \(maker.orders.count)  open \(maker.openOrders.count)  fills \(fills(maker))"
  }

  private func column(_ maker: MarketMaker) -> [String] {
    let book = maker.market.book
    var lines = [title(maker), pad("", 6) + left("price", 12) + left("quantity", 14)]
    let asks = book.levels(.ask, depth: depth).reversed().map { row("ask", $0, maker.ownPrice(.sell), book) }
    lines += asks + [""] + book.levels(.bid, depth: depth).map { row("bid", $0, maker.ownPrice(.buy), book) }
    lines += ["", "trades \(maker.market.tape.total)  updates \(book.counters.updates)"]
    lines.append("orders \(maker.orders.count)  open \(maker.openOrders.count)  fills \(fills(maker))")
    if maker.isPerpetual {
      let funding = maker.market.funding?.rate.plain ?? "-"
      lines.append("position \(maker.position?.quantity.plain ?? "0")  funding \(funding)")
    }
    return lines
  }

  private func title(_ maker: MarketMaker) -> String { "\(maker.seat.session.name) \(maker.market.instrument.pair)" }
  private func fills(_ maker: MarketMaker) -> Int { maker.orders.reduce(0) { $0 + $1.fillCount } }

  private func price(_ level: Level, _ book: OrderBook) -> String {
    Decimal64(mantissa: level.price, exponent: book.priceExponent).description
  }

  private func row(_ side: String, _ level: Level, _ own: Int64?, _ book: OrderBook) -> String {
    let quantity = Decimal64(mantissa: level.quantity, exponent: book.quantityExponent).plain
    let mark = own == level.price ? "  <- ours" : ""
    return pad("  \(side)", 6) + left(price(level, book), 12) + left(quantity, 14) + mark
  }

  private func pad(_ text: String, _ width: Int) -> String { text + space(text, width) }
  private func left(_ text: String, _ width: Int) -> String { space(text, width) + text }
  private func space(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count))
  }
}
