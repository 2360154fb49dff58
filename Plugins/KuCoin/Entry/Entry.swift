import CPatchbay
import ConnectorKit
import KuCoinConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: KuCoinManifest.kucoin) { makeConnector(KuCoinSpot.self, $0, $1, $2) },
  connectorTable(descriptor: KuCoinManifest.kucoinPerpetual) { makeConnector(KuCoinPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
