import ConnectorKit
import QuoteGateway

/// Perpetual Finance, as Hummingbot called the first version of Perpetual Protocol on the chain xDai, whose markets had
/// virtual reserves and were quoted in USDC. It is gone: this reads what its gateway answered ("perpfi" of
/// CoinAlpha/gateway-api).
public final class PerpetualGateway: GatewayConnector {
  private static let quote = "USDC"

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(
      config: config, out: out, address: "https://localhost:5000", price: .price, limits: Output.Limit.all, pairs: [])
  }

  public override var list: PermittedAct? { .pairs }

  /// `{"network": "mainnet", "timestamp": 1, "latency": 0.1, "pairs": ["SNXUSDC"]}`
  public override func pairs(_ body: Body) -> [GatewayPair]? {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find("pairs")?.scanner() else { return nil }
    var pairs: [GatewayPair] = []
    list.elements { json in
      let symbol = json.string().text
      guard symbol.hasSuffix(Self.quote), symbol.count > Self.quote.count else { return }
      pairs.append(
        GatewayPair(symbol: symbol, base: String(symbol.dropLast(Self.quote.count)), quote: Self.quote))
    }
    return list.isValid ? pairs : nil
  }

  public override func question(_ pair: GatewayPair, _ side: Side) -> Form {
    var form = Form()
    form.add("side", side == .buy ? "buy" : "sell")
    form.add("pair", pair.symbol)
    form.add("amount", amount)
    return form
  }

  /// `{"network": "mainnet", "timestamp": 1, "latency": 0.1, "side": "buy", "price": 12.5}`
  public override func price(_ body: Body) -> GatewayPrice? { GatewayPrice(body, side: "side") }
}
