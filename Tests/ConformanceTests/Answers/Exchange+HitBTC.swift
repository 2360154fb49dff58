import ConnectorKit
import HitBTCConnector

extension Exchange {
  private static func hitBook(_ kind: String, _ number: Int, _ bid: String, _ asks: String) -> Message {
    .text(
      #"{"ch":"orderbook/full","\#(kind)":{"BTCUSDT":{"t":1764288000200,"s":\#(number),"#
        + #""a":[\#(asks)],"b":[["100","\#(bid)"]]}}}"#)
  }

  static let hitBTC = Exchange(
    id: "hitbtc", type: HitBTCSpot.self,
    answers: [
      (
        "/public/symbol",
        #"{"BTCUSDT":{"type":"spot","base_currency":"BTC","quote_currency":"USDT","quantity_increment":"0.00001","#
          + #""tick_size":"0.01","take_rate":"0.0025","make_rate":"0.001","fee_currency":"USDT","status":"working"}}"#
      )
    ],
    snapshot: [hitBook("snapshot", 100, "{bid}", #"["101","2"]"#)],
    change: { hitBook("update", 100 + $0, $1, "") },
    balances: (
      "/spot/balance",
      #"[{"currency":"BTC","available":"{sum}","reserved":"0"},{"currency":"USDT","available":"1","reserved":"0"}]"#
    ),
    expired: nil,
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["b": bid, "B": bidSize, "a": ask, "A": askSize])
      return .text(#"{"ch":"ticker/1s","data":{"BTCUSDT":{"t":1764288000200,\#(sides)}}}"#)
    })
}
