import AltMarketsConnector
import CPatchbay
import ConnectorKit
import EveConnector
import LiquidConnector

/// Exchanges that are gone and of which nothing was recorded.
extension Exchange {
  // MARK: AltMarkets, and with it Peatio

  static let altMarkets = Exchange(
    id: "altmarkets", type: AltMarketsSpot.self,
    answers: [
      (
        "/public/markets",
        #"[{"id":"btcusdt","name":"BTC/USDT","base_unit":"btc","quote_unit":"usdt","min_price":"0.01","#
          + #""max_price":"0.0","min_amount":"0.0001","amount_precision":4,"price_precision":2,"state":"enabled"}]"#
      )
    ],
    snapshot: [.text(#"{"btcusdt.ob-snap":{"asks":[["101","2"]],"bids":[["100","{bid}"]]}}"#)],
    change: { .text(#"{"btcusdt.ob-inc":{"bids":[["100","\#($1)"]]}}"#) },
    balances: (
      "/account/balances",
      #"[{"currency":"btc","balance":"{sum}","locked":"0"},{"currency":"usdt","balance":"1","locked":"0"}]"#
    ),
    expired: nil, ticker: nil)

  // MARK: Eve, which speaks as NDAX does

  static let eve = Exchange(
    id: "eve", type: EveSpot.self, answers: ndax.answers, client: ndax.client, change: ndax.change,
    balances: ndax.balances, expired: nil, ticker: ndax.ticker)

  // MARK: Liquid

  private static func ladder(_ side: String, _ price: String, _ quantity: String) -> Message {
    let levels = jsonQuoted(#"[["\#(price)","\#(quantity)"]]"#)
    return .text(#"{"channel":"price_ladders_cash_btcusd_\#(side)","data":\#(levels),"event":"updated"}"#)
  }

  static let liquid = Exchange(
    id: "liquid", type: LiquidSpot.self,
    answers: [
      (
        "/products",
        #"[{"id":"BTC1","product_type":"CurrencyPair","code":"CASH","currency_pair_code":"BTCUSD","#
          + #""base_currency":"BTC","quoted_currency":"USD","disabled":false,"tick_size":"0.01"}]"#
      )
    ],
    greeting: #"{"event":"pusher:connection_established","data":"{}"}"#,
    snapshot: [ladder("buy", "100", "{bid}"), ladder("sell", "101", "2")], change: { ladder("buy", "100", $1) },
    balances: (
      "/accounts",
      #"{"crypto_accounts":[{"currency":"BTC","balance":"{sum}","reserved_balance":"0"},"#
        + #"{"currency":"USD","balance":"1","reserved_balance":"0"}],"fiat_accounts":[]}"#
    ),
    expired: nil, ticker: nil)
}
