import AlphaPoint
import ConnectorKit

/// NDAX spot: an installation of AlphaPoint's APEX. Protocol: apidoc.ndax.io.
public final class NDAXSpot: AlphaPointExchange {
  private static let domains = ["live": "api.ndax.io", "test": "ndaxmarginstaging.cdnhop.net"]

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    guard let host = Self.domains[try config.string("domain") ?? "live"] else {
      throw ConfigFault.field(name: "domain", expected: "live or test")
    }
    let acts = AlphaPointVenue.Acts(
      instruments: .instruments, summary: .summary, snapshot: .snapshot, send: .send, cancel: .cancel,
      status: .status, openOrders: .openOrders, orderHistory: .orderHistory, trades: .trades, positions: .positions)
    try super.init(
      config: config, out: out,
      venue: AlphaPointVenue(
        rest: "https://\(host):8443", socket: "wss://\(host)/WSGateway", acts: acts, requests: .requests,
        calls: .calls))
  }
}
