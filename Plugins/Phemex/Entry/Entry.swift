import CPatchbay
import ConnectorKit
import PhemexConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: PhemexManifest.phemex) { makeConnector(PhemexSpot.self, $0, $1, $2) },
  connectorTable(descriptor: PhemexManifest.phemexPerpetual) { makeConnector(PhemexPerpetual.self, $0, $1, $2) },
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
