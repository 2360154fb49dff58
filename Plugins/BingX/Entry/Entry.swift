import BingXConnector
import CPatchbay
import ConnectorKit

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: BingXManifest.bingX) { makeConnector(BingXSpot.self, $0, $1, $2) },
  connectorTable(descriptor: BingXManifest.bingXPerpetual) { makeConnector(BingXPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
