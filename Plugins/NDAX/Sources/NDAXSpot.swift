import AlphaPoint
import ConnectorKit

/// NDAX spot: an installation of AlphaPoint's APEX. Protocol: apidoc.ndax.io.
public final class NDAXSpot: AlphaPointExchange {
  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    let host = try config.choice(
      "domain", "live", ["live": "api.ndax.io", "test": "ndaxmarginstaging.cdnhop.net"])
    let acts = AlphaPointVenue.Acts(
      instruments: .instruments, summary: .summary, snapshot: .snapshot, send: .send, cancel: .cancel,
      status: .status, openOrders: .openOrders, orderHistory: .orderHistory, trades: .trades, positions: .positions,
      orderFee: .orderFee, candles: .candles)
    try super.init(
      config: config, out: out,
      venue: AlphaPointVenue(
        rest: "https://\(host):8443", socket: "wss://\(host)/WSGateway", acts: acts, requests: .requests,
        calls: .calls))
  }
}
