import BybitConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BybitManifest.bybit) { makeConnector(BybitSpot.self, $0, $1, $2) },
  connectorTable(descriptor: BybitManifest.bybitPerpetual) { makeConnector(BybitPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
