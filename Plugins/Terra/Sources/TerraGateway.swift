import ConnectorKit
import QuoteGateway

/// Terra, whose chain collapsed in May 2022. Hummingbot swapped through the chain's own market module, LUNA and the
/// currencies made of it in turn: this reads what its gateway answered ("terra" of CoinAlpha/gateway-api). Prices are
/// without the transaction's fee, which the reply has beside them.
public final class TerraGateway: GatewayConnector {
  /// All pairs that Hummingbot offered.
  private static let pairs: [GatewayPair] = [
    ("LUNA", "UST"), ("LUNA", "KRT"), ("LUNA", "SDT"), ("LUNA", "MNT"), ("UST", "KRT"), ("UST", "SDT"),
    ("UST", "MNT"), ("KRT", "SDT"), ("KRT", "MNT"), ("SDT", "MNT"),
  ].map { GatewayPair(symbol: "\($0.0)-\($0.1)", base: $0.0, quote: $0.1) }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(
      config: config, out: out, address: "https://localhost:5000", price: .price, limits: Output.Limit.all,
      pairs: Self.pairs)
  }

  public override func question(_ pair: GatewayPair, _ side: Side) -> Form {
    var form = Form()
    form.add("base", pair.base)
    form.add("quote", pair.quote)
    form.add("side", side == .buy ? "buy" : "sell")
    form.add("amount", amount)
    return form
  }

  /// `{"timestamp": 1, "base": "UST", "quote": "KRT", "amount": 1, "tradeType": "BUY", "price": 1180.5, "cost": 1180.5,
  /// "txFee": 0.2}`
  public override func price(_ body: Body) -> GatewayPrice? { GatewayPrice(body, side: "tradeType") }
}
