import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Orders in contracts, conditional orders and leverage, by the acts of OKX.
struct PerpetualActsTests {
  private let bench: BindingBench
  init() throws { bench = try BindingBench("okx") }

  /// An order of 0.010 in contracts of 0.01.
  private func item(_ change: (inout LicenceItem) -> Void = { _ in }) throws -> LicenceItem {
    var item = BindingBench.limit("BTC-USDT-SWAP", client: "a1")
    item.contractSize = try #require(Decimal64("0.01"))
    change(&item)
    return item
  }

  private func leaves(
    _ act: String, _ path: String, _ body: String, as verb: Int = PB_CMD_PLACE, _ item: LicenceItem
  ) throws -> Bool {
    bench.begin(verb, [item])
    let url = "https://www.okx.com/api/v5/" + path
    return try bench.refusal(bench.form(act, PB_METHOD_POST, url, body, type: "json")) == nil
  }

  @Test(arguments: [
    ("", "", true), (#""sz":"1""#, #""sz":"0.01""#, false), (#""sz":"1""#, #""sz":"100""#, false),
    (#""tdMode":"cross""#, #""tdMode":"isolated""#, true), (#""tdMode":"cross""#, #""tdMode":"cash""#, false),
    (#""side":"buy""#, #""side":"buy","posSide":"long""#, false), (#""side":"buy""#, #""side":"sell""#, false),
    (#""side":"buy""#, #""side":"buy","reduceOnly":true"#, false),
    (#""side":"buy""#, #""side":"buy","posSide":"net""#, true),
  ])
  func aPerpetualOrderIsTheOneOfTheCommand(_ text: String, _ other: String, _ isIt: Bool) throws {
    let order = #"{"instId":"BTC-USDT-SWAP","tdMode":"cross","clOrdId":"a1","side":"buy","ordType":"limit","#
      + #""sz":"1","px":"60000.5"}"#
    let body = text.isEmpty ? order : order.replacing(text, with: other)
    #expect(try leaves("perp_place", "trade/order", body, try item()) == isIt, "\(other)")
    #expect(try leaves("perp_place_batch", "trade/batch-orders", "[\(body)]", try item()) == isIt, "\(other)")
  }

  @Test func aLegAndAReductionAreSaid() throws {
    let order = #"{"instId":"BTC-USDT-SWAP","tdMode":"cross","clOrdId":"a1","side":"buy","ordType":"limit","#
      + #""sz":"1","px":"60000.5"}"#
    let leg = try item { $0.terms = $0.terms.subtracting([.net]).union([.short, .reduceOnly]) }
    let short = order.replacing(#""side""#, with: #""posSide":"short","side""#)
    #expect(try leaves("perp_place", "trade/order", short, leg) && !leaves("perp_place", "trade/order", order, leg))
    let reducing = try item { $0.terms = $0.terms.subtracting([.notReduceOnly]).union([.reduceOnly]) }
    #expect(try !leaves("perp_place", "trade/order", order, reducing))
    let reduced = order.replacing(#""side""#, with: #""reduceOnly":true,"side""#)
    #expect(try leaves("perp_place", "trade/order", reduced, reducing))
  }

  @Test func aStopIsNoTakeProfit() throws {
    let stop = #"{"instId":"BTC-USDT-SWAP","tdMode":"cross","algoClOrdId":"a1","side":"buy","ordType":"conditional","#
      + #""sz":"1","slTriggerPx":"50000","slOrdPx":"60000.5"}"#
    let take = stop.replacing("sl", with: "tp")
    func type(_ type: OrderTerms) throws -> LicenceItem {
      try item {
        $0.terms = $0.terms.subtracting([.limit]).union(type)
        $0.stop = Decimal64(50_000)
      }
    }
    #expect(try leaves("perp_place_stop_limit", "trade/order-algo", stop, type(.stopLimit)))
    #expect(try leaves("perp_place_take_limit", "trade/order-algo", take, type(.takeLimit)))
    #expect(try !leaves("perp_place_stop_limit", "trade/order-algo", take, type(.takeLimit)))
    #expect(try !leaves("perp_place_take_limit", "trade/order-algo", take, type(.stopLimit)))
    #expect(try !leaves("perp_place_stop_limit", "trade/order-algo", stop, type(.takeLimit)))
    var market = try type(.stopMarket)
    market.price = nil
    let atMarket = stop.replacing("60000.5", with: "-1")
    #expect(try leaves("perp_place_stop_market", "trade/order-algo", atMarket, market))
    #expect(try !leaves("perp_place_stop_market", "trade/order-algo", stop, market))
    #expect(try !leaves("perp_place_stop_market", "trade/order-algo", atMarket, type(.stopLimit)))
  }

  @Test func conditionalOrdersAreCancelledAndLeverageIsSet() throws {
    let own = try item { $0.venueOrders = [Array("77".utf8)] }
    let cancel = #"[{"instId":"BTC-USDT-SWAP","algoId":"77"}]"#
    #expect(try leaves("cancel_algos", "trade/cancel-algos", cancel, as: PB_CMD_CANCEL, own))
    let other = cancel.replacing("77", with: "78")
    #expect(try !leaves("cancel_algos", "trade/cancel-algos", other, as: PB_CMD_CANCEL, own))
    var leverage = LicenceItem()
    (leverage.symbol, leverage.leverage) = (Array("BTC-USDT-SWAP".utf8), Decimal64(5))
    let set = #"{"instId":"BTC-USDT-SWAP","lever":"5","mgnMode":"cross"}"#
    #expect(try leaves("set_leverage", "account/set-leverage", set, as: PB_CMD_LEVERAGE, leverage))
    let more = set.replacing(#""5""#, with: #""50""#)
    #expect(try !leaves("set_leverage", "account/set-leverage", more, as: PB_CMD_LEVERAGE, leverage))
    var mode = LicenceItem()
    mode.terms = .hedge
    let hedge = #"{"posMode":"long_short_mode"}"#
    #expect(try leaves("set_position_mode", "account/set-position-mode", hedge, as: PB_CMD_POSITION_MODE, mode))
    let net = #"{"posMode":"net_mode"}"#
    #expect(try !leaves("set_position_mode", "account/set-position-mode", net, as: PB_CMD_POSITION_MODE, mode))
  }
}
