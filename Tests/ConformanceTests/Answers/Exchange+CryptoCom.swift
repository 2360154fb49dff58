import ConnectorKit
import CryptoComConnector

extension Exchange {
  private static func cryptoComPush(_ channel: String, _ depth: String, _ entry: String) -> Message {
    .text(
      #"{"id":-1,"method":"subscribe","code":0,"result":{"instrument_name":"BTC_USDT","subscription":"x","#
        + #""channel":"\#(channel)"\#(depth),"data":[\#(entry)]}}"#)
  }

  static let cryptoCom = Exchange(
    id: "crypto_com", type: CryptoComSpot.self,
    answers: [
      (
        "/public/get-instruments",
        #"{"id":1,"method":"public/get-instruments","code":0,"result":{"data":[{"symbol":"BTC_USDT","#
          + #""inst_type":"CCY_PAIR","base_ccy":"BTC","quote_ccy":"USDT","quote_decimals":2,"quantity_decimals":5,"#
          + #""price_tick_size":"0.01","qty_tick_size":"0.00001","tradable":true}]}}"#
      )
    ],
    greeting: #"{"id":1587523073344,"method":"public/heartbeat","code":0}"#,
    snapshot: [
      cryptoComPush(
        "book", #","depth":50"#, #"{"bids":[["100","{bid}","1"]],"asks":[["101","2","1"]],"t":1764288000200,"u":100}"#)
    ],
    change: { number, quantity in
      cryptoComPush(
        "book.update", #","depth":50"#,
        #"{"update":{"bids":[["100","\#(quantity)","1"]],"asks":[]},"t":1764288000201,"u":\#(100 + number),"#
          + #""pu":\#(99 + number)}"#)
    },
    balances: (
      "/private/user-balance",
      #"{"id":1,"method":"private/user-balance","code":0,"result":{"data":[{"instrument_name":"USD","#
        + #""position_balances":[{"instrument_name":"BTC","quantity":"{sum}","reserved_qty":"0"},"#
        + #"{"instrument_name":"USDT","quantity":"1","reserved_qty":"0"}]}]}}"#
    ),
    expired: (400, #"{"id":1,"method":"private/create-order","code":40102,"message":"INVALID_NONCE"}"#),
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["b": bid, "bs": bidSize, "k": ask, "ks": askSize])
      return cryptoComPush("ticker", "", #"{"i":"BTC_USDT",\#(sides),"t":1764288000200}"#)
    })
}
