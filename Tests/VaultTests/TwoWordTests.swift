import CPatchbay
import Catalog
import Decimals
import Testing
import Vault

/// Some exchanges' words have a blank inside. Where a place is bound to words, that is read as it stands; everywhere
/// else a blank could be read in two ways.
struct TwoWordTests {
  private func refusal(_ more: String, type: String = "Stop Limit") throws -> SendRefusal? {
    let bench = try BindingBench("btc_markets")
    var item = BindingBench.limit("BTC-AUD")
    item.stop = Decimal64("59000")
    item.terms.formSymmetricDifference([.limit, .stopLimit])
    bench.begin(PB_CMD_PLACE, [item])
    let body =
      #"{"marketId":"BTC-AUD","side":"Bid","type":"\#(type)","amount":"0.01","price":"60000.5","#
      + #""triggerPrice":"59000","clientOrderId":"pb-1"}"#
    let text = more.isEmpty ? body : more
    let url = "https://api.btcmarkets.net/v3/orders"
    return try bench.refusal(bench.form("place", PB_METHOD_POST, url, text, type: "json"))
  }

  @Test func aWordOfTwoIsComparedAsAWhole() throws {
    #expect(try refusal("") == nil)
    let others = [
      "Stop", "Limit", "Take Profit", "Stop  Limit", "Stop Limit ", " Stop Limit", "Stop\tLimit", "StopLimit",
    ]
    for type in others {
      #expect(try refusal("", type: type) != nil, "\(type)")
    }
  }

  @Test(arguments: [
    ("\"0.01\"", "\"0.0 1\""), ("\"BTC-AUD\"", "\"BTC -AUD\""), ("\"pb-1\"", "\"pb- 1\""),
    ("\"60000.5\"", "\"6 0000.5\""),
  ]) func numbersAndNamesHaveNoBlanks(_ old: String, _ new: String) throws {
    let body =
      #"{"marketId":"BTC-AUD","side":"Bid","type":"Stop Limit","amount":"0.01","price":"60000.5","#
      + #""triggerPrice":"59000","clientOrderId":"pb-1"}"#
    #expect(try refusal(body) == nil)
    #expect(try refusal(body.replacing(old, with: new)) != nil)
  }
}
