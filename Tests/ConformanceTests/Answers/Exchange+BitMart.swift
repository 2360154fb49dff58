import BitMartConnector
import ConnectorKit

extension Exchange {
  private static func bitMartBook(_ bid: String) -> Message {
    .text(
      #"{"table":"spot/depth50","data":[{"asks":[["101","2"]],"bids":[["100","\#(bid)"]],"symbol":"BTC_USDT","#
        + #""ms_t":1764288000200}]}"#)
  }

  static let bitMart = Exchange(
    id: "bitmart", type: BitMartSpot.self,
    answers: [
      (
        "/spot/v1/symbols/details",
        #"{"code":1000,"message":"OK","trace":"1","data":{"symbols":[{"symbol":"BTC_USDT","base_currency":"BTC","#
          + #""quote_currency":"USDT","quote_increment":"0.00001","base_min_size":"0.00001","base_max_size":"1000","#
          + #""price_min_precision":2,"price_max_precision":2,"min_buy_amount":"5","min_sell_amount":"5","#
          + #""trade_status":"trading"}]}}"#
      )
    ],
    snapshot: [bitMartBook("{bid}")], change: { bitMartBook($1) },
    balances: (
      "/spot/v1/wallet",
      #"{"code":1000,"message":"OK","trace":"1","data":{"wallet":[{"id":"BTC","available":"{sum}","frozen":"0"},"#
        + #"{"id":"USDT","available":"1","frozen":"0"}]}}"#
    ),
    expired: (400, #"{"code":30007,"message":"Header X-BM-TIMESTAMP range. Within a minute","trace":"1","data":{}}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["bid_px": bid, "bid_sz": bidSize, "ask_px": ask, "ask_sz": askSize])
      return .text(#"{"table":"spot/ticker","data":[{"symbol":"BTC_USDT",\#(sides),"ms_t":1764288000200}]}"#)
    })
}
