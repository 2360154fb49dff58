import CPatchbay
import ConnectorKit
import Decimals

/// What trades cost an account. Source: AlphaPoint APEX API, "GetOrderFee": the fee of an order as a sum, in a product.
/// There is no list of rates: an order that sells one at a million would cost a millionth of its rate, in quote.
extension AlphaPointExchange {
  private static let price: Int64 = 1_000_000

  /// Each instrument's two rates, one instrument after the other.
  func askFees(_ wanted: ArraySlice<Market>, _ command: OwnedCommand, _ account: TradingAccount) {
    var rest = wanted
    guard let market = rest.popFirst() else {
      out.complete(
        PB_EV_FEES, command: command.id, account: account.id, instrument: command.instrument,
        partial: command.instrument == 0)
      return out.done(command.id)
    }
    askRate(of: "Maker", market, command, account) { [unowned(unsafe) self] maker in
      askRate(of: "Taker", market, command, account) { [unowned(unsafe) self] taker in
        out.fees(account: account.id, instrument: market.id, maker: maker, taker: taker, command: command.id)
        askFees(rest, command, account)
      }
    }
  }

  /// `{"OrderFee": 2000.0, "ProductId": 6}`
  private func askRate(
    of role: String, _ market: Market, _ command: OwnedCommand, _ account: TradingAccount,
    _ proceed: @escaping (Decimal64) -> Void
  ) {
    var call = Call(endpoint(venue.acts.orderFee))
    call.set("InstrumentId", bare: market.symbol)
    call.set("Side", bare: vocabulary.word(.sell))
    call.set("OrderType", bare: vocabulary.word(.limit) ?? "")
    call.set("Quantity", 1)
    call.set("Price", Self.price)
    call.set("MakerTaker", role)
    ask(call, account, command: command.id) { [unowned(unsafe) self] answer in
      guard succeeded(answer, command.id) else { return .ok }
      var json = JSONScanner(answer.body)
      var (sum, product) = (Decimal64?.none, "")
      json.members { key, json in
        switch key {
        case "OrderFee": sum = json.optionalDecimal()
        case "ProductId": product = json.words()
        default: return false
        }
        return true
      }
      guard json.isComplete(), let sum, products[product] == market.rules.quote,
        let rate = sum.multiplied(by: Decimal64(mantissa: 1, exponent: -6))
      else { return unreadable(command.id, "fee of an order") }
      proceed(rate)
      return .ok
    }
  }
}
