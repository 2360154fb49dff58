import CPatchbay
import ConnectorKit
import TegroConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: TegroManifest.tegro) { makeConnector(TegroSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
