import BitrueConnector
import CPatchbay
import ConnectorKit

extension Exchange {
  private static func bitrue(_ channel: String, _ tick: String) -> Message {
    .text(#"{"channel":"market_btcusdt_\#(channel)","ts":1764288000200,"tick":\#(tick)}"#)
  }

  static let bitrue = Exchange(
    id: "bitrue", type: BitrueSpot.self,
    answers: [
      (
        "/exchangeInfo",
        #"{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"btc","quoteAsset":"usdt","filters":["#
          + #"{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","priceScale":2},"#
          + #"{"filterType":"LOT_SIZE","minQty":"0.0001","minVal":"5","maxQty":"1000","volumeScale":4}]}]}"#
      )
    ],
    snapshot: [bitrue("simple_depth_step0", #"{"buys":[["100","{bid}"]],"asks":[["101","2"]]}"#)],
    change: { bitrue("simple_depth_step0", #"{"buys":[["100","\#($1)"]],"asks":[["101","2"]]}"#) },
    balances: (
      "/account",
      #"{"balances":[{"asset":"btc","free":"{sum}","locked":"0"},{"asset":"usdt","free":"1","locked":"0"}]}"#
    ),
    expired: (400, #"{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}"#), ticker: nil)
}
