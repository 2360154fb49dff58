import CPatchbay
import ConnectorKit
import HashKeyConnector

extension Exchange {
  private static func hashKey(
    _ id: String, _ type: Connector.Type, _ symbol: String, _ info: String, _ balances: (part: String, body: String)
  ) -> Exchange {
    @Sendable func book(_ bid: String) -> Message {
      .text(
        #"{"symbol":"\#(symbol)","topic":"depth","params":{"binary":"false"},"data":[{"e":301,"s":"\#(symbol)","#
          + #""t":1764288000000,"v":"1_18","b":[["100","\#(bid)"]],"a":[["101","2"]],"o":0}],"f":false}"#)
    }
    return Exchange(
      id: id, type: type, answers: [("/exchangeInfo", info), ("/userDataStream", #"{"listenKey":"k"}"#)],
      snapshot: [book("{bid}")],
      // Contracts are whole.
      change: { book(symbol != "BTCUSDT" && $1 == "0.5" ? "5" : $1) }, balances: balances,
      expired: (400, #"{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}"#), ticker: nil)
  }

  private static func hashKeyFilters(_ tick: String) -> String {
    #""filters":[{"tickSize":"\#(tick)","filterType":"PRICE_FILTER"},"#
      + #"{"minQty":"0.001","maxQty":"1000","stepSize":"0.001","filterType":"LOT_SIZE"}]"#
  }

  static let hashKey = hashKey(
    "hashkey", HashKeySpot.self, "BTCUSDT",
    #"{"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","#
      + #"\#(hashKeyFilters("0.01"))}],"contracts":[]}"#,
    (
      "/api/v1/account?",
      #"{"balances":[{"asset":"BTC","total":"{sum}","free":"{sum}","locked":"0"},"#
        + #"{"asset":"USDT","total":"1","free":"1","locked":"0"}]}"#
    ))

  static let hashKeyPerpetual = hashKey(
    "hashkey_perpetual", HashKeyPerpetual.self, "BTCUSDT-PERPETUAL",
    #"{"symbols":[],"contracts":[{"symbol":"BTCUSDT-PERPETUAL","status":"TRADING","baseAsset":"BTCUSDT-PERPETUAL","#
      + #""underlying":"BTC","quoteAsset":"USDT","marginToken":"USDT","inverse":false,"contractMultiplier":"0.001","#
      + #"\#(hashKeyFilters("0.1"))}]}"#,
    (
      "/futures/balance?",
      #"[{"asset":"BTC","balance":"{sum}","availableBalance":"{sum}"},"#
        + #"{"asset":"USDT","balance":"1","availableBalance":"1"}]"#
    ))
}
