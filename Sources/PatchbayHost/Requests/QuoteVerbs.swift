import Control
import JSONTree
import Runtime

/// `quote`: what a swap in a pool would give now. docs/control.md describes it.
enum QuoteVerbs {
  static func quote(_ call: ControlCall, _ host: RunningHost) {
    guard let side = call.choice("side", [("buy", Side.buy), ("sell", .sell)]),
      let quantity = call.decimal("quantity"), let slippage = call.decimal("slippage")
    else { return }
    guard let side, let quantity else {
      let field = side == nil ? "side" : "quantity"
      return call.fail("missing_field", "a quote is of a side and a quantity in base", field: field)
    }
    MarketVerbs.place(call, host) { place, lane in
      host.lanes[lane - 1].perform { host in
        guard let seat = host.seats.first(where: { $0.session.name == place.connector }),
          let market = seat.session.view.market(pair: place.pair)
        else { return call.fail("no_instrument", "\(place.connector): has no instrument \(place.pair) yet") }
        guard seat.session.offers(.quote) else {
          return call.fail("unsupported", "\(place.connector) has no pools: its prices are those of its book")
        }
        var draft = CommandDraft(.quote)
        draft.instrument = market.instrument.id.rawValue
        (draft.side, draft.quantity, draft.value) = (side, quantity, slippage)
        seat.session.send(draft) { result in
          guard result.outcome == .done else { return call.fail("refused", result.text) }
          guard let quote = result.quote else {
            return call.fail(
              "refused",
              "\(place.connector) gave a quote that cannot be right: of another amount than was asked for, or with a "
                + "limit beyond it")
          }
          call.reply(json(quote, place, side, market.instrument))
        }
      }
    }
  }

  private static func json(
    _ quote: QuoteFact, _ place: PairPlace, _ side: Side, _ instrument: Instrument
  ) -> JSONValue {
    func tokens(_ units: String, _ decimals: UInt32) -> JSONValue {
      QuoteFact.tokens(units, decimals: decimals).map { OrderCopies.text($0) } ?? nil
    }
    let isSale = side == .sell
    let (given, got) = isSale ? (quote.baseDecimals, quote.quoteDecimals) : (quote.quoteDecimals, quote.baseDecimals)
    return [
      "connector": OrderCopies.text(place.connector), "pair": OrderCopies.text(place.pair),
      "side": OrderCopies.text(side == .buy ? "buy" : "sell"), "amount_in": OrderCopies.text(quote.amountIn),
      "amount_out": OrderCopies.text(quote.amountOut), "amount_limit": OrderCopies.text(quote.amountLimit),
      "price": quote.price.map { StatusText.decimal($0) } ?? nil,
      "gas": quote.gas.map { StatusText.decimal($0) } ?? nil,
      "valid_until_ns": StatusText.number(quote.validUntil), "route": OrderCopies.text(quote.route),
      "asset_in": OrderCopies.text(isSale ? instrument.base : instrument.quote),
      "asset_out": OrderCopies.text(isSale ? instrument.quote : instrument.base),
      "tokens_in": tokens(quote.amountIn, given), "tokens_out": tokens(quote.amountOut, got),
      "tokens_limit": tokens(quote.amountLimit, quote.quoteDecimals),
    ]
  }
}
