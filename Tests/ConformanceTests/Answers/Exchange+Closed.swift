import AscendEXConnector
import CPatchbay
import ConnectorKit
import FTXConnector
import ProBitConnector

/// Exchanges that have closed: what holds of all connectors holds of theirs.
extension Exchange {
  // MARK: AscendEX

  private static func ascendBook(_ kind: String, _ number: Int, _ bid: String, _ asks: String) -> String {
    #"{"m":"\#(kind)","symbol":"BTC/USDT","data":{"ts":1764288000200,"seqnum":\#(number),"#
      + #""asks":[\#(asks)],"bids":[["100","\#(bid)"]]}}"#
  }

  static let ascendEX = Exchange(
    id: "ascend_ex", type: AscendEXSpot.self,
    answers: [
      (
        "/cash/products",
        #"{"code":0,"data":[{"symbol":"BTC/USDT","statusCode":"Normal","tickSize":"0.01","lotSize":"0.00001","#
          + #""minQty":"0.00001","maxQty":"9000","minNotional":"5","maxNotional":"400000"}]}"#
      ),
      ("/api/pro/v1/info", #"{"code":0,"data":{"accountGroup":3}}"#),
      ("\"depth-snapshot\"", ascendBook("depth-snapshot", 100, "{bid}", #"["101","2"]"#)),
      ("\"op\":\"sub\"", #"{"m":"sub","id":"{id}","ch":"depth","code":0}"#),
    ],
    change: { .text(ascendBook("depth", 100 + $0, $1, "")) },
    balances: (
      "/cash/balance",
      #"{"code":0,"data":[{"asset":"BTC","totalBalance":"{sum}","availableBalance":"{sum}"},"#
        + #"{"asset":"USDT","totalBalance":"1","availableBalance":"1"}]}"#
    ),
    expired: nil,
    ticker: { bid, bidSize, ask, askSize in
      let sides = [("bid", bid, bidSize), ("ask", ask, askSize)].filter { !$0.1.isEmpty }.map { name, price, size in
        func text(_ value: String) -> String { value == "null" ? value : "\"\(value)\"" }
        return "\"\(name)\":[\(text(price)),\(text(size))]"
      }
      return .text(
        #"{"m":"bbo","symbol":"BTC/USDT","data":{"ts":1764288000200,\#(sides.joined(separator: ","))}}"#)
    })

  // MARK: FTX

  private static func ftxBook(_ kind: String, _ bid: String, _ asks: String, _ checksum: UInt32) -> Message {
    .text(
      #"{"channel":"orderbook","market":"BTC/USD","type":"\#(kind)","data":{"time":1764288000.25,"#
        + #""checksum":\#(checksum),"bids":[[100.0,\#(bid)]],"asks":[\#(asks)],"action":"\#(kind)"}}"#)
  }

  static let ftx = Exchange(
    id: "ftx", type: FTXSpot.self,
    answers: [
      (
        "/api/markets",
        #"{"success":true,"result":[{"name":"BTC/USD","enabled":true,"postOnly":false,"priceIncrement":1.0,"#
          + #""sizeIncrement":0.0001,"minProvideSize":0.001,"type":"spot","baseCurrency":"BTC","#
          + #""quoteCurrency":"USD"}]}"#
      )
    ],
    snapshot: [ftxBook("partial", "{bid}", "[101.0,2.0]", checksum("100.0:1.0:101.0:2.0"))], bid: "1.0",
    change: { ftxBook("update", $1, "", $1 == "0.5" ? checksum("100.0:0.5:101.0:2.0") : UInt32($0)) },
    balances: (
      "/wallet/balances",
      #"{"success":true,"result":[{"coin":"BTC","free":{sum},"total":{sum}},{"coin":"USD","free":1.0,"total":1.0}]}"#
    ),
    expired: nil,
    ticker: { bid, bidSize, ask, askSize in
      let sides = members(["bid": bid, "bidSize": bidSize, "ask": ask, "askSize": askSize], quoted: false)
      return .text(
        #"{"channel":"ticker","market":"BTC/USD","type":"update","data":{\#(sides),"time":1764288000.25}}"#)
    })

  // MARK: ProBit

  private static func proBook(_ more: String, _ bid: String, _ asks: String) -> Message {
    .text(
      #"{"channel":"marketdata","market_id":"BTC-USDT","status":"ok","lag":0,"order_books":["#
        + #"\#(asks){"side":"buy","price":"100","quantity":"\#(bid)"}]\#(more)}"#)
  }

  static let proBit = Exchange(
    id: "probit", type: ProBitSpot.self,
    answers: [
      (
        "/v1/market",
        #"{"data":[{"id":"BTC-USDT","base_currency_id":"BTC","quote_currency_id":"USDT","min_price":"0.01","#
          + #""price_increment":"0.01","min_quantity":"0.0001","quantity_precision":4,"min_cost":"1","#
          + #""taker_fee_rate":"0.2","maker_fee_rate":"0.2","closed":false}]}"#
      ), ("/token", #"{"access_token":"****","token_type":"bearer","expires_in":900}"#),
    ],
    snapshot: [proBook(#","reset":true"#, "{bid}", #"{"side":"sell","price":"101","quantity":"2"},"#)],
    change: { proBook("", $1, "") },
    balances: (
      "/v1/balance",
      #"{"data":[{"currency_id":"BTC","total":"{sum}","available":"{sum}"},"#
        + #"{"currency_id":"USDT","total":"1","available":"1"}]}"#
    ),
    expired: nil, ticker: nil)
}
