import BeaxyConnector
import CPatchbay
import ConnectorKit

/// Closed exchanges whose streams are named by their addresses.
extension Exchange {
  private static func beaxyBook(_ kind: String, _ number: Int, _ bid: String, _ ask: String) -> Message {
    .text(
      #"{"type":"\#(kind)","security":"BTCUSDC","timestamp":1764288000150,"sequenceNumber":\#(number),"entries":["#
        + #"{"action":"INSERT","side":"BID","price":100,"quantity":\#(bid)}\#(ask)]}"#)
  }

  static let beaxy = Exchange(
    id: "beaxy", type: BeaxySpot.self,
    answers: [
      (
        "/api/v2/symbols",
        #"[{"symbol":"BTCUSDC","name":"BTCUSDC","minimumQuantity":0.001,"maximumQuantity":25.0,"#
          + #""quantityIncrement":1E-4,"tickSize":0.01,"baseCurrency":"BTC","termCurrency":"USDC","#
          + #""pricePrecision":2,"suspendedForTrading":false}]"#
      ), ("/api/v2/auth", #"{"type":"Bearer","access_token":"****","expires_in":1800}"#),
    ],
    snapshot: [
      beaxyBook("SNAPSHOT_FULL_REFRESH", 100, "{bid}", #",{"action":"INSERT","side":"ASK","price":101,"quantity":2}"#)
    ],
    change: { beaxyBook("INCREMENTAL_UPDATE", 100 + $0, $1, "") },
    balances: (
      "/api/v2/wallets",
      #"[{"currency":"BTC","available_balance":"{sum}","total_balance":"{sum}"},"#
        + #"{"currency":"USDC","available_balance":"1","total_balance":"1"}]"#
    ),
    expired: nil, ticker: nil)
}
