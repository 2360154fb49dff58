import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BitMEXConnector

/// A connector with the instruments below, of its own kind.
func ready(_ type: Connector.Type = BitMEXPerpetual.self, trading: Bool = false) throws -> ConnectorHarness {
  let harness = try ConnectorHarness(type, config: "{}")
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, instruments) == .ok)
  #expect(harness.faults.isEmpty)
  return harness
}

func instrument(_ symbol: String, _ type: String, _ terms: String, state: String = "Open") -> String {
  #"{"symbol":"\#(symbol)","typ":"\#(type)","state":"\#(state)","maxOrderQty":1000000000,"maxPrice":1000000,"#
    + #""makerFee":-0.0001,"takerFee":0.0005,"initMargin":0.03,\#(terms)}"#
}

/// A linear perpetual of a millionth of a bitcoin, an inverse one, a quanto, a future by its multiplier alone, a
/// spread, an index, and spot.
let instruments = "[" + [
  instrument(
    "XBTUSDT", "FFWCSX",
    #""underlying":"XBT","quoteCurrency":"USDT","settlCurrency":"USDt","lotSize":1000,"tickSize":0.5,"multiplier":1,"#
      + #""underlyingToPositionMultiplier":1000000,"isQuanto":false,"isInverse":false,"expiry":null"#),
  instrument(
    "XBTUSD", "FFWCSX",
    #""underlying":"XBT","quoteCurrency":"USD","settlCurrency":"XBt","lotSize":100,"tickSize":0.5,"#
      + #""multiplier":-100000000,"underlyingToPositionMultiplier":null,"isQuanto":false,"isInverse":true"#),
  instrument(
    "ETHUSD", "FFWCSX",
    #""underlying":"ETH","quoteCurrency":"USD","settlCurrency":"XBt","lotSize":1,"tickSize":0.05,"multiplier":100,"#
      + #""underlyingToPositionMultiplier":null,"isQuanto":true,"isInverse":false"#),
  instrument(
    "ETHU21", "FFCCSX",
    #""underlying":"ETH","quoteCurrency":"XBT","settlCurrency":"XBt","lotSize":1,"tickSize":1e-05,"#
      + #""multiplier":100000000,"isQuanto":false,"isInverse":false,"expiry":"2021-09-24T12:00:00.000Z""#),
  instrument(
    "XBTM26-XBTU26", "FFMCSX",
    #""underlying":"XBT","quoteCurrency":"USD","settlCurrency":"XBt","lotSize":100,"tickSize":0.5,"multiplier":1"#),
  instrument(".BXBT", "MRCXXX", #""underlying":"XBT","quoteCurrency":"USD","settlCurrency":"","tickSize":0.01"#),
  instrument(
    "XBT_USDT", "IFXXXP",
    #""underlying":"XBT","quoteCurrency":"USDT","lotSize":10000,"tickSize":0.5,"multiplier":1,"#
      + #""underlyingToPositionMultiplier":100000000"#),
].joined(separator: ",") + "]"

extension ConnectorHarness {
  /// What was sent on streams.
  var frames: [RequestFact] { requests.filter { $0.stream != 0 } }
}
