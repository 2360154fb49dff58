import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Orders whose side and kind stand in the path alone, by the acts of Bitstamp.
struct PathWordTests {
  private static let limit = "amount=0.010&client_order_id=pb-1&price=60000.50"

  private let bench: BindingBench
  init() throws { bench = try BindingBench("bitstamp") }

  private func refusal(
    _ act: String, _ path: String, _ body: String, _ change: (inout LicenceItem) -> Void = { _ in }
  ) throws -> SendRefusal? {
    var item = BindingBench.limit("btcusd")
    change(&item)
    bench.begin(PB_CMD_PLACE, [item])
    return try bench.refusal(
      bench.form(act, PB_METHOD_POST, "https://www.bitstamp.net/api/v2/\(path)/", body))
  }

  @Test func anActIsForTheOrderThatItsPathSays() throws {
    #expect(try refusal("buy", "buy/btcusd", Self.limit) == nil)
    #expect(try refusal("sell", "sell/btcusd", Self.limit) != nil, "another side")
    #expect(try refusal("sell", "buy/btcusd", Self.limit) != nil, "another path than the act's")
    #expect(try refusal("buy_market", "buy/market/btcusd", "amount=0.010&client_order_id=pb-1") != nil, "another type")
    #expect(try refusal("buy", "buy/ethusd", Self.limit) != nil, "another instrument")
    #expect(try refusal("buy", "buy/btcusd", Self.limit + "&ioc_order=True") != nil, "a word that is another act's")
  }

  @Test func howLongItLastsIsSaidByTheActToo() throws {
    let now: (inout LicenceItem) -> Void = {
      $0.terms.remove(.goodTillCancelled)
      $0.terms.insert(.immediateOrCancel)
    }
    #expect(try refusal("buy_now", "buy/btcusd", Self.limit + "&ioc_order=True", now) == nil)
    #expect(try refusal("buy_now", "buy/btcusd", Self.limit, now) != nil, "it would rest")
    #expect(try refusal("buy_now", "buy/btcusd", Self.limit + "&ioc_order=False", now) != nil)
    #expect(try refusal("buy", "buy/btcusd", Self.limit, now) != nil, "the order is not to rest")
    #expect(try refusal("buy_now", "buy/btcusd", Self.limit + "&ioc_order=True") != nil, "the order is to rest")
  }

  @Test func whatAnAmountCountsIsSaidByThePath() throws {
    let byValue: (inout LicenceItem) -> Void = {
      ($0.price, $0.quantity, $0.value) = (nil, nil, Decimal64("600"))
      $0.terms = [.sell, .market, .byValue, .notPostOnly, .notReduceOnly, .notClose, .net]
    }
    let body = "amount=600&client_order_id=pb-1"
    #expect(try refusal("sell_instant", "sell/instant/btcusd", body + "&amount_in_counter=True", byValue) == nil)
    #expect(try refusal("sell_instant", "sell/instant/btcusd", body, byValue) != nil, "it would count base")
    #expect(try refusal("sell_market", "sell/market/btcusd", body, byValue) != nil)
  }
}
