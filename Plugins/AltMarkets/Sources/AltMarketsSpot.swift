import ConnectorKit
import Peatio

/// AltMarkets.io, spot, which is gone: it reads recordings. An installation of Peatio; orders are named by its own ids.
public final class AltMarketsSpot: PeatioExchange {
  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    let host = try config.choice("domain", "live", ["live": "v2.altmarkets.io"])
    let acts = PeatioVenue.Acts(
      time: .time, markets: .markets, tickers: .tickers, place: .place, cancel: .cancel, order: .order,
      orders: .orders, fills: .fills, balances: .balances)
    let socket = "wss://\(host)/api/v2/ranger"
    try super.init(
      config: config, out: out,
      venue: PeatioVenue(
        rest: "https://\(host)", publicSocket: "\(socket)/public", privateSocket: "\(socket)/private", acts: acts,
        calls: .calls, messages: .messages))
  }
}
