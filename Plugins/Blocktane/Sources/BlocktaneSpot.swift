import ConnectorKit
import Peatio

/// Blocktane, spot, which closed in 2022: it reads recordings. An installation of Peatio that knows orders by the
/// client's ids too.
public final class BlocktaneSpot: PeatioExchange {
  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    let host = try config.choice("domain", "live", ["live": "trade.blocktane.io"])
    let acts = PeatioVenue.Acts(
      time: .time, markets: .markets, tickers: .tickers, place: .place, cancel: .cancel, order: .order,
      orders: .orders, fills: .fills, balances: .balances, cancelClient: .cancelClient,
      orderByClient: .orderByClient)
    let socket = "wss://\(host)/api/v2/ws"
    try super.init(
      config: config, out: out,
      venue: PeatioVenue(
        rest: "https://\(host)", publicSocket: "\(socket)/public/", privateSocket: "\(socket)/private/", acts: acts,
        calls: .calls, messages: .messages))
  }
}
