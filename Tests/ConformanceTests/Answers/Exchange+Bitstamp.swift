import BitstampConnector

extension Exchange {
  private static func confirmed(_ channel: String) -> (part: String, body: String) {
    (
      #""bts:subscribe","data":{"channel":"\#(channel)_"#,
      #"{"event":"bts:subscription_succeeded","channel":"\#(channel)_btcusd","data":{}}"#
    )
  }

  private static func bitstampBook(_ number: Int, _ bids: String, _ asks: String) -> String {
    #"{"timestamp":"1764288000","microtimestamp":"\#(1_764_288_000_000_000 + number)","bids":[\#(bids)],"#
      + #""asks":[\#(asks)]}"#
  }

  static let bitstamp = Exchange(
    id: "bitstamp", type: BitstampSpot.self,
    answers: [
      (
        "/api/v2/markets/",
        #"[{"name":"BTC/USD","market_symbol":"btcusd","base_currency":"BTC","base_decimals":8,"#
          + #""counter_currency":"USD","counter_decimals":2,"minimum_order_value":"10","trading":"Enabled","#
          + #""instant_and_market_orders":"Enabled","market_type":"SPOT"}]"#
      ),
      ("/api/v2/order_book/", bitstampBook(0, #"["100.00","{bid}"]"#, #"["101.00","2"]"#)),
      ("/api/v2/websockets_token/", #"{"valid_sec":60,"token":"t0ken","user_id":4848701}"#),
      confirmed("diff_order_book"), confirmed("live_trades"),
    ],
    snapshot: [],
    change: { number, quantity in
      .text(
        #"{"data":\#(bitstampBook(number, #"["100.00","\#(quantity)"]"#, "")),"#
          + #""channel":"diff_order_book_btcusd","event":"data"}"#)
    },
    balances: (
      "/account_balances/",
      #"[{"currency":"btc","total":"{sum}","available":"{sum}","reserved":"0"},"#
        + #"{"currency":"usd","total":"1","available":"1","reserved":"0"}]"#
    ),
    expired: (403, #"{"status":"error","reason":"Invalid X-Auth-Timestamp header","code":"API0017"}"#),
    ticker: nil)
}
