import ConnectorKit
import DigiFinexConnector

extension Exchange {
  private static func digiBook(_ isClean: Bool, _ bid: String, _ asks: String) -> Message {
    .text(
      #"{"method":"depth.update","params":[\#(isClean),{"asks":[\#(asks)],"bids":[["100","\#(bid)"]]},"BTC_USDT"],"#
        + #""id":null}"#)
  }

  static let digiFinex = Exchange(
    id: "digifinex", type: DigiFinexSpot.self,
    answers: [
      (
        "/v3/markets",
        #"{"data":[{"volume_precision":5,"price_precision":2,"market":"btc_usdt","min_amount":2,"min_volume":0.0001}],"#
          + #""date":1764288000,"code":0}"#
      ),
      (".subscribe\"", #"{"error":null,"result":{"status":"success"},"id":{id}}"#),
    ],
    snapshot: [digiBook(true, "{bid}", #"["101","2"]"#)], change: { digiBook(false, $1, "") },
    balances: (
      "/spot/assets",
      #"{"code":0,"list":[{"currency":"BTC","free":{sum},"total":{sum}},{"currency":"USDT","free":1,"total":1}]}"#
    ),
    expired: (200, #"{"code":10008,"msg":"Timestamp for this request is invalid"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(
        ["best_bid": bid, "best_bid_size": bidSize, "best_ask": ask, "best_ask_size": askSize])
      return .text(
        #"{"method":"ticker.update","params":[{"symbol":"BTC_USDT",\#(sides),"timestamp":1764288000200}],"id":null}"#)
    })
}
