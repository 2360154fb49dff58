import ConnectorKit
import DYDXConnector

/// dYdX, whose messages are counted by their connection.
extension Exchange {
  static func dydxMessage(_ kind: String, _ number: Int, _ channel: String, _ contents: String) -> Message {
    .text(
      #"{"type":"\#(kind)","connection_id":"3a2e4c0c","message_id":\#(number),"channel":"\#(channel)","#
        + #""id":"BTC-USD","contents":\#(contents)}"#)
  }

  static let dydxPerpetual = Exchange(
    id: "dydx_perpetual", type: DYDXPerpetual.self,
    answers: [
      (
        "/v4/perpetualMarkets",
        #"{"markets":{"BTC-USD":{"clobPairId":"0","ticker":"BTC-USD","status":"ACTIVE","oraclePrice":"100","#
          + #""nextFundingRate":"0.00001","initialMarginFraction":"0.05","tickSize":"0.1","stepSize":"0.001"}}}"#
      )
    ],
    snapshot: [
      dydxMessage(
        "subscribed", 1, "v4_orderbook",
        #"{"bids":[{"price":"100","size":"{bid}"}],"asks":[{"price":"101","size":"2"}]}"#)
    ],
    change: { dydxMessage("channel_data", 1 + $0, "v4_orderbook", #"{"bids":[["100","\#($1)"]]}"#) },
    balances: (
      "/v4/assetPositions",
      #"{"positions":[{"symbol":"BTC","side":"LONG","size":"{sum}"},{"symbol":"USDC","side":"LONG","size":"1"}]}"#
    ),
    expired: nil, ticker: nil)
}
