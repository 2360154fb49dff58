import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import PhemexConnector

/// A connector that knows its instruments.
func ready(
  _ type: PhemexConnector.Type = PhemexSpot.self, trading: Bool = false, config: String = "{}"
) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(type, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, products) == .ok)
  #expect(harness.faults.isEmpty)
  if type == PhemexSpot.self {
    #expect(harness.instruments.map(\.symbol) == ["sBTCUSDT"])
  } else {
    #expect(harness.instruments.map(\.symbol) == ["BTCUSDT", "ETHUSD"])
  }
  harness.forget()
  return harness
}

/// Of spot, of contracts that are counted in base and settled in USD, of contracts whose margin is a coin, and of
/// perpetuals with margin in USDT.
private let products = """
  {"code":0,"msg":"","data":{"currencies":[{"currency":"BTC","code":1,"valueScale":8},\
  {"currency":"USD","code":2,"valueScale":4},{"currency":"USDT","code":3,"valueScale":8}],\
  "products":[{"symbol":"sBTCUSDT","type":"Spot","quoteCurrency":"USDT","priceScale":8,"baseCurrency":"BTC",\
  "baseTickSize":"0.000001 BTC","baseTickSizeEv":100,"quoteTickSize":"0.01 USDT","quoteTickSizeEv":1000000,\
  "minOrderValue":"10 USDT","maxBaseOrderSize":"1,000 BTC","maxOrderValue":"5,000,000 USDT",\
  "defaultTakerFee":"0.001","defaultMakerFee":"0.001","status":"Listed"},\
  {"symbol":"ETHUSD","type":"Perpetual","contractUnderlyingAssets":"ETH","settleCurrency":"USD","quoteCurrency":"USD",\
  "contractSize":0.005,"lotSize":1,"tickSize":0.05,"priceScale":4,"maxOrderQty":500000,"status":"Listed"},\
  {"symbol":"BTCUSD","type":"Perpetual","contractUnderlyingAssets":"USD","settleCurrency":"BTC","quoteCurrency":"USD",\
  "contractSize":1.0,"lotSize":1,"tickSize":0.5,"priceScale":4,"status":"Listed"}],\
  "perpProductsV2":[{"symbol":"BTCUSDT","type":"PerpetualV2","contractUnderlyingAssets":"BTC","settleCurrency":"USDT",\
  "quoteCurrency":"USDT","tickSize":"0.1","priceScale":0,"baseCurrency":"BTC","status":"Listed","maxLeverage":100,\
  "maxOrderQtyRq":"1000","minOrderValueRv":"1","qtyStepSize":"0.001"}],"ratioScale":8}}
  """

extension ConnectorHarness {
  /// What was sent on streams.
  var frames: [RequestFact] { requests.filter { $0.stream != 0 } }

  /// The account's stream, logged in.
  func logIn(_ act: String) throws -> pb_id {
    account(7)
    let stream = try #require(opens.last).stream
    opened(stream)
    let login = try #require(requests.last { $0.permission == "login" })
    #expect(login.body.contains(#""method":"user.auth","params":["API","#))
    frame(stream, #"{"error":null,"id":1000000000000,"result":{"status":"success"}}"#)
    let topic = try #require(requests.last { $0.permission == act })
    frame(stream, #"{"error":null,"id":\#(topic.id),"result":{"status":"success"}}"#)
    #expect(states.last?.state == .live && faults.isEmpty)
    forget()
    return stream
  }
}
