import ConnectorKit
import PhemexConnector

/// Phemex's perpetuals, whose numbers are written as they are; those of spot are whole ones times ten to a power, which
/// the samples here have no place for: PhemexTests has them.
extension Exchange {
  private static func phemexBook(_ kind: String, _ number: Int, _ bid: String, _ asks: String) -> Message {
    .text(
      #"{"depth":0,"orderbook_p":{"asks":[\#(asks)],"bids":[["100","\#(bid)"]]},"sequence":\#(number),"#
        + #""symbol":"BTCUSDT","timestamp":1764288000200000000,"type":"\#(kind)"}"#)
  }

  static let phemexPerpetual = Exchange(
    id: "phemex_perpetual", type: PhemexPerpetual.self,
    answers: [
      (
        "/public/products",
        #"{"code":0,"msg":"","data":{"currencies":[],"perpProductsV2":[{"symbol":"BTCUSDT","type":"PerpetualV2","#
          + #""settleCurrency":"USDT","quoteCurrency":"USDT","tickSize":"0.1","baseCurrency":"BTC","status":"Listed","#
          + #""maxLeverage":100,"maxOrderQtyRq":"1000","minOrderValueRv":"1","qtyStepSize":"0.001"}]}}"#
      )
    ],
    snapshot: [phemexBook("snapshot", 100, "{bid}", #"["101","2"]"#)],
    change: { phemexBook("incremental", 100 + $0, $1, "") },
    balances: (
      "/g-accounts/accountPositions",
      #"{"code":0,"msg":"","data":{"account":{"currency":"BTC","accountBalanceRv":"{sum}","totalUsedBalanceRv":"0"},"#
        + #""positions":[]}}"#
    ),
    expired: nil, ticker: nil)
}
