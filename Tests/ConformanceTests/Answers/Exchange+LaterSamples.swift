import CPatchbay
import ConnectorKit
import DeriveConnector
import HTXConnector

extension Exchange {
  // MARK: HTX perpetuals

  private static func htxBook(_ event: String, _ number: Int, _ bids: String, _ asks: String) -> Message {
    .text(
      #"{"ch":"market.BTC-USDT.depth.size_150.high_freq","ts":1764288000302,"tick":{"asks":[\#(asks)],"#
        + #""bids":[\#(bids)],"event":"\#(event)","ts":1764288000300,"version":\#(number)}}"#)
  }

  static let htxPerpetual = Exchange(
    id: "htx_perpetual", type: HTXPerpetual.self,
    answers: [
      (
        "/v1/swap_contract_info",
        #"{"status":"ok","data":[{"symbol":"BTC","contract_code":"BTC-USDT","contract_size":0.001,"price_tick":0.1,"#
          + #""contract_status":1,"support_margin_mode":"all","business_type":"swap"}]}"#
      )
    ],
    snapshot: [htxBook("snapshot", 10, "[100,{bid}]", "[101,2]")], client: "16407",
    // Contracts are whole.
    change: { htxBook("update", 10 + $0, "[100,\($1 == "0.5" ? "5" : $1)]", "") },
    balances: (
      "/v1/swap_cross_account_info",
      #"{"status":"ok","data":[{"margin_asset":"BTC","margin_static":{sum},"withdraw_available":{sum},"#
        + #""contract_detail":[{"contract_code":"BTC-USDT","lever_rate":5}]},"#
        + #"{"margin_asset":"USDT","margin_static":1,"withdraw_available":1}]}"#
    ),
    expired: (200, #"{"status":"error","err-code":"invalid-timestamp","err-msg":"timestamp","ts":1}"#),
    ticker: { bid, bidSize, ask, askSize in
      let bids = bid.isEmpty ? "" : ",\"bid\":[\(bid),\(bidSize)]"
      let asks = ask.isEmpty ? "" : ",\"ask\":[\(ask),\(askSize)]"
      return .text(#"{"ch":"market.BTC-USDT.bbo","ts":1,"tick":{"ts":1603707934525\#(bids)\#(asks)}}"#)
    })

  // MARK: Derive

  private static func derive(
    _ id: String, _ type: Connector.Type, _ name: String, _ kind: String
  ) -> Exchange {
    @Sendable func push(_ channel: String, _ data: String) -> Message {
      .text(#"{"method":"subscription","params":{"channel":"\#(channel)","data":\#(data)}}"#)
    }
    @Sendable func book(_ number: Int, _ quantity: String) -> Message {
      push(
        "orderbook.\(name).1.100",
        #"{"timestamp":1764288000200,"instrument_name":"\#(name)","publish_id":\#(number),"#
          + #""bids":[["100","\#(quantity)"]],"asks":[["101","2"]]}"#)
    }
    return Exchange(
      id: id, type: type,
      answers: [
        (
          "/public/get_all_instruments",
          #"{"id":"1","result":{"instruments":[{"instrument_type":"\#(kind)","instrument_name":"\#(name)","#
            + #""is_active":true,"tick_size":"0.1","minimum_amount":"0.001","maximum_amount":"1000","#
            + #""amount_step":"0.001","base_currency":"BTC","quote_currency":"USDC","base_fee":"0.5","#
            + #""base_asset_address":"0x4200000000000000000000000000000000000042","base_asset_sub_id":"0"}]}}"#
        )
      ],
      snapshot: [book(10, "{bid}")], change: { book(10 + $0, $1) },
      algorithm: PB_ALGORITHM_SECP256K1,
      balances: (
        "/private/get_subaccount",
        #"{"id":"1","result":{"collaterals":[{"asset_name":"BTC","amount":"{sum}"},"#
          + #"{"asset_name":"USDC","amount":"1"}]}}"#
      ),
      expired: (200, #"{"id":"1","error":{"code":11018,"message":"Signature expired","data":null}}"#),
      ticker: { bid, bidSize, ask, askSize in
        let sides = members(["b": bid, "B": bidSize, "a": ask, "A": askSize])
        return push(
          "ticker_slim.\(name).100", #"{"timestamp":1,"instrument_ticker":{\#(sides),"t":1764288000200}}"#)
      })
  }

  static let derive = derive("derive", DeriveSpot.self, "BTC-USDC", "erc20")
  static let derivePerpetual = derive("derive_perpetual", DerivePerpetual.self, "BTC-PERP", "perp")
}
