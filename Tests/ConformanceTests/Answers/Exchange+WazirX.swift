import ConnectorKit
import WazirXConnector

extension Exchange {
  private static func wazirBook(_ bid: String) -> Message {
    .text(
      #"{"data":{"E":1764288000200,"a":[["101","2"]],"b":[["100","\#(bid)"]],"s":"btcinr"},"stream":"btcinr@depth"}"#)
  }

  static let wazirX = Exchange(
    id: "wazirx", type: WazirXSpot.self,
    answers: [
      (
        "/sapi/v1/exchangeInfo",
        #"{"symbols":[{"symbol":"btcinr","status":"trading","baseAsset":"btc","quoteAsset":"inr","#
          + #""baseAssetPrecision":5,"quoteAssetPrecision":2,"isSpotTradingAllowed":true,"#
          + #""filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01","tickSize":"0.01"}]}]}"#
      ),
      ("/sapi/v1/create_auth_token", #"{"auth_key":"Xx-dM","timeout_duration":900}"#),
    ],
    greeting: #"{"data":{"timeout_duration":1800},"event":"connected"}"#, snapshot: [wazirBook("{bid}")],
    change: { _, quantity in wazirBook(quantity) },
    balances: (
      "/sapi/v1/funds",
      #"[{"asset":"btc","free":"{sum}","locked":"0"},{"asset":"inr","free":"1","locked":"0"}]"#
    ),
    expired: (400, #"{"code":2098,"message":"Request out of receiving window."}"#), ticker: nil)
}
