import BitMEXConnector
import ConnectorKit

extension Exchange {
  // MARK: BitMEX

  /// A table of two levels, whose changes name them by their ids.
  private static func bitMEX(
    _ id: String, _ type: Connector.Type, _ symbol: String, _ kind: String, _ settle: String
  ) -> Exchange {
    @Sendable func frame(_ table: String, _ action: String, _ rows: String) -> Message {
      .text(#"{"table":"\#(table)","action":"\#(action)","filter":{"symbol":"\#(symbol)"},"data":[\#(rows)]}"#)
    }
    @Sendable func level(_ id: Int, _ side: String, _ price: String, _ size: String) -> String {
      #"{"symbol":"\#(symbol)","id":\#(id),"side":"\#(side)","size":\#(size),"price":\#(price),"#
        + #""timestamp":"2025-11-28T00:00:00.200Z"}"#
    }
    return Exchange(
      id: id, type: type,
      answers: [
        (
          "/instrument/active",
          #"[{"symbol":"\#(symbol)","typ":"\#(kind)","state":"Open","underlying":"XBT","quoteCurrency":"USDT","#
            + #""settlCurrency":"\#(settle)","lotSize":0.001,"tickSize":0.01,"multiplier":1000000,"#
            + #""underlyingToPositionMultiplier":1,"isQuanto":false,"isInverse":false,"initMargin":0.01}]"#
        )
      ],
      snapshot: [
        frame("orderBookL2", "partial", level(2, "Sell", "101", "2") + "," + level(1, "Buy", "100", "{bid}"))
      ],
      change: { _, quantity in frame("orderBookL2", "update", level(1, "Buy", "100", quantity)) },
      balances: (
        "/user/margin",
        #"[{"currency":"XBt","walletBalance":{sum},"availableMargin":{sum}},"#
          + #"{"currency":"USDt","walletBalance":1000000,"availableMargin":1000000}]"#
      ),
      expired: (
        400,
        #"{"error":{"message":"This request has expired - `expires` is in the past.","name":"HTTPError"}}"#
      ),
      ticker: { bid, bidSize, ask, askSize in
        let sides = members(["bidPrice": bid, "bidSize": bidSize, "askPrice": ask, "askSize": askSize])
        return frame("quote", "insert", #"{"timestamp":"2025-11-28T00:00:00.200Z","symbol":"\#(symbol)",\#(sides)}"#)
      })
  }

  static let bitMEX = bitMEX("bitmex", BitMEXSpot.self, "XBT_USDT", "IFXXXP", "")
  static let bitMEXPerpetual = bitMEX("bitmex_perpetual", BitMEXPerpetual.self, "XBTUSDT", "FFWCSX", "USDt")
}
