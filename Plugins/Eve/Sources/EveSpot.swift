import AlphaPoint
import ConnectorKit

/// Eve Exchange, spot, which is gone: it reads recordings. An installation of AlphaPoint's APEX; what is known of its
/// addresses is from clients of its day.
public final class EveSpot: AlphaPointExchange {
  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    let host = try config.choice("domain", "live", ["live": "apieve.cdnhop.net"])
    let acts = AlphaPointVenue.Acts(
      instruments: .instruments, summary: .summary, snapshot: .snapshot, send: .send, cancel: .cancel,
      status: .status, openOrders: .openOrders, orderHistory: .orderHistory, trades: .trades, positions: .positions,
      orderFee: .orderFee, candles: .candles)
    try super.init(
      config: config, out: out,
      venue: AlphaPointVenue(
        rest: "https://\(host)", socket: "wss://\(host)/WSGateway", acts: acts, requests: .requests, calls: .calls))
  }
}
