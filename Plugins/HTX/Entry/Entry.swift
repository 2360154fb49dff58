import CPatchbay
import ConnectorKit
import HTXConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: HTXManifest.htx) { makeConnector(HTXSpot.self, $0, $1, $2) },
  connectorTable(descriptor: HTXManifest.htxPerpetual) { makeConnector(HTXPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
