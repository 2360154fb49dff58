import BinanceConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BinanceManifest.binance) { makeConnector(BinanceSpot.self, $0, $1, $2) },
  connectorTable(descriptor: BinanceManifest.binanceUs) { makeConnector(BinanceUS.self, $0, $1, $2) },
  connectorTable(descriptor: BinanceManifest.binancePerpetual) { makeConnector(BinancePerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
