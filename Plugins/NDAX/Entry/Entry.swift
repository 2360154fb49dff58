import CPatchbay
import ConnectorKit
import NDAXConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: NDAXManifest.ndax) { makeConnector(NDAXSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
