import CPatchbay
import ConnectorKit
import CoinbaseConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: CoinbaseManifest.coinbase) { makeConnector(CoinbaseSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
