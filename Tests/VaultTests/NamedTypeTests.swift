import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Orders whose type is the name of a member, and whose ids stand in a list of texts, by the acts of Coinbase.
struct NamedTypeTests {
  private static let rest = "https://api.coinbase.com/api/v3/brokerage/orders"
  private static let terms = #"{"base_size":"0.01","limit_price":"60000.5","post_only":false}"#
  private static let order = #"{"client_order_id":"a1","product_id":"BTC-USD","side":"BUY","order_configuration":"#
    + #"{"limit_limit_gtc":\#(terms)}}"#

  private let bench: BindingBench
  init() throws { bench = try BindingBench("coinbase") }

  private func item(_ change: (inout LicenceItem) -> Void = { _ in }) -> LicenceItem {
    var item = BindingBench.limit("BTC-USD", client: "a1")
    change(&item)
    return item
  }

  private func place(_ body: String, _ change: (inout LicenceItem) -> Void = { _ in }) throws -> SendRefusal? {
    bench.begin(PB_CMD_PLACE, [item(change)])
    return try bench.refusal(bench.form("place", PB_METHOD_POST, Self.rest, body, type: "json"))
  }

  @Test(arguments: [
    ("0.01", "0.02"), ("60000.5", "60000.6"), ("BUY", "SELL"), ("BTC-USD", "BTC-USDC"), (#""a1""#, #""a2""#),
    ("limit_limit_gtc", "limit_limit_fok"), ("limit_limit_gtc", "sor_limit_ioc"), ("limit_limit_gtc", "other"),
    ("false", "true"), (#","limit_price":"60000.5""#, ""), (#""base_size""#, #""quote_size""#),
    ("}}}", #"},"market_market_ioc":{"base_size":"0.01"}}}"#), ("}}}", #"},"limit_limit_gtc":{}}}"#),
    (#"{"limit_limit_gtc":\#(terms)}"#, "{}"), (#"{"limit_limit_gtc":\#(terms)}"#, #""limit_limit_gtc""#),
    (#"{"limit_limit_gtc":\#(terms)}"#, "[\(terms)]"), (#""side""#, #""leverage":"2","side""#),
  ]) func anotherOrderIsRefused(change: (String, String)) throws {
    #expect(try place(Self.order) == nil)
    #expect(try place(Self.order.replacing(change.0, with: change.1)) != nil, "\(change)")
  }

  @Test func theNameSaysWhatTheCommandSays() throws {
    let fillOrKill = Self.order.replacing("limit_limit_gtc", with: "limit_limit_fok")
      .replacing(#","post_only":false"#, with: "")
    let terms: OrderTerms = [.buy, .limit, .fillOrKill, .notReduceOnly, .notByValue, .notClose, .net, .notPostOnly]
    #expect(try place(fillOrKill) { $0.terms = terms } == nil)
    #expect(try place(Self.order) { $0.terms = terms } != nil)
  }

  @Test func aListOfIdsNamesOrdersOfTheCommand() throws {
    func cancel(_ body: String) throws -> SendRefusal? {
      let items = ["1", "2"].map { id in item { ($0.clientOrder, $0.venueOrders) = ([], [Array(id.utf8)]) } }
      bench.begin(PB_CMD_CANCEL, items)
      return try bench.refusal(bench.form("cancel", PB_METHOD_POST, Self.rest + "/batch_cancel", body, type: "json"))
    }
    #expect(try cancel(#"{"order_ids":["1","2"]}"#) == nil)
    #expect(try cancel(#"{"order_ids":["2"]}"#) == nil)
    for ids in [#"["3"]"#, #"["1","1"]"#, "[]", #"[["1"]]"#, #"[{"order_id":"1"}]"#, #"["1","2","3"]"#] {
      #expect(try cancel(#"{"order_ids":\#(ids)}"#) != nil, "\(ids)")
    }
  }
}
