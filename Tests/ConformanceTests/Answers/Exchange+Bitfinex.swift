import BitfinexConnector

extension Exchange {
  private static func confirmed(_ channel: String, _ number: Int) -> (part: String, body: String) {
    (
      #""subscribe","channel":"\#(channel)""#,
      #"{"event":"subscribed","channel":"\#(channel)","chanId":\#(number),"symbol":"tBTCUSD"}"#
    )
  }

  static let bitfinex = Exchange(
    id: "bitfinex", type: BitfinexSpot.self,
    answers: [
      ("/pub:info:pair", #"[[["BTCUSD",[null,null,null,"0.00004","2000.0"]]]]"#),
      confirmed("book", 1), confirmed("trades", 2), confirmed("ticker", 3),
      (#""unsubscribe""#, #"{"event":"unsubscribed","status":"OK","chanId":1}"#),
    ],
    snapshot: [.text("[1,[[100,1,{bid}],[101,1,-2]]]")], client: "7",
    change: { number, quantity in .text("[1,[100,1,\(quantity)],\(number),\(1_764_288_000_000 + number)]") },
    balances: (
      "/v2/auth/r/wallets",
      #"[["exchange","BTC",{sum},0,{sum},null,null],["exchange","USD",1,0,1,null,null]]"#
    ),
    expired: (500, #"["error",10114,"nonce: small"]"#),
    ticker: { bid, bidSize, ask, askSize in
      func number(_ text: String) -> String { text.isEmpty ? "null" : text }
      let sides = [bid, bidSize, ask, askSize].map(number).joined(separator: ",")
      return .text("[3,[\(sides),1,0.01,100.5,7,110,90]]")
    })
}
