import BTCMarketsConnector
import CPatchbay
import ConnectorKit

extension Exchange {
  /// The checksums of the whole book, and of it after its bid has become half a bitcoin: `100`, `05`, `101`, `2`.
  private static func btcMarketsBook(_ more: String, _ bids: String, _ asks: String, _ checksum: UInt32) -> Message {
    .text(
      #"{"marketId":"BTC-AUD",\#(more)"timestamp":"2025-11-28T00:00:00.200Z","snapshotId":1764288000200000,"#
        + #""bids":[\#(bids)],"asks":[\#(asks)],"messageType":"orderbookUpdate","checksum":"\#(checksum)"}"#)
  }

  static let btcMarkets = Exchange(
    id: "btc_markets", type: BTCMarketsSpot.self,
    answers: [
      (
        "/v3/markets",
        #"[{"marketId":"BTC-AUD","baseAssetName":"BTC","quoteAssetName":"AUD","minOrderAmount":"0.0001","#
          + #""maxOrderAmount":"1000000","amountDecimals":"8","priceDecimals":"2","status":"Online"}]"#
      )
    ],
    // CRC-32 of 10011012 and of 10051012.
    snapshot: [btcMarketsBook(#""snapshot":true,"#, #"["100.00","{bid}",1]"#, #"["101","2.0",1]"#, 2_120_979_237)],
    change: { btcMarketsBook("", #"["100","\#($1)",1]"#, "", $1 == "0.5" ? 2_347_447_781 : UInt32($0)) },
    balances: (
      "/accounts/me/balances",
      #"[{"assetName":"BTC","balance":"{sum}","available":"{sum}","locked":"0"},"#
        + #"{"assetName":"AUD","balance":"1","available":"1","locked":"0"}]"#
    ),
    expired: (400, #"{"code":"InvalidTimeWindow","message":"BM-AUTH-TIMESTAMP range. Within a minute"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["bestBid": bid, "bestAsk": ask])
      return .text(
        #"{"marketId":"BTC-AUD","timestamp":"2019-04-08T18:56:17.405Z",\#(sides),"lastPrice":"100","#
          + #""volume24h":"299.12936654","messageType":"tick"}"#)
    })
}
