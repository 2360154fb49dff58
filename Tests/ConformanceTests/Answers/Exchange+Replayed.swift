import CoinFLEXConnector
import CoinZoomConnector
import ConnectorKit
import HotbitConnector

/// More exchanges that have closed.
extension Exchange {
  // MARK: CoinFLEX

  private static func coinflexBook(_ symbol: String, _ bid: String) -> Message {
    .text(
      #"{"table":"depth","data":[{"instrumentId":"\#(symbol)","seqNum":1608898592006137237,"#
        + #""timestamp":"1764288000200","asks":[[101,2,0,0]],"bids":[[100,\#(bid),0,0]]}],"action":"partial"}"#)
  }

  private static func coinflexMarkets(_ symbol: String, _ type: String) -> String {
    #"{"event":"markets","timestamp":"1764288000000","data":[{"marketCode":"\#(symbol)","base":"BTC","#
      + #""counter":"USD","type":"\#(type)","tickSize":"0.1","qtyIncrement":"0.001"}]}"#
  }

  private static func coinflex(
    _ id: String, _ type: Connector.Type, _ symbol: String, _ kind: String
  ) -> Exchange {
    Exchange(
      id: id, type: type,
      answers: [
        ("/v2/all/markets", coinflexMarkets(symbol, kind))
      ],
      snapshot: [coinflexBook(symbol, "{bid}")], change: { _, quantity in coinflexBook(symbol, quantity) },
      balances: (
        "/v2/balances",
        #"{"event":"balances","data":[{"instrumentId":"BTC","total":"{sum}","available":"{sum}"},"#
          + #"{"instrumentId":"USD","total":"1","available":"1"}]}"#
      ),
      expired: nil, ticker: nil)
  }

  static let coinflex = coinflex("coinflex", CoinFLEXSpot.self, "BTC-USD", "SPOT")
  static let coinflexPerpetual = coinflex("coinflex_perpetual", CoinFLEXPerpetual.self, "BTC-USD-SWAP-LIN", "FUTURE")

  // MARK: Hotbit

  private static func hotbitBook(_ isWhole: Bool, _ bid: String, _ asks: String) -> Message {
    .text(
      #"{"method":"depth.update","params":[\#(isWhole),{"asks":[\#(asks)],"bids":[["100","\#(bid)"]]},"#
        + #""BTC/USDT"],"id":null}"#)
  }

  static let hotbit = Exchange(
    id: "hotbit", type: HotbitSpot.self,
    answers: [
      (
        "/market.list",
        #"{"error":null,"result":[{"name":"BTCUSDT","stock":"BTC","money":"USDT","fee_prec":4,"stock_prec":4,"#
          + #""money_prec":2,"min_amount":"0.0001"}],"id":1}"#
      ),
      ("depths.subscribe", #"{"error":null,"result":{"status":"success"},"id":{id}}"#),
    ],
    snapshot: [hotbitBook(true, "{bid}", #"["101","2"]"#)], change: { hotbitBook(false, $1, "") },
    balances: (
      "/balance.query",
      #"{"error":null,"result":{"BTC":{"available":"{sum}","freeze":"0"},"USDT":{"available":"1","freeze":"0"}}}"#
    ),
    expired: nil, ticker: nil)

  // MARK: CoinZoom

  static let coinzoom = Exchange(
    id: "coinzoom", type: CoinZoomSpot.self,
    answers: [
      (
        "/instruments",
        #"[{"symbol":"BTC/USD","baseCurrencyCode":"BTC","termCurrencyCode":"USD","minTradeAmt":0.0001,"#
          + #""maxTradeAmt":10,"maxPricePrecision":2,"maxQuantityPrecision":6,"issueOnly":false}]"#
      )
    ],
    snapshot: [.text(#"{"ob":"BTC/USD","b":[["1",100,{bid}]],"s":[["2",101,2]]}"#)],
    change: { .text(#"{"oi":"BTC/USD","b":[["1",100,\#($1)]],"s":[]}"#) },
    balances: (
      "/ledger/list",
      #"[{"currency":"BTC","totalBalance":{sum},"reservedBalance":0},"#
        + #"{"currency":"USD","totalBalance":1,"reservedBalance":0}]"#
    ),
    expired: nil, ticker: nil)
}
