import CPatchbay
import CoinFLEXConnector
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: CoinFLEXManifest.coinflex) { makeConnector(CoinFLEXSpot.self, $0, $1, $2) },
  connectorTable(descriptor: CoinFLEXManifest.coinflexPerpetual) { makeConnector(CoinFLEXPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
