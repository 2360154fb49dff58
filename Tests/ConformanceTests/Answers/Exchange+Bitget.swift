import BitgetConnector
import CPatchbay
import ConnectorKit

extension Exchange {
  // MARK: Bitget

  /// The whole book comes without a checksum; the changes have that of it with half a bitcoin as its bid, or a number.
  private static func bitget(
    _ id: String, _ type: Connector.Type, _ product: String, _ rules: (part: String, body: String),
    _ balances: (part: String, body: String)
  ) -> Exchange {
    @Sendable func frame(_ channel: String, _ action: String, _ data: String) -> Message {
      .text(
        #"{"action":"\#(action)","arg":{"instType":"\#(product)","channel":"\#(channel)","instId":"BTCUSDT"},"#
          + #""data":[{\#(data)}],"ts":1764288000001}"#)
    }
    return Exchange(
      id: id, type: type, answers: [(rules.part, #"{"code":"00000","msg":"success","data":[{\#(rules.body)}]}"#)],
      snapshot: [
        frame("books", "snapshot", #""asks":[["101","2"]],"bids":[["100","{bid}"]],"checksum":0,"ts":"1764288000000""#)
      ],
      change: { number, quantity in
        frame(
          "books", "update",
          #""asks":[],"bids":[["100","\#(quantity)"]],"checksum":0,"seq":\#(number),"ts":"1764288000000""#)
      },
      balances: (balances.part, #"{"code":"00000","msg":"success","data":[\#(balances.body)]}"#),
      expired: (400, #"{"code":"40008","msg":"Request timestamp expired","data":null}"#),
      ticker: { bid, bidSize, ask, askSize in
        let sides = members(["bidPr": bid, "bidSz": bidSize, "askPr": ask, "askSz": askSize])
        return frame("ticker", "snapshot", #""instId":"BTCUSDT","lastPr":"100",\#(sides),"ts":"1764288000000""#)
      })
  }

  static let bitget = bitget(
    "bitget", BitgetSpot.self, "SPOT",
    (
      "/spot/public/symbols",
      #""symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","minTradeAmount":"0","maxTradeAmount":"0","#
        + #""takerFeeRate":"0.002","makerFeeRate":"0.002","pricePrecision":"2","quantityPrecision":"6","#
        + #""status":"online","minTradeUSDT":"1""#
    ),
    (
      "/spot/account/assets",
      #"{"coin":"BTC","available":"{sum}","frozen":"0","locked":"0","uTime":"1"},"#
        + #"{"coin":"USDT","available":"1","frozen":"0","locked":"0","uTime":"1"}"#
    ))

  static let bitgetPerpetual = bitget(
    "bitget_perpetual", BitgetPerpetual.self, "USDT-FUTURES",
    (
      "/mix/market/contracts",
      #""symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","minTradeNum":"0.001","priceEndStep":"1","#
        + #""volumePlace":"3","pricePlace":"1","sizeMultiplier":"0.001","symbolType":"perpetual","#
        + #""symbolStatus":"normal","maxLever":"125""#
    ),
    (
      "/mix/account/accounts",
      #"{"marginCoin":"BTC","available":"{sum}","accountEquity":"{sum}","unrealizedPL":"0"},"#
        + #"{"marginCoin":"USDT","available":"1","accountEquity":"1","unrealizedPL":""}"#
    ))
}
