import CPatchbay
import ConnectorKit
import MEXCConnector

nonisolated(unsafe) private let library = connectorLibrary([
  connectorTable(descriptor: MEXCManifest.mexc) { makeConnector(MEXCSpot.self, $0, $1, $2) }
])

@c(patchbay_entry) @implementation
public func patchbay_entry() -> UnsafePointer<pb_entry>? { library }
