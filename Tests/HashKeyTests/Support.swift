import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HashKeyConnector

/// A connector with its instrument: 1 is BTC-USDT, of perpetuals in contracts of 0.001.
func ready(perpetual: Bool = false, config: String = "{}", trading: Bool = false) throws -> ConnectorHarness {
  let harness =
    perpetual
    ? try ConnectorHarness(HashKeyPerpetual.self, config: config)
    : try ConnectorHarness(HashKeySpot.self, config: config)
  harness.start(trading: trading)
  harness.command(.instruments)
  let request = try #require(harness.requests.last)
  harness.sent(request.id)
  #expect(harness.reply(request.id, exchangeInfo) == .ok)
  #expect(harness.faults.isEmpty)
  return harness
}

/// One entry of each kind, one of perpetuals that does not say its size, and an inverse one.
let exchangeInfo = """
  {"timezone":"UTC","serverTime":"1721661653952","symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC",
  "quoteAsset":"USDT","filters":[{"tickSize":"0.01","filterType":"PRICE_FILTER"},{"minQty":"0.00001","maxQty":"8",
  "stepSize":"0.00001","filterType":"LOT_SIZE"},{"minNotional":"1","filterType":"MIN_NOTIONAL"},
  {"minAmount":"5","maxAmount":"400000","filterType":"TRADE_AMOUNT"}]}],"contracts":[
  \(contract("BTCUSDT-PERPETUAL", #""contractMultiplier":"0.001","#)),\(contract("ETHUSDT-PERPETUAL", "")),
  \(contract("BTCUSD-PERPETUAL", #""contractMultiplier":"1","inverse":true,"#))]}
  """

private func contract(_ symbol: String, _ more: String) -> String {
  """
  {"filters":[{"tickSize":"0.5","filterType":"PRICE_FILTER"},{"minQty":"0.002","maxQty":"10","stepSize":"0.001",
  "filterType":"LOT_SIZE"}],"symbol":"\(symbol)","status":"TRADING","underlying":"\(symbol.prefix(3))","baseAsset":
  "\(symbol)","quoteAsset":"USDT",\(more)"marginToken":"USDT",
  "riskLimits":[{"initialMargin":"0.10"},{"initialMargin":"0.02"}]}
  """
}

/// An account whose private stream is live; gives the stream.
func trading(_ harness: ConnectorHarness) throws -> pb_id {
  harness.account(7)
  harness.reply(try #require(harness.requests.last).id, #"{"listenKey":"****"}"#)
  let stream = try #require(harness.opens.last).stream
  harness.opened(stream)
  #expect(harness.states.last?.state == .live, "nothing is subscribed to")
  harness.forget()
  return stream
}

func push(_ topic: String, _ data: String, first: Bool = false, perpetual: Bool = false) -> String {
  let symbol = perpetual ? "BTCUSDT-PERPETUAL" : "BTCUSDT"
  return """
    {"symbol":"\(symbol)","symbolName":"\(symbol)","topic":"\(topic)","params":{"binary":"false"},"data":\(data),\
    "f":\(first),"sendTime":1626253839401,"shared":false}
    """
}

func order(
  _ type: OrderType = .limit, side: Side = .buy, price: Int64? = 50_000, flags: OrderFlags = [],
  force: TimeInForce? = .goodTilCancelled, leg: PositionLeg = .net
) -> (inout pb_in_command) -> Void {
  { command in
    (command.account, command.instrument, command.order) = (7, 1, 5)
    (command.side, command.type, command.flags) = (side.rawValue, type.rawValue, flags.rawValue)
    command.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
    command.price = pb_dec(price.map { Decimal64($0) })
    command.time_in_force = force?.rawValue ?? 0
    command.position = leg.rawValue
  }
}
